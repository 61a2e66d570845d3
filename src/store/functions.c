/* functions.c - what our SQL needs and SQLite lacks: comparing texts as people do.
 *
 *   aisle_fold(text)          lower case, without diacritics
 *   aisle_holds(text, part)   does the folded text contain the part, which is folded already?
 *   aisle_number(text)        its value where the whole of it is a number, else NULL
 *
 * They run once per row of a scan, so texts of ASCII letters, nearly all of them, are compared
 * where they lie. */
#include "database.h"

#include <string.h>

static struct slice argument(sqlite3_value *value)
{
    const char *bytes = (const char *)sqlite3_value_text(value);
    int length = sqlite3_value_bytes(value);
    return (struct slice){ bytes ? bytes : "", bytes ? (size_t)length : 0 };
}

static void fold(sqlite3_context *context, int n, sqlite3_value **values)
{
    (void)n;
    struct text out = { 0 };
    if (sqlite3_value_type(values[0]) == SQLITE_NULL) return;
    struct slice text = argument(values[0]);
    text_add_folded(&out, text.bytes, text.length);
    if (out.failed)
        sqlite3_result_error_nomem(context);
    else
        sqlite3_result_text64(context, out.bytes ? out.bytes : "", out.length, SQLITE_TRANSIENT,
                              SQLITE_UTF8);
    text_fini(&out);
}

static bool is_ascii(struct slice text)
{
    unsigned char seen = 0;
    for (size_t i = 0; i < text.length; i++)
        seen |= (unsigned char)text.bytes[i];
    return seen < 0x80;
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* The slow but sure way to look for a part in ASCII text; part.length > 0. */
static bool ascii_holds(struct slice text, struct slice part)
{
    unsigned char first = (unsigned char)part.bytes[0];
    for (size_t at = 0; at + part.length <= text.length; at++) {
        if (lower(text.bytes[at]) != first) continue;
        size_t same = 1;
        while (same < part.length &&
               lower(text.bytes[at + same]) == (unsigned char)part.bytes[same])
            same++;
        if (same == part.length) return true;
    }
    return false;
}

static void holds(sqlite3_context *context, int n, sqlite3_value **values)
{
    (void)n;
    if (sqlite3_value_type(values[0]) == SQLITE_NULL) return;
    struct slice text = argument(values[0]), part = argument(values[1]);
    bool found = part.length == 0;
    if (!found && is_ascii(text)) {
        found = ascii_holds(text, part);
    } else if (!found) {
        struct text out = { 0 };
        text_add_folded(&out, text.bytes, text.length);
        if (out.failed) {
            text_fini(&out);
            sqlite3_result_error_nomem(context);
            return;
        }
        found = ascii_holds((struct slice){ out.bytes, out.length }, part);
        text_fini(&out);
    }
    sqlite3_result_int(context, found);
}

static void number(sqlite3_context *context, int n, sqlite3_value **values)
{
    (void)n;
    double value;
    if (sqlite3_value_type(values[0]) != SQLITE_NULL &&
        slice_to_double(argument(values[0]), &value))
        sqlite3_result_double(context, value);
}

bool functions_register(sqlite3 *db)
{
    static const struct {
        const char *name;
        int arguments;
        void (*call)(sqlite3_context *, int, sqlite3_value **);
    } functions[] = {
        { "aisle_fold", 1, fold },
        { "aisle_holds", 2, holds },
        { "aisle_number", 1, number },
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (sqlite3_create_function(db, functions[i].name, functions[i].arguments,
                                    SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL,
                                    functions[i].call, NULL, NULL) != SQLITE_OK)
            return false;
    return true;
}
