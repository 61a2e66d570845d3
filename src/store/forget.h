/* forget.h - the texts of a workspace without an erased person. */
#ifndef STORE_FORGET_H
#define STORE_FORGET_H

#include "mention.h"
#include "writer_private.h"

#include "aisle/erase.h"

/* In the transaction that erases the person; adds to erased->rules. */
bool forget_texts(struct writer *writer, const struct mention *person, struct erased *erased,
                  struct error *error);
/* Remembers that somebody of this id was erased: workspace_erased_before(). */
bool forget_mark(struct writer *writer, struct slice id, struct error *error);

#endif
