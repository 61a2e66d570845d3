/* tune.c - tune [MODEL...]: parameters that suit the data, found by trying. */
#include "meter.h"
#include "settings.h"

#include "aisle/tune.h"

#include <stdio.h>
#include <unistd.h>

struct telling {
    json_t *tries; /* NULL: lines are printed */
};

static json_t *try_json(const struct tuning_try *tried)
{
    struct text json = { 0 };
    parameters_json(&tried->candidate.parameters, &json);
    json_t *object = json_pack("{s:s, s:f, s:f, s:f, s:o}", "label", tried->candidate.label, "ndcg",
                               tried->ndcg, "hr", tried->hit, "seconds", tried->seconds,
                               "parameters", json_loads(json.bytes ? json.bytes : "{}", 0, NULL));
    text_fini(&json);
    return object;
}

static void report(void *context, const struct tuning_try *tried)
{
    struct telling *telling = context;
    if (telling->tries) {
        json_array_append_new(telling->tries, try_json(tried));
        return;
    }
    if (isatty(STDERR_FILENO)) fputs("\r\033[K", stderr); /* the meter's line */
    printf("%9.4f %9.4f %9.2f  %s\n", tried->ndcg, tried->hit, tried->seconds,
           tried->candidate.label);
    fflush(stdout);
}

/* How to train what was found: the settings that differ from the defaults. */
static void print_command(const struct call *call, const struct candidate *best)
{
    const struct parameters *values = &best->parameters;
    printf("aisle -d %s train %s", call->data, best->kind->name);
    for (int i = 0; values->info[i].name; i++) {
        const struct parameter_info *info = &values->info[i];
        const double value = values->value[i];
        if (!(value < info->initial) && !(value > info->initial)) continue;
        if (info->type == PARAMETER_CHOICE)
            printf(" --set %s=%s", info->name, info->choices[(int)value]);
        else
            printf(" --set %s=%.10g", info->name, value);
    }
    putchar('\n');
}

static int train_best(struct call *call, const struct candidate *best, json_t *model)
{
    struct error error = { 0 };
    struct run run;
    struct meter meter;
    meter_begin(&meter, best->kind->name);
    bool good = engine_train(call->engine, best->kind->name, &best->parameters, 0, &meter.progress,
                             &run, &error);
    meter_end(&meter);
    if (!good) return call_fail(&error);
    if (model)
        json_object_set_new(model, "run", json_integer((json_int_t)run.id));
    else
        printf("run %lld: %s trained in %.2f s, active\n", (long long)run.id, run.kind,
               run.seconds);
    return STATUS_DONE;
}

static int tune_one(struct call *call, const struct dataset *dataset,
                    const struct parameters *start, const struct model_kind *kind,
                    struct tuning_options *options, json_t *models)
{
    struct error error = { 0 };
    struct telling telling = { models ? json_array() : NULL };
    struct meter meter;
    int status = STATUS_DONE;
    options->report = report;
    options->context = &telling;
    if (!models) printf("%s\n%9s %9s %9s  %s\n", kind->name, "NDCG", "HR", "SECONDS", "SETTINGS");
    meter_begin(&meter, "tuning");
    struct tuning *tuning = tuning_new(dataset, kind, start, options, &meter.progress, &error);
    meter_end(&meter);
    if (!tuning) {
        json_decref(telling.tries);
        error_prefix(&error, "tune %s", kind->name);
        return call_fail(&error);
    }
    const struct tuning_try *first = &tuning->tries[0], *best = &tuning->tries[tuning->best];
    json_t *model =
        models ? json_pack("{s:s, s:i, s:f, s:b, s:o, s:o}", "model", kind->name, "users",
                           tuning->n_users, "seconds", tuning->seconds, "out_of_time",
                           tuning->out_of_time, "best", try_json(best), "tries", telling.tries)
               : NULL;
    if (!models) {
        printf("the best of %d, asked for the purchase before the last one of %s%s: NDCG "
               "%.4f, %.4f to begin with\n",
               tuning->n, text_count(tuning->n_users, "user").text,
               tuning->out_of_time ? ", when the time was up" : "", best->ndcg, first->ndcg);
        print_command(call, &best->candidate);
    }
    if (call_option(call, "train")) status = train_best(call, &best->candidate, model);
    if (models) json_array_append_new(models, model);
    tuning_free(tuning);
    return status;
}

/* Where nothing is named, what can be tuned; what is named and cannot be, is refused later. */
static int count_tunable(const struct call *call, struct settings *settings)
{
    int n = 0;
    for (int i = 0; i < settings->n; i++) {
        if (call->n_arguments == 0 && !tuning_has(settings->kind[i])) continue;
        settings->kind[n] = settings->kind[i];
        settings->parameters[n++] = settings->parameters[i];
    }
    return settings->n = n;
}

int command_tune(struct call *call)
{
    int status = STATUS_DONE;
    int64_t seconds, sample;
    struct error error = { 0 };
    struct settings settings;
    struct tuning_options options;
    tuning_options_init(&options);
    if (!call_number(call, "seconds", 60, 0, 1000000, &seconds, &status) ||
        !call_number(call, "sample", options.ranking.sample, 1, INT32_MAX, &sample, &status) ||
        !settings_read(&settings, call, &status) ||
        !call_open(call, call_option(call, "train") ? WORKSPACE_WRITE : WORKSPACE_READ, &status))
        return status;
    const int n = count_tunable(call, &settings);
    options.seconds = n > 0 ? (double)seconds / n : 0;
    options.ranking.sample = (int32_t)sample;
    const struct dataset *dataset = engine_dataset(call->engine, call->reader, NULL, &error);
    if (!dataset) return call_fail(&error);
    json_t *models = call->json ? json_array() : NULL;
    for (int i = 0; i < n && status == STATUS_DONE; i++)
        status =
            tune_one(call, dataset, &settings.parameters[i], settings.kind[i], &options, models);
    dataset_release(dataset);
    if (!models) return status;
    if (status == STATUS_DONE) return print_json(json_pack("{s:o}", "models", models));
    json_decref(models);
    return status;
}
