/* hybrid_weights.c - what each part of a blend weighs, learned band by band.
 *
 * A case is a shopper and the event that was held out of their history. For each, the parts'
 * comparable scores are kept for the target and for the best items of every part: no other item
 * comes far in a blend of them. The weights are those that put the targets highest (NDCG at 10),
 * found by changing one weight at a time, from each part alone and from all alike. Neighbouring
 * bands have a say in a band's weights, the less the further away they are.
 *
 * Few shoppers come without history. So a band that has too few cases also gets shoppers of longer
 * histories, of which only the newest items are left.
 */
#include "hybrid.h"

#include "aisle/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    CASES = 400, /* of a band */
    TOP = 30,    /* of each part */
    SWEEPS = 12, /* over all weights, at most */
};

struct lesson {
    int32_t user, target, keep; /* keep: newest items that are left; -1 = all */
    int32_t n;                  /* candidates, the target first */
    float *x;                   /* (n_parts, n) */
    float *z;                   /* (n) by the weights at hand */
};

struct course {
    const struct hybrid *hybrid;
    const struct split *split;
    struct lesson *lessons; /* (BANDS, CASES) */
    int32_t n[BANDS];
    struct progress *progress;
    atomic_bool failed;
};

/* ------------------------------------------------------------------------------------- cases */

static int32_t length_of(const struct split *split, const struct split_case *asked)
{
    const int64_t *start = split->history->by_user.start;
    return (int32_t)(start[asked->user + 1] - start[asked->user]);
}

/* Up to `capacity` of the cases whose histories are in the band (or, with keep >= 0, longer),
 * evenly spread over the users. */
static void choose(struct course *course, int32_t band, int32_t keep)
{
    const struct split *split = course->split;
    const int32_t capacity = CASES - course->n[band];
    int32_t fits = 0, seen = 0;

    for (int pass = 0; pass < 2; pass++) {
        for (int32_t c = 0; c < split->n_cases; c++) {
            const struct split_case *asked = &split->cases[c];
            const int32_t found = hybrid_band(length_of(split, asked));
            if (keep < 0 ? found != band : found <= band) continue;
            if (pass == 0) {
                fits++;
                continue;
            }
            const int64_t share = fits > capacity ? capacity : fits;
            const bool taken = (int64_t)(seen + 1) * share / fits > (int64_t)seen * share / fits;
            seen++;
            if (!taken) continue;
            course->lessons[band * CASES + course->n[band]++] =
                (struct lesson){ .user = asked->user, .target = asked->targets[0], .keep = keep };
        }
    }
}

