/* rules.c - rules: list, add, change, preview, publish, undo, and which rules touch a list. */
#include "rules.h"

#include "report_print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool rule_number(const struct call *call, const char *word, int64_t *id, int *status)
{
    if (slice_to_int64(slice_of(word), id) && *id > 0) return true;
    *status = call_usage(call, "a rule is called by its number");
    return false;
}

/* ------------------------------------------------------------------------------------- listing */

json_t *rule_object(const struct stored_rule *stored, const struct rule *rule)
{
    char moment[MOMENT_TEXT_SIZE];
    struct text line = { 0 };
    rule_text(rule, &line);
    json_t *object =
        json_pack("{s:I, s:o, s:o, s:s, s:o, s:s, s:o}", "rule", (json_int_t)stored->id, "state",
                  json_text(slice_of(stored->state)), "changed_by",
                  json_text(slice_of(stored->author)), "changed", moment_text(stored->at, moment),
                  "text", json_text((struct slice){ line.bytes, line.length }), "action",
                  rule_action_name(rule->action), "body", json_loads(stored->body, 0, NULL));
    text_fini(&line);
    return object;
}

static void print_rule(const struct stored_rule *stored, const struct rule *rule)
{
    struct text line = { 0 };
    rule_text(rule, &line);
    printf("%5lld  %-9s  ", (long long)stored->id, stored->state);
    print_visible((struct slice){ line.bytes, line.length });
    putchar('\n');
    text_fini(&line);
}

static int list_rules(struct call *call)
{
    struct error error = { 0 };
    struct stored_rule *stored = NULL;
    int32_t n = 0;
    int64_t at = MOMENT_NONE;
    const char *as_of = call_option(call, "as-of");
    if (as_of && !moment_parse_spoken(slice_of(as_of), (int64_t)time(NULL), &at))
        return call_usage(call, "--as-of is a time: 2021-01-31, yesterday or -7d");
    if (!rules_list(call->reader, at, &stored, &n, &error)) return call_fail(&error);
    json_t *list = call->json ? json_array() : NULL;
    if (!list) printf("%5s  %-9s  %s\n", "RULE", "STATE", "WHAT");
    for (int32_t r = 0; r < n; r++) {
        struct rule rule;
        if (!rulebook_parse(&stored[r], &rule, &error)) {
            call_fail(&error);
            continue;
        }
        if (list)
            json_array_append_new(list, rule_object(&stored[r], &rule));
        else
            print_rule(&stored[r], &rule);
        rule_fini(&rule);
    }
    rules_free(stored, n);
    return list ? print_json(json_pack("{s:o}", "rules", list)) : STATUS_DONE;
}

/* One stored rule by number; false after telling. */
bool rule_find(struct call *call, const char *word, struct rule *rule, char state[16], int *status)
{
    struct error error = { 0 };
    struct stored_rule *stored = NULL;
    int32_t n = 0;
    int64_t id;
    bool found = false;
    if (!rule_number(call, word, &id, status)) return false;
    if (!rules_list(call->reader, MOMENT_NONE, &stored, &n, &error)) goto fail;
    for (int32_t r = 0; r < n && !found; r++) {
        if (stored[r].id != id) continue;
        if (!rulebook_parse(&stored[r], rule, &error)) goto fail;
        memcpy(state, stored[r].state, 16);
        found = true;
    }
    rules_free(stored, n);
    if (found) return true;
    error_set(&error, ERROR_MISSING, "there is no rule %lld: 'aisle rules' lists them",
              (long long)id);
    *status = call_fail(&error);
    return false;
fail:
    rules_free(stored, n);
    *status = call_fail(&error);
    return false;
}

/* ------------------------------------------------------------------------------------ changing */

/* The words of a rule, as arguments or as one. */
bool rule_read(const struct call *call, int from, struct rule *rule, int *status)
{
    struct error error = { 0 };
    struct text line = { 0 };
    for (int a = from; a < call->n_arguments; a++) {
        text_add_string(&line, a > from ? " " : "");
        text_add_string(&line, call->argument[a]);
    }
    bool good = !line.failed || error_memory(&error, "a rule");
    good = good && rule_parse(rule, (struct slice){ line.bytes, line.length }, &error);
    text_fini(&line);
    if (!good) *status = call_fail(&error);
    return good;
}

static int say_change(const struct call *call, int64_t id, const char *state, const char *next)
{
    if (call->json)
        return print_json(json_pack("{s:I, s:s}", "rule", (json_int_t)id, "state", state));
    printf("rule %lld is %s%s\n", (long long)id, state, next);
    return STATUS_DONE;
}

static bool commit(struct call *call, const char *action, struct rule_change *changes, int32_t n,
                   struct error *error)
{
    struct writer *writer = writer_begin(call->workspace, error);
    if (!writer) return false;
    if (rules_change(writer, action, changes, n, error)) return writer_commit(writer, error);
    writer_rollback(writer);
    return false;
}

/* Refuses what the data does not have: a slip would be a rule that does nothing. */
static bool check_data(struct call *call, const struct rule *rule, struct error *error)
{
    const struct dataset *dataset = engine_dataset(call->engine, call->reader, NULL, error);
    const bool good = dataset && rule_check_data(rule, dataset, true, error);
    dataset_release(dataset);
    return good;
}

