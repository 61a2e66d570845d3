/* questions WORKSPACE SHOPPERS SEED MODEL OTHER: asks every question that is not why or why not, by
 * the command line, of so many shoppers and two models, and holds each answer against the lists
 * themselves. TAP without a plan. AISLE is the program. */
#include <aisle/rng.h>

#include "../support/command.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH = 10 };

static bool broken;

static void report(bool good, const char *what, const char *of)
{
    printf("%s - %s: %s\n", good ? "ok" : "not ok", what, of);
    broken |= !good;
}

struct asked {
    const char *workspace, *model, *other;
    const json_t *users;
    struct rng rng;
};

static json_t *list_of(const struct asked *asked, const char *user, const char *model)
{
    return command_ask(asked->workspace, "recommend", user, "-m", model, NULL);
}

/* The place of an item in a list; 0 = none. */
static int place_in(const json_t *list, const char *item)
{
    return json_int_of(json_row_of(json_object_get(list, "items"), "item", item), "rank");
}

/* Somebody with history whose list is full. */
static const char *drawn_user(struct asked *asked)
{
    for (int tries = 0; tries < 50; tries++) {
        const json_t *user = json_array_get(
            asked->users, rng_below(&asked->rng, (uint32_t)json_array_size(asked->users)));
        const char *id = json_text_of(user, "id");
        if (json_int_of(user, "orders") < 5) continue;
        json_t *list = list_of(asked, id, asked->model);
        const bool full = json_array_size(json_object_get(list, "items")) == LENGTH;
        json_decref(list);
        if (full) return id;
    }
    printf("Bail out! nobody has a full list\n");
    exit(1);
}

/* ------------------------------------------------------------------------------ one shopper's */

/* Without the purchases that are named the item is gone, and what comes instead is there. */
static bool because_holds(const struct asked *asked, const char *user, const char *item)
{
    enum { SHOWN = 8 };
    const char *word[2 * SHOWN] = { NULL };
    json_t *because =
        command_ask(asked->workspace, "because", user, item, "-m", asked->model, NULL);
    const json_t *without = json_object_get(because, "without");
    const size_t n = json_array_size(without);
    bool good = json_int_of(because, "lists_made") > 0 && json_int_of(because, "rank") > 0;
    for (size_t w = 0; w < n && w < SHOWN; w++) {
        word[2 * w] = "--without";
        word[2 * w + 1] = json_text_of(json_array_get(without, w), "item");
    }
    if (json_is_true(json_object_get(because, "found")) && n <= SHOWN) {
        json_t *list =
            command_ask(asked->workspace, "recommend", user, "-m", asked->model, word[0], word[1],
                        word[2], word[3], word[4], word[5], word[6], word[7], word[8], word[9],
                        word[10], word[11], word[12], word[13], word[14], word[15], NULL);
        good = good && n > 0 && place_in(list, item) == 0;
        json_decref(list);
    }
    json_decref(because);
    return good;
}

/* One purchase more: it leaves the list, which stays full, and its receipts add up. */
static bool what_if_holds(const struct asked *asked, const char *user, const char *item)
{
    json_t *list =
        command_ask(asked->workspace, "recommend", user, "-m", asked->model, "--with", item, NULL);
    const json_t *row = json_array_get(json_object_get(list, "items"), 0);
    json_t *why = command_ask(asked->workspace, "explain", user, json_text_of(row, "item"), "-m",
                              asked->model, "--with", item, NULL);
    const bool good = place_in(list, item) == 0 && row && json_int_of(why, "rank") == 1 &&
                      is_near(json_real_of(why, "score"), json_real_of(row, "score")) &&
                      json_real_of(why, "residual") <= 1e-6 * fabs(json_real_of(row, "score"));
    json_decref(why);
    json_decref(list);
    return good;
}

/* Every row stands where either list has it. */
static bool compare_holds(const struct asked *asked, const char *user)
{
    json_t *a = list_of(asked, user, asked->model), *b = list_of(asked, user, asked->other);
    json_t *both =
        command_ask(asked->workspace, "compare", user, asked->other, "-m", asked->model, NULL);
    const json_t *rows = json_object_get(both, "rows");
    size_t in_b = 0, common = 0;
    bool good = true;
    for (size_t r = 0; r < json_array_size(rows); r++) {
        const json_t *row = json_array_get(rows, r);
        const int rank_a = json_int_of(row, "rank_a"), rank_b = json_int_of(row, "rank_b");
        good = good && rank_a == place_in(a, json_text_of(row, "item")) &&
               rank_b == place_in(b, json_text_of(row, "item"));
        in_b += rank_b > 0;
        common += rank_a > 0 && rank_b > 0;
    }
    good = good && in_b == json_array_size(json_object_get(b, "items")) &&
           is_near(json_real_of(both, "overlap"), (double)common / LENGTH);
    json_decref(both);
    json_decref(b);
    json_decref(a);
    return good;
}

/* ------------------------------------------------------------------------------------ everybody's
 */

static void run_of(const struct asked *asked, const char *model, char text[32])
{
    json_t *answer = command_ask(asked->workspace, "runs", NULL);
    const json_t *row = json_row_of(json_object_get(answer, "runs"), "model", model);
    snprintf(text, 32, "%d", json_int_of(row, "run"));
    json_decref(answer);
}

/* Nothing but the model is another: it moved every list that changed, and one list of them as its
 * own two say. */
