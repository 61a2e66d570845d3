/* answers WORKSPACE PAIRS SEED MODEL...: draws pairs of a user and an item and asks the program, by
 * its command line, why or why not; every part is added up from the printed numbers, and what an
 * answer promises is done and looked at. Prints TAP without a plan, one case a promise, and figures
 * as remarks.
 *
 * AISLE is the program. Rules that are tried are deleted again. */
#include <aisle/rng.h>

#include "../support/command.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH = 10, FARTHEST = 100000 };

/* One case of the test: what was promised, how often it was looked at, how often it was broken. */
struct promise {
    const char *what;
    int kept, broken;
};

enum {
    ADDS_UP,
    RESIDUAL,
    RANKS,
    SCORES,
    STAGE,
    BOOST,
    LESS_BOOST,
    PURCHASE,
    AGAINST,
    PIN,
    WITHOUT,
    SOMETHING,
    PROMISES
};

static struct promise promises[PROMISES] = {
    [ADDS_UP] = { .what = "every part of a receipt is the sum of what it opens to" },
    [RESIDUAL] = { .what = "the residual that is printed is nothing" },
    [RANKS] = { .what = "explain, whynot and the list give the same place" },
    [SCORES] = { .what = "explain, whynot and the list give the same score" },
    [STAGE] = { .what = "the stage that stopped the item is named, and no other" },
    [BOOST] = { .what = "the boost that whynot names brings the item in" },
    [LESS_BOOST] = { .what = "a smaller boost does not" },
    [PURCHASE] = { .what = "the purchase that whynot names puts the item where it says" },
    [AGAINST] = { .what = "without what speaks against it the item stands where whynot says" },
    [PIN] = { .what = "where neither a boost nor a purchase does, the pin brings the item in" },
    [WITHOUT] = { .what = "where a rule leaves it out, it stands where whynot says without rules" },
    [SOMETHING] = { .what = "something is named that would bring a scored item in" },
};

struct pair {
    const char *workspace, *user, *item, *model;
    bool
        diverse; /* the settings rearrange lists: only places in them count, no ranks behind them */
};

