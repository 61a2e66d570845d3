/* The same work by aisle and by other people's packages, in one run, turn by turn.
 *
 *     bench_peers [CASE...]       small (default), items-5m, items-10m, users-5m, ml-100k
 *
 * AISLE_PEERS_PYTHON names a Python that has implicit, scikit-surprise, similaripy,
 * sparse_dot_topn; without it our times are printed alone. Both sides start from matrices in
 * memory, users and items of which follow power laws (density falls with the power -0.6). Times are
 * medians of rounds; a ratio above 1 says how many times longer the peer took, by the clock and (in
 * brackets) of the processor.
 */
#include <aisle/feed_all.h>
#include <aisle/parallel.h>
#include <aisle/rng.h>
#include <aisle/similarity.h>

#include "clock.h"
#include "peer.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS_MAX = 9 };

struct bench_case {
    const char *name;
    int64_t events; /* 0: MovieLens-100K */
    int32_t users, items, k;
    bool by_users; /* compared are users, not items */
    bool ones;     /* whether somebody bought, not how often */
    int rounds;
    bool recommend;
};

static const struct bench_case cases[] = {
    { "small", 1000000, 20000, 5000, 20, false, false, 3, true },
    { "items-5m", 5000000, 50000, 10000, 20, false, false, 5, true },
    { "items-5m-once", 5000000, 50000, 10000, 20, false, true, 5, false },
    { "items-10m", 10000000, 200000, 50000, 20, false, false, 3, true },
    { "users-5m", 5000000, 50000, 10000, 50, true, false, 1, false },
    { "ml-100k", 0, 0, 0, 20, false, false, 9, false },
    { "ml-100k", 0, 0, 0, 20, true, false, 9, false },
};

static struct taken start_watch(void)
{
    return (struct taken){ seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID), 0 };
}

static struct taken stop_watch(struct taken begun)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (struct taken){ seconds(CLOCK_MONOTONIC) - begun.wall,
                           seconds(CLOCK_PROCESS_CPUTIME_ID) - begun.processor,
                           (double)usage.ru_maxrss / 1024 };
}

static int by_wall(const void *left, const void *right)
{
    const struct taken *a = left, *b = right;
    return (a->wall > b->wall) - (a->wall < b->wall);
}

static struct taken median(struct taken *taken, int n)
{
    qsort(taken, (size_t)n, sizeof *taken, by_wall);
    return taken[n / 2];
}

/* ---------------------------------------------------------------------------------- matrices */

