/* attention_map.c - see the header. */
#include "aisle/attention_map.h"

#include <stdlib.h>

struct attention_map *attention_map_new(int32_t blocks, int32_t heads, int32_t n,
                                        struct error *error)
{
    struct attention_map *map = calloc(1, sizeof *map);

    if (map) {
        *map = (struct attention_map){ .blocks = blocks, .heads = heads, .n = n };
        map->item = calloc((size_t)n + 1, sizeof *map->item);
        map->time = calloc((size_t)n + 1, sizeof *map->time);
        map->weights = calloc((size_t)blocks * (size_t)heads * (size_t)n + 1, sizeof *map->weights);
        if (map->item && map->time && map->weights) return map;
        attention_map_free(map);
    }
    error_memory(error, "a map");
    return NULL;
}

void attention_map_free(struct attention_map *map)
{
    if (!map) return;
    free(map->item);
    free(map->time);
    free(map->weights);
    free(map);
}

double attention_map_weight(const struct attention_map *map, int32_t row, int32_t e)
{
    const int32_t rows = map->blocks * map->heads;
    const size_t n = (size_t)map->n;
    double sum = 0;

    if (row >= 0) return (double)map->weights[(size_t)row * n + (size_t)e];
    for (int32_t r = 0; r < rows; r++)
        sum += (double)map->weights[(size_t)r * n + (size_t)e];
    return rows > 0 ? sum / rows : 0;
}

double attention_map_max(const struct attention_map *map, int32_t row)
{
    double max = 0;

    for (int32_t e = 0; e < map->n; e++) {
        const double weight = attention_map_weight(map, row, e);
        if (weight > max) max = weight;
    }
    return max;
}

/* By insertion: a map is at most some hundred events long. Of equal ones the newest first. */
void attention_map_order(const struct attention_map *map, int32_t row, int32_t *order)
{
    for (int32_t i = 0; i < map->n; i++) {
        const int32_t e = map->n - 1 - i;
        const double weight = attention_map_weight(map, row, e);
        int32_t at = i;
        for (; at > 0 && attention_map_weight(map, row, order[at - 1]) < weight; at--)
            order[at] = order[at - 1];
        order[at] = e;
    }
}

const char *attention_map_other(int32_t item)
{
    return item == ATTENTION_ASKED ? "what is asked for"
           : item == ATTENTION_WHO ? "who it is"
                                   : "the beginning";
}

int attention_map_shade(double weight, double max)
{
    static const double from[ATTENTION_SHADES] = { 0, 0.06, 0.25, 0.5, 0.75 };
    int shade = 0;

    if (!(max > 0)) return 0;
    while (shade + 1 < ATTENTION_SHADES && weight >= from[shade + 1] * max)
        shade++;
    return shade;
}

const char *attention_map_glyph(int shade)
{
    static const char *const glyphs[ATTENTION_SHADES] = { "", "░", "▒", "▓", "█" };
    return shade >= 0 && shade < ATTENTION_SHADES ? glyphs[shade] : "";
}
