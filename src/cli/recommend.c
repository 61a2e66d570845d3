/* recommend.c - recommend USER: a list. */
#include "shopper_options.h"

#include "job/labels.h"

#include <stdio.h>

static json_t *feed_json(const struct question *question, const struct feed *feed)
{
    const struct dataset *dataset = question->serving.dataset;
    char moment[MOMENT_TEXT_SIZE];
    json_t *items = json_array();
    for (int32_t row = 0; row < feed->n; row++) {
        const int32_t item = feed->rows[row].item;
        json_array_append_new(items,
                              json_pack("{s:i, s:o, s:o, s:f}", "rank", feed->rows[row].rank,
                                        "item", json_text(names_get(&dataset->item_ids, item)),
                                        "title", json_text(names_get(&dataset->item_titles, item)),
                                        "score", (double)feed->rows[row].score));
    }
    return json_pack(
        "{s:o, s:s, s:I, s:o, s:o}", "user", question_user_json(question), "model",
        question->serving.run.kind, "run", (json_int_t)question->serving.run.id, "as_of",
        question->as_of == MOMENT_NONE ? json_null()
                                       : json_string(moment_text(question->as_of, moment)),
        "items", items);
}

static void print_feed(const struct question *question, const struct feed *feed)
{
    const struct dataset *dataset = question->serving.dataset;
    printf("%4s  %9s  %-14s %s\n", "#", "SCORE", "ITEM", "TITLE");
    for (int32_t row = 0; row < feed->n; row++) {
        const int32_t item = feed->rows[row].item;
        printf("%4d  %9.3f  ", feed->rows[row].rank, (double)feed->rows[row].score);
        print_padded(names_get(&dataset->item_ids, item), 14, false);
        putchar(' ');
        print_visible(names_get(&dataset->item_titles, item));
        putchar('\n');
    }
}

int command_recommend(struct call *call)
{
    int status = STATUS_DONE;
    int64_t n;
    struct error error = { 0 };
    struct question question;
    if (!call_number(call, "count", 10, 1, INT32_MAX, &n, &status)) return status;
    if (question_init(&question, call, &status)) {
        const struct feed_options options = { .length = (int32_t)n };
        struct feed *feed = feed_new(question.serving.model, question.shopper, &options, &error);
        if (!feed)
            status = call_fail(&error);
        else if (call->json)
            status = print_json(feed_json(&question, feed));
        else
            print_feed(&question, feed);
        if (feed && feed->n == 0)
            fprintf(stderr, "aisle: %s has nothing for this user%s\n", question.serving.run.kind,
                    question.shopper->n == 0 ? ", who has no history: try -m popular" : "");
        feed_free(feed);
    }
    question_fini(&question);
    return status;
}