/* add RULE; edit ID RULE makes a draft that will take the place of ID. */
static int write_draft(struct call *call, int64_t replaces, int from)
{
    int status = STATUS_DONE;
    struct error error = { 0 };
    struct rule rule;
    struct text body = { 0 };
    char author[64];
    if (!rule_read(call, from, &rule, &status)) return status;
    rules_author(author);
    if (!rule.author) rule.author = strdup(author);
    rule.replaces = replaces;
    rule_json(&rule, &body);
    struct rule_change change = { .body = body.bytes, .state = "draft" };
    if (body.failed || !rule.author)
        error_memory(&error, "a rule");
    else if (check_data(call, &rule, &error) &&
             commit(call, replaces ? "edit" : "add", &change, 1, &error))
        status = say_change(call, change.id, "draft",
                            ": 'rules preview' says what it would do, 'rules publish' lets it");
    if (error.code != ERROR_NONE) status = call_fail(&error);
    rule_fini(&rule);
    text_fini(&body);
    return status;
}

static int edit(struct call *call)
{
    int status = STATUS_DONE;
    char state[16];
    struct rule old;
    if (call->n_arguments < 3) return call_usage(call, "edit is followed by a number and a rule");
    if (!rule_find(call, call->argument[1], &old, state, &status)) return status;
    const int64_t id = old.id;
    rule_fini(&old);
    return write_draft(call, id, 2);
}

static int set_state(struct call *call, const char *verb, const char *state)
{
    int status = STATUS_DONE;
    struct error error = { 0 };
    struct rule rule;
    char was[16];
    if (call->n_arguments != 2) return call_usage(call, "which rule?");
    if (!rule_find(call, call->argument[1], &rule, was, &status)) return status;
    struct rule_change changes[2] = { { .id = rule.id, .state = state },
                                      { .id = rule.replaces, .state = "off" } };
    const bool swaps = strcmp(state, "published") == 0 && rule.replaces > 0;
    const int64_t id = rule.id;
    rule_fini(&rule);
    if (!commit(call, verb, changes, swaps ? 2 : 1, &error)) return call_fail(&error);
    return say_change(call, id, state, "");
}

static int step(struct call *call, bool redo)
{
    struct error error = { 0 };
    struct text what = { 0 };
    struct writer *writer = writer_begin(call->workspace, &error);
    bool good =
        writer && (redo ? rules_redo(writer, &what, &error) : rules_undo(writer, &what, &error));
    if (good)
        good = writer_commit(writer, &error);
    else
        writer_rollback(writer);
    int status = STATUS_DONE;
    if (!good)
        status = call_fail(&error);
    else if (call->json)
        status = print_json(json_pack("{s:s}", redo ? "redone" : "undone", what.bytes));
    else
        printf("%s: %s\n", redo ? "done again" : "taken back", what.bytes);
    text_fini(&what);
    return status;
}

/* ------------------------------------------------------------------------------------ settings */

static int show_settings(struct call *call, const struct feed_settings *settings)
{
    json_t *object = call->json ? json_object() : NULL;
    const char *name, *help;
    for (int s = 0; (name = feed_settings_name(s, &help)) != NULL; s++) {
        struct text value = { 0 };
        feed_settings_value(settings, s, &value);
        const struct slice text = { value.bytes, value.length };
        if (object)
            json_object_set_new(object, name, json_text(text));
        else {
            printf("%-14s ", name);
            print_padded(text, 12, false);
            printf(" %s\n", help);
        }
        text_fini(&value);
    }
    return object ? print_json(json_pack("{s:o}", "settings", object)) : STATUS_DONE;
}

static int settings(struct call *call)
{
    struct error error = { 0 };
    struct rulebook book;
    struct text json = { 0 };
    if (!rulebook_read(&book, call->reader, MOMENT_NONE, &error)) return call_fail(&error);
    struct feed_settings wanted = book.settings;
    rulebook_fini(&book);
    if (call->n_arguments == 1) return show_settings(call, &wanted);
    for (int a = 1; a < call->n_arguments; a++)
        if (!feed_settings_set(&wanted, slice_of(call->argument[a]), &error))
            return call_fail(&error);
    feed_settings_json(&wanted, &json);
    struct writer *writer = json.failed ? NULL : writer_begin(call->workspace, &error);
    bool good = writer && rules_set_settings(writer, json.bytes, &error);
    if (good)
        good = writer_commit(writer, &error);
    else
        writer_rollback(writer);
    text_fini(&json);
    return good ? show_settings(call, &wanted) : call_fail(&error);
}

static int order(struct call *call)
{
    json_t *lines = call->json ? json_array() : NULL;
    for (int i = 0; rules_order[i]; i++)
        if (lines)
            json_array_append_new(lines, json_string(rules_order[i]));
        else
            puts(rules_order[i]);
    return lines ? print_json(json_pack("{s:o}", "order", lines)) : STATUS_DONE;
}

int command_rules(struct call *call)
{
    int status = STATUS_DONE;
    const char *verb = call->n_arguments > 0 ? call->argument[0] : "list";
#define IS(word) (strcmp(verb, word) == 0)
    if (IS("order")) return order(call);
    const bool reads = IS("list") || IS("show") || IS("preview") || IS("touching") ||
                       (IS("settings") && call->n_arguments == 1);
    if (!call_open(call, reads ? WORKSPACE_READ : WORKSPACE_WRITE, &status)) return status;
    if (IS("list")) return list_rules(call);
    if (IS("add")) return write_draft(call, 0, 1);
    if (IS("edit")) return edit(call);
    if (IS("show") || IS("preview")) return rules_preview_call(call);
    if (IS("touching")) return rules_touching_call(call);
    if (IS("publish")) return set_state(call, verb, "published");
    if (IS("off")) return set_state(call, verb, "off");
    if (IS("delete")) return set_state(call, verb, "deleted");
    if (IS("undo") || IS("redo")) return step(call, IS("redo"));
    if (IS("settings")) return settings(call);
#undef IS
    return call_usage(call, "unknown word");
}
