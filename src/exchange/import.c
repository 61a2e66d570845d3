/* import.c - import_paths(): the plan, then one file after the other into the workspace.
 *
 * One transaction per file; with --strict one for all of them, which the first bad row ends. The
 * journal knows a file by the checksum of its content and its format: what is in it already is
 * passed by. The reader sees only what was committed, so a dry run and a strict one also compare
 * with the files before.
 */
#include "exchange/decode.h"
#include "exchange/delimited.h"
#include "exchange/given.h"
#include "exchange/input.h"
#include "exchange/outcome.h"
#include "exchange/plan.h"
#include "exchange/repeats.h"
#include "exchange/seen.h"
#include "exchange/sentence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SAMPLES = 3 };                        /* rows of a file that are shown as they are stored */
enum { FIT_COLUMNS = 64, FIT_ROWS = 10000 }; /* of a catalogue that are held against the events */
enum { COMPARED_MAX = 5000000, ROWS_THAT_PROVE = 20 };
enum { BYTES_PER_ROW = 24 }; /* a guess on the low side, to decide about a bulk load */

struct session {
    struct workspace *workspace; /* may be NULL in a dry run */
    struct reader *reader;
    struct writer *writer; /* an open transaction, or NULL */
    const struct import_options *options;
    struct progress *progress;
    struct error *error;
    struct plan plan;
    struct outcome outcome;
    struct import_result *result;
    struct catalogue *catalogue;
    struct workspace_counts before;
    struct input *input; /* where the last file was read; archives go on from there */
    const struct planned *input_of;
    struct seen users, items; /* of a dry run */
    struct given given;       /* other engines' lists */

    struct order_heads *orders;
    struct repeats repeats; /* where there is something to compare with */
    int64_t events;         /* of the file being read */

    struct import_context import_context; /* of the file being read */
    struct decoder decoder;
    struct import_file *file;
};

/* ------------------------------------------------------------------------------ what is read */

static bool session_get(void *context, void *bytes, size_t capacity, size_t *length,
                        struct error *error)
{
    struct session *session = context;

    if (!input_get(session->input, bytes, capacity, length, error)) return false;
    progress_add(session->progress, (int64_t)*length);
    return true;
}

/* Goes to the member that the plan says. Members of one archive come in its order as a rule, so it
 * is opened again only to go back. */
static bool seek_input(struct session *session, const struct planned *planned)
{
    const struct planned *last = session->input_of;
    bool more;

    if (!last || strcmp(last->path, planned->path) != 0 || last->index >= planned->index) {
        input_close(session->input);
        session->input =
            input_open(planned->path, planned->temporary_file, session->progress, session->error);
        if (!session->input) return false;
    }
    session->input_of = planned;
    do {
        if (!input_next(session->input, &more, session->error)) return false;
        if (!more)
            return error_set(session->error, ERROR_IO, "%s: changed while it was read",
                             planned->shown);
    } while (input_index(session->input) < planned->index);
    return true;
}

/* ------------------------------------------------------------------------ where records go */

/* A dry run counts; what the workspace has already is not new. */
static bool count_id(struct session *session, struct seen *seen, struct slice id, bool user,
                     int64_t *n, struct error *error)
{
    bool first;

    if (!seen_add(seen, id, &first, error)) return false;
    if (first && session->reader)
        first =
            (user ? rows_find_user(session->reader, id) : rows_find_item(session->reader, id)) == 0;
    *n += first;
    return true;
}

static bool count_record(struct session *session, const struct record *record, struct error *error)
{
    struct import_result *result = session->result;

    result->events += record->kind == RECORD_EVENT;
    if (record->kind != RECORD_ITEM &&
        !count_id(session, &session->users, record->user, true, &result->users, error))
        return false;
    if (record->kind == RECORD_FRIENDSHIP)
        return count_id(session, &session->users, record->other, true, &result->users, error);
    return record->kind == RECORD_USER ||
           count_id(session, &session->items, record->item, false, &result->items, error);
}

