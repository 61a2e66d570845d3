/* Words, pieces, vocabularies: what is read from a catalogue and from free text. */
#include "data/subwords.h"
#include "data/words.h"

#include <aisle/rng.h>
#include <aisle/tokens.h>

#include "../support/tape.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ----------------------------------------------------------------------------------- words */

/* The words, joined by '/'. */
static void expect_words(struct slice source, const char *wanted)
{
    struct word_reader reader = { 0 };
    struct text got = { 0 };
    struct word word;

    words_begin(&reader, source);
    while (words_next(&reader, &word)) {
        if (got.length > 0) text_add_string(&got, "/");
        text_add(&got, word.text.bytes, word.text.length);
        assert_true(word.length > 0 && word.at + word.length <= source.length);
    }
    assert_false(reader.failed);
    assert_string_equal(got.bytes ? got.bytes : "", wanted);
    words_fini(&reader);
    text_fini(&got);
}

static void words_are_cut(void **state)
{
    (void)state;
    expect_words(slice_of(""), "");
    expect_words(slice_of(" - , ! "), "");
    expect_words(slice_of("Trail shoe GTX-2024, 500g"), "trail/shoe/gtx/2024/500g");
    expect_words(slice_of("Men's Crème brûlée"), "mens/creme/brulee");
    expect_words(slice_of("Mirela Vasi\xC4\x87 \xEF\xAC\x81ne"), "mirela/vasic/fine");
    expect_words(slice_of("\xE6\x88\xB7\xE5\xA4\x96\xE4\xBF\x9D\xE6\x9A\x96 A"),
                 "\xE6\x88\xB7\xE5\xA4\x96/\xE5\xA4\x96\xE4\xBF\x9D/\xE4\xBF\x9D\xE6\x9A\x96/a");
    expect_words(slice_of("\xE9\x9E\x8B"), "\xE9\x9E\x8B");
    expect_words(slice_of("\xE9\x9E\x8B\xE5\xAD\x90"), "\xE9\x9E\x8B\xE5\xAD\x90");
    expect_words((struct slice){ "red\xFFshoe\0x\x1B[31m", 16 }, "red/shoe/x/31m");
    expect_words(slice_of("0123456789012345678901234567890123456789"),
                 "01234567890123456789012345678901/23456789");
}

/* Whatever the bytes are, the words are valid, folded and in order, and reading them again gives
 * them again. */
static void any_bytes_can_be_read(void **state)
{
    static const char *const parts[] = { "a",
                                         "\xFF",
                                         "\xE6\x88\xB7",
                                         "\xE2\x80\xAE",
                                         "\xCC\x81",
                                         "'",
                                         " ",
                                         "\x1B[",
                                         "\xE3\x82\xAC",
                                         "Z",
                                         "\xF0\x9F\x98\x80",
                                         "\xEF\xB7\xBA",
                                         "\xE6",
                                         "\xC2\xBD",
                                         "9" };
    struct rng rng;
    (void)state;

    rng_init(&rng, 3);
    for (int round = 0; round < 3000; round++) {
        struct text source = { 0 };
        struct word_reader reader = { 0 }, again = { 0 };
        struct word word, once;
        size_t end = 0;
        for (uint32_t n = rng_below(&rng, 40); n > 0; n--)
            text_add_string(&source, parts[rng_below(&rng, sizeof parts / sizeof *parts)]);
        words_begin(&reader, (struct slice){ source.bytes, source.length });
        while (words_next(&reader, &word)) {
            assert_true(text_is_utf8(word.text.bytes, word.text.length));
            assert_true(word.text.length > 0 && word.at + word.length <= source.length);
            assert_true(word.at + word.length > end);
            end = word.at + word.length;
            if (word.ideographs) continue;
            words_begin(&again, word.text);
            struct text joined = { 0 };
            while (words_next(&again, &once))
                text_add(&joined, once.text.bytes, once.text.length);
            assert_true(joined.length == word.text.length &&
                        memcmp(joined.bytes, word.text.bytes, joined.length) == 0);
            text_fini(&joined);
        }
        words_fini(&reader);
        words_fini(&again);
        text_fini(&source);
    }
}

