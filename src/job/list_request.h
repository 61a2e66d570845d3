/* list_request.h - one list as it was asked for: by which model or run, for whom, as of when, with
 * which rules. Two of them are a comparison. */
#ifndef JOB_LIST_REQUEST_H
#define JOB_LIST_REQUEST_H

#include "changes.h"
#include "labels.h"

#include "aisle/compare.h"
#include "aisle/past.h"

struct list_options {
    char model[24]; /* "" = the best that is served */
    int64_t run;    /* 0 = the active one of the model */
    char user[256];
    int64_t as_of; /* MOMENT_NONE = now */
    bool plain;    /* the model alone */
    bool without_rules;
    int64_t draft; /* a rule that is tried beside those in force; 0 = none */
    int32_t length;
    int64_t now;
    const struct changes *changes; /* borrowed; NULL = as they are */
    char scenario[88];             /* by name instead of `changes`; "" = none */
};

struct list_request {
    struct serving serving;
    struct past past;
    struct shopper *shopper;
    struct feed_options options; /* that the feed was made with */
    struct feed *feed;
};

bool list_request_make(struct engine *engine, struct reader *reader,
                       const struct list_options *spec, struct list_request *list_request,
                       struct progress *progress, struct error *error);
void list_request_fini(struct list_request *list_request); /* also after a failure */
/* What a person types behind "=": "ease", "run 7", "user 42", "2026-08-01", "plain", "rules off",
 * "draft 3", "scenario rain", "unchanged" change the spec; false with what may be written. */
bool list_request_read(struct list_options *spec, struct slice words, struct error *error);
/* "ease run 4", "user 42 · item-cf run 3 · as of 2026-08-01 · rules off": only what `other` is not
 * (NULL = all of it but the user). */
void list_request_describe(const struct list_options *spec, const struct list_request *list_request,
                           const struct list_options *other,
                           const struct pseudonymiser *pseudonymiser, struct text *out);
/* Whether the second list is of an earlier day: then what moved is told from it to the first. */
bool list_requests_go_back(const struct list_options spec[2]);
/* The row as it is told: from the earlier list to the later one. Shares the words of `row`. */
struct compare_row compare_oriented(const struct compare_row *row, bool back);
struct compare_side list_request_compare(const struct list_request *list_request);
/* "rule 3", "bought 2025-02-07", "new event · bought Tent 31 % -> 12 %"; for a row that moved
 * because of another one, which; nothing where it stands where it stood. */
void compare_describe_cause(const struct compare_row *row, const struct label_style *style,
                            const struct dataset *dataset, struct text *out);
/* "bought Tent 31 % -> 12 %"; nothing where no part is known. */
void compare_describe_part(const struct compare_row *row, const struct label_style *style,
                           const struct dataset *dataset, struct text *out);

#endif
