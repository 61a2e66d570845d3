/* vectors.h - the encoder that reads a question, and the vectors of the catalogue it is held to.
 *
 * Vectors of a catalogue are made by a job and kept as a run of the kind "vectors-" and eight
 * digits of the encoder's checksum; what was encoded already and did not change is taken over. One
 * shelf in the engine keeps opened encoders and loaded vectors: a second question encodes itself
 * alone.
 */
#ifndef JOB_VECTORS_H
#define JOB_VECTORS_H

#include "data/item_vectors.h"

#include "aisle/encoder.h"
#include "aisle/engine.h"
#include "aisle/language.h"

struct vector_shelf;
struct vector_shelf *vector_shelf_new(struct error *error);
void vector_shelf_free(struct vector_shelf *cache); /* NULL is allowed */

/* The encoders that are set up and ready; 0 = it reads English, 1 = it reads many languages. */
struct vector_encoders {
    bool there[2];
    struct language_model model[2];
};
bool vector_encoders_find(struct vector_encoders *encoders, struct error *error);
void vector_encoders_fini(struct vector_encoders *encoders);
/* Whether any is: constant time, no model is opened. */
bool vector_encoders_any(void);

/* What answers one question. */
struct vector_serving {
    const struct encoder *encoder; /* NULL = none is set up; lives as long as the engine */
    struct item_vectors *vectors;  /* retained */
    int32_t stale;                 /* items that are new or changed since they were encoded */
    bool made;                     /* they were made just now */
    bool reads_many;               /* languages */
};
/* many: the question or the catalogue is not in English. Takes the encoder for it, else the other
 * one. Vectors that are not there yet are made, and kept where the workspace can be written to. */
bool vectors_serve(struct engine *engine, struct reader *reader, const struct dataset *dataset,
                   const uint8_t *role, bool many, struct vector_serving *serving,
                   struct progress *progress, struct error *error);
void vector_serving_fini(struct vector_serving *serving);

/* Encodes what is new or changed for every encoder that is set up, and keeps it. *items is how many
 * were encoded, *encoders how many encoders there are. */
bool vectors_train(struct engine *engine, struct progress *progress, int32_t *items,
                   int32_t *encoders, struct error *error);

#endif
