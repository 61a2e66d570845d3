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

void label_facts(const char *facts, struct text *out)
{
    const char *name;
    json_t *value, *object = json_loads(facts, 0, NULL);
    json_object_foreach(object, name, value)
    {
        if (!json_is_object(value) && !json_is_array(value)) add_line(out, name, value);
    }
    json_decref(object);
}
