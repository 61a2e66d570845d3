/* past.h - a shop as it was at a moment, as far as it is kept.
 *
 * The shopper goes back by the times of events, rules by the log of their changes, the run that
 * served by the log of activations, stock by what was noted when runs were trained, the catalogue
 * by the attribute "added" (date_added, added_at, created_at) of an item, else by its first event.
 * Attributes, titles and friendships have no past. What could not be taken back is said. */
#ifndef AISLE_PAST_H
#define AISLE_PAST_H

#include "aisle/engine.h"

enum past_gap {
    PAST_EVENTS = 1, /* no event has a time: the shopper is today's */
    PAST_MODEL = 2,  /* no run of the kind served then, or it is gone: the run of today is asked */
    PAST_STOCK = 4,  /* nothing was noted by then */
    PAST_SETTINGS = 8, /* of lists: they changed since */
    PAST_ATTRIBUTES = 16,
    PAST_FRIENDSHIPS = 32
};

struct past {
    int64_t at;       /* MOMENT_NONE: it is about today, and all else is empty */
    unsigned today;   /* past_gap bits: what is as it is today */
    bool named;       /* the run was asked for by its number, whatever served */
    int64_t deleted;  /* the run that served then and was deleted since; 0 = none */
    int64_t stock_at; /* when the stock was noted; MOMENT_NONE = it was not */
    int32_t n_later;  /* items that came later and are left out */
};

/* As engine_serve(), by the run that served at that moment unless a run is named, with the rules,
 * stock and catalogue of then (`plain`: the catalogue alone) as serving->pipeline. Where `at` is
 * MOMENT_NONE it is engine_serve(). */
bool engine_serve_past(struct engine *engine, struct reader *reader, const char *kind, int64_t run,
                       int64_t at, bool plain, struct serving *serving, struct past *past,
                       struct progress *progress, struct error *error);
/* The stock that was noted last by then; *items is malloc'ed, NULL where there is none. */
bool past_stock(struct reader *reader, int64_t at, int32_t **items, int32_t *n, int64_t *noted,
                struct error *error);
/* The run of a kind that served then; ERROR_MISSING with a sentence where none did. */
bool past_run(struct reader *reader, const char *kind, int64_t at, struct run *run,
              struct error *error);
/* "as of 2026-11-24 20:30:00 · hybrid run 9 served then · as today: stock, attributes". */
void past_describe(const struct past *past, const struct serving *serving, struct text *out);
const char *past_gap_name(enum past_gap gap); /* "model", "stock", … for JSON */
/* Sums what a receipt cites of after then. */
bool past_receipt(const struct past *past, struct receipt *receipt, struct error *error);

#endif
