/* export_lists.c - everybody's lists, as other programs read them. */
#include "exchange/csv.h"
#include "exchange/number.h"

#include "aisle/export.h"
#include "aisle/feed_all.h"

#include <stdlib.h>
#include <string.h>

enum { USERS_A_CHUNK = 4096 };

/* One chunk of lists: users [first, first + lists.n). */
struct chunk {
    const struct list_export *out;
    const char *model;
    int32_t first;
    struct feed_lists lists;
};

static void add_csv_rows(struct text *out, const struct chunk *chunk, int32_t at)
{
    const struct dataset *dataset = chunk->out->dataset;
    const struct slice user = names_get(&dataset->user_ids, chunk->first + at);
    const size_t from = (size_t)at * (size_t)chunk->lists.length;

    for (int32_t r = 0; r < chunk->lists.count[at]; r++) {
        csv_add(out, user, true);
        text_add(out, ",", 1);
        csv_add(out, names_get(&dataset->item_ids, chunk->lists.item[from + (size_t)r]), true);
        text_format(out, ",%d,", r + 1);
        number_add_float(out, chunk->lists.score[from + (size_t)r]);
        text_format(out, ",%s\n", chunk->model);
    }
}

static void add_member(struct text *out, const char *before, struct slice value)
{
    text_add_string(out, before);
    text_add_json(out, value.bytes, value.length);
}

/* As `recommend --json` writes it: 12 digits, and a sign that it is no whole number. */
static void add_score(struct text *out, float score)
{
    const size_t from = out->length;

    text_format(out, "%.12g", (double)score);
    if (out->bytes && !memchr(out->bytes + from, '.', out->length - from) &&
        !memchr(out->bytes + from, 'e', out->length - from))
        text_add_string(out, ".0");
}

static void add_json_line(struct text *out, const struct chunk *chunk, int32_t at)
{
    const struct dataset *dataset = chunk->out->dataset;
    const size_t from = (size_t)at * (size_t)chunk->lists.length;

    add_member(out, "{\"user\":", names_get(&dataset->user_ids, chunk->first + at));
    text_format(out,
                ",\"model\":\"%s\",\"run\":%lld,\"as_of\":null,\"events_behind\":%lld,\"items\":[",
                chunk->model, (long long)chunk->out->run, (long long)chunk->out->events_behind);
    for (int32_t r = 0; r < chunk->lists.count[at]; r++) {
        const int32_t item = chunk->lists.item[from + (size_t)r];
        text_format(out, "%s{\"rank\":%d", r > 0 ? "," : "", r + 1);
        add_member(out, ",\"item\":", names_get(&dataset->item_ids, item));
        add_member(out, ",\"title\":", names_get(&dataset->item_titles, item));
        text_add_string(out, ",\"score\":");
        add_score(out, chunk->lists.score[from + (size_t)r]);
        text_add_string(out, "}");
    }
    text_add_string(out, "]}\n");
}

static bool write_chunk(const struct chunk *chunk, struct text *text, bytes_put *put, void *context,
                        struct error *error)
{
    for (int32_t at = 0; at < chunk->lists.n; at++) {
        (chunk->out->jsonl ? add_json_line : add_csv_rows)(text, chunk, at);
        if (text->failed) return error_memory(error, "an export");
        if (text->length < 65536 && at + 1 < chunk->lists.n) continue;
        if (!put(context, text->bytes, text->length, error)) return false;
        text_clear(text);
    }
    return true;
}

bool export_lists(const struct list_export *lists, bytes_put *put, void *context,
                  struct progress *progress, struct error *error)
{
    const int32_t n_users = lists->dataset->n_users;
    struct chunk chunk = { .out = lists, .model = model_base(lists->model)->kind->name };
    int32_t *users = malloc(USERS_A_CHUNK * sizeof *users);
    struct text text = { 0 };
    bool good = users != NULL;

    if (!users) error_memory(error, "an export");
    if (good && !lists->jsonl) {
        text_add_string(&text, "user,item,rank,score,model\n");
        good = text.failed ? error_memory(error, "an export")
                           : put(context, text.bytes, text.length, error);
        text_clear(&text);
    }
    progress_begin(progress, "lists", n_users);
    for (; good && chunk.first < n_users;
         chunk.first += chunk.lists.n, feed_lists_fini(&chunk.lists)) {
        const int32_t left = n_users - chunk.first, n = left < USERS_A_CHUNK ? left : USERS_A_CHUNK;
        for (int32_t at = 0; at < n; at++)
            users[at] = chunk.first + at;
        good = feed_all(lists->model, lists->dataset, users, n, lists->options, 0, NULL,
                        &chunk.lists, error);
        if (!good) break;
        good = write_chunk(&chunk, &text, put, context, error);
        progress_add(progress, n);
        if (good && progress_cancelled(progress))
            good = error_set(error, ERROR_CANCELLED, "stopped after %d users", chunk.first + n);
    }
    feed_lists_fini(&chunk.lists);
    text_fini(&text);
    free(users);
    return good;
}
