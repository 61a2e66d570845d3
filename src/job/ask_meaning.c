/* ask_meaning.c - a question as a vector, and which of its words are words. */
#include "ask_meaning.h"

#include "vectors.h"

#include "data/query_phrases.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LETTERS_A_PIECE = 3 };

/* Whether most function words of the catalogue are those of another language. */
static bool is_foreign_catalogue(const struct lexicon *lexicon)
{
    int64_t count[LANGUAGE_OTHER + 1] = { 0 };

    for (int32_t w = 0; w < lexicon->words.names.names.n; w++) {
        const struct slice word = names_get(&lexicon->words.names.names, w);
        if ((unsigned char)word.bytes[0] >= 0x80) count[LANGUAGE_OTHER] += lexicon->items[w];
        for (int language = LANGUAGE_ENGLISH; language < LANGUAGE_OTHER; language++)
            if (phrase_tells(word, (enum language)language)) count[language] += lexicon->items[w];
    }
    for (int language = LANGUAGE_GERMAN; language <= LANGUAGE_OTHER; language++)
        if (count[language] > 2 * count[LANGUAGE_ENGLISH] + lexicon->features.n_rows / 10)
            return true;
    return false;
}

/* Letters that a tokenizer has to break into many pieces are no word that people use. */
static bool is_word(const struct encoder *encoder, bool foreign, const struct text_query_term *term,
                    int32_t *n_pieces)
{
    struct encoder_pieces pieces = { 0 };
    int32_t letters = 0;
    bool ascii = true;

    *n_pieces = 0;
    if (!encoder_count_pieces(encoder, term->folded, &pieces, NULL)) return false;
    *n_pieces = pieces.pieces;
    for (const char *at = term->folded; *at; at++) {
        letters += ((unsigned char)*at & 0xC0) != 0x80;
        ascii &= (unsigned char)*at < 0x80;
    }
    if (pieces.unknown > 0 || (!ascii && !foreign)) return false;
    return pieces.pieces <= 1 || !ascii || letters >= LETTERS_A_PIECE * pieces.pieces;
}

struct reading_by_meaning {
    const struct text_query *question;
    bool understood[QUERY_TERMS];
    int32_t n_understood, n_known; /* words; of them those that items have */
    bool broken;                   /* all that are understood were broken into pieces */
    struct text words;             /* those understood, joined */
};

static void read_terms(struct reading_by_meaning *reading, const struct encoder *encoder,
                       bool foreign, struct slice text)
{
    const struct text_query *question = reading->question;

    reading->broken = true;
    for (int32_t t = 0; t < question->n_terms; t++) {
        const struct text_query_term *term = &question->terms[t];
        int32_t pieces;
        const bool word = is_word(encoder, foreign, term, &pieces);
        reading->understood[t] = word || term->word >= 0;
        if (!reading->understood[t]) continue;
        reading->n_understood++;
        reading->n_known += term->word >= 0;
        reading->broken &= pieces > 1;
        const bool beside =
            t > 0 && term->at <= question->terms[t - 1].at + question->terms[t - 1].length;
        const size_t overlap =
            beside ? question->terms[t - 1].at + question->terms[t - 1].length - term->at
                   : 0; /* neighbours of a script without blanks share one */
        if (reading->words.length > 0 && !beside) text_add_string(&reading->words, " ");
        if (overlap < term->length)
            text_add(&reading->words, text.bytes + term->at + overlap, term->length - overlap);
    }
}

/* The sentence as it was asked, without its filters, and its words alone: the mean of both. */
static bool encode(const struct encoder *encoder, const struct reading_by_meaning *reading,
                   float *vector, struct error *error)
{
    const size_t dimension = (size_t)encoder_dimension(encoder);
    const bool whole = reading->n_understood == reading->question->n_terms;
    const char *texts[2] = { reading->words.bytes, reading->question->sought.bytes };
    float *rows = malloc(2 * dimension * sizeof *rows);
    double square = 0;

    if (!rows) return error_memory(error, "a question");
    const bool good =
        encoder_encode(encoder, ENCODER_QUERY, texts, whole ? 2 : 1, rows, NULL, error);
    for (size_t d = 0; good && d < dimension; d++) {
        vector[d] = rows[d] + (whole ? rows[dimension + d] : 0);
        square += (double)vector[d] * (double)vector[d];
    }
    for (size_t d = 0; good && d < dimension; d++)
        vector[d] = (float)((double)vector[d] / sqrt(fmax(square, 1e-12)));
    free(rows);
    return good;
}

static bool is_noise(const struct reading_by_meaning *reading, const struct item_vectors *vectors,
                     const float *vector)
{
    double cosine = 0;

    for (int32_t d = 0; d < vectors->dimension; d++)
        cosine += (double)vector[d] * (double)vectors->noise[d];
    return reading->n_known == 0 && reading->broken && cosine > vectors->noise_limit;
}

static bool mean_by(struct model *match, const struct vector_serving *serving, bool foreign,
                    struct slice words, struct error *error)
{
    struct reading_by_meaning reading = { .question = word_match_question(match) };
    struct meaning meaning = { 0 };
    float *vector = malloc((size_t)serving->vectors->dimension * sizeof *vector);
    bool good = vector != NULL || error_memory(error, "a question");

    read_terms(&reading, serving->encoder, foreign, words);
    if (reading.words.failed) good = error_memory(error, "a question");
    if (good && reading.n_understood > 0 && reading.words.length > 0) {
        good = encode(serving->encoder, &reading, vector, error);
        if (good && !is_noise(&reading, serving->vectors, vector))
            good = meaning_init(&meaning, model_base(match)->dataset,
                                word_match_lexicon(match)->role, serving->vectors, vector, error) &&
                   word_match_mean(match, &meaning, reading.understood, error);
    }
    meaning_fini(&meaning);
    text_fini(&reading.words);
    free(vector);
    return good;
}

bool ask_mean(struct model *match, struct engine *engine, struct reader *reader, struct slice words,
              struct ask_meaning *told, struct progress *progress, struct error *error)
{
    const struct text_query *question = word_match_question(match);
    const struct lexicon *lexicon = word_match_lexicon(match);
    struct vector_serving serving;

    *told = (struct ask_meaning){ 0 };
    if (question->n_terms == 0) return true;
    const bool many = question->language != LANGUAGE_ENGLISH || is_foreign_catalogue(lexicon);
    if (!vectors_serve(engine, reader, model_base(match)->dataset, lexicon->role, many, &serving,
                       progress, error))
        return false;
    bool good = true;
    if (serving.encoder) {
        snprintf(told->encoder, sizeof told->encoder, "%s", encoder_name(serving.encoder));
        told->stale = serving.stale;
        told->made = serving.made;
        told->foreign = many && !serving.reads_many;
        good = mean_by(match, &serving, serving.reads_many, words, error);
    }
    vector_serving_fini(&serving);
    return good;
}
