/* strength.c - how a list of events becomes strengths r(u,i).
 *
 * The indexes of the events are sorted by item (then by place, which is time order) in the
 * caller's item[]; each run of one item then becomes one strength. Nothing is allocated: this runs
 * for every user of a build and for every what-if.
 */
#include "aisle/dataset.h"

#include <math.h>

const char *event_type_name(enum event_type type)
{
    static const char *const names[EVENT_TYPES] = {
        [EVENT_PURCHASE] = "purchase", [EVENT_RETURN] = "return", [EVENT_RATING] = "rating",
        [EVENT_WEIGHT] = "weight",     [EVENT_VIEW] = "view",     [EVENT_CART] = "cart",
    };
    return (unsigned)type < EVENT_TYPES ? names[type] : "unknown";
}

bool event_type_parse(struct slice name, enum event_type *type)
{
    for (int i = 0; i < EVENT_TYPES; i++) {
        if (!slice_equal_fold(name, event_type_name((enum event_type)i))) continue;
        *type = (enum event_type)i;
        return true;
    }
    return false;
}

void strength_options_init(struct strength_options *options)
{
    *options = (struct strength_options){
        .transform = STRENGTH_COUNT,
        .type_weight = { [EVENT_PURCHASE] = 1, [EVENT_RETURN] = -1 },
    };
}

bool strength_options_equal(const struct strength_options *a, const struct strength_options *b)
{
    bool equal = a->transform == b->transform && a->half_life == b->half_life;

    for (int type = 0; type < EVENT_TYPES; type++)
        equal = equal && a->type_weight[type] == b->type_weight[type];
    return equal;
}

/* Events a and b by item, then by place. */
static bool comes_before(const struct event *events, int32_t a, int32_t b)
{
    return events[a].item != events[b].item ? events[a].item < events[b].item : a < b;
}

static void insertion_sort(const struct event *events, int32_t *order, int32_t n)
{
    for (int32_t i = 1; i < n; i++) {
        int32_t moving = order[i], to = i;
        for (; to > 0 && comes_before(events, moving, order[to - 1]); to--)
            order[to] = order[to - 1];
        order[to] = moving;
    }
}

/* Puts order[root] where it belongs in the heap of n, whose largest is first. */
static void sift_down(const struct event *events, int32_t *order, int32_t root, int32_t n)
{
    int32_t moving = order[root];

    for (int32_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && comes_before(events, order[child], order[child + 1])) child++;
        if (!comes_before(events, moving, order[child])) break;
        order[root] = order[child];
    }
    order[root] = moving;
}

static void heap_sort(const struct event *events, int32_t *order, int32_t n)
{
    for (int32_t root = n / 2 - 1; root >= 0; root--)
        sift_down(events, order, root, n);
    for (int32_t last = n - 1; last > 0; last--) {
        int32_t largest = order[0];
        order[0] = order[last];
        order[last] = largest;
        sift_down(events, order, 0, last);
    }
}

static void sort_by_item(const struct event *events, int32_t *order, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        order[i] = i;
    if (n <= 24)
        insertion_sort(events, order, n);
    else
        heap_sort(events, order, n);
}

/* 2^(-age / half-life); 1 where there is no decay or no time. */
static double decay(const struct strength_options *options, int64_t now, const struct event *event)
{
    if (!(options->half_life > 0) || now == MOMENT_NONE || event->time == MOMENT_NONE ||
        event->time >= now)
        return 1;
    return exp2(((double)event->time - (double)now) / 86400.0 / options->half_life);
}

/* What one counted line adds. */
static double counted(const struct strength_options *options, const struct event *event)
{
    double weight = options->type_weight[event->type];

    if (options->transform == STRENGTH_QUANTITY && isfinite(event->quantity))
        weight *= fabs((double)event->quantity);
    return weight;
}

/* r of one item from its events order[0..n) in time order. */
static double strength_of_run(const struct strength_options *options, int64_t now,
                              const struct event *events, const int32_t *order, int32_t n)
{
    const struct event *rating = NULL, *weight = NULL;
    double sum = 0;

    for (int32_t i = 0; i < n; i++) {
        const struct event *event = &events[order[i]];
        if (event->type == EVENT_RATING || event->type == EVENT_WEIGHT) {
            if (!isfinite(event->value)) continue; /* says nothing */
            if (event->type == EVENT_RATING)
                rating = event;
            else
                weight = event;
        } else {
            sum += counted(options, event) * decay(options, now, event);
        }
    }
    const struct event *kept = rating ? rating : weight;
    double strength = kept ? (double)kept->value * decay(options, now, kept) : sum;
    if (!(strength > 0)) return 0;
    switch (options->transform) {
    case STRENGTH_BINARY:
        return 1;
    case STRENGTH_LOG:
        return log2(1 + strength);
    case STRENGTH_COUNT:
    case STRENGTH_QUANTITY:
        break;
    }
    return strength;
}

int32_t strengths_of_events(const struct strength_options *options, int64_t now,
                            const struct event *events, int32_t n, int32_t *item, float *strength,
                            int64_t *time)
{
    int32_t n_items = 0;

    sort_by_item(events, item, n);
    for (int32_t begin = 0, end; begin < n; begin = end) {
        const struct event *first = &events[item[begin]];
        for (end = begin + 1; end < n && events[item[end]].item == first->item; end++)
            continue;
        float r = (float)strength_of_run(options, now, events, item + begin, end - begin);
        if (!(r > 0)) continue; /* also what is too small for a float */
        if (time) time[n_items] = events[item[end - 1]].time;
        strength[n_items] = r;
        item[n_items++] = first->item; /* n_items <= begin: only places already read */
    }
    return n_items;
}
