#include "rule_form.h"

#include "rules_ask.h"
#include "screens.h"

#include "job/rules_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOT_LOAD, LABEL_WIDTH = 15, SIDE_BY_SIDE = 100 };

struct rule_form {
    struct view view;
    struct form_fields fields;
    char state[16]; /* of the stored rule; "" = new */
    int field;
    bool writing;    /* asked, not answered */
    bool loading;    /* the stored rule is on its way */
    bool previewing; /* so is the preview */
    struct error error;
    struct sheet *sheet; /* what the rule would do */
    char scopes[160];    /* the hint of FORM_FOR, with a segment that there is; "" = not known */
};

static void look_up_segment(struct rule_form *form)
{
    const struct app *app = form->view.app;
    const struct dataset *dataset =
        app->engine && !app->pseudonymiser.on ? engine_loaded_dataset(app->engine) : NULL;
    struct text segment = { 0 };
    form->scopes[0] = 0;
    if (!dataset) return;
    rule_example_segment(dataset, &segment);
    if (segment.length > 0 && segment.length < 80)
        snprintf(form->scopes, sizeof form->scopes, "all, %s or user=ID", segment.bytes);
    text_fini(&segment);
    dataset_release(dataset);
}

/* --------------------------------------------------------------------------------- trying it out
 */

static void previewed(struct view *view, struct sheet *sheet, const struct error *error)
{
    struct rule_form *form = (struct rule_form *)view;
    form->previewing = false;
    look_up_segment(form);
    if (error) {
        form->error = *error;
        return;
    }
    sheet_free(form->sheet);
    form->sheet = sheet;
}

/* The rule as it is written now, while it is being written. */
static void look(struct rule_form *form)
{
    struct rule rule;
    form->error = (struct error){ 0 };
    form->view.app->dirty = true;
    if (!form_rule(&form->fields, form->view.app->now(), &rule, &form->error)) return;
    form->previewing = true;
    rules_ask_preview(&form->view, &rule, previewed);
    rule_fini(&rule);
}

/* ------------------------------------------------------------------------------- a stored rule */

struct form_load {
    int64_t id;
    struct form_fields fields;
    char state[16];
};

static bool load_work(const struct loader_context *context, void *argument, struct error *error)
{
    struct form_load *load = argument;
    struct stored_rule *stored = NULL;
    int32_t n = 0;
    bool found = false;
    if (!rules_list(context->reader, MOMENT_NONE, &stored, &n, error)) return false;
    for (int32_t r = 0; r < n && !found; r++) {
        struct rule rule;
        if (stored[r].id != load->id || !rulebook_parse(&stored[r], &rule, error)) continue;
        form_of_rule(&rule, &load->fields);
        memcpy(load->state, stored[r].state, sizeof load->state);
        rule_fini(&rule);
        found = true;
    }
    rules_free(stored, n);
    return found ||
           error_set(error, ERROR_MISSING, "there is no rule %lld any more", (long long)load->id);
}

static void loaded(void *owner, void *argument, const struct error *error)
{
    struct rule_form *form = owner;
    const struct form_load *load = argument;
    form->view.app->dirty = true;
    form->loading = false;
    if (error) {
        form->error = *error;
        return;
    }
    form->fields = load->fields;
    memcpy(form->state, load->state, sizeof form->state);
    /* What is published is changed by a draft that takes its place. */
    if (strcmp(form->state, "published") == 0) {
        form->fields.replaces = form->fields.id;
        form->fields.id = 0;
    }
    look(form);
}

static void ask_rule(struct rule_form *form, int64_t id)
{
    struct form_load *load = calloc(1, sizeof *load);
    if (!load) return;
    load->id = id;
    form->loading = true;
    app_ask(form->view.app, &(struct request){ .owner = form,
                                               .slot = SLOT_LOAD,
                                               .lane = LANE_PAGES,
                                               .work = load_work,
                                               .answer = loaded,
                                               .release = free,
                                               .argument = load });
}

/* -------------------------------------------------------------------------------------- editing */

static void set_field(struct rule_form *form, const char *text)
{
    char *field = form->fields.text[form->field];
    if (strcmp(field, text) == 0) return;
    snprintf(field, sizeof form->fields.text[0], "%s", text);
    look(form);
}

static void typed(struct view *view, const char *text)
{
    set_field((struct rule_form *)view, text);
}

