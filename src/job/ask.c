/* ask.c - who answers a prompt, and the answer. */
#include "aisle/ask.h"

#include "ask_meaning.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *ask_method_name(enum ask_method method)
{
    static const char *const names[] = {
        [ASK_LIST] = "list",
        [ASK_READ] = "read",
        [ASK_MATCHED] = "matched",
        [ASK_UNKNOWN] = "unknown",
    };
    return names[method];
}

static bool reads_words(const struct serving *serving)
{
    return model_base(serving->model)->reads_words;
}

/* Nobody without a history gets a list from most models; what sells does for everybody. */
static bool serve_anybody(struct ask_answer *answer, struct engine *engine, struct reader *reader,
                          struct progress *progress, struct error *error)
{
    struct run run;
    struct serving serving;

    if (!run_active(reader, "popular", &run, error)) return false;
    if (run.id == 0) return true;
    if (!engine_serve_now(engine, reader, NULL, run.id, &serving, progress, error)) return false;
    serving_fini(&answer->serving);
    answer->serving = serving;
    return true;
}

static bool serve(struct ask_answer *answer, struct engine *engine, struct reader *reader,
                  const struct ask_prompt *prompt, const struct ask_options *options,
                  struct progress *progress, struct error *error)
{
    const bool has_history = prompt->user >= 0 || prompt->n_with > 0;

    if (!engine_serve_now(engine, reader, options->model, 0, &answer->serving, progress, error))
        return false;
    return options->model || has_history || options->n_values > 0 ||
           serve_anybody(answer, engine, reader, progress, error);
}

static bool list_add(struct ask_list *list, const char *bytes, size_t length, struct error *error)
{
    char **text = realloc(list->text, ((size_t)list->n + 1) * sizeof *text);

    if (text) list->text = text;
    char *copy = text ? malloc(length + 1) : NULL;
    if (!copy) return error_memory(error, "the words that are asked for");
    memcpy(copy, bytes, length);
    copy[length] = '\0';
    list->text[list->n++] = copy;
    return true;
}

static void list_fini(struct ask_list *list)
{
    for (int32_t i = 0; i < list->n; i++)
        free(list->text[i]);
    free(list->text);
    *list = (struct ask_list){ 0 };
}

/* What was read, for people. */
static bool tell_request(struct ask_answer *answer, const struct ask_prompt *prompt,
                         const struct text_query *request, struct error *error)
{
    bool good = true;

    for (int32_t f = 0; good && f < request->n_filters; f++)
        good = list_add(&answer->filters, request->filters[f].words,
                        strlen(request->filters[f].words), error);
    for (int32_t t = 0; good && t < request->n_terms; t++) {
        const struct text_query_term *term = &request->terms[t];
        const char *bytes = prompt->words.bytes + term->at;
        const bool understood = word_match_understands(answer->model, t);
        good = list_add(understood ? &answer->words : &answer->not_understood, bytes, term->length,
                        error);
        if (!understood) continue;
        text_add_string(&answer->matched, answer->matched.length > 0 ? ", " : "");
        text_add(&answer->matched, bytes, term->length);
    }
    return good && (!answer->matched.failed || error_memory(error, "the words that are asked for"));
}

/* Matches by words, with the served model beside them. */
static bool match_words(struct ask_answer *answer, struct engine *engine, struct reader *reader,
                        const struct ask_prompt *prompt, const struct ask_options *options,
                        struct progress *progress, struct error *error)
{
    const struct slice words = { prompt->words.bytes, prompt->words.length };
    struct model *match = word_match_new(answer->serving.dataset, answer->serving.model, words,
                                         options->drop, options->n_drop, progress, error);

    if (!match) return false;
    model_release(answer->model);
    answer->model = match;
    struct ask_meaning meaning;
    if (!ask_mean(match, engine, reader, words, &meaning, progress, error)) return false;
    snprintf(answer->encoder, sizeof answer->encoder, "%s", meaning.encoder);
    answer->encoded = meaning.made;
    answer->foreign = meaning.foreign;
    answer->stale = meaning.stale;
    answer->method = word_match_answers(match) ? ASK_MATCHED : ASK_UNKNOWN;
    return tell_request(answer, prompt, word_match_request(match), error);
}

bool ask_answer(struct ask_answer *answer, struct engine *engine, struct reader *reader,
                const struct ask_prompt *prompt, const struct ask_options *options,
                struct progress *progress, struct error *error)
{
    struct feed_options list = { .length = options->length, .now = options->as_of };
    struct shopper_changes changes = {
        .with = prompt->with,
        .n_with = prompt->n_with,
        .with_time = prompt->with_time,
        .without = options->without,
        .n_without = options->n_without,
        .values = options->values,
        .n_values = options->n_values,
        .what_if = options->what_if,
        .n_what_if = options->n_what_if,
        .words = prompt->words.length > 0 ? prompt->words.bytes : NULL,
    };

