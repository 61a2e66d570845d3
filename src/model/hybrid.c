/* hybrid.c - a blend of what other models say.
 *
 *     score(u,i) = sum over parts m of  w(m,b) (score_m(u,i) - low_m(u)) / scale_m(u)
 *
 * with b the band of history length that u is in: somebody new leans on what is known about people
 * and items, somebody old on their purchases. The map of each part's scores is affine for each
 * shopper, so that the parts' receipts, scaled, still add up. Weights are learned on each user's
 * last event (of events without an order: one that is drawn), held out (hybrid_weights.c), with
 * parts that have not seen it; then the parts learn from everything, unless refit=no. Attention
 * holds out the last event by itself.
 *
 * A blend is whole: its parts are stored in it. It takes those that were trained on the same data
 * from whoever has them (model_kind.blend), and trains the others itself.
 */
#include "hybrid.h"
#include "ease.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct model_kind *const hybrid_kinds[] = {
    &popular_kind,     &user_cf_kind, &item_cf_kind,   &ease_kind,  &content_kind,
    &demographic_kind, &social_kind,  &attention_kind, &slist_kind, NULL,
};
enum { KINDS = sizeof hybrid_kinds / sizeof hybrid_kinds[0] - 1 };
_Static_assert((int)KINDS <= (int)PARTS_MAX,
               "a blend has no place for so many parts: raise PARTS_MAX");

#define WEIGHT(kind)                                                                               \
    {                                                                                              \
        kind, PARAMETER_NUMBER, -1, -1, 1e6, NULL,                                                 \
            "weight of " kind "; -1 = learned, 0 = left out"                                       \
    }

static const char *const no_yes[] = { "no", "yes", NULL };
static const struct parameter_info parameters[] = {
    WEIGHT("popular"),
    WEIGHT("user-cf"),
    WEIGHT("item-cf"),
    WEIGHT("ease"),
    WEIGHT("content"),
    WEIGHT("demographic"),
    WEIGHT("social"),
    WEIGHT("attention"),
    WEIGHT("slist"),
    { "train_attention", PARAMETER_CHOICE, 0, 0, 1, no_yes,
      "whether attention is trained for the blend where none is trained on the same data" },
    { "refit", PARAMETER_CHOICE, 1, 0, 1, no_yes,
      "whether the parts learn from each user's last event too, once the weights are known" },
    STRENGTH_PARAMETERS,
    { 0 },
};

static bool wanted(const struct parameters *values, const struct model_kind *kind)
{
    return parameters_get(values, kind->name) < 0 || parameters_get(values, kind->name) > 0;
}

/* Whether events come one after another: not where they are only weights without a time. */
static bool hybrid_has_order(const struct dataset *dataset)
{
    if (dataset->event_time || !dataset->event_type) return true;
    for (int64_t e = 0; e < dataset->n_events; e++)
        if (dataset->event_type[e] != EVENT_WEIGHT) return true;
    return false;
}

/* Whether the data says anything that the kind could learn from. */
static bool supported(const struct dataset *dataset, const struct model_kind *kind)
{
    if (kind == &demographic_kind) return dataset->user_attributes.names.n > 0;
    if (kind == &social_kind) return dataset->friend_offset != NULL;
    if (kind == &slist_kind) return hybrid_has_order(dataset);
    if (kind == &content_kind)
        return dataset->item_attributes.names.n > 0 ||
               dataset->item_titles.offset[dataset->item_titles.n] > 0;
    return true;
}

/* What is left of a part when it is trained, of what training took. */
static int64_t kept_of(const struct model_kind *kind, const struct dataset *dataset,
                       const struct parameters *own, int64_t taken)
{
    const int64_t n = dataset->n_items, entry = (int64_t)(sizeof(int32_t) + sizeof(float));

    if (kind == &ease_kind) return taken - EASE_OF_BLAS;
    if (kind != &item_cf_kind) return taken;
    const int64_t k = (int64_t)parameters_get(own, "k");
    return 2 * n * (k < n ? k : n) * entry; /* lists both ways, without the heaps */
}

/* Parts stand side by side while one is trained; and they do not learn from the data that there is,
 * but from a copy without the events that are held out. */
static int64_t memory(const struct dataset *dataset, const struct parameters *values)
{
    int64_t kept = 0, max = 0, parts = 0;

    for (int k = 0; hybrid_kinds[k]; k++) {
        const struct model_kind *kind = hybrid_kinds[k];
        struct parameters usual;
        if (!wanted(values, kind) || !supported(dataset, kind)) continue;
        if (kind->validates && parameters_get(values, "train_attention") < 1) continue;
        parameters_init(&usual, kind->parameters);
        const int64_t taken = kind->memory(dataset, &usual);
        kept += kept_of(kind, dataset, &usual, taken);
        if (taken > max) max = taken;
        parts++;
    }
    return kept + max + split_memory(dataset, 1) + hybrid_learning_memory((int32_t)parts) +
           dataset->n_items * (int64_t)(KINDS * 2 * sizeof(float));
}

