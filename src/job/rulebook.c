/* rulebook.c - from stored bodies to rules. */
#include "rulebook.h"
#include "profile.h"

#include <stdlib.h>
#include <string.h>

bool rulebook_parse(const struct stored_rule *stored, struct rule *rule, struct error *error)
{
    if (!rule_parse(rule, slice_of(stored->body), error)) {
        if (error && error->code == ERROR_USAGE) error->code = ERROR_INPUT;
        return error_prefix(error, "rule %lld", (long long)stored->id);
    }
    rule->id = stored->id;
    if (!rule->author) rule->author = strdup(stored->author);
    if (rule->author) return true;
    rule_fini(rule);
    return error_memory(error, "a rule");
}

void rulebook_fini(struct rulebook *book)
{
    for (int32_t r = 0; r < book->n; r++)
        rule_fini(&book->rules[r]);
    free(book->rules);
    *book = (struct rulebook){ 0 };
}

static bool read_rules(struct rulebook *book, const struct stored_rule *stored, int32_t n,
                       struct error *error)
{
    book->rules = calloc((size_t)n + 1, sizeof *book->rules);
    if (!book->rules) return error_memory(error, "the rules");
    for (int32_t r = 0; r < n; r++) {
        if (strcmp(stored[r].state, "published") != 0) continue;
        if (!rulebook_parse(&stored[r], &book->rules[book->n], error)) return false;
        book->n++;
    }
    return true;
}

bool rulebook_read(struct rulebook *book, struct reader *reader, int64_t at, struct error *error)
{
    struct stored_rule *stored = NULL;
    struct text settings = { 0 };
    struct workspace_counts counts = { 0 };
    int32_t n = 0;
    *book = (struct rulebook){ 0 };
    bool good = workspace_counts(reader, &counts, error);
    profile_feed_settings(counts.profile, &book->settings);
    good =
        good && rules_list(reader, at, &stored, &n, error) && read_rules(book, stored, n, error) &&
        rules_settings(reader, &settings, error) &&
        (settings.length == 0 || feed_settings_from_json(&book->settings, settings.bytes, error));
    rules_free(stored, n);
    text_fini(&settings);
    if (!good) rulebook_fini(book);
    return good;
}

bool rulebook_drop(struct rulebook *book, int64_t id)
{
    for (int32_t r = 0; r < book->n; r++) {
        if (book->rules[r].id != id) continue;
        rule_fini(&book->rules[r]);
        memmove(&book->rules[r], &book->rules[r + 1],
                (size_t)(--book->n - r) * sizeof *book->rules);
        return true;
    }
    return false;
}

bool rulebook_add(struct rulebook *book, const struct rule *rule, struct error *error)
{
    if (rule->replaces != 0) rulebook_drop(book, rule->replaces);
    if (rule->id != 0) rulebook_drop(book, rule->id);
    void *rules = realloc(book->rules, ((size_t)book->n + 1) * sizeof *book->rules);
    if (!rules) return error_memory(error, "the rules");
    book->rules = rules;
    if (!rule_copy(&book->rules[book->n], rule, error)) return false;
    book->n++;
    return true;
}

const struct pipeline *rulebook_pipeline(const struct rulebook *book, const struct dataset *dataset,
                                         struct error *error)
{
    return pipeline_new(dataset, &book->settings, book->rules, book->n, error);
}

/* ------------------------------------------------------------------------------------- the shelf
 */

/* Puts one in front; the last falls off. */
static void put_first(struct pipeline_cache *cache, int from, const struct pipeline *pipeline,
                      int64_t version)
{
    if (cache->pipeline[from] != pipeline) pipeline_release(cache->pipeline[from]);
    for (int i = from; i > 0; i--) {
        cache->pipeline[i] = cache->pipeline[i - 1];
        cache->version[i] = cache->version[i - 1];
    }
    cache->pipeline[0] = pipeline;
    cache->version[0] = version;
}

const struct pipeline *pipeline_cache_get(struct pipeline_cache *cache, struct reader *reader,
                                          const struct dataset *dataset, struct error *error)
{
    struct rulebook book;
    const struct pipeline *pipeline = NULL;
    int64_t version;
    int at = PIPELINES - 1;
    if (!rules_version(reader, &version, error)) return NULL;
    for (int i = 0; i < PIPELINES && !pipeline; i++) {
        if (!cache->pipeline[i] || pipeline_dataset(cache->pipeline[i]) != dataset) continue;
        at = i;
        if (cache->version[i] == version) pipeline = cache->pipeline[i];
    }
    if (!pipeline) {
        if (!rulebook_read(&book, reader, MOMENT_NONE, error)) return NULL;
        pipeline = rulebook_pipeline(&book, dataset, error);
        rulebook_fini(&book);
    }
    if (!pipeline) return NULL;
    put_first(cache, at, pipeline, version);
    return pipeline_retain(pipeline);
}

void pipeline_cache_fini(struct pipeline_cache *cache)
{
    for (int i = 0; i < PIPELINES; i++)
        pipeline_release(cache->pipeline[i]);
    *cache = (struct pipeline_cache){ 0 };
}
