#include "feed_view.h"

#include "layout.h"
#include "screens.h"

#include "aisle/moment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int32_t feed_item(const struct feed_view *feed)
{
    if (!feed->bundle || feed->cursor >= feed->bundle->feed->n) return -1;
    return feed->bundle->feed->rows[feed->cursor].item;
}

bool feed_is_open(const struct feed_view *feed, const struct receipt *node)
{
    for (int32_t i = 0; i < feed->n_open; i++)
        if (feed->open[i] == node) return true;
    return node == feed->receipt;
}

static void toggle(struct feed_view *feed, const struct receipt *node)
{
    for (int32_t i = 0; i < feed->n_open; i++) {
        if (feed->open[i] != node) continue;
        feed->open[i] = feed->open[--feed->n_open];
        return;
    }
    if (feed->n_open == feed->open_capacity) {
        int32_t capacity = feed->open_capacity ? feed->open_capacity * 2 : 16;
        void *open = realloc(feed->open, (size_t)capacity * sizeof *feed->open);
        if (!open) return;
        feed->open = open;
        feed->open_capacity = capacity;
    }
    feed->open[feed->n_open++] = node;
}

static int32_t count_nodes(const struct receipt *node)
{
    int32_t n = 1;
    for (int32_t i = 0; i < node->n_children; i++)
        n += count_nodes(&node->children[i]);
    return n;
}

static void add_lines(struct feed_view *feed, const struct receipt *node, int colour_depth)
{
    feed->lines[feed->n_lines++] = (struct receipt_line){ node, colour_depth };
    if (!feed_is_open(feed, node)) return;
    for (int32_t i = 0; i < node->n_children; i++)
        add_lines(feed, &node->children[i], colour_depth + 1);
}

void feed_unfold(struct feed_view *feed)
{
    free(feed->lines);
    feed->n_lines = 0;
    feed->lines = malloc((size_t)count_nodes(feed->receipt) * sizeof *feed->lines);
    if (feed->lines) add_lines(feed, feed->receipt, 0);
}

static void move_list(struct feed_view *feed, int32_t to)
{
    int32_t n = feed->bundle ? feed->bundle->feed->n : 0;
    int32_t rows = feed->rows - 1;
    if (to >= n) to = n - 1;
    if (to < 0) to = 0;
    int32_t before = feed->top;
    feed->cursor = to;
    feed->top = (int32_t)layout_scroll(feed->top, to, n, rows, false);
    if (feed->top != before) feed->scrolls = true;
}

static void move_line(struct feed_view *feed, int32_t to)
{
    int32_t rows = feed->rows - 1;
    if (to >= feed->n_lines) to = feed->n_lines - 1;
    if (to < 0) to = 0;
    feed->line = to;
    feed->line_top = (int32_t)layout_scroll(feed->line_top, to, feed->n_lines, rows,
                                            feed_side_by_side(feed->columns));
}

static void move(struct feed_view *feed, int32_t step)
{
    if (feed->in_receipt)
        move_line(feed, feed->line + step);
    else
        move_list(feed, feed->cursor + step);
}

/* Into the receipt, onto its largest part; there: opens and closes parts, and at a purchase the
 * item that was bought. */
static void enter(struct feed_view *feed)
{
    if (!feed->in_receipt) {
        bool ready = feed->receipt && feed->receipt_item == feed_item(feed);
        feed->open_when_loaded = !ready;
        feed->in_receipt = ready;
        if (ready) move_line(feed, 1);
        return;
    }
    if (feed->line >= feed->n_lines) return;
    const struct receipt *node = feed->lines[feed->line].node;
    const struct dataset *dataset = feed->bundle->serving.dataset;
    if (node->n_children > 0 && node != feed->receipt) {
        bool opens = !feed_is_open(feed, node);
        toggle(feed, node);
        feed_unfold(feed);
        if (opens) move_line(feed, feed->line + 1);
    } else if ((node->kind == RECEIPT_PURCHASE || node->kind == RECEIPT_SHARED) &&
               node->item >= 0 && node->item < dataset->n_items) {
        app_push(feed->view.app, item_view_new(feed->view.app, node->item + 1,
                                               names_get(&dataset->item_ids, node->item)));
    }
}

