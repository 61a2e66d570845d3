/* screen_user.c - one user: History, Profile, Friends, Feed, and who is beside them. */
#include "about.h"
#include "screens.h"
#include "sheet_view.h"
#include "table_view.h"
#include "tabs.h"

#include <stdlib.h>

static struct sheet *make_profile(const struct loader_context *context,
                                  const struct sheet_topic *topic, struct error *error)
{
    const int64_t key = topic_find_user(topic, context->reader, error);
    return key ? profile_of_user(context->reader, key, error) : NULL;
}

static const struct sheet_spec profile = { .title = "Profile",
                                           .of_person = true,
                                           .make = make_profile };

static struct view *profile_view_new(struct app *app, int64_t key, struct slice id)
{
    return sheet_view_new(app, &profile, key, id);
}

/* ---------------------------------------------------------------------------------- friends */

static const struct table_column friend_columns[] = {
    { "id", "ID", CELL_TEXT, 12, 0, true },
    { "name", "NAME", CELL_TEXT, 20, 1, true },
    { "orders", "ORDERS", CELL_INTEGER, 8, 2, true },
    { "common", "COMMON FRIENDS", CELL_INTEGER, 14, 3, true },
};

static struct page *load_friends(const struct loader_context *context, void *argument,
                                 struct error *error)
{
    const struct sheet_topic *topic = argument;
    const int64_t key = topic_find_user(topic, context->reader, error);
    return key ? rows_friends(context->reader, key, 1000, error) : NULL;
}

static void open_friend(struct table_view *table, int64_t key)
{
    const struct cell *id = table_view_cell(table, "id");
    app_push(table->view.app, user_view_new(table->view.app, key, id->text));
}

static const struct table_spec friends = {
    .name = "friends",
    .title = "Friends",
    .empty = "no friends in this workspace",
    .user_column = "id",
    .open = open_friend,
};

static struct view *friends_view_new(struct app *app, int64_t key, struct slice id)
{
    struct error error;
    struct sheet_topic *topic = topic_new(key, id);
    struct table_source *source =
        topic ? memory_source_new(friend_columns, 4, load_friends, topic, free, &error) : NULL;
    return table_view_new(app, &friends, source, NULL, NULL);
}

static const struct tabs_spec user = {
    .scopes = SCOPE_USER,
    .subject = SUBJECT_USER,
    .tabs = { { "History", history_view_new },
              { "Profile", profile_view_new },
              { "Friends", friends_view_new },
              { "Alike", alike_view_new },
              { "Suggested", suggestions_view_new },
              { "Feed", feed_view_open } },
};

struct view *user_view_new(struct app *app, int64_t key, struct slice id)
{
    return tabs_view_new(app, &user, key, id);
}
