/* given.c - see given.h. */
#include "exchange/given.h"

#include "aisle/external.h"
#include "aisle/runs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ENGINES_MAX = 64 };

struct given_engine {
    char name[256];
    struct external_row *rows;
    int64_t n, capacity;
};

static struct given_engine *engine_of(struct given *given, struct slice name, struct error *error)
{
    char text[256];

    if (name.length == 0) name = slice_of("another engine");
    snprintf(text, sizeof text, "%.*s", (int)name.length, name.bytes);
    for (int32_t e = 0; e < given->n_engines; e++)
        if (strcmp(given->engines[e].name, text) == 0) return &given->engines[e];
    if (given->n_engines == ENGINES_MAX) {
        error_set(error, ERROR_INPUT, "lists of more than %d models", ENGINES_MAX);
        return NULL;
    }
    struct given_engine *more =
        realloc(given->engines, ((size_t)given->n_engines + 1) * sizeof *more);
    if (!more) {
        error_memory(error, "lists");
        return NULL;
    }
    given->engines = more;
    more[given->n_engines] = (struct given_engine){ 0 };
    memcpy(more[given->n_engines].name, text, sizeof text);
    return &more[given->n_engines++];
}

static bool reserve(struct given_engine *engine, struct error *error)
{
    if (engine->n < engine->capacity) return true;
    const int64_t capacity = engine->capacity + engine->capacity / 2 + 1024;
    struct external_row *rows = realloc(engine->rows, (size_t)capacity * sizeof *rows);
    if (!rows) return error_memory(error, "lists");
    engine->rows = rows;
    engine->capacity = capacity;
    return true;
}

bool given_add(struct given *given, struct reader *reader, const struct record *record,
               struct error *error)
{
    struct strength_options options;

    strength_options_init(&options);
    if (!given->dataset &&
        !(given->dataset = workspace_dataset(reader, &options, NULL, NULL, error)))
        return false;
    const int32_t user = names_find(&given->dataset->user_ids, record->user);
    const int32_t item = names_find(&given->dataset->item_ids, record->item);
    if (user < 0 || item < 0) {
        given->left_out++;
        return true;
    }
    struct given_engine *engine = engine_of(given, record->name, error);
    if (!engine || !reserve(engine, error)) return false;
    engine->rows[engine->n++] =
        (struct external_row){ user, item, record->quantity, record->value };
    return true;
}

static bool write_body(void *context, struct byte_writer *writer)
{
    return external_kind.save(context, writer);
}

static bool save_engine(const struct given *given, struct given_engine *engine,
                        struct writer *writer, struct error *error)
{
    const struct dataset *dataset = given->dataset;
    struct text facts = { 0 };
    struct run run = { .started = (int64_t)time(NULL),
                       .events_seen = dataset->events_seen,
                       .n_users = dataset->n_users,
                       .n_items = dataset->n_items,
                       .fingerprint = dataset_identify(dataset),
                       .parameters = "{}",
                       .metrics = "{}",
                       .facts = "{}" };
    struct model *model =
        external_new(dataset, slice_of(engine->name), engine->rows, engine->n, error);

    if (!model) return false;
    snprintf(run.kind, sizeof run.kind, "%s", external_kind.name);
    external_kind.facts(model, &facts);
    if (!facts.failed && facts.length < sizeof run.facts)
        snprintf(run.facts, sizeof run.facts, "%s", facts.bytes);
    text_fini(&facts);
    const bool done =
        run_save(writer, &run, write_body, model, error) && run_activate(writer, run.id, error);
    model_release(model);
    return done;
}

bool given_save(struct given *given, struct writer *writer, struct error *error)
{
    for (int32_t e = 0; e < given->n_engines; e++)
        if (given->engines[e].n > 0 && !save_engine(given, &given->engines[e], writer, error))
            return false;
    given_fini(given);
    return true;
}

void given_fini(struct given *given)
{
    for (int32_t e = 0; e < given->n_engines; e++)
        free(given->engines[e].rows);
    free(given->engines);
    dataset_release(given->dataset);
    *given = (struct given){ 0 };
}