void hybrid_release(struct model *model)
{
    struct hybrid *hybrid = (struct hybrid *)model;

    for (int32_t p = 0; p < hybrid->n_parts; p++)
        model_release(hybrid->parts[p].model);
    split_free((struct split *)(uintptr_t)hybrid->split);
    model_free(hybrid);
}

/* ---------------------------------------------------------------------------------- training */

struct making {
    const struct dataset *dataset;
    const struct parameters *values;
    const struct model_part *given;
    int32_t n_given;
    int threads;
    struct progress *progress;
    struct error *error;
};

static const struct model_part *find_given(const struct making *making,
                                           const struct model_kind *kind)
{
    for (int32_t g = 0; g < making->n_given; g++) {
        if (making->given[g].kind == kind) return &making->given[g];
    }
    return NULL;
}

/* A part's parameters: as its own run has them, but for strengths, which are the blend's. */
static struct parameters part_parameters(const struct making *making, const struct model_kind *kind)
{
    static const char *const shared[] = { "strength",      "half_life",   "weight_purchase",
                                          "weight_return", "weight_view", "weight_cart" };
    const struct model_part *given = find_given(making, kind);
    struct parameters out;

    parameters_init(&out, kind->parameters);
    out.seed = making->values->seed;
    if (given) out = given->parameters;
    for (size_t s = 0; s < sizeof shared / sizeof *shared; s++) {
        for (int i = 0; out.info[i].name; i++)
            if (strcmp(out.info[i].name, shared[s]) == 0)
                out.value[i] = parameters_get(making->values, shared[s]);
    }
    return out;
}

static struct model *train_part(const struct making *making, const struct model_kind *kind,
                                const struct dataset *dataset, const struct parameters *own)
{
    struct model *model =
        kind->train(dataset, own, making->threads, making->progress, making->error);

    if (!model) error_prefix(making->error, "%s", kind->name);
    return model;
}

/* A model of the kind that was trained on these very data, or NULL; `chosen` (may be NULL): with a
 * recency of these. */
static struct model *take(const struct making *making, const struct model_kind *kind,
                          const struct parameters *chosen)
{
    const int32_t recency = chosen ? hybrid_recency_of(chosen) : -1;
    const struct model_part *given = find_given(making, kind);

    if (!given || !given->model ||
        model_base(given->model)->dataset->fingerprint != making->dataset->fingerprint)
        return NULL;
    const double *value = model_base(given->model)->parameters.value;
    if (recency >= 0 &&
        (value[recency] < chosen->value[recency] || value[recency] > chosen->value[recency]))
        return NULL;
    return model_retain(given->model);
}

/* Parts that have not seen any user's last event. */
static bool make_parts(struct hybrid *hybrid, const struct making *making,
                       const struct split *split)
{
    const bool trains_attention = parameters_get(making->values, "train_attention") > 0;

    for (int k = 0; hybrid_kinds[k]; k++) {
        const struct model_kind *kind = hybrid_kinds[k];
        struct model *model = NULL;
        if (!wanted(making->values, kind) || !supported(making->dataset, kind)) continue;
        if (kind->validates) model = take(making, kind, NULL);
        if (kind->validates && !model && !trains_attention) continue;
        if (!model) {
            const struct parameters own = part_parameters(making, kind);
            model = train_part(making, kind,
                               kind->validates || !split ? making->dataset : split->train, &own);
        }
        if (!model) return false;
        assert(hybrid->n_parts < PARTS_MAX);
        hybrid->parts[hybrid->n_parts++].model = model;
    }
    return true;
}

/* The weights are known: parts that have seen everything. */
static bool refit(struct hybrid *hybrid, const struct making *making)
{
    for (int32_t p = 0; p < hybrid->n_parts; p++) {
        struct model *old = hybrid->parts[p].model;
        const struct model_kind *kind = model_base(old)->kind;
        if (kind->validates) continue;
        const struct parameters *own = &model_base(old)->parameters;
        struct model *model = take(making, kind, own);
        if (!model) model = train_part(making, kind, making->dataset, own);
        if (!model) return false;
        hybrid->parts[p].model = model;
        model_release(old);
    }
    return true;
}

/* Parts that weigh nothing anywhere are let go. */
static void drop_idle(struct hybrid *hybrid)
{
    int32_t n = 0;

    for (int32_t p = 0; p < hybrid->n_parts; p++) {
        bool counts = false;
        for (int b = 0; b < BANDS; b++)
            counts = counts || hybrid->parts[p].weight[b] > 0;
        if (counts)
            hybrid->parts[n++] = hybrid->parts[p];
        else
            model_release(hybrid->parts[p].model);
    }
    hybrid->n_parts = n;
}

