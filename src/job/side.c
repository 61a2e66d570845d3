/* side.c - lists as they are asked for. */
#include "side.h"

#include "labels.h"
#include "rulebook.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------------------------- making */

/* The draft that is tried beside the rules of the day. */
static bool add_draft(struct reader *reader, const struct side_spec *spec, struct serving *serving,
                      struct error *error)
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
static struct shopper *find_shopper(struct reader *reader, const struct side_spec *spec,
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

bool side_make(struct engine *engine, struct reader *reader, const struct side_spec *spec,
               struct side *side, struct progress *progress, struct error *error)
{
    memset(side, 0, sizeof *side);
    if (!engine_serve_past(engine, reader, spec->model[0] ? spec->model : NULL, spec->run,
                           spec->as_of, spec->plain, &side->serving, &side->past, progress,
                           error) ||
        !add_draft(reader, spec, &side->serving, error))
        return false;
    const struct dataset *dataset = side->serving.dataset;
    const int32_t user = names_find(&dataset->user_ids, slice_of(spec->user));
    if (user < 0) return error_set(error, ERROR_MISSING, "there is no user '%.200s'", spec->user);
    side->options = (struct feed_options){
        .length = spec->length,
        .pipeline = spec->plain && spec->as_of == MOMENT_NONE ? NULL : side->serving.pipeline,
        .without_rules = spec->without_rules,
        .now = spec->as_of == MOMENT_NONE ? spec->now : spec->as_of,
    };
    side->shopper = find_shopper(reader, spec, dataset, user, error);
    if (side->shopper)
        side->feed = feed_new(side->serving.model, side->shopper, &side->options, error);
    return side->feed != NULL;
}

void side_fini(struct side *side)
{
    feed_free(side->feed);
    shopper_free(side->shopper);
    serving_fini(&side->serving);
    memset(side, 0, sizeof *side);
}

struct compare_side side_compare(const struct side *side)
{
    return (struct compare_side){ side->serving.model, side->shopper, side->feed, &side->options };
}

/* -------------------------------------------------------------------------------------- words */

static bool begins(struct slice words, const char *with, struct slice *rest)
{
    const size_t length = strlen(with);
    if (words.length < length || memcmp(words.bytes, with, length) != 0) return false;
    *rest = slice_trim((struct slice){ words.bytes + length, words.length - length });
    return true;
}

bool side_read(struct side_spec *spec, struct slice words, struct error *error)
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
static void tell_what_if(const struct side_spec *spec, const struct side *side,
                         const struct side_spec *other, const struct mask *mask, struct text *out,
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
        changes_tell(spec->changes, side->serving.dataset, mask, out);
    else
        text_add_string(out, "unchanged");
}

void side_tell(const struct side_spec *spec, const struct side *side, const struct side_spec *other,
               const struct mask *mask, struct text *out)
{
    char date[MOMENT_TEXT_SIZE];
    const size_t begin = out->length;
#define AND() text_add_string(out, out->length > begin ? " · " : "")
    if (other && strcmp(spec->user, other->user) != 0) {
        text_add_string(out, "user ");
        struct text id = { 0 };
        mask_id(mask, slice_of(spec->user), &id);
        text_add_visible(out, id.bytes ? id.bytes : "", id.length);
        text_fini(&id);
    }
    if (!other || strcmp(spec->model, other->model) != 0 || spec->run != other->run) {
        AND();
        text_format(out, "%s run %lld", side->serving.run.kind, (long long)side->serving.run.id);
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
    tell_what_if(spec, side, other, mask, out, begin);
    if (out->length == begin) text_add_string(out, "as it is");
#undef AND
}

void compare_tell_part(const struct compare_row *row, const struct label_style *style,
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

void compare_tell_cause(const struct compare_row *row, const struct label_style *style,
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
        label_item_as(style ? style->mask : NULL, dataset, why->item, &label);
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
    compare_tell_part(row, style, dataset, out);
}

bool sides_go_back(const struct side_spec spec[2])
{
    if (spec[1].as_of == MOMENT_NONE) return false;
    return spec[0].as_of == MOMENT_NONE || spec[0].as_of > spec[1].as_of;
}

struct compare_row compare_told(const struct compare_row *row, bool back)
{
    struct compare_row told = *row;
    if (!back) return told;
    told.move.rank_a = row->move.rank_b;
    told.move.rank_b = row->move.rank_a;
    told.part_before = row->part_after;
    told.part_after = row->part_before;
    return told;
}
