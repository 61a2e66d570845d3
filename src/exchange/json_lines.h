/* json_lines.h - files with a JSON object a line, and what formats ask of such an object.
 *
 * Members may be text, numbers or lists of them where people disagree; each helper takes what makes
 * sense and is empty for the rest.
 */
#ifndef AISLE_EXCHANGE_JSON_LINES_H
#define AISLE_EXCHANGE_JSON_LINES_H

#include "exchange/format.h"

#include <jansson.h>

struct json_lines {
    struct import_context *import_context;
    json_t *object;   /* of the row, until the next */
    struct slice row; /* as it stands in the file */
};

/* The next row that is an object (others are rejected); false at the end. Close it after that. */
bool json_lines_next(struct json_lines *lines);
void json_lines_close(struct json_lines *lines);
/* The first line of a sample as an object, or NULL; the caller decrefs. */
json_t *sample_json(const struct sample *sample);

/* The member as text: a string as it is, a whole number in digits. Backed by the object or by the
 * buffer. A dotted name goes into objects: "product.id". */
struct slice json_text_of(const json_t *object, const char *name, struct text *buffer);
/* A list of texts (of lists of texts) with '|' between, each once; a single text as it is. */
struct slice json_list_of(const json_t *object, const char *name, struct text *buffer);
/* A number, or a text that is one ("$1,234.50" too). */
bool json_number_of(const json_t *object, const char *name, double *number);
/* Seconds, milliseconds or ISO 8601; true with MOMENT_NONE where there is none. */
bool json_time_of(const json_t *object, const char *name, int64_t *moment);
const json_t *json_member(const json_t *object, const char *name);

/* Adds an attribute unless its value is empty. */
void attribute_add(struct record *record, struct attribute *attributes, const char *name,
                   struct slice value);

#endif
