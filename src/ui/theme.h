/* theme.h - twelve meanings and four steps of heat, and how each looks.
 *
 * Screens paint meanings, never colours. A theme is a small text file (share/themes, built into
 * the program) that gives each meaning a style for three kinds of terminal: [mono], [16], [256].
 * A style is a list of words: bold dim underline reverse, a colour (name or number), "on" colour.
 * "text" is everything that has no meaning; a terminal leaves it alone, exports need it.
 */
#ifndef AISLE_UI_THEME_H
#define AISLE_UI_THEME_H

#include "aisle/error.h"
#include "aisle/text.h"

#include <stdint.h>

enum meaning {
    MEANING_TEXT,
    MEANING_TITLE,
    MEANING_HEADER,
    MEANING_SELECTION,
    MEANING_MARK,
    MEANING_NUMBER,
    MEANING_DIM,
    MEANING_GOOD,
    MEANING_WARN,
    MEANING_BAD,
    MEANING_MATCH,
    MEANING_BAR,
    MEANING_BORDER,
    MEANING_HEAT_1, /* four steps of a heat map; what is less is blank */
    MEANING_HEAT_2,
    MEANING_HEAT_3,
    MEANING_HEAT_4,
    MEANINGS
};

enum colour_depth { DEPTH_MONO, DEPTH_16, DEPTH_256, DEPTHS };

enum { STYLE_BOLD = 1, STYLE_DIM = 2, STYLE_UNDERLINE = 4, STYLE_REVERSE = 8 };

struct style {
    int16_t foreground, background; /* colour number, -1 = the terminal's own */
    uint8_t attributes;
};

struct theme {
    char name[32];
    struct style style[DEPTHS][MEANINGS];
};

/* Reads a theme file's text; what it does not name stays plain. False names the bad line. */
bool theme_parse(struct theme *theme, const char *name, struct slice text, struct error *error);
/* A theme that is built in; the sentence lists them all. */
bool theme_load(struct theme *theme, const char *name, struct error *error);
/* Name of the i-th built-in theme (without ".theme"), or false after the last. */
bool theme_list(size_t index, char *name, size_t size);

/* Whether all looks the same; names do not count. */
bool theme_equal(const struct theme *a, const struct theme *b);

/* 0xRRGGBB of a colour number, for exports. */
uint32_t theme_rgb(int16_t colour);

#endif
