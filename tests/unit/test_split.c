/* Where the protocols cut: small sequences, cut by hand. */
#include <aisle/split.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Sequences as words: a letter is an item bought a day after the one before, "-c" returns it,
 * "?c" views it, "=c" is how much of it they took altogether. */
static const struct dataset *report(const char *const *sequences, bool timed)
{
    struct dataset_builder *builder = dataset_builder_new(NULL, NULL);
    char name[16];

    for (char item = 'a'; item <= 'z'; item++) {
        snprintf(name, sizeof name, "%c", item);
        assert_true(dataset_builder_add_item(builder, slice_of(name), slice_of("title"), NULL));
        assert_true(dataset_builder_set_item(builder, item - 'a', slice_of("kind"),
                                             slice_of(item % 2 ? "odd|all" : "even|all"), NULL));
    }
    for (int32_t u = 0; sequences[u]; u++) {
        snprintf(name, sizeof name, "u%d", u);
        assert_true(dataset_builder_add_user(builder, slice_of(name), NULL));
        assert_true(dataset_builder_set_user(builder, u, slice_of("city"), slice_of(name), NULL));
        int64_t day = 0;
        for (const char *at = sequences[u]; *at; at++, day++) {
            enum event_type type = *at == '-'   ? EVENT_RETURN
                                   : *at == '?' ? EVENT_VIEW
                                   : *at == '=' ? EVENT_WEIGHT
                                                : EVENT_PURCHASE;
            if (type != EVENT_PURCHASE) at++;
            struct event event = { timed ? 86400 * (day + 1) : MOMENT_NONE, *at - 'a', type, 1,
                                   NAN };
            assert_true(dataset_builder_add_event(builder, u, &event, NULL));
        }
    }
    if (sequences[0] && sequences[1]) {
        assert_true(dataset_builder_add_friend(builder, 0, 1, NULL));
        assert_true(dataset_builder_add_friend(builder, 1, 0, NULL));
    }
    return dataset_builder_finish(builder, 7, NULL, NULL);
}

/* A user's sequence as a word again. */
static void check_sequence(const struct dataset *dataset, int32_t user, const char *expected)
{
    char word[64] = "";
    size_t n = 0;

    for (int64_t e = dataset->sequence[user]; e < dataset->sequence[user + 1]; e++) {
        struct event event = dataset_event(dataset, e);
        if (event.type == EVENT_RETURN) word[n++] = '-';
        if (event.type == EVENT_VIEW) word[n++] = '?';
        if (event.type == EVENT_WEIGHT) word[n++] = '=';
        word[n++] = (char)('a' + event.item);
    }
    assert_string_equal(word, expected);
}

static void check_targets(const struct split *split, int32_t at, int32_t user, const char *expected)
{
    char word[64] = "";

    assert_true(at < split->n_cases);
    assert_int_equal(split->cases[at].user, user);
    for (int32_t t = 0; t < split->cases[at].n_targets; t++)
        word[t] = (char)('a' + split->cases[at].targets[t]);
    assert_string_equal(word, expected);
}

static struct split *cut(const struct dataset *dataset, struct split_options options)
{
    struct error error = { 0 };
    struct split *split = split_new(dataset, &options, NULL, &error);
    if (!split) print_message("# %s\n", error.text);
    return split;
}

static void leave_last_out(void **state)
{
    /* u0 returns something at last; u1 has too little; u2 buys again what it had; u3 looks on. */
    static const char *const sequences[] = { "abcd-a", "xy", "mnm", "pqr?s?t", NULL };
    const struct dataset *all = report(sequences, true);
    struct split_options options;
    (void)state;

    split_options_init(&options);
    struct split *split = cut(all, options);
    check_sequence(split->train, 0, "ab");
    check_sequence(split->history, 0, "abc");
    check_sequence(split->train, 1, "xy");
    check_sequence(split->train, 3, "p");
    check_sequence(split->history, 3, "pq");
    assert_ptr_equal(split->held_out, split->history);
    assert_int_equal(split->n_cases, 2);
    assert_int_equal(split->left_out, 1);
    check_targets(split, 0, 0, "d");
    check_targets(split, 1, 3, "r");
    assert_int_equal(split->train->n_items, 26);
    assert_true(slice_equal(names_get(&split->train->user_ids, 3), "u3"));
    assert_true(slice_equal(names_get(&split->train->item_titles, 3), "title"));
    split_free(split);

    options.validation = true;
    split = cut(all, options);
    check_sequence(split->train, 0, "ab");
    assert_ptr_equal(split->train, split->history);
    assert_ptr_equal(split->train, split->held_out);
    check_targets(split, 0, 0, "c");
    check_targets(split, 1, 2, "n");
    check_targets(split, 2, 3, "q");
    split_free(split);

    options.validation = false;
    options.refit = options.repeats = true;
    split = cut(all, options);
    check_sequence(split->train, 0, "abc");
    assert_ptr_equal(split->train, split->history);
    check_targets(split, 1, 2, "m");
    assert_int_equal(split->left_out, 0);
    split_free(split);
    dataset_release(all);
}

