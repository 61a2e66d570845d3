/* privacy.c - the settings, the log, and parts that rest on few. */
#include "privacy.h"

#include <stdio.h>
#include <string.h>

enum { MIN = 5 };

static const char on_note[] = "privacy", min_note[] = "privacy least", key_note[] = "pseudonyms";

static bool read_note(struct reader *reader, const char *name, struct text *out,
                      struct error *error)
{
    text_clear(out);
    return workspace_note(reader, name, out, error);
}

bool privacy_read(struct reader *reader, struct privacy *privacy, struct error *error)
{
    struct text note = { 0 };
    int64_t min = 0;
    *privacy = (struct privacy){ .min = MIN };
    bool good = read_note(reader, on_note, &note, error);
    privacy->on = good && slice_equal((struct slice){ note.bytes, note.length }, "on");
    good = good && read_note(reader, min_note, &note, error);
    if (good && slice_to_int64((struct slice){ note.bytes, note.length }, &min) && min >= 0 &&
        min <= INT32_MAX)
        privacy->min = (int32_t)min;
    good = good && read_note(reader, key_note, &note, error);
    if (good && !pseudonym_read(&privacy->pseudonymiser, (struct slice){ note.bytes, note.length }))
        privacy->pseudonymiser.key[0] = privacy->pseudonymiser.key[1] =
            1; /* nobody kept one: never with privacy on */
    privacy->pseudonymiser.on = privacy->on;
    text_fini(&note);
    return good;
}

static bool set_note(struct writer *writer, const char *name, const char *before, const char *after,
                     struct error *error)
{
    return strcmp(before, after) == 0 ||
           (writer_set_note(writer, name, after, error) &&
            audit_change(writer, "setting", name, before, after, "", error));
}

/* A workspace keeps one key, so that a person has one pseudonym at all times. */
static bool need_key(struct writer *writer, struct reader *reader, struct error *error)
{
    struct pseudonymiser pseudonymiser = { 0 };
    struct text note = { 0 };
    bool good = workspace_note(reader, key_note, &note, error);
    if (good && !pseudonym_read(&pseudonymiser, (struct slice){ note.bytes, note.length })) {
        pseudonym_generate(&pseudonymiser);
        text_clear(&note);
        pseudonym_write(&pseudonymiser, &note);
        good = note.failed ? error_memory(error, "a key")
                           : writer_set_note(writer, key_note, note.bytes, error);
    }
    text_fini(&note);
    return good;
}

bool privacy_set(struct workspace *workspace, struct reader *reader, int on, int32_t min,
                 struct error *error)
{
    struct privacy now;
    char before[16], after[16];
    if (!privacy_read(reader, &now, error)) return false;
    struct writer *writer = writer_begin(workspace, error);
    if (!writer) return false;
    bool good = need_key(writer, reader, error);
    if (on >= 0)
        good = good && set_note(writer, on_note, now.on ? "on" : "off", on ? "on" : "off", error);
    if (min >= 0) {
        snprintf(before, sizeof before, "%d", (int)now.min);
        snprintf(after, sizeof after, "%d", (int)min);
        good = good && set_note(writer, min_note, before, after, error);
    }
    if (good) return writer_commit(writer, error);
    writer_rollback(writer);
    return false;
}

bool privacy_reveal(struct workspace *workspace, const char *what, const char *whom,
                    struct error *error)
{
    struct writer *writer = writer_begin(workspace, error);
    if (!writer) return false;
    if (audit_write(writer, "reveal", whom, what, error)) return writer_commit(writer, error);
    writer_rollback(writer);
    return false;
}

bool privacy_guard(const struct privacy *privacy, struct receipt *receipt, struct error *error)
{
    char words[64];
    if (!privacy->on || privacy->min <= 1) return true;
    snprintf(words, sizeof words, "fewer than %d people stand behind", (int)privacy->min);
    return receipt_sum_thin(receipt, privacy->min, words, error);
}