/* The first records of a file as people read them. */
static void keep_sample(struct import_file *file, const struct record *record)
{
    struct text text = { 0 }, shown = { 0 };
    char *sample = file->samples[file->n_samples];

    if (record->kind == RECORD_EVENT) {
        const struct event event = { .time = record->time,
                                     .type = record->type,
                                     .quantity = (float)record->quantity,
                                     .value = (float)record->value };
        sentence_add(&text, record->user, record->item, &event);
    } else if (record->kind == RECORD_USER || record->kind == RECORD_ITEM) {
        const bool user = record->kind == RECORD_USER;
        const struct slice id = user ? record->user : record->item;

        text_add_string(&text, user ? "User " : "Item ");
        text_add(&text, id.bytes, id.length);
        if (record->name.length > 0) {
            text_add_string(&text, " '");
            text_add(&text, record->name.bytes, record->name.length);
            text_add_string(&text, "'");
        }
        for (int32_t i = 0; i < record->n_attributes && text.length < 240; i++) {
            text_add_string(&text, i == 0 ? ": " : ", ");
            text_add(&text, record->attributes[i].name.bytes, record->attributes[i].name.length);
            text_add_string(&text, "=");
            text_add(&text, record->attributes[i].value.bytes, record->attributes[i].value.length);
        }
    } else if (record->kind == RECORD_FRIENDSHIP) {
        text_add_string(&text, "User ");
        text_add(&text, record->user.bytes, record->user.length);
        text_add_string(&text, " is a friend of ");
        text_add(&text, record->other.bytes, record->other.length);
    } else {
        return;
    }
    if (text.bytes) text_add_visible(&shown, text.bytes, text.length);
    if (shown.bytes && !shown.failed) {
        size_t length =
            shown.length < sizeof file->samples[0] ? shown.length : sizeof file->samples[0] - 1;
        while (length > 0 && length < shown.length && (shown.bytes[length] & 0xC0) == 0x80)
            length--;
        memcpy(sample, shown.bytes, length);
        sample[length] = '\0';
        file->n_samples++;
    }
    text_fini(&text);
    text_fini(&shown);
}

static bool on_record(void *context, const struct record *record, struct error *error)
{
    struct session *session = context;

    if (session->file->n_samples < SAMPLES) keep_sample(session->file, record);

    if (record->kind == RECORD_LISTED)
        return session->options->dry_run ||
               given_add(&session->given, session->reader, record, error);
    if (record->kind == RECORD_EVENT) {
        bool repeated = false;

        session->events++;
        if (session->repeats.active && !repeats_check(&session->repeats, record, &repeated, error))
            return false;
        session->file->repeated += repeated;
        if (repeated && session->options->once) return true;
    }
    if (session->options->dry_run) return count_record(session, record, error);
    return writer_record(session->writer, record, error);
}

static void on_rejected(void *context, int64_t line, const char *reason, struct slice row)
{
    struct session *session = context;

    outcome_reject(&session->outcome, session->file->path, line, reason, row);
    if (session->outcome.failed) {
        *session->error = session->outcome.error;
        session->import_context.stopped = true;
    } else if (session->options->strict) {
        error_set(session->error, ERROR_INPUT, "%s:%lld: %s; with --strict nothing is imported",
                  session->file->path, (long long)line, reason);
        session->import_context.stopped = true;
    }
}

/* -------------------------------------------------------------------------------- one file */

/* Is it in the journal, or among the files of this import that are not committed yet? */
static bool already_in(struct session *session, const struct planned *planned, bool *in)
{
    struct import_entry entry = { 0 };

    *in = false;
    for (const struct planned *other = session->plan.files; other < planned; other++)
        if (other->format == planned->format && other->checksum == planned->checksum &&
            other->bytes == planned->bytes && other->part == planned->part)
            *in = true;
    if (*in || !session->reader) return true;
    if (!journal_find(session->reader, planned->checksum, planned->bytes, planned->format->name,
                      &entry, session->error))
        return false;
    *in = entry.id != 0;
    return true;
}

