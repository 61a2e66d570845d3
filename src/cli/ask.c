/* ask.c - ask PROMPT: a sentence continued with items. */
#include "shopper_options.h"

#include "aisle/ask.h"

#include "job/labels.h"
#include "job/vectors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { INPUT_MAX = 1 << 20 };

/* The prompt as one argument, as several words, or from standard input. */
static bool read_prompt(const struct call *call, struct text *prompt, struct error *error)
{
    char bytes[4096];
    size_t n;

    if (call->n_arguments != 1 || strcmp(call->argument[0], "-") != 0) {
        for (int i = 0; i < call->n_arguments; i++) {
            text_add_string(prompt, i > 0 ? " " : "");
            text_add_string(prompt, call->argument[i]);
        }
        return !prompt->failed || error_memory(error, "the prompt");
    }
    while (prompt->length < INPUT_MAX && (n = fread(bytes, 1, sizeof bytes, stdin)) > 0)
        text_add(prompt, bytes, n);
    if (ferror(stdin)) return error_set(error, ERROR_IO, "standard input cannot be read");
    return !prompt->failed || error_memory(error, "the prompt");
}

/* "User 123 is interested in the following items", or who else. */
static void add_subject(const struct ask_prompt *prompt, struct text *out)
{
    text_add_string(out, prompt->user_id.length > 0 ? "User " : "Somebody");
    text_add(out, prompt->user_id.bytes, prompt->user_id.length);
    if (prompt->words.length > 0) {
        text_add_string(out, ", asking for \"");
        text_add(out, prompt->words.bytes, prompt->words.length < 200 ? prompt->words.length : 200);
        text_add_string(out, prompt->words.length < 200 ? "\"," : "…\",");
    }
    text_add_string(out, " is interested in the following items");
}

static json_t *items_json(const struct ask_answer *answer)
{
    const struct dataset *dataset = answer->serving.dataset;
    json_t *items = json_array();

    for (int32_t row = 0; row < answer->feed->n; row++) {
        const int32_t item = answer->feed->rows[row].item;
        json_array_append_new(
            items, json_pack("{s:i, s:o, s:o, s:f}", "rank", answer->feed->rows[row].rank, "item",
                             json_text(names_get(&dataset->item_ids, item)), "title",
                             json_text(names_get(&dataset->item_titles, item)), "score",
                             (double)answer->feed->rows[row].score));
    }
    return items;
}

static json_t *text_json(const struct text *text)
{
    return text->length > 0 ? json_text((struct slice){ text->bytes, text->length }) : json_null();
}

/* The list as one sentence. */
static json_t *sentence_json(const struct ask_prompt *prompt, const struct ask_answer *answer)
{
    const struct dataset *dataset = answer->serving.dataset;
    struct text text = { 0 };

    add_subject(prompt, &text);
    for (int32_t row = 0; row < answer->feed->n; row++) {
        const struct slice title = label_item(dataset, answer->feed->rows[row].item);
        text_add_string(&text, row == 0 ? ": " : ", ");
        text_add(&text, title.bytes, title.length);
    }
    if (answer->feed->n == 0) text_add_string(&text, ": none");
    text_add_string(&text, ".");
    json_t *json = text_json(&text);
    text_fini(&text);
    return json;
}

static json_t *list_json(const struct ask_list *list)
{
    json_t *json = json_array();

    for (int32_t i = 0; i < list->n; i++)
        json_array_append_new(json, json_text(slice_of(list->text[i])));
    return json;
}

static json_t *answer_json(struct slice asked, const struct ask_prompt *prompt,
                           const struct ask_answer *answer)
{
    struct text report = { 0 };

    ask_describe(answer, &report);
    json_t *json = json_pack(
        "{s:o, s:o, s:o, s:s, s:I, s:s, s:o, s:o, s:o, s:o}", "prompt", json_text(asked), "user",
        text_json(&prompt->user_id), "words", text_json(&prompt->words), "model",
        answer->serving.run.kind, "run", (json_int_t)answer->serving.run.id, "method",
        ask_method_name(answer->method), "matched", text_json(&answer->matched), "how",
        text_json(&report), "answer", sentence_json(prompt, answer), "items", items_json(answer));
    json_object_set_new(json, "filters", list_json(&answer->filters));
    json_object_set_new(json, "matched_words", list_json(&answer->words));
    json_object_set_new(json, "encoder",
                        answer->encoder[0] ? json_string(answer->encoder) : json_null());
    json_object_set_new(json, "not_understood", list_json(&answer->not_understood));
    text_fini(&report);
    return json;
}

