/* audience_words.c - an audience in words. */
#include "audience_words.h"

void audience_describe_reason(const struct audience_member *member, const struct label_style *style,
                              const struct dataset *dataset, struct text *out)
{
    char words[sizeof member->reason_words];
    struct text label = { 0 };
    struct receipt node = { .kind = member->reason,
                            .user = member->reason_user,
                            .item = member->reason_item,
                            .time = MOMENT_NONE };
    for (size_t i = 0; i < sizeof words; i++)
        words[i] = member->reason_words[i];
    if (words[0]) node.words = words;
    if (member->reason == RECEIPT_SCORE) {
        text_add_string(out, "a rule");
        return;
    }
    if (member->reason == RECEIPT_PERIOD || member->reason == RECEIPT_EVENT) {
        text_add_string(out, "what everybody buys");
        return;
    }
    if (member->reason == RECEIPT_NEIGHBOUR || member->reason == RECEIPT_FRIEND) {
        text_add_string(out, member->reason == RECEIPT_FRIEND ? "friends" : "people like them");
        return;
    }
    label_receipt(style, dataset, &node, &label);
    text_add_visible(out, label.bytes ? label.bytes : "", label.length);
    text_fini(&label);
}

void audience_describe_share(int32_t count, int32_t asked, int32_t users, struct text *out)
{
    const struct audience_share share = audience_share_of(count, asked, users);
    if (asked == users)
        text_format(out, "%d of %d (%.1f %%)", count, users, 100 * share.share);
    else
        text_format(out, "about %.0f of %d (%.1f %%, 95 %%: %.1f to %.1f) · %d drawn",
                    share.share * users, users, 100 * share.share, 100 * share.low,
                    100 * share.high, asked);
}

/* Ranks in fours: how high it stands where it stands. */
static void describe_ranks(const struct audience *audience, int32_t length, struct report *report)
{
    static const int32_t ends[] = { 1, 3, 10, 30, AUDIENCE_RANKS };
    int32_t from = 1;
    for (size_t e = 0; e < sizeof ends / sizeof *ends && from <= length; e++) {
        const int32_t to = ends[e] < length ? ends[e] : length;
        int32_t n = 0;
        for (int32_t rank = from; rank <= to; rank++)
            n += audience->at_rank[rank];
        struct text *out = report_line(report, REPORT_PLAIN, e ? "" : "at place");
        if (from == to)
            text_format(out, "%d: %d", from, n);
        else
            text_format(out, "%d to %d: %d", from, to, n);
        from = to + 1;
    }
}

void audience_describe(const struct audience *audience, const struct dataset *dataset,
                       int32_t length, int32_t max, struct report *report)
{
    const struct label_style style = { report->words ? report->words : words_of(NULL),
                                       report->pseudonymiser };
    struct text *out =
        report_line(report, audience->getting > 0 ? REPORT_PASSED : REPORT_FELL, "gets it");
    audience_describe_share(audience->getting, audience->asked, audience->users, out);
    text_format(out, ", among the first %d", length);
    out = report_line(report, REPORT_PLAIN, "has it");
    audience_describe_share(audience->having, audience->asked, audience->users, out);
    if (audience->getting > 0) describe_ranks(audience, length, report);
    for (int32_t r = 0; r < audience->n_reasons; r++) {
        out = report_line(report, REPORT_PLAIN, r ? "" : "because of");
        audience_describe_reason(&audience->reasons[r].like, &style, dataset, out);
        text_format(out, ": %d", audience->reasons[r].members);
        if (r == 0)
            text_format(out, " of the %d %swho get it", audience->getting,
                        audience->asked < audience->users ? "drawn " : "");
    }
    if (audience->other_reasons > 0)
        text_format(report_line(report, REPORT_PLAIN, ""), "%s: %d",
                    text_count(audience->other_reasons, "other reason").text,
                    audience->other_members);
    for (int32_t m = 0; m < audience->n_members && m < max; m++) {
        const struct audience_member *member = &audience->members[m];
        const struct slice id = label_user(dataset, member->user);
        out = report_line(report, REPORT_PLAIN, m ? "" : "who");
        text_format(out, "%3d  ", member->rank);
        text_add_visible(out, id.bytes, id.length);
        text_add_string(out, " · ");
        audience_describe_reason(member, &style, dataset, out);
    }
}