static bool begin_file(struct session *session, const struct planned *planned,
                       struct import_entry *entry)
{
    if (session->options->dry_run) return true;
    if (!session->writer) {
        session->writer = writer_begin(session->workspace, session->error);
        if (!session->writer) return false;
        if (planned->part == PART_EVENTS &&
            planned->bytes / BYTES_PER_ROW > session->before.events + session->result->accepted &&
            !writer_bulk(session->writer, session->error))
            return false;
    }
    *entry = (struct import_entry){ .checksum = planned->checksum,
                                    .bytes = planned->bytes,
                                    .at = (int64_t)time(NULL) };
    snprintf(entry->source, sizeof entry->source, "%s", planned->shown);
    snprintf(entry->format, sizeof entry->format, "%s", planned->format->name);
    return journal_begin(session->writer, entry, session->error);
}

/* Commits what is open, and counts what it added: what others add at the same time is theirs. */
static bool commit(struct session *session)
{
    struct import_result *result = session->result;
    struct writer *writer = session->writer;
    int64_t users = 0, items = 0, events = 0;

    session->writer = NULL;
    writer_added(writer, &users, &items, &events);
    if (!writer_commit(writer, session->error)) return false;
    result->users += users;
    result->items += items;
    result->events += events;
    return true;
}

/* For the log. The file of rejected rows is named, since an erasure has to look into it. */
static void describe_import(const struct session *session, struct text *out)
{
    const struct import_file *file = session->file;

    text_format(out, "{\"format\":\"%s\",\"accepted\":%lld,\"rejected\":%lld", file->format,
                (long long)file->accepted, (long long)file->rejected);
    if (session->outcome.writes_rejects && file->rejected > 0) {
        struct text place = { 0 };
        text_add_string(out, ",\"rejects\":");
        file_real_place(session->options->rejects, &place);
        text_add_json(out, place.bytes ? place.bytes : "", place.length);
        text_fini(&place);
    }
    text_add_string(out, "}");
}

static bool load_event(void *context, const struct event_row *row, struct error *error)
{
    struct session *session = context;
    const struct record record = { .kind = RECORD_EVENT,
                                   .user = row->user,
                                   .item = row->item,
                                   .time = row->event.time,
                                   .type = row->event.type,
                                   .quantity = (double)row->event.quantity };

    return repeats_add_old(&session->repeats, &record, error);
}

/* Rows are compared with those of other files, and with what is in the workspace. */
static bool open_repeats(struct session *session)
{
    int32_t files = 0;

    for (int32_t i = 0; i < session->plan.n; i++)
        files += session->plan.files[i].format && session->plan.files[i].part == PART_EVENTS;
    session->repeats.active = files > 1 || (files == 1 && session->before.events > 0);
    if (!session->repeats.active || session->before.events == 0) return true;
    if (session->before.events > COMPARED_MAX && !session->options->once) {
        session->repeats.active = files > 1;
        return true;
    }
    return workspace_each_event(session->reader, load_event, session, session->error);
}

static void add_note(struct import_file *file, const char *sentence)
{
    const size_t length = strlen(file->note);

    snprintf(file->note + length, sizeof file->note - length, "%s%s", length > 0 ? "; " : "",
             sentence);
}

/* Says how many rows stand elsewhere too; *all = every one of them, so that the file brings
 * nothing. Without times two equal rows may be two purchases: a few prove nothing. */
