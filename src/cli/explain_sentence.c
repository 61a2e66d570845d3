/* explain_sentence.c - see explain_sentence.h. */
#include "explain_sentence.h"

#include "aisle/language.h"
#include "job/reason.h"
#include "job/rephrase.h"

#include <stdio.h>

/* Words of an option that go into a question: short and plain. */
static bool is_plain_word(const char *word)
{
    size_t n = 0;
    for (; word[n]; n++)
        if (!(word[n] == ' ' || word[n] == '-' || (word[n] >= 'a' && word[n] <= 'z') ||
              (word[n] >= 'A' && word[n] <= 'Z')))
            return false;
    return n > 0 && n <= 40;
}

static bool rephrase_with(const struct language_model *model, const struct serving *serving,
                          const char *tone, struct slice clause, struct explain_sentence *sentence,
                          struct error *error)
{
    struct text out = { 0 };
    struct generator *generator = generator_open(model->weights, error);
    snprintf(sentence->generator, sizeof sentence->generator, "%s", model->name);
    const bool good = generator && rephrase(generator, serving->dataset, tone, clause, NULL, &out,
                                            &sentence->refused, &sentence->why, error);
    if (good && out.length > 0 && !out.failed) {
        text_fini(&sentence->text);
        sentence->text = out;
        sentence->rephrased = true;
    } else {
        text_fini(&out);
    }
    generator_close(generator);
    return good;
}

bool explain_sentence_make(const struct call *call, const struct privacy *privacy,
                           const struct serving *serving, const struct receipt *receipt,
                           struct explain_sentence *sentence, struct error *error)
{
    struct workspace_counts counts = { 0 };
    struct text clause = { 0 };
    struct language_model model = { .license = NULL };
    const char *tone = call_option(call, "tone");
    bool found = false;
    *sentence = (struct explain_sentence){ .asked = tone != NULL };
    if (tone && !is_plain_word(tone))
        return error_set(error, ERROR_USAGE, "--tone takes a word or two: friendly, formal");
    if (!workspace_counts(call->reader, &counts, error)) return false;
    const struct label_style style = { words_of(counts.profile), &privacy->pseudonymiser };
    const char *kind = serving->run.kind;
    reason_describe(&style, serving->dataset, kind, receipt, &sentence->text);
    bool good = !sentence->text.failed || error_memory(error, "a sentence");
    if (good && tone)
        good =
            language_choose(LANGUAGE_DECODER, call_option(call, "language"), &model, &found, error);
    if (good && found && reason_clause(&style, serving->dataset, kind, receipt, &clause))
        good = rephrase_with(&model, serving, tone, (struct slice){ clause.bytes, clause.length },
                             sentence, error);
    language_model_fini(&model);
    text_fini(&clause);
    return good;
}

void explain_sentence_fini(struct explain_sentence *sentence)
{
    text_fini(&sentence->text);
}

void explain_sentence_print(const struct explain_sentence *sentence)
{
    print_visible((struct slice){ sentence->text.bytes, sentence->text.length });
    putchar('\n');
    if (!sentence->asked || sentence->rephrased) return;
    if (!sentence->generator[0])
        fputs("aisle: no generator says it otherwise: 'sh share/setup language' gets one\n",
              stderr);
    else
        fprintf(stderr, "aisle: %s said it %d times in a way that was refused (the last: %s)\n",
                sentence->generator, sentence->refused, sentence->why.text);
}

json_t *explain_sentence_json(const struct explain_sentence *sentence)
{
    if (!sentence->asked) return NULL;
    return json_pack("{s:o, s:i, s:b, s:o}", "by",
                     sentence->generator[0] ? json_string(sentence->generator) : json_null(),
                     "refused", sentence->refused, "fallback", !sentence->rephrased, "reason",
                     sentence->refused > 0 ? json_text(slice_of(sentence->why.text)) : json_null());
}
