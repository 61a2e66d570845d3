#include "sheet.h"

#include "glyphs.h"

#include "job/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_WIDTH = 18, BAR_WIDTH = 16, SENTENCE_WIDTH = 44, REPORT_WIDTH = 60 };

struct sheet *sheet_new(struct error *error)
{
    struct sheet *sheet = calloc(1, sizeof *sheet);
    if (!sheet) error_memory(error, "a page of facts");
    return sheet;
}

void sheet_free(struct sheet *sheet)
{
    if (!sheet) return;
    text_fini(&sheet->bytes);
    free(sheet->lines);
    free(sheet);
}

static struct sheet_line *add_line(struct sheet *sheet, enum meaning meaning, struct slice label,
                                   struct slice value)
{
    if (sheet->n == sheet->capacity) {
        int32_t capacity = sheet->capacity ? sheet->capacity * 2 : 32;
        void *lines = realloc(sheet->lines, (size_t)capacity * sizeof *sheet->lines);
        if (!lines) {
            sheet->failed = true;
            return &sheet->spare;
        }
        sheet->lines = lines;
        sheet->capacity = capacity;
    }
    struct sheet_line *line = &sheet->lines[sheet->n];
    *line = (struct sheet_line){ .meaning = meaning, .bar = -1 };
    line->label = sheet->bytes.length;
    line->label_length = label.length;
    text_add(&sheet->bytes, label.bytes, label.length);
    line->value = sheet->bytes.length;
    line->value_length = value.length;
    text_add(&sheet->bytes, value.bytes, value.length);
    if (sheet->bytes.failed) {
        sheet->failed = true;
        return &sheet->spare;
    }
    sheet->n++;
    return line;
}

void sheet_heading(struct sheet *sheet, const char *text)
{
    if (sheet->n > 0) sheet_blank(sheet);
    add_line(sheet, MEANING_HEADER, slice_of(text), slice_of(""));
}

void sheet_blank(struct sheet *sheet)
{
    add_line(sheet, MEANING_TEXT, slice_of(""), slice_of(""));
}

void sheet_print(struct sheet *sheet, enum meaning meaning, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    add_line(sheet, meaning, slice_of(text), slice_of(""));
}

void sheet_sentence(struct sheet *sheet, enum meaning meaning, const char *text)
{
    struct slice rest = slice_of(text);
    const char *before = "";
    while (rest.length > 0) {
        size_t end = 0, at = 0;
        for (; at < rest.length && (end == 0 || text_width(rest.bytes, at) <= SENTENCE_WIDTH); at++)
            if (rest.bytes[at] == ' ') end = at;
        if (end == 0 || text_width(rest.bytes, rest.length) <= SENTENCE_WIDTH) end = rest.length;
        sheet_print(sheet, meaning, "%s%.*s", before, (int)end, rest.bytes);
        rest = slice_trim((struct slice){ rest.bytes + end, rest.length - end });
        before = "   ";
    }
}

void sheet_pair(struct sheet *sheet, const char *label, struct slice value, enum meaning meaning)
{
    add_line(sheet, meaning, slice_of(label), value)->pair = true;
}

void sheet_bar(struct sheet *sheet, struct slice label, struct slice value, float share)
{
    struct sheet_line *line = add_line(sheet, MEANING_NUMBER, label, value);
    line->pair = true;
    line->bar = share < 0 ? 0 : share;
}

void sheet_spark(struct sheet *sheet, const char *label, const float spark[12])
{
    struct sheet_line *line = add_line(sheet, MEANING_BAR, slice_of(label), slice_of(""));
    line->pair = line->has_spark = true;
    for (int i = 0; i < 12; i++)
        line->spark[i] = spark[i];
}

void sheet_row(struct sheet *sheet, struct slice label, struct slice value)
{
    add_line(sheet, MEANING_TEXT, label, value)->right = true;
}

bool sheet_fact(struct sheet *sheet, const struct page *facts, int32_t row)
{
    const struct cell *name = page_cell(facts, row, 0), *value = page_cell(facts, row, 1);
    char label[64];
    if (value->absent || value->text.length == 0) return false;
    snprintf(label, sizeof label, "%.*s", (int)(name->text.length < 60 ? name->text.length : 60),
             name->text.bytes);
    sheet_pair(sheet, label, value->text, MEANING_NUMBER);
    return true;
}

/* How much of a sentence fits beside its label on the narrowest screen: whole words. What is quoted
 * stays on one line, as it is masked as one. */
static size_t fitting(struct slice sentence)
{
    size_t end = 0;
    if (memchr(sentence.bytes, '"', sentence.length)) return sentence.length;
    for (size_t at = 0; at <= sentence.length; at++) {
        if (at < sentence.length && sentence.bytes[at] != ' ') continue;
        if (end > 0 && text_width(sentence.bytes, at) > REPORT_WIDTH) return end;
        end = at;
    }
    return sentence.length;
}

static void add_told(struct sheet *sheet, const char *label, struct slice sentence,
                     enum meaning meaning)
{
    do {
        const size_t end = fitting(sentence);
        sheet_pair(sheet, label, (struct slice){ sentence.bytes, end }, meaning);
        sentence = slice_trim((struct slice){ sentence.bytes + end, sentence.length - end });
        label = "";
    } while (sentence.length > 0);
}

