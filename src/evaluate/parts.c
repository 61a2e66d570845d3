/* parts.c - blends in an evaluation: made of what was tried before them.
 *
 * A blend learns its weights on the last events of its training data, so its parts must not have
 * seen those: it trains them itself, with the settings of the contenders before it. Only models
 * that hold out the last event themselves are taken as they are; the dataset decides (a blend
 * compares fingerprints), so a part of another split is never used.
 */
#include "ranking_private.h"

void parts_init(struct parts *parts, const struct ranking_options *options)
{
    parts->n = 0;
    for (int32_t i = 0; i < options->n_parts && parts->n < PARTS_MAX; i++) {
        parts->part[parts->n] = options->parts[i];
        parts->part[parts->n++].model = NULL;
    }
}

void parts_fini(struct parts *parts)
{
    for (int32_t i = 0; i < parts->n; i++)
        model_release(parts->part[i].model);
    parts->n = 0;
}

void parts_offer(struct parts *parts, struct model *model)
{
    const struct model_base *base = model_base(model);
    int32_t at = 0;

    if (base->kind->blend || !base->kind->save) return; /* a blend, or a mere baseline */
    while (at < parts->n && parts->part[at].kind != base->kind)
        at++;
    if (at == PARTS_MAX) return;
    if (at == parts->n) parts->part[parts->n++] = (struct model_part){ 0 };
    model_release(parts->part[at].model);
    parts->part[at] =
        (struct model_part){ .kind = base->kind,
                             .parameters = base->parameters,
                             .model = base->kind->validates ? model_retain(model) : NULL };
}

struct model *parts_train(const struct parts *parts, const struct model_kind *kind,
                          const struct parameters *parameters, const struct dataset *dataset,
                          int threads, struct progress *progress, struct error *error)
{
    if (kind->blend)
        return kind->blend(dataset, parameters, parts->part, parts->n, threads, progress, error);
    return kind->train(dataset, parameters, threads, progress, error);
}
