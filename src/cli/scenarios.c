/* scenarios.c - scenarios: list, show, save, delete what-ifs that have a name. */
#include "shopper_options.h"

#include "aisle/scenarios.h"

#include <stdio.h>
#include <string.h>

static json_t *changes_json(const struct changes *changes)
{
    json_t *list = json_array();
    for (int32_t i = 0; i < changes->n; i++)
        json_array_append_new(list, what_if_change_json(&changes->list[i]));
    return list;
}

static json_t *scenario_json(const struct stored_scenario *stored, const struct changes *changes)
{
    char moment[MOMENT_TEXT_SIZE];
    return json_pack("{s:o, s:o, s:s, s:o}", "scenario", json_text(slice_of(stored->name)),
                     "changed_by", json_text(slice_of(stored->author)), "changed",
                     moment_text(stored->at, moment), "changes", changes_json(changes));
}

static void print_scenario(const struct stored_scenario *stored, const struct changes *changes,
                           const struct dataset *dataset)
{
    char moment[MOMENT_TEXT_SIZE];
    struct text line = { 0 };
    print_padded(slice_of(stored->name), 20, false);
    printf("  %-19s  ", moment_text(stored->at, moment));
    print_padded(slice_of(stored->author), 10, false);
    fputs("  ", stdout);
    changes_describe(changes, dataset, NULL, &line);
    puts(line.bytes ? line.bytes : "");
    text_fini(&line);
}

/* All of them, or the one of this name as an object of its own. */
static int list_scenarios(struct call *call, const char *name)
{
    int status = STATUS_DONE;
    struct error error = { 0 };
    struct stored_scenario *stored = NULL;
    int32_t n = 0;
    json_t *list = call->json ? json_array() : NULL;
    const struct dataset *dataset = engine_dataset(call->engine, call->reader, NULL, &error);
    if (!dataset || !scenarios_list(call->reader, &stored, &n, &error)) goto fail;
    if (!list) printf("%-20s  %-19s  %-10s  %s\n", "SCENARIO", "CHANGED", "BY", "WHAT IF");
    for (int32_t s = 0; s < n; s++) {
        struct changes changes;
        if (name && strcmp(stored[s].name, name) != 0) continue;
        if (!changes_parse(&changes, slice_of(stored[s].body), &error)) goto fail;
        if (list)
            json_array_append_new(list, scenario_json(&stored[s], &changes));
        else
            print_scenario(&stored[s], &changes, dataset);
        changes_fini(&changes);
    }
    if (list && name)
        status = print_json(json_incref(json_array_get(list, 0)));
    else if (list)
        status = print_json(json_pack("{s:O}", "scenarios", list));
    goto out;
fail:
    status = call_fail(&error);
out:
    json_decref(list);
    scenarios_free(stored, n);
    dataset_release(dataset);
    return status;
}

static int show(struct call *call, const char *name)
{
    struct error error = { 0 };
    struct text body = { 0 };
    const bool there = scenario_find(call->reader, slice_of(name), &body, &error);
    text_fini(&body);
    return there ? list_scenarios(call, name) : call_fail(&error);
}

/* body NULL: deletes it. */
static bool write(struct call *call, const char *name, const char *body, struct error *error)
{
    struct writer *writer = writer_begin(call->workspace, error);
    if (!writer) return false;
    if (body ? scenario_save(writer, slice_of(name), body, error)
             : scenario_delete(writer, slice_of(name), error))
        return writer_commit(writer, error);
    writer_rollback(writer);
    return false;
}

/* What the options say, checked against the data. */
static int save(struct call *call, const char *name)
{
    int status = STATUS_DONE;
    struct error error = { 0 };
    struct changes changes = { 0 };
    struct text body = { 0 };
    const struct dataset *dataset = engine_dataset(call->engine, call->reader, NULL, &error);
    if (!dataset) return call_fail(&error);
    if (!question_changes(call, dataset, &changes, &status)) goto out;
    if (changes.n == 0)
        status = call_usage(call, "nothing is to be saved: say --with ITEM, --rate ITEM=VALUE …");
    else if (!changes_write(&changes, &body, &error) || !write(call, name, body.bytes, &error))
        status = call_fail(&error);
    else if (call->json)
        status = print_json(json_pack("{s:o, s:o}", "scenario", json_text(slice_of(name)),
                                      "changes", changes_json(&changes)));
    else {
        struct text line = { 0 };
        changes_describe(&changes, dataset, NULL, &line);
        printf("saved as ");
        print_visible(slice_of(name));
        printf(": %s\n", line.bytes ? line.bytes : "");
        text_fini(&line);
    }
out:
    text_fini(&body);
    changes_fini(&changes);
    dataset_release(dataset);
    return status;
}

static int delete (struct call *call, const char *name)
{
    struct error error = { 0 };
    if (!write(call, name, NULL, &error)) return call_fail(&error);
    if (call->json)
        return print_json(
            json_pack("{s:o, s:b}", "scenario", json_text(slice_of(name)), "deleted", 1));
    print_visible(slice_of(name));
    puts(" is deleted: 'aisle audit undo' takes that back");
    return STATUS_DONE;
}

int command_scenarios(struct call *call)
{
    int status = STATUS_DONE;
    const char *verb = call->n_arguments > 0 ? call->argument[0] : "list";
    const bool listing = strcmp(verb, "list") == 0, showing = strcmp(verb, "show") == 0,
               saving = strcmp(verb, "save") == 0;
    if (!listing && !showing && !saving && strcmp(verb, "delete") != 0)
        return call_usage(call, "unknown word");
    if (listing ? call->n_arguments > 1 : call->n_arguments != 2)
        return call_usage(call, listing ? "list takes no name" : "a name is missing");
    if (!call_open(call, listing || showing ? WORKSPACE_READ : WORKSPACE_WRITE, &status))
        return status;
    return listing   ? list_scenarios(call, NULL)
           : showing ? show(call, call->argument[1])
           : saving  ? save(call, call->argument[1])
                     : delete (call, call->argument[1]);
}
