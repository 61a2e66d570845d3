/* tokens.h - what a catalogue says about its items, as numbers.
 *
 * A vocabulary is learned from the items of a dataset. A token of it is
 *   - a whole value of an attribute: "brand Nordlys"; numbers and dates with many values are cut
 *     into bands by quantiles: "price 12.90 to 21.50";
 *   - a word of titles and attributes, or a piece of rarer words, learned by merging the most
 *     frequent pairs (Sennrich, Haddow and Birch 2016) and read by longest match: "word jacket",
 *     "piece -skin". So a word that no item has can still be read. Words are folded (no case, no
 *     diacritics); of scripts without blanks each two neighbouring characters are a word.
 * A word also counts as the shorter word of the catalogue that it extends by a letter or two:
 * jackets as jacket.
 *
 * Everything here is deterministic and never changes once it is made; reading runs in any number
 * of threads. Text of data is trusted nowhere: invalid bytes are no words.
 */
#ifndef AISLE_TOKENS_H
#define AISLE_TOKENS_H

#include "aisle/bytes.h"
#include "aisle/dataset.h"
#include "aisle/progress.h"
#include "aisle/sparse.h"

enum token_kind {
    TOKEN_VALUE, /* a value of an attribute */
    TOKEN_BAND,  /* a range of a number or date */
    TOKEN_WORD,  /* a word that stands alone in the catalogue */
    TOKEN_PIECE, /* a part of rarer words */
    TOKEN_KINDS
};

struct vocabulary_options {
    int32_t words; /* words and pieces at most */
    int32_t bands; /* of each number */
};

void vocabulary_options_init(struct vocabulary_options *options); /* 8,000 words, 8 bands */

struct vocabulary;

/* The tokens of each item: CSR, ascending in each row, each once. */
struct item_tokens {
    int32_t n_items, n_tokens;
    int64_t *offset; /* (n_items + 1) */
    int32_t *token;  /* (offset[n_items]) 0 <= token < n_tokens */
    uint8_t *times;  /* (offset[n_items]) how often, the title counting double; at most 255 */
};

/* Learns from all items; `rows` (may be NULL) gets their tokens. Every token is one of some item.
 * O(length of all texts); options may be NULL. */
struct vocabulary *vocabulary_learn(const struct dataset *dataset,
                                    const struct vocabulary_options *options,
                                    struct item_tokens *rows, struct progress *progress,
                                    struct error *error);
/* One more owner, who frees it too. */
struct vocabulary *vocabulary_retain(const struct vocabulary *vocabulary);
void vocabulary_free(struct vocabulary *vocabulary); /* NULL is allowed */
/* Bytes that learning needs at most, and what is kept. */
int64_t vocabulary_memory(const struct dataset *dataset, const struct vocabulary_options *options);

int32_t vocabulary_size(const struct vocabulary *vocabulary);
enum token_kind vocabulary_kind(const struct vocabulary *vocabulary, int32_t token);
/* Items of the dataset learned from that have the token. */
int32_t vocabulary_items(const struct vocabulary *vocabulary, int32_t token);
/* ln((1 + items) / (1 + items with the token)), over its greatest value: 0..1, rare is large. */
float vocabulary_weight(const struct vocabulary *vocabulary, int32_t token);
/* Appends "brand Nordlys", "word jacket", "piece -skin"; text as in the data. */
void vocabulary_name(const struct vocabulary *vocabulary, int32_t token, struct text *out);

/* The tokens of items of any dataset, such as those added since; what is new to the vocabulary is
 * read by its pieces or passed over. */
bool item_tokens_make(struct item_tokens *rows, const struct vocabulary *vocabulary,
                      const struct dataset *dataset, struct progress *progress,
                      struct error *error);
void item_tokens_fini(struct item_tokens *rows); /* allowed on a zeroed one */
/* (n_items, n_tokens) with vocabulary_weight() * (1 + ln times) as values and rows of length 1:
 * products of rows are cosines, and each term of a product is a feature that both share. */
bool item_tokens_weigh(const struct item_tokens *rows, const struct vocabulary *vocabulary,
                       struct sparse *features, struct error *error);

/* A token read in free text: [at, at + length) is where. Weight: vocabulary_weight() times the
 * square of the share of the word that the token covers. */
struct read_token {
    int32_t token;
    float weight;
    size_t at, length;
};

/* Reads free text: words by pieces, and values whose text stands in it. In order of the text; at
 * most `capacity` are stored, of at most the first 64 KiB. Returns how many, -1 without memory.
 * Words that ask for nothing ("a", "something", "for") are passed over. */
int32_t vocabulary_read(const struct vocabulary *vocabulary, struct slice text,
                        struct read_token *out, int32_t capacity, struct error *error);

/* Puts tokens in the order of their places, those of one place together: they are one word. */
void read_tokens_by_place(struct read_token *tokens, int32_t n);
/* The end of the word that begins at token `first`, of n in that order. */
int32_t read_tokens_word_end(const struct read_token *tokens, int32_t first, int32_t n);

/* Where the first word stands that asks for something; *from = text.length where none does, such
 * as in "is interested in the following items:". */
bool free_text_from(struct slice text, size_t *from, struct error *error);

/* Inside a stream that the caller opens and closes. */
void vocabulary_save(const struct vocabulary *vocabulary, struct byte_writer *writer);
struct vocabulary *vocabulary_load(struct byte_reader *reader, struct error *error);
void item_tokens_save(const struct item_tokens *rows, struct byte_writer *writer);
bool item_tokens_load(struct item_tokens *rows, struct byte_reader *reader, struct error *error);

#endif
