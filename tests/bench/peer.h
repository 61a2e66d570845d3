/* peer.h - another program that does the same work, asked line by line (peers.py). */
#ifndef TESTS_BENCH_PEER_H
#define TESTS_BENCH_PEER_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/* What one piece of work took. */
struct taken {
    double wall, processor; /* seconds */
    double peak;            /* megabytes of the process so far */
};

struct peer {
    pid_t process;
    FILE *to, *from;
    char versions[512];
};

/* Starts AISLE_PEERS_PYTHON on peers.py; false where there is none. */
bool peer_start(struct peer *peer);
/* False where the peer cannot do it; `load` and the like are works too. */
bool peer_ask(struct peer *peer, const char *work, struct taken *taken);
void peer_stop(struct peer *peer);

#endif
