/* Questions in words: which filters are read in them, and which words are left. */
#include "data/text_query.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A small shop: what is asked about it stands in the tables below. */
static const struct {
    const char *title, *category, *brand, *price, *added;
} goods[] = {
    { "Dog food Bosco salmon, 1.5 kg", "Dogs", "Fellnase", "12.50", "2024-01-01" },
    { "Dog food chicken, 10 kg", "Dogs", "Bosco", "49.90", "2024-01-02" },
    { "Cat litter, clumping", "Cats", "Fellnase", "8.95", "2024-01-03" },
    { "Jumper merino, sky blue", "Knitwear", "Hjem", "59.00", "2024-01-04" },
    { "Jumper cotton, black", "Knitwear", "Strand", "29.00", "2026-01-01" },
    { "Scary Movie", "Comedy", "Dimension", "9.99", "2024-01-05" },
    { "The Haunting", "Horror", "Dimension", "7.99", "2024-01-06" },
    { "Cherries without stones, sugar free", "Food", "Obsthof", "3.20", "2024-01-07" },
    { "New York street map", "Books", "Kartograf", "15.00", "2024-01-08" },
    { "Bread baking set", "Baking", "Strand", "24.00", "2026-01-02" },
    { "恐怖 电影", "Horror", "Dimension", "6.00", "2024-01-09" },
};
enum { N_GOODS = sizeof goods / sizeof *goods };

static const struct dataset *make_shop(void)
{
    struct dataset_builder *builder = dataset_builder_new(NULL, NULL);

    for (int32_t i = 0; i < N_GOODS; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", i);
        assert_true(
            dataset_builder_add_item(builder, slice_of(id), slice_of(goods[i].title), NULL));
        const char *const pairs[][2] = { { "category", goods[i].category },
                                         { "brand", goods[i].brand },
                                         { "price", goods[i].price },
                                         { "added", goods[i].added } };
        for (size_t p = 0; p < 4; p++)
            assert_true(dataset_builder_set_item(builder, i, slice_of(pairs[p][0]),
                                                 slice_of(pairs[p][1]), NULL));
    }
    const struct dataset *dataset = dataset_builder_finish(builder, 0, NULL, NULL);
    assert_non_null(dataset);
    return dataset;
}

static void add_word(struct text *out, const char *between, const char *bytes, size_t length)
{
    text_add_string(out, out->length > 0 ? between : "");
    text_add(out, bytes, length);
}

static void expect(const struct dataset *dataset, const struct lexicon *lexicon, const char *asked,
                   const char *filters, const char *words, const char *unknown)
{
    struct text_query query;
    struct error error = { 0 };
    struct text found = { 0 }, left = { 0 }, lost = { 0 };

    assert_true(text_query_read(&query, dataset, lexicon, slice_of(asked), NULL, 0, &error));
    for (int32_t f = 0; f < query.n_filters; f++)
        add_word(&found, "; ", query.filters[f].words, strlen(query.filters[f].words));
    for (int32_t t = 0; t < query.n_terms; t++)
        add_word(query.terms[t].word >= 0 ? &left : &lost, " ", asked + query.terms[t].at,
                 query.terms[t].length);
    if (strcmp(found.bytes ? found.bytes : "", filters) != 0)
        fail_msg("%s: filters \"%s\", not \"%s\"", asked, found.bytes, filters);
    if (strcmp(left.bytes ? left.bytes : "", words) != 0)
        fail_msg("%s: words \"%s\", not \"%s\"", asked, left.bytes, words);
    if (strcmp(lost.bytes ? lost.bytes : "", unknown) != 0)
        fail_msg("%s: not understood \"%s\", not \"%s\"", asked, lost.bytes, unknown);
    text_fini(&found);
    text_fini(&left);
    text_fini(&lost);
    text_query_fini(&query);
}

