/* import.c - import_paths(): the plan, then one file after the other into the workspace.
 *
 * One transaction per file; with --strict one for all of them, which the first bad row ends. The
 * journal knows a file by the checksum of its content and its format: what is in it already is
 * passed by. The reader sees only what was committed, so a dry run and a strict one also compare
 * with the files before.
 */
#include "exchange/decode.h"
#include "exchange/given.h"
#include "exchange/input.h"
#include "exchange/outcome.h"
#include "exchange/plan.h"
#include "exchange/seen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

    struct intake intake; /* of the file being read */
    struct decoder decoder;
    struct import_file *file;
};

/* ------------------------------------------------------------------------------ what is read */

static bool session_get(void *context, void *bytes, size_t room, size_t *length,
                        struct error *error)
{
    struct session *session = context;

    if (!input_get(session->input, bytes, room, length, error)) return false;
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
            input_open(planned->path, planned->spool, session->progress, session->error);
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

static bool on_record(void *context, const struct record *record, struct error *error)
{
    struct session *session = context;

    if (record->kind == RECORD_LISTED)
        return session->options->dry_run ||
               given_add(&session->given, session->reader, record, error);
    if (session->options->dry_run) return count_record(session, record, error);
    return writer_record(session->writer, record, error);
}

static void on_rejected(void *context, int64_t line, const char *reason, struct slice row)
{
    struct session *session = context;

    outcome_reject(&session->outcome, session->file->path, line, reason, row);
    if (session->outcome.failed) {
        *session->error = session->outcome.error;
        session->intake.stopped = true;
    } else if (session->options->strict) {
        error_set(session->error, ERROR_INPUT, "%s:%lld: %s; with --strict nothing is imported",
                  session->file->path, (long long)line, reason);
        session->intake.stopped = true;
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
    struct intake *intake = &session->intake;
    struct import_file *file = session->file;
    bool done = false;

    if (!decoder_open(&session->decoder, session_get, session, session->options->encoding,
                      session->error))
        return false;
    if (!intake_open(intake, decoder_get, &session->decoder, &events, session->catalogue,
                     session->error))
        goto out;
    intake_set_options(intake, session->options);
    intake->understood = &planned->understood;
    intake->orders = session->orders;
    if (planned->part == PART_ORDERS) {
        if (!session->orders) session->orders = order_heads_new(session->error);
        if (!session->orders) goto out;
        intake->heads = session->orders;
    }
    intake->progress = session->progress;
    done = planned->format->read(intake, planned->part) &&
           catalogue_flush(session->catalogue, on_record, session, session->error);
    file->read = intake->read;
    file->accepted = intake->accepted;
    file->rejected = intake->rejected;
    snprintf(file->note, sizeof file->note, "%s", intake->note);
    session->result->read += file->read;
    session->result->accepted += file->accepted;
    session->result->rejected += file->rejected;
out:
    intake_close(intake);
    decoder_close(&session->decoder);
    return done;
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
    /* Orders are kept for their lines, whatever the workspace has already. */
    if (planned->part == PART_ORDERS)
        return seek_input(session, planned) && read_file(session, planned);
    if (!already_in(session, planned, &in)) return false;
    if (in) {
        file->unchanged = true;
        snprintf(file->note, sizeof file->note, "already imported");
        return true;
    }
    if (!seek_input(session, planned) || !begin_file(session, planned, &entry)) return false;
    if (read_file(session, planned) && finish_file(session, &entry)) return true;
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
        !check_plan(&session))
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
    seen_fini(&session.users);
    seen_fini(&session.items);
    reader_close(session.reader);
    return done;
}

void import_result_fini(struct import_result *result)
{
    free(result->files);
    free(result->reasons);
    *result = (struct import_result){ 0 };
}
