/* ask_meaning.c - a question as a vector, and which of its words are words. */
#include "ask_meaning.h"

#include "vectors.h"

#include "data/query_phrases.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How sure it is that the question is in a language that the encoder reads. */
enum trust {
    TRUST_ENGLISH, /* nothing speaks against English, which it reads */
    TRUST_EVIDENT, /* function words or letters of another language, and it reads many */
    TRUST_NONE     /* it reads many, and the words may be of one of them or none */
};

/* A word that people use has so many letters to a piece; fewer do where the sentence is one, and
 * where nothing tells the language, a word has to stand out among what the shop has. */
static const double letters_a_piece[] = {
    [TRUST_ENGLISH] = 3, [TRUST_EVIDENT] = 1.9, [TRUST_NONE] = 2.7
};
static const double standing_out = 3.7; /* deviations, of the value that the question is about */

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
static bool is_word(const struct encoder *encoder, enum trust trust,
                    const struct text_query_term *term, int32_t *n_pieces)
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
    if (pieces.unknown > 0 || (!ascii && trust == TRUST_ENGLISH)) return false;
    return pieces.pieces <= 1 || !ascii || letters >= letters_a_piece[trust] * pieces.pieces;
}

struct reading_by_meaning {
    const struct text_query *request;
    bool understood[QUERY_TERMS];
    int32_t n_understood, n_known; /* words; of them those that items have */
    bool broken;                   /* all that are understood were broken into pieces */
    struct text words;             /* those understood, joined */
};

static void read_terms(struct reading_by_meaning *reading, const struct encoder *encoder,
                       enum trust trust, struct slice text)
{
    const struct text_query *request = reading->request;

    reading->broken = true;
    for (int32_t t = 0; t < request->n_terms; t++) {
        const struct text_query_term *term = &request->terms[t];
        int32_t pieces;
        const bool word = is_word(encoder, trust, term, &pieces);
        reading->understood[t] = word || term->word >= 0;
        if (!reading->understood[t]) continue;
        reading->n_understood++;
        reading->n_known += term->word >= 0;
        reading->broken &= pieces > 1;
        const bool beside =
            t > 0 && term->at <= request->terms[t - 1].at + request->terms[t - 1].length;
        const size_t overlap =
            beside ? request->terms[t - 1].at + request->terms[t - 1].length - term->at
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
    const bool whole = reading->n_understood == reading->request->n_terms;
    const char *texts[2] = { reading->words.bytes, reading->request->sought.bytes };
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

/* The value that the question is about stands far enough out. */
static bool stands_out(const struct meaning *meaning)
{
    double best = -INFINITY;

    for (int32_t v = 0; v < meaning->n_values; v++)
        best = fmax(best, (double)meaning->standing[v]);
    return best >= standing_out;
}

static bool mean_by(struct model *match, const struct vector_serving *serving, enum trust trust,
                    struct slice words, struct error *error)
{
    struct reading_by_meaning reading = { .request = word_match_request(match) };
    struct meaning meaning = { 0 };
    float *vector = malloc((size_t)serving->vectors->dimension * sizeof *vector);
    bool good = vector != NULL || error_memory(error, "a question");

    read_terms(&reading, serving->encoder, trust, words);
    if (reading.words.failed) good = error_memory(error, "a question");
    if (good && reading.n_understood > 0 && reading.words.length > 0) {
        good = encode(serving->encoder, &reading, vector, error);
        const bool noise = trust == TRUST_ENGLISH && is_noise(&reading, serving->vectors, vector);
        if (good && !noise)
            good = meaning_init(&meaning, model_base(match)->dataset,
                                word_match_lexicon(match)->role, serving->vectors, vector, error);
        if (good && !noise && (trust != TRUST_NONE || reading.n_known > 0 || stands_out(&meaning)))
            good = word_match_mean(match, &meaning, reading.understood, error);
    }
    meaning_fini(&meaning);
    text_fini(&reading.words);
    free(vector);
    return good;
}

/* Once by the encoder for `many` languages or for English. */
static bool mean_once(struct model *match, struct engine *engine, struct reader *reader,
                      struct slice words, bool many, enum trust trust, struct ask_meaning *report,
                      struct progress *progress, struct error *error)
{
    struct vector_serving serving;
    bool good = true;

    if (!vectors_serve(engine, reader, model_base(match)->dataset, word_match_lexicon(match)->role,
                       many, &serving, progress, error))
        return false;
    if (serving.encoder) {
        snprintf(report->encoder, sizeof report->encoder, "%s", encoder_name(serving.encoder));
        report->stale = serving.stale;
        report->made |= serving.made;
        report->foreign = many && !serving.reads_many;
        if (!serving.reads_many)
            trust = TRUST_ENGLISH;
        else if (trust == TRUST_ENGLISH)
            trust = TRUST_NONE;
        good = mean_by(match, &serving, trust, words, error);
    }
    vector_serving_fini(&serving);
    return good;
}

static bool has_foreign_letters(struct slice words)
{
    for (size_t i = 0; i < words.length; i++)
        if ((unsigned char)words.bytes[i] >= 0x80) return true;
    return false;
}

bool ask_mean(struct model *match, struct engine *engine, struct reader *reader, struct slice words,
              struct ask_meaning *report, struct progress *progress, struct error *error)
{
    const struct text_query *request = word_match_request(match);
    struct vector_encoders encoders;

    *report = (struct ask_meaning){ 0 };
    if (request->n_terms == 0) return true;
    if (!vector_encoders_find(&encoders, error)) return false;
    const bool both = encoders.there[0] && encoders.there[1];
    vector_encoders_fini(&encoders);
    const bool evident = request->language != LANGUAGE_ENGLISH || has_foreign_letters(words);
    const bool many = evident || is_foreign_catalogue(word_match_lexicon(match));
    if (!mean_once(match, engine, reader, words, many, evident ? TRUST_EVIDENT : TRUST_ENGLISH,
                   report, progress, error))
        return false;
    if (many || !both || word_match_answers(match)) return true;
    /* No English word: perhaps one of another language. */
    const struct ask_meaning before = *report;
    if (!mean_once(match, engine, reader, words, true, TRUST_NONE, report, progress, error))
        return false;
    if (!word_match_answers(match)) *report = before;
    return true;
}