static bool leave_receipt(struct feed_view *feed)
{
    if (!feed->in_receipt) return false;
    feed->in_receipt = false;
    return true;
}

static void use_model(struct view *view, const char *model)
{
    struct feed_view *feed = (struct feed_view *)view;
    struct error error;
    if (!*model) return;
    if (!model_kind_find(model, &error)) {
        app_fail(view->app, &error);
        return;
    }
    snprintf(feed->model, sizeof feed->model, "%s", model);
    feed_undo_changes(feed); /* two models are not a before and an after */
    feed->asked = false;
}

static bool feed_act(struct view *view, enum action action, const char *argument)
{
    struct feed_view *feed = (struct feed_view *)view;
    switch (action) {
    case ACTION_UP:
        move(feed, -1);
        return true;
    case ACTION_DOWN:
        move(feed, 1);
        return true;
    case ACTION_PAGE_UP:
        move(feed, -feed->rows);
        return true;
    case ACTION_PAGE_DOWN:
        move(feed, feed->rows);
        return true;
    case ACTION_TOP:
        move(feed, -INT16_MAX);
        return true;
    case ACTION_BOTTOM:
        move(feed, INT16_MAX);
        return true;
    case ACTION_ENTER:
    case ACTION_RIGHT:
        enter(feed);
        return true;
    case ACTION_LEFT:
        leave_receipt(feed);
        return true;
    case ACTION_NEXT_TAB: /* two panes: the next one is the one before, too */
    case ACTION_PREVIOUS_TAB:
        if (!leave_receipt(feed)) enter(feed);
        return true;
    case ACTION_BACK:
        return leave_receipt(feed) || feed_undo_changes(feed);
    case ACTION_WHAT_IF:
        if (argument)
            feed_what_if(feed, argument);
        else
            what_if_form_open(feed);
        return true;
    case ACTION_AS_OF:
        if (argument)
            feed_as_of(feed, argument);
        else
            feed_ask_as_of(feed);
        return true;
    case ACTION_WHY_NOT:
        if (argument)
            feed_why_not(feed, argument);
        else
            feed_ask_why_not(feed);
        return true;
    case ACTION_COMPARE:
        if (argument)
            feed_compare_with(feed, argument);
        else
            feed_ask_compare(feed);
        return true;
    case ACTION_BECAUSE:
        feed_because(feed);
        return true;
    case ACTION_MAP:
        feed_ask_map(feed);
        return true;
    case ACTION_REVEAL:
        feed_reveal(feed);
        return true;
    case ACTION_WITH_RULES:
        feed->without_rules = !feed->without_rules;
        feed->asked = false;
        return true;
    case ACTION_COPY:
        feed_copy(feed);
        return true;
    case ACTION_MODEL:
        if (argument)
            use_model(view, argument);
        else
            app_prompt(view->app, &(struct prompt_spec){ .label = "model ",
                                                         .kind = PROMPT_LINE,
                                                         .history = HISTORY_OTHER,
                                                         .argument = ARGUMENT_MODEL,
                                                         .view = view,
                                                         .done = use_model });
        return true;
    default:
        return false;
    }
}

static void feed_arrange(struct view *view, int rows, int columns)
{
    struct feed_view *feed = (struct feed_view *)view;
    feed->rows = rows;
    feed->columns = columns;
    if (feed->rules_seen != view->app->rules_changed) feed_renew(feed);
    if (!feed->asked) feed_ask(feed);
    if (!feed->bundle) return;
    move_list(feed, feed->cursor);
    move_line(feed, feed->line);
    int32_t item = feed_item(feed);
    feed->scrolls = feed->scrolls && view->app->debounce_pending && !feed->in_receipt;
    if (feed->scrolls) view->app->postponed = true;
    if (item < 0 || item == feed->receipt_asked) return;
    if (view->app->debounce_pending && feed->receipt && !feed->open_when_loaded)
        view->app->postponed = true; /* the receipt follows when the keys rest */
    else
        feed_ask_receipt(feed, item);
}

static bool feed_waits(const struct view *view)
{
    const struct feed_view *feed = (const struct feed_view *)view;
    if (!feed->asked || feed->error.code) return false;
    return !feed->bundle || (feed->open_when_loaded && feed->receipt_reading);
}

