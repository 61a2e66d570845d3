/* shop_builder.h - shops in memory that a test fills event by event, and models trained on them.
 * What fails ends the test. */
#ifndef TESTS_SHOP_BUILDER_H
#define TESTS_SHOP_BUILDER_H

#include <aisle/model.h>

/* Users u0.. and items i0.. without titles; the test adds what else it wants. */
struct dataset_builder *shop_builder_new(int32_t users, int32_t items);
/* One of the item, without a price; `time` may be MOMENT_NONE. */
void shop_builder_buy(struct dataset_builder *builder, int32_t user, int32_t item, int64_t time);
/* Frees the builder. */
const struct dataset *shop_builder_finish(struct dataset_builder *builder);

/* Settings "k=5 recency=0"; "" or NULL = as usual. */
struct parameters parameters_of(const struct model_kind *kind, const char *settings);
struct model *model_trained(const struct dataset *dataset, const struct model_kind *kind,
                            const char *settings, int threads);

#endif
