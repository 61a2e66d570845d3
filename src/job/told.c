/* told.c - lines of an answer. */
#include "told.h"

#include "labels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void told_fini(struct told *told)
{
    free(told->lines);
    text_fini(&told->bytes);
    *told = (struct told){ 0 };
}

struct text *told_line(struct told *told, enum told_mark mark, const char *label)
{
    if (told->n == told->room) {
        int32_t room = told->room ? told->room * 2 : 32;
        void *lines = realloc(told->lines, (size_t)room * sizeof *told->lines);
        if (!lines) {
            told->failed = true;
            return &told->bytes;
        }
        told->lines = lines;
        told->room = room;
    }
    struct told_line *line = &told->lines[told->n++];
    *line = (struct told_line){ .mark = mark, .at = told->bytes.length };
    snprintf(line->label, sizeof line->label, "%s", label);
    return &told->bytes;
}

void told_say(struct told *told, const char *phrase)
{
    words_say(told->words ? told->words : words_of(NULL), phrase, &told->bytes);
}

void told_count(struct told *told, const char *phrase, int32_t count)
{
    const char *at = strstr(phrase, "%d");
    struct text whole = { 0 };
    text_format(&whole, "%.*s%d%s", at ? (int)(at - phrase) : 0, phrase, count, at ? at + 2 : "");
    told_say(told, whole.bytes ? whole.bytes : "");
    told->failed |= whole.failed;
    text_fini(&whole);
}

void told_item(struct told *told, const struct dataset *dataset, int32_t item)
{
    struct text label = { 0 };
    label_item_as(told->mask, dataset, item, &label);
    text_add_visible(&told->bytes, label.bytes ? label.bytes : "", label.length);
    told->failed |= label.failed;
    text_fini(&label);
}

struct slice told_sentence(const struct told *told, int32_t index)
{
    const size_t at = told->lines[index].at;
    const size_t end = index + 1 < told->n ? told->lines[index + 1].at : told->bytes.length;
    if (!told->bytes.bytes || end <= at) return slice_of("");
    return (struct slice){ told->bytes.bytes + at, end - at };
}

const char *told_mark_text(enum told_mark mark)
{
    static const char *const marks[] = { [TOLD_PLAIN] = " ",
                                         [TOLD_PASSED] = "✓",
                                         [TOLD_FELL] = "✕",
                                         [TOLD_HINT] = "→",
                                         [TOLD_HEADING] = "" };
    return marks[mark];
}
