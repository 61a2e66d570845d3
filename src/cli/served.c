/* served.c - how old the list is that a command shows. */
#include "served.h"

void served_print_behind(const struct serving *serving, FILE *out)
{
    const int64_t behind = serving_behind(serving);
    if (behind == 0) return;
    fprintf(out, "%s run %lld is %s behind: 'aisle train %s' takes them in\n", serving->run.kind,
            (long long)serving->run.id, text_count(behind, "event").text, serving->run.kind);
}