static void describe_repeats(struct session *session, bool timed, bool *all)
{
    struct import_file *file = session->file;
    char sentence[200];

    *all = false;
    if (file->repeated == 0) return;
    *all = file->repeated == session->events && (timed || session->events >= ROWS_THAT_PROVE) &&
           !session->options->strict;
    snprintf(sentence, sizeof sentence, "%s %s in another file or an earlier import too%s",
             text_count(file->repeated, "row").text, file->repeated == 1 ? "stands" : "stand",
             *all                     ? ": nothing was added"
             : session->options->once ? ": left out"
                                      : "; --once leaves such rows out");
    add_note(file, sentence);
}

/* A file of which no row was taken is not in: with another --map it comes in yet. */
static bool forget_file(struct session *session)
{
    struct import_file *file = session->file;
    const size_t length = strlen(file->note);

    snprintf(file->note + length, sizeof file->note - length,
             "%sno row was taken: it does not count as imported", length > 0 ? "; " : "");
    writer_rollback(session->writer);
    session->writer = NULL;
    return true;
}

static bool finish_file(struct session *session, struct import_entry *entry)
{
    struct import_file *file = session->file;
    struct text detail = { 0 };
    char added[80];

    if (session->options->dry_run) return true;
    if (file->read > 0 && file->accepted == 0 && !session->options->strict)
        return forget_file(session);
    if (session->given.left_out > 0)
        snprintf(file->note, sizeof file->note, "%s of users or items that are not here",
                 text_count(session->given.left_out, "row").text);
    if (!given_save(&session->given, session->writer, session->error)) return false;
    entry->read = file->read;
    entry->accepted = file->accepted;
    entry->rejected = file->rejected;
    describe_import(session, &detail);
    snprintf(added, sizeof added, "%s more", text_count(file->accepted, "row").text);
    const bool kept = !detail.failed && journal_finish(session->writer, entry, session->error) &&
                      audit_change(session->writer, "import", file->path, "", added, detail.bytes,
                                   session->error);
    text_fini(&detail);
    if (!kept) return false;
    return session->options->strict || commit(session);
}

static bool read_file(struct session *session, const struct planned *planned)
{
    struct import_events events = { .record = on_record,
                                    .rejected = on_rejected,
                                    .context = session };
    struct import_context *import_context = &session->import_context;
    struct import_file *file = session->file;
    bool done = false;

    if (!decoder_open(&session->decoder, session_get, session, session->options->encoding,
                      session->error))
        return false;
    if (!import_open(import_context, decoder_get, &session->decoder, &events, session->catalogue,
                     session->error))
        goto out;
    import_set_options(import_context, session->options);
    import_context->understood = &planned->understood;
    import_context->orders = session->orders;
    if (planned->part == PART_ORDERS) {
        if (!session->orders) session->orders = order_heads_new(session->error);
        if (!session->orders) goto out;
        import_context->heads = session->orders;
    }
    import_context->progress = session->progress;
    done = planned->format->read(import_context, planned->part) &&
           catalogue_flush(session->catalogue, on_record, session, session->error);
    file->read = import_context->read;
    file->accepted = import_context->accepted;
    file->rejected = import_context->rejected;
    if (import_context->note[0]) add_note(file, import_context->note);
    session->result->read += file->read;
    session->result->accepted += file->accepted;
    session->result->rejected += file->rejected;
out:
    import_close(import_context);
    decoder_close(&session->decoder);
    return done;
}

/* ------------------------------------------------------- a catalogue and the events beside it */

static bool is_known_item(struct session *session, struct slice id)
{
    if (id.length == 0) return false;
    return session->options->dry_run && !session->reader
               ? seen_has(&session->items, id)
               : seen_has(&session->items, id) ||
                     (session->reader && rows_find_item(session->reader, id) != 0);
}

