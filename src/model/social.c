/* social.c - what the shopper's friends have.
 *
 *     w(f)     = 1 + mutual * |F_u and F_f| / |F_u or F_f| + likeness * cosine(u, f)
 *     score(i) = sum over friends f with i of  w(f) x(f,i) / (sum over friends of w(f) + shrinkage)
 *
 * with x = 1, or the strength. So a score is the share of friends who have the item, close and like
 * ones counting more, and a friend counts even where the shopper has bought nothing yet.
 * Suggestions are people who are no friends, by the same two parts of w. (Jaccard's measure of
 * friends in common: Liben-Nowell and Kleinberg 2007.)
 */
#include "social.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const value_names[] = { "binary", "strength", NULL };
static const struct parameter_info parameters[] = {
    { "mutual", PARAMETER_NUMBER, 1, 0, 1e6, NULL,
      "how much friends in common add to a friend's weight of 1" },
    { "likeness", PARAMETER_NUMBER, 5, 0, 1e6, NULL,
      "how much like purchases add to a friend's weight of 1" },
    { "shrinkage", PARAMETER_NUMBER, 1, 0, 1e6, NULL,
      "friends who have nothing that are added to everybody's" },
    { "values", PARAMETER_CHOICE, SOCIAL_BINARY, 0, SOCIAL_STRENGTH, value_names,
      "what an item of a friend counts: 1, or its strength" },
    STRENGTH_PARAMETERS,
    { 0 },
};

static int64_t memory(const struct dataset *dataset, const struct parameters *unused)
{
    const int64_t friends = dataset->friend_offset ? dataset->friend_offset[dataset->n_users] : 0;

    (void)unused;
    return friends * (int64_t)sizeof(int32_t) +
           (int64_t)dataset->n_users * (int64_t)(sizeof(int64_t) + sizeof(double)) + 4096;
}

static void release(struct model *model)
{
    struct social *social = (struct social *)model;

    free(social->offset);
    free(social->friends);
    free(social->norms);
    model_free(social);
}

/* ---------------------------------------------------------------------------------- making */

double social_value(const struct social *social, float strength)
{
    return social->values == SOCIAL_BINARY ? 1 : (double)strength;
}

/* A model without friendships. */
static struct social *make(const struct dataset *dataset, const struct parameters *values,
                           struct error *error)
{
    struct social *social = model_new(sizeof *social, &social_kind, dataset, values, error);

    if (!social) return NULL;
    social->values = (enum social_values)parameters_get(values, "values");
    social->mutual = parameters_get(values, "mutual");
    social->likeness = parameters_get(values, "likeness");
    social->shrinkage = parameters_get(values, "shrinkage");
    social->norms = calloc((size_t)dataset->n_users + 1, sizeof *social->norms);
    social->offset = calloc((size_t)dataset->n_users + 1, sizeof *social->offset);
    if (!social->norms || !social->offset) {
        error_memory(error, "a model");
        release((struct model *)social);
        return NULL;
    }
    for (int32_t u = 0; u < dataset->n_users; u++) {
        for (int64_t i = dataset->by_user.start[u]; i < dataset->by_user.start[u + 1]; i++)
            social->norms[u] += pow(social_value(social, dataset->by_user.value[i]), 2);
    }
    return social;
}

static struct model *train(const struct dataset *dataset, const struct parameters *values,
                           int threads, struct progress *progress, struct error *error)
{
    struct social *social = make(dataset, values, error);
    const size_t n = dataset->friend_offset ? (size_t)dataset->friend_offset[dataset->n_users] : 0;

    (void)threads;
    if (!social) return NULL;
    progress_begin(progress, "friends", 1);
    social->friends = malloc((n + 1) * sizeof *social->friends);
    if (!social->friends) {
        error_memory(error, "friendships");
        release((struct model *)social);
        return NULL;
    }
    if (dataset->friend_offset)
        memcpy(social->offset, dataset->friend_offset,
               ((size_t)dataset->n_users + 1) * sizeof *social->offset);
    if (n > 0) memcpy(social->friends, dataset->friends, n * sizeof *social->friends);
    progress_add(progress, 1);
    return (struct model *)social;
}

/* ------------------------------------------------------------------------------------ ties */

/* Friends that the shopper and a user have in common. */
static int32_t mutual_friends(const struct social *social, const struct shopper *shopper,
                              int32_t user)
{
    int64_t at = social->offset[user], end = social->offset[user + 1];
    int32_t common = 0;

    for (int32_t f = 0; f < shopper->n_friends && at < end; f++) {
        while (at < end && social->friends[at] < shopper->friends[f])
            at++;
        common += at < end && social->friends[at] == shopper->friends[f];
    }
    return common;
}