/* ---------------------------------------------------------------------------------- pieces */

enum { TWIN_WORDS = 60, TWIN_SYMBOLS = 16, TWIN_TEXT = 64 };

struct twin { /* symbols as texts */
    char symbol[TWIN_WORDS][TWIN_SYMBOLS][TWIN_TEXT];
    int n[TWIN_WORDS];
};

/* The most frequent pair, found by counting every pair of every word anew. */
static int64_t twin_best(const struct twin *twin, const int32_t *count, int words,
                         const struct interned *subwords, char left[TWIN_TEXT],
                         char right[TWIN_TEXT])
{
    int64_t best = 0;
    int32_t best_left = -1, best_right = -1;

    for (int w = 0; w < words; w++) {
        for (int i = 0; i + 1 < twin->n[w]; i++) {
            const char *a = twin->symbol[w][i], *b = twin->symbol[w][i + 1];
            int64_t sum = 0;
            for (int v = 0; v < words; v++)
                for (int j = 0; j + 1 < twin->n[v]; j++)
                    if (strcmp(twin->symbol[v][j], a) == 0 &&
                        strcmp(twin->symbol[v][j + 1], b) == 0)
                        sum += count[v];
            const int32_t l = interned_find(subwords, 0, slice_of(a));
            const int32_t r = interned_find(subwords, 0, slice_of(b));
            if (sum > best ||
                (sum == best && (l < best_left || (l == best_left && r < best_right)))) {
                best = sum;
                best_left = l;
                best_right = r;
                strcpy(left, a);
                strcpy(right, b);
            }
        }
    }
    return best;
}

static void twin_merge(struct twin *twin, int words, const char *left, const char *right)
{
    for (int w = 0; w < words; w++) {
        int kept = 0;
        for (int i = 0; i < twin->n[w]; i++) {
            bool here = i + 1 < twin->n[w] && strcmp(twin->symbol[w][i], left) == 0 &&
                        strcmp(twin->symbol[w][i + 1], right) == 0;
            char joined[TWIN_TEXT];
            snprintf(joined, sizeof joined, "%.31s%.31s", twin->symbol[w][i], here ? right : "");
            strcpy(twin->symbol[w][kept++], joined);
            i += here;
        }
        twin->n[w] = kept;
    }
}

static void subwords_equal_the_twin(void **state)
{
    static struct twin twin;
    struct rng rng;
    (void)state;

    rng_init(&rng, 11);
    for (int round = 0; round < 30; round++) {
        struct interned words = { 0 }, subwords = { 0 };
        int32_t count[TWIN_WORDS];
        for (int w = 0; w < TWIN_WORDS; w++) {
            char text[16];
            uint32_t n = 1 + rng_below(&rng, 9);
            for (uint32_t i = 0; i < n; i++)
                text[i] = (char)('a' + rng_below(&rng, round % 2 ? 2 : 5));
            interned_add(&words, 0, (struct slice){ text, n }, NULL);
        }
        const int n = words.names.names.n;
        for (int w = 0; w < n; w++) {
            const struct slice word = names_get(&words.names.names, w);
            count[w] = 1 + (int32_t)rng_below(&rng, 3);
            twin.n[w] = (int)word.length;
            for (int i = 0; i < twin.n[w]; i++)
                snprintf(twin.symbol[w][i], TWIN_TEXT, "%s%c", i ? "" : WORD_START, word.bytes[i]);
        }
        const struct word_counts counts = { &words.names.names, count };
        assert_true(subwords_learn(&counts, 60, &subwords, NULL, NULL));
        int32_t made = 0; /* letters come first: they have no pair */
        while (made < subwords.names.names.n) {
            const struct slice subword = names_get(&subwords.names.names, made);
            const size_t mark = memcmp(subword.bytes, WORD_START, 1) == 0 ? strlen(WORD_START) : 0;
            if (subword.length - mark != 1) break;
            made++;
        }
        assert_true(made <= 10);
        for (;;) {
            char left[TWIN_TEXT], right[TWIN_TEXT], joined[2 * TWIN_TEXT];
            const int64_t best = twin_best(&twin, count, n, &subwords, left, right);
            if (best < 2 || made == 60) break;
            snprintf(joined, sizeof joined, "%s%s", left, right);
            const int32_t index = interned_find(&subwords, 0, slice_of(joined));
            assert_true(index >= 0 && index <= made); /* made now, or once before another way */
            made += index == made;
            twin_merge(&twin, n, left, right);
        }
        assert_int_equal(made, subwords.names.names.n);
        interned_fini(&words);
        interned_fini(&subwords);
    }
}