/* Weights have no order: the target is any of them, never one that is learned from; who has
 * purchases has a last one. */
static void of_weights_one_is_drawn(void **state)
{
    static const char *const sequences[] = { "=a=b=c=d=e", "wxyz", "=a=b", "=k=l=m=n=o", NULL };
    const struct dataset *all = report(sequences, false);
    struct split_options options;
    int places[5] = { 0 };
    (void)state;

    split_options_init(&options);
    options.unordered = true;
    for (uint64_t seed = 1; seed <= 64; seed++) {
        char rest[16] = "";
        options.seed = seed;
        options.validation = seed % 2 != 0;
        struct split *split = cut(all, options);
        const int among = options.validation ? 4 : 5;
        const int32_t drawn = split->cases[0].targets[0];
        assert_int_equal(split->n_cases, 3);
        assert_int_equal(split->cases[0].n_targets, 1);
        assert_in_range(drawn, 0, among - 1);
        places[drawn]++;
        for (int i = 0; i < among; i++) {
            if (i == drawn) continue;
            rest[strlen(rest)] = '=';
            rest[strlen(rest)] = (char)('a' + i);
        }
        check_sequence(split->train, 0, rest);
        check_sequence(split->history, 0, rest);
        check_sequence(split->held_out, 0, rest);
        check_targets(split, 1, 1, options.validation ? "y" : "z");
        check_sequence(split->train, 2, "=a=b");
        split_free(split);
    }
    for (int i = 0; i < 5; i++)
        assert_true(places[i] > 0);
    options.unordered = false;
    struct split *split = cut(all, options);
    check_targets(split, 0, 0, "e");
    split_free(split);
    dataset_release(all);

    all = report(sequences, true);
    options.unordered = true;
    split = cut(all, options);
    check_targets(split, 0, 0, "e");
    split_free(split);
    dataset_release(all);
}

static void by_time(void **state)
{
    /* Twenty days: the last tenth of 24 events begins on day 19, the one before it on day 17. */
    static const char *const sequences[] = { "abcdefghijklmnopqrst", "abbc", NULL };
    const struct dataset *all = report(sequences, true);
    struct split_options options;
    (void)state;

    split_options_init(&options);
    options.protocol = SPLIT_TIME;
    struct split *split = cut(all, options);
    check_sequence(split->train, 0, "abcdefghijklmnop");
    check_sequence(split->train, 1, "abbc");
    check_sequence(split->history, 0, "abcdefghijklmnopqr");
    assert_ptr_equal(split->held_out, split->history);
    assert_int_equal(split->n_cases, 1);
    check_targets(split, 0, 0, "st");
    split_free(split);
    options.validation = true;
    split = cut(all, options);
    check_targets(split, 0, 0, "qr");
    check_sequence(split->history, 0, "abcdefghijklmnop");
    split_free(split);
    dataset_release(all);

    struct error error = { 0 };
    all = report(sequences, false);
    assert_null(split_new(all, &options, NULL, &error));
    assert_int_equal(error.code, ERROR_INPUT);
    dataset_release(all);
}

