/* counterfactual.c - the smallest change in words. */
#include "counterfactual.h"

static void tell_purchases(const struct counterfactual *answer, const struct dataset *dataset,
                           struct told *told)
{
    char date[MOMENT_TEXT_SIZE];
    for (int32_t i = 0; i < answer->n; i++) {
        struct text *out = told_line(told, TOLD_FELL, i ? "" : "without");
        if (answer->time[i] != MOMENT_NONE) {
            told_say(told, "bought ");
            text_format(out, "%s ", moment_date(answer->time[i], date));
        }
        told_item(told, dataset, answer->purchase[i]);
    }
}

static void tell_proof(const struct counterfactual *answer, struct told *told)
{
    struct text *out = told_line(told, TOLD_PLAIN, "tried");
    text_format(out, "%s · ", text_count(answer->tried, "list").text);
    if (answer->smallest) {
        told_say(told,
                 answer->n == 1 ? "one is enough" : "proven: no smaller set of purchases does it");
        return;
    }
    told_say(told, answer->linear ? "the smallest that was found in time"
                                  : "found by trying: the model is no sum over purchases");
    told_count(told, ", and at least %d are needed", answer->at_least);
}

void counterfactual_tell(const struct counterfactual *answer, const struct dataset *dataset,
                         int32_t length, struct told *told)
{
    struct text *out = told_line(told, answer->rank > 0 ? TOLD_PASSED : TOLD_FELL, "now");
    if (answer->rank == 0) {
        text_format(out, "not among the first %d: ask why not", length);
        return;
    }
    text_format(out, "place %d of %d", answer->rank, length);
    if (!answer->found) {
        told_line(told, TOLD_PLAIN, "without");
        told_count(told, "%d of their purchases it would be listed all the same", answer->in_vain);
        return;
    }
    tell_purchases(answer, dataset, told);
    out = told_line(told, TOLD_PLAIN, "then");
    if (answer->rank_then > 0)
        text_format(out, "rank %d", answer->rank_then);
    else
        text_add_string(out, "nothing speaks for it");
    if (answer->instead >= 0) {
        out = told_line(told, TOLD_HINT, "instead");
        told_item(told, dataset, answer->instead);
        for (int32_t i = 0; i < answer->n; i++)
            if (answer->purchase[i] == answer->instead)
                told_say(told, ", which they would not have bought");
    }
    tell_proof(answer, told);
}
