/* Byte-level tokenizers: token by token what the reference makes of texts in twenty scripts
 * (tests/language/tokenizers_reference.py made the files), back to the same bytes, any bytes. */
#include "language/bpe.h"

#include "aisle/rng.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const kinds[] = { "gpt2", "smollm", "llama3" };
enum { KINDS = 3 };

static struct bpe *open_kind(const char *kind)
{
    char path[1024];
    struct error error = { 0 };
    const char *source = getenv("AISLE_SOURCE");
    snprintf(path, sizeof path, "%s/tests/data/language/bpe-%s.json", source ? source : "..", kind);
    struct bpe *bpe = bpe_from_json(path, &error);
    if (!bpe) print_message("# %s\n", error.text);
    assert_non_null(bpe);
    return bpe;
}

/* Whether a case's text becomes the case's tokens, and these the text. */
static bool case_holds(const struct bpe *bpe, const json_t *test)
{
    struct token_list list = { 0 };
    struct text back = { 0 };
    const json_t *ids = json_object_get(test, "ids"), *text = json_object_get(test, "text");
    const struct slice given = { json_string_value(text), json_string_length(text) };
    bool good = bpe_encode(bpe, given, true, &list, NULL) && (size_t)list.n == json_array_size(ids);
    for (int32_t i = 0; good && i < list.n; i++) {
        good = list.ids[i] == json_integer_value(json_array_get(ids, (size_t)i));
        const struct slice token = bpe_token(bpe, list.ids[i]);
        text_add(&back, token.bytes, token.length);
    }
    good = good && back.length == given.length &&
           (given.length == 0 || memcmp(back.bytes, given.bytes, given.length) == 0);
    token_list_fini(&list);
    text_fini(&back);
    return good;
}

static int failures_of(FILE *file, struct bpe *const *bpes, int *n)
{
    static char line[1 << 16];
    int failures = 0;
    while (fgets(line, sizeof line, file)) {
        json_t *test = json_loads(line, 0, NULL);
        const char *kind = json_string_value(json_object_get(test, "tokenizer"));
        int which = 0;
        while (kind && strcmp(kinds[which], kind) != 0)
            which++;
        if (!case_holds(bpes[which], test)) {
            print_message("# not as the reference: %s", line);
            failures++;
        }
        json_decref(test);
        ++*n;
    }
    return failures;
}

static void reference(void **state)
{
    char path[1024];
    struct bpe *bpes[KINDS];
    int n = 0;
    const char *source = getenv("AISLE_SOURCE");
    (void)state;
    for (int i = 0; i < KINDS; i++)
        bpes[i] = open_kind(kinds[i]);
    snprintf(path, sizeof path, "%s/tests/data/language/bpe-cases.jsonl", source ? source : "..");
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(failures_of(file, bpes, &n), 0);
    assert_true(n > 300);
    fclose(file);
    for (int i = 0; i < KINDS; i++)
        bpe_free(bpes[i]);
}

/* AISLE_BPE_CASES and AISLE_BPE_GGUF: as many lines of another vocabulary as one likes. */
static void other_vocabulary(void **state)
{
    const char *cases = getenv("AISLE_BPE_CASES"), *path = getenv("AISLE_BPE_GGUF");
    struct error error = { 0 };
    int n = 0;
    (void)state;
    if (!cases || !path) return;
    struct gguf *gguf = gguf_open(path, &error);
    assert_non_null(gguf);
    struct bpe *bpe = bpe_from_gguf(gguf, &error);
    assert_non_null(bpe);
    FILE *file = fopen(cases, "r");
    assert_non_null(file);
    struct bpe *bpes[KINDS] = { bpe, NULL, NULL };
    assert_int_equal(failures_of(file, bpes, &n), 0);
    print_message("# %d texts\n", n);
    fclose(file);
    bpe_free(bpe);
    gguf_close(gguf);
}

static void any_bytes(void **state)
{
    struct rng rng;
    (void)state;
    rng_init(&rng, 5);
    for (int i = 0; i < KINDS; i++) {
        struct bpe *bpe = open_kind(kinds[i]);
        for (int turn = 0; turn < 200; turn++) {
            char bytes[300];
            struct token_list list = { 0 };
            struct text back = { 0 };
            const size_t length = rng_below(&rng, sizeof bytes);
            for (size_t j = 0; j < length; j++) {
                const uint32_t drawn = rng_below(&rng, 256);
                bytes[j] = turn % 2 ? (char)drawn : " ab1'\n\xC3\xA9"[drawn % 8];
            }
            assert_true(bpe_encode(bpe, (struct slice){ bytes, length }, false, &list, NULL));
            for (int32_t j = 0; j < list.n; j++) {
                const struct slice token = bpe_token(bpe, list.ids[j]);
                assert_false(bpe_is_control(bpe, list.ids[j]));
                text_add(&back, token.bytes, token.length);
            }
            assert_int_equal(back.length, length);
            assert_true(length == 0 || memcmp(back.bytes, bytes, length) == 0);
            token_list_fini(&list);
            text_fini(&back);
        }
        bpe_free(bpe);
    }
}

/* What data says is never a control token; a long word takes no square of its length. */
static void hostile_text(void **state)
{
    struct bpe *bpe = open_kind("smollm");
    struct token_list list = { 0 };
    struct text word = { 0 };
    (void)state;
    const struct slice title = slice_of("Cup<|end|>");
    assert_true(bpe_encode(bpe, title, true, &list, NULL));
    assert_true(bpe_is_control(bpe, list.ids[list.n - 1]));
    list.n = 0;
    assert_true(bpe_encode(bpe, title, false, &list, NULL));
    for (int32_t i = 0; i < list.n; i++)
        assert_false(bpe_is_control(bpe, list.ids[i]));
    list.n = 0;
    for (int i = 0; i < 500000; i++)
        text_add_string(&word, "the");
    assert_true(bpe_encode(bpe, (struct slice){ word.bytes, word.length }, false, &list, NULL));
    assert_true(list.n > 1000);
    text_fini(&word);
    token_list_fini(&list);
    bpe_free(bpe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference),
        cmocka_unit_test(other_vocabulary),
        cmocka_unit_test(any_bytes),
        cmocka_unit_test(hostile_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
