/* What a person types of a what-if: read, told, kept as JSON and read again; what is said later
 * stands; what is damaged or gone is refused with a sentence. */
#include <aisle/rng.h>

#include "../support/shop_builder.h"

#include "job/changes.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { NOW = 1800000000 };

/* Items whose ids look like the signs of the language; u0 lives in Lyon. */
static const struct dataset *shop(void)
{
    static const char *const ids[] = { "i0", "a*2", "b@2021-01-31", "c=4", "i4" };
    static const char *const titles[] = { "", "Blue teapot", "", "", "Crème jug" };
    struct dataset_builder *builder = dataset_builder_new(NULL, NULL);
    assert_true(dataset_builder_add_user(builder, slice_of("u0"), NULL));
    assert_true(dataset_builder_set_user(builder, 0, slice_of("city"), slice_of("Lyon"), NULL));
    for (int i = 0; i < 5; i++)
        assert_true(dataset_builder_add_item(builder, slice_of(ids[i]), slice_of(titles[i]), NULL));
    shop_builder_buy(builder, 0, 0, 86400);
    return shop_builder_finish(builder);
}

/* Adds what is typed; false where it is refused. */
static bool say(struct changes *changes, const struct dataset *dataset, enum change_kind kind,
                const char *text, bool by_titles, struct error *error)
{
    const struct change_terms terms = { dataset, NOW, by_titles };
    struct change change;
    return change_read(&change, kind, slice_of(text), &terms, error) &&
           changes_add(changes, &change, error);
}

static void ids_come_before_signs(void **state)
{
    const struct dataset *dataset = shop();
    struct changes changes = { 0 };
    struct error error = { 0 };
    (void)state;

    assert_true(say(&changes, dataset, CHANGE_WITH, "a*2", false, &error));
    assert_string_equal(changes.list[0].what, "a*2");
    assert_true(changes.list[0].quantity == 1);
    assert_true(say(&changes, dataset, CHANGE_RETURN, "a*2*3@2021-02-01", false, &error));
    assert_string_equal(changes.list[1].what, "a*2");
    assert_true(changes.list[1].quantity == 3);
    assert_int_equal(changes.list[1].time, moment_from_civil(2021, 2, 1, 0, 0, 0));
    assert_true(say(&changes, dataset, CHANGE_WITH, "b@2021-01-31", false, &error));
    assert_int_equal(changes.list[2].time, MOMENT_NONE);
    assert_true(say(&changes, dataset, CHANGE_RATE, "c=4=2.5", false, &error));
    assert_string_equal(changes.list[3].what, "c=4");
    assert_true(changes.list[3].rating == 2.5);
    assert_true(say(&changes, dataset, CHANGE_WITH, "creme*2", true, &error)); /* by its title */
    assert_string_equal(changes.list[4].what, "i4");
    changes_fini(&changes);
    dataset_release(dataset);
}

static void nonsense_is_refused(void **state)
{
    static const struct {
        enum change_kind kind;
        const char *text;
        enum error_code code;
    } cases[] = { { CHANGE_WITH, "", ERROR_MISSING },
                  { CHANGE_WITH, "nix", ERROR_MISSING },
                  { CHANGE_WITH, "i0*0", ERROR_MISSING },
                  { CHANGE_WITH, "i0*-1", ERROR_MISSING },
                  { CHANGE_WITH, "i0@never", ERROR_MISSING },
                  { CHANGE_RETURN, "@2021-01-01", ERROR_MISSING },
                  { CHANGE_WITHOUT, "i0*2", ERROR_MISSING },
                  { CHANGE_RATE, "i0", ERROR_USAGE },
                  { CHANGE_RATE, "i0=", ERROR_USAGE },
                  { CHANGE_RATE, "i0=nan", ERROR_USAGE },
                  { CHANGE_RATE, "i0=1e300", ERROR_USAGE },
                  { CHANGE_RATE, "nix=4", ERROR_MISSING },
                  { CHANGE_ATTRIBUTE, "city", ERROR_USAGE },
                  { CHANGE_ATTRIBUTE, "city=Rome", ERROR_MISSING },
                  { CHANGE_ATTRIBUTE, "=Lyon", ERROR_MISSING } };
    const struct dataset *dataset = shop();
    (void)state;

    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct changes changes = { 0 };
        struct error error = { 0 };
        if (say(&changes, dataset, cases[c].kind, cases[c].text, c % 2, &error))
            fail_msg("'%s' was taken", cases[c].text);
        assert_int_equal(error.code, cases[c].code);
        assert_int_equal(changes.n, 0);
        changes_fini(&changes);
    }
    dataset_release(dataset);
}

