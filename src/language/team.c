/* team.c - see team.h. A round is announced by its number; blocks are taken from one counter. */
#include "team.h"

#include "aisle/parallel.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { TEAM_MAX = 64, SPINS = 4000 };

struct member {
    struct team *team;
    int worker;
    pthread_t thread;
};

struct team {
    int size;
    struct member members[TEAM_MAX];
    pthread_mutex_t lock;
    pthread_cond_t called;
    atomic_uint round;
    atomic_int sleepers, busy;
    atomic_bool ending;
    atomic_size_t next;
    size_t n, grain;
    team_block *block;
    void *context;
};

static void relax(void)
{
#if defined(__x86_64__) && defined(__GNUC__)
    __builtin_ia32_pause();
#endif
}

static void work(struct team *team, int worker)
{
    for (;;) {
        const size_t begin =
            atomic_fetch_add_explicit(&team->next, team->grain, memory_order_relaxed);
        if (begin >= team->n) return;
        const size_t end = begin + team->grain < team->n ? begin + team->grain : team->n;
        team->block(team->context, begin, end, worker);
    }
}

static void wait_for_round(struct team *team, unsigned seen)
{
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load_explicit(&team->round, memory_order_acquire) != seen) return;
        relax();
    }
    pthread_mutex_lock(&team->lock);
    atomic_fetch_add(&team->sleepers, 1);
    while (atomic_load(&team->round) == seen)
        pthread_cond_wait(&team->called, &team->lock);
    atomic_fetch_sub(&team->sleepers, 1);
    pthread_mutex_unlock(&team->lock);
}

static void *member_main(void *argument)
{
    struct member *member = argument;
    struct team *team = member->team;
    for (unsigned seen = 0;; seen++) {
        wait_for_round(team, seen);
        if (atomic_load(&team->ending)) return NULL;
        work(team, member->worker);
        atomic_fetch_sub_explicit(&team->busy, 1, memory_order_release);
    }
}

static void announce(struct team *team)
{
    atomic_fetch_add(&team->round, 1);
    if (atomic_load(&team->sleepers) == 0) return;
    pthread_mutex_lock(&team->lock);
    pthread_cond_broadcast(&team->called);
    pthread_mutex_unlock(&team->lock);
}

struct team *team_new(int threads, struct error *error)
{
    struct team *team = calloc(1, sizeof *team);
    if (!team) {
        error_memory(error, "a team of threads");
        return NULL;
    }
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->called, NULL);
    team->size = 1;
    if (threads > TEAM_MAX) threads = TEAM_MAX;
    for (int i = 1; i < threads; i++) {
        struct member *member = &team->members[i];
        *member = (struct member){ .team = team, .worker = i };
        if (!thread_start(&member->thread, member_main, member)) break;
        team->size++;
    }
    return team;
}

void team_free(struct team *team)
{
    if (!team) return;
    atomic_store(&team->ending, true);
    announce(team);
    for (int i = 1; i < team->size; i++)
        pthread_join(team->members[i].thread, NULL);
    pthread_cond_destroy(&team->called);
    pthread_mutex_destroy(&team->lock);
    free(team);
}

int team_size(const struct team *team)
{
    return team->size;
}

void team_run(struct team *team, size_t n, size_t grain, team_block *block, void *context)
{
    if (n == 0) return;
    if (team->size == 1 || n <= grain) {
        block(context, 0, n, 0);
        return;
    }
    team->n = n;
    team->grain = grain;
    team->block = block;
    team->context = context;
    atomic_store(&team->next, 0);
    atomic_store(&team->busy, team->size - 1);
    announce(team);
    work(team, 0);
    for (int spins = 0; atomic_load_explicit(&team->busy, memory_order_acquire) > 0; spins++) {
        if (spins < SPINS)
            relax();
        else
            sched_yield();
    }
}
