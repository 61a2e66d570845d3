/* mention.h - who is erased, for the statements that look for them (mention_find() of erase.h). */
#ifndef STORE_MENTION_H
#define STORE_MENTION_H

#include "aisle/erase.h"

#include <sqlite3.h>

/* Adds to a connection, for as long as `mention` lives there:
 *     mentions(text, kind)  1 where the text names the person (kind: enum mention_text)
 *     unmention(text, kind) the text with "(erased)" in each place
 * mention_register(db, NULL) takes both away. */
bool mention_register(sqlite3 *db, const struct mention *mention);

#endif
