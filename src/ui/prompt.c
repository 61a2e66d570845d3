#include "prompt.h"

#include <stdio.h>
#include <string.h>

enum { HISTORY_MAX = 100 };

void prompt_fini(struct prompt *prompt)
{
    text_fini(&prompt->line);
    text_fini(&prompt->typed);
    text_fini(&prompt->candidates);
    for (int i = 0; i < HISTORIES; i++)
        text_fini(&prompt->past[i]);
}

static void forget_candidates(struct prompt *prompt)
{
    text_clear(&prompt->candidates);
    prompt->chosen = -1;
}

static void set_line(struct prompt *prompt, const char *bytes, size_t length)
{
    text_clear(&prompt->line);
    text_add(&prompt->line, bytes, length);
    prompt->cursor = prompt->line.length;
}

void prompt_open(struct prompt *prompt, const struct prompt_spec *spec)
{
    prompt->spec = *spec;
    snprintf(prompt->label, sizeof prompt->label, "%s", spec->label);
    prompt->spec.label = prompt->label;
    prompt->spec.initial = NULL;
    prompt->back = 0;
    prompt->pasting = false;
    forget_candidates(prompt);
    struct slice initial = slice_of(spec->initial);
    set_line(prompt, initial.bytes, initial.length);
}

void prompt_close(struct prompt *prompt)
{
    prompt->spec = (struct prompt_spec){ 0 };
    forget_candidates(prompt);
}

void prompt_remember(struct prompt *prompt, enum prompt_history history, const char *line)
{
    struct text *past = &prompt->past[history];
    size_t length = strlen(line), lines = 0;
    if (length == 0) return;
    if (past->length > length && past->bytes[past->length - 1] == '\n' &&
        strncmp(past->bytes + past->length - 1 - length, line, length) == 0 &&
        (past->length == length + 1 || past->bytes[past->length - length - 2] == '\n'))
        return;
    text_add_string(past, line);
    text_add_string(past, "\n");
    for (size_t i = 0; i < past->length; i++)
        if (past->bytes[i] == '\n') lines++;
    if (lines <= HISTORY_MAX) return;
    char *second = strchr(past->bytes, '\n') + 1;
    past->length -= (size_t)(second - past->bytes);
    memmove(past->bytes, second, past->length + 1);
}

/* The line `back` lines before the end, or an empty slice without bytes. */
static struct slice past_line(const struct text *past, int back)
{
    if (!past->bytes) return (struct slice){ NULL, 0 };
    const char *end = past->bytes + past->length;
    for (; back > 0 && end > past->bytes; back--) {
        const char *line = end - 1;
        while (line > past->bytes && line[-1] != '\n')
            line--;
        if (back == 1) return (struct slice){ line, (size_t)(end - 1 - line) };
        end = line;
    }
    return (struct slice){ NULL, 0 };
}

static void go_back(struct prompt *prompt, int step)
{
    int back = prompt->back + step;
    if (back < 0) return;
    if (prompt->back == 0 && step > 0) {
        text_clear(&prompt->typed);
        text_add(&prompt->typed, prompt->line.bytes, prompt->line.length);
    }
    struct slice line = past_line(&prompt->past[prompt->spec.history], back);
    if (back == 0) line = (struct slice){ prompt->typed.bytes, prompt->typed.length };
    if (back > 0 && !line.bytes) return;
    prompt->back = back;
    set_line(prompt, line.bytes, line.length);
}

static size_t before(const struct prompt *prompt, size_t at)
{
    if (at > 0) at--;
    while (at > 0 && ((unsigned char)prompt->line.bytes[at] & 0xC0) == 0x80)
        at--;
    return at;
}

static size_t after(const struct prompt *prompt, size_t at)
{
    if (at < prompt->line.length) at++;
    while (at < prompt->line.length && ((unsigned char)prompt->line.bytes[at] & 0xC0) == 0x80)
        at++;
    return at;
}

static void cut(struct prompt *prompt, size_t from, size_t to)
{
    struct text *line = &prompt->line;
    if (to <= from) return;
    memmove(line->bytes + from, line->bytes + to, line->length - to + 1);
    line->length -= to - from;
    prompt->cursor = from;
}

static void insert(struct prompt *prompt, const char *bytes, size_t length)
{
    struct text *line = &prompt->line;
    size_t tail = line->length - prompt->cursor;
    text_add(line, bytes, length); /* makes room; the tail is moved up after */
    if (line->failed) return;
    memmove(line->bytes + prompt->cursor + length, line->bytes + prompt->cursor, tail);
    memcpy(line->bytes + prompt->cursor, bytes, length);
    prompt->cursor += length;
}

static size_t word_before(const struct prompt *prompt)
{
    size_t at = prompt->cursor;
    while (at > 0 && prompt->line.bytes[at - 1] == ' ')
        at--;
    while (at > 0 && prompt->line.bytes[at - 1] != ' ')
        at--;
    return at;
}

