/* similar.c - similar ITEM, neighbors USER and friends USER. */
#include "served.h"
#include "shopper_options.h"

#include "job/labels.h"
#include "job/privacy.h"
#include "model/social.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An id, or where it is a person's and privacy is on what stands for it. */
static void add_id(const struct names *ids, const struct pseudonymiser *pseudonymiser,
                   int32_t index, struct text *out)
{
    text_clear(out);
    pseudonym_id(pseudonymiser, names_get(ids, index), out);
}

static json_t *list_json(const struct names *ids, const struct names *titles,
                         const struct pseudonymiser *pseudonymiser, const char *noun,
                         const char *common, const struct neighbour *found, int32_t n)
{
    struct text id = { 0 };
    json_t *list = json_array();
    for (int32_t i = 0; i < n; i++) {
        json_t *row = json_object();
        add_id(ids, pseudonymiser, found[i].id, &id);
        json_object_set_new(row, noun, json_text((struct slice){ id.bytes, id.length }));
        if (titles) json_object_set_new(row, "title", json_text(names_get(titles, found[i].id)));
        json_object_set_new(row, "similarity", json_real(found[i].similarity));
        json_object_set_new(row, common, json_integer(found[i].common));
        json_array_append_new(list, row);
    }
    text_fini(&id);
    return list;
}

static void print_list(const struct names *ids, const struct names *titles,
                       const struct pseudonymiser *pseudonymiser, const struct neighbour *found,
                       int32_t n)
{
    struct text id = { 0 };
    printf("%4s  %10s  %8s  %s\n", "#", "SIMILARITY", "COMMON", titles ? "ITEM" : "USER");
    for (int32_t i = 0; i < n; i++) {
        printf("%4d  %10.4f  %8d  ", i + 1, found[i].similarity, found[i].common);
        add_id(ids, pseudonymiser, found[i].id, &id);
        print_padded((struct slice){ id.bytes, id.length }, titles ? 14 : 0, false);
        if (titles) {
            putchar(' ');
            print_visible(names_get(titles, found[i].id));
        }
        putchar('\n');
    }
    text_fini(&id);
}

int command_similar(struct call *call)
{
    int status = STATUS_DONE;
    int64_t n;
    struct error error = { 0 };
    struct serving serving = { 0 };
    const char *kind = call_option(call, "model") ? call_option(call, "model") : "item-cf";
    if (!call_number(call, "count", 20, 1, INT32_MAX, &n, &status) ||
        !call_open(call, WORKSPACE_READ, &status))
        return status;
    if (!engine_serve(call->engine, call->reader, kind, 0, &serving, NULL, &error))
        return call_fail(&error);
    const struct dataset *dataset = serving.dataset;
    const struct model_kind *model = model_base(serving.model)->kind;
    int32_t item = question_item(dataset, call->argument[0], &status);
    if (n > dataset->n_items) n = dataset->n_items;
    struct neighbour *found = item >= 0 ? malloc(((size_t)n + 1) * sizeof *found) : NULL;
    if (found && !model->similar)
        error_set(&error, ERROR_USAGE, "%s knows no similar items: use -m item-cf", kind);
    int32_t rows = found && model->similar
                       ? model->similar(serving.model, item, (int32_t)n, found, &error)
                       : -1;
    if (rows < 0 && item >= 0)
        status = call_fail(&error);
    else if (rows >= 0 && call->json)
        status = print_json(json_pack(
            "{s:o, s:s, s:I, s:o}", "item", json_text(slice_of(call->argument[0])), "model",
            serving.run.kind, "events_behind", (json_int_t)serving_behind(&serving), "similar",
            list_json(&dataset->item_ids, &dataset->item_titles, NULL, "item", "common_users",
                      found, rows)));
    else if (rows >= 0) {
        served_print_behind(&serving, stdout);
        print_list(&dataset->item_ids, &dataset->item_titles, NULL, found, rows);
    }
    free(found);
    serving_fini(&serving);
    return status;
}

/* --------------------------------------------------------------------------------- people */

typedef int32_t list_people(const struct model *model, const struct shopper *shopper, int32_t k,
                            struct neighbour *out, struct error *error);

/* The active run's model, or one with the usual parameters, which costs next to nothing. */
static struct model *people_model(struct call *call, const char *name,
                                  const struct dataset **dataset, struct error *error)
{
    struct run run;
    struct parameters parameters;
    struct serving serving;
    const struct model_kind *kind = model_kind_find(name, error);
    if (!kind || !run_active(call->reader, kind->name, &run, error)) return NULL;
    if (run.id != 0) {
        if (!engine_serve(call->engine, call->reader, kind->name, 0, &serving, NULL, error))
            return NULL;
        struct model *model = model_retain(serving.model);
        *dataset = dataset_retain(serving.dataset);
        serving_fini(&serving);
        return model;
    }
    *dataset = engine_dataset(call->engine, call->reader, NULL, error);
    if (!*dataset) return NULL;
    parameters_init(&parameters, kind->parameters);
    return kind->train(*dataset, &parameters, 0, NULL, error);
}

/* People of the user USER, by a model that knows them. */
static int people(struct call *call, const char *kind, list_people *list, const char *noun,
                  const char *common)
{
    int status = STATUS_DONE;
    int64_t n;
    struct error error = { 0 };
    const struct dataset *dataset = NULL;
    const bool reveal = call_option(call, "reveal") != NULL;
    struct privacy privacy;
    if (!call_number(call, "count", 20, 1, INT32_MAX, &n, &status) ||
        !call_open(call, reveal ? WORKSPACE_WRITE : WORKSPACE_READ, &status))
        return status;
    if (!privacy_read(call->reader, &privacy, &error)) return call_fail(&error);
    struct model *model = people_model(call, kind, &dataset, &error);
    struct shopper *shopper = NULL;
    struct neighbour *found = NULL;
    int32_t rows = -1, user = -1;
    if (model && (user = question_user(dataset, call->argument[0], &status)) < 0) goto out;
    if (model && (shopper = shopper_new(dataset, user, MOMENT_NONE, NULL, &error))) {
        if (n > dataset->n_users) n = dataset->n_users;
        found = malloc(((size_t)n + 1) * sizeof *found);
        if (!found)
            error_memory(&error, "people");
        else
            rows = list(model, shopper, (int32_t)n, found, &error);
    }
    if (rows >= 0 && privacy.on && reveal) {
        privacy.pseudonymiser.on = false;
        if (!privacy_reveal(call->workspace, noun, call->argument[0], &error)) rows = -1;
    }
    if (rows < 0)
        status = call_fail(&error);
    else if (call->json)
        status =
            print_json(json_pack("{s:o, s:o}", "user", json_text(slice_of(call->argument[0])), noun,
                                 list_json(&dataset->user_ids, NULL, &privacy.pseudonymiser, "user",
                                           common, found, rows)));
    else
        print_list(&dataset->user_ids, NULL, &privacy.pseudonymiser, found, rows);
out:
    free(found);
    shopper_free(shopper);
    model_release(model);
    dataset_release(dataset);
    return status;
}

static int32_t list_neighbours(const struct model *model, const struct shopper *shopper, int32_t k,
                               struct neighbour *out, struct error *error)
{
    return model_base(model)->kind->neighbours(model, shopper, k, out, error);
}

int command_neighbors(struct call *call)
{
    return people(call, "user-cf", list_neighbours, "neighbors", "common_items");
}

int command_friends(struct call *call)
{
    if (call_option(call, "suggest"))
        return people(call, "social", list_neighbours, "suggestions", "common_friends");
    return people(call, "social", social_friends, "friends", "common_friends");
}