static void by_users_and_items(void **state)
{
    static const char *sequences[201];
    struct split_options options;
    (void)state;

    for (int u = 0; u < 200; u++)
        sequences[u] = u % 2 ? "abcdefg" : "tuvwxyz";
    const struct dataset *all = report(sequences, true);
    split_options_init(&options);
    options.protocol = SPLIT_USERS;
    struct split *split = cut(all, options);
    assert_in_range(split->n_cases, 8, 35);
    for (int32_t c = 0; c < split->n_cases; c++) {
        const int32_t user = split->cases[c].user;
        check_sequence(split->train, user, "");
        check_sequence(split->history, user, user % 2 ? "abcdef" : "tuvwxy");
        check_targets(split, c, user, user % 2 ? "g" : "z");
    }
    split_free(split);

    options.protocol = SPLIT_NEWCOMERS;
    split = cut(all, options);
    assert_in_range(split->n_cases, 8, 35);
    for (int32_t c = 0; c < split->n_cases; c++) {
        const int32_t user = split->cases[c].user;
        check_sequence(split->train, user, "");
        check_sequence(split->held_out, user, "");
        check_sequence(split->history, user, "");
        check_targets(split, c, user, user % 2 ? "abcdefg" : "tuvwxyz");
    }
    split_free(split);

    options.protocol = SPLIT_ITEMS;
    options.share = 0.2;
    split = cut(all, options);
    assert_true(split->n_cases > 0);
    for (int32_t i = 0; i < all->n_items; i++) {
        const int64_t *start = split->train->by_item.start;
        if (split->cold[i]) assert_true(start[i] == start[i + 1]);
    }
    for (int32_t c = 0; c < split->n_cases; c++) {
        const struct split_case *asked = &split->cases[c];
        assert_int_equal(asked->n_targets, 1);
        assert_true(split->cold[asked->targets[0]]);
        /* what came after the target is not known */
        for (int64_t e = split->history->sequence[asked->user];
             e < split->history->sequence[asked->user + 1]; e++)
            assert_true(split->history->event_item[e] < asked->targets[0]);
    }
    split_free(split);
    dataset_release(all);
}

static void facts_are_carried_over(void **state)
{
    static const char *const sequences[] = { "abcd", "bcda", NULL };
    const struct dataset *all = report(sequences, true);
    struct split_options options;
    (void)state;

    split_options_init(&options);
    struct split *split = cut(all, options);
    const struct dataset *parts[] = { split->train, split->history };
    for (int p = 0; p < 2; p++) {
        const struct attributes *items = &parts[p]->item_attributes;
        int32_t odd = attributes_find(items, slice_of("kind"), slice_of("odd"));
        int32_t both = attributes_find(items, slice_of("kind"), slice_of("all"));
        assert_true(odd >= 0 && both >= 0);
        assert_int_equal(items->offset[1] - items->offset[0], 2);
        assert_int_equal(parts[p]->user_attributes.values.n, 2);
        assert_int_equal(parts[p]->friend_offset[2], 2);
        assert_int_equal(parts[p]->friends[0], 1);
    }
    for (int32_t v = 0; v < split->train->item_attributes.values.n; v++) {
        struct slice a = names_get(&split->train->item_attributes.values, v);
        struct slice b = names_get(&split->history->item_attributes.values, v);
        assert_true(a.length == b.length && memcmp(a.bytes, b.bytes, a.length) == 0);
    }
    split_free(split);
    dataset_release(all);
}

static void cores(void **state)
{
    /* z is rare; without it u2 has too little; without u2 c is rare; u0 and u1 stay with a, b. */
    static const char *const sequences[] = { "abab", "baba", "cz", "abc", NULL };
    const struct dataset *all = report(sequences, true), *core = dataset_core(all, 2, NULL, NULL);
    (void)state;

    assert_int_equal(core->n_users, 3);
    assert_int_equal(core->n_items, 2);
    check_sequence(core, 2, "ab");
    assert_true(slice_equal(names_get(&core->user_ids, 2), "u3"));
    assert_int_equal(core->user_attributes.values.n, 3);
    dataset_release(core);
    core = dataset_core(all, 100, NULL, NULL);
    assert_int_equal(core->n_users, 0);
    dataset_release(core);
    dataset_release(all);
}

static void it_can_be_cancelled(void **state)
{
    static const char *const sequences[] = { "abcd", NULL };
    const struct dataset *all = report(sequences, true);
    struct progress progress = { 0 };
    struct split_options options;
    struct error error = { 0 };
    (void)state;

    split_options_init(&options);
    progress_cancel(&progress);
    assert_null(split_new(all, &options, &progress, &error));
    assert_int_equal(error.code, ERROR_CANCELLED);
    dataset_release(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leave_last_out),
        cmocka_unit_test(of_weights_one_is_drawn),
        cmocka_unit_test(by_time),
        cmocka_unit_test(by_users_and_items),
        cmocka_unit_test(facts_are_carried_over),
        cmocka_unit_test(cores),
        cmocka_unit_test(it_can_be_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
