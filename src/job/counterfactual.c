/* counterfactual.c - the smallest change in words. */
#include "counterfactual.h"

static void describe_purchases(const struct counterfactual *answer, const struct dataset *dataset,
                               struct report *report)
{
    char date[MOMENT_TEXT_SIZE];
    for (int32_t i = 0; i < answer->n; i++) {
        struct text *out = report_line(report, REPORT_FELL, i ? "" : "without");
        if (answer->time[i] != MOMENT_NONE) {
            report_say(report, "bought ");
            text_format(out, "%s ", moment_date(answer->time[i], date));
        }
        report_item(report, dataset, answer->purchase[i]);
    }
}

static void describe_proof(const struct counterfactual *answer, struct report *report)
{
    struct text *out = report_line(report, REPORT_PLAIN, "tried");
    text_format(out, "%s · ", text_count(answer->tried, "list").text);
    if (answer->smallest) {
        report_say(report, answer->n == 1 ? "one is enough"
                                          : "proven: no smaller set of purchases does it");
        return;
    }
    report_say(report, answer->linear ? "the smallest that was found in time"
                                      : "found by trying: the model is no sum over purchases");
    report_count(report, ", and at least %d are needed", answer->at_least);
}

void counterfactual_describe(const struct counterfactual *answer, const struct dataset *dataset,
                             int32_t length, struct report *report)
{
    struct text *out = report_line(report, answer->rank > 0 ? REPORT_PASSED : REPORT_FELL, "now");
    if (answer->rank == 0) {
        text_format(out, "not among the first %d: ask why not", length);
        return;
    }
    text_format(out, "place %d of %d", answer->rank, length);
    if (!answer->found) {
        report_line(report, REPORT_PLAIN, "without");
        report_count(report, "%d of their purchases it would be listed all the same",
                     answer->in_vain);
        return;
    }
    describe_purchases(answer, dataset, report);
    out = report_line(report, REPORT_PLAIN, "then");
    if (answer->rank_then > 0)
        text_format(out, "rank %d", answer->rank_then);
    else
        text_add_string(out, "nothing speaks for it");
    if (answer->instead >= 0) {
        out = report_line(report, REPORT_HINT, "instead");
        report_item(report, dataset, answer->instead);
        for (int32_t i = 0; i < answer->n; i++)
            if (answer->purchase[i] == answer->instead)
                report_say(report, ", which they would not have bought");
    }
    describe_proof(answer, report);
}
