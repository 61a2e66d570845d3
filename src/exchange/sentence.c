/* sentence.c - see sentence.h. */
#include "exchange/sentence.h"

#include "exchange/number.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *verb;
    enum event_type type;
} verbs[] = {
    { "bought", EVENT_PURCHASE }, { "returned", EVENT_RETURN }, { "rated", EVENT_RATING },
    { "played", EVENT_WEIGHT },   { "viewed", EVENT_VIEW },     { "added", EVENT_CART },
};

void word_add(struct text *out, struct slice id)
{
    bool quoted = id.length == 0;

    for (size_t i = 0; i < id.length && !quoted; i++) {
        unsigned char c = (unsigned char)id.bytes[i];

        quoted = c <= ' ' || c == 0x7f || c == '"';
    }
    if (!quoted) {
        text_add(out, id.bytes, id.length);
        return;
    }
    text_add(out, "\"", 1);
    for (size_t i = 0; i < id.length; i++) {
        unsigned char c = (unsigned char)id.bytes[i];

        if (c == '"' || c == '\\')
            text_format(out, "\\%c", c);
        else if (c == '\n')
            text_add_string(out, "\\n");
        else if (c == '\r')
            text_add_string(out, "\\r");
        else if (c == '\t')
            text_add_string(out, "\\t");
        else if (c < ' ' || c == 0x7f)
            text_format(out, "\\x%02X", c);
        else
            text_add(out, id.bytes + i, 1);
    }
    text_add(out, "\"", 1);
}

void sentence_add(struct text *out, struct slice user, struct slice item, const struct event *event)
{
    bool value = !isnan(event->value);
    const char *verb = verbs[0].verb;

    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (verbs[i].type == event->type) verb = verbs[i].verb;
    text_add_string(out, "User ");
    word_add(out, user);
    text_add(out, " ", 1);
    text_add_string(out, verb);
    text_add(out, " ", 1);
    if (event->quantity != 1) {
        number_add_float(out, event->quantity);
        text_add_string(out, " of ");
    }
    text_add_string(out, "item ");
    word_add(out, item);
    if (value && event->type == EVENT_RATING) {
        text_add(out, " ", 1);
        number_add_float(out, event->value);
    } else if (value && event->type == EVENT_WEIGHT) {
        text_add(out, " ", 1);
        number_add_float(out, event->value);
        text_add_string(out, " times");
    } else if (value) {
        text_add_string(out, " for ");
        number_add_float(out, event->value);
        text_add_string(out, " each");
    }
    if (event->type == EVENT_CART) text_add_string(out, " to the cart");
    if (event->time != MOMENT_NONE) {
        char time[MOMENT_TEXT_SIZE];

        text_add_string(out, " at ");
        text_add_string(out, moment_text(event->time, time));
    }
    text_add(out, ".", 1);
}

/* --------------------------------------------------------------------------------- reading */

/* Takes the word in front of the rest when it is this one. */
static bool take(struct slice *rest, const char *word)
{
    size_t length = strlen(word);

    if (rest->length < length || memcmp(rest->bytes, word, length) != 0) return false;
    rest->bytes += length;
    rest->length -= length;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

/* The part behind an opening quote, up to and with the closing one. */
static bool take_quoted(struct slice *rest, struct text *buffer)
{
    const char *at = rest->bytes, *end = at + rest->length;

    text_clear(buffer);
    for (; at < end && *at != '"'; at++) {
        char c = *at;

        if (c == '\\') {
            if (++at == end) return false;
            c = *at == 'n' ? '\n' : *at == 'r' ? '\r' : *at == 't' ? '\t' : *at;
            if (*at == 'x') {
                int high = at + 2 < end ? hex_digit(at[1]) : -1;
                int low = at + 2 < end ? hex_digit(at[2]) : -1;

                if (high < 0 || low < 0) return false;
                c = (char)(high * 16 + low);
                at += 2;
            }
        }
        text_add(buffer, &c, 1);
    }
    if (at == end || buffer->failed) return false;
    at++;
    *rest = (struct slice){ at, (size_t)(end - at) };
    return true;
}

/* An id: a word, or something in quotes. */
bool word_take(struct slice *rest, struct text *buffer, struct slice *id)
{
    size_t length = 0;

    if (take(rest, "\"")) {
        if (!take_quoted(rest, buffer)) return false;
        *id = (struct slice){ buffer->bytes ? buffer->bytes : "", buffer->length };
        return true;
    }
    while (length < rest->length && rest->bytes[length] != ' ')
        length++;
    *id = (struct slice){ rest->bytes, length };
    rest->bytes += length;
    rest->length -= length;
    return length > 0;
}

static bool take_number(struct slice *rest, double *number)
{
    struct slice digits = { rest->bytes, 0 };

    while (digits.length < rest->length && digits.bytes[digits.length] != ' ')
        digits.length++;
    if (!number_read(digits, number)) return false;
    rest->bytes += digits.length;
    rest->length -= digits.length;
    return true;
}

static bool take_verb(struct slice *rest, struct record *record)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (take(rest, verbs[i].verb)) {
            record->type = verbs[i].type;
            return true;
        }
    return false;
}

/* What stands between the item and the time, by the kind of event. */
static const char *take_value(struct slice *rest, struct record *record)
{
    if (record->type == EVENT_RATING || record->type == EVENT_WEIGHT) {
        bool number = rest->length > 1 && rest->bytes[0] == ' ' && rest->bytes[1] != 'a';

        if (!number) return NULL;
        take(rest, " ");
        if (!take_number(rest, &record->value)) return "not a number behind the item";
        if (record->type == EVENT_WEIGHT && !take(rest, " times")) return "no 'times'";
        return NULL;
    }
    if (take(rest, " for ")) {
        if (!take_number(rest, &record->value)) return "price is not a number";
        if (!take(rest, " each")) return "no 'each' behind the price";
    }
    if (record->type == EVENT_CART && !take(rest, " to the cart")) return "no 'to the cart'";
    return NULL;
}

const char *sentence_parse(struct slice line, struct text *user, struct text *item,
                           struct record *record)
{
    struct slice rest = slice_trim(line);
    const char *reason;

    if (rest.length == 0 || rest.bytes[rest.length - 1] != '.') return "not a whole sentence";
    rest.length--;
    if (!take(&rest, "User ")) return "does not begin with 'User'";
    if (!word_take(&rest, user, &record->user)) return "no user";
    if (!take(&rest, " ") || !take_verb(&rest, record) || !take(&rest, " "))
        return "no 'bought', 'returned', 'rated', 'played', 'viewed' or 'added'";
    if (!take(&rest, "item ")) {
        if (!take_number(&rest, &record->quantity) || !take(&rest, " of item ")) return "no 'item'";
        if (!(record->quantity > 0)) return "quantity is not above 0";
    }
    if (!word_take(&rest, item, &record->item)) return "no item";
    reason = take_value(&rest, record);
    if (reason) return reason;
    if (take(&rest, " at ")) {
        if (!moment_parse(rest, MOMENT_ISO, &record->time)) return "not a date";
    } else if (rest.length > 0) {
        return "something else behind the item";
    }
    return NULL;
}