void sheet_told(struct sheet *sheet, const struct report *report)
{
    static const enum meaning meanings[] = { [REPORT_PLAIN] = MEANING_TEXT,
                                             [REPORT_PASSED] = MEANING_GOOD,
                                             [REPORT_FELL] = MEANING_BAD,
                                             [REPORT_HINT] = MEANING_NUMBER };
    for (int32_t i = 0; i < report->n; i++) {
        const struct report_line *line = &report->lines[i];
        char label[64];
        if (line->mark == REPORT_HEADING) {
            sheet_heading(sheet, line->label);
            continue;
        }
        snprintf(label, sizeof label, "%s %s", report_mark_text(line->mark), line->label);
        add_told(sheet, label, report_sentence(report, i), meanings[line->mark]);
    }
}

void sheet_is_person(struct sheet *sheet, enum sheet_person person, struct slice id)
{
    if (sheet->n == 0 || sheet->failed) return;
    struct sheet_line *line = &sheet->lines[sheet->n - 1];
    line->person = person;
    line->id = sheet->bytes.length;
    line->id_length = id.length;
    text_add(&sheet->bytes, id.bytes, id.length);
    if (sheet->bytes.failed) sheet->failed = true;
}

static void draw_pair(const struct sheet_line *line, struct slice label, struct slice value,
                      bool plain, struct grid *grid, struct area area, int row)
{
    int width = area.columns < 50 ? area.columns / 3 : LABEL_WIDTH;
    int column = width + 1;
    grid_field(grid, area, row, 0, width, ALIGN_LEFT, MEANING_DIM, label);
    if (line->has_spark && !plain) {
        char spark[GLYPH_SPARK_SIZE];
        grid_string(grid, area, row, column, MEANING_BAR, glyph_spark(line->spark, spark));
    } else if (line->has_spark) {
        for (int i = 0; i < 12; i++)
            column =
                grid_format(grid, area, row, column, MEANING_NUMBER, "%g ", (double)line->spark[i]);
    } else if (line->bar >= 0 && !plain) {
        char bar[3 * BAR_WIDTH + 1];
        grid_string(grid, area, row, column, MEANING_BAR,
                    glyph_bar((double)line->bar, BAR_WIDTH, bar));
        grid_put(grid, area, row, column + BAR_WIDTH + 1, line->meaning, value);
    } else {
        grid_put_cut(grid, area, row, column, line->meaning, value);
    }
}

/* Label and value as they are shown: masked, headings in the profile's words. */
static void show(const struct sheet *sheet, const struct sheet_line *line,
                 const struct sheet_look *look, struct text *label, struct text *value)
{
    const char *bytes = sheet->bytes.bytes;
    struct slice left = { bytes + line->label, line->label_length };
    struct slice right = { bytes + line->value, line->value_length };
    struct slice id = { bytes + line->id, line->id_length };
    if (line->meaning == MEANING_HEADER) {
        struct text heading = { 0 };
        text_add(&heading, left.bytes, left.length);
        words_say(look->words, heading.bytes ? heading.bytes : "", label);
        text_fini(&heading);
    } else if (line->person == SHEET_LABEL_ID) {
        pseudonym_id(look->pseudonymiser, left, label);
    } else if (line->person == SHEET_LABEL_ITEM) {
        pseudonym_item_name(look->pseudonymiser, id, left, label);
    } else {
        pseudonym_scopes(look->pseudonymiser, left, label);
    }
    switch (line->person) {
    case SHEET_VALUE_ID:
        pseudonym_id(look->pseudonymiser, right, value);
        break;
    case SHEET_VALUE_NAME:
        pseudonym_name(look->pseudonymiser, id, right, value);
        break;
    case SHEET_VALUE_PERSONAL:
        if (look->pseudonymiser && look->pseudonymiser->on)
            text_add_string(value, pseudonym_redact);
        else
            text_add(value, right.bytes, right.length);
        break;
    case SHEET_VALUE_ITEM_ID:
        pseudonym_item_id(look->pseudonymiser, right, value);
        break;
    case SHEET_VALUE_ITEM:
        pseudonym_item_name(look->pseudonymiser, id, right, value);
        break;
    case SHEET_VALUE_ITEM_TOLD:
        if (look->pseudonymiser && look->pseudonymiser->on && look->pseudonymiser->items)
            text_add_string(value, pseudonym_redact);
        else
            text_add(value, right.bytes, right.length);
        break;
    default:
        pseudonym_scopes(look->pseudonymiser, right, value);
    }
}

static void draw_line(const struct sheet *sheet, const struct sheet_line *line,
                      const struct sheet_look *look, struct grid *grid, struct area area, int row)
{
    struct text shown = { 0 }, beside = { 0 };
    show(sheet, line, look, &shown, &beside);
    struct slice label = { shown.bytes, shown.length }, value = { beside.bytes, beside.length };
    if (line->pair) {
        draw_pair(line, label, value, look->plain, grid, area, row);
    } else if (line->right) {
        int width = value.length > 0 ? text_width(value.bytes, value.length) : 0;
        int left = area.columns - width - 1;
        grid_field(grid, area, row, 0, left, ALIGN_LEFT, line->meaning, label);
        grid_put(grid, area, row, left + 1, MEANING_NUMBER, value);
    } else {
        grid_put_cut(grid, area, row, 0, line->meaning, label);
    }
    text_fini(&shown);
    text_fini(&beside);
}

void sheet_draw(const struct sheet *sheet, int32_t top, const struct sheet_look *look,
                struct grid *grid, struct area area)
{
    for (int row = 0; row < area.rows && top + row < sheet->n; row++)
        draw_line(sheet, &sheet->lines[top + row], look, grid, area, row);
}
