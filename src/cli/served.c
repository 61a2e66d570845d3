/* served.c - how old the list is that a command shows. */
#include "served.h"

void served_print(const struct serving *serving, const struct past *past)
{
    struct text line = { 0 };
    if (past->at == MOMENT_NONE) {
        served_print_behind(serving, stdout);
        return;
    }
    past_describe(past, serving, &line);
    printf("%s\n", line.bytes ? line.bytes : "");
    text_fini(&line);
}

json_t *past_json(const struct past *past)
{
    char moment[MOMENT_TEXT_SIZE];
    if (past->at == MOMENT_NONE) return NULL;
    json_t *today = json_array();
    for (int gap = PAST_EVENTS; gap <= PAST_FRIENDSHIPS; gap *= 2)
        if (past->today & (unsigned)gap)
            json_array_append_new(today, json_string(past_gap_name((enum past_gap)gap)));
    return json_pack("{s:b, s:o, s:i, s:o}", "run_served_then",
                     !past->named && !(past->today & PAST_MODEL), "stock_noted",
                     past->stock_at == MOMENT_NONE
                         ? json_null()
                         : json_string(moment_text(past->stock_at, moment)),
                     "items_left_out", past->n_later, "not_taken_back", today);
}

void served_print_behind(const struct serving *serving, FILE *out)
{
    const int64_t behind = serving_behind(serving);
    if (behind == 0) return;
    fprintf(out, "%s run %lld is %s behind: 'aisle train %s' takes them in\n", serving->run.kind,
            (long long)serving->run.id, text_count(behind, "event").text, serving->run.kind);
}