static int by_item(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

/* The items of a user but for the newest `keep`, ascending; NULL without memory. */
static int32_t *forgotten(const struct dataset *history, int32_t user, int32_t keep, int32_t *n)
{
    const int64_t begin = history->sequence[user], end = history->sequence[user + 1];
    int32_t *item = malloc(((size_t)(end - begin) + 1) * sizeof *item), kept = 0;

    *n = 0;
    for (int64_t e = end; item && e-- > begin;) {
        const int32_t this = history->event_item[e];
        bool seen = false;
        for (int64_t later = e + 1; later < end && !seen; later++)
            seen = history->event_item[later] == this;
        if (!seen && kept++ >= keep) item[(*n)++] = this;
    }
    if (item) qsort(item, (size_t)*n, sizeof *item, by_item);
    return item;
}

static struct shopper *shopper_of(const struct course *course, const struct lesson *lesson)
{
    const struct dataset *history = course->split->history;
    struct shopper_changes changes = { 0 };

    if (lesson->keep < 0) return shopper_new(history, lesson->user, MOMENT_NONE, NULL, NULL);
    int32_t *without = forgotten(history, lesson->user, lesson->keep, &changes.n_without);
    if (!without) return NULL;
    changes.without = without;
    struct shopper *shopper = shopper_new(history, lesson->user, MOMENT_NONE, &changes, NULL);
    free(without);
    return shopper;
}

/* -------------------------------------------------------------------------------- candidates */

/* Marks what may be listed with 1 and what the user has with 2; returns how many are marked 1. */
static int32_t mark(const struct course *course, const struct lesson *lesson,
                    const struct component_scores *component_scores, uint8_t *marks)
{
    const struct sparse *history = &course->split->history->by_user;
    const int32_t n_items = course->hybrid->base.dataset->n_items;
    int32_t n = 1, best[TOP];

    memset(marks, 0, (size_t)n_items);
    for (int64_t i = history->start[lesson->user]; i < history->start[lesson->user + 1]; i++)
        marks[history->column[i]] = 2;
    marks[lesson->target] = 1;
    for (int32_t o = 0; o < component_scores->n; o++) {
        memcpy(component_scores->scratch, component_scores->of[o].score,
               (size_t)n_items * sizeof(float));
        for (int64_t i = history->start[lesson->user]; i < history->start[lesson->user + 1]; i++)
            component_scores->scratch[history->column[i]] = -INFINITY;
        const int32_t found = top_k(component_scores->scratch, n_items, TOP, best);
        for (int32_t b = 0; b < found; b++) {
            n += marks[best[b]] == 0;
            if (marks[best[b]] == 0) marks[best[b]] = 1;
        }
    }
    return n;
}

static bool fill(struct lesson *lesson, const struct component_scores *component_scores,
                 const uint8_t *marks, int32_t n, int32_t n_items)
{
    int32_t at = 0;

    lesson->x = malloc(((size_t)n * (size_t)component_scores->n + 1) * sizeof *lesson->x);
    lesson->z = malloc(((size_t)n + 1) * sizeof *lesson->z);
    if (!lesson->x || !lesson->z) return false;
    lesson->n = n;
    for (int32_t i = -1; i < n_items; i++) {
        const int32_t item = i < 0 ? lesson->target : i;
        if (i >= 0 && (marks[i] != 1 || i == lesson->target)) continue;
        for (int32_t o = 0; o < component_scores->n; o++)
            lesson->x[o * n + at] = (float)component_score_value(&component_scores->of[o], item);
        at++;
    }
    return true;
}

static bool study(struct course *course, struct lesson *lesson)
{
    const int32_t n_items = course->hybrid->base.dataset->n_items;
    struct shopper *shopper = shopper_of(course, lesson);
    uint8_t *marks = malloc((size_t)n_items + 1);
    struct component_scores component_scores = { 0 };
    bool done = false;

    if (shopper && marks &&
        component_scores_init(&component_scores, course->hybrid, shopper, true, NULL)) {
        const int32_t n = mark(course, lesson, &component_scores, marks);
        done = fill(lesson, &component_scores, marks, n, n_items);
        component_scores_fini(&component_scores);
    }
    shopper_free(shopper);
    free(marks);
    return done;
}

static void study_some(void *context, size_t begin, size_t end, int worker)
{
    struct course *course = context;

    (void)worker;
    for (size_t i = begin; i < end && !progress_cancelled(course->progress); i++) {
        const size_t band = i / CASES, at = i % CASES;
        if (at < (size_t)course->n[band] && !study(course, &course->lessons[i]))
            atomic_store(&course->failed, true);
    }
}

/* ----------------------------------------------------------------------------------- weights */

/* The gain of a rank, and a little for coming near. */
static double gain(int32_t rank)
{
    const double discounted = 1 / log2(1 + rank);
    return rank <= BEST ? 1.1 * discounted : 0.1 * discounted;
}

/* How many candidates come before the target when `change` of a part is added to z. */
static int32_t rank_with(const struct lesson *lesson, const float *x, float change)
{
    const float target = lesson->z[0] + change * x[0];
    int32_t before = 0;

    for (int32_t i = 1; i < lesson->n; i++)
        before += lesson->z[i] + change * x[i] >= target;
    return 1 + before;
}

/* What the lists are worth to a band when a part's weight is changed: other bands' count less. */
static double worth(const struct course *course, int32_t band, int32_t part, float change)
{
    double sum = 0, all = 0, share[BANDS];

    for (int32_t b = 0; b < BANDS; b++) {
        double of_band = 0;
        share[b] = pow(0.3, abs(b - band));
        for (int32_t l = 0; l < course->n[b]; l++) {
            const struct lesson *lesson = &course->lessons[b * CASES + l];
            of_band += gain(rank_with(lesson, lesson->x + part * lesson->n, change));
        }
        sum += share[b] * of_band;
        all += share[b] * course->n[b];
    }
    return all > 0 ? sum / all : 0;
}

/* z of all lessons by weights. */
static void take_weights(const struct course *course, const double *w)
{
    for (size_t i = 0; i < (size_t)BANDS * CASES; i++) {
        struct lesson *lesson = &course->lessons[i];
        if (!lesson->z) continue;
        memset(lesson->z, 0, (size_t)lesson->n * sizeof *lesson->z);
        for (int32_t p = 0; p < course->hybrid->n_parts; p++)
            for (int32_t c = 0; c < lesson->n && w[p] > 0; c++)
                lesson->z[c] += (float)w[p] * lesson->x[p * lesson->n + c];
    }
}

/* The best change of one weight, or 0: to nothing, by factors, or from nothing. */
static double best_change(const struct course *course, int32_t band, const double *w, int32_t part,
                          double max, double *now)
{
    static const double factors[] = { 0, 0.5, 0.75, 1.33, 2 }, starts[] = { 0.05, 0.15, 0.4 };
    const double *tried = w[part] > 0 ? factors : starts;
    const int n = w[part] > 0 ? 5 : 3;
    double best = 0;

    for (int t = 0; t < n; t++) {
        const double change = w[part] > 0 ? w[part] * (tried[t] - 1) : max * tried[t];
        const double then = worth(course, band, part, (float)change);
        if (!(then > *now + 1e-4)) continue;
        *now = then;
        best = change;
    }
    return best;
}

/* Changes one weight after the other as long as lists get better; returns what they are worth. */
static double climb(const struct course *course, int32_t band, const bool *fixed, double *w)
{
    const int32_t parts = course->hybrid->n_parts;
    double now;

    take_weights(course, w);
    now = worth(course, band, 0, 0);
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        bool changed = false;
        for (int32_t p = 0; p < parts && !progress_cancelled(course->progress); p++) {
            double max = 0;
            for (int32_t q = 0; q < parts; q++)
                max = fmax(max, w[q]);
            const double change = fixed[p] ? 0 : best_change(course, band, w, p, max, &now);
            if (!(fabs(change) > 0)) continue;
            w[p] = fmax(0, w[p] + change);
            if (w[p] < 1e-9 * max) w[p] = 0;
            take_weights(course, w);
            changed = true;
        }
        if (!changed) break;
    }
    return now;
}

