/* keys.h - a key press as one number, and its name.
 *
 * A key is a code point (Ctrl-A … Ctrl-Z are 1 … 26, Enter 13, Esc 27, Tab 9), or one of the
 * enumerators below; KEY_ALT may be added. Names are what people write in the config file and read
 * in the help: "j", "Enter", "F4", "C-r", "M-x", "Space".
 */
#ifndef AISLE_UI_KEYS_H
#define AISLE_UI_KEYS_H

#include "aisle/text.h"

typedef int32_t key_code;

enum {
    KEYS_NONE = 0,
    KEYS_TAB = 9,
    KEYS_ENTER = 13,
    KEYS_ESCAPE = 27,
    KEYS_BACKSPACE = 127,
    KEYS_SPECIAL = 0x200000,
    KEYS_UP = KEYS_SPECIAL,
    KEYS_DOWN,
    KEYS_LEFT,
    KEYS_RIGHT,
    KEYS_HOME,
    KEYS_END,
    KEYS_PAGE_UP,
    KEYS_PAGE_DOWN,
    KEYS_DELETE,
    KEYS_INSERT,
    KEYS_BACK_TAB,
    KEYS_PASTE_BEGIN,
    KEYS_PASTE_END,
    KEYS_CLICK, /* mouse: row and column are set */
    KEYS_WHEEL_UP,
    KEYS_WHEEL_DOWN,
    KEYS_F1 = KEYS_SPECIAL + 64, /* F1 … F12 */
    KEYS_ALT = 0x400000,
};

struct key {
    key_code code;
    int row, column; /* of the mouse */
};

/* KEYS_NONE when the name is no key. */
key_code key_parse(struct slice name);
/* Returns out. */
#define KEY_NAME_SIZE 24
const char *key_describe(key_code code, char out[KEY_NAME_SIZE]);

#endif
