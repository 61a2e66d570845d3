/* outcome.c - see outcome.h. */
#include "exchange/outcome.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROW_SHOWN = 4096 }; /* bytes of a bad row that are worth showing */

bool outcome_open(struct outcome *outcome, struct import_result *result,
                  const struct file_target *rejects, struct error *error)
{
    *outcome = (struct outcome){ .result = result };
    if (!rejects->path) return true;
    outcome->writes_rejects = file_sink_open(&outcome->rejects, rejects, error);
    return outcome->writes_rejects;
}

bool outcome_close(struct outcome *outcome, struct error *error)
{
    bool good = !outcome->failed;

    if (!good) error_set(error, outcome->error.code, "%s", outcome->error.text);
    if (outcome->writes_rejects && !file_sink_close(&outcome->rejects, true, good ? error : NULL))
        good = false;
    outcome->writes_rejects = false;
    return good;
}

static struct import_reason *reason_of(struct import_result *result, const char *text)
{
    struct import_reason *reasons;

    for (int32_t i = 0; i < result->n_reasons; i++)
        if (strcmp(result->reasons[i].text, text) == 0) return &result->reasons[i];
    reasons = realloc(result->reasons, (size_t)(result->n_reasons + 1) * sizeof *reasons);
    if (!reasons) return NULL;
    result->reasons = reasons;
    reasons += result->n_reasons++;
    *reasons = (struct import_reason){ 0 };
    snprintf(reasons->text, sizeof reasons->text, "%s", text);
    return reasons;
}

void outcome_reject(struct outcome *outcome, const char *file, int64_t line, const char *reason,
                    struct slice row)
{
    struct import_reason *kind = reason_of(outcome->result, reason);
    struct text text = { 0 };

    if (!kind) {
        outcome->failed = true;
        error_memory(&outcome->error, "the reasons of rejected rows");
        return;
    }
    if (kind->rows++ == 0) {
        kind->first_line = line;
        snprintf(kind->first_file, sizeof kind->first_file, "%s", file);
    }
    if (!outcome->writes_rejects || outcome->failed) return;
    text_format(&text, "%s:%lld: %s: ", file, (long long)line, reason);
    text_add_visible(&text, row.bytes, row.length < ROW_SHOWN ? row.length : ROW_SHOWN);
    if (row.length > ROW_SHOWN) text_format(&text, "… (%zu bytes)", row.length);
    text_add(&text, "\n", 1);
    if (text.failed)
        outcome->failed = !error_memory(&outcome->error, "the rejects file");
    else if (!file_sink_put(&outcome->rejects, text.bytes, text.length, &outcome->error))
        outcome->failed = true;
    text_fini(&text);
}
