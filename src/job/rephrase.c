/* rephrase.c - see rephrase.h. */
#include "rephrase.h"

#include "language/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_BYTES_MAX = 160 };
static const char slot[] = "because [1]";

/* ---- the check ----------------------------------------------------------------------------- */

/* The clause's place once, and nothing else in square brackets. */
static bool check_slot(struct slice answer, struct error *why)
{
    int brackets = 0, slots = 0;
    for (size_t i = 0; i < answer.length; i++) {
        brackets += answer.bytes[i] == '[' || answer.bytes[i] == ']';
        slots +=
            answer.length - i >= strlen(slot) && memcmp(answer.bytes + i, slot, strlen(slot)) == 0;
    }
    return (slots == 1 && brackets == 2) ||
           error_set(why, ERROR_INPUT, "what the receipt says is missing, or is there twice");
}

static bool is_listed(const char *word, const char *list)
{
    const size_t length = strlen(word);
    for (const char *at = list; (at = strstr(at, word)); at += length)
        if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == 0)) return true;
    return false;
}

/* Folded words that say a number or a month, and those that promise something. */
static bool says_number(const char *word)
{
    return is_listed(word,
                     "two three four five six seven eight nine ten eleven twelve dozen twenty "
                     "hundred thousand million percent half twice first second third january "
                     "february march april june july august september october november "
                     "december");
}

static bool promises(const char *word)
{
    return is_listed(word,
                     "free discount discounts discounted sale sales offer offers offered deal "
                     "deals guarantee guaranteed cheap cheaper cheapest price prices save "
                     "saves saving savings gift gifts voucher vouchers refund refunds win "
                     "winner best only never always exclusive exclusively limited loyalty "
                     "reward rewards delivery shipping bought purchased ordered");
}

static bool is_part_of_word(int32_t code)
{
    return text_code_class(code) != TEXT_OTHER || code == '\'';
}

/* A word of the answer, from `at` on: its bytes, 0 at the end; *begin is where it is. */
static size_t next_word(struct slice text, size_t at, size_t *begin)
{
    int32_t code;
    size_t bytes = 0, end;
    while (at < text.length) {
        bytes = text_decode(text.bytes + at, text.length - at, &code);
        if (is_part_of_word(code)) break;
        at += bytes;
    }
    *begin = end = at;
    while (end < text.length) {
        bytes = text_decode(text.bytes + end, text.length - end, &code);
        if (!is_part_of_word(code)) break;
        end += bytes;
    }
    return end - at;
}

/* Whether a word begins as names do, where no sentence begins. */
static bool is_name(struct slice answer, size_t begin, size_t length)
{
    size_t before = begin;
    const unsigned char first = (unsigned char)answer.bytes[begin];
    bool upper = first >= 'A' && first <= 'Z';
    if (first == 0xC3) /* Latin letters with accents: capitals come first */
        upper = length > 1 && (unsigned char)answer.bytes[begin + 1] < 0x9F;
    while (before > 0 && answer.bytes[before - 1] == ' ')
        before--;
    if (before == 0 || strchr(".!?:\"", answer.bytes[before - 1])) return false;
    return upper && !(length == 1 && first == 'I') &&
           !(length > 1 && first == 'I' && answer.bytes[begin + 1] == '\'');
}

static bool check_words(struct slice answer, struct error *why)
{
    size_t begin, length;
    for (size_t at = 0; (length = next_word(answer, at, &begin)) > 0; at = begin + length) {
        struct text folded = { 0 };
        const char *word = answer.bytes + begin;
        const int shown = (int)(length < 40 ? length : 40);
        if (begin > 0 && word[-1] == '[') continue; /* the slot */
        text_add_folded(&folded, word, length);
        bool number = !folded.bytes || says_number(folded.bytes);
        const bool promise = folded.bytes && promises(folded.bytes);
        for (size_t i = 0; i < length; i++)
            number = number || (word[i] >= '0' && word[i] <= '9');
        text_fini(&folded);
        if (number)
            return error_set(why, ERROR_INPUT, "a number or month of its own: '%.*s'", shown, word);
        if (promise) return error_set(why, ERROR_INPUT, "a claim of its own: '%.*s'", shown, word);
        if (is_name(answer, begin, length))
            return error_set(why, ERROR_INPUT, "a name of its own: '%.*s'", shown, word);
    }
    return true;
}

/* No title of the catalogue, nor (in German, where nouns look like names) a word with a capital
 * that stands in one: what is named stands in the slots. */
static bool check_titles(const struct dataset *dataset, struct slice answer, struct error *why)
{
    struct text folded = { 0 }, title = { 0 };
    bool good = true;
    text_add_folded(&folded, answer.bytes, answer.length);
    for (int32_t i = 0; i < dataset->n_items && good; i++) {
        const struct slice whole = names_get(&dataset->item_titles, i);
        if (whole.length < 4) continue;
        text_clear(&title);
        text_add_folded(&title, whole.bytes, whole.length);
        if (title.bytes && title.length >= 4 && folded.bytes && strstr(folded.bytes, title.bytes))
            good = error_set(why, ERROR_INPUT, "a title of its own: '%.60s'", title.bytes);
    }
    good = good && (!folded.failed && !title.failed ? true : error_memory(why, "a check"));
    text_fini(&folded);
    text_fini(&title);
    return good;
}

