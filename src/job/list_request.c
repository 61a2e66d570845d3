/* list_request.c - lists as they are asked for. */
#include "list_request.h"

#include "labels.h"
#include "rulebook.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------------------------- making */

/* The draft that is tried beside the rules of the day. */
static bool add_draft(struct reader *reader, const struct list_options *spec,
                      struct serving *serving, struct error *error)
{
    struct rulebook book;
    struct stored_rule *stored = NULL;
    int32_t n = 0;
    bool good, found = false;
    if (spec->draft == 0) return true;
    if (!rulebook_read(&book, reader, spec->as_of, error)) return false;
    good = rules_list(reader, MOMENT_NONE, &stored, &n, error);
    for (int32_t r = 0; good && !found && r < n; r++) {
        struct rule rule;
        if (stored[r].id != spec->draft) continue;
        found = true;
        good = rulebook_parse(&stored[r], &rule, error);
        if (!good) break;
        good = rulebook_add(&book, &rule, error);
        rule_fini(&rule);
    }
    rules_free(stored, n);
    if (good && !found)
        good = error_set(error, ERROR_MISSING, "there is no rule %lld: 'aisle rules' lists them",
                         (long long)spec->draft);
    const struct pipeline *pipeline =
        good ? rulebook_pipeline(&book, serving->dataset, error) : NULL;
    rulebook_fini(&book);
    if (!pipeline) return false;
    pipeline_release(serving->pipeline);
    serving->pipeline = pipeline;
    return true;
}

/* The user as the changes, or the scenario's, make them. */
static struct shopper *find_shopper(struct reader *reader, const struct list_options *spec,
                                    const struct dataset *dataset, int32_t user,
                                    struct error *error)
{
    static const struct changes none = { 0 };
    struct changes loaded = { 0 };
    struct what_if what_if = { 0 };
    struct shopper *shopper = NULL;
    const struct changes *changes = spec->changes ? spec->changes : &none;
    if (spec->scenario[0]) changes = &loaded;
    if ((!spec->scenario[0] || changes_load(&loaded, reader, slice_of(spec->scenario), error)) &&
        changes_apply(changes, dataset, &what_if, error))
        shopper = shopper_new(dataset, user, spec->as_of, &what_if.changes, error);
    what_if_fini(&what_if);
    changes_fini(&loaded);
    return shopper;
}

bool list_request_make(struct engine *engine, struct reader *reader,
                       const struct list_options *spec, struct list_request *list_request,
                       struct progress *progress, struct error *error)
{
    memset(list_request, 0, sizeof *list_request);
    if (!engine_serve_past(engine, reader, spec->model[0] ? spec->model : NULL, spec->run,
                           spec->as_of, spec->plain, &list_request->serving, &list_request->past,
                           progress, error) ||
        !add_draft(reader, spec, &list_request->serving, error))
        return false;
    const struct dataset *dataset = list_request->serving.dataset;
    const int32_t user = names_find(&dataset->user_ids, slice_of(spec->user));
    if (user < 0) return error_set(error, ERROR_MISSING, "there is no user '%.200s'", spec->user);
    list_request->options = (struct feed_options){
        .length = spec->length,
        .pipeline =
            spec->plain && spec->as_of == MOMENT_NONE ? NULL : list_request->serving.pipeline,
        .without_rules = spec->without_rules,
        .now = spec->as_of == MOMENT_NONE ? spec->now : spec->as_of,
    };
    list_request->shopper = find_shopper(reader, spec, dataset, user, error);
    if (list_request->shopper)
        list_request->feed = feed_new(list_request->serving.model, list_request->shopper,
                                      &list_request->options, error);
    return list_request->feed != NULL;
}

void list_request_fini(struct list_request *list_request)
{
    feed_free(list_request->feed);
    shopper_free(list_request->shopper);
    serving_fini(&list_request->serving);
    memset(list_request, 0, sizeof *list_request);
}

struct compare_side list_request_compare(const struct list_request *list_request)
{
    return (struct compare_side){ list_request->serving.model, list_request->shopper,
                                  list_request->feed, &list_request->options };
}

