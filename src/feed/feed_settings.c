/* feed_settings.c - the settings of lists: one table drives reading, writing and help. */
#include "rule_private.h"

#include "aisle/pipeline.h"

#include <jansson.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum setting_type { SETTING_REPEAT, SETTING_SWITCH, SETTING_NUMBER, SETTING_COUNT, SETTING_WORDS };

static const struct setting {
    const char *name;
    enum setting_type type;
    size_t at, size; /* in struct feed_settings; size of a text */
    double min, max;
    const char *help;
} table[] = {
#define AT(field)       offsetof(struct feed_settings, field)
#define CAPACITY(field) sizeof((struct feed_settings *)NULL)->field
    { "repeat", SETTING_REPEAT, AT(repeat), 0, 0, 0,
      "what was bought: never again, by category as learned, or always" },
    { "repeat-by", SETTING_WORDS, AT(repeat_by), CAPACITY(repeat_by), 0, 0,
      "the attribute that is the category" },
    { "repeat-share", SETTING_NUMBER, AT(repeat_share), 0, 0, 1,
      "buyers who bought again, from which a category comes back" },
    { "repeat-after", SETTING_NUMBER, AT(repeat_after), 0, 0, 36500,
      "days until something bought comes back" },
    { "again", SETTING_WORDS, AT(again), CAPACITY(again), 0, 0,
      "categories that come back whatever was learned, cut by |" },
    { "never", SETTING_WORDS, AT(never), CAPACITY(never), 0, 0,
      "categories that do not, cut by |" },
    { "stock", SETTING_SWITCH, AT(stock), 0, 0, 0, "leave out what has stock=0 or active=no" },
    { "mmr", SETTING_NUMBER, AT(mmr), 0, 0, 1,
      "how much it counts to be unlike the rows above; 0 = off" },
    { "cap", SETTING_COUNT, AT(cap), 0, 0, 1000, "at most so many rows of one category; 0 = off" },
    { "cap-by", SETTING_WORDS, AT(cap_by), CAPACITY(cap_by), 0, 0,
      "the attribute that mmr and cap go by" },
};
enum { SETTINGS = sizeof table / sizeof table[0] };
static const char *const repeat_names[] = { "never", "learned", "always" };

void feed_settings_init(struct feed_settings *settings)
{
    *settings = (struct feed_settings){ .repeat = REPEAT_NEVER,
                                        .repeat_by = "category",
                                        .repeat_share = 0.3,
                                        .repeat_after = 14,
                                        .stock = true,
                                        .cap_by = "category" };
}

const char *feed_settings_name(int index, const char **help)
{
    if (index < 0 || index >= SETTINGS) return NULL;
    *help = table[index].help;
    return table[index].name;
}

static bool read_value(struct feed_settings *settings, const struct setting *setting,
                       struct slice value)
{
    char *place = (char *)settings + setting->at;
    double number;
    int64_t count;
    switch (setting->type) {
    case SETTING_REPEAT:
        for (int r = 0; r < 3; r++) {
            if (!slice_equal(value, repeat_names[r])) continue;
            settings->repeat = (enum feed_repeat)r;
            return true;
        }
        return false;
    case SETTING_SWITCH:
        if (!slice_equal(value, "on") && !slice_equal(value, "off")) return false;
        *(bool *)place = slice_equal(value, "on");
        return true;
    case SETTING_NUMBER:
        if (!slice_to_double(value, &number) || number < setting->min || number > setting->max)
            return false;
        memcpy(place, &number, sizeof number);
        return true;
    case SETTING_COUNT:
        if (!slice_to_int64(value, &count) || count < 0 || count > (int64_t)setting->max)
            return false;
        settings->cap = (int32_t)count;
        return true;
    case SETTING_WORDS:
        if (value.length >= setting->size) return false;
        memset(place, 0, setting->size);
        if (value.length > 0) memcpy(place, value.bytes, value.length);
        return true;
    }
    return false;
}

static const char *expected(const struct setting *setting)
{
    switch (setting->type) {
    case SETTING_REPEAT:
        return "never, learned or always";
    case SETTING_SWITCH:
        return "on or off";
    case SETTING_NUMBER:
        return setting->max > 1 ? "a number of days" : "a number from 0 to 1";
    case SETTING_COUNT:
        return "a whole number up to 1000";
    case SETTING_WORDS:
        break;
    }
    return "shorter";
}

bool feed_settings_set(struct feed_settings *settings, struct slice assignment, struct error *error)
{
    struct text names = { 0 };
    const char *equals =
        assignment.length ? memchr(assignment.bytes, '=', assignment.length) : NULL;
    const size_t at = equals ? (size_t)(equals - assignment.bytes) : assignment.length;
    const struct slice name = slice_trim((struct slice){ assignment.bytes, at });
    for (int s = 0; equals && s < SETTINGS; s++) {
        const struct slice value =
            slice_trim((struct slice){ equals + 1, assignment.length - at - 1 });
        if (!slice_equal(name, table[s].name)) continue;
        return read_value(settings, &table[s], value) ||
               error_set(error, ERROR_USAGE, "%s=%.*s: is %s", table[s].name,
                         (int)(value.length < 60 ? value.length : 60), value.bytes,
                         expected(&table[s]));
    }
    for (int s = 0; s < SETTINGS; s++)
        text_format(&names, "%s%s", s ? ", " : "", table[s].name);
    error_set(error, ERROR_USAGE, "%.*s: is no setting of lists: NAME=VALUE, with NAME of %s",
              (int)(assignment.length < 60 ? assignment.length : 60), assignment.bytes,
              names.bytes ? names.bytes : "");
    text_fini(&names);
    return false;
}

void feed_settings_value(const struct feed_settings *settings, int index, struct text *out)
{
    const struct setting *setting = &table[index];
    const char *place = (const char *)settings + setting->at;
    double number;
    switch (setting->type) {
    case SETTING_REPEAT:
        text_add_string(out, repeat_names[settings->repeat]);
        break;
    case SETTING_SWITCH:
        text_add_string(out, *(const bool *)place ? "on" : "off");
        break;
    case SETTING_NUMBER:
        memcpy(&number, place, sizeof number);
        rule_write_number(number, out);
        break;
    case SETTING_COUNT:
        text_format(out, "%d", settings->cap);
        break;
    case SETTING_WORDS:
        text_add_string(out, place);
        break;
    }
}

void feed_settings_json(const struct feed_settings *settings, struct text *out)
{
    for (int s = 0; s < SETTINGS; s++) {
        struct text value = { 0 };
        feed_settings_value(settings, s, &value);
        text_format(out, "%s\"%s\":", s ? "," : "{", table[s].name);
        text_add_json(out, value.bytes ? value.bytes : "", value.length);
        out->failed |= value.failed;
        text_fini(&value);
    }
    text_add_string(out, "}");
}

bool feed_settings_from_json(struct feed_settings *settings, const char *json, struct error *error)
{
    json_t *object = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
    bool good = json_is_object(object);
    for (int s = 0; good && s < SETTINGS; s++) {
        const json_t *value = json_object_get(object, table[s].name);
        if (value)
            good = json_is_string(value) && read_value(settings, &table[s],
                                                       (struct slice){ json_string_value(value),
                                                                       json_string_length(value) });
    }
    json_decref(object);
    return good || error_set(error, ERROR_INPUT, "the stored settings of lists make no sense");
}