/* -------------------------------------------------------------------------------- catalogue */

static void fact(struct dataset_builder *builder, int32_t item, const char *name, const char *value)
{
    assert_true(dataset_builder_set_item(builder, item, slice_of(name), slice_of(value), NULL));
}

/* 40 items: jackets of Nordlys, espresso of Mokka; prices 1..40. */
static const struct dataset *shop(int32_t n)
{
    struct dataset_builder *builder = dataset_builder_new(NULL, NULL);
    char id[16], title[64];

    assert_non_null(builder);
    for (int32_t i = 0; i < n; i++) {
        snprintf(id, sizeof id, "i%d", i);
        if (i % 2)
            snprintf(title, sizeof title, "Espresso machine no %d", i);
        else
            snprintf(title, sizeof title, "Warm %s no %d", i % 4 ? "jackets" : "jacket", i);
        assert_true(dataset_builder_add_item(builder, slice_of(id), slice_of(title), NULL));
        fact(builder, i, "brand",
             i % 2 ? "Mokka S\xC3\xBC"
                     "d"
                   : "Nordlys");
        fact(builder, i, "category", i % 2 ? "Kitchen & bar" : "Wear|Outdoor");
        snprintf(id, sizeof id, "%d.50", i + 1);
        fact(builder, i, "price", id);
        snprintf(id, sizeof id, "2024-01-%02d", 1 + i % 28);
        fact(builder, i, "released", id);
        fact(builder, i, "stock", id);
        fact(builder, i, "everywhere", "yes");
    }
    const struct dataset *dataset = dataset_builder_finish(builder, 0, NULL, NULL);
    assert_non_null(dataset);
    return dataset;
}

static int32_t token_named(const struct vocabulary *vocabulary, const char *name)
{
    struct text text = { 0 };
    int32_t found = -1;

    for (int32_t t = 0; t < vocabulary_size(vocabulary); t++) {
        text_clear(&text);
        vocabulary_name(vocabulary, t, &text);
        if (strcmp(text.bytes, name) == 0) found = t;
    }
    text_fini(&text);
    return found;
}

static bool row_has(const struct item_tokens *rows, int32_t item, int32_t token)
{
    for (int64_t at = rows->offset[item]; at < rows->offset[item + 1]; at++)
        if (rows->token[at] == token) return true;
    return false;
}

static void check_rows(const struct vocabulary *vocabulary, const struct item_tokens *rows)
{
    int32_t *items = calloc((size_t)rows->n_tokens + 1, sizeof *items);

    assert_int_equal(rows->n_tokens, vocabulary_size(vocabulary));
    for (int64_t at = 0; at < rows->offset[rows->n_items]; at++)
        items[rows->token[at]]++;
    for (int32_t i = 0; i < rows->n_items; i++)
        for (int64_t at = rows->offset[i] + 1; at < rows->offset[i + 1]; at++)
            assert_true(rows->token[at] > rows->token[at - 1]);
    for (int32_t t = 0; t < rows->n_tokens; t++) {
        assert_true(items[t] > 0);
        assert_int_equal(items[t], vocabulary_items(vocabulary, t));
        assert_true(vocabulary_weight(vocabulary, t) >= 0 && vocabulary_weight(vocabulary, t) <= 1);
    }
    free(items);
}