/* On to the next field: a form is filled from top to bottom. */
static void entered(struct view *view, const char *text)
{
    struct rule_form *form = (struct rule_form *)view;
    set_field(form, text);
    if (form->field < FORM_FIELDS - 1) form->field++;
}

static void edit(struct rule_form *form)
{
    char label[48];
    snprintf(label, sizeof label, "%s: ", form_labels[form->field]);
    app_prompt(form->view.app, &(struct prompt_spec){ .label = label,
                                                      .initial = form->fields.text[form->field],
                                                      .kind = PROMPT_LINE,
                                                      .history = HISTORY_OTHER,
                                                      .argument = ARGUMENT_TEXT,
                                                      .view = &form->view,
                                                      .changed = typed,
                                                      .done = entered });
}

/* What is written next is about this rule: publishing lets the draft in that was just kept, and
 * does not make a second one; what is changed after publishing takes its place. */
static void rule_kept(struct view *view, int64_t id, bool published)
{
    struct rule_form *form = (struct rule_form *)view;
    form->writing = false;
    if (id == 0) return;
    form->fields.id = published ? 0 : id;
    if (published) form->fields.replaces = id;
}

static void save(struct rule_form *form, bool publish)
{
    struct rule rule;
    if (form->loading) return;
    if (form->writing) {
        app_say(form->view.app, "the rule is still being written: press it again in a moment");
        return;
    }
    if (!form_rule(&form->fields, form->view.app->now(), &rule, &form->error)) {
        app_fail(form->view.app, &form->error);
        return;
    }
    if (!rule.author) {
        char author[64];
        rules_author(author);
        rule.author = strdup(author);
    }
    form->writing = true;
    rules_ask_write(&form->view, &rule, publish, rule_kept);
    rule_fini(&rule);
}

static void measure_exactly(struct rule_form *form)
{
    struct rule rule;
    struct error error = { 0 };
    struct app *app = form->view.app;
    if (!app->queue) return;
    int64_t job = 0;
    if (form_rule(&form->fields, app->now(), &rule, &error)) {
        job = rules_submit_preview(app->queue, &rule, &error);
        rule_fini(&rule);
    }
    if (job == 0)
        app_fail(app, &error);
    else
        app_say(app, "job %lld looks at all lists; F7 shows it", (long long)job);
    app_refresh_jobs(app);
}

static void next_action(struct rule_form *form, int step)
{
    int action = 0;
    while (action < RULE_ACTIONS &&
           strcmp(form->fields.text[FORM_ACTION], rule_action_name((enum rule_action)action)) != 0)
        action++;
    action = action == RULE_ACTIONS ? 0 : (action + step + RULE_ACTIONS) % RULE_ACTIONS;
    static const char *const usual[RULE_ACTIONS] = { "1", "1", "2", "0.5", "", "", "" };
    snprintf(form->fields.text[FORM_AMOUNT], sizeof form->fields.text[0], "%s", usual[action]);
    set_field(form, rule_action_name((enum rule_action)action));
}

static bool form_act(struct view *view, enum action action, const char *argument)
{
    struct rule_form *form = (struct rule_form *)view;
    (void)argument;
    switch (action) {
    case ACTION_UP:
    case ACTION_PREVIOUS_TAB:
        form->field = form->field > 0 ? form->field - 1 : 0;
        return true;
    case ACTION_DOWN:
    case ACTION_NEXT_TAB:
        form->field = form->field < FORM_FIELDS - 1 ? form->field + 1 : form->field;
        return true;
    case ACTION_TOP:
        form->field = 0;
        return true;
    case ACTION_BOTTOM:
        form->field = FORM_FIELDS - 1;
        return true;
    case ACTION_LEFT:
    case ACTION_RIGHT:
        if (form->field == FORM_ACTION) next_action(form, action == ACTION_LEFT ? -1 : 1);
        return true;
    case ACTION_ENTER:
        edit(form);
        return true;
    case ACTION_PUBLISH:
    case ACTION_KEEP_DRAFT:
        save(form, action == ACTION_PUBLISH);
        return true;
    case ACTION_EXACT:
        measure_exactly(form);
        return true;
    case ACTION_UNDO:
    case ACTION_REDO:
        rules_ask_undo(view, action == ACTION_REDO);
        return true;
    default:
        return false;
    }
}

/* -------------------------------------------------------------------------------------- drawing */

static const char *form_hint(const struct rule_form *form, int field)
{
    return field == FORM_FOR && form->scopes[0] ? form->scopes : form_hints[field];
}

