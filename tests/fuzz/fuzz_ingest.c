/* Live events, whatever comes: each line is in or counted as rejected, and the counters hold. */
#include "../support/shop_file.h"

#include <aisle/ingest.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct shop_file file;

static void clean_up(void)
{
    shop_file_remove(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static char path[128];
    const struct ingest_options options = { .stop_at_end = true };
    struct ingest_state state = { 0 };
    struct workspace_counts before, after;
    struct error error = { 0 };
    if (!file.workspace) {
        shop_file_make(&file, 5, 5, 20);
        atexit(clean_up);
        snprintf(path, sizeof path, "/tmp/aisle-fuzz-ingest-%ld", (long)getpid());
    }
    FILE *out = fopen(path, "wb");
    if (!out || (size > 0 && fwrite(bytes, 1, size, out) != size)) abort();
    fclose(out);
    struct reader *reader = reader_open(file.workspace, &error);
    if (!reader || !workspace_counts(reader, &before, &error)) abort();
    if (!ingest_follow(file.workspace, path, &options, NULL, NULL, NULL, &state, &error) &&
        (error.code == ERROR_NONE || strlen(error.text) < 5))
        abort();
    if (!workspace_counts(reader, &after, &error)) abort();
    if (after.events - before.events != state.events) abort();
    reader_close(reader);
    unlink(path);
    return 0;
}