static bool feed_key(struct view *view, struct key key)
{
    struct feed_view *feed = (struct feed_view *)view;
    bool right =
        feed_side_by_side(feed->columns) ? key.column > feed->columns / 2 : feed->in_receipt;
    if (key.code != KEYS_CLICK || key.row < 0 || !feed->bundle) return false;
    int32_t at = right ? feed->line_top + key.row : feed->top + key.row - 1;
    bool again = right ? feed->in_receipt && at == feed->line : at == feed->cursor;
    if (right && at < feed->n_lines) {
        feed->in_receipt = true;
        move_line(feed, at);
    } else if (!right && key.row > 0) {
        feed->in_receipt = false;
        move_list(feed, at);
    }
    if (again) enter(feed);
    return true;
}

static void feed_title(const struct view *view, struct text *out)
{
    const struct feed_view *feed = (const struct feed_view *)view;
    if (feed->prompt) {
        text_add_string(out, "Ask · ");
        pseudonym_replace_in(&view->app->pseudonymiser, slice_of(feed->id), slice_of(feed->prompt),
                             out);
        return;
    }
    text_add_string(out, "Feed");
    if (view->frame) return;
    text_add_string(out, " of ");
    pseudonym_id(&view->app->pseudonymiser, slice_of(feed->id), out);
}

static void feed_state(const struct view *view, struct text *out)
{
    const struct feed_view *feed = (const struct feed_view *)view;
    if (!feed->bundle) return;
    if (feed->bundle->without_rules)
        text_add_string(out, "rules off · ");
    else if (feed->bundle->feed->n_force > 0)
        text_add_string(out, "rules on · ");
    text_format(out, "%s run %lld · %.1f ms", feed->bundle->serving.run.kind,
                (long long)feed->bundle->serving.run.id,
                view->app->still ? 0 : feed->bundle->milliseconds);
    const struct serving *serving = &feed->bundle->serving;
    if (serving->applied > 0) text_format(out, " + %s", text_count(serving->applied, "event").text);
    if (serving_behind(serving) > 0)
        text_format(out, " · %s behind", text_count(serving_behind(serving), "event").text);
    if (view->app->live) text_add_string(out, " · live");
}

/* "as of 2026-08-01 · with Tent · returned Boots", as long as it is compared. */
static void feed_filter(const struct view *view, struct text *left, struct text *right)
{
    const struct feed_view *feed = (const struct feed_view *)view;
    const struct feed_changes *changes = &feed->changes;
    if (!feed->base || !feed->bundle) return;
    past_describe(&feed->bundle->past, &feed->bundle->serving, left);
    if (changes->as_of != MOMENT_NONE && changes->said.n > 0) text_add_string(left, " · ");
    if (changes->as_of == MOMENT_NONE)
        changes_describe_effects(&changes->said, feed->base->shopper, feed->bundle->shopper,
                                 &view->app->pseudonymiser, left);
    else
        changes_describe(&changes->said, feed->bundle->serving.dataset, &view->app->pseudonymiser,
                         left);
    if (changes->said.n > 1) text_format(right, "%s", text_count(changes->said.n, "change").text);
}

static const char *feed_bar(const struct view *view)
{
    return ((const struct feed_view *)view)->changes.said.n > 0 ? "what if" : "then";
}

/* The selected part in full: beside the list it is often cut. */
static bool add_part(const struct feed_view *feed, struct text *out)
{
    if (!feed->in_receipt || feed->line <= 0 || feed->line >= feed->n_lines) return false;
    const struct label_style style = feed_style(feed);
    struct text label = { 0 };
    label_receipt(&style, feed->bundle->serving.dataset, feed->lines[feed->line].node, &label);
    text_add_visible(out, label.bytes, label.length);
    text_fini(&label);
    const struct receipt *node = feed->lines[feed->line].node;
    if (node->rank > 0) text_format(out, " · rank %d without it", node->rank);
    return true;
}

