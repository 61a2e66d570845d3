/* rulebook.h - the workspace's rules and settings of lists, read for the pipeline. */
#ifndef JOB_RULEBOOK_H
#define JOB_RULEBOOK_H

#include "aisle/engine.h"
#include "aisle/rules.h"

struct rulebook {
    struct rule *rules; /* (n) published, by id */
    int32_t n;
    struct feed_settings settings;
};

/* As they stood at a moment (MOMENT_NONE = now); the settings are always those of now. */
bool rulebook_read(struct rulebook *book, struct reader *reader, int64_t at, struct error *error);
void rulebook_fini(struct rulebook *book);
/* Appends a copy of a rule: a draft that is tried out. In place of the rule that it replaces. */
bool rulebook_add(struct rulebook *book, const struct rule *rule, struct error *error);
bool rulebook_drop(struct rulebook *book, int64_t id); /* false when it is not there */
const struct pipeline *rulebook_pipeline(const struct rulebook *book, const struct dataset *dataset,
                                         struct error *error);
/* One stored rule with its number and, where its body names none, its author. */
bool rulebook_parse(const struct stored_rule *stored, struct rule *rule, struct error *error);

/* Pipelines of the rules in force, one for each dataset that is being served; made anew when a
 * rule changes. Zero-initialise; the caller locks. */
enum { PIPELINES = 4 };
struct pipeline_cache {
    const struct pipeline *pipeline[PIPELINES]; /* [0] was asked for last */
    int64_t version[PIPELINES];
};
/* Retained; NULL after filling error. */
const struct pipeline *pipeline_cache_get(struct pipeline_cache *cache, struct reader *reader,
                                          const struct dataset *dataset, struct error *error);
void pipeline_cache_fini(struct pipeline_cache *cache);

#endif
