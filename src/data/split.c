/* split.c - where each protocol cuts a user's sequence.
 *
 * Every protocol fills a plan: for each user, where training ends, where it ends for a model that
 * holds out the last event itself, where the history ends, and the range in which targets lie.
 * What follows from a plan (three datasets that share what is equal, and the cases) is the same for
 * all.
 */
#include "subset.h"

#include "aisle/rng.h"
#include "aisle/split.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[SPLIT_PROTOCOLS] = {
    [SPLIT_LAST_OUT] = "leave-last-out",
    [SPLIT_TIME] = "time",
    [SPLIT_USERS] = "users",
    [SPLIT_ITEMS] = "items",
    [SPLIT_NEWCOMERS] = "newcomers",
};

const char *split_protocol_name(enum split_protocol protocol)
{
    return (unsigned)protocol < SPLIT_PROTOCOLS ? names[protocol] : "unknown";
}

bool split_protocol_parse(struct slice name, enum split_protocol *protocol)
{
    for (int i = 0; i < SPLIT_PROTOCOLS; i++) {
        if (!slice_equal_fold(name, names[i])) continue;
        *protocol = (enum split_protocol)i;
        return true;
    }
    return false;
}

void split_options_init(struct split_options *options)
{
    *options = (struct split_options){ .protocol = SPLIT_LAST_OUT, .seed = 1 };
}

/* ------------------------------------------------------------------------------------- the plan */

struct plan {
    const struct dataset *all;
    const struct split_options *options;
    int64_t *train, *held_out, *history; /* (n_users) ends, as indexes of events */
    int64_t *from, *until;               /* (n_users) where targets lie; empty = no case */
    int64_t *out;            /* (n_users) a target amid the history, or -1; NULL = none */
    uint8_t *pseudonymised;  /* (n_items) out of training and histories; or NULL */
    uint8_t *aimed;          /* (n_items) only these can be targets; or NULL = all */
    int32_t without_history; /* users who have nothing before their targets */
};

static void plan_fini(struct plan *plan)
{
    free(plan->train);
    free(plan->held_out);
    free(plan->history);
    free(plan->from);
    free(plan->until);
    free(plan->out);
    free(plan->pseudonymised);
    free(plan->aimed);
}

/* At first all is training and nobody has a target. */
static bool plan_init(struct plan *plan, const struct dataset *all,
                      const struct split_options *options, struct error *error)
{
    const size_t n = (size_t)all->n_users + 1;

    *plan = (struct plan){ .all = all, .options = options };
    plan->train = malloc(n * sizeof *plan->train);
    plan->held_out = malloc(n * sizeof *plan->held_out);
    plan->history = malloc(n * sizeof *plan->history);
    plan->from = malloc(n * sizeof *plan->from);
    plan->until = malloc(n * sizeof *plan->until);
    if (!plan->train || !plan->held_out || !plan->history || !plan->from || !plan->until)
        return error_memory(error, "a split");
    for (int32_t u = 0; u < all->n_users; u++) {
        plan->train[u] = plan->held_out[u] = plan->history[u] = all->sequence[u + 1];
        plan->from[u] = plan->until[u] = all->sequence[u + 1];
    }
    return true;
}

static bool can_be_target(const struct dataset *all, int64_t event)
{
    if (!all->event_type) return true;
    switch ((enum event_type)all->event_type[event]) {
    case EVENT_PURCHASE:
    case EVENT_RATING:
    case EVENT_WEIGHT:
        return true;
    default:
        return false;
    }
}

/* The user's last event before `end` that can be a target, or -1. */
static int64_t last_before(const struct dataset *all, int32_t user, int64_t end)
{
    while (end-- > all->sequence[user])
        if (can_be_target(all, end)) return end;
    return -1;
}

static bool in_no_order(const struct dataset *all, int32_t user)
{
    for (int64_t i = all->sequence[user]; i < all->sequence[user + 1]; i++) {
        const struct event event = dataset_event(all, i);
        if (event.type != EVENT_WEIGHT || event.time != MOMENT_NONE) return false;
    }
    return true;
}

/* One of the user's events before `end` is the target. */
static void draw_out(struct plan *plan, int32_t user, int64_t end)
{
    const int64_t begin = plan->all->sequence[user];
    struct rng rng;

    rng_init_stream(&rng, plan->options->seed, (uint64_t)user);
    plan->out[user] = begin + (int64_t)(rng_unit(&rng) * (double)(end - begin));
    plan->from[user] = plan->out[user];
    plan->until[user] = plan->from[user] + 1;
    plan->train[user] = plan->held_out[user] = plan->history[user] = end;
}