/* Each user's last event held out of training; NULL with ERROR_INPUT where nobody has enough. */
struct split *hybrid_hold_out(const struct dataset *dataset, bool unordered,
                              struct progress *progress, struct error *error)
{
    struct split_options options;

    split_options_init(&options);
    options.refit = true; /* only the last one, not the last but one as well */
    options.unordered = unordered;
    return split_new(dataset, &options, progress, error);
}

static struct model *blend(const struct dataset *dataset, const struct parameters *values,
                           const struct model_part *given, int32_t n_given, int threads,
                           struct progress *progress, struct error *error)
{
    struct making making = { dataset, values, given, n_given, threads, progress, error };
    struct hybrid *hybrid = model_new(sizeof *hybrid, &hybrid_kind, dataset, values, error);
    struct error problem = { 0 };

    if (!hybrid) return NULL;
    struct split *split = hybrid_hold_out(dataset, true, progress, &problem);
    if (!split && problem.code != ERROR_INPUT) {
        if (error) *error = problem;
        hybrid_release((struct model *)hybrid);
        return NULL;
    }
    bool made = make_parts(hybrid, &making, split) &&
                (!split || hybrid_choose_recency(hybrid, split, threads, progress, error)) &&
                hybrid_learn(hybrid, split, threads, progress, error);
    if (made) drop_idle(hybrid);
    if (made && split && parameters_get(values, "refit") > 0)
        made = refit(hybrid, &making);
    else if (made) /* the parts go on pointing into its data */
        hybrid->split = split, split = NULL;
    split_free(split);
    if (made) return (struct model *)hybrid;
    hybrid_release((struct model *)hybrid);
    return NULL;
}

static struct model *train(const struct dataset *dataset, const struct parameters *values,
                           int threads, struct progress *progress, struct error *error)
{
    return blend(dataset, values, NULL, 0, threads, progress, error);
}

/* ----------------------------------------------------------------------------------- scoring */

static const int32_t band_starts[BANDS] = { 0, 1, 5, 10, 25, 100 };

int32_t hybrid_band(int32_t items)
{
    int32_t band = BANDS - 1;

    while (items < band_starts[band])
        band--;
    return band;
}

void hybrid_band_name(int32_t band, char out[16])
{
    if (band == 0)
        snprintf(out, 16, "0");
    else if (band == BANDS - 1)
        snprintf(out, 16, "%d+", band_starts[band]);
    else
        snprintf(out, 16, "%d-%d", band_starts[band], band_starts[band + 1] - 1);
}

bool component_score_form(struct component_score *component_score, const struct shopper *shopper,
                          float *scratch, struct error *error)
{
    const struct model_base *base = model_base(component_score->part->model);
    const int32_t n_items = base->dataset->n_items;
    int32_t best[BEST], scored = 0;
    double sum = 0, above = 0;

    if (!base->kind->score(component_score->part->model, shopper, component_score->score, error))
        return false;
    memcpy(scratch, component_score->score, (size_t)n_items * sizeof *scratch);
    for (int32_t s = 0; s < shopper->n; s++)
        if (shopper->item[s] < n_items) scratch[shopper->item[s]] = -INFINITY;
    component_score->low = component_score->scale = 0;
    for (int32_t i = 0; base->kind->logits && i < n_items; i++) {
        if (!(scratch[i] > -INFINITY)) continue;
        sum += (double)scratch[i];
        scored++;
    }
    if (scored > 0) component_score->low = sum / scored;
    const int32_t n = top_k(scratch, n_items, BEST, best);
    for (int32_t b = 0; b < n; b++)
        above += (double)scratch[best[b]] - component_score->low;
    if (n > 0 && above / n > 1e-12) component_score->scale = above / n;
    return true;
}

bool component_scores_init(struct component_scores *component_scores, const struct hybrid *hybrid,
                           const struct shopper *shopper, bool all, struct error *error)
{
    const size_t n_items = (size_t)hybrid->base.dataset->n_items + 1;

    *component_scores = (struct component_scores){
        .band = hybrid_band(shopper->n),
        .scores =
            malloc(n_items * (size_t)(hybrid->n_parts + 1) * sizeof *component_scores->scores),
        .scratch = malloc(n_items * sizeof *component_scores->scratch),
    };
    bool made = component_scores->scores && component_scores->scratch;
    if (!made) error_memory(error, "scores");
    for (int32_t p = 0; made && p < hybrid->n_parts; p++) {
        const struct part *part = &hybrid->parts[p];
        struct component_score *component_score = &component_scores->of[component_scores->n];
        if (!all && !(part->weight[component_scores->band] > 0)) continue;
        *component_score = (struct component_score){
            .part = part, .score = component_scores->scores + n_items * (size_t)component_scores->n
        };
        component_scores->n++;
        made = component_score_form(component_score, shopper, component_scores->scratch, error);
    }
    if (!made) component_scores_fini(component_scores);
    return made;
}

