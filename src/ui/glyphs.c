#include "glyphs.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* U+2581 … U+2588 lower blocks; U+2588 … U+258F left blocks, fullest first. */
static char *put_block(char *out, int code)
{
    *out++ = (char)0xE2;
    *out++ = (char)0x96;
    *out++ = (char)(0x80 + (code & 0x3F));
    return out;
}

const char *glyph_spark(const float value[12], char out[GLYPH_SPARK_SIZE])
{
    float max = 0;
    char *end = out;
    for (int i = 0; i < 12; i++)
        if (value[i] > max) max = value[i];
    for (int i = 0; i < 12; i++) {
        float part = max > 0 && value[i] > 0 ? value[i] / max : 0;
        end = put_block(end, 0x2581 + (int)lroundf(part * 7));
    }
    *end = 0;
    return out;
}

const char *glyph_bar(double share, int width, char *out)
{
    char *end = out;
    if (!(share > 0)) share = 0;
    if (share > 1) share = 1;
    int eighths = (int)lround(share * width * 8);
    for (; eighths >= 8; eighths -= 8)
        end = put_block(end, 0x2588);
    if (eighths > 0) end = put_block(end, 0x2590 - eighths);
    *end = 0;
    return out;
}

int32_t glyph_ascii(int32_t code)
{
    static const struct {
        int32_t code;
        char ascii;
    } table[] = {
        { 0x00B7, '-' }, { 0x00D7, 'x' }, { 0x2026, '~' },  { 0x203A, '>' }, { 0x2022, '*' },
        { 0x25B4, '^' }, { 0x25BE, 'v' }, { 0x25B8, '>' },  { 0x25B2, '^' }, { 0x25BC, 'v' },
        { 0x2713, '+' }, { 0x2715, 'x' }, { 0x25CF, '*' },  { 0x2500, '-' }, { 0x2502, '|' },
        { 0x2192, '>' }, { 0x2190, '<' }, { 0x2591, '.' },  { 0x2592, ':' }, { 0x2593, '+' },
        { 0x2014, '-' }, { 0x2013, '-' }, { 0x2019, '\'' }, { 0x2265, '>' }, { 0x2264, '<' },
        { 0x00A0, ' ' }, { 0x241B, '?' }, { 0x250C, '+' },  { 0x2510, '+' }, { 0x2514, '+' },
        { 0x2518, '+' },
    };
    if (code < 0x80) return code;
    if (code >= 0x2581 && code <= 0x2588) return "_.-:=+*#"[code - 0x2581];
    if (code > 0x2588 && code <= 0x258F) return code <= 0x258C ? '#' : '-';
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].code == code) return table[i].ascii;
    return '?';
}