static void a_catalogue_becomes_tokens(void **state)
{
    const struct dataset *dataset = shop(40);
    struct item_tokens rows, again;
    struct vocabulary *vocabulary = vocabulary_learn(dataset, NULL, &rows, NULL, NULL);
    (void)state;

    assert_non_null(vocabulary);
    check_rows(vocabulary, &rows);
    const int32_t nordlys = token_named(vocabulary, "brand Nordlys");
    const int32_t jacket = token_named(vocabulary, "word jacket");
    const int32_t jackets = token_named(vocabulary, "word jackets");
    const int32_t outdoor = token_named(vocabulary, "category Outdoor");
    assert_true(nordlys >= 0 && jacket >= 0 && jackets >= 0 && outdoor >= 0);
    assert_int_equal(vocabulary_kind(vocabulary, nordlys), TOKEN_VALUE);
    assert_int_equal(vocabulary_kind(vocabulary, jacket), TOKEN_WORD);
    assert_int_equal(vocabulary_items(vocabulary, nordlys), 20);
    for (int32_t i = 0; i < 40; i++) {
        assert_int_equal(row_has(&rows, i, nordlys), i % 2 == 0);
        assert_int_equal(row_has(&rows, i, outdoor), i % 2 == 0);
        assert_int_equal(row_has(&rows, i, jackets), i % 4 == 2);
        assert_int_equal(row_has(&rows, i, jacket), i % 2 == 0); /* jackets are jackets */
    }
    /* Eight bands of five prices; each item is in one. What the shop keeps to itself, and what all
     * items have, is no token. */
    assert_int_equal(vocabulary_items(vocabulary, token_named(vocabulary, "price 1.50 to 5.50")),
                     5);
    assert_true(row_has(&rows, 39, token_named(vocabulary, "price 36.50 to 40.50")));
    assert_true(token_named(vocabulary, "released 2024-01-01 to 2024-01-03") >= 0);
    for (int32_t t = 0; t < vocabulary_size(vocabulary); t++) {
        struct text name = { 0 };
        vocabulary_name(vocabulary, t, &name);
        assert_null(strstr(name.bytes, "stock"));
        assert_null(strstr(name.bytes, "everywhere"));
        text_fini(&name);
    }
    assert_true(item_tokens_make(&again, vocabulary, dataset, NULL, NULL));
    assert_memory_equal(again.offset, rows.offset, 41 * sizeof *rows.offset);
    assert_memory_equal(again.token, rows.token, (size_t)rows.offset[40] * sizeof *rows.token);
    item_tokens_fini(&again);

    struct sparse features;
    assert_true(item_tokens_weigh(&rows, vocabulary, &features, NULL));
    for (int32_t i = 0; i < 40; i++) {
        double square = 0;
        for (int64_t at = features.start[i]; at < features.start[i + 1]; at++)
            square += pow((double)features.value[at], 2);
        assert_true(fabs(square - 1) < 1e-5);
    }
    sparse_fini(&features);
    item_tokens_fini(&rows);
    vocabulary_free(vocabulary);
    dataset_release(dataset);
}

/* A catalogue that the vocabulary has not seen: new words by their pieces, new numbers by their
 * band, new attributes not at all. */