static bool diff_holds(const struct asked *asked, const char *user)
{
    char then[32], now[32];
    run_of(asked, asked->other, then);
    run_of(asked, asked->model, now);
    json_t *all = command_ask(asked->workspace, "diff", then, now, NULL),
           *one = command_ask(asked->workspace, "diff", then, now, "--user", user, NULL),
           *before = list_of(asked, user, asked->other),
           *after = list_of(asked, user, asked->model);
    const json_t *rows = json_object_get(one, "rows"), *by = json_object_get(all, "by");
    const int changed = json_int_of(all, "lists_changed");
    bool good = json_int_of(all, "users_asked") == json_int_of(all, "users") && changed > 0 &&
                json_int_of(by, "model") == changed && json_int_of(by, "events") == 0 &&
                json_int_of(by, "rules") == 0 && json_array_size(rows) > 0;
    for (size_t r = 0; r < json_array_size(rows); r++) {
        const json_t *row = json_array_get(rows, r);
        const char *item = json_text_of(row, "item");
        good = good && json_int_of(row, "then") == place_in(before, item) &&
               json_int_of(row, "now") == place_in(after, item);
    }
    json_decref(after);
    json_decref(before);
    json_decref(one);
    json_decref(all);
    return good;
}

static int sum_of(const json_t *array, const char *key)
{
    int sum = 0;
    for (size_t at = 0; at < json_array_size(array); at++) {
        const json_t *value = json_array_get(array, at);
        sum += (int)json_integer_value(key ? json_object_get(value, key) : value);
    }
    return sum;
}

/* Reasons are told of the commonest only. What is shown most is in as many lists as its audience
 * counts, each of them at the place it says.
 */
static bool audience_holds(const struct asked *asked)
{
    json_t *shown = command_ask(asked->workspace, "exposure", "-m", asked->model, NULL);
    const json_t *max = json_array_get(json_object_get(shown, "rows"), 0);
    const char *item = json_text_of(max, "item");
    json_t *audience = command_ask(asked->workspace, "audience", item, "-m", asked->model, NULL);
    const json_t *members = json_object_get(audience, "members"),
                 *member = json_array_get(members, json_array_size(members) / 2);
    const int getting = json_int_of(audience, "getting");
    json_t *list = list_of(asked, json_text_of(member, "user"), asked->model);
    const bool good =
        getting > 0 && getting == json_int_of(max, "lists") &&
        getting == sum_of(json_object_get(audience, "at_rank"), NULL) &&
        getting >= sum_of(json_object_get(audience, "reasons"), "users") &&
        json_int_of(member, "rank") == place_in(list, item) &&
        json_int_of(shown, "shown") + json_int_of(shown, "never") == json_int_of(shown, "items");
    json_decref(list);
    json_decref(audience);
    json_decref(shown);
    return good;
}

/* ---------------------------------------------------------------------------------------- likeness
 */

static bool descends(const json_t *rows, const char *key)
{
    for (size_t r = 1; r < json_array_size(rows); r++)
        if (json_real_of(json_array_get(rows, r), key) >
            json_real_of(json_array_get(rows, r - 1), key))
            return false;
    return true;
}

static bool likeness_holds(const struct asked *asked, const char *user, const char *item)
{
    json_t *items = command_ask(asked->workspace, "similar", item, NULL),
           *people = command_ask(asked->workspace, "neighbors", user, NULL);
    const bool good = descends(json_object_get(items, "similar"), "similarity") &&
                      descends(json_object_get(people, "neighbors"), "similarity");
    json_decref(people);
    json_decref(items);
    return good;
}

/* A suggestion is nobody who is a friend already. Somebody without friends gets none. */
static bool friends_hold(const struct asked *asked, const char *user)
{
    json_t *friends = command_ask(asked->workspace, "friends", user, NULL),
           *more = command_ask(asked->workspace, "friends", user, "--suggest", NULL);
    const json_t *are = json_object_get(friends, "friends"),
                 *could_be = json_object_get(more, "suggestions");
    bool good = json_array_size(are) == 0 || descends(are, "similarity");
    for (size_t at = 0; at < json_array_size(could_be); at++)
        good =
            good && !json_row_of(are, "user", json_text_of(json_array_get(could_be, at), "user"));
    json_decref(more);
    json_decref(friends);
    return good;
}

int main(int argc, char **argv)
{
    if (argc < 6 || !getenv("AISLE")) {
        fprintf(stderr, "usage: AISLE=... questions WORKSPACE SHOPPERS SEED MODEL OTHER\n");
        return 2;
    }
    struct asked asked = { .workspace = argv[1], .model = argv[4], .other = argv[5] };
    rng_init(&asked.rng, (uint64_t)strtoull(argv[3], NULL, 10));
    json_t *users = command_ask(argv[1], "users", "-n", "1000000", NULL);
    const int shoppers = atoi(argv[2]);
    asked.users = json_object_get(users, "users");
    for (int s = 0; s < shoppers; s++) {
        const char *user = drawn_user(&asked);
        json_t *list = list_of(&asked, user, asked.model);
        const char *item = json_text_of(
            json_array_get(json_object_get(list, "items"), (size_t)(s * 3 % LENGTH)), "item");
        report(because_holds(&asked, user, item), "because", user);
        report(what_if_holds(&asked, user, item), "what if", user);
        report(compare_holds(&asked, user), "compare", user);
        report(likeness_holds(&asked, user, item), "similar, neighbors", user);
        report(friends_hold(&asked, user), "friends", user);
        if (s == 0) report(diff_holds(&asked, user), "diff", user);
        json_decref(list);
    }
    report(audience_holds(&asked), "audience, exposure", asked.model);
    json_decref(users);
    return broken;
}