__attribute__((format(printf, 4, 5))) static void judge(const struct pair *pair, int promise,
                                                        bool kept, const char *format, ...)
{
    va_list arguments;
    promises[promise].kept += kept;
    promises[promise].broken += !kept;
    if (kept || promises[promise].broken > 10) return;
    printf("# user %s, item %s, %s: ", pair->user, pair->item, pair->model);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

/* ---------------------------------------------------------------------------------------- lists */

static const json_t *row_of(const json_t *list, const char *item)
{
    return json_row_of(json_object_get(list, "items"), "item", item);
}

/* Where the item stands in the list that is made with one option more; 0 = it does not. */
static int place_with(const struct pair *pair, int length, const char *option, const char *value)
{
    char n[16];
    snprintf(n, sizeof n, "%d", length);
    json_t *list = command_ask(pair->workspace, "recommend", pair->user, "-m", pair->model, "-n", n,
                               option, value, NULL);
    const json_t *row = row_of(list, pair->item);
    const int place = row ? json_int_of(row, "rank") : 0;
    json_decref(list);
    return place;
}

/* Whether a change puts the item where an answer said. */
static void check_place(const struct pair *pair, int promise, const char *option, const char *value,
                        int said)
{
    const bool in_list = said > 0 && said <= LENGTH;
    const bool far = !in_list && !pair->diverse;
    const int wanted = in_list || far ? said : 0;
    const int place = place_with(pair, far ? FARTHEST : LENGTH, option, value);
    judge(pair, promise, place == wanted, "%s %s puts it at %d, not %d", option, value, place,
          wanted);
}

/* ------------------------------------------------------------------------------------ receipts */

/* Parts that cancel are held to the largest of them; the smallest floats have few digits. */
static void add_up(const struct pair *pair, const json_t *node)
{
    double sum = 0, size = fabs(json_real_of(node, "value"));
    size_t at;
    json_t *child;
    const json_t *children = json_object_get(node, "children");
    if (json_array_size(children) == 0) return;
    json_array_foreach(children, at, child)
    {
        sum += json_real_of(child, "value");
        size = fmax(size, fabs(json_real_of(child, "value")));
        add_up(pair, child);
    }
    judge(pair, ADDS_UP, fabs(sum - json_real_of(node, "value")) <= 1e-6 * size + 1e-30,
          "%s is %.12g, its parts %.12g", json_text_of(node, "label"), json_real_of(node, "value"),
          sum);
}

/* The receipt adds up, and says what the list says. */
static json_t *check_why(const struct pair *pair, bool all, const json_t *list)
{
    json_t *why = command_ask(pair->workspace, "explain", pair->user, pair->item, "-m", pair->model,
                              all ? "--all" : NULL, NULL);
    const json_t *receipt = json_object_get(why, "receipt"), *row = row_of(list, pair->item);
    const double score = json_real_of(why, "score");
    const int rank = json_int_of(why, "rank");
    add_up(pair, receipt);
    judge(pair, ADDS_UP, is_near(json_real_of(receipt, "value"), score),
          "the receipt is %.12g, the score %.12g", json_real_of(receipt, "value"), score);
    judge(pair, RESIDUAL, json_real_of(why, "residual") <= 1e-6 * fmax(1, fabs(score)),
          "residual %g of %g", json_real_of(why, "residual"), score);
    judge(pair, RANKS, (row ? json_int_of(row, "rank") : 0) == (rank <= LENGTH ? rank : 0),
          "explain says rank %d", rank);
    if (row)
        judge(pair, SCORES, is_near(json_real_of(row, "score"), score),
              "%.12g in the list, %.12g explained", json_real_of(row, "score"), score);
    return why;
}

/* ------------------------------------------------------------------------------------- why not */

static const char *stopping_stage(const char *status)
{
    static const char *const stages[][2] = {
        { "listed", "list" },       { "unscored", "model" },  { "bought", "bought" },
        { "unavailable", "stock" }, { "ruled_out", "rules" }, { "crowded_out", "diversity" }
    };
    for (size_t s = 0; s < sizeof stages / sizeof *stages; s++)
        if (strcmp(stages[s][0], status) == 0) return stages[s][1];
    return "?";
}

/* Of the stages behind the models only the one that the fate names stopped it, and the list, which
 * is where everything ends. */
static void check_stages(const struct pair *pair, const json_t *whynot)
{
    size_t at;
    json_t *line;
    const char *status = json_text_of(whynot, "fate");
    const char *wanted = stopping_stage(status);
    const bool in_list = json_is_true(json_object_get(whynot, "in_list"));
    bool named = false, other = false;
    json_array_foreach(json_object_get(whynot, "stages"), at, line)
    {
        const char *stage = json_text_of(line, "stage");
        const bool fell = json_is_false(json_object_get(line, "passed"));
        if (at < json_array_size(json_object_get(whynot, "models"))) {
            named |= fell && strcmp(wanted, "model") == 0 && strcmp(stage, pair->model) == 0;
            continue;
        }
        named |= fell && strcmp(stage, wanted) == 0;
        other |= fell && strcmp(stage, wanted) != 0 && strcmp(stage, "list") != 0 && *stage &&
                 strcmp(stage, "rules") != 0; /* a rule that buries did its part too */
    }
    judge(pair, STAGE, (in_list ? !named : named) && !other, "%s: stage %s %s", status, wanted,
          other ? "is not the only one" : "is not named");
}

/* The item's place while a rule of this user's own is published. */
static int place_by_rule(const struct pair *pair, const char *action, double amount)
{
    char rule[600], id[32];
    snprintf(rule, sizeof rule, "%s %.12g where id=\"%s\" for user=\"%s\" by test", action, amount,
             pair->item, pair->user);
    json_t *answer = command_ask(pair->workspace, "rules", "add", rule, NULL);
    snprintf(id, sizeof id, "%lld", (long long)json_integer_value(json_object_get(answer, "rule")));
    json_decref(answer);
    json_decref(command_ask(pair->workspace, "rules", "publish", id, NULL));
    const int place = place_with(pair, LENGTH, NULL, NULL);
    json_decref(command_ask(pair->workspace, "rules", "delete", id, NULL));
    return place;
}

static void check_boost(const struct pair *pair, double boost)
{
    int place = place_by_rule(pair, "boost", boost);
    judge(pair, BOOST, place > 0, "a boost of %.12g does not bring it in", boost);
    const double less = 1 + (boost - 1) * 0.99;
    if (less < boost * (1 - 2e-3)) {
        place = place_by_rule(pair, "boost", less);
        judge(pair, LESS_BOOST, place == 0, "a boost of %.12g does too (%.12g)", less, boost);
    }
}

static void check_without_rules(const struct pair *pair, int said)
{
    json_t *both = command_ask(pair->workspace, "compare", pair->user, "rules", "off", "-m",
                               pair->model, NULL);
    const int place =
        json_int_of(json_row_of(json_object_get(both, "rows"), "item", pair->item), "rank_b");
    judge(pair, WITHOUT, place == (said <= LENGTH ? said : 0), "at %d without rules, not %d", place,
          said);
    json_decref(both);
}

static void check_remedies(const struct pair *pair, const json_t *whynot)
{
    const json_t *recourse = json_object_get(whynot, "remedy");
    const json_t *purchase = json_object_get(recourse, "purchase");
    const double boost = json_real_of(recourse, "boost"), pin = json_real_of(recourse, "pin");
    const char *status = json_text_of(whynot, "fate");
    const int then = json_int_of(purchase, "rank");
    const bool scored = strcmp(status, "listed") == 0 || strcmp(status, "unscored") == 0 ||
                        strcmp(status, "crowded_out") == 0;
    if (!isnan(boost)) check_boost(pair, boost);
    if (then > 0) check_place(pair, PURCHASE, "--with", json_text_of(purchase, "item"), then);
    if (!isnan(pin)) {
        const int place = place_by_rule(pair, "pin", pin);
        judge(pair, PIN, place == (int)pin, "the pin at %g puts it at %d", pin, place);
    }
    if (strcmp(status, "ruled_out") == 0)
        check_without_rules(pair, json_int_of(recourse, "without_rules"));
    if (scored && !json_is_true(json_object_get(whynot, "in_list")))
        judge(pair, SOMETHING, !isnan(boost) || (then > 0 && then <= LENGTH) || !isnan(pin),
              "%s, and nothing helps", status);
    const json_t *against = json_array_get(json_object_get(whynot, "against"), 0);
    if (against)
        check_place(pair, AGAINST, "--without", json_text_of(against, "item"),
                    json_int_of(against, "rank"));
}

static void check_whynot(const struct pair *pair, const json_t *why)
{
    json_t *whynot =
        command_ask(pair->workspace, "whynot", pair->user, pair->item, "-m", pair->model, NULL);
    const double score = json_real_of(why, "score"), said = json_real_of(whynot, "score");
    judge(pair, RANKS, json_int_of(why, "rank") == json_int_of(whynot, "rank"),
          "explain says rank %d, whynot %d", json_int_of(why, "rank"), json_int_of(whynot, "rank"));
    judge(pair, SCORES, isnan(said) ? score == 0 : is_near(score, said),
          "%.12g explained, whynot %.12g", score, said);
    check_stages(pair, whynot);
    check_remedies(pair, whynot);
    json_decref(whynot);
}

/* ---------------------------------------------------------------------------------------- pairs */

static const char *drawn(json_t *ids, const char *key, struct rng *rng)
{
    const json_t *all = json_object_get(ids, key);
    const json_t *one = json_array_get(all, rng_below(rng, (uint32_t)json_array_size(all)));
    return json_text_of(one, "id");
}

/* Every fourth pair is a row of the user's list, the others any item. */
static void check_pair(struct pair *pair, int p, json_t *users, json_t *items, struct rng *rng)
{
    pair->user = drawn(users, "users", rng);
    pair->item = drawn(items, "items", rng);
    json_t *list = command_ask(pair->workspace, "recommend", pair->user, "-m", pair->model, NULL);
    const json_t *rows = json_object_get(list, "items");
    if (p % 4 == 3 && json_array_size(rows) > 0)
        pair->item = json_string_value(json_object_get(
            json_array_get(rows, rng_below(rng, (uint32_t)json_array_size(rows))), "item"));
    json_t *why = check_why(pair, p % 2 == 1, list);
    check_whynot(pair, why);
    json_decref(why);
    json_decref(list);
}

static bool is_diverse(const char *workspace)
{
    json_t *answer = command_ask(workspace, "rules", "settings", NULL);
    const json_t *settings = json_object_get(answer, "settings");
    const bool diverse = strcmp(json_text_of(settings, "mmr"), "0") != 0 ||
                         strcmp(json_text_of(settings, "cap"), "0") != 0;
    json_decref(answer);
    return diverse;
}

int main(int argc, char **argv)
{
    struct rng rng;
    bool broken = false;
    if (argc < 5 || !getenv("AISLE")) {
        fprintf(stderr, "usage: AISLE=... answers WORKSPACE PAIRS SEED MODEL...\n");
        return 2;
    }
    const int pairs = atoi(argv[2]);
    rng_init(&rng, (uint64_t)strtoull(argv[3], NULL, 10));
    json_t *users = command_ask(argv[1], "users", "-n", "1000000", NULL),
           *items = command_ask(argv[1], "items", "-n", "1000000", NULL);
    const bool diverse = is_diverse(argv[1]);
    for (int p = 0; p < pairs; p++) {
        struct pair pair = { argv[1], NULL, NULL, argv[4 + p % (argc - 4)], diverse };
        check_pair(&pair, p, users, items, &rng);
    }
    json_decref(users);
    json_decref(items);
    for (int i = 0; i < PROMISES; i++) {
        const struct promise *promise = &promises[i];
        broken |= promise->broken > 0;
        printf("%s - %s\n# %d of %d\n", promise->broken ? "not ok" : "ok", promise->what,
               promise->kept, promise->kept + promise->broken);
    }
    return broken;
}
