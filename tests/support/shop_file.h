/* shop_file.h - a small workspace in a temporary folder, for tests of what stands on the store. */
#ifndef TESTS_SHOP_FILE_H
#define TESTS_SHOP_FILE_H

#include "aisle/workspace.h"

struct shop_file {
    char folder[64], path[96];
    struct workspace *workspace;
};

/* Makes users u0.. and items i0.. and buys by a fixed pattern; ends the test where that fails. */
void shop_file_make(struct shop_file *file, int32_t users, int32_t items, int32_t events);
/* More purchases in a transaction of their own, beginning with user `first`. */
void shop_file_buy(struct shop_file *file, int32_t first, int32_t users, int32_t items,
                   int32_t events);
void shop_file_remove(struct shop_file *file);

#endif
