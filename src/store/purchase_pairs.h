/* purchase_pairs.h - who has ordered what, remembered from one transaction to the next.
 *
 * The first order of an item by a user adds a buyer. To ask the index for every event costs a walk
 * through the user's history; here the history is read once and answers are O(1) after that. It is
 * forgotten when another program has written, when a transaction is undone, and when it grows
 * large. All zero is empty. */
#ifndef STORE_BOUGHT_H
#define STORE_BOUGHT_H

#include "database.h"

struct bought {
    uint64_t *pair; /* (room) user << 32 | item, 0 where free; item 0 = the user was read */
    size_t n, capacity;
    int64_t version; /* PRAGMA data_version when it was filled */
};

void purchase_pairs_clear(struct bought *bought);
/* At the begin of a transaction: forgets what others may have changed. */
void purchase_pairs_check(struct bought *bought, sqlite3 *db);
/* Whether the user has it already, and notes that they have it now. `history` selects the items
 * that a user (?1) ordered. False after a failure of SQLite, or with *no_memory. */
bool purchase_pairs_note(struct bought *bought, sqlite3_stmt *history, int64_t user, int64_t item,
                         bool *before, bool *no_memory);

#endif
