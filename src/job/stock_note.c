/* stock_note.c - the items as one text, "3 17 4711". */
#include "stock_note.h"

#include "aisle/pipeline.h"

#include <stdio.h>
#include <stdlib.h>

static void name_of(int64_t run, char name[48])
{
    snprintf(name, 48, "stock of run %lld", (long long)run);
}

bool stock_note_write(struct writer *writer, int64_t run, const struct dataset *dataset,
                      struct error *error)
{
    char name[48];
    struct text list = { 0 };
    const struct pipeline *pipeline = pipeline_new(dataset, NULL, NULL, 0, error);
    if (!pipeline) return false;
    for (int32_t i = 0; i < dataset->n_items; i++)
        if (pipeline_unavailable(pipeline, i) >= 0)
            text_format(&list, "%s%d", list.length ? " " : "", i);
    pipeline_release(pipeline);
    name_of(run, name);
    bool good = !list.failed || error_memory(error, "what is in stock");
    good = good && writer_set_note(writer, name, list.bytes ? list.bytes : "", error);
    text_fini(&list);
    return good;
}

static bool read_list(const struct text *list, int32_t **items, int32_t *n)
{
    const char *at = list->bytes;
    *items = malloc((list->length / 2 + 2) * sizeof **items);
    if (!*items) return false;
    while (at && *at) {
        char *end = NULL;
        const long item = strtol(at, &end, 10);
        if (end == at || item < 0 || item > INT32_MAX) break;
        (*items)[(*n)++] = (int32_t)item;
        at = *end == ' ' ? end + 1 : end;
    }
    return true;
}

bool stock_note_read(struct reader *reader, int64_t run, int32_t **items, int32_t *n,
                     struct error *error)
{
    char name[48];
    struct text list = { 0 };
    *items = NULL;
    *n = 0;
    name_of(run, name);
    bool good = workspace_note(reader, name, &list, error);
    /* "" is a note that everything could be had: bytes are there. */
    if (good && list.bytes && !read_list(&list, items, n))
        good = error_memory(error, "what was in stock");
    text_fini(&list);
    return good;
}
