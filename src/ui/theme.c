#include "theme.h"

#include "aisle/embedded.h"

#include <stdio.h>
#include <string.h>

static const char *const meanings[MEANINGS] = {
    "text", "title", "header", "selection", "mark",   "number", "dim",    "good",   "warn",
    "bad",  "match", "bar",    "border",    "heat-1", "heat-2", "heat-3", "heat-4",
};

static const char *const depths[DEPTHS] = { "[mono]", "[16]", "[256]" };

static const char *const colours[16] = {
    "black",        "red",           "green",       "yellow",         "blue",
    "magenta",      "cyan",          "white",       "grey",           "bright-red",
    "bright-green", "bright-yellow", "bright-blue", "bright-magenta", "bright-cyan",
    "bright-white",
};

static bool next_word(struct slice *line, struct slice *word)
{
    *line = slice_trim(*line);
    size_t n = 0;
    while (n < line->length && line->bytes[n] != ' ' && line->bytes[n] != '\t')
        n++;
    *word = (struct slice){ line->bytes, n };
    line->bytes += n;
    line->length -= n;
    return n > 0;
}

static bool parse_colour(struct slice word, int16_t *colour)
{
    int64_t number;
    for (int16_t i = 0; i < 16; i++) {
        if (slice_equal(word, colours[i])) {
            *colour = i;
            return true;
        }
    }
    if (!slice_to_int64(word, &number) || number < 0 || number > 255) return false;
    *colour = (int16_t)number;
    return true;
}

static bool parse_style(struct slice line, struct style *style)
{
    struct slice word;
    int16_t *colour = &style->foreground;
    while (next_word(&line, &word)) {
        if (slice_equal(word, "bold"))
            style->attributes |= STYLE_BOLD;
        else if (slice_equal(word, "dim"))
            style->attributes |= STYLE_DIM;
        else if (slice_equal(word, "underline"))
            style->attributes |= STYLE_UNDERLINE;
        else if (slice_equal(word, "reverse"))
            style->attributes |= STYLE_REVERSE;
        else if (slice_equal(word, "on"))
            colour = &style->background;
        else if (!slice_equal(word, "plain") && !parse_colour(word, colour))
            return false;
    }
    return true;
}

static int find_name(const char *const *names, int n, struct slice word)
{
    for (int i = 0; i < n; i++)
        if (slice_equal(word, names[i])) return i;
    return -1;
}

bool theme_parse(struct theme *theme, const char *name, struct slice text, struct error *error)
{
    *theme = (struct theme){ 0 };
    snprintf(theme->name, sizeof theme->name, "%s", name);
    for (int d = 0; d < DEPTHS; d++)
        for (int m = 0; m < MEANINGS; m++)
            theme->style[d][m] = (struct style){ -1, -1, 0 };

    int colour_depth = -1;
    int number = 0;
    while (text.length > 0) {
        const char *end = memchr(text.bytes, '\n', text.length);
        size_t length = end ? (size_t)(end - text.bytes) : text.length;
        struct slice line = { text.bytes, length };
        text.bytes += end ? length + 1 : length;
        text.length -= end ? length + 1 : length;
        number++;

        struct slice word;
        if (!next_word(&line, &word) || word.bytes[0] == '#') continue;
        if (word.bytes[0] == '[') {
            colour_depth = find_name(depths, DEPTHS, word);
            if (colour_depth >= 0) continue;
        }
        int meaning = find_name(meanings, MEANINGS, word);
        if (colour_depth < 0 || meaning < 0 ||
            !parse_style(line, &theme->style[colour_depth][meaning]))
            return error_set(error, ERROR_INPUT, "theme %s, line %d: not understood", name, number);
    }
    return true;
}

bool theme_list(size_t index, char *name, size_t size)
{
    for (size_t i = 0; theme_data[i].name; i++) {
        if (i < index) continue;
        const char *dot = strrchr(theme_data[i].name, '.');
        int length = dot ? (int)(dot - theme_data[i].name) : (int)strlen(theme_data[i].name);
        snprintf(name, size, "%.*s", length, theme_data[i].name);
        return true;
    }
    return false;
}

bool theme_load(struct theme *theme, const char *name, struct error *error)
{
    char each[32], all[256] = "";
    for (size_t i = 0; theme_list(i, each, sizeof each); i++) {
        if (strcmp(each, name) == 0) {
            struct slice text = { (const char *)theme_data[i].bytes, theme_data[i].size };
            return theme_parse(theme, name, text, error);
        }
        size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s", used ? ", " : "", each);
    }
    return error_set(error, ERROR_MISSING, "there is no theme \"%.40s\"; there are %s", name, all);
}

uint32_t theme_rgb(int16_t colour)
{
    static const uint32_t basic[16] = {
        0x1c1f24, 0xcc5555, 0x5fae5f, 0xc9a24a, 0x5b8dd6, 0xb27cc4, 0x4fb0b5, 0xc8ccd2,
        0x7a8089, 0xff7b72, 0x7ee787, 0xf2cc60, 0x79b8ff, 0xd2a8ff, 0x76e3ea, 0xf5f7fa,
    };
    static const uint32_t level[6] = { 0, 95, 135, 175, 215, 255 };
    if (colour < 16) return basic[colour < 0 ? 7 : colour];
    if (colour >= 232) {
        uint32_t grey = (uint32_t)(8 + 10 * (colour - 232));
        return grey << 16 | grey << 8 | grey;
    }
    int cube = colour - 16;
    return level[cube / 36] << 16 | level[cube / 6 % 6] << 8 | level[cube % 6];
}

bool theme_equal(const struct theme *a, const struct theme *b)
{
    for (int colour_depth = 0; colour_depth < DEPTHS; colour_depth++)
        for (int meaning = 0; meaning < MEANINGS; meaning++) {
            const struct style *one = &a->style[colour_depth][meaning],
                               *other = &b->style[colour_depth][meaning];
            if (one->foreground != other->foreground || one->background != other->background ||
                one->attributes != other->attributes)
                return false;
        }
    return true;
}