static void print_answer(const struct ask_prompt *prompt, const struct ask_answer *answer)
{
    const struct dataset *dataset = answer->serving.dataset;
    struct text text = { 0 };

    add_subject(prompt, &text);
    print_visible((struct slice){ text.bytes, text.length });
    puts(answer->feed->n > 0 ? ":" : ": none");
    for (int32_t row = 0; row < answer->feed->n; row++) {
        const struct feed_row *line = &answer->feed->rows[row];
        printf("%4d  ", line->rank);
        print_padded(names_get(&dataset->item_ids, line->item), 14, false);
        putchar(' ');
        print_visible(names_get(&dataset->item_titles, line->item));
        putchar('\n');
    }
    text_clear(&text);
    ask_describe(answer, &text);
    putchar('(');
    print_visible((struct slice){ text.bytes, text.length });
    puts(")");
    text_fini(&text);
}

static json_t *next_json(const struct ask_prompt *prompt, const struct ask_answer *answer,
                         const struct ask_next *next)
{
    const struct dataset *dataset = answer->serving.dataset;
    char moment[MOMENT_TEXT_SIZE];
    struct text sentence = { 0 };

    ask_sentence(answer, prompt, next, &sentence);
    json_t *json = json_pack(
        "{s:o, s:o, s:o, s:f, s:o}", "item", json_text(names_get(&dataset->item_ids, next->item)),
        "title", json_text(names_get(&dataset->item_titles, next->item)), "time",
        next->time == MOMENT_NONE ? json_null() : json_string(moment_text(next->time, moment)),
        "probability", next->probability, "sentence", text_json(&sentence));
    text_fini(&sentence);
    return json;
}

static int print_next(const struct call *call, struct slice asked, const struct ask_prompt *prompt,
                      const struct ask_answer *answer, const struct ask_next *next, int32_t n)
{
    struct text sentence = { 0 };

    if (call->json) {
        json_t *json = answer_json(asked, prompt, answer), *list = json_array();
        for (int32_t i = 0; i < n; i++)
            json_array_append_new(list, next_json(prompt, answer, &next[i]));
        json_object_set_new(json, "continued", list);
        return print_json(json);
    }
    for (int32_t i = 0; i < n; i++) {
        text_clear(&sentence);
        ask_sentence(answer, prompt, &next[i], &sentence);
        print_visible((struct slice){ sentence.bytes, sentence.length });
        putchar('\n');
    }
    text_fini(&sentence);
    if (n == 0) fputs("aisle: nothing is left that could be bought next\n", stderr);
    return STATUS_DONE;
}

static int describe_next(const struct call *call, struct slice asked,
                         const struct ask_prompt *prompt, const struct ask_answer *answer,
                         int32_t n, double temperature, uint64_t seed)
{
    struct error error = { 0 };
    struct ask_next *next = malloc(((size_t)n + 1) * sizeof *next);
    int32_t found = 0;
    int status;

    if (!next) error_memory(&error, "the purchases to come");
    if (next && ask_continue(answer, n, temperature, seed, next, &found, NULL, &error))
        status = print_next(call, asked, prompt, answer, next, found);
    else
        status = call_fail(&error);
    free(next);
    return status;
}

static bool read_temperature(const struct call *call, double *temperature, int *status)
{
    const char *word = call_option(call, "temperature");
    struct error error = { 0 };

    *temperature = 1;
    if (!word ||
        (slice_to_double(slice_of(word), temperature) && *temperature >= 0 && *temperature <= 100))
        return true;
    error_set(&error, ERROR_USAGE, "--temperature %.60s: is a number from 0 to 100", word);
    *status = call_fail(&error);
    return false;
}