static void feed_status(const struct view *view, struct text *out)
{
    const struct feed_view *feed = (const struct feed_view *)view;
    if (feed->base) {
        feed_describe_move(feed, out);
        if (out->length > 0) text_add_string(out, " · ");
        text_add_string(out, feed->in_receipt ? "Esc back to the lists"
                                              : "x changes more · Esc ends the comparison");
        return;
    }
    if (add_part(feed, out)) {
        const bool attends = model_base(feed->bundle->serving.model)->kind->look;
        text_add_string(out, attends ? " · Enter opens · M where it looked" : " · Enter opens");
        return;
    }
    if (!feed->bundle) return;
    text_format(out, "row %d of %d · ", feed->cursor + 1, feed->bundle->feed->n);
    if (feed->bundle->report) {
        text_add_visible(out, feed->bundle->report, strlen(feed->bundle->report));
        return;
    }
    if (feed->receipt && feed->receipt_item == feed_item(feed) && feed->basis != BASIS_PERSONAL)
        text_format(out, "rests on %s · ", basis_name(feed->basis));
    text_add_string(out, feed->in_receipt
                             ? "Enter opens the part · Esc back to the list"
                             : "Enter why · w why not · c because · x what if · = compare");
}

static bool feed_subject(const struct view *view, enum subject_kind kind, struct subject *subject)
{
    const struct feed_view *feed = (const struct feed_view *)view;
    int32_t item = feed_item(feed);
    if (kind == SUBJECT_USER && !feed->id[0]) return false;
    if (kind == SUBJECT_USER) {
        *subject = (struct subject){ feed->key, slice_of(feed->id) };
        return true;
    }
    if (item < 0) return false;
    *subject =
        (struct subject){ item + 1, names_get(&feed->bundle->serving.dataset->item_ids, item) };
    return true;
}

static void feed_changed(struct view *view)
{
    struct feed_view *feed = (struct feed_view *)view;
    if (!feed->bundle) feed->asked = false; /* a model may be there now */
}

/* The list with what the shopper just bought; live, with what everybody did. */
static void feed_arrived(struct view *view)
{
    struct feed_view *feed = (struct feed_view *)view;
    if (view->app->live) feed_renew(feed);
}

static void feed_renew_view(struct view *view)
{
    feed_renew((struct feed_view *)view);
}

static void feed_close(struct view *view)
{
    struct feed_view *feed = (struct feed_view *)view;
    feed_bundle_release(feed->bundle);
    feed_bundle_release(feed->base);
    comparison_free(feed->moves);
    receipt_free(feed->receipt);
    free(feed->lines);
    free(feed->open);
    feed_changes_fini(&feed->changes);
    free(feed->prompt);
    free(feed);
}

static bool feed_older(const struct view *view)
{
    const struct feed_view *feed = (const struct feed_view *)view;
    const struct feed_bundle *now = feed->base ? feed->base : feed->bundle;
    const struct overview *overview = view->app->overview;
    if (!now || feed->prompt) return false;
    for (int32_t r = 0; overview && r < overview->n_runs; r++) {
        const struct run *run = &overview->runs[r];
        if (run->active && strcmp(run->kind, now->serving.run.kind) == 0)
            return run->id != now->serving.run.id;
    }
    return false;
}

static const struct view_kind feed_kind = {
    .scopes = SCOPE_FEED,
    .arrange = feed_arrange,
    .waits = feed_waits,
    .draw = feed_draw,
    .act = feed_act,
    .key = feed_key,
    .title = feed_title,
    .state = feed_state,
    .filter = feed_filter,
    .strip = feed_bar,
    .status = feed_status,
    .subject = feed_subject,
    .changed = feed_changed,
    .arrived = feed_arrived,
    .renew = feed_renew_view,
    .older = feed_older,
    .close = feed_close,
};

struct view *feed_view_open(struct app *app, int64_t key, struct slice id)
{
    struct feed_view *feed = calloc(1, sizeof *feed);
    if (!feed) return NULL;
    feed->view = (struct view){ .kind = &feed_kind, .app = app };
    feed->key = key;
    feed->rows = 2;
    feed->receipt_item = feed->receipt_asked = -1;
    feed->changes.as_of = MOMENT_NONE;
    snprintf(feed->id, sizeof feed->id, "%.*s", (int)id.length, id.bytes);
    return &feed->view;
}

struct view *ask_view_open(struct app *app, const char *prompt)
{
    struct view *view = feed_view_open(app, 0, slice_of(""));
    struct feed_view *feed = (struct feed_view *)view;

    if (!feed) return NULL;
    feed->prompt = strdup(prompt);
    if (feed->prompt) return view;
    free(feed);
    return NULL;
}
