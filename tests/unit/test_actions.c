// The table of actions: no two actions on one key in one view, help for each.
#include "ui/actions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* What views there are, by the bits they carry. A tab carries those of its frame as well. */
static const unsigned views[] = {
    SCOPE_HOME,
    SCOPE_MENU,
    SCOPE_FEED,
    SCOPE_TABLE | SCOPE_USERS,
    SCOPE_TABLE | SCOPE_ITEMS,
    SCOPE_TABLE | SCOPE_EVENTS,
    SCOPE_TABLE | SCOPE_RUNS,
    SCOPE_TABLE | SCOPE_JOBS,
    SCOPE_TABLE | SCOPE_EVALUATE,
    SCOPE_SHEET | SCOPE_JOBS,
    SCOPE_TABS | SCOPE_USER | SCOPE_TABLE | SCOPE_EVENTS,
    SCOPE_TABS | SCOPE_USER | SCOPE_SHEET,
    SCOPE_TABS | SCOPE_USER | SCOPE_FEED,
    SCOPE_TABS | SCOPE_ITEM | SCOPE_TABLE,
    SCOPE_TABS | SCOPE_ITEM | SCOPE_SHEET,
};

static void no_key_means_two_things(void **state)
{
    struct keymap keymap;
    (void)state;
    assert_true(keymap_init(&keymap, NULL));
    for (size_t v = 0; v < sizeof views / sizeof views[0]; v++) {
        for (size_t i = 0; i < keymap.n; i++) {
            for (size_t k = i + 1; k < keymap.n; k++) {
                const struct key_binding *a = &keymap.bindings[i], *b = &keymap.bindings[k];
                if (a->key != b->key || !(a->scopes & views[v]) || !(b->scopes & views[v]))
                    continue;
                char name[KEY_NAME_SIZE];
                fail_msg("%s is both %s and %s", key_describe(a->key, name),
                         action_info(a->action)->name, action_info(b->action)->name);
            }
        }
    }
    keymap_fini(&keymap);
}

static void every_action_is_described(void **state)
{
    (void)state;
    for (enum action a = ACTION_NONE + 1; a < ACTIONS; a++) {
        const struct action_info *info = action_info(a);
        assert_true(strlen(info->name) > 1);
        assert_true(strlen(info->help) > 10);
        assert_int_equal(action_find(slice_of(info->name)), a);
        for (enum action b = a + 1; b < ACTIONS; b++)
            assert_string_not_equal(info->name, action_info(b)->name);
        const char *key = info->keys;
        while (*key) {
            size_t length = strcspn(key, " ");
            assert_int_not_equal(key_parse((struct slice){ key, length }), KEYS_NONE);
            key += length + (key[length] ? 1 : 0);
        }
    }
}

static void the_bottom_line_has_ten_keys(void **state)
{
    struct keymap keymap;
    (void)state;
    assert_true(keymap_init(&keymap, NULL));
    for (int i = 0; i < 10; i++) {
        enum action action =
            keymap_find(&keymap, SCOPE_TABLE | SCOPE_USERS, (key_code)(KEYS_F1 + i));
        assert_int_not_equal(action, ACTION_NONE);
        assert_true(action_info(action)->label[0] != 0);
    }
    keymap_fini(&keymap);
}

static void beginnings_are_enough_where_they_are_clear(void **state)
{
    (void)state;
    assert_int_equal(action_find(slice_of("user")), ACTION_USER); /* whole names win */
    assert_int_equal(action_find(slice_of("expor")), ACTION_EXPORT);
    assert_int_equal(action_find(slice_of("u")), ACTION_NONE);
    assert_int_equal(action_find(slice_of("")), ACTION_NONE);
    assert_int_equal(action_find(slice_of("usersx")), ACTION_NONE);
}

static void keys_can_be_bound_again(void **state)
{
    struct keymap keymap;
    struct error error = { 0 };
    (void)state;
    assert_true(keymap_init(&keymap, NULL));
    assert_true(keymap_bind(&keymap, slice_of("table"), slice_of("j"), slice_of("up"), &error));
    assert_int_equal(keymap_find(&keymap, SCOPE_TABLE, 'j'), ACTION_UP);
    assert_int_equal(keymap_find(&keymap, SCOPE_FEED, 'j'), ACTION_DOWN);
    assert_false(keymap_bind(&keymap, slice_of("moon"), slice_of("j"), slice_of("up"), &error));
    assert_non_null(strstr(error.text, "moon"));
    assert_false(keymap_bind(&keymap, slice_of("any"), slice_of("F99"), slice_of("up"), &error));
    assert_false(keymap_bind(&keymap, slice_of("any"), slice_of("j"), slice_of("fly"), &error));
    keymap_fini(&keymap);
}

static void names_of_keys_go_both_ways(void **state)
{
    static const char *const names[] = { "j",   "G",   "/",    "Enter", "Esc",   "F1", "F12",
                                         "C-r", "M-x", "PgUp", "S-Tab", "Space", "é",  "M-Enter" };
    char name[KEY_NAME_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        key_code key = key_parse(slice_of(names[i]));
        assert_int_not_equal(key, KEYS_NONE);
        assert_string_equal(key_describe(key, name), names[i]);
    }
    assert_int_equal(key_parse(slice_of("F0")), KEYS_NONE);
    assert_int_equal(key_parse(slice_of("jj")), KEYS_NONE);
    assert_int_equal(key_parse(slice_of("")), KEYS_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_key_means_two_things),
        cmocka_unit_test(every_action_is_described),
        cmocka_unit_test(the_bottom_line_has_ten_keys),
        cmocka_unit_test(beginnings_are_enough_where_they_are_clear),
        cmocka_unit_test(keys_can_be_bound_again),
        cmocka_unit_test(names_of_keys_go_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
