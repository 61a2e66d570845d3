/* input.h - where bytes come from: a file, the members of an archive, a pipe, standard input.
 *
 * A path opens into members: a plain file is one member without a name; .gz and .zst are one
 * member; .zip, .tar and compressed .tar are as many as they hold, in their order, one at a time
 * (archives are read as streams: nothing is unpacked to disk or held in memory). A spreadsheet is
 * as many members as it has sheets, each a CSV file (workbook.h). What a file is, is told by its
 * first bytes, never by its name.
 */
#ifndef AISLE_EXCHANGE_INPUT_H
#define AISLE_EXCHANGE_INPUT_H

#include "aisle/bytes.h"
#include "aisle/progress.h"

struct input;

/* Copies what can be read only once, a pipe or standard input ("-"), to a temporary file that has
 * no name any more, so that it can be read as often as a file. Its descriptor, or -1 with a
 * sentence: a pipe that nobody writes to, a full disk. */
int input_to_temporary_file(const char *path, const struct progress *progress, struct error *error);

/* A file without a name, in $TMPDIR or /tmp; -1 with a sentence. */
int input_temporary_file(struct error *error);

/* `spool` is what input_to_temporary_file() gave for the path, or -1. NULL with a sentence: no such
 * file, no permission, a folder, a device. */
struct input *input_open(const char *path, int temporary_file, const struct progress *progress,
                         struct error *error);
void input_close(struct input *input); /* NULL is allowed; a spool stays open */

/* Goes to the next member that is a regular file. *more = false after the last. */
bool input_next(struct input *input, bool *more, struct error *error);
int64_t input_index(const struct input *input); /* of the member, from 0 */
/* Its name inside the archive, borrowed until the next member; "" for a plain file. */
const char *input_member(const struct input *input);
/* The name that a format is told by: the last part of the member or path, without .gz or .zst.
 * Borrowed as above. */
const char *input_name(const struct input *input);

bytes_get input_get; /* bytes of the member; context: struct input */

#endif
