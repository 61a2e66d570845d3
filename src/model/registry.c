/* registry.c - the recommenders there are, and what they share. */
#include "model_private.h"

#include <string.h>

const struct model_kind *const model_kinds[] = { &popular_kind, &user_cf_kind, &item_cf_kind,
                                                 NULL };

const struct model_kind *model_kind_find(const char *name, struct error *error)
{
    struct text list = { 0 };
    for (int i = 0; model_kinds[i]; i++) {
        if (strcmp(model_kinds[i]->name, name) == 0) {
            text_fini(&list);
            return model_kinds[i];
        }
        text_format(&list, "%s%s", i ? ", " : "", model_kinds[i]->name);
    }
    error_set(error, ERROR_USAGE, "there is no model '%.100s': there are %s", name,
              list.bytes ? list.bytes : "none");
    text_fini(&list);
    return NULL;
}

void model_init(struct model_base *base, const struct model_kind *kind,
                const struct dataset *dataset, const struct parameters *parameters)
{
    base->kind = kind;
    base->dataset = dataset_retain(dataset);
    base->parameters = *parameters;
    atomic_init(&base->references, 1);
}

struct model *model_retain(struct model *model)
{
    atomic_fetch_add(&((struct model_base *)(void *)model)->references, 1);
    return model;
}

void model_release(struct model *model)
{
    struct model_base *base = (struct model_base *)(void *)model;
    if (!model || atomic_fetch_sub(&base->references, 1) != 1) return;
    const struct dataset *dataset = base->dataset;
    base->kind->release(model);
    dataset_release(dataset);
}

const struct model_base *model_base(const struct model *model)
{
    return (const struct model_base *)(const void *)model;
}
