/* language.c - language [add PATH | remove NAME]: pretrained models that all workspaces may use. */
#include "command.h"

#include "aisle/language.h"
#include "aisle/moment.h"

#include <stdio.h>
#include <string.h>

static const char *state_name(const struct language_model *model)
{
    static const char *const names[] = {
        [LANGUAGE_READY] = "ready", [LANGUAGE_MISSING] = "missing", [LANGUAGE_CHANGED] = "changed"
    };
    return names[language_state(model)];
}

static json_t *model_json(const struct language_model *model, bool used)
{
    char moment[MOMENT_TEXT_SIZE];
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:I, s:s, s:o, s:b, s:s, s:s, s:b}", "name",
                     model->name, "kind", language_kind_name(model->kind), "architecture",
                     model->architecture, "path", json_text(slice_of(model->path)), "weights",
                     json_text(slice_of(model->weights)), "size", (json_int_t)model->size, "sha256",
                     model->sha256, "license", json_text(slice_of(model->license)), "copied",
                     model->copied, "added", moment_text(model->added, moment), "state",
                     state_name(model), "used", used);
}

/* The first line of a licence that says something. */
static struct slice license_line(const struct language_model *model)
{
    struct slice rest = slice_trim(slice_of(model->license));
    const char *end = rest.length ? memchr(rest.bytes, '\n', rest.length) : NULL;
    if (end) rest.length = (size_t)(end - rest.bytes);
    return rest.length ? slice_trim(rest) : slice_of("no licence was found");
}

static void print_model(const struct language_model *model, bool used)
{
    printf("%-28s  %-8s %-12s %7.1f MB  %-8s %.12s  ", model->name, language_kind_name(model->kind),
           model->architecture, (double)model->size / 1e6, used ? "used" : state_name(model),
           model->sha256);
    print_visible(license_line(model));
    fputs("\n    ", stdout);
    print_visible(slice_of(model->path));
    putchar('\n');
}

/* Whether commands use it where none is named. */
static bool is_used(const struct language_list *list, int32_t at)
{
    const enum language_kind kind = list->models[at].kind;
    if (language_state(&list->models[at]) != LANGUAGE_READY) return false;
    for (int32_t i = 0; i < at; i++)
        if (list->models[i].kind == kind && language_state(&list->models[i]) == LANGUAGE_READY)
            return false;
    return true;
}

static int list_models(struct call *call)
{
    struct error error = { 0 };
    struct language_list list;
    char folder[LANGUAGE_PATH_SIZE];
    if (!language_folder(folder, &error) || !language_list_read(&list, &error))
        return call_fail(&error);
    json_t *models = call->json ? json_array() : NULL;
    if (!models && list.n == 0)
        puts("no model of language is there: 'sh share/setup language' gets some, 'aisle language "
             "add PATH' takes one from a file; everything else works without");
    else if (!models)
        printf("%-28s  %-8s %-12s %10s  %-8s %-12s  %s\n", "MODEL", "KIND", "FAMILY", "SIZE",
               "STATE", "SHA-256", "LICENCE");
    for (int32_t i = 0; i < list.n; i++)
        if (models)
            json_array_append_new(models, model_json(&list.models[i], is_used(&list, i)));
        else
            print_model(&list.models[i], is_used(&list, i));
    language_list_fini(&list);
    if (!models) return STATUS_DONE;
    return print_json(
        json_pack("{s:o, s:o}", "folder", json_text(slice_of(folder)), "models", models));
}

static int add(struct call *call, const char *path)
{
    struct error error = { 0 };
    struct language_model model;
    if (!language_add(path, call_option(call, "name"), call_option(call, "copy") != NULL, NULL,
                      &model, &error))
        return call_fail(&error);
    int status = STATUS_DONE;
    if (call->json) {
        status = print_json(model_json(&model, true));
    } else {
        printf("%s is added: %s of the family %s, %.1f MB, %s\nSHA-256 %s\nlicence: ", model.name,
               language_kind_name(model.kind), model.architecture, (double)model.size / 1e6,
               model.copied ? "copied" : "used where it lies", model.sha256);
        print_visible(license_line(&model));
        putchar('\n');
    }
    language_model_fini(&model);
    return status;
}

static int remove_model(struct call *call, const char *name)
{
    struct error error = { 0 };
    if (!language_remove(name, &error)) return call_fail(&error);
    if (call->json) return print_json(json_pack("{s:s, s:b}", "name", name, "removed", 1));
    printf("%s is removed\n", name);
    return STATUS_DONE;
}

int command_language(struct call *call)
{
    const char *verb = call->n_arguments > 0 ? call->argument[0] : "list";
    const bool adding = strcmp(verb, "add") == 0, removing = strcmp(verb, "remove") == 0;
    if (!adding && (call_option(call, "name") || call_option(call, "copy")))
        return call_usage(call, "--name and --copy go with add");
    if (!adding && !removing && strcmp(verb, "list") != 0) return call_usage(call, "unknown word");
    if (!adding && !removing) {
        if (call->n_arguments > 1) return call_usage(call, "list takes no name");
        return list_models(call);
    }
    if (call->n_arguments != 2)
        return call_usage(call, adding ? "a path is missing" : "a name is missing");
    return adding ? add(call, call->argument[1]) : remove_model(call, call->argument[1]);
}
