/* screen_train.c - what a model is trained with: its parameters, and the memory it will take,
 * before it begins. */
#include "form.h"
#include "screens.h"

#include "job/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MODEL, FIRST_PARAMETER = 1, START = 100, SLOT_FORECAST = 1 };
enum { NOTE_FORECAST, NOTE_SUMMARY, NOTE_WRONG };

struct training {
    const struct model_kind *kind;
    struct parameters parameters;
};

static void show_number(double value, char *out, size_t size)
{
    snprintf(out, size, "%.10g", value);
}

static void value_of(const struct training *training, int i, char *out, size_t size)
{
    const struct parameter_info *info = &training->kind->parameters[i];
    if (info->type == PARAMETER_CHOICE)
        snprintf(out, size, "%s", info->choices[(int)training->parameters.value[i]]);
    else
        show_number(training->parameters.value[i], out, size);
}

static void add_field(struct form *form, const struct training *training, int i)
{
    const struct parameter_info *info = &training->kind->parameters[i];
    struct text choices = { 0 }, help = { 0 };
    char value[64], min[32], max[32];
    value_of(training, i, value, sizeof value);
    if (info->type == PARAMETER_CHOICE) {
        for (int c = 0; info->choices[c]; c++)
            text_format(&choices, "%s\n", info->choices[c]);
        form_choice(form, FIRST_PARAMETER + i, info->name, choices.bytes, value, info->help);
    } else {
        show_number(info->min, min, sizeof min);
        show_number(info->max, max, sizeof max);
        text_format(&help, "%s (%s to %s)", info->help, min, max);
        form_text(form, FIRST_PARAMETER + i, info->name, value, help.bytes);
    }
    text_fini(&choices);
    text_fini(&help);
}

/* ------------------------------------------------------------------------------ the forecast */

struct forecast {
    struct training training;
    int64_t needed, available;
};

static bool work(const struct loader_context *context, void *argument, struct error *error)
{
    struct forecast *forecast = argument;
    const struct training *training = &forecast->training;
    struct strength_options options;
    parameters_strength(&training->parameters, &options);
    const struct dataset *dataset =
        engine_dataset_by(context->engine, context->reader, &options, context->progress, error);
    if (!dataset) return false;
    forecast->needed = training->kind->memory(dataset, &training->parameters);
    forecast->available = machine_memory_available();
    dataset_release(dataset);
    return true;
}

static void answer(void *owner, void *argument, const struct error *error)
{
    struct form *form = owner;
    const struct forecast *forecast = argument;
    char sentence[160];
    if (error) {
        form_note(form, NOTE_FORECAST, MEANING_BAD, error->text);
        return;
    }
    bool fits = forecast->needed <= forecast->available;
    snprintf(sentence, sizeof sentence, "memory: about %lld MB, of %lld MB that are free%s",
             (long long)((forecast->needed + (1 << 20) - 1) >> 20),
             (long long)(forecast->available >> 20), fits ? "" : ": too much, it will be refused");
    form_note(form, NOTE_FORECAST, fits ? MEANING_GOOD : MEANING_BAD,
              form_app(form)->still ? "memory: what is needed, of what is free" : sentence);
}

static void ask_forecast(struct form *form)
{
    struct forecast *forecast = calloc(1, sizeof *forecast);
    if (!forecast) return;
    forecast->training = *(const struct training *)form_context(form);
    form_note(form, NOTE_FORECAST, MEANING_DIM, "memory: …");
    app_ask(form_app(form), &(struct request){ .owner = form,
                                               .slot = SLOT_FORECAST,
                                               .lane = LANE_MODELS,
                                               .work = work,
                                               .answer = answer,
                                               .release = free,
                                               .argument = forecast });
}

/* ----------------------------------------------------------------------------------- the form */

static void show_parameters(struct form *form)
{
    const struct training *training = form_context(form);
    form_cut(form, MODEL);
    for (int i = 0; training->kind->parameters[i].name; i++)
        add_field(form, training, i);
    form_button(form, START, "Train", "begins the job; F7 shows it");
    form_note(form, NOTE_SUMMARY, MEANING_DIM, training->kind->summary);
    form_note(form, NOTE_WRONG, MEANING_BAD, NULL);
    ask_forecast(form);
}

static void changed(struct form *form, int id)
{
    struct training *training = form_context(form);
    struct error error;
    char assignment[256], value[64];
    if (id == MODEL) {
        training->kind = model_kind_find(form_value(form, MODEL), NULL);
        if (!training->kind) training->kind = model_kinds[0];
        parameters_init(&training->parameters, training->kind->parameters);
        show_parameters(form);
        return;
    }
    const char *name = training->kind->parameters[id - FIRST_PARAMETER].name;
    snprintf(assignment, sizeof assignment, "%s=%s", name, form_value(form, id));
    bool good = parameters_set(&training->parameters, slice_of(assignment), &error);
    form_note(form, NOTE_WRONG, MEANING_BAD, good ? NULL : error.text);
    value_of(training, id - FIRST_PARAMETER, value, sizeof value);
    form_set(form, id, value);
    if (good) ask_forecast(form);
}

static void pressed(struct form *form, int id)
{
    struct app *app = form_app(form);
    const struct training training = *(const struct training *)form_context(form);
    (void)id;
    app_pop(app); /* frees the form */
    app_train(app, training.kind->name, &training.parameters);
}

struct view *train_view_new(struct app *app, const struct model_kind *kind,
                            const struct parameters *parameters)
{
    struct training *training = calloc(1, sizeof *training);
    if (!training) return NULL;
    training->kind = kind ? kind : model_kinds[0];
    parameters_init(&training->parameters, training->kind->parameters);
    if (parameters) training->parameters = *parameters;
    struct form *form = form_new(app, &(struct form_spec){ .title = "Train",
                                                           .changed = changed,
                                                           .pressed = pressed,
                                                           .context = training,
                                                           .release = free });
    struct text kinds = { 0 };
    for (size_t i = 0; model_kinds[i]; i++)
        text_format(&kinds, "%s\n", model_kinds[i]->name);
    form_choice(form, MODEL, "model", kinds.bytes ? kinds.bytes : "", training->kind->name,
                "which recommender");
    if (form) show_parameters(form);
    text_fini(&kinds);
    return form_view(form);
}
