/* rules_lists.c - what rules do to lists: preview of a draft, and the rules that touch a list. */
#include "report_print.h"
#include "rules.h"
#include "shopper_options.h"

#include "job/labels.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { PREVIEW_SECONDS = 1, TOUCHES = 16 };

static json_t *items_json(const struct dataset *dataset, const struct impact_item *items, int32_t n)
{
    json_t *list = json_array();
    for (int32_t i = 0; i < n; i++)
        json_array_append_new(
            list, json_pack("{s:o, s:o, s:i}", "item",
                            json_text(names_get(&dataset->item_ids, items[i].item)), "title",
                            json_text(names_get(&dataset->item_titles, items[i].item)), "lists",
                            items[i].lists));
    return list;
}

static json_t *impact_json(const struct impact *impact, const struct dataset *dataset)
{
    char day[MOMENT_TEXT_SIZE];
    json_t *collisions = json_array();
    for (int32_t c = 0; c < impact->n_collisions; c++) {
        const struct impact_collision *collision = &impact->collisions[c];
        json_array_append_new(collisions,
                              json_pack("{s:I, s:i, s:i, s:b, s:b, s:b}", "rule",
                                        (json_int_t)collision->rule, "items", collision->items,
                                        "place", collision->place, "wins", collision->wins, "both",
                                        collision->both, "opposed", collision->opposed));
    }
    return json_pack(
        "{s:s, s:i, s:i, s:i, s:i, s:b, s:f, s:f, s:f, s:f, s:o, s:o, s:o}", "day",
        moment_date(impact->now, day), "items_matched", impact->items, "users", impact->users,
        "users_looked_at", impact->asked, "lists_changed", impact->changed, "exact",
        impact->asked == impact->users, "share", impact->share, "low", impact->low, "high",
        impact->high, "seconds", impact->seconds, "displaced",
        items_json(dataset, impact->leaving, impact->n_leaving), "brought_in",
        items_json(dataset, impact->entering, impact->n_entering), "collisions", collisions);
}

static int show(struct call *call, const struct rule *rule, const char *state)
{
    struct text line = { 0 }, body = { 0 };
    rule_text(rule, &line);
    rule_json(rule, &body);
    int status = STATUS_DONE;
    if (call->json) {
        status = print_json(json_pack("{s:I, s:s, s:o, s:o}", "rule", (json_int_t)rule->id, "state",
                                      state, "text",
                                      json_text((struct slice){ line.bytes, line.length }), "body",
                                      json_loads(body.bytes ? body.bytes : "", 0, NULL)));
    } else {
        printf("rule %lld, %s\n", (long long)rule->id, state);
        print_visible((struct slice){ line.bytes, line.length });
        putchar('\n');
    }
    text_fini(&line);
    text_fini(&body);
    return status;
}

static int preview(struct call *call, const struct rule *rule)
{
    int status = STATUS_DONE;
    int64_t n;
    struct error error = { 0 };
    struct serving serving;
    struct impact impact;
    if (!call_number(call, "count", 10, 1, 1000, &n, &status)) return status;
    if (!engine_serve(call->engine, call->reader, call_option(call, "model"), 0, &serving, NULL,
                      &error))
        return call_fail(&error);
    const double seconds = call_option(call, "exact") ? 0 : PREVIEW_SECONDS;
    if (!rules_preview(call->engine, call->reader, &serving, rule, (int32_t)n, (int64_t)time(NULL),
                       seconds, &impact, NULL, &error))
        status = call_fail(&error);
    else if (call->json)
        status = print_json(impact_json(&impact, serving.dataset));
    else {
        struct report report = { 0 };
        rules_describe_impact(&impact, rule, serving.dataset, &report);
        report_print(&report);
        report_fini(&report);
    }
    serving_fini(&serving);
    return status;
}

int rules_preview_call(struct call *call)
{
    int status = STATUS_DONE;
    struct rule rule;
    char state[16] = "not stored";
    const bool shows = strcmp(call->argument[0], "show") == 0;
    if (call->n_arguments < 2) return call_usage(call, "which rule?");
    const bool stored = isdigit((unsigned char)call->argument[1][0]) != 0;
    if (stored ? !rule_find(call, call->argument[1], &rule, state, &status)
               : !rule_read(call, 1, &rule, &status))
        return status;
    status = shows ? show(call, &rule, state) : preview(call, &rule);
    rule_fini(&rule);
    return status;
}

/* ---------------------------------------------------------------------------------- touching */

/* What one rule does to a list: rows that it moved, and what it keeps out of the rows. */
static void count_touches(const struct feed *feed, int32_t length, int32_t rule, int32_t *rows,
                          int32_t *kept_out)
{
    struct feed_touch touches[TOUCHES];
    const bool full = feed->n == length && feed->n > 0;
    const float last = full ? feed->rows[feed->n - 1].score : -INFINITY;
    *rows = *kept_out = 0;
    for (int32_t r = 0; r < feed->n; r++) {
        const int32_t n = feed_touches(feed, feed->rows[r].item, touches, TOUCHES);
        for (int32_t t = 0; t < n; t++)
            *rows += touches[t].rule == rule;
    }
    for (int32_t i = 0; feed->rule && i < feed->n_items; i++)
        *kept_out += feed->rule[i] == rule && feed_score(feed, i) > last;
}

static int print_touching(const struct call *call, const struct question *question,
                          const struct feed *feed, int32_t length)
{
    json_t *list = call->json ? json_array() : NULL;
    if (!list) printf("%5s  %5s  %8s  %s\n", "RULE", "ROWS", "KEPT OUT", "WHAT");
    for (int32_t f = 0; f < feed->n_force; f++) {
        const struct rule *rule = pipeline_rule(feed->pipeline, feed->force[f]);
        struct text line = { 0 };
        int32_t rows, kept_out;
        rule_text(rule, &line);
        const struct slice text = { line.bytes, line.length };
        count_touches(feed, length, feed->force[f], &rows, &kept_out);
        if (list) {
            json_array_append_new(list, json_pack("{s:I, s:o, s:i, s:i}", "rule",
                                                  (json_int_t)rule->id, "text", json_text(text),
                                                  "rows", rows, "kept_out", kept_out));
        } else {
            printf("%5lld  %5d  %8d  ", (long long)rule->id, rows, kept_out);
            print_visible(text);
            putchar('\n');
        }
        text_fini(&line);
    }
    return list ? print_json(
                      json_pack("{s:o, s:o}", "user", question_user_json(question), "rules", list))
                : STATUS_DONE;
}

int rules_touching_call(struct call *call)
{
    int status = STATUS_DONE;
    int64_t n;
    struct error error = { 0 };
    struct question question;
    if (call->n_arguments != 2) return call_usage(call, "whose list?");
    if (!call_number(call, "count", 10, 1, 1000, &n, &status)) return status;
    call->argument[0] = call->argument[1]; /* USER stands first where shoppers are read */
    call->n_arguments = 1;
    if (question_init(&question, call, &status)) {
        const struct feed_options options = question_feed(&question, call, (int32_t)n);
        struct feed *feed = feed_new(question.serving.model, question.shopper, &options, &error);
        status = feed ? print_touching(call, &question, feed, (int32_t)n) : call_fail(&error);
        feed_free(feed);
    }
    question_fini(&question);
    return status;
}
