/* facts.c - what a model tells about itself, as lines for people. */
#include "labels.h"

#include <jansson.h>

#include <string.h>

static void add_value(struct text *out, const json_t *value)
{
    if (json_is_string(value))
        text_add_visible(out, json_string_value(value), json_string_length(value));
    else if (json_is_integer(value))
        text_format(out, "%lld", (long long)json_integer_value(value));
    else if (json_is_number(value))
        text_format(out, "%.4g", json_number_value(value));
    else if (json_is_boolean(value))
        text_add_string(out, json_is_true(value) ? "yes" : "no");
}

/* "items left out: 388" */
static void add_line(struct text *out, const char *name, const json_t *value)
{
    for (const char *c = name; *c; c++)
        text_add(out, *c == '_' ? " " : c, 1);
    text_add_string(out, ": ");
    add_value(out, value);
    text_add_string(out, "\n");
}

void label_note(const char *facts, struct text *out)
{
    json_t *object = json_loads(facts, 0, NULL);
    const json_t *note = json_object_get(object, "note");
    if (json_is_string(note)) add_value(out, note);
    json_decref(object);
}

/* A blend's weights: a row for each band of history, a column for each part. */
static void add_weights(struct text *out, const json_t *parts, const json_t *recency,
                        const json_t *bands)
{
    size_t p, b;
    json_t *value, *band;
    text_add_string(out, "history ");
    json_array_foreach(parts, p, value)
        text_format(out, " %11.11s", json_is_string(value) ? json_string_value(value) : "?");
    text_add_string(out, "    NDCG  best part\nrecency ");
    json_array_foreach(recency, p, value) /* later purchases after which one counts half */
        text_format(out, " %11g", json_number_value(value));
    text_add_string(out, "\n");
    json_array_foreach(bands, b, band)
    {
        const char *history = json_string_value(json_object_get(band, "history"));
        text_format(out, "%-8.8s", history ? history : "?");
        json_array_foreach(json_object_get(band, "weights"), p, value)
            text_format(out, " %11.3f", json_number_value(value));
        if (json_integer_value(json_object_get(band, "asked")) > 0)
            text_format(out, "  %6.4f     %6.4f", json_number_value(json_object_get(band, "ndcg")),
                        json_number_value(json_object_get(band, "best_part")));
        text_add_string(out, "\n");
    }
}

void label_facts(const char *facts, struct text *out)
{
    const char *name;
    json_t *value, *object = json_loads(facts, 0, NULL);
    json_object_foreach(object, name, value)
    {
        if (!json_is_object(value) && !json_is_array(value)) add_line(out, name, value);
    }
    json_object_foreach(json_object_get(object, "finetuned"), name, value)
    {
        text_format(out, "fine-tuned, ");
        add_line(out, name, value);
    }
    const json_t *parts = json_object_get(object, "parts"),
                 *bands = json_object_get(object, "bands");
    if (json_is_array(parts) && json_is_array(bands))
        add_weights(out, parts, json_object_get(object, "recency"), bands);
    json_decref(object);
}

double label_number(const char *facts, const char *name, double otherwise)
{
    json_t *object = json_loads(facts, 0, NULL);
    const json_t *value = json_object_get(object, name);
    const double number = json_is_number(value) ? json_number_value(value) : otherwise;

    json_decref(object);
    return number;
}

bool label_rejected(const char *facts)
{
    json_t *object = json_loads(facts, 0, NULL);
    const bool rejected =
        json_is_false(json_object_get(json_object_get(object, "finetuned"), "offered"));

    json_decref(object);
    return rejected;
}

int32_t label_curve(const char *facts, const char *name, double *values, int32_t max)
{
    size_t i;
    json_t *value, *object = json_loads(facts, 0, NULL);
    const json_t *curve = json_object_get(object, name);
    int32_t n = 0;
    if (json_is_array(curve)) {
        json_array_foreach(curve, i, value)
        {
            if (json_is_number(value) && n < max) values[n++] = json_number_value(value);
        }
    }
    json_decref(object);
    return n;
}
