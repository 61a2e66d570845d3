/* screen_people.c - other people beside one user: who is alike, and who could be a friend.
 *
 * Others are pseudonyms while privacy is on, and are not opened then: their row ids are negative.
 */
#include "screens.h"
#include "sheet_view.h"
#include "table_view.h"

#include "job/privacy.h"

#include "aisle/rows.h"

#include <stdlib.h>

enum { PEOPLE = 50 };

static const struct table_column alike_columns[] = {
    { "id", "ID", CELL_TEXT, 12, 0, true },
    { "similarity", "SIMILARITY", CELL_NUMBER, 10, 1, true },
    { "common", "COMMON ITEMS", CELL_INTEGER, 12, 2, true },
};

static const struct table_column suggestion_columns[] = {
    { "id", "ID", CELL_TEXT, 12, 0, true },
    { "likeness", "LIKENESS", CELL_NUMBER, 10, 1, true },
    { "common", "COMMON FRIENDS", CELL_INTEGER, 14, 2, true },
};

enum { COLUMNS = sizeof alike_columns / sizeof *alike_columns };

static bool add_person(struct page *page, const struct dataset *dataset,
                       const struct privacy *privacy, const struct neighbour *person)
{
    struct text id = { 0 };
    const int64_t key = person->id + 1;
    if (!page_add_row(page, privacy->on ? -key : key)) return false;
    pseudonym_id(&privacy->pseudonymiser, names_get(&dataset->user_ids, person->id), &id);
    page_set_text(page, 0, (struct slice){ id.bytes, id.length });
    page_set_number(page, 1, person->similarity);
    page_set_integer(page, 2, person->common);
    text_fini(&id);
    return true;
}

/* The people whom a model puts beside the user, likest first. */
static struct page *people_page(const struct loader_context *context, const struct serving *serving,
                                int64_t key, struct error *error)
{
    struct neighbour found[PEOPLE];
    struct privacy privacy;
    struct page *page = NULL;
    int32_t n = 0;
    const struct model_base *base = model_base(serving->model);
    if (!privacy_read(context->reader, &privacy, error)) return NULL;
    struct shopper *shopper =
        shopper_new(serving->dataset, (int32_t)(key - 1), MOMENT_NONE, NULL, error);
    if (shopper) n = base->kind->neighbours(serving->model, shopper, PEOPLE, found, error);
    shopper_free(shopper);
    if (shopper && n >= 0) page = page_new(0, n, COLUMNS, error);
    for (int32_t i = 0; page && i < n; i++)
        if (!add_person(page, serving->dataset, &privacy, &found[i])) break;
    if (page && page_finish(page, error)) return page;
    page_free(page);
    return NULL;
}

static struct page *load(const struct loader_context *context, const struct sheet_topic *topic,
                         const char *kind, struct error *error)
{
    struct serving serving;
    const int64_t key = topic_find_user(topic, context->reader, error);
    if (key == 0) return NULL;
    if (!engine_serve(context->engine, context->reader, kind, 0, &serving, context->progress,
                      error)) {
        if (error->code != ERROR_MISSING) return NULL;
        *error = (struct error){ 0 }; /* not trained: nobody is known */
        struct page *none = page_new(0, 0, COLUMNS, error);
        if (none && page_finish(none, error)) return none;
        page_free(none);
        return NULL;
    }
    struct page *page = people_page(context, &serving, key, error);
    serving_fini(&serving);
    return page;
}

static struct page *load_alike(const struct loader_context *context, void *topic,
                               struct error *error)
{
    return load(context, topic, "user-cf", error);
}

static struct page *load_suggestions(const struct loader_context *context, void *topic,
                                     struct error *error)
{
    return load(context, topic, "social", error);
}

static void open_person(struct table_view *table, int64_t key)
{
    const struct cell *id = table_view_cell(table, "id");
    if (key < 0)
        app_say(table->view.app, "privacy is on: others are opened by their id alone");
    else
        app_push(table->view.app, user_view_new(table->view.app, key, id->text));
}

static const struct table_spec alike = {
    .name = "alike",
    .title = "Alike",
    .empty = "nobody is alike, or user-cf is not trained (:train user-cf)",
    .user_column = "id",
    .open = open_person,
    .follows_jobs = true,
};

static const struct table_spec suggestions = {
    .name = "suggestions",
    .title = "Suggested",
    .empty = "nobody to suggest, or social is not trained (:train social)",
    .user_column = "id",
    .open = open_person,
    .follows_jobs = true,
};

static struct view *people_view(struct app *app, const struct table_spec *spec,
                                const struct table_column *columns, memory_load *loads, int64_t key,
                                struct slice id)
{
    struct error error;
    struct sheet_topic *topic = topic_new(key, id);
    struct table_source *source =
        topic ? memory_source_new(columns, COLUMNS, loads, topic, free, &error) : NULL;
    if (source) source->lane = LANE_MODELS;
    return table_view_new(app, spec, source, NULL, NULL);
}

struct view *alike_view_new(struct app *app, int64_t key, struct slice id)
{
    return people_view(app, &alike, alike_columns, load_alike, key, id);
}

struct view *suggestions_view_new(struct app *app, int64_t key, struct slice id)
{
    return people_view(app, &suggestions, suggestion_columns, load_suggestions, key, id);
}
