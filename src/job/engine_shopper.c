/* engine_shopper.c - a shopper with what they did since the dataset was read. */
#include "aisle/engine.h"

#include <stdlib.h>

int64_t serving_behind(const struct serving *serving)
{
    const int64_t behind = serving->events_since - serving->applied;
    return behind > 0 ? behind : 0;
}

struct news {
    const struct dataset *dataset;
    struct event *events;
    int32_t n, capacity;
};

static bool add_event(void *context, const struct event_row *row, struct error *error)
{
    struct news *news = context;
    struct event event = row->event;

    event.item = names_find(&news->dataset->item_ids, row->item);
    if (event.item < 0) return true; /* an item that came since */
    if (news->n == news->capacity) {
        const int32_t capacity = news->capacity ? news->capacity * 2 : 16;
        struct event *events = realloc(news->events, (size_t)capacity * sizeof *events);
        if (!events) return error_memory(error, "the newest events");
        news->events = events;
        news->capacity = capacity;
    }
    news->events[news->n++] = event;
    return true;
}

struct shopper *engine_shopper(struct reader *reader, const struct serving *serving,
                               struct slice user, int64_t as_of,
                               const struct shopper_changes *changes, struct error *error)
{
    const struct dataset *dataset = serving->dataset;
    struct news news = { .dataset = dataset };
    struct shopper_changes with_news = changes ? *changes : (struct shopper_changes){ 0 };
    struct shopper *shopper = NULL;

    if (serving->events_behind <= 0 ||
        workspace_user_events(reader, user, dataset->events_seen, add_event, &news, error)) {
        with_news.events = news.events;
        with_news.n_events = news.n;
        shopper =
            shopper_new(dataset, names_find(&dataset->user_ids, user), as_of, &with_news, error);
    }
    free(news.events);
    return shopper;
}
