/* shop_file.c - a workspace of a few purchases, made and thrown away by a test. */
#include "shop_file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

void shop_file_buy(struct shop_file *file, int32_t first, int32_t users, int32_t items,
                   int32_t events)
{
    struct error error = { 0 };
    char user[32], item[32];
    struct writer *writer = writer_begin(file->workspace, &error);
    assert_non_null(writer);
    for (int32_t i = 0; i < events; i++) {
        snprintf(user, sizeof user, "u%d", (first + i * 7) % users);
        snprintf(item, sizeof item, "i%d", (i * 13 + i / users) % items);
        const struct record record = {
            .kind = RECORD_EVENT,
            .line = i + 1,
            .user = slice_of(user),
            .item = slice_of(item),
            .time = 1600000000 + (int64_t)i * 3600,
            .type = EVENT_PURCHASE,
            .quantity = 1,
            .value = NAN,
        };
        assert_true(writer_record(writer, &record, &error));
    }
    assert_true(writer_commit(writer, &error));
}

void shop_file_make(struct shop_file *file, int32_t users, int32_t items, int32_t events)
{
    struct error error = { 0 };
    snprintf(file->folder, sizeof file->folder, "/tmp/aisle-shop.XXXXXX");
    assert_non_null(mkdtemp(file->folder));
    snprintf(file->path, sizeof file->path, "%s/shop.aisle", file->folder);
    file->workspace = workspace_open(file->path, WORKSPACE_CREATE, &error);
    assert_non_null(file->workspace);
    shop_file_buy(file, 0, users, items, events);
}

void shop_file_remove(struct shop_file *file)
{
    static const char *const ends[] = { "", "-wal", "-shm" };
    char path[128];
    workspace_close(file->workspace);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(path, sizeof path, "%s%s", file->path, ends[i]);
        unlink(path);
    }
    rmdir(file->folder);
}
