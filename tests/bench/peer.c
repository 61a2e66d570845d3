#include "peer.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child: its ends of the pipes become stdin and stdout. */
static void become_python(const char *python, int in, int out)
{
    const char *source = getenv("AISLE_SOURCE");
    char script[1024];

    snprintf(script, sizeof script, "%s/tests/bench/peers.py", source ? source : "..");
    if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
        execlp(python, python, script, (char *)NULL);
    _exit(127);
}

bool peer_start(struct peer *peer)
{
    const char *python = getenv("AISLE_PEERS_PYTHON");
    int down[2], up[2];

    *peer = (struct peer){ .process = -1 };
    if (!python || !*python || pipe(down) != 0) return false;
    if (pipe(up) != 0) {
        close(down[0]);
        close(down[1]);
        return false;
    }
    signal(SIGPIPE, SIG_IGN);
    peer->process = fork();
    if (peer->process == 0) {
        close(down[1]);
        close(up[0]);
        become_python(python, down[0], up[1]);
    }
    close(down[0]);
    close(up[1]);
    peer->to = fdopen(down[1], "w");
    peer->from = fdopen(up[0], "r");
    if (peer->process > 0 && peer->to && peer->from &&
        fgets(peer->versions, sizeof peer->versions, peer->from)) {
        peer->versions[strcspn(peer->versions, "\n")] = 0;
        return true;
    }
    peer_stop(peer);
    return false;
}

bool peer_ask(struct peer *peer, const char *work, struct taken *taken)
{
    char answer[512];

    if (!peer->to || fprintf(peer->to, "%s\n", work) < 0 || fflush(peer->to) != 0) return false;
    if (!fgets(answer, sizeof answer, peer->from)) return false;
    return sscanf(answer, "%lf %lf %lf", &taken->wall, &taken->processor, &taken->peak) == 3;
}

void peer_stop(struct peer *peer)
{
    if (peer->to) fclose(peer->to);
    if (peer->from) fclose(peer->from);
    if (peer->process > 0) waitpid(peer->process, NULL, 0);
    *peer = (struct peer){ .process = -1 };
}
