/* source_memory.c - short lists that are made whole: runs, jobs, friends, similar items. */
#include "memory_filter.h"
#include "table_source.h"

#include <stdlib.h>
#include <string.h>

struct memory_source {
    struct table_source source;
    const struct table_column *columns;
    int32_t n_columns;
    memory_load *load;
    void *argument;
    void (*release)(void *);
};

struct memory_set {
    struct table_set set;
    struct page *all;
    int32_t *order; /* (set.n) rows of `all` */
};

static void source_free(struct table_source *source)
{
    struct memory_source *memory = (struct memory_source *)source;
    if (memory->release) memory->release(memory->argument);
    free(memory);
}

static void set_free(struct table_set *set)
{
    struct memory_set *memory = (struct memory_set *)set;
    page_free(memory->all);
    free(memory->order);
    free(memory);
}

/* Stable and simple: these lists have tens of rows, at most a few thousand. */
static void merge_sort(const struct page *page, int32_t column, enum cell_type type,
                       bool descending, int32_t *order, int32_t *spare, int32_t n)
{
    if (n < 2) return;
    int32_t half = n / 2, a = 0, b = half;
    merge_sort(page, column, type, descending, order, spare, half);
    merge_sort(page, column, type, descending, order + half, spare, n - half);
    for (int32_t i = 0; i < n; i++) {
        bool left = b == n;
        if (a < half && b < n) {
            const struct cell *x = page_cell(page, order[a], column);
            const struct cell *y = page_cell(page, order[b], column);
            int compared = memory_compare(x, y, type);
            bool turned = descending && !x->absent && !y->absent;
            left = turned ? compared >= 0 : compared <= 0;
        }
        spare[i] = left ? order[a++] : order[b++];
    }
    memcpy(order, spare, (size_t)n * sizeof *order);
}

static void arrange(const struct memory_source *memory, struct memory_set *set,
                    const struct table_query *query, int32_t *spare)
{
    for (int32_t row = 0; row < set->all->n_rows; row++) {
        if (memory_matches(set->all, memory->columns, memory->n_columns, row, query->filter))
            set->order[set->set.n++] = row;
    }
    for (int32_t i = 0; i < memory->n_columns; i++) {
        if (strcmp(memory->columns[i].name, query->sort) == 0)
            merge_sort(set->all, i, memory->columns[i].type, query->descending, set->order, spare,
                       (int32_t)set->set.n);
    }
    if (!query->sort[0] && query->descending) {
        for (int64_t a = 0, b = set->set.n - 1; a < b; a++, b--) {
            int32_t swap = set->order[a];
            set->order[a] = set->order[b];
            set->order[b] = swap;
        }
    }
}

static struct table_set *memory_select(struct table_source *source,
                                       const struct loader_context *context,
                                       const struct table_query *query, struct error *error)
{
    struct memory_source *memory = (struct memory_source *)source;
    struct memory_set *set = calloc(1, sizeof *set);
    int32_t *spare = NULL;
    if (!set) {
        error_memory(error, "a table");
        return NULL;
    }
    set->all = memory->load(context, memory->argument, error);
    if (!set->all) goto fail;
    size_t capacity = (size_t)set->all->n_rows + 1;
    set->order = malloc(capacity * sizeof *set->order);
    spare = malloc(capacity * sizeof *spare);
    if (!set->order || !spare) {
        error_memory(error, "a table");
        goto fail;
    }
    arrange(memory, set, query, spare);
    atomic_init(&set->set.references, 1);
    set->set.source = table_source_retain(source);
    set->set.total = set->all->n_rows;
    memcpy(set->set.note, set->all->note, sizeof set->set.note);
    free(spare);
    return &set->set;
fail:
    page_free(set->all);
    free(set->order);
    free(set);
    free(spare);
    return NULL;
}

static bool memory_page(const struct table_set *set, const struct loader_context *context,
                        int64_t first, int32_t n, struct table_block *block, struct error *error)
{
    const struct memory_set *memory = (const struct memory_set *)set;
    const struct memory_source *source = (const struct memory_source *)set->source;
    (void)context;
    if (n > set->n - first) n = (int32_t)(set->n - first);
    if (n < 0) n = 0;
    block->columns = source->columns;
    block->n_columns = source->n_columns;
    block->page = page_new(first, n, source->n_columns, error);
    if (!block->page) return false;
    for (int32_t i = 0; i < n; i++) {
        int32_t row = memory->order[first + i];
        page_add_row(block->page, memory->all->key[row]);
        for (int32_t column = 0; column < source->n_columns; column++)
            page_copy_cell(block->page, column, page_cell(memory->all, row, column),
                           source->columns[column].type);
    }
    return page_finish(block->page, error);
}

static bool memory_search(const struct table_set *set, const struct loader_context *context,
                          const char *words, struct table_matches *matches, struct error *error)
{
    const struct memory_set *memory = (const struct memory_set *)set;
    const struct memory_source *source = (const struct memory_source *)set->source;
    (void)context;
    matches->at = malloc(((size_t)set->n + 1) * sizeof *matches->at);
    if (!matches->at) return error_memory(error, "the matches");
    for (int64_t i = 0; i < set->n; i++) {
        if (memory_matches(memory->all, source->columns, source->n_columns, memory->order[i],
                           words))
            matches->at[matches->n++] = i;
    }
    return true;
}

static const struct table_source_kind memory_kind = {
    .select = memory_select,
    .page = memory_page,
    .search = memory_search,
    .free_set = set_free,
    .free = source_free,
};

void *memory_source_argument(struct table_source *source)
{
    return ((struct memory_source *)source)->argument;
}

struct table_source *memory_source_new(const struct table_column *columns, int32_t n_columns,
                                       memory_load *load, void *argument, void (*release)(void *),
                                       struct error *error)
{
    struct memory_source *memory = calloc(1, sizeof *memory);
    if (!memory) {
        if (release) release(argument);
        error_memory(error, "a table");
        return NULL;
    }
    *memory = (struct memory_source){ .source.kind = &memory_kind,
                                      .columns = columns,
                                      .n_columns = n_columns,
                                      .load = load,
                                      .argument = argument,
                                      .release = release };
    atomic_init(&memory->source.references, 1);
    memory->source.lane = LANE_SELECTIONS;
    return &memory->source;
}
