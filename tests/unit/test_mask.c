// Pseudonyms are stable, secret and told apart; a shop's phrases turn into those of other profiles.
#include "job/labels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void id_of(const struct pseudonymiser *pseudonymiser, const char *id, char out[16])
{
    struct text text = { 0 };
    pseudonym_id(pseudonymiser, slice_of(id), &text);
    snprintf(out, 16, "%s", text.bytes);
    text_fini(&text);
}

static void the_same_person_has_one_pseudonym(void **state)
{
    const struct pseudonymiser pseudonymiser = { .on = true, .key = { 1, 2 } },
                               other = { .on = true, .key = { 1, 3 } };
    char a[16], b[16], c[16];
    (void)state;
    id_of(&pseudonymiser, "anna@example.org", a);
    id_of(&pseudonymiser, "anna@example.org", b);
    id_of(&other, "anna@example.org", c);
    assert_string_equal(a, b);
    assert_string_not_equal(a, c);
    assert_null(strstr(a, "anna"));
    id_of(&pseudonymiser, "anna@example.orh", c);
    assert_string_not_equal(a, c);
}

static int ascending(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* 100,000 people and 40 bits: two of them alike would be a chance of one in 200. */
static void people_are_told_apart(void **state)
{
    enum { PEOPLE = 100000 };
    const struct pseudonymiser pseudonymiser = { .on = true, .key = { 77, 78 } };
    char(*all)[16] = malloc(PEOPLE * sizeof *all);
    (void)state;
    assert_non_null(all);
    for (int i = 0; i < PEOPLE; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", i);
        id_of(&pseudonymiser, id, all[i]);
    }
    qsort(all, PEOPLE, sizeof *all, ascending);
    for (int i = 1; i < PEOPLE; i++)
        assert_string_not_equal(all[i - 1], all[i]);
    free(all);
}

static void without_a_mask_nothing_changes(void **state)
{
    const struct pseudonymiser off = { .on = false, .key = { 1, 2 } };
    struct text text = { 0 };
    (void)state;
    pseudonym_id(&off, slice_of("u1"), &text);
    pseudonym_id(NULL, slice_of("u2"), &text);
    pseudonym_name(&off, slice_of("u1"), slice_of("Anna"), &text);
    assert_string_equal(text.bytes, "u1u2Anna");
    text_fini(&text);
}

/* `before` ID `after`, masked, is the same with the pseudonym. */
static void is_masked(const struct pseudonymiser *pseudonymiser, const char *before, const char *id,
                      const char *after)
{
    struct text line = { 0 }, wanted = { 0 }, got = { 0 };
    text_format(&line, "%s%s%s", before, id, after);
    text_add_string(&wanted, before);
    pseudonym_id(pseudonymiser, slice_of(id), &wanted);
    text_add_string(&wanted, after);
    pseudonym_scopes(pseudonymiser, (struct slice){ line.bytes, line.length }, &got);
    assert_string_equal(got.bytes, wanted.bytes);
    text_fini(&line);
    text_fini(&wanted);
    text_fini(&got);
}

/* As rules and the audit log name people, and as a prompt does. */
static void texts_name_nobody(void **state)
{
    const struct pseudonymiser pseudonymiser = { .on = true, .key = { 77, 78 } },
                               off = { .on = false, .key = { 77, 78 } };
    struct text text = { 0 }, wanted = { 0 };
    (void)state;
    is_masked(&pseudonymiser, "pin 1 for user=", "u3", " by anna");
    is_masked(&pseudonymiser, "pin 1 for user=\"", "u 3", "\" by anna");
    is_masked(&pseudonymiser, "{\"for\":\"user=", "u 3", "\",\"body\":1}");
    is_masked(&pseudonymiser, "{\"text\":\"for user=\\\"", "u 3", "\\\" by\"}");
    is_masked(&pseudonymiser, "user=", "u3", "");
    is_masked(&off, "pin 1 for user=", "u3", " by anna");
    pseudonym_replace_in(&pseudonymiser, slice_of("3"), slice_of("User 3 wants 3, not 30 or u3"),
                         &text);
    text_add_string(&wanted, "User ");
    pseudonym_id(&pseudonymiser, slice_of("3"), &wanted);
    text_add_string(&wanted, " wants ");
    pseudonym_id(&pseudonymiser, slice_of("3"), &wanted);
    text_add_string(&wanted, ", not 30 or u3");
    assert_string_equal(text.bytes, wanted.bytes);
    text_fini(&text);
    text_fini(&wanted);
}

/* What one of the functions makes of a text. */
typedef void masking(const struct pseudonymiser *pseudonymiser, struct slice text,
                     struct text *out);
static void becomes(masking *make, const struct pseudonymiser *pseudonymiser, const char *text,
                    const char *wanted)
{
    struct text got = { 0 };
    make(pseudonymiser, slice_of(text), &got);
    assert_string_equal(got.bytes, wanted);
    text_fini(&got);
}

/* Why a rule is there is written for colleagues: as rules are written, in JSON, and in JSON within.
 */
static void reasons_are_not_shown(void **state)
{
    const struct pseudonymiser texts = { .on = true, .texts = true, .key = { 77, 78 } },
                               people = { .on = true, .key = { 77, 78 } };
    (void)state;
    becomes(pseudonym_scopes, &texts, "pin 1 by \"bo\" because \"Anna's wish\"",
            "pin 1 by \"•••\" because \"•••\"");
    becomes(pseudonym_scopes, &texts, "{\"author\":\"bo\",\"to\":1}",
            "{\"author\":\"•••\",\"to\":1}");
    becomes(pseudonym_scopes, &texts, "standby \"it\"", "standby \"it\"");
    becomes(pseudonym_rule, &texts, "rule 7: bury × 0.5, \"Anna's wish\" (bo)",
            "rule 7: bury × 0.5, \"•••\" (•••)");
    becomes(pseudonym_rule, &texts, "rule 8: pin at place 1 (bo)", "rule 8: pin at place 1 (•••)");
    becomes(pseudonym_scopes, &texts, "{\"reason\":\"Anna said \\\"no\\\" to it\",\"to\":1}",
            "{\"reason\":\"•••\",\"to\":1}");
    becomes(pseudonym_scopes, &texts,
            "{\"body\":\"{\\\"reason\\\":\\\"Anna \\\\\\\"no\\\\\\\"\\\"}\",\"state\":\"draft\"}",
            "{\"body\":\"{\\\"reason\\\":\\\"•••\\\"}\",\"state\":\"draft\"}");
    becomes(pseudonym_scopes, &texts, "because of it", "because of it");
    becomes(pseudonym_scopes, &people, "because \"of it\"", "because \"of it\"");
    becomes(pseudonym_quoted, &texts, "rule 7: bury × 0.5, \"Anna's \"wish\"\" (bo)",
            "rule 7: bury × 0.5, \"•••\" (bo)");
    becomes(pseudonym_quoted, &texts, "rule 7: pin (bo)", "rule 7: pin (bo)");
    becomes(pseudonym_quoted, &people, "rule 7, \"wish\"", "rule 7, \"wish\"");
}

/* In a shop items are no people; where they are, they are none of the users of the same id. */
static void accounts_are_people(void **state)
{
    const struct pseudonymiser shop = { .on = true, .key = { 77, 78 } },
                               social = { .on = true, .items = true, .key = { 77, 78 } };
    struct text account = { 0 }, user = { 0 }, wanted = { 0 };
    (void)state;
    becomes(pseudonym_item_id, &shop, "i3", "i3");
    becomes(pseudonym_scopes, &shop, "pin 1 where id=i3 title~anna",
            "pin 1 where id=i3 title~anna");
    pseudonym_item_id(&social, slice_of("i3"), &account);
    pseudonym_id(&social, slice_of("i3"), &user);
    assert_string_not_equal(account.bytes, "i3");
    assert_string_not_equal(account.bytes, user.bytes);
    text_format(&wanted, "pin 1 where id=%s|%s title~\"•••\" paid=i3", account.bytes,
                account.bytes);
    becomes(pseudonym_scopes, &social, "pin 1 where id=i3|i3 title~\"anna k\" paid=i3",
            wanted.bytes);
    text_fini(&account);
    text_fini(&user);
    text_fini(&wanted);
}

static void keys_are_kept(void **state)
{
    struct pseudonymiser pseudonymiser = { .on = true, .key = { 0, 0 } }, again = { 0 };
    struct text text = { 0 };
    (void)state;
    pseudonym_generate(&pseudonymiser);
    pseudonym_write(&pseudonymiser, &text);
    assert_true(pseudonym_read(&again, (struct slice){ text.bytes, text.length }));
    assert_memory_equal(pseudonymiser.key, again.key, sizeof pseudonymiser.key);
    assert_false(pseudonym_read(&again, slice_of("0123")));
    assert_false(pseudonym_read(&again, slice_of("0123456789abcdef0123456789abcdeg")));
    text_fini(&text);
}

/* The SipHash-2-4 of no bytes under the key 00 01 … 0f is 0x726fdb47dd0e0e31 (Aumasson, Bernstein,
 * appendix A's key; the first of the reference vectors): its lowest 40 bits, five at a time. */
static void the_hash_is_siphash(void **state)
{
    static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    const struct pseudonymiser pseudonymiser = {
        .on = true, .key = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 }
    };
    uint64_t bits = 0x726fdb47dd0e0e31;
    char wanted[16] = "P", got[16];
    (void)state;
    for (int i = 1; i < 9; i++, bits >>= 5)
        wanted[i] = letters[bits & 31];
    id_of(&pseudonymiser, "", got);
    assert_string_equal(got, wanted);
}

