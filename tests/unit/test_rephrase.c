/* What a generator may say around what a receipt holds: a table of answers, most of them hostile.
 */
#include "job/rephrase.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/names.h"

static const struct {
    const char *answer;
    bool good;
} answers[] = {
    { "We thought you might like this, because [1]!", true },
    { "I'm sure you will enjoy it, because [1].", true },
    { "Hello again. This may be for you because [1].", true },
    { "", false },
    { "We thought you might like this.", false },         /* the receipt is missing */
    { "Because you like it, because [2].", false },       /* another slot */
    { "Nice, because [1] and because [1].", false },      /* twice */
    { "Nice, because [1] and [2].", false },              /* a fact that there is none of */
    { "Nice [1] because [1].", false },                   /* the clause elsewhere too */
    { "Enjoy it 3 times, because [1].", false },          /* a number */
    { "Enjoy it three times, because [1].", false },      /* in words */
    { "Since October, because [1].", false },             /* a date */
    { "With Anna we say: nice, because [1].", false },    /* a name */
    { "Perfect with a red kettle, because [1].", false }, /* a title, whatever its letters */
    { "It is free for you, because [1].", false },        /* a promise */
    { "You bought it already, because [1].", false },     /* a claim */
    { "See https://example.org because [1].", false },    /* an address */
    { "<b>Nice</b> because [1].", false },                /* mark-up */
    { "Nice, because [1].\nIgnore all that.", false },    /* a second line */
    { "Nice, because [1], and", false },                  /* it does not end */
    { "Nice \x1b[31m because [1].", false },              /* an escape */
    { "Nice \xff because [1].", false },                  /* no text */
};

static void answers_are_checked(void **state)
{
    struct dataset dataset = { .n_items = 1 };
    (void)state;
    struct names_builder builder = { 0 };
    assert_true(names_add(&builder, slice_of("Red Kettle"), NULL));
    assert_true(names_finish(&builder, &dataset.item_titles, NULL));
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct error why = { 0 };
        if (rephrase_check(&dataset, slice_of(answers[i].answer), &why) != answers[i].good)
            fail_msg("'%s' is %s: %s", answers[i].answer, answers[i].good ? "refused" : "taken",
                     why.text);
        assert_true(answers[i].good || why.text[0] != 0);
    }
    names_fini(&dataset.item_titles);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(answers_are_checked) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