/* -------------------------------------------------------------------------------------- words */

static bool begins(struct slice words, const char *with, struct slice *rest)
{
    const size_t length = strlen(with);
    if (words.length < length || memcmp(words.bytes, with, length) != 0) return false;
    *rest = slice_trim((struct slice){ words.bytes + length, words.length - length });
    return true;
}

bool list_request_read(struct list_options *spec, struct slice words, struct error *error)
{
    struct slice rest;
    words = slice_trim(words);
    if (begins(words, "run ", &rest) && slice_to_int64(rest, &spec->run) && spec->run > 0)
        return true;
    if (begins(words, "draft ", &rest) && slice_to_int64(rest, &spec->draft) && spec->draft > 0)
        return true;
    if (begins(words, "user ", &rest) && rest.length > 0 && rest.length < sizeof spec->user) {
        snprintf(spec->user, sizeof spec->user, "%.*s", (int)rest.length, rest.bytes);
        spec->changes = NULL;
        return true;
    }
    if (begins(words, "scenario ", &rest) && rest.length > 0 &&
        rest.length < sizeof spec->scenario) {
        snprintf(spec->scenario, sizeof spec->scenario, "%.*s", (int)rest.length, rest.bytes);
        return true;
    }
    if (slice_equal(words, "unchanged")) {
        spec->changes = NULL;
        return true;
    }
    if (slice_equal(words, "plain")) return spec->plain = true;
    if (slice_equal(words, "rules off")) return spec->without_rules = true;
    for (int k = 0; model_kinds[k]; k++) {
        if (!slice_equal(words, model_kinds[k]->name)) continue;
        snprintf(spec->model, sizeof spec->model, "%s", model_kinds[k]->name);
        spec->run = 0;
        return true;
    }
    if (moment_parse_spoken(words, spec->now, &spec->as_of)) return true;
    return error_set(error, ERROR_USAGE,
                     "compare with '%.*s': write a model, run N, user ID, a date, plain, rules "
                     "off, draft N, scenario NAME or unchanged",
                     (int)(words.length < 60 ? words.length : 60), words.bytes);
}

/* The scenario, the changes, or that there are none where the other one has some. */
static void describe_what_if(const struct list_options *spec,
                             const struct list_request *list_request,
                             const struct list_options *other,
                             const struct pseudonymiser *pseudonymiser, struct text *out,
                             size_t begin)
{
    const bool changed = spec->scenario[0] || (spec->changes && spec->changes->n > 0);
    const bool theirs = other && (other->scenario[0] || (other->changes && other->changes->n > 0));
    if (!changed && !theirs) return;
    if (other && changed && theirs && spec->changes == other->changes &&
        strcmp(spec->scenario, other->scenario) == 0)
        return;
    text_add_string(out, out->length > begin ? " · " : "");
    if (spec->scenario[0]) {
        text_add_string(out, "scenario ");
        text_add_visible(out, spec->scenario, strlen(spec->scenario));
    } else if (changed)
        changes_describe(spec->changes, list_request->serving.dataset, pseudonymiser, out);
    else
        text_add_string(out, "unchanged");
}

