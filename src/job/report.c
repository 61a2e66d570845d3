/* report.c - lines of an answer. */
#include "report.h"

#include "labels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void report_fini(struct report *report)
{
    free(report->lines);
    text_fini(&report->bytes);
    *report = (struct report){ 0 };
}

struct text *report_line(struct report *report, enum report_mark mark, const char *label)
{
    if (report->n == report->capacity) {
        int32_t capacity = report->capacity ? report->capacity * 2 : 32;
        void *lines = realloc(report->lines, (size_t)capacity * sizeof *report->lines);
        if (!lines) {
            report->failed = true;
            return &report->bytes;
        }
        report->lines = lines;
        report->capacity = capacity;
    }
    struct report_line *line = &report->lines[report->n++];
    *line = (struct report_line){ .mark = mark, .at = report->bytes.length };
    snprintf(line->label, sizeof line->label, "%s", label);
    return &report->bytes;
}

void report_say(struct report *report, const char *phrase)
{
    words_say(report->words ? report->words : words_of(NULL), phrase, &report->bytes);
}

void report_count(struct report *report, const char *phrase, int32_t count)
{
    const char *at = strstr(phrase, "%d");
    struct text whole = { 0 };
    text_format(&whole, "%.*s%d%s", at ? (int)(at - phrase) : 0, phrase, count, at ? at + 2 : "");
    report_say(report, whole.bytes ? whole.bytes : "");
    report->failed |= whole.failed;
    text_fini(&whole);
}

void report_item(struct report *report, const struct dataset *dataset, int32_t item)
{
    struct text label = { 0 };
    label_item_as(report->pseudonymiser, dataset, item, &label);
    text_add_visible(&report->bytes, label.bytes ? label.bytes : "", label.length);
    report->failed |= label.failed;
    text_fini(&label);
}

struct slice report_sentence(const struct report *report, int32_t index)
{
    const size_t at = report->lines[index].at;
    const size_t end = index + 1 < report->n ? report->lines[index + 1].at : report->bytes.length;
    if (!report->bytes.bytes || end <= at) return slice_of("");
    return (struct slice){ report->bytes.bytes + at, end - at };
}

const char *report_mark_text(enum report_mark mark)
{
    static const char *const marks[] = { [REPORT_PLAIN] = " ",
                                         [REPORT_PASSED] = "✓",
                                         [REPORT_FELL] = "✕",
                                         [REPORT_HINT] = "→",
                                         [REPORT_HEADING] = "" };
    return marks[mark];
}