static void what_is_said_last_stands(void **state)
{
    const struct dataset *dataset = shop();
    struct changes changes = { 0 };
    struct text report = { 0 };
    (void)state;

    assert_true(say(&changes, dataset, CHANGE_WITH, "i0", false, NULL));
    assert_true(say(&changes, dataset, CHANGE_RATE, "i0=1", false, NULL));
    assert_true(say(&changes, dataset, CHANGE_WITH, "i4", false, NULL));
    assert_true(say(&changes, dataset, CHANGE_RATE, "i0=2", false, NULL));
    assert_int_equal(changes.n, 3); /* one rating, the later */
    assert_true(say(&changes, dataset, CHANGE_WITHOUT, "i0", false, NULL));
    assert_int_equal(changes.n, 2);
    assert_true(say(&changes, dataset, CHANGE_RETURN, "i0", false, NULL));
    assert_int_equal(changes.n, 2);
    assert_int_equal(changes_of_item(&changes, slice_of("i0")), 1);
    assert_true(say(&changes, dataset, CHANGE_ATTRIBUTE, "city=Lyon", false, NULL));
    assert_true(say(&changes, dataset, CHANGE_ATTRIBUTE, "city=Lyon", false, NULL));
    assert_true(say(&changes, dataset, CHANGE_WORDS, "tea", false, NULL));
    assert_true(say(&changes, dataset, CHANGE_WORDS, "i0", false, NULL)); /* words, no item */
    changes_describe(&changes, dataset, NULL, &report);
    assert_string_equal(report.bytes, "with Crème jug · returned i0 · city=Lyon · asks for i0");
    text_fini(&report);
    changes_fini(&changes);
    dataset_release(dataset);
}

/* JSON gives back what was said, and a dataset takes it. */
static void what_is_kept_is_what_was_said(void **state)
{
    static const struct {
        enum change_kind kind;
        const char *text;
    } choices[] = { { CHANGE_WITH, "i0*2.5@2021-01-31 08:26:00" },
                    { CHANGE_WITHOUT, "a*2" },
                    { CHANGE_RETURN, "i4@-7d" },
                    { CHANGE_RATE, "c=4=-0.5" },
                    { CHANGE_ATTRIBUTE, "city=Lyon" },
                    { CHANGE_WORDS, "\"a\" \\ jacket" },
                    { CHANGE_RATE, "i0=3.333333" } };
    const struct dataset *dataset = shop();
    struct rng rng;
    (void)state;

    rng_init(&rng, 12);
    for (int round = 0; round < 300; round++) {
        struct changes changes = { 0 }, again = { 0 };
        struct text json = { 0 }, twice = { 0 };
        struct what_if what_if;
        for (uint32_t n = rng_below(&rng, 6); n > 0; n--) {
            const uint32_t c = rng_below(&rng, sizeof choices / sizeof *choices);
            assert_true(say(&changes, dataset, choices[c].kind, choices[c].text, false, NULL));
        }
        assert_true(changes_write(&changes, &json, NULL));
        assert_true(changes_parse(&again, (struct slice){ json.bytes, json.length }, NULL));
        assert_int_equal(again.n, changes.n);
        for (int32_t i = 0; i < again.n; i++) {
            assert_int_equal(again.list[i].kind, changes.list[i].kind);
            assert_int_equal(again.list[i].time, changes.list[i].time);
            assert_true(fabs(again.list[i].rating - changes.list[i].rating) < 1e-9);
            assert_true(fabs(again.list[i].quantity - changes.list[i].quantity) < 1e-9);
        }
        assert_true(changes_write(&again, &twice, NULL));
        assert_string_equal(twice.bytes, json.bytes);
        assert_true(changes_apply(&again, dataset, &what_if, NULL));
        what_if_fini(&what_if);
        changes_fini(&changes);
        changes_fini(&again);
        text_fini(&json);
        text_fini(&twice);
    }
    dataset_release(dataset);
}

static void damage_is_told(void **state)
{
    static const char *const bodies[] = {
        "",
        "[]",
        "{}",
        "{\"changes\":3}",
        "{\"changes\":[3]}",
        "{\"changes\":[{\"with\":3}]}",
        "{\"changes\":[{\"rate\":\"i0\"}]}",
        "{\"changes\":[{\"attribute\":\"city\",\"value\":3}]}",
        "{\"changes\":[{\"with\":\"i0\",\"time\":\"never\"}]}",
        "{\"changes\":[{\"with\":\"i0\"},{\"with\":\"i0\",\"quantity\":\"2\"}]}",
        "{\"changes\":[{\"with\":\"i0\"}"
    };
    const struct dataset *dataset = shop();
    struct changes changes;
    struct what_if what_if;
    struct error error;
    (void)state;

    for (size_t b = 0; b < sizeof bodies / sizeof *bodies; b++) {
        if (changes_parse(&changes, slice_of(bodies[b]), &error))
            fail_msg("read as a scenario: %s", bodies[b]);
        assert_int_equal(error.code, ERROR_DATABASE);
        assert_int_equal(changes.n, 0);
    }
    /* What is not there any more. */
    static const char *const gone[] = {
        "{\"changes\":[{\"with\":\"nix\"}]}",
        "{\"changes\":[{\"attribute\":\"city\",\"value\":\"Rome\"}]}"
    };
    for (size_t b = 0; b < sizeof gone / sizeof *gone; b++) {
        assert_true(changes_parse(&changes, slice_of(gone[b]), NULL));
        assert_false(changes_apply(&changes, dataset, &what_if, &error));
        assert_int_equal(error.code, ERROR_MISSING);
        changes_fini(&changes);
    }
    dataset_release(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_come_before_signs),    cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(what_is_said_last_stands), cmocka_unit_test(what_is_kept_is_what_was_said),
        cmocka_unit_test(damage_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
