/* charsmap.h - SentencePiece's map of characters to what stands for them (NFKC and more).
 *
 * It comes inside tokenizer.json as a trie in a double array (Aoe 1989, in the layout of
 * darts-clone) and a pool of replacements; every step in it is checked.
 */
#ifndef LANGUAGE_CHARSMAP_H
#define LANGUAGE_CHARSMAP_H

#include "aisle/error.h"
#include "aisle/text.h"

struct charsmap;

struct charsmap *charsmap_new(struct slice base64, const char *name, struct error *error);
void charsmap_free(struct charsmap *map); /* NULL is allowed */
/* Appends a text with its characters replaced. */
void charsmap_apply(const struct charsmap *map, struct slice text, struct text *out);

/* Bytes of the characters at the start of a text that belong together (a letter and its marks); the
 * text is not empty. Clusters of at most CLUSTER_MAX bytes are looked up as one. */
enum { CLUSTER_MAX = 5 };
size_t cluster_length(struct slice text);

#endif