static void say(const char *profile, const char *phrase, const char *wanted)
{
    struct text text = { 0 };
    words_say(words_of(profile), phrase, &text);
    assert_string_equal(text.bytes, wanted);
    text_fini(&text);
}

static void phrases_follow_the_profile(void **state)
{
    (void)state;
    say("shop", "BUYERS OF BOTH", "BUYERS OF BOTH");
    say("news", "BUYERS OF BOTH", "READERS OF BOTH");
    say("video", "Last purchases", "Last viewings");
    say("music", "never bought (cold)", "never listened to (cold)");
    say("social", "Buyers", "Followers");
    say("news", "overbought purchased", "overbought purchased"); /* whole words alone */
    say("nowhere", "one purchase", "one purchase");
}

static void filters(const char *profile, const char *filter, const char *wanted)
{
    struct text text = { 0 };
    words_filter(words_of(profile), "type", slice_of(filter), &text);
    assert_string_equal(text.bytes, wanted);
    text_fini(&text);
}

/* Types of events are shown, and filtered, in the words of the profile. */
static void types_have_words(void **state)
{
    static const char *const wanted[][3] = {
        { "shop", "purchase", "bought" },   { "news", "purchase", "read" },
        { "video", "purchase", "watched" }, { "video", "rating", "rated" },
        { "music", "weight", "listened" },  { "social", "purchase", "followed" },
        { "shop", "gift", "gift" }
    };
    (void)state;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct text text = { 0 };
        words_type(words_of(wanted[i][0]), slice_of(wanted[i][1]), &text);
        assert_string_equal(text.bytes, wanted[i][2]);
        text_fini(&text);
    }
    filters("news", "user=3 type=Read item=4", "user=3 type=purchase item=4");
    filters("shop", "type!=\"in cart\"", "type!=cart");
    filters("shop", "type=view \"a type=bought\" type~bou type",
            "type=view \"a type=bought\" type~bou type");
}