bool rephrase_check(const struct dataset *dataset, struct slice answer, struct error *why)
{
    if (answer.length == 0 || answer.length > ANSWER_BYTES_MAX ||
        !text_is_utf8(answer.bytes, answer.length))
        return error_set(why, ERROR_INPUT, "it is empty, too long or no text");
    for (size_t i = 0; i < answer.length; i++)
        if ((unsigned char)answer.bytes[i] < 32 || strchr("<>{}|\\@#$%&*=\"/", answer.bytes[i]))
            return error_set(why, ERROR_INPUT, "a character that no plain sentence has");
    const char end = answer.bytes[answer.length - 1];
    if (end != '.' && end != '!' && end != ']' && (unsigned char)end < 0x80)
        return error_set(why, ERROR_INPUT, "it does not end");
    return check_slot(answer, why) && check_words(answer, why) &&
           check_titles(dataset, answer, why);
}

/* ---- the question -------------------------------------------------------------------------- */

/* A turn of ChatML: control tokens by their names, the words as plain text. */
static bool add_turn(const struct bpe *bpe, const char *who, struct slice words, bool ends,
                     struct token_list *list, struct error *error)
{
    const int32_t begin = bpe_find(bpe, slice_of("<|im_start|>"));
    const int32_t end = bpe_find(bpe, slice_of("<|im_end|>"));
    if (!bpe_is_control(bpe, begin) || !bpe_is_control(bpe, end))
        return error_set(error, ERROR_INPUT,
                         "the generator knows no turns of a conversation: one that was tuned for "
                         "instructions (ChatML) is needed");
    token_list_add(list, begin);
    if (!bpe_encode(bpe, slice_of(who), false, list, error) ||
        !bpe_encode(bpe, slice_of("\n"), false, list, error) ||
        !bpe_encode(bpe, words, false, list, error))
        return false;
    if (!ends) return true;
    token_list_add(list, end);
    return bpe_encode(bpe, slice_of("\n"), false, list, error);
}

static bool add_example(const struct bpe *bpe, const char *request, const char *answer,
                        struct token_list *list, struct error *error)
{
    return add_turn(bpe, "user", slice_of(request), true, list, error) &&
           add_turn(bpe, "assistant", slice_of(answer), true, list, error);
}

static bool make_request(const struct bpe *bpe, const char *tone, struct token_list *list,
                         struct error *error)
{
    struct text asked = { 0 };
    text_format(&asked, "Tone: %s.", tone);
    const bool good =
        (!asked.failed || error_memory(error, "a question")) &&
        add_turn(bpe, "system",
                 slice_of("You write one short sentence with which a shop recommends something. It "
                          "contains: because [1]"),
                 true, list, error) &&
        add_example(bpe, "Tone: friendly.", "We thought you might like this, because [1]!", list,
                    error) &&
        add_example(bpe, "Tone: formal.", "We would like to recommend this to you because [1].",
                    list, error) &&
        add_example(bpe, "Tone: cheerful.", "Something to make you smile, because [1]!", list,
                    error) &&
        add_turn(bpe, "user", (struct slice){ asked.bytes, asked.length }, true, list, error) &&
        add_turn(bpe, "assistant", (struct slice){ "", 0 }, false, list, error);
    text_fini(&asked);
    return good && (!list->failed || error_memory(error, "a question"));
}

/* Puts the clause into a checked answer. */
static void fill_slot(struct slice answer, struct slice clause, struct text *out)
{
    const char *mark = memchr(answer.bytes, '[', answer.length);
    const size_t before = (size_t)(mark - answer.bytes);
    text_add(out, answer.bytes, before);
    text_add(out, clause.bytes, clause.length);
    text_add(out, mark + 3, answer.length - before - 3);
}

/* What the generator says to the question: drawn, each turn closer to what is likeliest. */
static bool answer_once(const struct generator *generator, struct generator_session *session,
                        const struct token_list *asked, int turn, const struct progress *progress,
                        struct text *answer, struct error *error)
{
    const struct bpe *bpe = generator_tokenizer(generator);
    const struct say_options options = { .max = 48,
                                         .temperature = 0.6 - 0.3 * turn,
                                         .seed = (uint64_t)turn,
                                         .stop = { bpe_find(bpe, slice_of("<|im_end|>")),
                                                   bpe_find(bpe, slice_of("<|endoftext|>")) },
                                         .n_stop = 2 };
    struct token_list said = { 0 };
    generator_session_rewind(session, asked->n - 1);
    const bool good =
        generator_feed(session, &asked->ids[asked->n - 1], 1, NULL, progress, error) &&
        generator_say(session, generator, &options, progress, &said, error);
    for (int32_t i = 0; i < said.n && good; i++) {
        const struct slice token = bpe_token(bpe, said.ids[i]);
        text_add(answer, token.bytes, token.length);
    }
    token_list_fini(&said);
    return good;
}

bool rephrase(const struct generator *generator, const struct dataset *dataset, const char *tone,
              struct slice clause, const struct progress *progress, struct text *out, int *refused,
              struct error *why, struct error *error)
{
    enum { CAPACITY = 512 };
    struct token_list asked = { 0 };
    struct generator_session *session = NULL;
    bool taken = false;
    bool good = make_request(generator_tokenizer(generator), tone, &asked, error) &&
                (session = generator_session_new(generator, CAPACITY, 0, error)) &&
                generator_feed(session, asked.ids, asked.n - 1, NULL, progress, error);
    *refused = 0;
    for (int turn = 0; turn < REPHRASE_TRIES && good && !taken; turn++) {
        struct text answer = { 0 };
        good = answer_once(generator, session, &asked, turn, progress, &answer, error);
        const struct slice plain =
            slice_trim((struct slice){ answer.bytes ? answer.bytes : "", answer.length });
        taken = good && rephrase_check(dataset, plain, why);
        if (taken)
            fill_slot(plain, clause, out);
        else
            ++*refused;
        text_fini(&answer);
    }
    generator_session_free(session);
    token_list_fini(&asked);
    return good;
}
