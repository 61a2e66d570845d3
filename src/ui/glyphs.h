/* glyphs.h - the few signs that screens draw with, and their ASCII stand-ins.
 *
 * Screens always draw in Unicode; where the terminal cannot, the finished grid is translated once
 * (grid_to_ascii), so no screen has to know.
 */
#ifndef AISLE_UI_GLYPHS_H
#define AISLE_UI_GLYPHS_H

#include <stdint.h>

#define GLYPH_SPARK_SIZE (12 * 3 + 1)

/* Twelve numbers as ▁▂▃▄▅▆▇█, scaled to the largest. Returns out. */
const char *glyph_spark(const float value[12], char out[GLYPH_SPARK_SIZE]);

/* A bar of `share` (0..1) of `width` columns in eighths: "███▌". out has 3 × width + 1 bytes. */
const char *glyph_bar(double share, int width, char *out);

/* The ASCII character for a code point; '?' where there is none. */
int32_t glyph_ascii(int32_t code);

#endif
