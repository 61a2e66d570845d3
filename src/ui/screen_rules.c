/* screen_rules.c - the rules of the lists: what they do, for whom, since when, by whom. Enter opens
 * one in the form; publish, off, delete and undo work on the selected one. */
#include "rules_ask.h"
#include "screens.h"
#include "table_view.h"

#include "job/rules_words.h"

#include <stdio.h>

static const struct table_column columns[] = {
    { "id", "RULE", CELL_INTEGER, 5, 0, true },
    { "state", "STATE", CELL_TEXT, 9, 0, true },
    { "action", "DOES", CELL_TEXT, 14, 0, true },
    { "where", "TO WHAT", CELL_TEXT, 24, 0, true },
    { "for", "FOR", CELL_TEXT, 14, 1, true },
    { "user", "USER", CELL_TEXT, 10, 3, true },
    { "when", "WHEN", CELL_TEXT, 16, 2, true },
    { "priority", "PRIORITY", CELL_INTEGER, 8, 4, true },
    { "author", "AUTHOR", CELL_TEXT, 10, 3, true },
    { "reason", "BECAUSE", CELL_TEXT, 20, 2, true },
    { "changed", "CHANGED", CELL_MOMENT, 10, 4, true },
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

static void set(struct page *page, int32_t column, struct text *text)
{
    page_set_text(page, column, (struct slice){ text->bytes ? text->bytes : "", text->length });
    text_clear(text);
}

static void add_rule(struct page *page, const struct stored_rule *stored, const struct rule *rule)
{
    struct text text = { 0 };
    if (!page_add_row(page, stored->id)) return;
    page_set_integer(page, 0, stored->id);
    page_set_text(page, 1, slice_of(stored->state));
    rule_describe_action(rule, &text);
    set(page, 2, &text);
    rule_describe_conditions(rule, &text);
    set(page, 3, &text);
    rules_describe_scope(rule, &text);
    set(page, 4, &text);
    if (rule->scope == RULE_FOR_USER) page_set_text(page, 5, slice_of(rule->segment));
    rules_describe_schedule(rule, &text);
    set(page, 6, &text);
    if (rule->priority) page_set_integer(page, 7, rule->priority);
    page_set_text(page, 8, slice_of(rule->author));
    page_set_text(page, 9, slice_of(rule->reason));
    page_set_integer(page, 10, stored->at);
    text_fini(&text);
}

static struct page *load(const struct loader_context *context, void *argument, struct error *error)
{
    struct stored_rule *stored = NULL;
    int32_t n = 0;
    (void)argument;
    if (!rules_list(context->reader, MOMENT_NONE, &stored, &n, error)) return NULL;
    struct page *page = page_new(0, n, COLUMNS, error);
    for (int32_t r = 0; page && r < n; r++) {
        struct rule rule;
        if (!rulebook_parse(&stored[r], &rule, error)) {
            page_free(page);
            page = NULL;
            break;
        }
        add_rule(page, &stored[r], &rule);
        rule_fini(&rule);
    }
    rules_free(stored, n);
    if (page && !page_finish(page, error)) {
        page_free(page);
        return NULL;
    }
    return page;
}

static void add_line(struct sheet *sheet, const char *label, struct text *text)
{
    sheet_pair(sheet, label, (struct slice){ text->bytes ? text->bytes : "", text->length },
               MEANING_TEXT);
    text_clear(text);
}

static void describe(struct sheet *sheet, const struct stored_rule *stored, const struct rule *rule)
{
    struct text text = { 0 };
    char heading[64];
    snprintf(heading, sizeof heading, "Rule %lld, %s", (long long)stored->id, stored->state);
    sheet_heading(sheet, heading);
    rule_describe_action(rule, &text);
    add_line(sheet, "does", &text);
    rule_describe_conditions(rule, &text);
    add_line(sheet, "to what", &text);
    rules_describe_scope(rule, &text);
    add_line(sheet, "for", &text);
    if (rule->scope == RULE_FOR_USER) {
        sheet_pair(sheet, "user", slice_of(rule->segment), MEANING_TEXT);
        sheet_is_person(sheet, SHEET_VALUE_ID, slice_of(rule->segment));
    }
    rules_describe_schedule(rule, &text);
    add_line(sheet, "when", &text);
    if (rule->reason) {
        sheet_pair(sheet, "because", slice_of(rule->reason), MEANING_TEXT);
        sheet_is_person(sheet, SHEET_VALUE_PERSONAL, slice_of(""));
    }
    sheet_pair(sheet, "author", slice_of(rule->author), MEANING_TEXT);
    sheet_is_person(sheet, SHEET_VALUE_PERSONAL, slice_of(""));
    if (rule->replaces) {
        text_format(&text, "rule %lld, when it is published", (long long)rule->replaces);
        add_line(sheet, "replaces", &text);
    }
    text_fini(&text);
}

static struct sheet *detail(const struct loader_context *context, int64_t key, struct error *error)
{
    struct stored_rule *stored = NULL;
    int32_t n = 0;
    struct sheet *sheet = sheet_new(error);
    if (!sheet || !rules_list(context->reader, MOMENT_NONE, &stored, &n, error)) {
        sheet_free(sheet);
        return NULL;
    }
    for (int32_t r = 0; r < n; r++) {
        struct rule rule;
        if (stored[r].id != key || !rulebook_parse(&stored[r], &rule, NULL)) continue;
        describe(sheet, &stored[r], &rule);
        rule_fini(&rule);
    }
    rules_free(stored, n);
    sheet_heading(sheet, "The order in which rules win");
    for (int i = 0; rules_order[i]; i++)
        sheet_sentence(sheet, MEANING_DIM, rules_order[i]);
    return sheet;
}

static void open_rule(struct table_view *table, int64_t key)
{
    app_push(table->view.app, rule_form_open(table->view.app, key, NULL));
}

static bool act(struct table_view *table, enum action action, const char *argument)
{
    const int64_t key = table_view_key(table);
    struct view *view = &table->view;
    (void)argument;
    switch (action) {
    case ACTION_PUBLISH:
        if (key > 0) rules_ask_state(view, key, "publish", "published");
        return true;
    case ACTION_RULE_OFF:
        if (key > 0) rules_ask_state(view, key, "off", "off");
        return true;
    case ACTION_RULE_DELETE:
        if (key > 0) rules_ask_state(view, key, "delete", "deleted");
        return true;
    case ACTION_UNDO:
    case ACTION_REDO:
        rules_ask_undo(view, action == ACTION_REDO);
        return true;
    default:
        return false;
    }
}

static const struct table_spec rules = {
    .name = "rules",
    .scopes = SCOPE_RULES,
    .title = "Rules",
    .empty = "no rules yet: r writes one",
    .hidden = "changed ",
    .user_column = "user",
    .written_column = "reason",
    .open = open_rule,
    .act = act,
    .detail = detail,
    .follows_jobs = true,
};

struct view *rules_view_new(struct app *app, const char *filter)
{
    struct error error;
    return table_view_new(
        app, &rules, memory_source_new(columns, COLUMNS, load, NULL, NULL, &error), NULL, filter);
}