/* "--drop 2" as often as one likes; "--drop all" is 0. */
static bool read_drops(const struct call *call, int32_t *drop, int32_t *n, int *status)
{
    struct error error = { 0 };
    int64_t number;

    *n = 0;
    for (const char *word; *n < CALL_MAX && (word = call_option_nth(call, "drop", *n)) != NULL;) {
        number = 0;
        if (strcmp(word, "all") != 0 &&
            (!slice_to_int64(slice_of(word), &number) || number < 1 || number > INT32_MAX)) {
            error_set(&error, ERROR_USAGE,
                      "--drop %.60s: is the number of a filter, from 1, or 'all'", word);
            *status = call_fail(&error);
            return false;
        }
        drop[(*n)++] = (int32_t)number;
    }
    return true;
}

struct wishes { /* the options */
    int64_t count, more, seed;
    double temperature;
    struct ask_options options;
};

static bool read_wishes(const struct call *call, struct wishes *wishes, int *status)
{
    const char *as_of = call_option(call, "as-of");
    struct error error = { 0 };

    *wishes =
        (struct wishes){ .options = { .model = call_option(call, "model"), .as_of = MOMENT_NONE } };
    if (!call_number(call, "count", 10, 1, INT32_MAX, &wishes->count, status) ||
        !call_number(call, "continue", 0, 1, 100000, &wishes->more, status) ||
        !call_number(call, "seed", 1, 0, INT64_MAX, &wishes->seed, status) ||
        !read_temperature(call, &wishes->temperature, status))
        return false;
    wishes->options.length = (int32_t)wishes->count;
    if (!as_of || moment_parse_spoken(slice_of(as_of), (int64_t)time(NULL), &wishes->options.as_of))
        return true;
    error_set(&error, ERROR_USAGE,
              "--as-of %.60s: is not a time: write 2021-01-31, yesterday or -7d", as_of);
    *status = call_fail(&error);
    return false;
}

static bool keeps_vectors(const struct call *call)
{
    return call->data && access(call->data, W_OK) == 0 && vector_encoders_any();
}

int command_ask(struct call *call)
{
    int status = STATUS_DONE;
    int32_t values[CALL_MAX], drop[CALL_MAX];
    struct error error = { 0 };
    struct wishes wishes;
    struct ask_prompt prompt = { 0 };
    struct ask_answer answer = { 0 };
    struct text asked = { 0 };
    const struct dataset *dataset = NULL;

    if (!read_wishes(call, &wishes, &status) ||
        !read_drops(call, drop, &wishes.options.n_drop, &status) ||
        /* Vectors that are not there yet are kept for the next question. */
        !call_open(call, keeps_vectors(call) ? WORKSPACE_WRITE : WORKSPACE_READ, &status))
        return status;
    dataset = engine_dataset(call->engine, call->reader, NULL, &error);
    if (!dataset || !read_prompt(call, &asked, &error) ||
        !ask_parse(&prompt, dataset, (struct slice){ asked.bytes, asked.length }, &error)) {
        status = call_fail(&error);
        goto out;
    }
    wishes.options.drop = drop;
    wishes.options.values = values;
    wishes.options.n_values = question_attributes(call, dataset, values, &status);
    if (wishes.options.n_values < 0) goto out;
    if (!ask_answer(&answer, call->engine, call->reader, &prompt, &wishes.options, NULL, &error)) {
        status = call_fail(&error);
        goto out;
    }
    if (answer.encoded)
        fprintf(stderr,
                "aisle: the catalogue was encoded by %s for this question; 'aisle train' "
                "does it beforehand\n",
                answer.encoder);
    const struct slice text = slice_trim((struct slice){ asked.bytes, asked.length });
    if (wishes.more > 0)
        status = describe_next(call, text, &prompt, &answer, (int32_t)wishes.more,
                               wishes.temperature, (uint64_t)wishes.seed);
    else if (call->json)
        status = print_json(answer_json(text, &prompt, &answer));
    else
        print_answer(&prompt, &answer);
out:
    ask_answer_fini(&answer);
    ask_prompt_fini(&prompt);
    text_fini(&asked);
    dataset_release(dataset);
    return status;
}
