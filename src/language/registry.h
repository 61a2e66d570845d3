/* registry.h - the parts of the list of models (aisle/language.h): recognising, copying, hashing.
 */
#ifndef LANGUAGE_REGISTRY_H
#define LANGUAGE_REGISTRY_H

#include "aisle/language.h"

/* Fills kind, architecture, weights, size and license of what lies at `path` (a folder or a file,
 * absolute); refuses what is no model or one of a family that cannot be run. */
bool language_recognise(const char *path, struct language_model *model, struct error *error);

/* A file or a folder's own files (not those of folders inside) to `target`, which must not exist.
 */
bool language_copy(const char *path, const char *target, struct progress *progress,
                   struct error *error);
/* Whether a file is an archive by its first bytes. */
bool language_is_archive(const char *path);
/* The model inside an archive: the files beside its largest file of weights, and the licences. */
bool language_unpack(const char *path, const char *target, struct progress *progress,
                     struct error *error);
/* Removes a folder of the two above with its files. */
bool language_remove_folder(const char *path, struct error *error);

/* SHA-256 of a file, in hexadecimal. */
bool language_sha256(const char *path, char out[65], struct progress *progress,
                     struct error *error);

/* A path of two parts; false after filling error where it is too long. */
bool language_join(char out[LANGUAGE_PATH_SIZE], const char *folder, const char *name,
                   struct error *error);

/* What says the licence of a Python package, in a line "License: …". */
#define LANGUAGE_METADATA "METADATA"

/* Whether a file name is one of weights, of a licence. */
bool language_names_weights(const char *name);
bool language_names_license(const char *name);

#endif
