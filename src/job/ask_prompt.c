/* ask_prompt.c - from a prompt to a user, purchases and words. */
#include "aisle/ask.h"
#include "aisle/tokens.h"

#include "exchange/sentence.h"

#include <stdlib.h>
#include <string.h>

enum {
    PURCHASES_MAX = 4096,
    ID_WORDS = 8,      /* of an id with blanks that stands without quotes */
    SENTENCE_DOTS = 8, /* dots inside one sentence: of times, prices and ids */
    PROMPT_MAX = 1 << 20
};

static void advance(struct slice *rest, size_t length)
{
    rest->bytes += length;
    rest->length -= length;
    *rest = slice_trim(*rest);
}

/* Is it in the data already? Then a prompt that repeats it says nothing new. */
static bool is_known(const struct dataset *dataset, int32_t user, int32_t item, int64_t time)
{
    if (user < 0) return false;
    for (int64_t at = dataset->sequence[user]; at < dataset->sequence[user + 1]; at++) {
        const struct event event = dataset_event(dataset, at);
        if (event.item == item && event.time == time) return true;
    }
    return false;
}

static bool add_purchase(struct ask_prompt *prompt, const struct dataset *dataset, int32_t item,
                         int64_t time, struct error *error)
{
    if (is_known(dataset, prompt->user, item, time)) return true;
    if (prompt->n_with == PURCHASES_MAX)
        return error_set(error, ERROR_INPUT, "a prompt has at most %d purchases", PURCHASES_MAX);
    const size_t capacity = (size_t)prompt->n_with + 1;
    int32_t *with = realloc(prompt->with, capacity * sizeof *with);
    if (with) prompt->with = with;
    int64_t *with_time = realloc(prompt->with_time, capacity * sizeof *with_time);
    if (with_time) prompt->with_time = with_time;
    if (!with || !with_time) return error_memory(error, "a prompt");
    if (time == MOMENT_NONE) time = dataset->last_time;
    int32_t at = prompt->n_with++;
    for (; at > 0 && prompt->with_time[at - 1] > time; at--) {
        prompt->with[at] = prompt->with[at - 1];
        prompt->with_time[at] = prompt->with_time[at - 1];
    }
    prompt->with[at] = item;
    prompt->with_time[at] = time;
    return true;
}

static bool name_user(struct ask_prompt *prompt, const struct dataset *dataset, struct slice id,
                      struct error *error)
{
    prompt->user = names_find(&dataset->user_ids, id);
    text_clear(&prompt->user_id);
    text_add(&prompt->user_id, id.bytes, id.length);
    return !prompt->user_id.failed || error_memory(error, "a prompt");
}

static bool is_purchase(enum event_type type)
{
    return type == EVENT_PURCHASE || type == EVENT_RATING || type == EVENT_WEIGHT;
}

/* One sentence of the corpus at the beginning of the rest. *read tells whether there was one. */
static bool read_sentence(struct ask_prompt *prompt, const struct dataset *dataset,
                          struct slice *rest, struct text *user, struct text *item, bool *read,
                          struct error *error)
{
    int dots = 0;

    *read = false;
    for (size_t end = 0; end < rest->length && dots < SENTENCE_DOTS; end++) {
        struct record record = { .time = MOMENT_NONE };
        if (rest->bytes[end] != '.') continue;
        dots++;
        if (end + 1 < rest->length && rest->bytes[end + 1] != ' ' && rest->bytes[end + 1] != '\n')
            continue;
        if (sentence_parse((struct slice){ rest->bytes, end + 1 }, user, item, &record)) continue;
        const int32_t found = names_find(&dataset->item_ids, record.item);
        if (found < 0)
            return error_set(error, ERROR_MISSING,
                             "the prompt names the item '%.*s', which is not "
                             "there",
                             record.item.length < 200 ? (int)record.item.length : 200,
                             record.item.bytes);
        if (!name_user(prompt, dataset, record.user, error)) return false;
        if (is_purchase(record.type) && !add_purchase(prompt, dataset, found, record.time, error))
            return false;
        advance(rest, end + 1);
        *read = true;
        return true;
    }
    return true;
}

