/* explain_map.c - see the header. */
#include "explain_map.h"

#include "job/labels.h"

#include <stdio.h>
#include <stdlib.h>

enum { EVENTS_MAX = 60, NAMED_MAX = 5 }; /* of a line; of the list below */

struct attention_map *question_map(const struct question *question, int *status)
{
    struct error error = { 0 };
    const struct model *model = question->serving.model;
    const struct model_kind *kind = model_base(model)->kind;

    if (!kind->look)
        error_set(&error, ERROR_USAGE,
                  "%s attends to nothing, so there is no map: -m attention has one", kind->name);
    struct attention_map *map = kind->look ? kind->look(model, question->shopper, &error) : NULL;
    if (!map) *status = call_fail(&error);
    return map;
}

static void print_row(const struct attention_map *map, int32_t row)
{
    const double max = attention_map_max(map, row);

    if (row < 0)
        printf("     all");
    else
        printf("%4d.%-3d", (int)(row / map->heads + 1), (int)(row % map->heads + 1));
    printf(" %6.3f  ", max);
    for (int32_t e = map->n > EVENTS_MAX ? map->n - EVENTS_MAX : 0; e < map->n; e++) {
        const char *glyph =
            attention_map_glyph(attention_map_shade(attention_map_weight(map, row, e), max));
        fputs(*glyph ? glyph : " ", stdout);
    }
    putchar('\n');
}

static struct slice name_of(const struct attention_map *map, const struct dataset *dataset,
                            int32_t e)
{
    return map->item[e] < 0 ? slice_of(attention_map_other(map->item[e]))
                            : label_item(dataset, map->item[e]);
}

static void print_max(const struct attention_map *map, const struct dataset *dataset)
{
    int32_t *order = malloc(((size_t)map->n + 1) * sizeof *order);
    char date[MOMENT_TEXT_SIZE];

    if (!order) return;
    attention_map_order(map, -1, order);
    printf("looked at most, by all heads:\n");
    for (int32_t i = 0; i < map->n && i < NAMED_MAX; i++) {
        const int64_t time = map->time[order[i]];
        printf("%10.4f  %-10s  ", attention_map_weight(map, -1, order[i]),
               time == MOMENT_NONE ? "" : moment_date(time, date));
        print_visible(name_of(map, dataset, order[i]));
        putchar('\n');
    }
    free(order);
}

void map_print(const struct attention_map *map, const struct dataset *dataset)
{
    const int32_t shown = map->n > EVENTS_MAX ? EVENTS_MAX : map->n;

    printf("\nwhere it looked (not a reason) from the newest event on: the last %d of %d events, "
           "the newest at the right\nblock.head most\n",
           (int)shown, (int)map->n);
    for (int32_t row = 0; row < map->blocks * map->heads; row++)
        print_row(map, row);
    print_row(map, -1);
    print_max(map, dataset);
}

static json_t *event_of(const struct attention_map *map, const struct dataset *dataset, int32_t e)
{
    char moment[MOMENT_TEXT_SIZE];
    const int32_t item = map->item[e];
    json_t *event = json_object();

    json_object_set_new(event, "item",
                        item < 0 ? json_null() : json_text(names_get(&dataset->item_ids, item)));
    json_object_set_new(event, "title",
                        item < 0 ? json_null() : json_text(label_item(dataset, item)));
    if (item == ATTENTION_ASKED) json_object_set_new(event, "asked", json_true());
    if (item == ATTENTION_WHO) json_object_set_new(event, "who", json_true());
    json_object_set_new(
        event, "time",
        map->time[e] == MOMENT_NONE ? json_null() : json_string(moment_text(map->time[e], moment)));
    return event;
}

json_t *map_json(const struct attention_map *map, const struct dataset *dataset)
{
    json_t *events = json_array(), *heads = json_array();

    for (int32_t e = 0; e < map->n; e++)
        json_array_append_new(events, event_of(map, dataset, e));
    for (int32_t row = 0; row < map->blocks * map->heads; row++) {
        json_t *weights = json_array();
        for (int32_t e = 0; e < map->n; e++)
            json_array_append_new(weights, json_real(attention_map_weight(map, row, e)));
        json_array_append_new(heads,
                              json_pack("{s:i, s:i, s:o}", "block", (int)(row / map->heads + 1),
                                        "head", (int)(row % map->heads + 1), "weights", weights));
    }
    return json_pack("{s:s, s:o, s:o}", "note", "where it looked, not a reason", "events", events,
                     "heads", heads);
}