static bool plan_last_out(struct plan *plan, struct error *error)
{
    const struct dataset *all = plan->all;

    if (plan->options->unordered) {
        plan->out = malloc(((size_t)all->n_users + 1) * sizeof *plan->out);
        if (!plan->out) return error_memory(error, "a split");
    }
    for (int32_t u = 0; u < all->n_users; u++) {
        int64_t test = last_before(all, u, all->sequence[u + 1]);
        int64_t validation = test < 0 ? -1 : last_before(all, u, test);
        bool aim_low = plan->options->validation;
        if (plan->out) plan->out[u] = -1;
        if (validation < 0 || last_before(all, u, validation) < 0) continue;
        if (plan->out && in_no_order(all, u)) {
            draw_out(plan, u, aim_low ? test : all->sequence[u + 1]);
            continue;
        }
        plan->from[u] = aim_low ? validation : test;
        plan->until[u] = plan->from[u] + 1;
        plan->history[u] = plan->held_out[u] = plan->from[u];
        plan->train[u] = plan->options->refit && !aim_low ? test : validation;
    }
    return true;
}

static int by_value(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* The user's first event at or after a moment. */
static int64_t first_from(const struct dataset *all, int32_t user, int64_t moment)
{
    int64_t low = all->sequence[user], high = all->sequence[user + 1];
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (all->event_time[middle] < moment)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool plan_time(struct plan *plan, struct error *error)
{
    const struct dataset *all = plan->all;
    const double share = plan->options->share > 0 ? plan->options->share : 0.1;

    if (!all->event_time || all->first_time == all->last_time)
        return error_set(error, ERROR_INPUT,
                         "the events have no times to cut by: use the protocol leave-last-out");
    int64_t *times = malloc(((size_t)all->n_events + 1) * sizeof *times);
    if (!times) return error_memory(error, "a split");
    memcpy(times, all->event_time, (size_t)all->n_events * sizeof *times);
    qsort(times, (size_t)all->n_events, sizeof *times, by_value);
    int64_t held = (int64_t)((double)all->n_events * share);
    if (held < 1) held = 1;
    int64_t test = times[all->n_events - held];
    int64_t validation = times[all->n_events > 2 * held ? all->n_events - 2 * held : 0];
    free(times);
    bool aim_low = plan->options->validation;
    for (int32_t u = 0; u < all->n_users; u++) {
        int64_t a = first_from(all, u, validation), b = first_from(all, u, test);
        plan->train[u] = plan->options->refit && !aim_low ? b : a;
        plan->held_out[u] = plan->history[u] = aim_low ? a : b;
        const int64_t from = aim_low ? a : b, until = aim_low ? b : all->sequence[u + 1];
        if (from == all->sequence[u]) { /* nobody is known by nothing */
            plan->without_history += last_before(all, u, until) >= 0;
            continue;
        }
        plan->from[u] = from;
        plan->until[u] = until;
    }
    return true;
}

/* 0 = for the test, 1 = for validation, 2 = neither; the same draw for every use of a seed. */
static int draw(uint64_t seed, uint64_t who, double share)
{
    struct rng rng;
    rng_init_stream(&rng, seed, who);
    double at = rng_unit(&rng);
    return at < share ? 0 : at < 2 * share ? 1 : 2;
}

static void plan_users(struct plan *plan)
{
    const struct dataset *all = plan->all;
    const bool new = plan->options->protocol == SPLIT_NEWCOMERS;
    const struct split_options *options = plan->options;
    const double share = options->share > 0 ? options->share : 0.1;
    const int aim = options->validation ? 1 : 0;

    for (int32_t u = 0; u < all->n_users; u++) {
        int part = draw(options->seed, (uint64_t)u, share);
        bool learned = part == 2 || (part == 1 && aim == 0 && options->refit);
        if (!learned) plan->train[u] = plan->held_out[u] = all->sequence[u];
        int64_t last = last_before(all, u, all->sequence[u + 1]);
        if (part != aim || last < 0 || (!new &&last_before(all, u, last) < 0)) continue;
        plan->history[u] = plan->from[u] = new ? all->sequence[u] : last;
        plan->until[u] = last + 1;
    }
}

static bool plan_items(struct plan *plan, struct error *error)
{
    const struct dataset *all = plan->all;
    const struct split_options *options = plan->options;
    const double share = options->share > 0 ? options->share : 0.05;
    const int aim = options->validation ? 1 : 0;

    plan->pseudonymised = calloc((size_t)all->n_items + 1, 1);
    plan->aimed = calloc((size_t)all->n_items + 1, 1);
    if (!plan->pseudonymised || !plan->aimed) return error_memory(error, "a split");
    for (int32_t i = 0; i < all->n_items; i++) {
        int part = draw(options->seed, (uint64_t)i, share);
        plan->aimed[i] = part == aim;
        plan->pseudonymised[i] = part <= aim;
    }
    for (int32_t u = 0; u < all->n_users; u++) {
        int64_t last = last_before(all, u, all->sequence[u + 1]);
        while (last >= 0 && !plan->aimed[all->event_item[last]])
            last = last_before(all, u, last);
        if (last < 0 || last_before(all, u, last) < 0) continue;
        plan->train[u] = plan->held_out[u] = plan->history[u] = plan->from[u] = last;
        plan->until[u] = last + 1;
    }
    return true;
}

static bool make_plan(struct plan *plan, struct error *error)
{
    switch (plan->options->protocol) {
    case SPLIT_TIME:
        return plan_time(plan, error);
    case SPLIT_USERS:
    case SPLIT_NEWCOMERS:
        plan_users(plan);
        return true;
    case SPLIT_ITEMS:
        return plan_items(plan, error);
    default:
        return plan_last_out(plan, error);
    }
}

/* ----------------------------------------------------------------------------- what follows */

/* One user's targets to `to`; returns how many. stamp (n_items) is user + 1 where an item is in the
 * history, or a target already. */
static int32_t collect(const struct plan *plan, int32_t user, int32_t *stamp, int32_t *to,
                       bool *had)
{
    const struct dataset *all = plan->all;
    const bool repeats = plan->options->repeats || plan->pseudonymised;
    int32_t n = 0;

    for (int64_t i = all->sequence[user]; !repeats && i < plan->history[user]; i++)
        if (!plan->out || i != plan->out[user]) stamp[all->event_item[i]] = user + 1;
    for (int64_t i = plan->from[user]; i < plan->until[user]; i++) {
        const int32_t item = all->event_item[i];
        if (!can_be_target(all, i) || (plan->aimed && !plan->aimed[item])) continue;
        *had = true;
        if (stamp[item] == user + 1) continue;
        stamp[item] = user + 1;
        to[n++] = item;
    }
    return n;
}

static bool make_cases(struct split *split, const struct plan *plan, struct error *error)
{
    const struct dataset *all = plan->all;
    int64_t capacity = 0, at = 0;

    for (int32_t u = 0; u < all->n_users; u++)
        capacity += plan->until[u] - plan->from[u];
    split->targets = malloc(((size_t)capacity + 1) * sizeof *split->targets);
    split->cases = malloc(((size_t)all->n_users + 1) * sizeof *split->cases);
    int32_t *stamp = calloc((size_t)all->n_items + 1, sizeof *stamp);
    if (!split->targets || !split->cases || !stamp) {
        free(stamp);
        return error_memory(error, "a split");
    }
    for (int32_t u = 0; u < all->n_users; u++) {
        bool had = false;
        int32_t *targets = split->targets + at, n = collect(plan, u, stamp, targets, &had);
        split->left_out += had && n == 0;
        if (n == 0) continue;
        split->cases[split->n_cases++] = (struct split_case){ u, n, targets };
        at += n;
    }
    free(stamp);
    if (split->n_cases > 0) return true;
    return error_set(error, ERROR_INPUT,
                     split->left_out ? "everybody who could be asked about bought only what they "
                                       "had: count repeats too (--repeats)"
                                     : "nobody has enough purchases for the protocol %s",
                     split_protocol_name(split->protocol));
}

static bool equal(const struct plan *plan, const int64_t *a, const int64_t *b)
{
    return memcmp(a, b, (size_t)plan->all->n_users * sizeof *a) == 0;
}

static const struct dataset *part(const struct plan *plan, const int64_t *until,
                                  struct progress *progress, struct error *error)
{
    const struct subset subset = { .until = until,
                                   .without_item = plan->pseudonymised,
                                   .without_event = plan->out,
                                   .strengths = plan->options->strengths };
    return subset_new(plan->all, &subset, progress, error);
}

/* Parts with the same ends are one dataset. */
static bool make_parts(struct split *split, const struct plan *plan, struct progress *progress,
                       struct error *error)
{
    split->train = part(plan, plan->train, progress, error);
    if (!split->train) return false;
    if (equal(plan, plan->history, plan->train))
        split->history = dataset_retain(split->train);
    else
        split->history = part(plan, plan->history, progress, error);
    if (!split->history) return false;
    if (equal(plan, plan->held_out, plan->train))
        split->held_out = dataset_retain(split->train);
    else if (equal(plan, plan->held_out, plan->history))
        split->held_out = dataset_retain(split->history);
    else
        split->held_out = part(plan, plan->held_out, progress, error);
    return split->held_out != NULL;
}

struct split *split_new(const struct dataset *all, const struct split_options *options,
                        struct progress *progress, struct error *error)
{
    struct plan plan = { 0 };
    struct split *split = calloc(1, sizeof *split);
    bool done = split || error_memory(error, "a split");

    if (done) {
        split->protocol = options->protocol;
        split->unordered = options->unordered;
    }
    done = done && plan_init(&plan, all, options, error) && make_plan(&plan, error) &&
           make_cases(split, &plan, error) && make_parts(split, &plan, progress, error);
    if (done) split->without_history = plan.without_history;
    if (done && plan.aimed) {
        split->cold = plan.aimed;
        plan.aimed = NULL;
    }
    plan_fini(&plan);
    if (done) return split;
    split_free(split);
    return NULL;
}

int64_t split_memory(const struct dataset *all, int parts)
{
    const int64_t cases = (int64_t)sizeof(struct split_case) + (int64_t)sizeof(int32_t);
    return parts * dataset_memory(all) + all->n_users * cases;
}

void split_free(struct split *split)
{
    if (!split) return;
    dataset_release(split->train);
    dataset_release(split->held_out);
    dataset_release(split->history);
    free(split->cases);
    free(split->targets);
    free(split->cold);
    free(split);
}
