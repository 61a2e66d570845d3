/* feed_moves.c - why rows of the list stand elsewhere than in the one beside it. */
#include "feed_view.h"

#include <stdlib.h>

/* Another slot of the feed: see feed_change.c. */
enum { SLOT_MOVES = 7, OPENED = 100 };

struct asking {
    struct feed_bundle *base, *bundle;
    struct comparison *moves;
};

static void release(void *argument)
{
    struct asking *asking = argument;
    feed_bundle_release(asking->base);
    feed_bundle_release(asking->bundle);
    comparison_free(asking->moves);
    free(asking);
}

static struct compare_side list_request_of(const struct feed_bundle *bundle,
                                           const struct feed_options *options)
{
    return (struct compare_side){ bundle->serving.model, bundle->shopper, bundle->feed, options };
}

static bool work(const struct loader_context *context, void *argument, struct error *error)
{
    struct asking *asking = argument;
    const struct feed_options before = feed_bundle_options(asking->base, OPENED);
    const struct feed_options after = feed_bundle_options(asking->bundle, OPENED);
    const struct compare_side a = list_request_of(asking->base, &before);
    const struct compare_side b = list_request_of(asking->bundle, &after);
    (void)context;
    asking->moves = comparison_new(&a, &b, OPENED, error);
    return asking->moves != NULL;
}

static void answer(void *owner, void *argument, const struct error *error)
{
    struct feed_view *feed = owner;
    struct asking *asking = argument;
    if (error || asking->base != feed->base || asking->bundle != feed->bundle) return;
    comparison_free(feed->moves);
    feed->moves = asking->moves;
    asking->moves = NULL;
    feed->view.app->dirty = true;
}

void feed_ask_moves(struct feed_view *feed)
{
    comparison_free(feed->moves);
    feed->moves = NULL;
    if (!feed->base) return;
    struct asking *asking = calloc(1, sizeof *asking);
    if (!asking) return;
    asking->base = feed_bundle_retain(feed->base);
    asking->bundle = feed_bundle_retain(feed->bundle);
    app_ask(feed->view.app, &(struct request){ .owner = feed,
                                               .slot = SLOT_MOVES,
                                               .lane = LANE_MODELS,
                                               .work = work,
                                               .answer = answer,
                                               .release = release,
                                               .argument = asking });
}

bool feed_goes_back(const struct feed_view *feed)
{
    return feed->base && feed->bundle->past.at != MOMENT_NONE;
}

void feed_describe_move(const struct feed_view *feed, struct text *out)
{
    const struct label_style style = app_style(feed->view.app);
    const int32_t item = feed_item(feed);
    for (int32_t r = 0; feed->moves && r < feed->moves->n; r++) {
        if (feed->moves->rows[r].move.item != item) continue;
        const struct compare_row report =
            compare_oriented(&feed->moves->rows[r], feed_goes_back(feed));
        struct text cause = { 0 };
        compare_describe_cause(&report, &style, feed->bundle->serving.dataset, &cause);
        text_add_visible(out, cause.bytes ? cause.bytes : "", cause.length);
        text_fini(&cause);
        return;
    }
}
