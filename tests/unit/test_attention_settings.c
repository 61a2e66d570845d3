/* What the attention model does where nothing was chosen: by the number of events, and how many a
 * user has.
 */
#include <aisle/model.h>

#include "model/attention/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* The settings of a dataset of so many users, each with so many events. */
static struct settings settings_of(int32_t users, int32_t each, int32_t items,
                                   const char *assignment)
{
    struct dataset dataset = { .n_users = users, .n_items = items };
    struct parameters parameters;
    struct settings settings;
    struct error error;

    dataset.n_events = (int64_t)users * each;
    dataset.sequence = malloc(((size_t)users + 1) * sizeof *dataset.sequence);
    assert_non_null(dataset.sequence);
    for (int64_t u = 0; u <= users; u++)
        dataset.sequence[u] = u * each;
    parameters_init(&parameters, attention_parameters);
    if (assignment) assert_true(parameters_set(&parameters, slice_of(assignment), &error));
    assert_true(settings_resolve(&settings, &dataset, &parameters, &error));
    free(dataset.sequence);
    return settings;
}

static void small_data_has_a_small_network(void **state)
{
    const struct settings settings = settings_of(300, 10, 50, NULL);

    (void)state;
    assert_int_equal(settings.shape.width, 32);
    assert_int_equal(settings.loss, LOSS_SOFTMAX);
    assert_int_equal(settings.windows, WINDOWS_LAST);
    assert_int_equal(settings.patience, 3);
}

/* The epochs follow from the steps: more users, fewer, but never too few. */
static void few_purchases_each_are_dropped_often(void **state)
{
    const struct settings settings = settings_of(20000, 8, 12000, NULL);
    const struct settings larger = settings_of(40000, 8, 12000, NULL);
    const struct settings largest = settings_of(4000000, 8, 12000, NULL);

    (void)state;
    assert_int_equal(settings.loss, LOSS_SAMPLED);
    assert_int_equal(settings.shape.length, 16);
    assert_true(settings.dropout >= 0.4);
    assert_int_equal(settings.draw, NEGATIVES_POPULAR);
    assert_true(settings.beta2 > 0.99 && settings.weight_decay > 0.1); /* of rare items */
    assert_in_range(settings.epochs, 15, 20);
    assert_int_equal(larger.epochs, 12);
    assert_int_equal(largest.epochs, 12);
    assert_int_equal(settings.patience, settings.epochs);
}

static void many_purchases_each_by_how_many_there_are(void **state)
{
    const struct settings some = settings_of(1000, 100, 1500, NULL);
    const struct settings many = settings_of(6000, 160, 3500, NULL);

    (void)state;
    assert_int_equal(some.loss, LOSS_SOFTMAX);
    assert_int_equal(some.shape.width, 64);
    assert_int_equal(many.shape.width, 128);
    assert_int_equal(many.windows, WINDOWS_ANY);
    assert_true(many.lr_final < some.lr_final);
}

/* One user with a million events is one row of a step: 6,850 epochs of it taught nothing more. */
static void few_users_do_not_make_thousands_of_epochs(void **state)
{
    (void)state;
    assert_in_range(settings_of(1, 1000000, 5000, NULL).epochs, 1, 200);
    assert_in_range(settings_of(40, 20000, 5000, NULL).epochs, 1, 200);
    assert_int_equal(settings_of(1, 1000000, 5000, "epochs=6850").epochs, 6850);
}

static void what_is_chosen_holds(void **state)
{
    (void)state;
    assert_int_equal(settings_of(6000, 160, 3500, "windows=last").windows, WINDOWS_LAST);
    assert_int_equal(settings_of(6000, 160, 3500, "loss=softmax").loss, LOSS_SOFTMAX);
    assert_int_equal(settings_of(6000, 160, 3500, "epochs=3").epochs, 3);
    assert_int_equal(settings_of(6000, 160, 3500, "epochs=3").patience, 3);
    assert_int_equal(settings_of(6000, 160, 3500, "patience=2").patience, 2);
    assert_int_equal(settings_of(20000, 8, 12000, "draw=uniform").draw, NEGATIVES_UNIFORM);
    assert_true(settings_of(20000, 8, 12000, "decay=0").weight_decay == 0);
    assert_true(settings_of(20000, 8, 12000, "beta2=0.9").beta2 == 0.9);
    assert_int_equal(settings_of(6000, 160, 30, "negatives=2000").negatives, 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_data_has_a_small_network),
        cmocka_unit_test(few_purchases_each_are_dropped_often),
        cmocka_unit_test(many_purchases_each_by_how_many_there_are),
        cmocka_unit_test(few_users_do_not_make_thousands_of_epochs),
        cmocka_unit_test(what_is_chosen_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