static void questions_are_read(void **state)
{
    static const struct {
        const char *asked, *filters, *words, *unknown;
    } table[] = {
        { "dog food", "", "dog food", "" },
        { "dog food under 20 euro", "price<=20", "dog food", "" },
        { "dog food for less than $19.99", "price<=19.99", "dog food", "" },
        { "dog food cheaper than 20€", "price<=20", "dog food", "" },
        { "dog food for 20 euros", "price<=20", "dog food", "" },
        { "dog food, at least 10 euro", "price>=10", "dog food", "" },
        { "dog food between 10 and 20", "price>=10 price<=20", "dog food", "" },
        { "dog food from 20 to 10 euro", "price>=10 price<=20", "dog food", "" },
        { "Hundefutter unter 20 Euro", "price<=20", "", "Hundefutter" },
        { "dog zwischen 10 und 20 Euro", "price>=10 price<=20; category=Dogs", "", "" },
        { "dog food à moins de 20 euros", "price<=20", "dog food", "" },
        { "dog food por menos de 20 euros", "price<=20", "dog food", "" },
        { "20元以下dog food", "price<=20", "dog food", "" },
        { "低于20元 dog food", "price<=20", "dog food", "" },
        /* No price: another unit. */
        { "dog food under 10 kg", "", "dog food 10 kg", "" },
        { "dog food by Fellnase", "brand=Fellnase", "dog food", "" },
        { "Fellnase dog food", "brand=Fellnase", "dog food", "" },
        { "litter von Fellnase", "brand=Fellnase", "litter", "" },
        { "a jumper in blue", "with blue", "jumper", "" },
        { "jumpers in black under 30", "with black; price<=30", "jumpers", "" },
        { "comedies", "category=Comedy", "", "" },
        { "something for cats", "category=Cats", "", "" },
        { "new jumpers", "new: since 2024-01-09", "jumpers", "" },
        { "New York", "", "New York", "" },
        { "not scary", "without scary", "", "" },
        { "a movie, but not too scary", "without scary", "movie", "" },
        { "a movie that is not very scary or haunting", "without scary; without haunting", "movie",
          "" },
        { "not horror", "category!=Horror", "", "" },
        { "cherries without any sugar", "without sugar", "cherries", "" },
        { "cherry ohne Zucker", "without Zucker", "cherry", "" },
        { "dog food, keine chicken", "without chicken", "dog food", "" },
        { "movie sans horror", "category!=Horror", "movie", "" },
        { "movie pas de horror", "category!=Horror", "movie", "" },
        { "movie sin horror", "category!=Horror", "movie", "" },
        { "不要恐怖", "without 恐怖", "", "" },
        { "ein Zelt in den Hjem", "", "Hjem", "Zelt" }, /* an article: no brand */
        { "no Fellnase", "brand!=Fellnase", "", "" },
        /* In quotes nothing is a filter. */
        { "movie \"not scary\"", "", "movie scary", "not" },
        { "jumper \"Fellnase\"", "", "jumper Fellnase", "" },
        { "bake bread", "", "bake bread", "" },
        { "bakers and dogs", "", "bakers dogs", "" },
        { "qwertyuiop zxcvb", "", "", "qwertyuiop zxcvb" },
        { "a flurbeldimorp for my dog", "", "dog", "flurbeldimorp" },
        { "something for me", "", "", "" },
        { "", "", "", "" },
    };
    const struct dataset *dataset = make_shop();
    struct lexicon *lexicon = lexicon_new(dataset, NULL, NULL);
    (void)state;

    assert_non_null(lexicon);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        expect(dataset, lexicon, table[i].asked, table[i].filters, table[i].words,
               table[i].unknown);
    lexicon_free(lexicon);
    dataset_release(dataset);
}

