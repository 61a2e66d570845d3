/* compare_cause.c - why a row stands elsewhere in the other list.
 *
 * The two lists differ in what the shopper is scored by, in the model, and in what filters and
 * rules do. They are changed one after the other; the change after which the row moved most is the
 * cause. Where the row is missing from one list because something left it out there, that is the
 * cause.
 */
#include "compare_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum step { STEP_SHOPPER, STEP_MODEL, STEP_FILTERS, STEPS };

const char *compare_cause_name(enum compare_cause cause)
{
    static const char *const names[] = {
        [CAUSE_NONE] = "",
        [CAUSE_BOUGHT] = "bought",
        [CAUSE_RULE] = "rule",
        [CAUSE_STOCK] = "stock",
        [CAUSE_DIVERSITY] = "diversity",
        [CAUSE_UNSCORED] = "unscored",
        [CAUSE_NEW_ITEM] = "new item",
        [CAUSE_EVENT] = "new event",
        [CAUSE_MODEL] = "new model",
        [CAUSE_PART] = "part",
    };
    return names[cause];
}

/* -------------------------------------------------------------------- what left the row out there
 */

static int64_t first_bought(const struct shopper *shopper, int32_t item)
{
    for (int32_t e = 0; e < shopper->n_events; e++)
        if (shopper->events[e].item == item) return shopper->events[e].time;
    return MOMENT_NONE;
}

bool compare_left_out(const struct feed *feed, const struct shopper *owner, int32_t n_known,
                      int32_t item, struct compare_why *why)
{
    static const enum compare_cause causes[FEED_STATUSES] = {
        [FEED_UNSCORED] = CAUSE_UNSCORED, [FEED_NOT_YET] = CAUSE_NEW_ITEM,
        [FEED_BOUGHT] = CAUSE_BOUGHT,     [FEED_UNAVAILABLE] = CAUSE_STOCK,
        [FEED_RULED_OUT] = CAUSE_RULE,    [FEED_CROWDED_OUT] = CAUSE_DIVERSITY,
    };
    const enum feed_status status =
        item < feed->n_items ? (enum feed_status)feed->status[item] : FEED_UNSCORED;
    *why = (struct compare_why){ .cause = causes[status], .item = item, .time = MOMENT_NONE };
    if (status == FEED_LISTED) return false;
    if (status == FEED_UNSCORED && item >= n_known) why->cause = CAUSE_NEW_ITEM;
    if (status == FEED_RULED_OUT && feed->rule && feed->rule[item] >= 0)
        why->rule = pipeline_rule(feed->pipeline, feed->rule[item])->id;
    if (status == FEED_BOUGHT && owner) why->time = first_bought(owner, item);
    return true;
}

/* --------------------------------------------------------------------------------- one at a time
 */

static bool same_shopper(const struct shopper *a, const struct shopper *b)
{
    bool same = a->user == b->user && a->n == b->n && a->n_events == b->n_events &&
                a->n_values == b->n_values && (a->words == NULL) == (b->words == NULL) &&
                (!a->words || strcmp(a->words, b->words) == 0);
    for (int32_t s = 0; same && s < a->n; s++)
        same = a->item[s] == b->item[s] && !(a->strength[s] < b->strength[s]) &&
               !(a->strength[s] > b->strength[s]);
    for (int32_t e = 0; same && e < a->n_events; e++)
        same = a->events[e].item == b->events[e].item && a->events[e].time == b->events[e].time;
    for (int32_t v = 0; same && v < a->n_values; v++)
        same = a->values[v] == b->values[v];
    return same;
}

/* The list of one side's scores, filtered as the other side's is. */
static struct feed *list_of(const struct model *model, const struct shopper *scored,
                            const struct compare_side *filters, struct error *error)
{
    struct feed_options options = *filters->options;
    options.owner = filters->shopper;
    return feed_new(model, scored, &options, error);
}

struct steps {
    const struct compare_side *a, *b;
    struct feed *made[2];
    const struct feed *list[STEPS + 1]; /* from a's to b's */
};

static bool make_steps(struct steps *steps, struct error *error)
{
    const struct compare_side *a = steps->a, *b = steps->b;
    const bool same = same_shopper(a->shopper, b->shopper);
    steps->list[0] = a->feed;
    steps->list[STEPS] = b->feed;
    if (!same && !(steps->made[0] = list_of(a->model, b->shopper, a, error))) return false;
    steps->list[1] = same ? a->feed : steps->made[0];
    if (a->model != b->model && !(steps->made[1] = list_of(b->model, b->shopper, a, error)))
        return false;
    steps->list[2] = a->model == b->model ? steps->list[1] : steps->made[1];
    return true;
}

/* Behind all where it is not listed. */
static int32_t rank_in(const struct feed *feed, int32_t item)
{
    const int32_t rank = feed_rank(feed, item);
    return rank > 0 ? rank : feed->n_items + 1;
}

