/* say.c - see say.h. */
#include "say.h"

#include "aisle/rng.h"

#include <math.h>
#include <stdlib.h>

/* The index of the next token among n logits: the largest, or one drawn by exp(logit /
 * temperature).
 */
static int32_t choose_token(const float *logits, int32_t n, double temperature, struct rng *rng)
{
    int32_t best = 0;
    double sum = 0;
    for (int32_t i = 1; i < n; i++)
        if (logits[i] > logits[best]) best = i;
    if (temperature <= 0) return best;
    for (int32_t i = 0; i < n; i++)
        sum += exp((double)(logits[i] - logits[best]) / temperature);
    double left = rng_unit(rng) * sum;
    for (int32_t i = 0; i < n; i++) {
        left -= exp((double)(logits[i] - logits[best]) / temperature);
        if (left < 0) return i;
    }
    return best;
}

static bool stops(const struct say_options *options, int32_t id)
{
    for (int i = 0; i < options->n_stop; i++)
        if (options->stop[i] == id) return true;
    return false;
}

bool generator_say(struct generator_session *session, const struct generator *generator,
                   const struct say_options *options, const struct progress *progress,
                   struct token_list *said, struct error *error)
{
    const int32_t n = generator_shape(generator)->n_tokens;
    const struct bpe *tokenizer = generator_tokenizer(generator);
    struct rng rng;
    float *logits = malloc((size_t)n * sizeof *logits);
    bool good = logits || error_memory(error, "a model's answer");
    rng_init(&rng, options->seed);
    for (int32_t i = 0; i < options->max && good; i++) {
        generator_logits(session, NULL, n, logits);
        for (int32_t id = 0; id < n; id++)
            if (bpe_is_control(tokenizer, id) && !stops(options, id)) logits[id] = -INFINITY;
        const int32_t id = choose_token(logits, n, options->temperature, &rng);
        if (stops(options, id)) break;
        token_list_add(said, id);
        good = !said->failed ? generator_feed(session, &id, 1, NULL, progress, error)
                             : error_memory(error, "a model's answer");
    }
    free(logits);
    return good;
}
