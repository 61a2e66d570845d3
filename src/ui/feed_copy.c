/* feed_copy.c - what y takes along from a list: its row, or of a receipt one sentence. */
#include "feed_view.h"

#include "job/reason.h"

/* Of a receipt the sentence for the customer is copied. */
static void copy_sentence(struct feed_view *feed)
{
    struct text sentence = { 0 }, shown = { 0 };
    const struct serving *serving = &feed->bundle->serving;
    const struct label_style style = feed_style(feed);
    reason_describe(&style, serving->dataset, serving->run.kind, feed->receipt, &sentence);
    text_add_visible(&shown, sentence.bytes ? sentence.bytes : "", sentence.length);
    if (!shown.failed) app_copy(feed->view.app, (struct slice){ shown.bytes, shown.length });
    text_fini(&sentence);
    text_fini(&shown);
}

void feed_copy(struct feed_view *feed)
{
    int32_t item = feed_item(feed);
    struct text line = { 0 };
    if (item < 0) return;
    if (feed->in_receipt && feed->receipt && feed->receipt_item == item) {
        copy_sentence(feed);
        return;
    }
    const struct dataset *dataset = feed->bundle->serving.dataset;
    struct slice id = names_get(&dataset->item_ids, item);
    struct text shown = { 0 }, title = { 0 };
    pseudonym_item_id(&feed->view.app->pseudonymiser, id, &shown);
    text_add_visible(&line, shown.bytes ? shown.bytes : "", shown.length);
    text_add_string(&line, "\t");
    pseudonym_item_name(&feed->view.app->pseudonymiser, id, names_get(&dataset->item_titles, item),
                        &title);
    text_add_visible(&line, title.bytes ? title.bytes : "", title.length);
    text_fini(&shown);
    text_fini(&title);
    text_format(&line, "\t%.6f", (double)feed->bundle->feed->rows[feed->cursor].score);
    if (!line.failed) app_copy(feed->view.app, (struct slice){ line.bytes, line.length });
    text_fini(&line);
}