static bool is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static struct slice without_marks(struct slice id)
{
    while (id.length > 0 && memchr(":,;.?!", id.bytes[id.length - 1], 6))
        id.length--;
    return id;
}

/* The longest run of words that is the id of a user; its length as it stands, 0 where none is. */
static size_t known_user(const struct dataset *dataset, struct slice rest, struct slice *id)
{
    size_t found = 0;
    int words = 0;

    for (size_t end = 1; end <= rest.length && words < ID_WORDS; end++) {
        if (end < rest.length && !is_blank(rest.bytes[end])) continue;
        if (is_blank(rest.bytes[end - 1])) continue;
        words++;
        const struct slice whole = { rest.bytes, end }, bare = without_marks(whole);
        if (names_find(&dataset->user_ids, whole) >= 0)
            *id = whole;
        else if (bare.length > 0 && names_find(&dataset->user_ids, bare) >= 0)
            *id = bare;
        else
            continue;
        found = end;
    }
    return found;
}

static bool has_digit(struct slice text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.bytes[i] >= '0' && text.bytes[i] <= '9') return true;
    return false;
}

/* "User 123 …". Where what follows is clearly meant as an id, it has to be one. */
static bool read_user(struct ask_prompt *prompt, const struct dataset *dataset, struct slice *rest,
                      struct text *buffer, struct error *error)
{
    struct slice after, id;
    bool meant;

    if (rest->length < 6 || !is_blank(rest->bytes[4]) ||
        !slice_equal_fold((struct slice){ rest->bytes, 4 }, "user"))
        return true;
    after = slice_trim((struct slice){ rest->bytes + 4, rest->length - 4 });
    const size_t length = known_user(dataset, after, &id);
    if (length > 0) {
        advance(&after, length);
        *rest = after;
        return name_user(prompt, dataset, id, error);
    }
    meant = after.length > 0 && after.bytes[0] == '"';
    if (!word_take(&after, buffer, &id)) return true;
    if (!meant) id = without_marks(id);
    meant = meant || has_digit(id);
    if (names_find(&dataset->user_ids, id) >= 0 ||
        (prompt->n_with > 0 && prompt->user_id.length == id.length &&
         memcmp(prompt->user_id.bytes, id.bytes, id.length) == 0)) {
        *rest = slice_trim(after);
        return name_user(prompt, dataset, id, error);
    }
    return !meant || error_set(error, ERROR_MISSING,
                               "there is no user '%.*s': 'aisle -d FILE users' lists them",
                               id.length < 200 ? (int)id.length : 200, id.bytes);
}

bool ask_parse(struct ask_prompt *prompt, const struct dataset *dataset, struct slice text,
               struct error *error)
{
    struct text user = { 0 }, item = { 0 };
    struct slice rest = slice_trim(text);
    bool read = true, good = true;
    size_t from = 0;

    *prompt = (struct ask_prompt){ .user = -1 };
    if (rest.length > PROMPT_MAX) rest.length = PROMPT_MAX;
    while (good && read)
        good = read_sentence(prompt, dataset, &rest, &user, &item, &read, error);
    good = good && read_user(prompt, dataset, &rest, &user, error) &&
           free_text_from(rest, &from, error);
    for (size_t i = from; good && i < rest.length; i++)
        text_add(&prompt->words, rest.bytes[i] ? &rest.bytes[i] : " ", 1);
    if (prompt->words.failed) good = error_memory(error, "a prompt");
    text_fini(&user);
    text_fini(&item);
    if (!good) ask_prompt_fini(prompt);
    return good;
}

void ask_prompt_fini(struct ask_prompt *prompt)
{
    text_fini(&prompt->user_id);
    text_fini(&prompt->words);
    free(prompt->with);
    free(prompt->with_time);
    *prompt = (struct ask_prompt){ .user = -1 };
}