/* The step after which it was farthest from where it was; STEPS = none moved it. */
static enum step step_of(const struct steps *steps, int32_t item)
{
    enum step found = STEPS;
    int32_t farthest = 0;
    for (int s = 0; s < STEPS; s++) {
        if (steps->list[s] == steps->list[s + 1]) continue;
        const int32_t by = abs(rank_in(steps->list[s + 1], item) - rank_in(steps->list[s], item));
        if (by == 0 || by < farthest) continue;
        farthest = by;
        found = (enum step)s;
    }
    return found;
}

/* The rule that touches an item in one list and not, or otherwise, in the other; 0 = none. */
static int64_t touched_by(const struct feed *a, const struct feed *b, int32_t item)
{
    enum { TOUCHES = 8 };
    struct feed_touch x[TOUCHES], y[TOUCHES];
    const int32_t n = a->pipeline ? feed_touches(a, item, x, TOUCHES) : 0;
    const int32_t m = b->pipeline ? feed_touches(b, item, y, TOUCHES) : 0;
    for (int32_t t = 0; t < n || t < m; t++) {
        const int64_t one = t < n ? pipeline_rule(a->pipeline, x[t].rule)->id : 0;
        const int64_t other = t < m ? pipeline_rule(b->pipeline, y[t].rule)->id : 0;
        if (one != other) return one ? one : other;
    }
    return 0;
}

/* Filters and rules did it: to the row itself, or to one that stands before it in either list. */
static void filters_of(const struct steps *steps, int32_t item, struct compare_why *why)
{
    const struct feed *lists[2] = { steps->list[STEP_FILTERS], steps->list[STEP_FILTERS + 1] };
    const struct compare_side *list_requests[2] = { steps->a, steps->b };
    const int64_t rule = touched_by(lists[0], lists[1], item);
    if (rule != 0) {
        *why = (struct compare_why){
            .cause = CAUSE_RULE, .rule = rule, .item = item, .time = MOMENT_NONE
        };
        return;
    }
    /* Who stands before it in one and is left out of the other: of b where it went down. */
    const int down = rank_in(lists[1], item) > rank_in(lists[0], item);
    for (int list_request = 0; list_request < 2; list_request++) {
        const int l = list_request == 0 ? down : !down;
        const struct feed *with = lists[l], *without = lists[1 - l];
        const int32_t n_known = model_base(list_requests[1 - l]->model)->dataset->n_items;
        for (int32_t r = 0; r < with->n && with->rows[r].item != item; r++)
            if (compare_left_out(without, list_requests[1 - l]->shopper, n_known,
                                 with->rows[r].item, why))
                return;
    }
    for (int l = 0; l < 2; l++)
        for (int32_t r = 0; r < lists[l]->n; r++) {
            const int32_t other = lists[l]->rows[r].item;
            const int64_t moved = touched_by(lists[0], lists[1], other);
            if (moved == 0) continue;
            *why = (struct compare_why){
                .cause = CAUSE_RULE, .rule = moved, .item = other, .time = MOMENT_NONE
            };
            return;
        }
    *why = (struct compare_why){ .cause = CAUSE_NONE, .item = item, .time = MOMENT_NONE };
}

static void find_cause(const struct steps *steps, struct compare_row *row)
{
    const struct compare_side *a = steps->a, *b = steps->b;
    const struct feed_move *move = &row->move;
    const struct compare_side *lacking = move->rank_a == 0 ? a : b;
    row->why = (struct compare_why){ .item = move->item, .time = MOMENT_NONE };
    if (move->rank_a == move->rank_b) return;
    if ((move->rank_a == 0 || move->rank_b == 0) &&
        compare_left_out(lacking->feed, lacking->shopper,
                         model_base(lacking->model)->dataset->n_items, move->item, &row->why))
        return;
    switch (step_of(steps, move->item)) {
    case STEP_SHOPPER: {
        const bool time = a->shopper->user == b->shopper->user && a->shopper->user >= 0 &&
                          a->shopper->as_of != b->shopper->as_of;
        row->why.cause = time ? CAUSE_EVENT : CAUSE_PART;
        break;
    }
    case STEP_MODEL:
        row->why.cause = CAUSE_MODEL;
        row->why.other_kind = model_base(a->model)->kind != model_base(b->model)->kind;
        break;
    case STEP_FILTERS:
        filters_of(steps, move->item, &row->why);
        break;
    case STEPS:
        break;
    }
}

bool compare_causes(struct comparison *comparison, const struct compare_side *a,
                    const struct compare_side *b, struct error *error)
{
    struct steps steps = { .a = a, .b = b };
    const bool good = make_steps(&steps, error);
    for (int32_t r = 0; good && r < comparison->n; r++)
        find_cause(&steps, &comparison->rows[r]);
    feed_free(steps.made[0]);
    feed_free(steps.made[1]);
    return good;
}
