/* A workspace that somebody made, by SQL and by bytes: everything that commands and screens read of
 * it. The input is a list of changes to a small sound workspace:
 *   0  bytes:  place (3 bytes), value
 *   1  number: column (1), row (1), which (1) of the numbers below: UPDATE
 *   2  text:   column (1), row (1), length (1), so many bytes
 *   3  SQL:    up to the next line end
 *   4  end:    the file is cut (3 bytes) */
#include "../support/shop_file.h"
#include "../support/workspace_tour.h"

#include <aisle/engine.h>
#include <aisle/rescue.h>

#include <sqlite3.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct input {
    const uint8_t *at, *end;
};

static const char *const columns[] = {
    "users SET row",
    "users SET id",
    "users SET name",
    "users SET events",
    "users SET first",
    "users SET spend",
    "items SET row",
    "items SET id",
    "items SET title",
    "items SET months",
    "items SET buyers",
    "events SET id",
    "events SET user_id",
    "events SET item_id",
    "events SET time",
    "events SET type",
    "events SET quantity",
    "events SET value",
    "events SET line",
    "meta SET value",
    "runs SET kind",
    "runs SET parameters",
    "runs SET n_users",
    "runs SET n_items",
    "runs SET events_seen",
    "runs SET fingerprint",
    "runs SET bytes",
    "runs SET active",
    "runs SET metrics",
    "runs SET seconds",
    "runs SET replaced",
    "runs SET started",
    "run_chunks SET bytes",
    "run_chunks SET part",
    "run_chunks SET run_id",
    "rules SET body",
    "rules SET state",
    "audit SET before",
    "audit SET action",
    "scenarios SET body",
    "attribute_names SET id",
    "attribute_names SET subject",
    "attribute_names SET name",
    "item_attributes SET name_id",
    "item_attributes SET value",
    "friendships SET friend_id",
};
static const char *const numbers[] = {
    "-1",
    "0",
    "1",
    "2",
    "77",
    "2147483647",
    "2147483648",
    "4294967297",
    "9223372036854775807",
    "-9223372036854775808",
    "9e999",
    "-9e999",
    "1e308",
    "NULL",
    "0.5",
    "16777217",
    "x'00'",
    "''",
};

static struct {
    uint8_t *bytes; /* of the sound file */
    size_t length;
    char path[128], saved[160];
} base;

static unsigned next(struct input *input)
{
    return input->at < input->end ? *input->at++ : 0;
}

static size_t next_place(struct input *input)
{
    size_t place = next(input);
    place = place << 8 | next(input);
    return (place << 8 | next(input)) % base.length;
}

static void make_base(void)
{
    struct shop_file file;
    struct error error = { 0 };
    struct parameters parameters;
    struct run run;
    shop_file_make(&file, 30, 20, 300);
    struct engine *engine = engine_new(file.workspace, &error);
    static const char *const kinds[] = { "popular", "item-cf", "content" };
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        parameters_init(&parameters, model_kind_find(kinds[k], &error)->parameters);
        engine_train(engine, kinds[k], &parameters, 1, NULL, &run, &error);
    }
    engine_free(engine);
    workspace_close(file.workspace);
    file.workspace = NULL;
    FILE *in = fopen(file.path, "rb");
    base.bytes = malloc(1 << 22);
    if (!in || !base.bytes) abort();
    base.length = fread(base.bytes, 1, 1 << 22, in);
    fclose(in);
    shop_file_remove(&file);
    snprintf(base.path, sizeof base.path, "%s/aisle-fuzz-%ld.aisle",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (long)getpid());
    snprintf(base.saved, sizeof base.saved, "%s.saved", base.path);
}

static void remove_file(const char *path)
{
    static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char name[200];
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
}

static int enough(void *context)
{
    return ++*(int *)context > 50;
}

static void run_sql(sqlite3 *db, const char *sql)
{
    int ticks = 0;
    sqlite3_progress_handler(db, 1000, enough, &ticks);
    sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static void change_cell(sqlite3 *db, struct input *input, bool text)
{
    char sql[300], value[200];
    const char *column = columns[next(input) % (sizeof columns / sizeof *columns)];
    const unsigned row = next(input);
    if (text) {
        static const char digits[] = "0123456789abcdef";
        size_t n = next(input) % 64, at = 0;
        at += (size_t)snprintf(value, sizeof value, "CAST(x'");
        for (; n > 0; n--) {
            const unsigned byte = next(input);
            value[at++] = digits[byte >> 4];
            value[at++] = digits[byte & 15];
        }
        snprintf(value + at, sizeof value - at, "' AS TEXT)");
    } else {
        snprintf(value, sizeof value, "%s",
                 numbers[next(input) % (sizeof numbers / sizeof *numbers)]);
    }
    snprintf(sql, sizeof sql, "UPDATE OR REPLACE %s = %s", column, value);
    if (row < 64 && strncmp(column, "meta", 4) != 0 && strncmp(column, "sce", 3) != 0 &&
        !strstr(column, "_attributes") && !strstr(column, "friend"))
        snprintf(sql + strlen(sql), sizeof sql - strlen(sql), " WHERE rowid = %u", row + 1);
    run_sql(db, sql);
}

static void change_sql(sqlite3 *db, struct input *input)
{
    char sql[400];
    size_t n = 0;
    while (input->at < input->end && *input->at != '\n' && n + 1 < sizeof sql)
        sql[n++] = (char)*input->at++;
    sql[n] = '\0';
    run_sql(db, sql);
}

static void apply(struct input *input)
{
    sqlite3 *db = NULL;
    size_t length = base.length;
    uint8_t *bytes = malloc(base.length);
    if (!bytes) return;
    /* Bytes first, for SQL works on what they leave. */
    struct input again = *input;
    memcpy(bytes, base.bytes, base.length);
    for (int n = 0; again.at < again.end && n < 40; n++) {
        const unsigned what = next(&again) % 5;
        if (what == 0) {
            const size_t place = next_place(&again);
            if (place >= 100) bytes[place] = (uint8_t)next(&again);
        } else if (what == 4) {
            length = next_place(&again);
        }
    }
    FILE *out = fopen(base.path, "wb");
    if (!out || fwrite(bytes, 1, length, out) != length) abort();
    fclose(out);
    free(bytes);
    if (sqlite3_open(base.path, &db) != SQLITE_OK) goto end;
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 1 << 20);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0); /* no other file */
    sqlite3_exec(db, "PRAGMA writable_schema = ON; PRAGMA synchronous = OFF", NULL, NULL, NULL);
    for (int n = 0; input->at < input->end && n < 40; n++) {
        const unsigned what = next(input) % 5;
        if (what == 0)
            input->at = input->end - input->at > 4 ? input->at + 4 : input->end;
        else if (what == 4)
            input->at = input->end - input->at > 3 ? input->at + 3 : input->end;
        else if (what == 3)
            change_sql(db, input);
        else
            change_cell(db, input, what == 2);
    }
end:
    sqlite3_close(db);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct error error = { 0 };
    struct rescue_report report;
    struct input input = { bytes, bytes + size };
    if (!base.bytes) make_base();
    remove_file(base.path);
    apply(&input);
    if (!workspace_tour(base.path, &error) && size % 4 == 0) {
        remove_file(base.saved);
        error = (struct error){ 0 };
        if (workspace_rescue(base.path, base.saved, &report, NULL, &error) &&
            !workspace_tour(base.saved, &error) && error.code != ERROR_MEMORY) {
            fprintf(stderr, "what was saved is not sound: %s\n", error.text);
            abort();
        }
        remove_file(base.saved);
    }
    remove_file(base.path);
    return 0;
}
