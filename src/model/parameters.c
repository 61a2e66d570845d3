/* parameters.c - the values that a recommender's table allows, as text, as JSON and as numbers. */
#include "model_private.h"

#include <jansson.h>

#include <assert.h>
#include <math.h>
#include <string.h>

const char *const weighting_names[] = { "none", "tfidf", "bm25", NULL };
const char *const strength_names[] = { "count", "binary", "log", "quantity", NULL };

void parameter_initial(const struct parameter_info *info, struct text *out)
{
    if (info->type != PARAMETER_CHOICE) {
        text_format(out, "%g", info->initial);
        return;
    }
    const int initial = (int)info->initial;
    text_add_string(out, info->choices[initial]);
    for (int c = 0, n = 0; info->choices[c]; c++)
        if (c != initial) text_format(out, "%s%s", n++ > 0 ? ", " : "; ", info->choices[c]);
}

bool parameter_is_shared(const struct parameter_info *info)
{
    static const struct parameter_info shared[] = { STRENGTH_PARAMETERS };
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
        if (strcmp(info->name, shared[i].name) == 0) return true;
    return false;
}

void parameters_init(struct parameters *parameters, const struct parameter_info *info)
{
    *parameters = (struct parameters){ .info = info, .seed = 1 };
    for (int i = 0; info[i].name; i++) {
        assert(i < PARAMETERS_MAX);
        parameters->value[i] = info[i].initial;
    }
}

static int find(const struct parameter_info *info, struct slice name)
{
    for (int i = 0; info[i].name; i++) {
        if (slice_equal(name, info[i].name)) return i;
    }
    return -1;
}

double parameters_get(const struct parameters *parameters, const char *name)
{
    int i = find(parameters->info, slice_of(name));
    assert(i >= 0);
    return i >= 0 ? parameters->value[i] : NAN;
}

/* What would be right, for the sentence. */
static void describe(const struct parameter_info *info, struct text *out)
{
    if (info->type != PARAMETER_CHOICE) {
        text_format(out, "%s from %g to %g",
                    info->type == PARAMETER_INTEGER ? "a whole number" : "a number", info->min,
                    info->max);
        return;
    }
    for (int c = 0; info->choices[c]; c++)
        text_format(out, "%s%s", c > 0 ? " or " : "", info->choices[c]);
}

static bool refuse(const struct parameter_info *info, struct slice value, struct error *error)
{
    struct text seen = { 0 }, right = { 0 };

    text_add_visible(&seen, value.bytes, value.length);
    describe(info, &right);
    error_set(error, ERROR_USAGE, "%s=%.60s: %s has to be %s", info->name,
              seen.bytes ? seen.bytes : "", info->name, right.bytes ? right.bytes : "");
    text_fini(&seen);
    text_fini(&right);
    return false;
}

static bool parse(const struct parameter_info *info, struct slice text, double *value)
{
    if (info->type == PARAMETER_CHOICE) {
        for (int c = 0; info->choices[c]; c++) {
            if (!slice_equal(text, info->choices[c])) continue;
            *value = c;
            return true;
        }
        return false;
    }
    if (!slice_to_double(text, value)) return false;
    if (*value < info->min || *value > info->max) return false;
    return info->type != PARAMETER_INTEGER || *value == floor(*value);
}

static bool no_such(const struct parameter_info *info, struct slice name, struct error *error)
{
    struct text seen = { 0 }, names = { 0 };

    text_add_visible(&seen, name.bytes, name.length);
    for (int i = 0; info[i].name; i++)
        text_format(&names, "%s%s", i > 0 ? ", " : "", info[i].name);
    if (names.length == 0) text_add_string(&names, "none");
    error_set(error, ERROR_USAGE, "there is no parameter \"%.60s\": this model has %s",
              seen.bytes ? seen.bytes : "", names.bytes ? names.bytes : "");
    text_fini(&seen);
    text_fini(&names);
    return false;
}