static void filters_let_in_what_holds(void **state)
{
    static const struct {
        const char *asked;
        const char *admitted; /* '1' for each of the goods */
        int32_t drop;         /* a filter that does not count; -1 = all do */
    } table[] = {
        { "under 10 euro", "00100111001", -1 },
        { "over 20 euro", "01011000010", -1 },
        { "by Fellnase", "10100000000", -1 },
        { "by Fellnase", "11111111111", 1 },
        { "no Fellnase", "01011111111", -1 },
        { "jumper in blue", "00010000000", -1 },
        { "not scary", "11111011111", -1 },
        { "new", "00001000011", -1 },
        { "not horror", "11111101110", -1 },
        { "Fellnase under 10", "00100000000", -1 },
        { "Fellnase under 10", "10100000000", 2 },
        { "Fellnase under 10", "11111111111", 0 },
        { "dog food", "11111111111", -1 },
    };
    const struct dataset *dataset = make_shop();
    struct lexicon *lexicon = lexicon_new(dataset, NULL, NULL);
    uint8_t admitted[N_GOODS];
    struct error error = { 0 };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct text_query query;
        assert_true(text_query_read(&query, dataset, lexicon, slice_of(table[i].asked),
                                    &table[i].drop, table[i].drop >= 0, &error));
        assert_true(text_query_admit(&query, dataset, lexicon, admitted, &error));
        for (int32_t item = 0; item < N_GOODS; item++)
            if (admitted[item] != (table[i].admitted[item] == '1'))
                fail_msg("%s: %s", table[i].asked, goods[item].title);
        text_query_fini(&query);
    }
    lexicon_free(lexicon);
    dataset_release(dataset);
}

static void stems_meet(void **state)
{
    static const char *const pairs[][2] = {
        { "jackets", "jacket" }, { "cherries", "cherry" }, { "baking", "baker" },
        { "running", "runner" }, { "boxes", "box" },       { "watches", "watch" },
        { "glasses", "glass" },  { "comedies", "comedy" }, { "cats", "cat" },
    };
    static const char *const apart[][2] = {
        { "cat", "car" }, { "focus", "focu" }, { "war", "warm" }, { "2010", "2011" }
    };
    (void)state;

    for (int same = 0; same < 2; same++)
        for (size_t i = 0; i < (same ? sizeof pairs : sizeof apart) / sizeof *pairs; i++) {
            struct text one = { 0 }, other = { 0 };
            const char *const *pair = same ? pairs[i] : apart[i];
            word_stem(slice_of(pair[0]), &one);
            word_stem(slice_of(pair[1]), &other);
            if ((strcmp(one.bytes, other.bytes) == 0) != same)
                fail_msg("%s %s: %s %s", pair[0], pair[1], one.bytes, other.bytes);
            text_fini(&one);
            text_fini(&other);
        }
}

/* Whatever is asked, places stand in the text and nothing is read beyond it. */
static void any_question_can_be_read(void **state)
{
    static const char *const parts[] = { "not ",     "under ",   "20",   "€",    "in ",
                                         "blue ",    "不要",     "恐",   "\"",   "by ",
                                         "Fellnase", " ",        "or ",  "\xFF", "以下",
                                         "new ",     "between ", "and ", "1.5",  "$" };
    const struct dataset *dataset = make_shop();
    struct lexicon *lexicon = lexicon_new(dataset, NULL, NULL);
    uint32_t random = 7;
    (void)state;

    for (int round = 0; round < 20000; round++) {
        struct text asked = { 0 };
        struct text_query query;
        for (uint32_t n = (random >> 16) % 12; n > 0; n--) {
            random = random * 1664525 + 1013904223;
            text_add_string(&asked, parts[(random >> 16) % (sizeof parts / sizeof *parts)]);
        }
        random = random * 1664525 + 1013904223;
        const struct slice text = { asked.bytes ? asked.bytes : "", asked.length };
        assert_true(text_query_read(&query, dataset, lexicon, text, NULL, 0, NULL));
        for (int32_t t = 0; t < query.n_terms; t++)
            assert_true(query.terms[t].at + query.terms[t].length <= text.length);
        for (int32_t f = 0; f < query.n_filters; f++)
            assert_true(query.filters[f].at + query.filters[f].length <= text.length);
        text_query_fini(&query);
        text_fini(&asked);
    }
    lexicon_free(lexicon);
    dataset_release(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions_are_read),
        cmocka_unit_test(filters_let_in_what_holds),
        cmocka_unit_test(stems_meet),
        cmocka_unit_test(any_question_can_be_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
