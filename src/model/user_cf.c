/* user_cf.c - people like you: user-user cosine neighbours.
 *
 *     score(u,i) = sum over v in N_k(u) of  sim(u,v) r_vi                      (DESIGN.md, 4)
 *
 * Nothing is computed ahead but norms: the k most similar users are found from the shopper's own
 * history when a score is asked for, so a what-if, a date in the past or somebody new gets the same
 * treatment as a user of the dataset. Nobody is their own neighbour.
 */
#include "user_cf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct parameter_info parameters[] = {
    SIMILARITY_PARAMETERS("users", "items"),
    RECENCY_PARAMETER(0),
    PREDICT_PARAMETERS,
    STRENGTH_PARAMETERS,
    { 0 },
};

static int64_t memory(const struct dataset *dataset, const struct parameters *values)
{
    const int64_t entry = (int64_t)(sizeof(int32_t) + sizeof(float));
    int64_t weighted =
        parameters_get(values, "weighting") > 0 ? 2 * sparse_entries(&dataset->by_user) * entry : 0;
    int64_t serving =
        dataset->n_users * (int64_t)(sizeof(double) + sizeof(float) + 2 * sizeof(int32_t)) +
        dataset->n_items * (int64_t)sizeof(double);

    return weighted + dataset->n_users * (int64_t)sizeof(double) + serving +
           knn_predictor_memory(dataset, values);
}

static void release(struct model *model)
{
    struct user_cf *user_cf = (struct user_cf *)model;

    sparse_fini(&user_cf->weighted_rows);
    sparse_fini(&user_cf->weighted_columns);
    free(user_cf->norms);
    knn_predictor_fini(&user_cf->predictor);
    model_free(user_cf);
}

static struct user_cf *make(const struct dataset *dataset, const struct parameters *values,
                            struct error *error)
{
    enum weighting weighting = (enum weighting)parameters_get(values, "weighting");
    struct user_cf *user_cf = model_new(sizeof *user_cf, &user_cf_kind, dataset, values, error);

    if (!user_cf) return NULL;
    if (!knn_predictor_init(&user_cf->predictor, dataset, values, false, error)) goto fail;
    user_cf->options = model_similarity_options(values);
    user_cf->rows = &dataset->by_user;
    user_cf->columns = &dataset->by_item;
    user_cf->mean_sum = similarity_mean_sum(&dataset->by_user);
    if (weighting != WEIGHTING_NONE) {
        user_cf->rows = &user_cf->weighted_rows;
        user_cf->columns = &user_cf->weighted_columns;
        if (!similarity_weight(&dataset->by_user, weighting, &user_cf->weighted_rows, error) ||
            !sparse_transpose(&user_cf->weighted_rows, &user_cf->weighted_columns, error))
            goto fail;
    }
    user_cf->norms = malloc(((size_t)dataset->n_users + 1) * sizeof *user_cf->norms);
    if (!user_cf->norms) {
        error_memory(error, "a model");
        goto fail;
    }
    similarity_norms(user_cf->rows, user_cf->norms);
    return user_cf;
fail:
    release((struct model *)user_cf);
    return NULL;
}

static struct model *train(const struct dataset *dataset, const struct parameters *values,
                           int threads, struct progress *progress, struct error *error)
{
    (void)threads;
    progress_begin(progress, "norms", 1);
    struct user_cf *user_cf = make(dataset, values, error);
    progress_add(progress, 1);
    return (struct model *)user_cf;
}

/* ------------------------------------------------------------------------------ who is similar */

/* The shopper's own weights, and how similar everybody is. */
static bool meet_everybody(struct company *company, const struct user_cf *user_cf,
                           const struct shopper *shopper, struct error *error)
{
    const struct dataset *dataset = user_cf->base.dataset;
    const size_t n_users = (size_t)dataset->n_users + 1, n = (size_t)shopper->n;

    company->weight = malloc((n + 1) * sizeof *company->weight);
    company->sim = malloc(n_users * sizeof *company->sim);
    company->common = malloc(n_users * sizeof *company->common);
    company->best = malloc(n_users * sizeof *company->best);
    if (!company->weight || !company->sim || !company->common || !company->best)
        return error_memory(error, "similar users");
    memcpy(company->weight, shopper->strength, n * sizeof *company->weight);
    similarity_weight_vector(&dataset->by_item, user_cf->mean_sum,
                             (enum weighting)parameters_get(&user_cf->base.parameters, "weighting"),
                             shopper->item, company->weight, shopper->n);
    float *recency = malloc((n + 1) * sizeof *recency);
    if (!recency) return error_memory(error, "similar users");
    bool made = model_recency(shopper, parameters_get(&user_cf->base.parameters, "recency"),
                              recency, error);
    for (size_t s = 0; made && s < n; s++)
        company->weight[s] *= recency[s];
    free(recency);
    if (!made) return false;
    similarity_vector(user_cf->columns, user_cf->norms, shopper->item, company->weight, shopper->n,
                      &user_cf->options, company->sim, company->common);
    if (shopper->user >= 0 && shopper->user < dataset->n_users) company->sim[shopper->user] = 0;
    return true;
}