bool parameters_set(struct parameters *parameters, struct slice assignment, struct error *error)
{
    const char *equals =
        assignment.length > 0 ? memchr(assignment.bytes, '=', assignment.length) : NULL;
    if (!equals) {
        struct text seen = { 0 };
        text_add_visible(&seen, assignment.bytes, assignment.length);
        error_set(error, ERROR_USAGE, "a parameter is set as NAME=VALUE, not \"%.60s\"",
                  seen.bytes ? seen.bytes : "");
        text_fini(&seen);
        return false;
    }
    size_t length = (size_t)(equals - assignment.bytes);
    struct slice name = slice_trim((struct slice){ assignment.bytes, length });
    struct slice text = slice_trim((struct slice){ equals + 1, assignment.length - length - 1 });
    int i = find(parameters->info, name);
    double value = 0;
    if (i < 0) return no_such(parameters->info, name, error);
    if (!parse(&parameters->info[i], text, &value))
        return refuse(&parameters->info[i], text, error);
    parameters->value[i] = value;
    return true;
}

/* The shortest decimals that read back as the same number. */
static void add_number(struct text *out, double value)
{
    for (int digits = 0; digits <= 17; digits++) {
        struct text number = { 0 };
        double back = NAN;
        text_add_decimal(&number, value, digits, false);
        bool same = !number.failed &&
                    slice_to_double((struct slice){ number.bytes, number.length }, &back) &&
                    back == value;
        if (same || digits == 17) text_add(out, number.bytes ? number.bytes : "0", number.length);
        text_fini(&number);
        if (same) return;
    }
}

void parameters_json(const struct parameters *parameters, struct text *out)
{
    const struct parameter_info *info = parameters->info;

    text_add_string(out, "{");
    for (int i = 0; info[i].name; i++) {
        text_format(out, "%s\"%s\":", i > 0 ? "," : "", info[i].name);
        if (info[i].type == PARAMETER_CHOICE)
            text_format(out, "\"%s\"", info[i].choices[(int)parameters->value[i]]);
        else
            add_number(out, parameters->value[i]);
    }
    text_add_string(out, "}");
}

static bool take(struct parameters *parameters, int i, const json_t *value, struct error *error)
{
    const struct parameter_info *info = &parameters->info[i];
    bool ok = false;

    if (info->type == PARAMETER_CHOICE) {
        const char *name = json_string_value(value);
        ok = name && parse(info, slice_of(name), &parameters->value[i]);
    } else if (json_is_number(value)) {
        double number = json_number_value(value);
        ok = number >= info->min && number <= info->max &&
             (info->type == PARAMETER_NUMBER || number == floor(number));
        if (ok) parameters->value[i] = number;
    }
    if (ok) return true;
    struct text right = { 0 };
    describe(info, &right);
    error_set(error, ERROR_INPUT, "the stored parameter %s is not %s", info->name,
              right.bytes ? right.bytes : "right");
    text_fini(&right);
    return false;
}

bool parameters_from_json(struct parameters *parameters, const char *json, struct error *error)
{
    json_t *object = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
    struct parameters read = *parameters;
    bool ok = json_is_object(object);

    if (!ok) error_set(error, ERROR_INPUT, "the stored parameters are not a JSON object");
    for (int i = 0; ok && read.info[i].name; i++) {
        const json_t *value = json_object_get(object, read.info[i].name);
        if (value) ok = take(&read, i, value, error);
    }
    json_decref(object);
    if (ok) *parameters = read;
    return ok;
}

/* Takes a value where the table has a parameter of that name. */
static bool look(const struct parameters *parameters, const char *name, double *value)
{
    int i = find(parameters->info, slice_of(name));
    if (i >= 0) *value = parameters->value[i];
    return i >= 0;
}

void parameters_strength(const struct parameters *parameters, struct strength_options *options)
{
    static const struct {
        const char *name;
        enum event_type type;
    } weights[] = { { "weight_purchase", EVENT_PURCHASE },
                    { "weight_return", EVENT_RETURN },
                    { "weight_view", EVENT_VIEW },
                    { "weight_cart", EVENT_CART } };
    double transform;

    strength_options_init(options);
    if (look(parameters, "strength", &transform))
        options->transform = (enum strength_transform)transform;
    look(parameters, "half_life", &options->half_life);
    for (size_t i = 0; i < sizeof weights / sizeof *weights; i++)
        look(parameters, weights[i].name, &options->type_weight[weights[i].type]);
}

struct similarity_options model_similarity_options(const struct parameters *parameters)
{
    return (struct similarity_options){
        .k = (int32_t)parameters_get(parameters, "k"),
        .min_common = (int32_t)parameters_get(parameters, "min_common"),
        .shrinkage = parameters_get(parameters, "shrinkage"),
        .alpha = parameters_get(parameters, "alpha"),
    };
}