/* Whether a part has nothing to say in any of a band's cases. */
static bool silent(const struct course *course, int32_t band, int32_t part)
{
    for (int32_t l = 0; l < course->n[band]; l++) {
        const struct lesson *lesson = &course->lessons[band * CASES + l];
        for (int32_t i = 0; i < lesson->n; i++)
            if (fabsf(lesson->x[part * lesson->n + i]) > 0) return false;
    }
    return course->n[band] > 0;
}

/* From each part alone and from all alike, the start that is worth most; then up. Popular keeps a
 * little in every band, so that there is a list for those of whom nothing is known. */
static void weigh_band(const struct course *course, int32_t band, const bool *fixed,
                       const double *given, double *w)
{
    const int32_t parts = course->hybrid->n_parts;
    double best = -1, start[PARTS_MAX], all = 0;
    bool any_fixed = false;

    for (int32_t s = 0; s <= parts; s++) {
        for (int32_t p = 0; p < parts; p++)
            start[p] = fixed[p] ? given[p] : s == parts || s == p ? 1 : 0;
        take_weights(course, start);
        const double value = worth(course, band, 0, 0);
        if (value > best) memcpy(w, start, sizeof start);
        best = fmax(best, value);
    }
    climb(course, band, fixed, w);
    for (int32_t p = 0; p < parts; p++) {
        any_fixed = any_fixed || fixed[p];
        if (!fixed[p] && silent(course, band, p)) w[p] = 0;
        all += w[p];
    }
    for (int32_t p = 0; p < parts; p++) {
        if (!any_fixed && all > 0) w[p] /= all;
        if (!fixed[p] && model_base(course->hybrid->parts[p].model)->kind == &popular_kind)
            w[p] = fmax(w[p], 0.001);
    }
}