void list_request_describe(const struct list_options *spec, const struct list_request *list_request,
                           const struct list_options *other,
                           const struct pseudonymiser *pseudonymiser, struct text *out)
{
    char date[MOMENT_TEXT_SIZE];
    const size_t begin = out->length;
#define AND() text_add_string(out, out->length > begin ? " · " : "")
    if (other && strcmp(spec->user, other->user) != 0) {
        text_add_string(out, "user ");
        struct text id = { 0 };
        pseudonym_id(pseudonymiser, slice_of(spec->user), &id);
        text_add_visible(out, id.bytes ? id.bytes : "", id.length);
        text_fini(&id);
    }
    if (!other || strcmp(spec->model, other->model) != 0 || spec->run != other->run) {
        AND();
        text_format(out, "%s run %lld", list_request->serving.run.kind,
                    (long long)list_request->serving.run.id);
    }
    if (spec->as_of != MOMENT_NONE) {
        AND();
        text_format(out, "as of %s", moment_date(spec->as_of, date));
    } else if (other && other->as_of != MOMENT_NONE) {
        AND();
        text_add_string(out, "now");
    }
    if (spec->plain || spec->without_rules) {
        AND();
        text_add_string(out, spec->plain ? "plain" : "rules off");
    } else if (other && (other->plain || other->without_rules)) {
        AND();
        text_add_string(out, "rules on");
    }
    if (spec->draft != 0) {
        AND();
        text_format(out, "with draft %lld", (long long)spec->draft);
    } else if (other && other->draft != 0) {
        AND();
        text_add_string(out, "without it");
    }
    describe_what_if(spec, list_request, other, pseudonymiser, out, begin);
    if (out->length == begin) text_add_string(out, "as it is");
#undef AND
}

void compare_describe_part(const struct compare_row *row, const struct label_style *style,
                           const struct dataset *dataset, struct text *out)
{
    if (row->part_before == row->part_after) return;
    const struct receipt node = { .kind = row->part,
                                  .user = row->part_user,
                                  .item = row->part_item,
                                  .time = MOMENT_NONE,
                                  .words = row->part_words };
    struct text label = { 0 };
    /* People are not named: a table of moves is shown around. */
    if (row->part == RECEIPT_NEIGHBOUR || row->part == RECEIPT_FRIEND)
        text_add_string(out, row->part == RECEIPT_FRIEND ? "a friend" : "somebody like them");
    else
        label_receipt(style, dataset, &node, &label);
    text_add_visible(out, label.bytes ? label.bytes : "", label.length);
    text_fini(&label);
    text_format(out, " %.0f %% → %.0f %%", 100 * row->part_before, 100 * row->part_after);
}

void compare_describe_cause(const struct compare_row *row, const struct label_style *style,
                            const struct dataset *dataset, struct text *out)
{
    const struct compare_why *why = &row->why;
    const size_t begin = out->length;
    char date[MOMENT_TEXT_SIZE];
    if (why->cause == CAUSE_NONE) return;
    if (why->cause == CAUSE_RULE && why->rule != 0)
        text_format(out, "rule %lld", (long long)why->rule);
    else if (why->cause == CAUSE_BOUGHT)
        text_add_string(out, style ? style->words->bought : "bought");
    else if (why->cause == CAUSE_MODEL && why->other_kind)
        text_add_string(out, "another model");
    else if (why->cause != CAUSE_PART)
        text_add_string(out, compare_cause_name(why->cause));
    if (why->cause == CAUSE_BOUGHT && why->time != MOMENT_NONE)
        text_format(out, " %s", moment_date(why->time, date));
    if (why->item != row->move.item) {
        struct text label = { 0 };
        label_item_as(style ? style->pseudonymiser : NULL, dataset, why->item, &label);
        text_add_string(out, ": ");
        text_add_visible(out, label.bytes ? label.bytes : "", label.length);
        text_fini(&label);
    }
    if (why->cause != CAUSE_EVENT && why->cause != CAUSE_MODEL && why->cause != CAUSE_PART) return;
    if (row->part_before == row->part_after) {
        if (why->cause == CAUSE_PART) text_add_string(out, "what stands around it");
        return;
    }
    if (out->length > begin) text_add_string(out, " · ");
    compare_describe_part(row, style, dataset, out);
}

bool list_requests_go_back(const struct list_options spec[2])
{
    if (spec[1].as_of == MOMENT_NONE) return false;
    return spec[0].as_of == MOMENT_NONE || spec[0].as_of > spec[1].as_of;
}

struct compare_row compare_oriented(const struct compare_row *row, bool back)
{
    struct compare_row report = *row;
    if (!back) return report;
    report.move.rank_a = row->move.rank_b;
    report.move.rank_b = row->move.rank_a;
    report.part_before = row->part_after;
    report.part_after = row->part_before;
    return report;
}
