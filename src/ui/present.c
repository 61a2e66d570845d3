#include "present.h"

#include "app.h"
#include "keys.h"
#include "table_view.h"

#include "aisle/moment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY_FROM = 18 }; /* rows of a body from which they stand apart */

/* ---------------------------------------------------------------------------------- the key */

static bool keep_work(struct job_context *job, void *argument, struct error *error)
{
    struct text text = { 0 };
    struct writer *writer = writer_begin(engine_workspace(job->engine), error);
    if (!writer) return false;
    pseudonym_write(argument, &text);
    bool ok = !text.failed && writer_set_note(writer, "pseudonyms", text.bytes, error);
    text_fini(&text);
    if (!ok) {
        writer_rollback(writer);
        return false;
    }
    return writer_commit(writer, error);
}

/* A workspace keeps its key, so that a person has one pseudonym in every session. */
static void find_key(struct app *app)
{
    struct text text = { 0 };
    struct error error;
    struct reader *reader = app->engine ? reader_open(engine_workspace(app->engine), &error) : NULL;
    bool known = reader && workspace_note(reader, "pseudonyms", &text, &error) &&
                 pseudonym_read(&app->pseudonymiser, (struct slice){ text.bytes, text.length });
    reader_close(reader);
    text_fini(&text);
    if (known) return;
    if (app->still) { /* screens that have to be the same again */
        app->pseudonymiser.key[0] = app->pseudonymiser.key[1] = 1;
        return;
    }
    pseudonym_generate(&app->pseudonymiser);
    struct pseudonymiser *copy = app->queue ? malloc(sizeof *copy) : NULL;
    if (!copy) return;
    *copy = app->pseudonymiser;
    job_submit(app->queue, "keep the pseudonyms", 0, keep_work, copy, free, &error);
}

/* Whether items are people is known before anything is drawn, not when the overview comes. */
static void look_at_items(struct app *app)
{
    struct workspace_counts counts = { 0 };
    struct error error;
    struct reader *reader = app->engine ? reader_open(engine_workspace(app->engine), &error) : NULL;
    if (reader && workspace_counts(reader, &counts, &error))
        app->pseudonymiser.items = words_of(counts.profile)->accounts;
    reader_close(reader);
}

void presentation_set(struct app *app, bool on)
{
    const bool turns = on != app->pseudonymiser.on;
    if (on && app->pseudonymiser.key[0] == 0 && app->pseudonymiser.key[1] == 0) find_key(app);
    if (on) look_at_items(app);
    app->pseudonymiser.on = app->pseudonymiser.texts = on;
    /* Answers in words name accounts as was right when they were asked: they are asked again. */
    while (turns && app->pseudonymiser.items && app->view && app->view->parent)
        app_pop(app);
    app->pressed[0] = 0;
    app->dirty = true;
    if (app->view)
        for (struct view *view = app->view; view; view = view->parent)
            view_changed(view);
}

/* ------------------------------------------------------------------------------ keys and room */

void presentation_key(struct app *app, int32_t code)
{
    char name[KEY_NAME_SIZE];
    static const char typed[] = "… ";
    size_t used = strlen(app->pressed);
    if (!app->pseudonymiser.on || code == KEYS_PASTE_BEGIN || code == KEYS_PASTE_END) return;
    /* What is typed into a line may be somebody's id: that keys are pressed is told, not which. */
    if (code >= ' ' && code < KEYS_SPECIAL && code != KEYS_BACKSPACE &&
        app->prompt.spec.kind != PROMPT_CLOSED) {
        if (used >= strlen(typed) && strcmp(app->pressed + used - strlen(typed), typed) == 0)
            return;
        snprintf(name, sizeof name, "…");
    } else {
        key_describe(code, name);
    }
    while (used + strlen(name) + 2 > sizeof app->pressed) { /* the oldest give way */
        size_t first = strcspn(app->pressed, " ") + 1;
        memmove(app->pressed, app->pressed + first, used - first + 1);
        used -= first;
    }
    snprintf(app->pressed + used, sizeof app->pressed - used, "%s ", name);
}

void presentation_keys(const struct app *app, struct text *out)
{
    if (app->pseudonymiser.on && app->pressed[0])
        text_add(out, app->pressed, strlen(app->pressed) - 1);
}

int presentation_row_height(const struct app *app, int rows)
{
    return app->pseudonymiser.on && rows >= CAPACITY_FROM ? 2 : 1;
}

/* ------------------------------------------------------------------------------------- cells */

enum hiding { SHOWN, PERSON_ID, PERSON_NAME, ITEM_ID, ITEM_NAME, PERSONAL, SCOPED, EVENT_TYPE };

static bool is_among(struct slice name, const char *const *names)
{
    for (; *names; names++)
        if (slice_equal_fold(name, *names)) return true;
    return false;
}

/* Attributes of few values, which very many people share. All others may tell who somebody is: a
 * name that nobody thought of is no reason to show it. */
bool presentation_is_personal(struct slice name)
{
    static const char *const harmless[] = {
        "segment",    "segments", "gender",   "sex",    "age",        "age group",  "age_group",
        "region",     "country",  "language", "plan",   "tier",       "level",      "loyalty",
        "membership", "channel",  "device",   "status", "occupation", "newsletter", NULL
    };
    static const char *const counted[] = { "events",    "orders",  "purchases", "lines",
                                           "spend",     "first",   "last",      "months",
                                           "12 months", "friends", "returns",   "views",
                                           "items",     "row",     "since",     NULL };
    return !is_among(name, harmless) && !is_among(name, counted);
}