static void draw_field(const struct rule_form *form, int field, struct grid *grid, struct area area)
{
    const bool selected = field == form->field;
    struct text said = { 0 };
    const struct pseudonymiser *pseudonymiser = &form->view.app->pseudonymiser;
    if (field == FORM_BECAUSE && pseudonymiser->on && form->fields.text[field][0])
        text_add_string(&said, pseudonym_redact);
    else
        pseudonym_scopes(pseudonymiser, slice_of(form->fields.text[field]), &said);
    const char *text = said.length > 0 ? said.bytes : "";
    const enum meaning meaning = selected ? MEANING_SELECTION : MEANING_TEXT;
    if (selected) {
        grid_fill(grid, area_rows(area, field, 1), ' ', meaning);
        if (form->view.app->settings.plain) grid_cursor(grid, area, field, 0);
    }
    grid_field(grid, area, field, 1, LABEL_WIDTH, ALIGN_LEFT, selected ? meaning : MEANING_DIM,
               slice_of(form_labels[field]));
    grid_field(grid, area, field, LABEL_WIDTH + 2, area.columns - LABEL_WIDTH - 2, ALIGN_LEFT,
               text[0]    ? meaning
               : selected ? meaning
                          : MEANING_DIM,
               slice_of(text[0]    ? text
                        : selected ? form_hint(form, field)
                                   : "-"));
    text_fini(&said);
}

static void form_draw(const struct view *view, struct grid *grid, struct area area)
{
    const struct rule_form *form = (const struct rule_form *)view;
    const bool beside = area.columns >= SIDE_BY_SIDE;
    const int width = beside ? area.columns / 2 : area.columns;
    for (int field = 0; field < FORM_FIELDS; field++)
        draw_field(form, field, grid, area_columns(area, 0, width));
    struct area rest = beside ? area_columns(area, width + 2, area.columns - width - 3)
                              : area_rows(area, FORM_FIELDS + 1, area.rows - FORM_FIELDS - 1);
    if (beside)
        grid_fill(grid, area_columns(area, width, 1), view->app->settings.plain ? ' ' : 0x2502,
                  MEANING_BORDER);
    else
        rest = area_columns(rest, 1, rest.columns - 1);
    if (form->error.code != ERROR_NONE)
        grid_paragraph(grid, rest, 0, 0, MEANING_BAD, slice_of(form->error.text));
    else if (form->sheet) {
        const struct label_style style = app_style(view->app);
        const struct sheet_look look = { view->app->settings.plain, style.words,
                                         style.pseudonymiser };
        sheet_draw(form->sheet, 0, &look, grid, rest);
    } else
        grid_string(grid, rest, 0, 0, MEANING_DIM, form->loading || form->previewing ? "…" : "");
}

static void form_title(const struct view *view, struct text *out)
{
    const struct rule_form *form = (const struct rule_form *)view;
    if (form->fields.id > 0)
        text_format(out, "Rule %lld", (long long)form->fields.id);
    else if (form->fields.replaces > 0)
        text_format(out, "Rule in place of %lld", (long long)form->fields.replaces);
    else
        text_add_string(out, "New rule");
}

static void form_status(const struct view *view, struct text *out)
{
    (void)view;
    text_add_string(out, "Enter edits · P publish · D keep as draft · z undo · Esc back");
}

static void form_close(struct view *view)
{
    struct rule_form *form = (struct rule_form *)view;
    sheet_free(form->sheet);
    free(form);
}

static const struct view_kind form_kind = {
    .scopes = SCOPE_RULES,
    .act = form_act,
    .draw = form_draw,
    .title = form_title,
    .status = form_status,
    .close = form_close,
};

struct view *rule_form_open(struct app *app, int64_t id, const char *line)
{
    struct error error;
    struct rule rule;
    struct rule_form *form = calloc(1, sizeof *form);
    if (!form) return NULL;
    form->view = (struct view){ .kind = &form_kind, .app = app };
    look_up_segment(form);
    if (id > 0) {
        ask_rule(form, id);
    } else if (rule_parse(&rule, slice_of(line), &error)) {
        form_of_rule(&rule, &form->fields);
        rule_fini(&rule);
        /* What is left to say: which items, else for whom. */
        form->field = strstr(line, "=?") ? FORM_WHERE : FORM_FOR;
        look(form);
    } else {
        app_fail(app, &error);
        free(form);
        return NULL;
    }
    return &form->view;
}