    *answer = (struct ask_answer){ .method = changes.words ? ASK_READ : ASK_LIST };
    if (!serve(answer, engine, reader, prompt, options, progress, error)) goto fail;
    answer->model = model_retain(answer->serving.model);
    if (changes.words && !(options->model && reads_words(&answer->serving)) &&
        !match_words(answer, engine, reader, prompt, options, progress, error))
        goto fail;
    const struct slice id = { prompt->user_id.bytes, prompt->user_id.length };
    answer->shopper = engine_shopper(reader, &answer->serving, id, options->as_of, &changes, error);
    if (!answer->shopper) goto fail;
    list.pipeline = answer->serving.pipeline;
    if (list.now == MOMENT_NONE) list.now = options->now != 0 ? options->now : (int64_t)time(NULL);
    answer->feed = feed_new(answer->model, answer->shopper, &list, error);
    if (answer->feed) return true;
fail:
    ask_answer_fini(answer);
    return false;
}

void ask_answer_fini(struct ask_answer *answer)
{
    feed_free(answer->feed);
    shopper_free(answer->shopper);
    model_release(answer->model);
    if (answer->serving.model) serving_fini(&answer->serving);
    text_fini(&answer->matched);
    list_fini(&answer->filters);
    list_fini(&answer->words);
    list_fini(&answer->not_understood);
    *answer = (struct ask_answer){ 0 };
}

/* "'a', 'b' and 'c'" */
static void describe_list(const struct ask_list *list, const char *quote, struct text *out)
{
    for (int32_t i = 0; i < list->n; i++) {
        text_add_string(out, i == 0 ? "" : i + 1 < list->n ? ", " : " and ");
        text_add_string(out, quote);
        text_add_string(out, list->text[i]);
        text_add_string(out, quote);
    }
}

static void describe_not_understood(const struct ask_answer *answer, struct text *out)
{
    if (answer->not_understood.n == 0) return;
    text_add_string(out, answer->method == ASK_UNKNOWN ? "" : "; ");
    text_add_string(out, "nothing in this shop is about ");
    describe_list(&answer->not_understood, "'", out);
}

/* Each with its number, by which it can be dropped. */
static void describe_filters(const struct ask_answer *answer, struct text *out)
{
    for (int32_t f = 0; f < answer->filters.n; f++)
        text_format(out, "%s%s", f == 0 ? "; only " : ", ", answer->filters.text[f]);
}

/* What an encoder would add, or why this one may not be enough. */
static void describe_encoder(const struct ask_answer *answer, struct text *out)
{
    if (answer->method != ASK_MATCHED && answer->method != ASK_UNKNOWN) return;
    if (!answer->encoder[0])
        text_add_string(out, "; 'aisle language' tells how to add a model by which words are "
                             "understood by their meaning");
    else if (answer->foreign)
        text_format(out, "; %s reads English: a multilingual model would read this better",
                    answer->encoder);
    else if (answer->stale > 0)
        text_format(out, "; %s not encoded as %s now: 'aisle train' does it",
                    text_count(answer->stale, "item").text,
                    answer->stale == 1 ? "it is" : "they are");
}

void ask_describe(const struct ask_answer *answer, struct text *out)
{
    const char *kind = answer->serving.run.kind;
    const long long run = (long long)answer->serving.run.id;

    switch (answer->method) {
    case ASK_LIST:
        text_format(out, "by %s run %lld", kind, run);
        break;
    case ASK_READ:
        text_format(out, "by %s run %lld, which reads words", kind, run);
        break;
    case ASK_MATCHED:
        if (answer->words.n > 0) {
            text_add_string(out, answer->encoder[0] ? "by meaning and words: "
                                                    : "matched in titles and attributes: ");
            text_add(out, answer->matched.bytes, answer->matched.length);
            text_format(out, "; beside %s run %lld", kind, run);
        } else {
            text_format(out, "by %s run %lld", kind, run);
        }
        describe_not_understood(answer, out);
        describe_filters(answer, out);
        if (answer->feed && answer->feed->n == 0 && answer->filters.n > 0)
            text_add_string(out, ": nothing is left, drop one of these (--drop, or \"in quotes\")");
        break;
    case ASK_UNKNOWN:
        if (answer->not_understood.n == 0)
            text_add_string(out, "no word of this asks for anything");
        describe_not_understood(answer, out);
        describe_filters(answer, out);
        break;
    }
    describe_encoder(answer, out);
}
