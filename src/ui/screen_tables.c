/* screen_tables.c - Users, Items and Events: three specs of the one table. */
#include "about.h"
#include "screens.h"
#include "table_view.h"

static struct view *rows_view(struct app *app, const struct table_spec *spec, enum table_kind kind,
                              const char *fixed, const char *title, const char *filter)
{
    struct error error;
    struct table_source *source = rows_source_new(kind, fixed, &error);
    if (!source) app_fail(app, &error);
    return table_view_new(app, spec, source, title, filter);
}

/* Enter: the thing itself, by its row id and external id. */
static void open_user(struct table_view *table, int64_t key)
{
    const struct cell *id = table_view_cell(table, "id");
    app_push(table->view.app, user_view_new(table->view.app, key, id->text));
}

static void open_item(struct table_view *table, int64_t key)
{
    const struct cell *id = table_view_cell(table, "id");
    app_push(table->view.app, item_view_new(table->view.app, key, id->text));
}

static void open_item_of_event(struct table_view *table, int64_t key)
{
    const struct cell *id = table_view_cell(table, "item");
    (void)key;
    if (id && !id->absent) app_push(table->view.app, item_view_new(table->view.app, 0, id->text));
}

static void open_user_of_event(struct table_view *table, int64_t key)
{
    const struct cell *id = table_view_cell(table, "user");
    (void)key;
    if (id && !id->absent) app_push(table->view.app, user_view_new(table->view.app, 0, id->text));
}

static struct sheet *user_detail(const struct loader_context *context, int64_t key,
                                 struct error *error)
{
    return about_user(context->reader, key, error);
}

static struct sheet *item_detail(const struct loader_context *context, int64_t key,
                                 struct error *error)
{
    return about_item(context->reader, key, error);
}

static const struct table_spec users = {
    .name = "users",
    .scopes = SCOPE_USERS,
    .title = "Users",
    .empty = "no users yet: aisle -d FILE import brings them in",
    .user_column = "id",
    .open = open_user,
    .detail = user_detail,
};

static const struct table_spec items = {
    .name = "items",
    .scopes = SCOPE_ITEMS,
    .title = "Items",
    .empty = "no items yet: aisle -d FILE import brings them in",
    .item_column = "id",
    .open = open_item,
    .detail = item_detail,
};

static const struct table_spec events = {
    .name = "events",
    .scopes = SCOPE_EVENTS,
    .title = "Events",
    .hidden = "line import ",
    .empty = "no events yet: aisle -d FILE import brings them in",
    .user_column = "user",
    .item_column = "item",
    .type_column = "type",
    .open = open_item_of_event,
};

static const struct table_spec history = {
    .name = "history",
    .scopes = SCOPE_EVENTS,
    .title = "History",
    .empty = "nothing bought yet",
    .sort = "time",
    .descending = true,
    .hidden = "id user line import ",
    .item_column = "item",
    .type_column = "type",
    .open = open_item_of_event,
    .follows_jobs = true, /* what things count is known when the data is in memory */
};

static const struct table_spec buyers = {
    .name = "buyers",
    .scopes = SCOPE_EVENTS,
    .title = "Buyers",
    .empty = "nobody bought it yet",
    .sort = "time",
    .descending = true,
    .hidden = "id item title line import ",
    .user_column = "user",
    .type_column = "type",
    .open = open_user_of_event,
};

struct view *users_view_new(struct app *app, const char *filter)
{
    return rows_view(app, &users, TABLE_USERS, NULL, NULL, filter);
}

struct view *items_view_new(struct app *app, const char *filter)
{
    return rows_view(app, &items, TABLE_ITEMS, NULL, NULL, filter);
}

struct view *events_view_new(struct app *app, const char *filter)
{
    return rows_view(app, &events, TABLE_EVENTS, NULL, NULL, filter);
}

static struct view *events_of(struct app *app, const struct table_spec *spec, const char *column,
                              struct slice id)
{
    struct text fixed = { 0 };
    about_filter(column, id, &fixed);
    struct view *view = rows_view(app, spec, TABLE_EVENTS, fixed.bytes, NULL, NULL);
    text_fini(&fixed);
    return view;
}

struct view *history_view_new(struct app *app, int64_t key, struct slice id)
{
    struct error error;
    struct text fixed = { 0 };
    about_filter("user", id, &fixed);
    struct table_source *source = history_source_new(key, id, fixed.bytes, &error);
    if (!source) app_fail(app, &error);
    text_fini(&fixed);
    return table_view_new(app, &history, source, NULL, NULL);
}

struct view *buyers_view_new(struct app *app, int64_t key, struct slice id)
{
    (void)key;
    return events_of(app, &buyers, "item", id);
}
