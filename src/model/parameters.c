/* parameters.c - the values of a recommender's parameter table. */
#include "aisle/model.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void parameters_init(struct parameters *parameters, const struct parameter_info *info)
{
    memset(parameters, 0, sizeof *parameters);
    parameters->info = info;
    parameters->seed = 1;
    for (int i = 0; i < PARAMETERS_MOST && info[i].name; i++)
        parameters->value[i] = info[i].initial;
}

static int find(const struct parameters *parameters, struct slice name)
{
    for (int i = 0; i < PARAMETERS_MOST && parameters->info[i].name; i++)
        if (slice_equal(name, parameters->info[i].name)) return i;
    return -1;
}

static bool no_parameter(const struct parameters *parameters, struct slice name,
                         struct error *error)
{
    struct text list = { 0 };
    for (int i = 0; i < PARAMETERS_MOST && parameters->info[i].name; i++)
        text_format(&list, "%s%s", i ? ", " : "", parameters->info[i].name);
    error_set(error, ERROR_USAGE, "there is no parameter '%.*s': there are %.300s",
              (int)name.length, name.bytes, list.bytes ? list.bytes : "none");
    text_fini(&list);
    return false;
}

static bool set_choice(struct parameters *parameters, int at, struct slice word,
                       struct error *error)
{
    const struct parameter_info *info = &parameters->info[at];
    struct text list = { 0 };
    for (int choice = 0; info->choices[choice]; choice++) {
        if (slice_equal(word, info->choices[choice])) {
            parameters->value[at] = choice;
            text_fini(&list);
            return true;
        }
        text_format(&list, "%s%s", choice ? ", " : "", info->choices[choice]);
    }
    error_set(error, ERROR_USAGE, "%s=%.*s: is one of %s", info->name, (int)word.length, word.bytes,
              list.bytes ? list.bytes : "");
    text_fini(&list);
    return false;
}

static bool set_number(struct parameters *parameters, int at, double value, struct error *error)
{
    const struct parameter_info *info = &parameters->info[at];
    if (info->type == PARAMETER_INTEGER && value != floor(value))
        return error_set(error, ERROR_USAGE, "%s=%g: is a whole number", info->name, value);
    if (!(value >= info->least && value <= info->most))
        return error_set(error, ERROR_USAGE, "%s=%g: is between %g and %g", info->name, value,
                         info->least, info->most);
    parameters->value[at] = value;
    return true;
}

bool parameters_set(struct parameters *parameters, struct slice assignment, struct error *error)
{
    const char *sign = memchr(assignment.bytes, '=', assignment.length);
    if (!sign)
        return error_set(error, ERROR_USAGE, "'%.*s': write KEY=VALUE", (int)assignment.length,
                         assignment.bytes);
    struct slice name =
        slice_trim((struct slice){ assignment.bytes, (size_t)(sign - assignment.bytes) });
    struct slice word = slice_trim(
        (struct slice){ sign + 1, assignment.length - (size_t)(sign + 1 - assignment.bytes) });
    double value;
    int at = find(parameters, name);
    if (at < 0) return no_parameter(parameters, name, error);
    if (parameters->info[at].type == PARAMETER_CHOICE)
        return set_choice(parameters, at, word, error);
    if (!slice_to_double(word, &value))
        return error_set(error, ERROR_USAGE, "%s=%.*s: is not a number", parameters->info[at].name,
                         (int)word.length, word.bytes);
    return set_number(parameters, at, value, error);
}

double parameters_get(const struct parameters *parameters, const char *name)
{
    int at = find(parameters, slice_of(name));
    return at < 0 ? 0 : parameters->value[at];
}

void parameters_json(const struct parameters *parameters, struct text *out)
{
    text_add_string(out, "{");
    for (int i = 0; i < PARAMETERS_MOST && parameters->info[i].name; i++) {
        const struct parameter_info *info = &parameters->info[i];
        text_format(out, "%s\"%s\":", i ? "," : "", info->name);
        if (info->type == PARAMETER_CHOICE)
            text_format(out, "\"%s\"", info->choices[(int)parameters->value[i]]);
        else
            text_format(out, "%.17g", parameters->value[i]);
    }
    text_add_string(out, "}");
}

bool parameters_from_json(struct parameters *parameters, const char *json, struct error *error)
{
    const char *key;
    json_t *value, *object = json_loads(json, 0, NULL);
    bool good = json_is_object(object) ||
                error_set(error, ERROR_INPUT, "the parameters of the run cannot be read");
    json_object_foreach(object, key, value)
    {
        int at = good ? find(parameters, slice_of(key)) : -1;
        if (at < 0) continue; /* of the strengths, or of another version */
        if (json_is_string(value) && parameters->info[at].type == PARAMETER_CHOICE)
            good = set_choice(parameters, at, slice_of(json_string_value(value)), error);
        else if (json_is_number(value) && parameters->info[at].type != PARAMETER_CHOICE)
            good = set_number(parameters, at, json_number_value(value), error);
    }
    json_decref(object);
    return good;
}