static enum prompt_event edit(struct prompt *prompt, key_code key)
{
    size_t length = prompt->line.length;
    switch (key) {
    case KEYS_BACKSPACE:
        if (length == 0) return PROMPT_GIVEN_UP;
        cut(prompt, before(prompt, prompt->cursor), prompt->cursor);
        return PROMPT_CHANGED;
    case KEYS_DELETE:
        cut(prompt, prompt->cursor, after(prompt, prompt->cursor));
        return PROMPT_CHANGED;
    case 'u' - 96:
        cut(prompt, 0, prompt->cursor);
        return PROMPT_CHANGED;
    case 'k' - 96:
        cut(prompt, prompt->cursor, length);
        return PROMPT_CHANGED;
    case 'w' - 96:
        cut(prompt, word_before(prompt), prompt->cursor);
        return PROMPT_CHANGED;
    case KEYS_LEFT:
        prompt->cursor = before(prompt, prompt->cursor);
        return PROMPT_NOTHING;
    case KEYS_RIGHT:
        prompt->cursor = after(prompt, prompt->cursor);
        return PROMPT_NOTHING;
    case KEYS_HOME:
    case 'a' - 96:
        prompt->cursor = 0;
        return PROMPT_NOTHING;
    case KEYS_END:
    case 'e' - 96:
        prompt->cursor = length;
        return PROMPT_NOTHING;
    case KEYS_UP:
        go_back(prompt, 1);
        return PROMPT_CHANGED;
    case KEYS_DOWN:
        go_back(prompt, -1);
        return PROMPT_CHANGED;
    default:
        break;
    }
    if (key >= 32 && key < KEYS_SPECIAL) {
        char bytes[4];
        insert(prompt, bytes, text_encode(key, bytes));
        return PROMPT_CHANGED;
    }
    return PROMPT_NOTHING;
}

enum prompt_event prompt_key(struct prompt *prompt, key_code key)
{
    if (key == KEYS_PASTE_BEGIN || key == KEYS_PASTE_END) {
        prompt->pasting = key == KEYS_PASTE_BEGIN;
        return PROMPT_NOTHING;
    }
    if (prompt->spec.kind == PROMPT_QUESTION) {
        if (key == 'y' || key == 'Y') return PROMPT_ENTERED;
        return key == 'n' || key == 'N' || key == KEYS_ESCAPE || key == 3 ? PROMPT_GIVEN_UP
                                                                          : PROMPT_NOTHING;
    }
    if (prompt->pasting && key < 32) key = ' '; /* a pasted line end does not run the line */
    if (key == KEYS_TAB || key == KEYS_BACK_TAB) return PROMPT_COMPLETE;
    enum prompt_event event = PROMPT_NOTHING;
    if (key == KEYS_ENTER)
        event = PROMPT_ENTERED;
    else if (key == KEYS_ESCAPE || key == 3)
        event = PROMPT_GIVEN_UP;
    else
        event = edit(prompt, key);
    forget_candidates(prompt);
    return event;
}

static struct slice candidate(const struct prompt *prompt, int index)
{
    const char *at = prompt->candidates.bytes;
    const char *end = at ? at + prompt->candidates.length : NULL;
    while (at && at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        if (!newline) break;
        if (index-- == 0) return (struct slice){ at, (size_t)(newline - at) };
        at = newline + 1;
    }
    return (struct slice){ NULL, 0 };
}

static struct slice taken(struct slice candidate)
{
    const char *tab = memchr(candidate.bytes, '\t', candidate.length);
    if (tab) candidate.length = (size_t)(tab - candidate.bytes);
    return candidate;
}

bool prompt_complete(struct prompt *prompt, int step)
{
    int n = 0;
    while (candidate(prompt, n).bytes)
        n++;
    if (n == 0) return false;
    prompt->chosen = prompt->chosen < 0 ? (step > 0 ? 0 : n - 1) : (prompt->chosen + step + n) % n;
    struct slice word = taken(candidate(prompt, prompt->chosen));
    cut(prompt, prompt->from, prompt->cursor);
    insert(prompt, word.bytes, word.length);
    return true;
}

void prompt_draw(const struct prompt *prompt, struct grid *grid, struct area area)
{
    struct slice line = { prompt->line.bytes, prompt->line.length };
    int column = grid_string(grid, area, 0, 0, MEANING_TITLE, prompt->spec.label);
    if (prompt->spec.kind == PROMPT_QUESTION) {
        grid_string(grid, area, 0, column, MEANING_HEADER, " y/n");
        grid_cursor(grid, area, 0, column + 5);
        return;
    }
    /* A line longer than the room is shown from where the cursor fits. */
    int before_cursor = prompt->cursor > 0 ? text_width(line.bytes, prompt->cursor) : 0;
    int capacity = area.columns - column - 1;
    struct area field = area_columns(area, column, area.columns - column);
    int from = before_cursor > capacity ? capacity - before_cursor : 0;
    while (from < 0 && line.length > 0) {
        int32_t code;
        size_t taken = text_decode(line.bytes, line.length, &code);
        from += text_code_width(code);
        line.bytes += taken;
        line.length -= taken;
        before_cursor -= text_code_width(code);
    }
    int end = grid_put(grid, field, 0, 0, MEANING_TEXT, line);
    grid_cursor(grid, field, 0, before_cursor);
    for (int i = 0; end + 2 < field.columns; i++) {
        struct slice word = candidate(prompt, i);
        if (!word.bytes) break;
        struct slice id = taken(word);
        end = grid_put(grid, field, 0, end + 2,
                       i == prompt->chosen ? MEANING_SELECTION : MEANING_HEADER, id);
        if (word.length > id.length + 1)
            end = grid_put(grid, field, 0, end + 1, MEANING_DIM,
                           (struct slice){ id.bytes + id.length + 1, word.length - id.length - 1 });
    }
}
