/* negatives.c - items that did not come next: a shared sample for the softmax, one by one for
 * pairs.
 */
#include "trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A table for drawing items by their frequency to the power 3/4 in constant time (Walker's alias
 * method, in Vose's form). */
static bool make_alias(struct trainer *trainer, const struct sequences *sequences)
{
    const int32_t n = trainer->settings.shape.n_items - 1;
    double *chance = calloc((size_t)n + 1, sizeof *chance), sum = 0;
    double *frequency = malloc(((size_t)n + 1) * sizeof *frequency);
    int32_t *alias = malloc(((size_t)n + 1) * sizeof *alias);
    int32_t *work = malloc(((size_t)n + 1) * sizeof *work);
    int32_t small = 0, large = n;

    trainer->alias_chance = chance;
    trainer->alias = alias;
    trainer->frequency = frequency;
    if (!chance || !frequency || !alias || !work) {
        free(work);
        return false;
    }
    for (int64_t e = 0; e < sequences->start[sequences->n]; e++)
        chance[sequences->item[e]]++;
    for (int32_t i = 0; i < n; i++)
        sum += chance[i] = pow(chance[i] + 1, 0.75);
    for (int32_t i = 0; i < n; i++) { /* small ones from the left, large ones from the right */
        frequency[i] = chance[i] / sum;
        chance[i] *= n / sum;
        alias[i] = i;
        work[chance[i] < 1 ? small++ : --large] = i;
    }
    for (int32_t s = 0; s < small && large < n;) {
        const int32_t low = work[s++], high = work[large];
        alias[low] = high;
        chance[high] -= 1 - chance[low];
        if (chance[high] < 1) {
            work[--s] = high;
            large++;
        }
    }
    free(work);
    return true;
}

bool negatives_init(struct trainer *trainer, const struct sequences *sequences)
{
    return trainer->settings.loss == LOSS_SOFTMAX || trainer->settings.draw == NEGATIVES_UNIFORM ||
           make_alias(trainer, sequences);
}

int32_t negatives_sample(struct trainer *trainer, struct rng *rng)
{
    const int32_t n = trainer->settings.shape.n_items - 1;
    const int32_t i = (int32_t)rng_below(rng, (uint32_t)n);

    if (!trainer->alias) return i;
    return rng_unit(rng) < trainer->alias_chance[i] ? i : trainer->alias[i];
}

/* Until enough different items were drawn. The chance of an item to be among them is estimated by
 * that of as many draws as were needed. */
void negatives_draw(struct trainer *trainer, struct rng *rng)
{
    const int32_t wanted = trainer->cut.candidates, n = trainer->settings.shape.n_items - 1;
    int32_t drawn = 0;
    int64_t draws = 0;

    for (int32_t i = 0; wanted == n && i < n; i++) /* all there are */
        trainer->slot_item[drawn++] = i;
    memset(trainer->seen, 0, (size_t)trainer->settings.shape.n_items / 8 + 1);
    for (; drawn < wanted; draws++) {
        const int32_t i = negatives_sample(trainer, rng);
        if (trainer->seen[i / 8] >> i % 8 & 1) continue;
        trainer->seen[i / 8] = (uint8_t)(trainer->seen[i / 8] | 1U << i % 8);
        trainer->slot_item[drawn++] = i;
    }
    for (int32_t s = 0; s < wanted; s++) {
        const int32_t i = trainer->slot_item[s];
        const double chance = trainer->alias ? trainer->frequency[i] : 1.0 / n;
        trainer->slot_of[i] = s;
        const double in = wanted == n ? 1 : 1 - pow(1 - chance, (double)draws);
        trainer->offset[s] = trainer_knows_by_words(trainer, i) ? -INFINITY : (float)-log(in);
    }
}
