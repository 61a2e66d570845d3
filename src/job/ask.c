/* ask.c - who answers a prompt, and the answer. */
#include "aisle/ask.h"

#include "model/word_match.h"

#include <stdlib.h>
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

/* May read them for itself. A blend hands them to its parts, whose weights were learned from
 * shoppers who asked for nothing: what was asked for may weigh nothing. */
static bool answers_words(const struct model_kind *kind)
{
    return kind->reads_words && !kind->blend;
}

/* Where words are asked for and nobody chose a model: the first active one that answers them. One
 * that learned what people buy after such words comes before one that compares texts. */
static bool serve_reader(struct ask_answer *answer, struct engine *engine, struct reader *reader,
                         struct progress *progress, struct error *error)
{
    static const char *const readers[] = { "attention", "content" };

    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        struct run run;
        struct serving serving;
        if (!run_active(reader, readers[i], &run, error)) return false;
        if (run.id == 0) continue;
        if (!engine_serve_now(engine, reader, NULL, run.id, &serving, progress, error))
            return false;
        if (!reads_words(&serving)) {
            serving_fini(&serving);
            continue;
        }
        serving_fini(&answer->serving);
        answer->serving = serving;
        return true;
    }
    return true;
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
    const bool asks = prompt->words.length > 0;
    const bool has_history = prompt->user >= 0 || prompt->n_with > 0;

    if (!engine_serve_now(engine, reader, options->model, 0, &answer->serving, progress, error))
        return false;
    if (options->model) return true;
    if (asks &&
        !(reads_words(&answer->serving) &&
          answers_words(model_base(answer->serving.model)->kind)) &&
        !serve_reader(answer, engine, reader, progress, error))
        return false;
    return has_history || options->n_values > 0 || reads_words(&answer->serving) ||
           serve_anybody(answer, engine, reader, progress, error);
}

/* Matches by words beside the model; without any such word the model answers alone. */
static bool match_words(struct ask_answer *answer, const struct ask_prompt *prompt,
                        struct progress *progress, struct error *error)
{
    struct model *match =
        word_match_new(answer->serving.dataset, answer->serving.model, progress, error);

    if (!match) return false;
    if (!word_match_read(match, prompt->words.bytes, &answer->matched, error)) {
        model_release(match);
        return false;
    }
    if (answer->matched.length == 0) {
        model_release(match);
        answer->method = ASK_UNKNOWN;
        return true;
    }
    model_release(answer->model);
    answer->model = match;
    answer->method = ASK_MATCHED;
    return true;
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
    if (changes.words && !reads_words(&answer->serving) &&
        !match_words(answer, prompt, progress, error))
        goto fail;
    if (answer->method == ASK_UNKNOWN) changes.words = NULL;
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
    *answer = (struct ask_answer){ 0 };
}

void ask_tell(const struct ask_answer *answer, struct text *out)
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
        text_format(out, "%s run %lld reads no words: matched in titles and attributes: ", kind,
                    run);
        text_add(out, answer->matched.bytes, answer->matched.length);
        break;
    case ASK_UNKNOWN:
        text_format(
            out,
            "%s run %lld reads no words, and no item has these: the list is as it is without "
            "them",
            kind, run);
        break;
    }
}
