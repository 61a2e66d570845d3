/* Tokenizers: equal to the library that is the reference, on what it said of 303 texts in 20
 * scripts (tests/data/tokenizer, made by make.py there); files that lie are refused. */
#include "language/tokenizer.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *data_file(const char *name, size_t *length)
{
    char path[1024];
    const char *source = getenv("AISLE_SOURCE");
    snprintf(path, sizeof path, "%s/tests/data/tokenizer/%s", source ? source : ".", name);
    FILE *file = fopen(path, "rb");
    if (!file) fail_msg("%s cannot be opened", path);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *length = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*length + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *length, file), *length);
    bytes[*length] = '\0';
    assert_int_equal(fclose(file), 0);
    return bytes;
}

static struct tokenizer *tokenizer_of(const char *name)
{
    size_t length;
    struct error error = { 0 };
    char *bytes = data_file(name, &length);
    struct tokenizer *tokenizer =
        tokenizer_read_json(name, (struct slice){ bytes, length }, &error);
    if (!tokenizer) fail_msg("%s", error.text);
    free(bytes);
    return tokenizer;
}

/* "12 7 300" */
static void check_tokens(const struct tokenizer *tokenizer, const char *text, const char *expected)
{
    struct text got = { 0 };
    struct token_list list = { 0 };
    struct error error = { 0 };

    assert_true(tokenizer_encode(tokenizer, slice_of(text), INT32_MAX, &list, &error));
    text_add_string(&got, "");
    for (int32_t i = 0; i < list.n; i++)
        text_format(&got, "%s%d", i ? " " : "", list.ids[i]);
    if (strcmp(got.bytes ? got.bytes : "", expected) != 0)
        fail_msg("'%s' is\n%s, wanted\n%s", text, got.bytes, expected);
    text_fini(&got);
    token_list_fini(&list);
}

static void is_the_reference(void **state)
{
    size_t length;
    int lines = 0;
    char *bytes = data_file("expected.tsv", &length), *line = bytes;
    struct tokenizer *wordpiece = tokenizer_of("wordpiece.json");
    struct tokenizer *unigram = tokenizer_of("unigram.json");

    (void)state;
    for (char *end; (end = strchr(line, '\n')); line = end + 1, lines++) {
        *end = '\0';
        char *first = strchr(line, '\t');
        assert_non_null(first);
        *first++ = '\0';
        char *second = strchr(first, '\t');
        assert_non_null(second);
        *second++ = '\0';
        json_t *text = json_loads(line, JSON_DECODE_ANY, NULL);
        assert_true(json_is_string(text));
        check_tokens(wordpiece, json_string_value(text), first);
        check_tokens(unigram, json_string_value(text), second);
        json_decref(text);
    }
    assert_true(lines > 300);
    tokenizer_free(wordpiece);
    tokenizer_free(unigram);
    free(bytes);
}

static void ends_are_found(void **state)
{
    struct tokenizer *wordpiece = tokenizer_of("wordpiece.json");
    struct tokenizer *unigram = tokenizer_of("unigram.json");

    (void)state;
    assert_true(slice_equal(tokenizer_piece(wordpiece, tokenizer_first(wordpiece)), "[CLS]"));
    assert_true(slice_equal(tokenizer_piece(wordpiece, tokenizer_last(wordpiece)), "[SEP]"));
    assert_true(slice_equal(tokenizer_piece(unigram, tokenizer_first(unigram)), "<s>"));
    assert_true(slice_equal(tokenizer_piece(unigram, tokenizer_last(unigram)), "</s>"));
    tokenizer_free(wordpiece);
    tokenizer_free(unigram);
}

/* Bytes that are no UTF-8 and very long texts are taken; `max` bounds the work. */
static void any_bytes_are_taken(void **state)
{
    enum { LONG = 100000 };
    static char bytes[LONG];
    const char *const names[] = { "wordpiece.json", "unigram.json" };

    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        struct tokenizer *tokenizer = tokenizer_of(names[kind]);
        for (int i = 0; i < LONG; i++)
            bytes[i] = (char)(i % 1000 * i % 251 + i / 7);
        for (size_t length = 0; length < 300; length++) {
            struct token_list list = { 0 };
            assert_true(tokenizer_encode(tokenizer, (struct slice){ bytes + length, length },
                                         INT32_MAX, &list, NULL));
            for (int32_t i = 0; i < list.n; i++)
                assert_in_range(list.ids[i], 0, tokenizer_size(tokenizer) - 1);
            token_list_fini(&list);
        }
        struct token_list list = { 0 };
        for (int i = 0; i < LONG; i++)
            bytes[i] = i % 2 ? ' ' : 'x';
        assert_true(tokenizer_encode(tokenizer, (struct slice){ bytes, LONG }, 40, &list, NULL));
        assert_in_range(list.n, 40, 60);
        token_list_fini(&list);
        tokenizer_free(tokenizer);
    }
}

static void lies_are_refused(void **state)
{
    static const char *const files[] = {
        "",
        "[]",
        "{}",
        "{\"model\":7}",
        "{\"model\":{\"type\":\"BPE\"}}",
        "{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":0}}}",
        "{\"normalizer\":{\"type\":\"BertNormalizer\"},\"pre_tokenizer\":{\"type\":"
        "\"BertPreTokenizer\"},\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":99999999}}}",
        "{\"normalizer\":{\"type\":\"BertNormalizer\"},\"pre_tokenizer\":{\"type\":"
        "\"BertPreTokenizer\"},\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":1,\"b\":1}}}",
        "{\"normalizer\":{\"type\":\"BertNormalizer\"},\"pre_tokenizer\":{\"type\":"
        "\"BertPreTokenizer\"},\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"[CLS]\":0,"
        "\"[SEP]\":1}}}",
        "{\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[]}}",
        "{\"model\":{\"type\":\"Unigram\",\"unk_id\":3,\"vocab\":[[\"<s>\",0],[\"</s>\",0]]}}",
        "{\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"<s>\"]]}}",
        "{\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"<s>\",\"x\"]]}}",
        "{\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"a\",-1]]}}",
        "{\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"!\"},\"model\":{"
        "\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"<s>\",0],[\"</s>\",0]]}}",
        "{\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"/////wAAAAA=\"},"
        "\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"<s>\",0],[\"</s>\",0]]}}",
        "{\"normalizer\":{\"type\":\"Mystery\"},\"model\":{\"type\":\"Unigram\",\"unk_id\":0,"
        "\"vocab\":[[\"<s>\",0],[\"</s>\",0]]}}",
        "{\"added_tokens\":[{\"id\":-1,\"content\":\"x\"}],\"model\":{\"type\":\"Unigram\","
        "\"unk_id\":0,\"vocab\":[[\"<s>\",0],[\"</s>\",0]]}}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct error error = { 0 };
        if (tokenizer_read_json("tokenizer.json", slice_of(files[i]), &error))
            fail_msg("taken: %s", files[i]);
        assert_true(error.text[0] != '\0');
    }
    assert_null(tokenizer_read_vocabulary("vocab.txt", slice_of(""), true, NULL));
    assert_null(tokenizer_read_vocabulary("vocab.txt", slice_of("a\nb\n"), true, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_the_reference),
        cmocka_unit_test(ends_are_found),
        cmocka_unit_test(any_bytes_are_taken),
        cmocka_unit_test(lies_are_refused),
    };
    return cmocka_run_group_tests_name("tokenizer", tests, NULL, NULL);
}
