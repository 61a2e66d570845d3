/* Word lists: what a line means, and that a mistake is found with its line. */
#include "exchange/shop/titles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char people[] = "segment student 60 10 0 0 0 0\n"
                             "region 5 Japan\n"
                             "order joined\n"
                             "female 美咲|葵\n"
                             "male 蓮\n"
                             "family 佐藤|鈴木\n";
static const char shop[] = "deed purchase\n"
                           "# a comment, then an empty line\n"
                           "\n"
                           "list maker Veloce|Lunaro | Barletta\n"
                           "list bar 9|15\n"
                           "category Coffee\n"
                           "weight 7\n"
                           "for f:150 student:200 Japan:300\n"
                           "months 1 2 3 4 5 6 7 8 9 10 11 12\n"
                           "aisle Espresso\n"
                           "for m:50\n"
                           "kind Machine\n"
                           "brands maker\n"
                           "price 10 20\n"
                           "once\n"
                           "title Machine {brand} {bar} bar\n"
                           "about Pumps {bar} bar\n"
                           "then 50 4 Beans\n"
                           "kind Beans\n"
                           "every 30 70\n"
                           "needs Machine\n"
                           "series 3\n"
                           "title Beans no. {n}\n";

static struct shop_vocabulary *parse(const char *text, struct error *error)
{
    return shop_vocabulary_parse(slice_of(people), slice_of(text), error);
}

static void lines_are_understood(void **state)
{
    struct error error = { 0 };
    struct shop_vocabulary *v = parse(shop, &error);

    (void)state;
    assert_non_null(v);
    assert_int_equal(v->n_categories, 1);
    assert_int_equal(v->n_kinds, 2);
    assert_int_equal(v->categories[0].weight, 7);
    assert_int_equal(v->categories[0].month[11], 12);
    assert_int_equal(v->categories[0].appeal.gender[0], 150);
    assert_int_equal(v->categories[0].appeal.segment[0], 200);
    assert_int_equal(v->categories[0].appeal.region[0], 300);
    assert_int_equal(v->aisles[0].appeal.gender[1], 50);
    assert_int_equal(v->aisles[0].appeal.gender[0], 100);
    const struct word_list *makers = &v->lists[v->kinds[0].maker];
    assert_int_equal(makers->n, 3);
    assert_true(slice_equal(v->words[makers->first + 1], "Lunaro"));
    assert_true(slice_equal(v->words[makers->first + 2], "Barletta"));
    assert_int_equal(v->kinds[0].price[1], 20);
    assert_true(v->kinds[0].once && !v->kinds[1].once);
    assert_int_equal(v->kinds[0].then[0].kind, 1);
    assert_int_equal(v->kinds[0].then[0].days, 4);
    assert_int_equal(v->kinds[1].needs, 0);
    assert_int_equal(v->kinds[1].every[0], 30);
    assert_true(v->regions[0].joined);
    shop_vocabulary_free(v);
}

static void title_of(const struct shop_vocabulary *v, int32_t kind, int32_t ordinal,
                     struct text *text)
{
    struct wording wording;

    wording_init(&wording, v, &v->kinds[kind], ordinal, 1);
    text_clear(text);
    wording_title(&wording, text);
}

static void titles_use_every_combination_once(void **state)
{
    struct shop_vocabulary *v = parse(shop, NULL);
    struct text title[7] = { { 0 } }, about = { 0 };

    (void)state;
    assert_non_null(v);
    for (int32_t i = 0; i < 7; i++) {
        title_of(v, 0, i, &title[i]);
        for (int32_t j = 0; j < i; j++)
            assert_string_not_equal(title[i].bytes, title[j].bytes);
        assert_true((strstr(title[i].bytes, "model 2") != NULL) == (i == 6));
    }
    /* What is said about a thing agrees with its title. */
    struct wording wording;
    wording_init(&wording, v, &v->kinds[0], 3, 1);
    wording_about(&wording, &about);
    assert_non_null(strstr(title[3].bytes, about.bytes + strlen("Pumps ")));
    for (int32_t i = 0; i < 7; i++)
        text_fini(&title[i]);
    text_fini(&about);
    shop_vocabulary_free(v);
}

static void a_series_is_numbered_through(void **state)
{
    struct shop_vocabulary *v = parse(shop, NULL);
    struct text title = { 0 };

    (void)state;
    assert_non_null(v);
    title_of(v, 1, 2, &title);
    assert_string_equal(title.bytes, "Beans no. 3");
    title_of(v, 1, 3, &title);
    assert_string_equal(title.bytes, "Beans no. 1, model 2");
    text_fini(&title);
    shop_vocabulary_free(v);
}

static void mistakes_have_a_line(void **state)
{
    static const struct {
        const char *text, *says;
    } wrong[] = {
        { "colour red\n", "line 1: no such keyword: colour" },
        { "\nweight 3\n", "line 2: no category above" },
        { "category A\naisle B\nkind C\ntitle {what}\n", "line 4: no such list above: what" },
        { "category A\naisle B\nkind C\ntitle {brand}\n", "line 4: {brand} without brands" },
        { "category A\naisle B\nkind C\nprice 1 2 3\n", "line 4: more numbers" },
        { "category A\naisle B\nkind C\nprice x\n", "line 4: not a number" },
        { "category A\naisle B\nkind C\ntitle t\nthen 5 5 D\n", "no such kind: D" },
        { "category A\naisle B\nkind C\ntitle t\nneeds D\n", "no such kind: D" },
        { "category A\naisle B\nkind C\ntitle t\nkind C\ntitle u\n", "two kinds of one name" },
        { "category A\naisle B\nkind C\n", "a kind without title: C" },
        { "category A\naisle B\n", "no kinds" },
        { "category A\nfor nobody:5\n", "line 2: nobody is called that: nobody" },
        { "list a x\nlist a y\n", "line 2: the list is there already" },
        { "deed theft\n", "line 1: not purchase, rating or weight" },
        { "once\n", "line 1: no kind above" },
        { "", "no kinds" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error error = { 0 };
        struct shop_vocabulary *v = parse(wrong[i].text, &error);
        assert_null(v);
        assert_int_equal(error.code, ERROR_INPUT);
        if (!strstr(error.text, wrong[i].says)) fail_msg("%s", error.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_understood),
        cmocka_unit_test(titles_use_every_combination_once),
        cmocka_unit_test(a_series_is_numbered_through),
        cmocka_unit_test(mistakes_have_a_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