void component_scores_fini(struct component_scores *component_scores)
{
    free(component_scores->scores);
    free(component_scores->scratch);
    *component_scores = (struct component_scores){ 0 };
}

static bool score(const struct model *model, const struct shopper *shopper, float *scores,
                  struct error *error)
{
    const struct hybrid *hybrid = (const struct hybrid *)model;
    struct component_scores component_scores;

    if (!component_scores_init(&component_scores, hybrid, shopper, false, error)) return false;
    for (int32_t i = 0; i < hybrid->base.dataset->n_items; i++) {
        bool said = false;
        double sum = 0;
        for (int32_t o = 0; o < component_scores.n; o++) {
            const struct component_score *component_score = &component_scores.of[o];
            said = said || (component_score->scale > 0 && component_score->score[i] > -INFINITY);
            sum += component_score->part->weight[component_scores.band] *
                   component_score_value(component_score, i);
        }
        scores[i] = said ? (float)sum : -INFINITY;
    }
    component_scores_fini(&component_scores);
    return true;
}

/* What it weighs where, for the screens. */
static void facts(const struct model *model, struct text *json)
{
    const struct hybrid *hybrid = (const struct hybrid *)model;
    char name[16];

    text_add_string(json, "{\"parts\":[");
    for (int32_t p = 0; p < hybrid->n_parts; p++)
        text_format(json, "%s\"%s\"", p > 0 ? "," : "",
                    model_base(hybrid->parts[p].model)->kind->name);
    text_add_string(json, "],\"recency\":[");
    for (int32_t p = 0; p < hybrid->n_parts; p++) {
        const struct parameters *own = &model_base(hybrid->parts[p].model)->parameters;
        const int32_t at = hybrid_recency_of(own);
        text_add_string(json, p > 0 ? "," : "");
        text_add_decimal(json, at >= 0 ? own->value[at] : 0, 0, false);
    }
    text_add_string(json, "],\"bands\":[");
    for (int32_t b = 0; b < BANDS; b++) {
        hybrid_band_name(b, name);
        text_format(json, "%s{\"history\":\"%s\",\"weights\":[", b > 0 ? "," : "", name);
        for (int32_t p = 0; p < hybrid->n_parts; p++) {
            text_add_string(json, p > 0 ? "," : "");
            text_add_decimal(json, hybrid->parts[p].weight[b], 3, false);
        }
        text_format(json, "],\"asked\":%d,\"ndcg\":", hybrid->asked[b]);
        text_add_decimal(json, hybrid->ndcg[b], 4, false);
        text_add_string(json, ",\"best_part\":");
        text_add_decimal(json, hybrid->best_part[b], 4, false);
        text_add_string(json, "}");
    }
    text_add_string(json, "]}");
}

/* Whether one of its parts does that the history speaks for otherwise. */
static bool supports_cold_start(const struct model *model, const struct shopper *shopper)
{
    const struct hybrid *hybrid = (const struct hybrid *)model;

    for (int32_t p = 0; p < hybrid->n_parts; p++) {
        const struct model *part = hybrid->parts[p].model;
        const struct model_kind *kind = model_base(part)->kind;
        if (kind->supports_cold_start && kind->supports_cold_start(part, shopper)) return true;
    }
    return false;
}

/* That of the part that attends, if there is one. */
static struct attention_map *look(const struct model *model, const struct shopper *shopper,
                                  struct error *error)
{
    const struct hybrid *hybrid = (const struct hybrid *)model;

    for (int32_t p = 0; p < hybrid->n_parts; p++) {
        const struct model_kind *kind = model_base(hybrid->parts[p].model)->kind;
        if (kind->look) return kind->look(hybrid->parts[p].model, shopper, error);
    }
    error_set(error, ERROR_USAGE, "no model of this blend attends: 'attention' is not in it");
    return NULL;
}

const struct model_kind hybrid_kind = {
    .name = "hybrid",
    .summary = "a blend of the others, weighed by how much history a shopper has",
    .parameters = parameters,
    .validates = true,
    .basis = BASIS_BLEND,
    .reads_words = true,
    .memory = memory,
    .train = train,
    .blend = blend,
    .release = hybrid_release,
    .score = score,
    .supports_cold_start = supports_cold_start,
    .open = hybrid_explain,
    .look = look,
    .facts = facts,
    .save = hybrid_save,
    .load = hybrid_load,
};