static double norm_of(const struct social *social, const struct shopper *shopper)
{
    double norm = 0;

    for (int32_t s = 0; s < shopper->n; s++)
        norm += pow(social_value(social, shopper->strength[s]), 2);
    return norm;
}

/* The cosine of the shopper's purchases and a user's. */
static double cosine(const struct social *social, const struct shopper *shopper, double norm,
                     int32_t user)
{
    const struct sparse *by_user = &social->base.dataset->by_user;
    int64_t at = by_user->start[user], end = by_user->start[user + 1];
    double dot = 0;

    for (int32_t s = 0; s < shopper->n && at < end; s++) {
        while (at < end && by_user->column[at] < shopper->item[s])
            at++;
        if (at < end && by_user->column[at] == shopper->item[s])
            dot += social_value(social, shopper->strength[s]) *
                   social_value(social, by_user->value[at]);
    }
    return dot > 0 ? dot / sqrt(norm * social->norms[user]) : 0;
}

static struct tie tie_of(const struct social *social, const struct shopper *shopper, double norm,
                         int32_t user)
{
    const int32_t common = mutual_friends(social, shopper, user);
    const int64_t theirs = social->offset[user + 1] - social->offset[user];
    const double either = (double)(shopper->n_friends + theirs - common);
    struct tie tie = { .user = user, .mutual = common };

    tie.mutual_part = common > 0 ? social->mutual * common / either : 0;
    tie.likeness_part = social->likeness * cosine(social, shopper, norm, user);
    tie.weight = 1 + tie.mutual_part + tie.likeness_part;
    return tie;
}

int32_t social_ties(const struct social *social, const struct shopper *shopper, struct tie **ties,
                    struct error *error)
{
    const double norm = norm_of(social, shopper);
    int32_t n = 0;

    *ties = malloc(((size_t)shopper->n_friends + 1) * sizeof **ties);
    if (!*ties) {
        error_memory(error, "friends");
        return -1;
    }
    for (int32_t f = 0; f < shopper->n_friends; f++) { /* who came since is not known yet */
        if (shopper->friends[f] < social->base.dataset->n_users)
            (*ties)[n++] = tie_of(social, shopper, norm, shopper->friends[f]);
    }
    return n;
}

/* ----------------------------------------------------------------------------------- lists */

static bool score(const struct model *model, const struct shopper *shopper, float *scores,
                  struct error *error)
{
    const struct social *social = (const struct social *)model;
    const struct sparse *by_user = &social->base.dataset->by_user;
    const int32_t n_items = social->base.dataset->n_items;
    struct tie *ties;
    const int32_t n = social_ties(social, shopper, &ties, error);

    if (n < 0) return false;
    double *sum = calloc((size_t)n_items + 1, sizeof *sum), all = social->shrinkage;
    if (!sum) error_memory(error, "scores");
    for (int32_t t = 0; sum && t < n; t++) {
        all += ties[t].weight;
        for (int64_t i = by_user->start[ties[t].user]; i < by_user->start[ties[t].user + 1]; i++)
            sum[by_user->column[i]] += ties[t].weight * social_value(social, by_user->value[i]);
    }
    for (int32_t i = 0; sum && i < n_items; i++)
        scores[i] = sum[i] > 0 ? (float)(sum[i] / all) : -INFINITY;
    free(sum);
    free(ties);
    return sum != NULL;
}

static int heaviest_first(const void *left, const void *right)
{
    const struct neighbour *a = left, *b = right;
    if (a->similarity < b->similarity) return 1;
    if (a->similarity > b->similarity) return -1;
    return (a->id > b->id) - (a->id < b->id);
}

int32_t social_friends(const struct model *model, const struct shopper *shopper, int32_t k,
                       struct neighbour *out, struct error *error)
{
    struct tie *ties;
    const int32_t n = social_ties((const struct social *)model, shopper, &ties, error);

    if (n < 0) return -1;
    struct neighbour *all = malloc(((size_t)n + 1) * sizeof *all);
    for (int32_t t = 0; all && t < n; t++)
        all[t] = (struct neighbour){ ties[t].user, ties[t].mutual, ties[t].weight };
    if (all) qsort(all, (size_t)n, sizeof *all, heaviest_first);
    const int32_t kept = n < k ? n : k;
    if (all && kept > 0) memcpy(out, all, (size_t)kept * sizeof *all);
    free(all);
    free(ties);
    return all ? kept : (error_memory(error, "friends"), -1);
}