/* What an account tells of itself in its own words. */
bool presentation_is_told(struct slice name)
{
    static const char *const report[] = { "description", "about",    "bio",       "biography",
                                          "url",         "homepage", "website",   "email",
                                          "mail",        "phone",    "address",   "street",
                                          "birthday",    "surname",  "birthdate", "firstname",
                                          "lastname",    NULL };
    return is_among(name, report);
}

/* What the audit log and rules tell of people: "for user=ID", and whom a reveal was about. */
static bool is_scoped(const struct table_spec *spec, const char *column)
{
    static const char *const audited[] = { "subject", "before", "after", "detail", NULL };
    if (spec->written_column) return strcmp(column, "where") == 0;
    return !spec->user_column && is_among(slice_of(column), audited);
}

static enum hiding hiding_of_person(const struct table_spec *spec, const char *column)
{
    if (!spec->user_column) return SHOWN;
    if (strcmp(column, spec->user_column) == 0) return PERSON_ID;
    if (strcmp(spec->user_column, "id") != 0) return SHOWN;
    if (strcmp(column, "name") == 0) return PERSON_NAME;
    return presentation_is_personal(slice_of(column)) ? PERSONAL : SHOWN;
}

static enum hiding hiding_of_item(const struct table_spec *spec, const char *column)
{
    if (!spec->item_column) return SHOWN;
    if (strcmp(column, spec->item_column) == 0) return ITEM_ID;
    if (strcmp(column, "title") == 0) return ITEM_NAME;
    return presentation_is_told(slice_of(column)) ? PERSONAL : SHOWN;
}

static enum hiding hiding_of(const struct cell_look *look, const struct table_column *column)
{
    const struct table_spec *spec = look->spec;
    const char *name = column->name;
    if (column->type != CELL_TEXT)
        return look->pseudonymiser->on && hiding_of_person(spec, name) == PERSONAL ? PERSONAL
                                                                                   : SHOWN;
    if (look->words && spec->type_column && strcmp(name, spec->type_column) == 0) return EVENT_TYPE;
    if (!look->pseudonymiser->on) return SHOWN;
    if (spec->written_column && strcmp(name, spec->written_column) == 0) return PERSONAL;
    if (is_scoped(spec, name)) return SCOPED;
    if (strcmp(name, "author") == 0 ||
        (!spec->user_column && (strcmp(name, "who") == 0 || strcmp(name, "source") == 0)))
        return PERSONAL;
    const enum hiding person = hiding_of_person(spec, name);
    return person == SHOWN && look->pseudonymiser->items ? hiding_of_item(spec, name) : person;
}

static struct slice text_of(const char *name, const struct table_column *columns, int32_t n_columns,
                            const struct page *page, int32_t row)
{
    for (int32_t i = 0; i < n_columns; i++)
        if (strcmp(columns[i].name, name) == 0) return page_cell(page, row, i)->text;
    return (struct slice){ "", 0 };
}

/* What a reveal was about is a person, and where items are people, its detail names one, too. */
static enum hiding hiding_of_reveal(const struct cell_look *look, const char *column)
{
    if (strcmp(column, "subject") == 0) return PERSON_ID;
    return look->pseudonymiser->items ? PERSONAL : SCOPED;
}

void presentation_cell(const struct cell_look *look, const struct table_column *columns,
                       int32_t n_columns, const struct page *page, int32_t row, int32_t column,
                       struct text *out)
{
    const struct cell *cell = page_cell(page, row, column);
    enum hiding hiding = cell->absent ? SHOWN : hiding_of(look, &columns[column]);
    if (hiding == SCOPED && slice_equal(text_of("action", columns, n_columns, page, row), "reveal"))
        hiding = hiding_of_reveal(look, columns[column].name);
    switch (hiding) {
    case SCOPED:
        pseudonym_scopes(look->pseudonymiser, cell->text, out);
        break;
    case SHOWN:
        cell_text(cell, columns[column].type, out);
        break;
    case PERSON_ID:
        pseudonym_id(look->pseudonymiser, cell->text, out);
        break;
    case ITEM_ID:
        pseudonym_item_id(look->pseudonymiser, cell->text, out);
        break;
    case PERSON_NAME:
        pseudonym_name(look->pseudonymiser,
                       text_of(look->spec->user_column, columns, n_columns, page, row), cell->text,
                       out);
        break;
    case ITEM_NAME:
        pseudonym_item_name(look->pseudonymiser,
                            text_of(look->spec->item_column, columns, n_columns, page, row),
                            cell->text, out);
        break;
    case PERSONAL:
        text_add_string(out, pseudonym_redact);
        break;
    case EVENT_TYPE:
        words_type(look->words, cell->text, out);
        break;
    }
}

struct page *presentation_page(const struct cell_look *look, const struct table_column *columns,
                               int32_t n_columns, const struct page *page, struct error *error)
{
    struct page *shown = page_new(page->first, page->n_rows, n_columns, error);
    for (int32_t row = 0; shown && row < page->n_rows; row++) {
        page_add_row(shown, page->key[row]);
        for (int32_t column = 0; column < n_columns; column++) {
            const struct cell *cell = page_cell(page, row, column);
            struct text text = { 0 };
            if (hiding_of(look, &columns[column]) == SHOWN) {
                page_copy_cell(shown, column, cell, columns[column].type);
                continue;
            }
            if (cell->absent) continue;
            presentation_cell(look, columns, n_columns, page, row, column, &text);
            page_set_text(shown, column, (struct slice){ text.bytes, text.length });
            text_fini(&text);
        }
    }
    if (shown && !page_finish(shown, error)) {
        page_free(shown);
        return NULL;
    }
    return shown;
}
