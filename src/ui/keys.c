#include "keys.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    key_code code;
} names[] = {
    { "Tab", KEYS_TAB },
    { "Enter", KEYS_ENTER },
    { "Esc", KEYS_ESCAPE },
    { "Backspace", KEYS_BACKSPACE },
    { "Up", KEYS_UP },
    { "Down", KEYS_DOWN },
    { "Left", KEYS_LEFT },
    { "Right", KEYS_RIGHT },
    { "Home", KEYS_HOME },
    { "End", KEYS_END },
    { "PgUp", KEYS_PAGE_UP },
    { "PgDn", KEYS_PAGE_DOWN },
    { "Del", KEYS_DELETE },
    { "Ins", KEYS_INSERT },
    { "S-Tab", KEYS_BACK_TAB },
    { "Space", ' ' },
    { "Click", KEYS_CLICK },
    { "WheelUp", KEYS_WHEEL_UP },
    { "WheelDown", KEYS_WHEEL_DOWN },
};

key_code key_parse(struct slice name)
{
    int64_t number;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (slice_equal_fold(name, names[i].name)) return names[i].code;
    if (name.length > 2 && name.bytes[1] == '-' && (name.bytes[0] == 'M' || name.bytes[0] == 'm')) {
        key_code rest = key_parse((struct slice){ name.bytes + 2, name.length - 2 });
        return rest == KEYS_NONE ? KEYS_NONE : (rest | KEYS_ALT);
    }
    if (name.length == 3 && name.bytes[1] == '-' &&
        (name.bytes[0] == 'C' || name.bytes[0] == 'c')) {
        char letter = (char)(name.bytes[2] | 0x20);
        return letter >= 'a' && letter <= 'z' ? letter - 'a' + 1 : KEYS_NONE;
    }
    if (name.length >= 2 && (name.bytes[0] == 'F' || name.bytes[0] == 'f') &&
        slice_to_int64((struct slice){ name.bytes + 1, name.length - 1 }, &number))
        return number >= 1 && number <= 12 ? (key_code)(KEYS_F1 + number - 1) : KEYS_NONE;

    int32_t code;
    if (name.length == 0 || text_decode(name.bytes, name.length, &code) != name.length)
        return KEYS_NONE;
    return code > 32 ? code : KEYS_NONE;
}

const char *key_describe(key_code code, char out[KEY_NAME_SIZE])
{
    const char *alt = code & KEYS_ALT ? "M-" : "";
    code &= ~KEYS_ALT;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].code == code) {
            snprintf(out, KEY_NAME_SIZE, "%s%s", alt, names[i].name);
            return out;
        }
    }
    if (code >= KEYS_F1 && code < KEYS_F1 + 12) {
        snprintf(out, KEY_NAME_SIZE, "%sF%d", alt, code - KEYS_F1 + 1);
    } else if (code > 0 && code <= 26) {
        snprintf(out, KEY_NAME_SIZE, "%sC-%c", alt, 'a' + code - 1);
    } else {
        char bytes[5] = "";
        if (code > 32 && code < KEYS_SPECIAL) bytes[text_encode(code, bytes)] = 0;
        snprintf(out, KEY_NAME_SIZE, "%s%s", alt, bytes);
    }
    return out;
}
