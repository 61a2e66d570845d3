/* feed_page.h - a user's list with its receipts as one HTML page: no script, no network, opens
 * anywhere. Parts open by a click (details); text from data is made visible and escaped. */
#ifndef JOB_FEED_PAGE_H
#define JOB_FEED_PAGE_H

#include "labels.h"

#include "aisle/bytes.h"
#include "aisle/engine.h"
#include "privacy.h"

struct feed_page {
    const struct serving *serving;
    const struct shopper *shopper;
    const struct feed *feed;
    struct slice user;   /* whose list: shown as it is */
    const char *profile; /* for the words */
    const struct privacy *privacy;
    int64_t made; /* moment of the page */
};

bool feed_page_write(const struct feed_page *page, bytes_put *put, void *context,
                     struct error *error);

#endif
