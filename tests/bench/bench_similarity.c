/* How long item-item neighbours take: the fast kernel against the plain loop of doubles, from a
 * matrix in memory, on synthetic purchases whose users and items follow power laws. Both must give
 * the same lists.
 *
 *     bench_similarity [EVENTS [USERS [ITEMS [K]]]]
 */
#include <aisle/parallel.h>
#include <aisle/rng.h>

#include "clock.h"
#include "core/similarity_fast.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* Small numbers are frequent: the density falls with the power -0.6 of the number. */
static uint64_t skewed(struct rng *rng, int32_t n)
{
    return (uint64_t)(pow(rng_unit(rng), 2.5) * n);
}

/* Purchases by item; a pair bought twice counts 2. */
static bool make(struct sparse *rows, int64_t events, int32_t n_users, int32_t n_items)
{
    uint64_t *pairs = malloc((size_t)events * sizeof *pairs);
    struct rng rng;

    if (!pairs || !sparse_init(rows, n_items, n_users, events, NULL)) {
        free(pairs);
        return false;
    }
    rng_init(&rng, 1);
    for (int64_t e = 0; e < events; e++)
        pairs[e] = skewed(&rng, n_items) << 32 | skewed(&rng, n_users);
    qsort(pairs, (size_t)events, sizeof *pairs, compare);
    int64_t n = 0;
    for (int64_t e = 0; e < events; e++) {
        if (e > 0 && pairs[e] == pairs[e - 1]) {
            rows->value[n - 1]++;
            continue;
        }
        rows->column[n] = (int32_t)(pairs[e] & 0xffffffff);
        rows->value[n++] = 1;
        rows->start[(pairs[e] >> 32) + 1] = n;
    }
    for (int32_t i = 0; i < n_items; i++) {
        if (rows->start[i + 1] < rows->start[i]) rows->start[i + 1] = rows->start[i];
    }
    free(pairs);
    return true;
}

static long peak_megabytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

/* Seconds by the clock and of the processor: a busy machine shows in the difference. */
struct taken {
    double wall, processor;
};

static struct taken timed(const struct sparse *rows, const struct sparse *columns, int32_t k,
                          int threads, bool fast, struct neighbours *out)
{
    const struct similarity_options options = { .k = k, .alpha = 0.5 };
    double wall = seconds(CLOCK_MONOTONIC), processor = seconds(CLOCK_PROCESS_CPUTIME_ID);

    if (!similarity_compute(rows, columns, &options, threads, fast, NULL, out, NULL)) exit(1);
    return (struct taken){ seconds(CLOCK_MONOTONIC) - wall,
                           seconds(CLOCK_PROCESS_CPUTIME_ID) - processor };
}

static bool same(const struct neighbours *a, const struct neighbours *b)
{
    size_t n = (size_t)a->start[a->n_rows];
    return memcmp(a->start, b->start, ((size_t)a->n_rows + 1) * sizeof *a->start) == 0 &&
           memcmp(a->id, b->id, n * sizeof *a->id) == 0 &&
           memcmp(a->similarity, b->similarity, n * sizeof *a->similarity) == 0;
}

static bool bench(const char *what, struct sparse *rows, int32_t k)
{
    const int threads = parallel_threads();
    struct neighbours one, all, plain;
    struct sparse columns;
    bool good;

    if (!sparse_transpose(rows, &columns, NULL)) return false;
    struct taken t_all = timed(rows, &columns, k, threads, true, &all);
    long peak = peak_megabytes();
    struct taken t_one = timed(rows, &columns, k, 1, true, &one);
    struct taken t_plain = timed(rows, &columns, k, threads, false, &plain);
    good = same(&one, &all) && same(&all, &plain);
    printf("%s: fast %.2f s on %d threads (processor %.2f s), %.2f s on one (%.2f s); "
           "plain %.2f s (%.2f s): ratio %.1f (%.1f); peak %ld MB; %s\n",
           what, t_all.wall, threads, t_all.processor, t_one.wall, t_one.processor, t_plain.wall,
           t_plain.processor, t_plain.wall / t_all.wall, t_plain.processor / t_all.processor, peak,
           good ? "the same lists" : "LISTS DIFFER");
    neighbours_fini(&one);
    neighbours_fini(&all);
    neighbours_fini(&plain);
    sparse_fini(&columns);
    return good;
}

int main(int argc, char **argv)
{
    int64_t events = argc > 1 ? atoll(argv[1]) : 2000000;
    int32_t n_users = argc > 2 ? atoi(argv[2]) : 50000, n_items = argc > 3 ? atoi(argv[3]) : 10000;
    int32_t k = argc > 4 ? atoi(argv[4]) : 20;
    struct sparse rows;

    if (events < 1 || n_users < 1 || n_items < 1 || k < 1) return 2;
    if (!make(&rows, events, n_users, n_items)) return 1;
    printf("%lld events, %lld pairs, %d users, %d items, k %d\n", (long long)events,
           (long long)sparse_entries(&rows), n_users, n_items, k);
    bool good = bench("counts", &rows, k);
    for (int64_t i = 0; i < sparse_entries(&rows); i++)
        rows.value[i] = 1;
    good = bench("ones", &rows, k) && good;
    sparse_fini(&rows);
    return good ? 0 : 1;
}
