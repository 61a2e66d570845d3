/* profile.h - what differs between a shop, a newspaper, a video service, a music service and a
 * social network before anybody has set anything: how soon what is popular grows old, and whether
 * people come back to what they had.
 *
 *              popular counts half after    what somebody had
 *     shop     never                        is left out
 *     news     2 days                       is left out
 *     video    30 days                      is left out
 *     music    60 days                      comes back after a day
 *     social   14 days                      is left out
 */
#ifndef JOB_PROFILE_H
#define JOB_PROFILE_H

#include "aisle/model.h"
#include "aisle/pipeline.h"

/* Settings of lists and parameters of a model as they are without a word from anybody; an unknown
 * profile is a shop. */
void profile_feed_settings(const char *profile, struct feed_settings *settings);
void profile_parameters(const char *profile, const struct model_kind *kind,
                        struct parameters *parameters);

#endif
