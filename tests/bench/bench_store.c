/* The workspace at size: how fast events go in, what opening and the first page cost, how long a
 * selection takes. Users and items follow power laws; every user has a name, a segment and an age.
 *
 *     bench_store [EVENTS [USERS [ITEMS [FILE]]]]
 *
 * With FILE, the workspace is kept, and used as it is where it exists.
 */
#include "clock.h"

#include <aisle/rng.h>
#include <aisle/rows.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TWO_YEARS = 730 * 86400, END = 1767225600 /* 2026 */ };

static void stop(const struct error *error)
{
    fprintf(stderr, "bench_store: %s\n", error->text);
    exit(1);
}

/* Mostly small numbers. */
static int64_t skewed(struct rng *rng, int64_t n)
{
    double u = rng_unit(rng);
    return (int64_t)(u * u * u * (double)n);
}

static void put(struct writer *writer, const struct record *record)
{
    struct error error = { 0 };
    if (!writer_record(writer, record, &error)) stop(&error);
}

static const char *const first[] = { "Anna", "Bo", "Chidi", "Daria", "Émile", "Farid", "安娜" };
static const char *const last[] = { "Kowalska", "Sørensen", "Okafor", "Marsh", "Lin", "Nowak" };

static void put_user(struct writer *writer, struct rng *rng, int64_t number)
{
    char id[24], name[64], age[8];
    snprintf(id, sizeof id, "%lld", (long long)(1000000 + number));
    snprintf(name, sizeof name, "%s %s %u", first[rng_below(rng, 7)], last[rng_below(rng, 6)],
             rng_below(rng, 10000));
    snprintf(age, sizeof age, "%u", 18 + rng_below(rng, 70));
    const struct attribute attributes[] = {
        { slice_of("segment"), slice_of(&"A\0B\0C\0D"[2 * rng_below(rng, 4)]) },
        { slice_of("age"), slice_of(age) },
    };
    put(writer, &(struct record){ .kind = RECORD_USER,
                                  .user = slice_of(id),
                                  .name = slice_of(name),
                                  .attributes = attributes,
                                  .n_attributes = 2 });
}

static void put_item(struct writer *writer, struct rng *rng, int64_t number)
{
    char id[24], title[64];
    snprintf(id, sizeof id, "sku-%lld", (long long)number);
    snprintf(title, sizeof title, "Thing %u of kind %u", rng_below(rng, 100000),
             rng_below(rng, 50));
    put(writer,
        &(struct record){ .kind = RECORD_ITEM, .item = slice_of(id), .name = slice_of(title) });
}

static void fill(struct workspace *workspace, int64_t events, int64_t users, int64_t items)
{
    struct error error = { 0 };
    struct rng rng;
    struct rusage usage;
    rng_init(&rng, 1);
    double start = seconds(CLOCK_MONOTONIC);
    struct writer *writer = writer_begin(workspace, &error);
    if (!writer || !writer_bulk(writer, &error)) stop(&error);
    for (int64_t u = 0; u < users; u++)
        put_user(writer, &rng, u);
    for (int64_t i = 0; i < items; i++)
        put_item(writer, &rng, i);
    double facts = seconds(CLOCK_MONOTONIC);
    for (int64_t e = 0; e < events; e++) {
        char user[24], item[24];
        snprintf(user, sizeof user, "%lld", (long long)(1000000 + skewed(&rng, users)));
        snprintf(item, sizeof item, "sku-%lld", (long long)skewed(&rng, items));
        put(writer, &(struct record){ .kind = RECORD_EVENT,
                                      .line = e + 1,
                                      .user = slice_of(user),
                                      .item = slice_of(item),
                                      .time = END - TWO_YEARS +
                                              (int64_t)((double)e / (double)events * TWO_YEARS),
                                      .quantity = 1,
                                      .value = 1 + rng_below(&rng, 100) });
    }
    double written = seconds(CLOCK_MONOTONIC);
    if (!writer_commit(writer, &error)) stop(&error);
    double end = seconds(CLOCK_MONOTONIC);
    getrusage(RUSAGE_SELF, &usage);
    printf("%lld users and %lld items %.2f s, %lld events %.2f s, commit %.2f s: %.0f events/s, "
           "peak %ld MB\n",
           (long long)users, (long long)items, facts - start, (long long)events, written - facts,
           end - written, (double)events / (end - facts), usage.ru_maxrss / 1024);
}

static void one_by_one(struct workspace *workspace)
{
    enum { COMMITS = 200 };
    struct error error = { 0 };
    double start = seconds(CLOCK_MONOTONIC);
    for (int i = 0; i < COMMITS; i++) {
        char user[24];
        snprintf(user, sizeof user, "%d", 1000000 + i);
        struct writer *writer = writer_begin(workspace, &error);
        if (!writer) stop(&error);
        put(writer, &(struct record){ .kind = RECORD_EVENT,
                                      .user = slice_of(user),
                                      .item = slice_of("sku-0"),
                                      .time = END,
                                      .quantity = 1,
                                      .value = 9.5 });
        if (!writer_commit(writer, &error)) stop(&error);
    }
    printf("one event of the hottest item, committed: %.2f ms\n",
           (seconds(CLOCK_MONOTONIC) - start) * 1e3 / COMMITS);
}