/* Counts for each column of the first rows how many of its cells are items that are known. */
static bool count_fits(struct session *session, const struct planned *planned, int64_t *rows,
                       int64_t fits[FIT_COLUMNS])
{
    const struct import_events nowhere = { 0 };
    const struct understood *understood = &planned->understood;
    struct import_context *import_context = &session->import_context;
    struct delimited table = { 0 };
    struct slice line;
    bool done = false;

    *rows = 0;
    if (!seek_input(session, planned) || !decoder_open(&session->decoder, input_get, session->input,
                                                       session->options->encoding, session->error))
        return false;
    if (!import_open(import_context, decoder_get, &session->decoder, &nowhere, NULL,
                     session->error) ||
        !delimited_open(&table, import_context, understood->delimiter))
        goto out;
    table.backslash = understood->backslash;
    for (int32_t i = 0; i < understood->skipped; i++)
        if (!import_raw_line(import_context, &line)) break;
    if (!understood->headerless) delimited_next(&table);
    while (*rows < FIT_ROWS && delimited_next(&table)) {
        ++*rows;
        for (int32_t i = 0; i < understood->n && i < FIT_COLUMNS; i++)
            fits[i] += is_known_item(session, table_cell(&table, i));
    }
    done = !import_context->stopped;
out:
    delimited_close(&table);
    import_close(import_context);
    decoder_close(&session->decoder);
    session->input_of = NULL; /* the file is opened again for its reading */
    return done;
}

/* Where the ids of a catalogue are hardly those of the events while another column is: the file
 * stays out, for its titles would go to the wrong items or to none. */
static bool check_catalogue(struct session *session, const struct planned *planned, bool *fits)
{
    const struct understood *understood = &planned->understood;
    const int32_t at = understood->columns.at[COLUMN_ITEM] >= 0
                           ? understood->columns.at[COLUMN_ITEM]
                           : understood->columns.at[COLUMN_ID];
    int64_t rows = 0, known[FIT_COLUMNS] = { 0 };
    int32_t best = -1;
    char sentence[300];

    *fits = true;
    if (at < 0 || at >= FIT_COLUMNS || understood->delimiter == 0 || session->options->map)
        return true;
    if (session->before.events == 0 && session->result->accepted == 0) return true;
    if (!count_fits(session, planned, &rows, known)) return false;
    if (rows == 0 || known[at] * 2 >= rows) return true;
    for (int32_t i = 0; i < understood->n && i < FIT_COLUMNS; i++)
        if (i != at && (best < 0 || known[i] > known[best])) best = i;
    if (best >= 0 && known[best] * 2 >= rows && known[best] >= 2 * known[at]) {
        snprintf(sentence, sizeof sentence,
                 "passed over: %lld of %lld titles belong to items that nobody bought: is another "
                 "column the id? '%.60s' fits %lld: say --map item=%.60s",
                 (long long)(rows - known[at]), (long long)rows, understood->column[best].name,
                 (long long)known[best], understood->column[best].name);
        *fits = false;
    } else {
        snprintf(sentence, sizeof sentence, "%lld of %lld belong to items that nobody bought",
                 (long long)(rows - known[at]), (long long)rows);
    }
    add_note(session->file, sentence);
    return true;
}

/* What the look found, for the caller. */
static bool describe_understood(struct session *session, const struct planned *planned)
{
    const struct understood *understood = &planned->understood;
    struct import_file *file = session->file;

    if (planned->part != PART_ORDERS && planned->part != PART_EVENTS &&
        planned->part != PART_ITEMS && planned->part != PART_USERS && planned->part != PART_FRIENDS)
        return true;
    snprintf(file->encoding, sizeof file->encoding, "%s",
             understood->encoding ? understood->encoding : "");
    if (understood->delimiter == 0) return true;
    snprintf(file->separator, sizeof file->separator, "%s",
             understood->delimiter == '\t'  ? "tab"
             : understood->delimiter == ' ' ? "blank"
                                            : (char[2]){ understood->delimiter, 0 });
    file->without_time = planned->part == PART_EVENTS && !understood->lines_only &&
                         understood->columns.at[COLUMN_TIME] < 0;
    file->columns = calloc((size_t)understood->n + 1, sizeof *file->columns);
    if (!file->columns) return error_memory(session->error, "the columns of a file");
    file->n_columns = understood->n;
    for (int32_t i = 0; i < understood->n; i++) {
        const struct understood_column *column = &understood->column[i];
        const struct slice name = slice_of(column->name);
        const size_t length = name.length < 95 ? name.length : 95;

        memcpy(file->columns[i].name, name.bytes, length);
        snprintf(file->columns[i].taken_for, sizeof file->columns[i].taken_for, "%s",
                 !column->used             ? "not used"
                 : column->role == COLUMNS ? "attribute"
                                           : column_role_text(column->role));
    }
    return true;
}