static void newer_items_are_read(void **state)
{
    const struct dataset *dataset = shop(40);
    struct vocabulary *vocabulary = vocabulary_learn(dataset, NULL, NULL, NULL, NULL);
    struct dataset_builder *builder = dataset_builder_new(NULL, NULL);
    struct item_tokens rows;
    (void)state;

    assert_true(dataset_builder_add_item(builder, slice_of("new"),
                                         slice_of("JACKETS \xD0\x96\xD0\x96 zzz"), NULL));
    fact(builder, 0, "size", "XL");
    fact(builder, 0, "price", "9999");
    fact(builder, 0, "brand", "Nordlys");
    const struct dataset *newer = dataset_builder_finish(builder, 0, NULL, NULL);
    assert_true(item_tokens_make(&rows, vocabulary, newer, NULL, NULL));
    assert_true(row_has(&rows, 0, token_named(vocabulary, "word jacket")));
    assert_true(row_has(&rows, 0, token_named(vocabulary, "price 36.50 to 40.50")));
    assert_true(row_has(&rows, 0, token_named(vocabulary, "brand Nordlys")));
    assert_int_equal(rows.n_tokens, vocabulary_size(vocabulary));
    item_tokens_fini(&rows);
    vocabulary_free(vocabulary);
    dataset_release(dataset);
    dataset_release(newer);
}

static bool reads(const struct vocabulary *vocabulary, const char *text, const char *name)
{
    struct read_token tokens[64];
    const int32_t n = vocabulary_read(vocabulary, slice_of(text), tokens, 64, NULL);
    const int32_t wanted = token_named(vocabulary, name);

    assert_true(n >= 0);
    for (int32_t i = 0; i < n; i++) {
        assert_true(tokens[i].at + tokens[i].length <= strlen(text) && tokens[i].length > 0);
        if (tokens[i].token == wanted) return true;
    }
    return false;
}

static void free_text_is_read(void **state)
{
    const struct dataset *dataset = shop(40);
    struct vocabulary *vocabulary = vocabulary_learn(dataset, NULL, NULL, NULL, NULL);
    struct read_token tokens[64];
    (void)state;

    assert_true(reads(vocabulary, "User 123 wants a WARM jacket for a child", "word warm"));
    assert_true(reads(vocabulary, "something for espresso", "word espresso"));
    assert_true(reads(vocabulary, "jackets", "word jacket"));
    assert_true(reads(vocabulary, "a mokka sud, please",
                      "brand Mokka S\xC3\xBC"
                      "d"));
    assert_true(reads(vocabulary, "kitchen bar", "category Kitchen & bar"));
    assert_false(reads(vocabulary, "quantum chromodynamics", "word warm"));
    assert_int_equal(
        vocabulary_read(vocabulary, slice_of("the user wants something for me"), tokens, 64, NULL),
        0);
    assert_int_equal(vocabulary_read(vocabulary, slice_of("warm warm warm"), tokens, 2, NULL), 2);
    assert_int_equal(vocabulary_read(vocabulary, slice_of(""), tokens, 64, NULL), 0);

    /* A word of a megabyte, and a megabyte of words, both hostile. */
    static char large[1 << 20];
    memset(large, 'a', sizeof large);
    assert_true(
        vocabulary_read(vocabulary, (struct slice){ large, sizeof large }, tokens, 64, NULL) >= 0);
    for (size_t i = 0; i + 8 <= sizeof large; i += 8)
        memcpy(large + i, i % 3 ? "\x1B]0;\xFF\xE2\x80" : "jacket \xC0", 8);
    const int32_t n =
        vocabulary_read(vocabulary, (struct slice){ large, sizeof large }, tokens, 64, NULL);
    assert_int_equal(n, 64);
    vocabulary_free(vocabulary);
    dataset_release(dataset);
}

static void empty_catalogues_stand(void **state)
{
    struct read_token tokens[4];
    (void)state;

    for (int32_t n = 0; n < 3; n++) {
        struct dataset_builder *builder = dataset_builder_new(NULL, NULL);
        struct item_tokens rows;
        for (int32_t i = 0; i < n; i++)
            assert_true(dataset_builder_add_item(builder, slice_of("i"), slice_of(""), NULL));
        const struct dataset *dataset = dataset_builder_finish(builder, 0, NULL, NULL);
        struct vocabulary *vocabulary = vocabulary_learn(dataset, NULL, &rows, NULL, NULL);
        assert_non_null(vocabulary);
        assert_int_equal(vocabulary_size(vocabulary), 0);
        assert_int_equal(rows.offset[n], 0);
        assert_int_equal(vocabulary_read(vocabulary, slice_of("a jacket"), tokens, 4, NULL), 0);
        item_tokens_fini(&rows);
        vocabulary_free(vocabulary);
        dataset_release(dataset);
    }
}

