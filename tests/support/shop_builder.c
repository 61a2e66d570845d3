#include "shop_builder.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct dataset_builder *shop_builder_new(int32_t users, int32_t items)
{
    struct dataset_builder *builder = dataset_builder_new(NULL, NULL);
    char id[16];

    assert_non_null(builder);
    for (int32_t u = 0; u < users; u++) {
        snprintf(id, sizeof id, "u%d", u);
        assert_true(dataset_builder_add_user(builder, slice_of(id), NULL));
    }
    for (int32_t i = 0; i < items; i++) {
        snprintf(id, sizeof id, "i%d", i);
        assert_true(dataset_builder_add_item(builder, slice_of(id), slice_of(""), NULL));
    }
    return builder;
}

void shop_builder_buy(struct dataset_builder *builder, int32_t user, int32_t item, int64_t time)
{
    const struct event event = {
        .time = time, .item = item, .type = EVENT_PURCHASE, .quantity = 1, .value = NAN
    };
    assert_true(dataset_builder_add_event(builder, user, &event, NULL));
}

const struct dataset *shop_builder_finish(struct dataset_builder *builder)
{
    const struct dataset *dataset = dataset_builder_finish(builder, 1, NULL, NULL);
    assert_non_null(dataset);
    return dataset;
}

struct parameters parameters_of(const struct model_kind *kind, const char *settings)
{
    struct parameters parameters;
    char copy[128], *rest = NULL;

    const int length = snprintf(copy, sizeof copy, "%s", settings ? settings : "");
    assert_true(length >= 0 && (size_t)length < sizeof copy);
    parameters_init(&parameters, kind->parameters);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        assert_true(parameters_set(&parameters, slice_of(word), NULL));
    return parameters;
}

struct model *model_trained(const struct dataset *dataset, const struct model_kind *kind,
                            const char *settings, int threads)
{
    const struct parameters parameters = parameters_of(kind, settings);
    struct error error = { 0 };

    assert_true(kind->memory(dataset, &parameters) > 0);
    struct model *model = kind->train(dataset, &parameters, threads, NULL, &error);
    if (!model) fail_msg("%s: %s", kind->name, error.text);
    return model;
}