static void query(struct reader *reader, enum table_kind kind, const char *filter, const char *sort)
{
    struct error error = { 0 };
    const struct row_query wanted = { kind, filter, sort, sort != NULL };
    double start = seconds(CLOCK_MONOTONIC);
    struct selection *selection = rows_select(reader, &wanted, &error);
    double selected = seconds(CLOCK_MONOTONIC);
    if (!selection) stop(&error);
    int64_t middle = selection->n / 2;
    struct page *page = rows_page(reader, selection, 0, 50, &error);
    double shown = seconds(CLOCK_MONOTONIC);
    struct page *deep = rows_page(reader, selection, middle, 50, &error);
    double end = seconds(CLOCK_MONOTONIC);
    if (!page || !deep) stop(&error);
    printf("%-6s %-22s %-8s %9lld rows %9.1f ms, 50 of them %6.2f ms, in the middle %6.2f ms\n",
           table_kind_name(kind), filter ? filter : "", sort ? sort : "", (long long)selection->n,
           (selected - start) * 1e3, (shown - selected) * 1e3, (end - shown) * 1e3);
    page_free(page);
    page_free(deep);
    selection_free(selection);
}

static void browse(const char *path)
{
    static const struct {
        enum table_kind kind;
        const char *filter, *sort;
    } queries[] = {
        { TABLE_USERS, NULL, NULL },
        { TABLE_USERS, "kowalska", NULL },
        { TABLE_USERS, "ka 77", NULL },
        { TABLE_USERS, "安娜", NULL },
        { TABLE_USERS, "1234", NULL },
        { TABLE_USERS, "segment=B", NULL },
        { TABLE_USERS, "age>80 name~marsh", NULL },
        { TABLE_USERS, NULL, "spend" },
        { TABLE_USERS, NULL, "id" },
        { TABLE_USERS, NULL, "name" },
        { TABLE_USERS, NULL, "age" },
        { TABLE_ITEMS, NULL, "buyers" },
        { TABLE_ITEMS, "thing", NULL },
        { TABLE_EVENTS, NULL, NULL },
        { TABLE_EVENTS, "user=1000007", "time" },
        { TABLE_EVENTS, "item=sku-0", NULL },
        { TABLE_EVENTS, "title~\"kind 49\"", NULL },
        { TABLE_EVENTS, "value>99", NULL },
        { TABLE_EVENTS, NULL, "time" },
        { TABLE_EVENTS, NULL, "title" },
    };
    struct error error = { 0 };
    double start = seconds(CLOCK_MONOTONIC);
    struct workspace *workspace = workspace_open(path, WORKSPACE_WRITE, &error);
    struct reader *reader = workspace ? reader_open(workspace, &error) : NULL;
    struct workspace_counts counts;
    if (!reader || !workspace_counts(reader, &counts, &error)) stop(&error);
    printf("open and count: %.1f ms\n", (seconds(CLOCK_MONOTONIC) - start) * 1e3);
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
        query(reader, queries[i].kind, queries[i].filter, queries[i].sort);

    start = seconds(CLOCK_MONOTONIC);
    struct page *with = rows_bought_with(reader, 1, 20, &error);
    if (!with) stop(&error);
    printf("bought with the hottest item: %.1f ms\n", (seconds(CLOCK_MONOTONIC) - start) * 1e3);
    page_free(with);

    struct strength_options options;
    strength_options_init(&options);
    start = seconds(CLOCK_MONOTONIC);
    const struct dataset *dataset = workspace_dataset(reader, &options, NULL, NULL, &error);
    if (!dataset) stop(&error);
    printf("dataset: %.2f s, %.2f s a million events\n", seconds(CLOCK_MONOTONIC) - start,
           (seconds(CLOCK_MONOTONIC) - start) * 1e6 / (double)dataset->n_events);
    dataset_release(dataset);
    reader_close(reader);
    one_by_one(workspace);
    workspace_close(workspace);
}

int main(int argc, char **argv)
{
    int64_t events = argc > 1 ? atoll(argv[1]) : 500000, users = argc > 2 ? atoll(argv[2]) : 50000,
            items = argc > 3 ? atoll(argv[3]) : 10000;
    char path[256] = "/tmp/bench_store.aisle";
    struct error error = { 0 };
    struct stat status;
    if (argc > 4) snprintf(path, sizeof path, "%s", argv[4]);
    if (argc <= 4) unlink(path);
    if (stat(path, &status) != 0) {
        struct workspace *workspace = workspace_open(path, WORKSPACE_CREATE, &error);
        if (!workspace) stop(&error);
        fill(workspace, events, users, items);
        workspace_close(workspace);
    }
    if (stat(path, &status) == 0) printf("%.0f MB on disk\n", (double)status.st_size / 1048576);
    browse(path);
    if (argc <= 4) unlink(path);
    return 0;
}
