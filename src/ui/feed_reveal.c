/* feed_reveal.c - privacy on the feed: others are pseudonyms until they are revealed, which the
 * audit log notes. */
#include "feed_view.h"

#include <stdio.h>
#include <stdlib.h>

struct reveal {
    char who[256], what[96];
};

static bool work(struct job_context *job, void *argument, struct error *error)
{
    const struct reveal *reveal = argument;
    if (!privacy_reveal(engine_workspace(job->engine), reveal->what, reveal->who, error))
        return false;
    snprintf(job->message, 512, "the log notes who looked");
    return true;
}

void feed_reveal(struct feed_view *feed)
{
    struct app *app = feed->view.app;
    struct error error;
    if (!feed->privacy.on || feed->revealed) {
        app_say(app, feed->revealed ? "others are revealed already"
                                    : "privacy is off: nobody is hidden");
        return;
    }
    struct reveal *reveal = app->queue ? malloc(sizeof *reveal) : NULL;
    if (!reveal) return;
    snprintf(reveal->who, sizeof reveal->who, "%s", feed->id);
    snprintf(reveal->what, sizeof reveal->what, "the receipts of a list");
    if (job_submit(app->queue, "note who was revealed", 0, work, reveal, free, &error) == 0) {
        app_fail(app, &error);
        return;
    }
    feed->revealed = true;
    feed->receipt_asked = -1;
    app_say(app, "others are revealed on this list; the log notes it");
}

struct label_style feed_style(const struct feed_view *feed)
{
    struct label_style style = app_style(feed->view.app);
    if (!feed->view.app->pseudonymiser.on)
        style.pseudonymiser = feed->revealed ? NULL : &feed->privacy.pseudonymiser;
    return style;
}