static int by_event(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static uint64_t skewed(struct rng *rng, int32_t n)
{
    return (uint64_t)(pow(rng_unit(rng), 2.5) * n);
}

/* Users by items, pairs counted. */
static bool generate(struct sparse *matrix, const struct bench_case *c)
{
    uint64_t *pair = malloc((size_t)c->events * sizeof *pair);
    struct rng rng;
    int64_t n = 0;

    if (!pair || !sparse_init(matrix, c->users, c->items, c->events, NULL)) {
        free(pair);
        return false;
    }
    rng_init(&rng, 7);
    for (int64_t e = 0; e < c->events; e++)
        pair[e] = skewed(&rng, c->users) << 32 | skewed(&rng, c->items);
    qsort(pair, (size_t)c->events, sizeof *pair, by_event);
    for (int64_t e = 0; e < c->events; e++) {
        if (e > 0 && pair[e] == pair[e - 1]) {
            matrix->value[n - 1] += c->ones ? 0 : 1;
            continue;
        }
        matrix->column[n] = (int32_t)(pair[e] & 0xffffffff);
        matrix->value[n++] = 1;
        matrix->start[(pair[e] >> 32) + 1] = n;
    }
    for (int32_t user = 0; user < c->users; user++)
        if (matrix->start[user + 1] < matrix->start[user])
            matrix->start[user + 1] = matrix->start[user];
    free(pair);
    return true;
}

static const char *movielens(char *path, size_t capacity)
{
    const char *data = getenv("AISLE_DATA");
    snprintf(path, capacity, "%s/ml-100k/u.data", data ? data : "../../shared/data");
    return path;
}

/* Ratings of MovieLens-100K, users in the order of their numbers. */
static bool read_movielens(struct sparse *matrix)
{
    enum { USERS = 943, ITEMS = 1682 };
    float *rating = calloc(USERS * ITEMS, sizeof *rating);
    char path[1024];
    FILE *file = fopen(movielens(path, sizeof path), "r");
    int user, item, stars;
    int64_t n = 0;

    if (rating && file && sparse_init(matrix, USERS, ITEMS, 100000, NULL)) {
        while (fscanf(file, "%d %d %d %*d", &user, &item, &stars) == 3)
            rating[(user - 1) * ITEMS + item - 1] = (float)stars;
        for (int32_t u = 0; u < USERS; u++) {
            for (int32_t i = 0; i < ITEMS && n < 100000; i++) {
                if (!(rating[u * ITEMS + i] > 0)) continue;
                matrix->column[n] = i;
                matrix->value[n++] = rating[u * ITEMS + i];
            }
            matrix->start[u + 1] = n;
        }
    }
    if (file) fclose(file);
    free(rating);
    return n == 100000;
}

/* For peers.py: rows, columns, entries, then start, column, value. */
static bool save(const struct sparse *m, const char *path)
{
    FILE *file = fopen(path, "wb");
    const int64_t head[] = { m->n_rows, m->n_columns, sparse_entries(m) };
    const size_t n = (size_t)head[2];

    if (!file) return false;
    bool good = fwrite(head, sizeof head, 1, file) == 1 &&
                fwrite(m->start, sizeof *m->start, (size_t)m->n_rows + 1, file) > 0 &&
                fwrite(m->column, sizeof *m->column, n, file) == n &&
                fwrite(m->value, sizeof *m->value, n, file) == n;
    return fclose(file) == 0 && good;
}

/* -------------------------------------------------------------------------------- our own work */

struct ours {
    const struct sparse *rows, *columns;
    const struct model *model;
    const struct dataset *dataset;
    int32_t k;
};

typedef struct taken our_work(const struct ours *ours);

static struct taken similarities(const struct ours *ours)
{
    const struct similarity_options options = { .k = ours->k, .alpha = 0.5 };
    struct neighbours all;
    const struct taken begun = start_watch();

    if (!similarity_all(ours->rows, ours->columns, &options, 0, NULL, &all, NULL)) exit(1);
    const struct taken taken = stop_watch(begun);
    neighbours_fini(&all);
    return taken;
}

static struct taken recommend(const struct ours *ours)
{
    const struct feed_options options = { .length = ours->k };
    struct feed_lists lists;
    const struct taken begun = start_watch();

    if (!feed_all(ours->model, ours->dataset, NULL, ours->dataset->n_users, &options, 0, NULL,
                  &lists, NULL))
        exit(1);
    const struct taken taken = stop_watch(begun);
    feed_lists_fini(&lists);
    return taken;
}

/* Of a process that does nothing else; 0 where none can be made. */
static double peak_of_similarities(const struct ours *ours)
{
    struct rusage usage;
    int status;

    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        similarities(ours);
        _exit(0);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) < 0 || status != 0) return 0;
    return (double)usage.ru_maxrss / 1024;
}

/* ---------------------------------------------------------------------------------- turn by turn
 */

/* Both sides in turn; prints one line. Peers that cannot do it are passed over. */
static void compete(struct peer *peer, const char *what, our_work *work, const struct ours *ours,
                    int rounds, double our_peak, const char *theirs)
{
    struct taken mine[ROUNDS_MAX], other[ROUNDS_MAX];
    int n = 0;

    for (; n < rounds; n++) {
        mine[n] = work(ours);
        if (!theirs || !peer_ask(peer, theirs, &other[n])) break;
    }
    const double their_peak = n > 0 ? other[0].peak : 0;
    const struct taken a = median(mine, n > 0 ? n : 1);
    printf("  %-28s aisle %8.3f s (%.3f)", what, a.wall, a.processor);
    if (n > 0) {
        const struct taken b = median(other, n);
        printf("  %-26s %8.3f s (%.3f): %.1f times (%.1f)", theirs, b.wall, b.processor,
               b.wall / a.wall, b.processor / a.processor);
    }
    if (our_peak > 0) printf("; peak %.0f MB", our_peak);
    if (our_peak > 0 && n > 0) printf(" against %.0f MB", their_peak);
    putchar('\n');
    fflush(stdout);
}