/* A receipt in the words of a music service, its people masked. */
static void labels_have_a_style(void **state)
{
    const struct pseudonymiser pseudonymiser = { .on = true, .key = { 5, 6 } };
    const struct label_style style = { words_of("music"), &pseudonymiser };
    struct error error = { 0 };
    struct text text = { 0 }, who = { 0 };
    (void)state;
    pseudonym_id(&pseudonymiser, slice_of("?"), &who);
    struct receipt *node = receipt_new(RECEIPT_BUYER, -1, -1, 1, &error);
    assert_non_null(node);
    struct dataset empty = { 0 };
    label_receipt(&style, &empty, node, &text);
    assert_true(strncmp(text.bytes, "listener ", 9) == 0);
    assert_non_null(strstr(text.bytes, who.bytes));
    receipt_free(node);
    text_fini(&text);
    text_fini(&who);
}

static void curves_are_read_from_facts(void **state)
{
    double values[4];
    (void)state;
    assert_int_equal(label_curve("{\"loss\":[0.5,null,0.25],\"n\":1}", "loss", values, 4), 2);
    assert_true(values[0] == 0.5 && values[1] == 0.25);
    assert_int_equal(label_curve("{\"loss\":[1,2,3,4,5]}", "loss", values, 4), 4);
    assert_int_equal(label_curve("{}", "loss", values, 4), 0);
    assert_int_equal(label_curve("{\"loss\":3}", "loss", values, 4), 0);
    assert_int_equal(label_curve("not JSON", "loss", values, 4), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_person_has_one_pseudonym),
        cmocka_unit_test(people_are_told_apart),
        cmocka_unit_test(without_a_mask_nothing_changes),
        cmocka_unit_test(texts_name_nobody),
        cmocka_unit_test(reasons_are_not_shown),
        cmocka_unit_test(accounts_are_people),
        cmocka_unit_test(types_have_words),
        cmocka_unit_test(keys_are_kept),
        cmocka_unit_test(the_hash_is_siphash),
        cmocka_unit_test(phrases_follow_the_profile),
        cmocka_unit_test(labels_have_a_style),
        cmocka_unit_test(curves_are_read_from_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
