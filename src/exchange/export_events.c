/* export_events.c - the events of a workspace as sentences, RecBole's .inter, MovieLens' CSV or
 * Gorse's feedback.
 *
 * RecBole and MovieLens know ratings only: a row's rating is the rating or weight of the event, 1
 * for a purchase, -1 for a return; views and carts have no place there and are left out. Tabs and
 * ends of line in ids become blanks in RecBole's files, which have no quotes.
 */
#include "exchange/conversations.h"
#include "exchange/number.h"
#include "exchange/sentence.h"

#include "aisle/export.h"

#include <math.h>
#include <string.h>

enum { FLUSH_AT = 64 * 1024, EVENTS_PER_CHECK = 1024 };

struct event_export {
    bytes_put *put;
    void *context;
    struct progress *progress;
    struct text text;
    int64_t events;
    void (*add)(struct text *out, const struct event_row *row);
};

static void add_sentence(struct text *out, const struct event_row *row)
{
    sentence_add(out, row->user, row->item, &row->event);
    text_add(out, "\n", 1);
}

/* What a table of ratings says about an event; false where it has nothing to say. */
static bool rating_of(const struct event *event, float *rating)
{
    switch (event->type) {
    case EVENT_PURCHASE:
        *rating = 1;
        return true;
    case EVENT_RETURN:
        *rating = -1;
        return true;
    case EVENT_RATING:
    case EVENT_WEIGHT:
        *rating = isnan(event->value) ? 1 : event->value;
        return true;
    default:
        return false;
    }
}

static void add_without_tabs(struct text *out, struct slice id)
{
    for (size_t i = 0; i < id.length; i++)
        text_add(out, memchr("\t\n\r", id.bytes[i], 3) ? " " : id.bytes + i, 1);
}

static void add_seconds(struct text *out, const char *before, int64_t time)
{
    text_add_string(out, before);
    if (time != MOMENT_NONE) text_format(out, "%lld", (long long)time);
    text_add(out, "\n", 1);
}

static void add_recbole(struct text *out, const struct event_row *row)
{
    float rating;

    if (!rating_of(&row->event, &rating)) return;
    add_without_tabs(out, row->user);
    text_add(out, "\t", 1);
    add_without_tabs(out, row->item);
    text_add(out, "\t", 1);
    number_add_float(out, rating);
    add_seconds(out, "\t", row->event.time);
}

static void add_quoted(struct text *out, struct slice id)
{
    bool quoted = false;

    for (size_t i = 0; i < id.length && !quoted; i++)
        quoted = memchr(",\"\n\r", id.bytes[i], 4) != NULL;
    if (id.length > 0 && (id.bytes[0] == ' ' || id.bytes[id.length - 1] == ' ')) quoted = true;
    if (quoted) text_add(out, "\"", 1);
    for (size_t i = 0; i < id.length; i++) {
        if (id.bytes[i] == '"') text_add(out, "\"", 1);
        text_add(out, id.bytes + i, 1);
    }
    if (quoted) text_add(out, "\"", 1);
}

static void add_movielens(struct text *out, const struct event_row *row)
{
    float rating;

    if (!rating_of(&row->event, &rating)) return;
    add_quoted(out, row->user);
    text_add(out, ",", 1);
    add_quoted(out, row->item);
    text_add(out, ",", 1);
    number_add_float(out, rating);
    add_seconds(out, ",", row->event.time);
}

/* Feedback as Gorse loads it: every type of event by its name; quantities have no place there. */
static void add_gorse(struct text *out, const struct event_row *row)
{
    char moment[MOMENT_TEXT_SIZE];

    text_format(out, "{\"FeedbackType\":\"%s\",\"UserId\":", event_type_name(row->event.type));
    text_add_json(out, row->user.bytes, row->user.length);
    text_add_string(out, ",\"ItemId\":");
    text_add_json(out, row->item.bytes, row->item.length);
    if (!isnan(row->event.value)) {
        text_add_string(out, ",\"Value\":");
        number_add_float(out, row->event.value);
    }
    if (row->event.time != MOMENT_NONE) {
        moment_text(row->event.time, moment);
        if (strlen(moment) == 19) moment[10] = 'T';
        text_format(out, ",\"Timestamp\":\"%s%s\"", moment, moment[10] == 'T' ? "Z" : "");
    }
    text_add_string(out, "}\n");
}

static bool flush(struct event_export *out, size_t at_least, struct error *error)
{
    bool good = true;

    if (out->text.failed) return error_memory(error, "an export");
    if (out->text.length > 0 && out->text.length >= at_least) {
        good = out->put(out->context, out->text.bytes, out->text.length, error);
        text_clear(&out->text);
    }
    return good;
}

static bool on_event(void *context, const struct event_row *row, struct error *error)
{
    struct event_export *out = context;

    if (++out->events % EVENTS_PER_CHECK == 0) {
        progress_add(out->progress, EVENTS_PER_CHECK);
        if (progress_cancelled(out->progress))
            return error_set(error, ERROR_CANCELLED, "stopped after %lld events",
                             (long long)out->events);
    }
    out->add(&out->text, row);
    return flush(out, FLUSH_AT, error);
}

bool export_events(struct reader *reader, const char *format, bytes_put *put, void *context,
                   struct progress *progress, struct error *error)
{
    struct event_export out = { .put = put, .context = context, .progress = progress };
    struct workspace_counts counts;
    bool good;

    if (strcmp(format, "jsonl") == 0)
        return export_conversations(reader, put, context, progress, error);
    if (strcmp(format, "text") == 0 || strcmp(format, "seed") == 0) {
        out.add = add_sentence;
    } else if (strcmp(format, "gorse") == 0) {
        out.add = add_gorse;
    } else if (strcmp(format, "recbole") == 0) {
        out.add = add_recbole;
        text_add_string(&out.text, "user_id:token\titem_id:token\trating:float\ttimestamp:float\n");
    } else if (strcmp(format, "movielens") == 0) {
        out.add = add_movielens;
        text_add_string(&out.text, "userId,movieId,rating,timestamp\n");
    } else {
        return error_set(
            error, ERROR_USAGE,
            "events are written as text, jsonl, recbole, movielens or gorse, not '%.40s'", format);
    }
    if (!workspace_counts(reader, &counts, error)) {
        text_fini(&out.text);
        return false;
    }
    progress_begin(progress, "writing events", counts.events);
    good = workspace_each_event(reader, on_event, &out, error) && flush(&out, 1, error);
    text_fini(&out.text);
    return good;
}
