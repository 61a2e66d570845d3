/* engine.h - what is being served: the current dataset and the active model of each kind.
 *
 * One engine per program, shared by all threads. It publishes immutable, reference-counted values
 * and swaps them whole: whoever asked keeps what they got until they release it, a screen never
 * waits for a job. Loading happens on the thread that calls; engine_loaded_dataset() never loads or
 * waits.
 */
#ifndef AISLE_ENGINE_H
#define AISLE_ENGINE_H

#include "aisle/feed.h"
#include "aisle/model.h"
#include "aisle/runs.h"

struct engine;

struct engine *engine_new(struct workspace *workspace, struct error *error);
void engine_free(struct engine *engine);
struct workspace *engine_workspace(struct engine *engine);
/* Encoders and vectors that are in memory (job/vectors.h). */
struct vector_shelf *engine_vectors(struct engine *engine);

/* The newest dataset, loaded when absent or when events were added since. The caller releases. */
const struct dataset *engine_dataset(struct engine *engine, struct reader *reader,
                                     struct progress *progress, struct error *error);
/* The same with strengths counted otherwise (a model's: parameters_strength()). */
const struct dataset *engine_dataset_by(struct engine *engine, struct reader *reader,
                                        const struct strength_options *options,
                                        struct progress *progress, struct error *error);
/* What is in memory already, or NULL. Of several, the one asked for last: they differ in strengths
 * only. */
const struct dataset *engine_loaded_dataset(struct engine *engine);

/* A model being served, with the run it is and the newest dataset for making shoppers. */
struct serving {
    struct run run;
    struct model *model; /* retained */
    /* Retained; by the run's strengths, newest: may have more events than the model's. */
    const struct dataset *dataset;
    const struct pipeline *pipeline; /* retained: the shop's filters and the published rules */
    int64_t applied;       /* events since then that the model has worked in (engine_set_live()) */
    int64_t events_since;  /* added since the run was trained: staleness */
    int64_t events_behind; /* in the workspace and not in the dataset: engine_serve_now() */
};

/* By kind ("item-cf"; NULL = the best active one: hybrid, attention, slist, ease, item-cf, user-cf,
 * popular) or, with run != 0, by run. ERROR_MISSING says how to train one. */
bool engine_serve(struct engine *engine, struct reader *reader, const char *kind, int64_t run,
                  struct serving *serving, struct progress *progress, struct error *error);
/* The same in constant time after a purchase, unless the engine is live: a dataset in memory serves
 * as long as it lacks nothing but a few events at its end (1,000 and one in a hundred), and
 * engine_shopper() brings the shopper's own. Does not wait for a load that is under way. */
bool engine_serve_now(struct engine *engine, struct reader *reader, const char *kind, int64_t run,
                      struct serving *serving, struct progress *progress, struct error *error);
void serving_fini(struct serving *serving);
/* Events of the workspace that the model has not heard of. The shopper's own are in the list. */
int64_t serving_behind(const struct serving *serving);
/* A shopper of the serving's dataset, with what the user did since it was read (items that it does
 * not have yet left out). A user whom the dataset does not know is somebody new with these events.
 * changes may be NULL. */
struct shopper *engine_shopper(struct reader *reader, const struct serving *serving,
                               struct slice user, int64_t as_of,
                               const struct shopper_changes *changes, struct error *error);
/* Called after a run was activated, rolled back or data was imported: drops what is outdated. */
void engine_refresh(struct engine *engine);

/* Live: models that can (model_kind.absorb) work in what arrives before they are served by kind;
 * a run that is asked for by its number is served as it was trained. Off at first. The run stays
 * what it is. */
void engine_set_live(struct engine *engine, bool live);

/* How a run was trained: its kind, its parameters and its seed; NULL after filling error. */
const struct model_kind *engine_run_settings(const struct run *run, struct parameters *parameters,
                                             struct error *error);

/* Trains a model on the newest data, saves and activates the run: the recipe behind `train` and
 * the train action. Parameters NULL = defaults. Refuses with ERROR_MEMORY and a sentence where the
 * forecast does not fit into available memory. *run is filled. */
bool engine_train(struct engine *engine, const char *kind, const struct parameters *parameters,
                  int threads, struct progress *progress, struct run *run, struct error *error);

#endif