static bool import_one(struct session *session, const struct planned *planned)
{
    struct import_file *file = session->file;
    struct import_entry entry;
    bool in;

    snprintf(file->path, sizeof file->path, "%s", planned->shown);
    snprintf(file->note, sizeof file->note, "%s", planned->note);
    if (!planned->format) {
        file->passed_over = true;
        return true;
    }
    snprintf(file->format, sizeof file->format, "%s", planned->format->name);
    if (!describe_understood(session, planned)) return false;
    /* Orders are kept for their lines, whatever the workspace has already. */
    if (planned->part == PART_ORDERS)
        return seek_input(session, planned) && read_file(session, planned);
    if (!already_in(session, planned, &in)) return false;
    if (in) {
        file->unchanged = true;
        snprintf(file->note, sizeof file->note, "already imported");
        return true;
    }
    if (planned->part == PART_ITEMS) {
        bool fits;

        if (!check_catalogue(session, planned, &fits)) return false;
        if (!fits) {
            file->passed_over = true;
            return true;
        }
    }
    session->events = 0;
    if (!seek_input(session, planned) || !begin_file(session, planned, &entry)) return false;
    if (read_file(session, planned)) {
        bool repeated;

        describe_repeats(session, !file->without_time, &repeated);
        if (!repeats_end_file(&session->repeats, !repeated, session->error)) return false;
        if (repeated && !session->options->dry_run) {
            writer_rollback(session->writer);
            session->writer = NULL;
            return true;
        }
        if (finish_file(session, &entry)) return true;
    }
    /* Reading errors of a format say what; where is added here, once. */
    if (!strstr(session->error->text, file->path)) error_prefix(session->error, "%s", file->path);
    return false;
}

/* --------------------------------------------------------------------------- the whole import */

static bool check_options(struct session *session, int32_t n)
{
    const struct import_options *options = session->options;

    if (n < 1) return error_set(session->error, ERROR_USAGE, "nothing to import: name a file");
    if (!session->workspace && !options->dry_run)
        return error_set(session->error, ERROR_USAGE, "no workspace to import into");
    enum date_order order;
    if (options->dates && !date_order_parse(options->dates, &order))
        return error_set(session->error, ERROR_USAGE, "--dates is dmy, mdy or ymd, not '%.40s'",
                         options->dates);
    if (options->format && !format_find(options->format)) {
        char names[256] = "";

        for (const struct import_format_info *info = import_formats(); info->name; info++)
            snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s",
                     *names ? ", " : "", info->name);
        return error_set(session->error, ERROR_USAGE, "there is no format '%.60s'; there are %s",
                         options->format, names);
    }
    return true;
}

