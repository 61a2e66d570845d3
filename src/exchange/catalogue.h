/* catalogue.h - what a source of events says about its items and users beside the events.
 *
 * Where each row of a source carries a description of its item, the rows disagree: the one that
 * stands most often is the title (the first of equals). So titles are counted across all files of
 * an import, and catalogue_flush() sends those whose winner changed since the last flush; importing
 * one file or its parts gives the same titles. Memory grows with the items, not with the rows. A
 * catalogue lives as long as one import: an import of another day counts anew.
 */
#ifndef AISLE_EXCHANGE_CATALOGUE_H
#define AISLE_EXCHANGE_CATALOGUE_H

#include "aisle/record.h"

struct catalogue;

struct catalogue *catalogue_new(struct error *error);
void catalogue_free(struct catalogue *catalogue); /* NULL is allowed */

/* Counts one row that gives the item this title. *first = the item is new to the catalogue. */
bool catalogue_title(struct catalogue *catalogue, struct slice item, struct slice title,
                     bool *first, struct error *error);
/* Remembers a user's or item's attribute; *changed = it is not what was said last. */
bool catalogue_fact(struct catalogue *catalogue, struct slice id, struct slice value, bool *changed,
                    struct error *error);
/* Sends an ITEM record for each title that is new. */
bool catalogue_flush(struct catalogue *catalogue, record_sink *sink, void *context,
                     struct error *error);

#endif
