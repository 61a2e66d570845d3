/* app_complete.c - Tab on the prompt line: commands, columns, models, themes, ids. */
#include "app.h"

#include "aisle/rows.h"

#include <stdlib.h>
#include <string.h>

enum { MAX = 12, SLOT_COMPLETE = 1 };

/* Ids come from the workspace, so they are asked for and arrive later. */
struct lookup {
    enum table_kind kind;
    struct text prefix;
    struct page *page;  /* ids that begin so; the second column is the name */
    struct page *named; /* names that have it in them; NULL where ids were enough */
    int32_t name_column;
};

static void lookup_free(void *argument)
{
    struct lookup *lookup = argument;
    text_fini(&lookup->prefix);
    page_free(lookup->page);
    page_free(lookup->named);
    free(lookup);
}

/* "name~ann": whoever is called so. Two letters say too little. */
static void look_by_name(struct lookup *lookup, struct reader *reader)
{
    const char *column = lookup->kind == TABLE_USERS ? "name" : "title";
    struct text filter = { 0 };
    int32_t n;
    const struct table_column *columns = rows_columns(reader, lookup->kind, &n, NULL);
    for (int32_t i = 0; columns && i < n; i++)
        if (strcmp(columns[i].name, column) == 0) lookup->name_column = i;
    text_format(&filter, "%s~\"%s\"", column, lookup->prefix.bytes);
    struct row_query query = { .kind = lookup->kind, .filter = filter.bytes };
    struct selection *found =
        lookup->name_column > 0 && !filter.failed ? rows_select(reader, &query, NULL) : NULL;
    if (found) lookup->named = rows_page(reader, found, 0, MAX, NULL);
    selection_free(found);
    text_fini(&filter);
}

static bool lookup_work(const struct loader_context *context, void *argument, struct error *error)
{
    struct lookup *lookup = argument;
    if (!context->reader) return error_set(error, ERROR_CANCELLED, "no workspace");
    lookup->page =
        rows_complete(context->reader, lookup->kind,
                      (struct slice){ lookup->prefix.bytes, lookup->prefix.length }, MAX, error);
    if (lookup->page && lookup->page->n_rows == 0 && lookup->prefix.length >= 3)
        look_by_name(lookup, context->reader);
    return lookup->page != NULL;
}

static void lookup_answer(void *owner, void *argument, const struct error *error)
{
    struct app *app = owner;
    struct lookup *lookup = argument;
    if (error || app->prompt.spec.kind != PROMPT_LINE) return;
    const struct page *page = lookup->named ? lookup->named : lookup->page;
    for (int32_t i = 0; i < page->n_rows; i++) {
        struct slice id = page_cell(page, i, 0)->text;
        const struct cell *name = page_cell(page, i, lookup->named ? lookup->name_column : 1);
        text_add(&app->prompt.candidates, id.bytes, id.length);
        if (!name->absent && name->text.length > 0) {
            text_add_string(&app->prompt.candidates, "\t");
            text_add_visible(&app->prompt.candidates, name->text.bytes, name->text.length);
        }
        text_add_string(&app->prompt.candidates, "\n");
    }
    prompt_complete(&app->prompt, 1);
    app->dirty = true;
}

static void ask_ids(struct app *app, enum table_kind kind, struct slice prefix)
{
    struct lookup *lookup = calloc(1, sizeof *lookup);
    if (!lookup) return;
    lookup->kind = kind;
    text_add(&lookup->prefix, prefix.bytes, prefix.length);
    app_ask(app, &(struct request){ .owner = app,
                                    .slot = SLOT_COMPLETE,
                                    .lane = LANE_PAGES,
                                    .work = lookup_work,
                                    .answer = lookup_answer,
                                    .release = lookup_free,
                                    .argument = lookup });
}

static void add(struct app *app, const char *word, struct slice prefix)
{
    if (strncmp(word, prefix.bytes, prefix.length) != 0) return;
    text_add_string(&app->prompt.candidates, word);
    text_add_string(&app->prompt.candidates, "\n");
}

static void add_from_view(struct app *app, enum argument argument, struct slice prefix)
{
    struct text all = { 0 };
    if (app->view->kind->complete) app->view->kind->complete(app->view, argument, &all);
    char *end, *at = all.bytes;
    for (; at && (end = strchr(at, '\n')); at = end + 1) {
        *end = 0;
        add(app, at, prefix);
    }
    text_fini(&all);
}

static void add_argument(struct app *app, enum argument argument, struct slice prefix)
{
    const struct setting_info *setting;
    char name[32];
    switch (argument) {
    case ARGUMENT_MODEL:
        for (size_t i = 0; model_kinds[i]; i++)
            add(app, model_kinds[i]->name, prefix);
        break;
    case ARGUMENT_THEME:
        for (size_t i = 0; theme_list(i, name, sizeof name); i++)
            add(app, name, prefix);
        break;
    case ARGUMENT_SETTING:
        for (size_t i = 0; (setting = setting_info(i)); i++)
            add(app, setting->name, prefix);
        add(app, "profile", prefix);
        break;
    case ARGUMENT_USER:
        if (app->pseudonymiser.on) break; /* ids and names are what is not to be seen */
        ask_ids(app, TABLE_USERS, prefix);
        break;
    case ARGUMENT_ITEM:
        ask_ids(app, TABLE_ITEMS, prefix);
        break;
    case ARGUMENT_FILTER:
    case ARGUMENT_COLUMN:
    case ARGUMENT_CHOICE:
        add_from_view(app, argument, prefix);
        break;
    default:
        break;
    }
}

void app_complete(struct app *app, int step)
{
    struct prompt *prompt = &app->prompt;
    if (prompt_complete(prompt, step)) return; /* the next candidate of those that were found */
    const char *line = prompt->line.bytes ? prompt->line.bytes : "";
    size_t from = prompt->cursor;
    while (from > 0 && line[from - 1] != ' ')
        from--;
    struct slice prefix = { line + from, prompt->cursor - from };
    enum argument argument = prompt->spec.argument;
    prompt->from = from;
    if (prompt->spec.command) {
        size_t length = strcspn(line, " ");
        enum action action = action_find((struct slice){ line, length });
        argument = action == ACTION_NONE ? ARGUMENT_NONE : action_info(action)->argument;
    }
    if (prompt->spec.command && from == 0) {
        for (enum action a = ACTION_NONE + 1; a < ACTIONS; a++)
            add(app, action_info(a)->name, prefix);
    } else {
        add_argument(app, argument, prefix);
    }
    prompt_complete(prompt, step);
}