/* A plan in which no file is known is a failure. */
static bool check_plan(struct session *session)
{
    int64_t bytes = 0;
    int32_t known = 0, folders = 0;

    for (int32_t i = 0; i < session->plan.n; i++) {
        const struct planned *planned = &session->plan.files[i];

        known += planned->format != NULL;
        folders += strstr(planned->note, "a folder in a folder") != NULL;
        if (planned->format) bytes += planned->bytes;
    }
    progress_begin(session->progress, "importing", bytes);
    /* A column that --map names has to be in one of the files. */
    if (session->options->map && session->plan.map_error.code != ERROR_NONE &&
        session->plan.mapped != columns_map_bits(session->options->map)) {
        *session->error = session->plan.map_error;
        return false;
    }
    if (known > 0) return true;
    if (session->plan.map_error.code != ERROR_NONE) {
        *session->error = session->plan.map_error;
        return false;
    }
    if (folders > 0 && folders == session->plan.n)
        return error_set(session->error, ERROR_INPUT,
                         "%s: only folders are in this folder; --recursive reads what is in them",
                         session->plan.files[0].shown);
    if (session->plan.n == 1)
        return error_set(session->error, ERROR_INPUT, "%s: %s; say what it is with --format",
                         session->plan.files[0].shown, session->plan.files[0].note);
    return error_set(
        session->error, ERROR_INPUT,
        "none of the %d files is one that aisle knows; say what they are with --format",
        session->plan.n);
}

static bool import_files(struct session *session)
{
    struct import_result *result = session->result;
    int32_t n = session->plan.n;

    result->files = calloc((size_t)n + 1, sizeof *result->files);
    if (!result->files) return error_memory(session->error, "the list of files");
    for (int32_t i = 0; i < n; i++) {
        session->file = &result->files[i];
        result->n_files = i + 1;
        if (!import_one(session, &session->plan.files[i])) return false;
    }
    return !session->writer || commit(session);
}

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Rejected rows go to a file of their own: not to the workspace, not to what is imported. */
static bool open_outcome(struct session *session, const char *const *paths, int32_t n)
{
    const struct import_options *options = session->options;
    const char *workspace = session->workspace ? workspace_path(session->workspace) : NULL;
    const struct file_target rejects = { options->rejects, workspace ? workspace : options->spared,
                                         options->replace };

    for (int32_t i = 0; options->rejects && i < n; i++) {
        const struct file_target source = { options->rejects, paths[i], false };
        if (strcmp(paths[i], "-") != 0 && !file_is_free(&source, NULL))
            return error_set(session->error, ERROR_USAGE,
                             "%s: is what is imported: name another file for the rejected rows",
                             options->rejects);
    }
    return outcome_open(&session->outcome, session->result, &rejects, session->error);
}

bool import_paths(struct workspace *workspace, const char *const *paths, int32_t n,
                  const struct import_options *options, struct progress *progress,
                  struct import_result *result, struct error *error)
{
    static const struct import_options none = { 0 };
    struct error ignored = { 0 };
    struct session session = { .workspace = workspace,
                               .options = options ? options : &none,
                               .progress = progress,
                               .result = result,
                               .error = error ? error : &ignored };
    double began = seconds_now();
    bool done = false;

    *result = (struct import_result){ 0 };
    if (!check_options(&session, n)) return false;
    if (!open_outcome(&session, paths, n)) return false;
    if (workspace && (!(session.reader = reader_open(workspace, session.error)) ||
                      !workspace_counts(session.reader, &session.before, session.error)))
        goto out;
    if (!(session.catalogue = catalogue_new(session.error)) ||
        !plan_make(&session.plan, paths, n, session.options, progress, session.error) ||
        !check_plan(&session) || !open_repeats(&session))
        goto out;
    done = import_files(&session);
out:
    writer_rollback(session.writer);
    if (!outcome_close(&session.outcome, done ? session.error : NULL)) done = false;
    result->seconds = seconds_now() - began;
    input_close(session.input);
    plan_fini(&session.plan);
    catalogue_free(session.catalogue);
    given_fini(&session.given);
    order_heads_free(session.orders);
    repeats_fini(&session.repeats);
    seen_fini(&session.users);
    seen_fini(&session.items);
    reader_close(session.reader);
    return done;
}

void import_result_fini(struct import_result *result)
{
    for (int32_t i = 0; i < result->n_files; i++)
        free(result->files[i].columns);
    free(result->files);
    free(result->reasons);
    *result = (struct import_result){ 0 };
}