/* A dataset of which by_user is the matrix. */
static const struct dataset *dataset_of(const struct sparse *by_user)
{
    struct dataset_builder *builder = dataset_builder_new(NULL, NULL);
    char id[16];

    for (int32_t u = 0; builder && u < by_user->n_rows; u++) {
        snprintf(id, sizeof id, "%d", u);
        if (!dataset_builder_add_user(builder, slice_of(id), NULL)) exit(1);
    }
    for (int32_t i = 0; builder && i < by_user->n_columns; i++) {
        snprintf(id, sizeof id, "%d", i);
        if (!dataset_builder_add_item(builder, slice_of(id), slice_of(""), NULL)) exit(1);
    }
    for (int32_t u = 0; builder && u < by_user->n_rows; u++) {
        for (int64_t e = by_user->start[u]; e < by_user->start[u + 1]; e++) {
            const struct event event = {
                .item = by_user->column[e], .time = MOMENT_NONE, .quantity = 1, .value = NAN
            };
            for (int times = 0; times < (int)by_user->value[e]; times++)
                if (!dataset_builder_add_event(builder, u, &event, NULL)) exit(1);
        }
    }
    return builder ? dataset_builder_finish(builder, 0, NULL, NULL) : NULL;
}

static void compete_in_lists(struct peer *peer, const struct bench_case *c,
                             const struct sparse *by_user)
{
    const struct dataset *dataset = dataset_of(by_user);
    const struct model_kind *kind = model_kind_find("item-cf", NULL);
    struct parameters parameters;
    char work[64];

    parameters_init(&parameters, kind->parameters);
    snprintf(work, sizeof work, "k=%d", c->k);
    if (!dataset || !parameters_set(&parameters, slice_of(work), NULL)) exit(1);
    struct model *model = kind->train(dataset, &parameters, 0, NULL, NULL);
    if (!model) exit(1);
    const struct ours ours = { .model = model, .dataset = dataset, .k = c->k };
    snprintf(work, sizeof work, "recommend %d", c->k);
    compete(peer, "everybody's list", recommend, &ours, c->rounds, 0, work);
    model_release(model);
    dataset_release(dataset);
}

static void run(struct peer *peer, const struct bench_case *c, const char *path)
{
    static const char *const kernels[] = { "implicit", "similaripy", "sparse_dot_topn" };
    const char *list_request = c->by_users ? "users" : "items";
    struct sparse by_user, by_item;
    char what[64], work[1100], file[1024];
    struct taken loaded;

    if (!(c->events > 0 ? generate(&by_user, c) : read_movielens(&by_user)) ||
        !sparse_transpose(&by_user, &by_item, NULL)) {
        printf("%s: no data\n", c->name);
        return;
    }
    printf("%s: %d users, %d items, %lld pairs%s\n", c->name, by_user.n_rows, by_user.n_columns,
           (long long)sparse_entries(&by_user), c->ones ? ", each counted once" : "");
    const struct ours ours = { .rows = c->by_users ? &by_user : &by_item,
                               .columns = c->by_users ? &by_item : &by_user,
                               .k = c->k };
    const double peak = peak_of_similarities(&ours);
    snprintf(work, sizeof work, "load %s", path);
    const bool there = save(&by_user, path) && peer_ask(peer, work, &loaded);
    snprintf(what, sizeof what, "%s beside %s, top %d", list_request, list_request, c->k);
    for (size_t i = 0; i < (there ? sizeof kernels / sizeof *kernels : 1); i++) {
        snprintf(work, sizeof work, "%s %s %d", kernels[i], list_request, c->k);
        compete(peer, what, similarities, &ours, c->rounds, i == 0 ? peak : 0, there ? work : NULL);
    }
    if (c->events == 0) {
        snprintf(work, sizeof work, "surprise %s %s", list_request, movielens(file, sizeof file));
        compete(peer, what, similarities, &ours, c->rounds < 3 ? c->rounds : 3, 0,
                there ? work : NULL);
    }
    sparse_fini(&by_item);
    if (c->recommend) compete_in_lists(peer, c, &by_user);
    sparse_fini(&by_user);
}

int main(int argc, char **argv)
{
    char path[] = "/tmp/aisle-peers-XXXXXX";
    const int file = mkstemp(path);
    struct peer peer;

    if (file < 0) return 1;
    close(file);
    const bool has_peer = peer_start(&peer);
    printf("peers: %d threads, OpenBLAS %s; %s\n", parallel_threads(), openblas_get_corename(),
           has_peer ? peer.versions : "no peer: AISLE_PEERS_PYTHON names none");
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        bool wanted = argc < 2 && c == 0;
        for (int i = 1; i < argc; i++)
            wanted = wanted || strcmp(argv[i], cases[c].name) == 0 || strcmp(argv[i], "all") == 0;
        if (wanted) run(&peer, &cases[c], path);
    }
    peer_stop(&peer);
    unlink(path);
    return 0;
}