/* ------------------------------------------------------------------------------------ bytes */

static struct vocabulary *load(struct tape *tape, struct item_tokens *rows)
{
    struct error error = { 0 };
    struct byte_reader reader;
    bool good;

    tape->at = 0;
    *rows = (struct item_tokens){ 0 };
    bytes_read_open(&reader, tape_get, tape, &error);
    struct vocabulary *vocabulary = vocabulary_load(&reader, &error);
    good = vocabulary && item_tokens_load(rows, &reader, &error) && bytes_read_close(&reader);
    if (good) return vocabulary;
    assert_true(error.code != ERROR_NONE);
    item_tokens_fini(rows);
    vocabulary_free(vocabulary);
    return NULL;
}

static void what_is_saved_is_read_again(void **state)
{
    struct tape tape = { 0 }, damaged = { 0 };
    const struct dataset *dataset = shop(40);
    struct error error = { 0 };
    struct item_tokens rows, back;
    struct byte_writer writer;
    struct rng rng;
    struct vocabulary *vocabulary = vocabulary_learn(dataset, NULL, &rows, NULL, NULL);
    (void)state;

    bytes_write_open(&writer, tape_put, &tape, &error);
    vocabulary_save(vocabulary, &writer);
    item_tokens_save(&rows, &writer);
    assert_true(bytes_write_close(&writer));
    struct vocabulary *again = load(&tape, &back);
    assert_non_null(again);
    assert_int_equal(vocabulary_size(again), vocabulary_size(vocabulary));
    for (int32_t t = 0; t < vocabulary_size(again); t++)
        assert_true(vocabulary_weight(again, t) == vocabulary_weight(vocabulary, t));
    assert_int_equal(back.offset[40], rows.offset[40]);
    assert_memory_equal(back.token, rows.token, (size_t)rows.offset[40] * sizeof *rows.token);
    assert_true(reads(again, "jackets of nordlys", "brand Nordlys"));
    item_tokens_fini(&back);
    vocabulary_free(again);

    /* Cut anywhere, or changed anywhere: refused, and nothing is read beyond what is there. */
    rng_init(&rng, 1);
    assert_true(tape_reserve(&damaged, tape.length));
    for (int round = 0; round < 4000; round++) {
        damaged.length = tape.length;
        memcpy(damaged.bytes, tape.bytes, tape.length);
        if (round % 2)
            damaged.length = rng_below(&rng, (uint32_t)tape.length);
        else
            damaged.bytes[rng_below(&rng, (uint32_t)tape.length)] ^=
                (unsigned char)(1 << round % 8);
        assert_null(load(&damaged, &back));
    }
    tape_fini(&damaged);
    tape_fini(&tape);
    item_tokens_fini(&rows);
    vocabulary_free(vocabulary);
    dataset_release(dataset);
}

static void learning_can_be_cancelled(void **state)
{
    const struct dataset *dataset = shop(40);
    struct progress progress = { 0 };
    struct error error = { 0 };
    (void)state;

    progress_cancel(&progress);
    assert_null(vocabulary_learn(dataset, NULL, NULL, &progress, &error));
    assert_int_equal(error.code, ERROR_CANCELLED);
    dataset_release(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_cut),
        cmocka_unit_test(any_bytes_can_be_read),
        cmocka_unit_test(subwords_equal_the_twin),
        cmocka_unit_test(a_catalogue_becomes_tokens),
        cmocka_unit_test(newer_items_are_read),
        cmocka_unit_test(free_text_is_read),
        cmocka_unit_test(empty_catalogues_stand),
        cmocka_unit_test(what_is_saved_is_read_again),
        cmocka_unit_test(learning_can_be_cancelled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
