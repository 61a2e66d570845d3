/* registry.c - which recommenders there are, and handles for the models they make. */
#include "model_private.h"

#include "aisle/external.h"

#include <stdlib.h>
#include <string.h>

const struct model_kind *const model_kinds[] = {
    &popular_kind,     /* everybody alike */
    &user_cf_kind,     /* by people */
    &item_cf_kind,     /* by pairs of items */
    &ease_kind,        /* by all purchases at once */
    &slist_kind,       /* by what came before what */
    &content_kind,     /* by what items are */
    &demographic_kind, /* by who the shopper is */
    &social_kind,      /* by their friends */
    &attention_kind,   /* by the order of purchases */
    &hybrid_kind,      /* all of them: the last, for it takes what the others have trained */
    NULL,
};

const struct model_kind *model_kind_find(const char *name, struct error *error)
{
    struct text names = { 0 };

    if (strcmp(external_kind.name, name) == 0) return &external_kind; /* imported, not trained */
    for (int i = 0; model_kinds[i]; i++) {
        if (strcmp(model_kinds[i]->name, name) == 0) {
            text_fini(&names);
            return model_kinds[i];
        }
        text_format(&names, "%s%s", i > 0 ? ", " : "", model_kinds[i]->name);
    }
    struct text seen = { 0 };
    text_add_visible(&seen, name, strlen(name));
    error_set(error, ERROR_USAGE, "there is no model \"%.60s\": the models are %s",
              seen.bytes ? seen.bytes : "", names.bytes ? names.bytes : "");
    text_fini(&seen);
    text_fini(&names);
    return NULL;
}

const struct model_base *model_base(const struct model *model)
{
    return (const struct model_base *)model;
}

struct model *model_retain(struct model *model)
{
    struct model_base *base = (struct model_base *)model;
    atomic_fetch_add_explicit(&base->references, 1, memory_order_relaxed);
    return model;
}

void model_release(struct model *model)
{
    struct model_base *base = (struct model_base *)model;

    if (!model) return;
    if (atomic_fetch_sub_explicit(&base->references, 1, memory_order_acq_rel) == 1)
        base->kind->release(model);
}

void *model_new(size_t size, const struct model_kind *kind, const struct dataset *dataset,
                const struct parameters *parameters, struct error *error)
{
    struct model_base *base = calloc(1, size);

    if (!base) {
        error_memory(error, "a model");
        return NULL;
    }
    base->kind = kind;
    base->reads_words = kind->reads_words;
    base->dataset = dataset_retain(dataset);
    base->parameters = *parameters;
    base->parameters.hooks = NULL;
    atomic_init(&base->references, 1);
    return base;
}

void model_free(void *model)
{
    struct model_base *base = model;
    dataset_release(base->dataset);
    free(model);
}

struct model *model_train_anew(const struct model *model, const struct dataset *newer, int threads,
                               struct progress *progress, struct error *error)
{
    const struct model_base *base = model_base(model);
    return base->kind->train(newer, &base->parameters, threads, progress, error);
}

int64_t model_latest_event(const struct dataset *dataset, int32_t user, int32_t item)
{
    if (!dataset->event_time) return MOMENT_NONE;
    for (int64_t i = dataset->sequence[user + 1]; i-- > dataset->sequence[user];) {
        if (dataset->event_item[i] == item) return dataset->event_time[i];
    }
    return MOMENT_NONE;
}

int32_t model_common(const struct sparse *rows, int32_t a, int32_t b)
{
    int64_t i = rows->start[a], j = rows->start[b];
    int32_t common = 0;

    while (i < rows->start[a + 1] && j < rows->start[b + 1]) {
        int32_t x = rows->column[i], y = rows->column[j];
        common += x == y;
        i += x <= y;
        j += y <= x;
    }
    return common;
}

void model_refuse(const struct byte_reader *reader, struct error *error, const char *name)
{
    if (!reader->failed) {
        error_set(
            error, ERROR_INPUT,
            "the stored %s model does not fit the data it is said to come from: train it again",
            name);
        return;
    }
    if (error && error != reader->error) {
        if (reader->error)
            *error = *reader->error;
        else
            error_set(error, ERROR_INPUT, "its bytes cannot be read");
    }
    error_prefix(error, "the stored %s model", name);
}