/* NDCG at 10 of a band's lessons by the weights that were taken. */
static double ndcg(const struct course *course, int32_t band)
{
    double sum = 0;

    for (int32_t l = 0; l < course->n[band]; l++) {
        const struct lesson *lesson = &course->lessons[band * CASES + l];
        const int32_t rank = rank_with(lesson, lesson->x, 0);
        if (rank <= BEST) sum += 1 / log2(1 + rank);
    }
    return course->n[band] > 0 ? sum / course->n[band] : 0;
}

static void weigh(struct hybrid *hybrid, const struct course *course)
{
    const struct parameters *values = &hybrid->base.parameters;
    double given[PARTS_MAX], w[PARTS_MAX], alone[PARTS_MAX];
    bool fixed[PARTS_MAX];

    for (int32_t p = 0; p < hybrid->n_parts; p++) {
        given[p] = parameters_get(values, model_base(hybrid->parts[p].model)->kind->name);
        fixed[p] = given[p] >= 0;
        w[p] = fixed[p] ? given[p] : 1.0 / hybrid->n_parts;
    }
    for (int32_t b = 0; b < BANDS; b++) {
        if (course->lessons) weigh_band(course, b, fixed, given, w);
        for (int32_t p = 0; p < hybrid->n_parts; p++)
            hybrid->parts[p].weight[b] = w[p];
        hybrid->asked[b] = course->n[b];
        if (!course->lessons) continue;
        take_weights(course, w);
        hybrid->ndcg[b] = ndcg(course, b);
        for (int32_t p = 0; p < hybrid->n_parts; p++) {
            for (int32_t q = 0; q < hybrid->n_parts; q++)
                alone[q] = q == p;
            take_weights(course, alone);
            hybrid->best_part[b] = fmax(hybrid->best_part[b], ndcg(course, b));
        }
    }
}

int64_t hybrid_learning_memory(int32_t parts)
{
    const int64_t candidates = 1 + parts * TOP / 3; /* parts agree on most */
    return (int64_t)BANDS * CASES *
           ((int64_t)sizeof(struct lesson) + candidates * (parts + 1) * (int64_t)sizeof(float));
}

bool hybrid_learn(struct hybrid *hybrid, const struct split *split, int threads,
                  struct progress *progress, struct error *error)
{
    static const int32_t left[BANDS] = { 0, 2, 7, 16, 50, -1 };
    struct course course = { .hybrid = hybrid, .split = split, .progress = progress };
    bool done = true;

    if (split && hybrid->n_parts > 0) {
        course.lessons = calloc((size_t)BANDS * CASES, sizeof *course.lessons);
        if (!course.lessons) return error_memory(error, "a blend");
        for (int32_t b = 0; b < BANDS; b++) {
            choose(&course, b, -1);
            if (course.n[b] < CASES && left[b] >= 0) choose(&course, b, left[b]);
        }
        progress_begin(progress, "weighing models", BANDS * CASES);
        parallel_for(threads, (size_t)BANDS * CASES, 4, study_some, &course, progress);
        done = !course.failed && !progress_cancelled(progress);
        if (course.failed)
            error_memory(error, "a blend");
        else if (!done)
            error_set(error, ERROR_CANCELLED, "cancelled while weighing models");
    }
    if (done) weigh(hybrid, &course);
    for (size_t i = 0; course.lessons && i < (size_t)BANDS * CASES; i++) {
        free(course.lessons[i].x);
        free(course.lessons[i].z);
    }
    free(course.lessons);
    return done;
}
