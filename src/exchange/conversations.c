/* conversations.c - see conversations.h. Grouping events by user is what a dataset does, so one is
 * made: memory is that of the dataset, about ten bytes an event. */
#include "exchange/conversations.h"

#include "exchange/sentence.h"

enum { ANSWER = 5, HISTORY = 50, FLUSH_AT = 64 * 1024 };

static const char instruction[] =
    "You recommend items of a shop. From what a user did, name the items that the user is "
    "interested in next.";

static void add_message(struct text *out, const char *role, const struct text *content)
{
    text_format(out, "{\"role\":\"%s\",\"content\":", role);
    text_add_json(out, content->bytes ? content->bytes : "", content->length);
    text_add(out, "}", 1);
}

/* Item 12 (Coffee filters) */
static void add_item(struct text *out, const struct dataset *dataset, int32_t item)
{
    struct slice title = names_get(&dataset->item_titles, item);

    text_add_string(out, "item ");
    word_add(out, names_get(&dataset->item_ids, item));
    if (title.length == 0) return;
    text_add_string(out, " (");
    text_add(out, title.bytes, title.length);
    text_add(out, ")", 1);
}

static void add_conversation(struct text *out, const struct dataset *dataset, int32_t user,
                             struct text *scratch)
{
    int64_t begin = dataset->sequence[user], end = dataset->sequence[user + 1];
    int64_t answer = (end - begin) / 2 < ANSWER ? (end - begin) / 2 : ANSWER;
    struct slice id = names_get(&dataset->user_ids, user);
    int64_t middle = end - answer;

    if (answer < 1) return;
    if (middle - begin > HISTORY) begin = middle - HISTORY;
    text_add_string(out, "{\"messages\":[");
    text_clear(scratch);
    text_add_string(scratch, instruction);
    add_message(out, "system", scratch);
    text_add(out, ",", 1);
    text_clear(scratch);
    for (int64_t i = begin; i < middle; i++) {
        struct event event = dataset_event(dataset, i);

        sentence_add(scratch, id, names_get(&dataset->item_ids, event.item), &event);
        text_add(scratch, " ", 1);
    }
    text_add_string(scratch, "User ");
    word_add(scratch, id);
    text_add_string(scratch, " is interested in the following items:");
    add_message(out, "user", scratch);
    text_add(out, ",", 1);
    text_clear(scratch);
    for (int64_t i = middle; i < end; i++) {
        if (i > middle) text_add_string(scratch, ", ");
        add_item(scratch, dataset, dataset_event(dataset, i).item);
    }
    add_message(out, "assistant", scratch);
    text_add_string(out, "]}\n");
}

bool export_conversations(struct reader *reader, bytes_put *put, void *context,
                          struct progress *progress, struct error *error)
{
    struct strength_options options;
    const struct dataset *dataset;
    struct text text = { 0 }, scratch = { 0 };
    bool good = true;

    strength_options_init(&options);
    dataset = workspace_dataset(reader, &options, NULL, progress, error);
    if (!dataset) return false;
    progress_begin(progress, "writing conversations", dataset->n_users);
    for (int32_t user = 0; user < dataset->n_users && good; user++) {
        add_conversation(&text, dataset, user, &scratch);
        progress_add(progress, 1);
        if (text.failed || scratch.failed)
            good = error_memory(error, "an export");
        else if (progress_cancelled(progress))
            good = error_set(error, ERROR_CANCELLED, "stopped after %d users", user + 1);
        else if (text.length >= FLUSH_AT || (user + 1 == dataset->n_users && text.length > 0)) {
            good = put(context, text.bytes, text.length, error);
            text_clear(&text);
        }
    }
    text_fini(&text);
    text_fini(&scratch);
    dataset_release(dataset);
    return good;
}
