/* Random numbers: the published generator, the same streams everywhere, fair shapes. */
#include <aisle/rng.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The recurrence as it is published, written out once more. */
static void equals_the_published_generator(void **state)
{
    struct rng rng = { { 1, 2, 3, 4 } };
    (void)state;

    assert_true(rng_next(&rng) == 11520);
    assert_true(rng_next(&rng) == 0);
    assert_true(rng_next(&rng) == 1509978240);
    assert_true(rng_next(&rng) == UINT64_C(1215971899390074240));
    rng_init(&rng, 0); /* splitmix64 from 0 */
    assert_true(rng.state[0] == UINT64_C(0xE220A8397B1DCDAF));
    assert_true(rng.state[1] == UINT64_C(0x6E789E6AA1B965F4));
}

static void streams_differ_and_repeat(void **state)
{
    struct rng a, b;
    (void)state;

    for (uint64_t stream = 0; stream < 100; stream++) {
        rng_init_stream(&a, 7, stream);
        rng_init_stream(&b, 7, stream);
        uint64_t first = rng_next(&a);
        assert_true(first == rng_next(&b));
        rng_init_stream(&b, 7, stream + 1);
        assert_true(first != rng_next(&b));
        rng_init_stream(&b, 8, stream);
        assert_true(first != rng_next(&b));
    }
}

static void bounds_hold_evenly(void **state)
{
    struct rng rng;
    int count[7] = { 0 };
    (void)state;

    rng_init(&rng, 3);
    for (int i = 0; i < 70000; i++)
        count[rng_below(&rng, 7)]++;
    for (int i = 0; i < 7; i++)
        assert_true(count[i] > 9600 && count[i] < 10400);
    for (int i = 0; i < 100; i++)
        assert_int_equal(rng_below(&rng, 1), 0);
    for (int i = 0; i < 1000; i++)
        assert_true(rng_below(&rng, UINT32_MAX) < UINT32_MAX);
}

/* Every order of three comes as often as any other, and nothing is lost. */
static void shuffles_are_fair(void **state)
{
    enum { TIMES = 60000 };
    int seen[27] = { 0 };
    struct rng rng;
    (void)state;

    rng_init(&rng, 5);
    for (int t = 0; t < TIMES; t++) {
        int32_t values[3] = { 0, 1, 2 };
        rng_shuffle(&rng, values, 3);
        assert_int_equal(values[0] + values[1] + values[2], 3);
        seen[values[0] * 9 + values[1] * 3 + values[2]]++;
    }
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++)
            if (a != b) assert_in_range(seen[a * 9 + b * 3 + 3 - a - b], 9600, 10400);
    rng_shuffle(&rng, NULL, 0);
}

static void moments_are_right(void **state)
{
    enum { N = 400000 };
    struct rng rng;
    double sum = 0, square = 0, unit = 0, wait = 0;
    (void)state;

    rng_init(&rng, 4);
    for (int i = 0; i < N; i++) {
        double x = rng_normal(&rng), u = rng_unit(&rng), e = rng_exponential(&rng, 3);
        assert_true(u >= 0 && u < 1 && e >= 0 && isfinite(e));
        sum += x;
        square += x * x;
        unit += u;
        wait += e;
    }
    assert_true(fabs(sum / N) < 0.01);
    assert_true(fabs(square / N - 1) < 0.02);
    assert_true(fabs(unit / N - 0.5) < 0.005);
    assert_true(fabs(wait / N - 3) < 0.03);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_published_generator),
        cmocka_unit_test(streams_differ_and_repeat),
        cmocka_unit_test(bounds_hold_evenly),
        cmocka_unit_test(shuffles_are_fair),
        cmocka_unit_test(moments_are_right),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
