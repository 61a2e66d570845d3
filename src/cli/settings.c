/* settings.c - MODEL..., --set KEY=VALUE and --seed N. */
#include "settings.h"

#include "job/profile.h"

#include <string.h>

static bool has(const struct parameters *parameters, const char *name, size_t length)
{
    for (const struct parameter_info *info = parameters->info; info->name; info++)
        if (strlen(info->name) == length && strncmp(info->name, name, length) == 0) return true;
    return false;
}

static bool apply(struct settings *settings, const char *setting, struct error *error)
{
    const size_t length = strcspn(setting, "=");
    bool fits = false;
    for (int i = 0; i < settings->n; i++) {
        if (!has(&settings->parameters[i], setting, length)) continue;
        if (!parameters_set(&settings->parameters[i], slice_of(setting), error)) return false;
        fits = true;
    }
    /* The first model says what there is. */
    return fits || parameters_set(&settings->parameters[0], slice_of(setting), error);
}

bool settings_read(struct settings *settings, const struct call *call, int *status)
{
    int64_t seed;
    struct error error = { 0 };
    const char *setting;
    settings->n = 0;
    if (!call_number(call, "seed", 1, 0, INT64_MAX, &seed, status)) return false;
    for (int i = 0; i < call->n_arguments && settings->n < SETTINGS_MAX; i++)
        if (!(settings->kind[settings->n++] = model_kind_find(call->argument[i], &error)))
            goto fail;
    for (int i = 0; call->n_arguments == 0 && model_kinds[i] && i < SETTINGS_MAX; i++)
        settings->kind[settings->n++] = model_kinds[i];
    for (int i = 0; i < settings->n; i++) {
        parameters_init(&settings->parameters[i], settings->kind[i]->parameters);
        settings->parameters[i].seed = (uint64_t)seed;
    }
    for (int at = 0; (setting = call_option_nth(call, "set", at)) != NULL; at++)
        if (!apply(settings, setting, &error)) goto fail;
    return true;
fail:
    *status = call_fail(&error);
    return false;
}

bool settings_profile(struct settings *settings, const struct call *call, int *status)
{
    struct workspace_counts counts;
    struct error error = { 0 };
    const char *setting;

    if (!workspace_counts(call->reader, &counts, &error)) {
        *status = call_fail(&error);
        return false;
    }
    for (int i = 0; i < settings->n; i++) {
        struct parameters usual;
        profile_parameters(counts.profile, settings->kind[i], &usual);
        for (int at = 0; (setting = call_option_nth(call, "set", at)) != NULL; at++)
            if (has(&usual, setting, strcspn(setting, "="))) /* was found right when it was read */
                (void)parameters_set(&usual, slice_of(setting), NULL);
        usual.seed = settings->parameters[i].seed;
        settings->parameters[i] = usual;
    }
    return true;
}