/* Chosen by similarity as float, so that equals are equal whatever the last bits of their sums. */
bool company_init(struct company *company, const struct user_cf *user_cf,
                  const struct shopper *shopper, int32_t k, struct error *error)
{
    const int32_t n_users = user_cf->base.dataset->n_users;

    *company = (struct company){ 0 };
    if (!meet_everybody(company, user_cf, shopper, error)) return false;
    float *rounded = malloc(((size_t)n_users + 1) * sizeof *rounded);
    if (!rounded) return error_memory(error, "similar users");
    for (int32_t v = 0; v < n_users; v++)
        rounded[v] = company->sim[v] > 0 ? (float)company->sim[v] : -INFINITY;
    company->n = top_k(rounded, n_users, k < n_users ? k : n_users, company->best);
    free(rounded);
    return true;
}

void company_fini(struct company *company)
{
    free(company->weight);
    free(company->sim);
    free(company->common);
    free(company->best);
}

static bool score(const struct model *model, const struct shopper *shopper, float *scores,
                  struct error *error)
{
    const struct user_cf *user_cf = (const struct user_cf *)model;
    const struct sparse *by_user = &user_cf->base.dataset->by_user;
    const int32_t n = user_cf->base.dataset->n_items;
    double *sum = calloc((size_t)n + 1, sizeof *sum);
    struct company company = { 0 };
    bool done = sum && company_init(&company, user_cf, shopper, user_cf->options.k, error);

    if (!sum) error_memory(error, "scores");
    for (int32_t b = 0; done && b < company.n; b++) {
        int32_t v = company.best[b];
        for (int64_t e = by_user->start[v]; e < by_user->start[v + 1]; e++)
            sum[by_user->column[e]] += company.sim[v] * (double)by_user->value[e];
    }
    for (int32_t i = 0; done && i < n; i++)
        scores[i] = sum[i] > 0 ? (float)sum[i] : -INFINITY;
    company_fini(&company);
    free(sum);
    return done;
}

static int32_t neighbours(const struct model *model, const struct shopper *shopper, int32_t k,
                          struct neighbour *out, struct error *error)
{
    const struct user_cf *user_cf = (const struct user_cf *)model;
    struct company company;
    int32_t n = -1;

    if (company_init(&company, user_cf, shopper, k, error)) {
        for (n = 0; n < company.n; n++) {
            int32_t v = company.best[n];
            out[n] = (struct neighbour){ v, company.common[v], company.sim[v] };
        }
    }
    company_fini(&company);
    return n;
}

static double predict(const struct model *model, const struct shopper *shopper, int32_t item)
{
    return knn_predict(&((const struct user_cf *)model)->predictor, shopper, item);
}

/* -------------------------------------------------------------------------------------- storing
 *
 * Everything follows from the dataset and the parameters; what is stored says which dataset. */

static bool save(const struct model *model, struct byte_writer *writer)
{
    const struct user_cf *user_cf = (const struct user_cf *)model;

    bytes_write_int32(writer, user_cf->base.dataset->n_users);
    bytes_write_int64(writer, sparse_entries(user_cf->rows));
    return !writer->failed;
}

static struct model *load(const struct dataset *dataset, const struct parameters *values,
                          struct byte_reader *reader, struct error *error)
{
    int32_t n_users = bytes_read_int32(reader);
    int64_t entries = bytes_read_int64(reader);

    if (reader->failed || n_users != dataset->n_users ||
        entries != sparse_entries(&dataset->by_user)) {
        model_refuse(reader, error, "user-cf");
        return NULL;
    }
    return (struct model *)make(dataset, values, error);
}

const struct model_kind user_cf_kind = {
    .name = "user-cf",
    .summary = "what the people most similar to the shopper bought",
    .parameters = parameters,
    .memory = memory,
    .train = train,
    .release = release,
    .score = score,
    .open = user_cf_explain,
    .neighbours = neighbours,
    .predict = predict,
    .update = model_train_anew,
    .save = save,
    .load = load,
};