/* Whoever shares a friend or a purchase with the shopper, marked. */
static void mark_candidates(const struct social *social, const struct shopper *shopper, bool *seen)
{
    const struct sparse *by_item = &social->base.dataset->by_item;
    const int32_t n_users = social->base.dataset->n_users;

    for (int32_t f = 0; f < shopper->n_friends; f++) {
        const int32_t friend = shopper->friends[f];
        if (friend >= n_users) continue;
        for (int64_t i = social->offset[friend]; i < social->offset[friend + 1]; i++)
            seen[social->friends[i]] = true;
    }
    for (int32_t s = 0; s < shopper->n; s++) {
        if (shopper->item[s] >= by_item->n_rows) continue;
        for (int64_t i = by_item->start[shopper->item[s]]; i < by_item->start[shopper->item[s] + 1];
             i++)
            seen[by_item->column[i]] = true;
    }
    for (int32_t f = 0; f < shopper->n_friends; f++)
        if (shopper->friends[f] < n_users) seen[shopper->friends[f]] = false;
    if (shopper->user >= 0 && shopper->user < n_users) seen[shopper->user] = false;
}

/* Who could be a friend: no friend yet, by friends and purchases in common. */
static int32_t suggest(const struct model *model, const struct shopper *shopper, int32_t k,
                       struct neighbour *out, struct error *error)
{
    const struct social *social = (const struct social *)model;
    const int32_t n_users = social->base.dataset->n_users;
    const double norm = norm_of(social, shopper);
    bool *seen = calloc((size_t)n_users + 1, sizeof *seen);
    struct neighbour *all = malloc(((size_t)n_users + 1) * sizeof *all);
    int32_t n = 0, kept = -1;

    if (seen && all) {
        mark_candidates(social, shopper, seen);
        for (int32_t u = 0; u < n_users; u++) {
            if (!seen[u]) continue;
            const struct tie tie = tie_of(social, shopper, norm, u);
            if (tie.weight > 1) all[n++] = (struct neighbour){ u, tie.mutual, tie.weight - 1 };
        }
        qsort(all, (size_t)n, sizeof *all, heaviest_first);
        kept = n < k ? n : k;
        if (kept > 0) memcpy(out, all, (size_t)kept * sizeof *all);
    } else {
        error_memory(error, "suggestions");
    }
    free(seen);
    free(all);
    return kept;
}

static void facts(const struct model *model, struct text *json)
{
    const struct social *social = (const struct social *)model;
    const int64_t n = social->offset[social->base.dataset->n_users] / 2;

    if (n > 0)
        text_format(json, "{\"friendships\":%lld}", (long long)n);
    else
        text_add_string(json, "{\"friendships\":0,\"note\":\"nobody has friends here: import "
                              "friendships\"}");
}

/* --------------------------------------------------------------------------------- storing */

static bool save(const struct model *model, struct byte_writer *writer)
{
    const struct social *social = (const struct social *)model;
    const size_t n_users = (size_t)social->base.dataset->n_users;

    bytes_write(writer, social->offset, (n_users + 1) * sizeof *social->offset);
    bytes_write(writer, social->friends, (size_t)social->offset[n_users] * sizeof *social->friends);
    return !writer->failed;
}

static bool read_friends(struct social *social, struct byte_reader *reader)
{
    const size_t n_users = (size_t)social->base.dataset->n_users;
    int64_t *offset = social->offset;

    if (!bytes_read(reader, offset, (n_users + 1) * sizeof *offset) || offset[0] != 0) return false;
    for (size_t u = 0; u < n_users; u++) {
        const int64_t n = offset[u + 1] - offset[u];
        if (n < 0 || n > (int64_t)n_users) return false;
    }
    social->friends = malloc(((size_t)offset[n_users] + 1) * sizeof *social->friends);
    if (!social->friends) {
        reader->failed = true;
        return error_memory(reader->error, "friendships");
    }
    if (!bytes_read(reader, social->friends, (size_t)offset[n_users] * sizeof *social->friends))
        return false;
    for (size_t u = 0; u < n_users; u++) {
        for (int64_t i = offset[u]; i < offset[u + 1]; i++) {
            if (social->friends[i] < 0 || (size_t)social->friends[i] >= n_users ||
                (i > offset[u] && social->friends[i] <= social->friends[i - 1]))
                return false;
        }
    }
    return true;
}

static struct model *load(const struct dataset *dataset, const struct parameters *values,
                          struct byte_reader *reader, struct error *error)
{
    struct social *social = make(dataset, values, error);

    if (!social) return NULL;
    if (read_friends(social, reader)) return (struct model *)social;
    model_refuse(reader, error, "social");
    release((struct model *)social);
    return NULL;
}

const struct model_kind social_kind = {
    .name = "social",
    .basis = BASIS_FRIENDS,
    .summary = "what friends have, close and like ones counting more; needs no history",
    .parameters = parameters,
    .memory = memory,
    .train = train,
    .release = release,
    .score = score,
    .open = social_explain,
    .neighbours = suggest,
    .facts = facts,
    .update = model_train_anew,
    .save = save,
    .load = load,
};
