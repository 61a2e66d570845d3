/* encoder_config.c - see encoder_config.h. */
#include "encoder_config.h"

#include "mapped.h"
#include "registry.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SIZE_MAX_OF_A_MODEL = 1 << 22 };

/* A JSON file of the folder; NULL where it is absent or none. */
static json_t *read_json(const char *folder, const char *name)
{
    char path[LANGUAGE_PATH_SIZE];
    struct mapped mapped;

    if (!language_join(path, folder, name, NULL) || !mapped_open(&mapped, path, NULL)) return NULL;
    json_t *root = json_loadb((const char *)mapped.bytes, mapped.size, 0, NULL);
    mapped_close(&mapped);
    return root;
}

static int32_t whole(const json_t *root, const char *key, int32_t otherwise)
{
    const json_t *value = json_object_get(root, key);
    if (!json_is_integer(value)) return otherwise;
    const json_int_t number = json_integer_value(value);
    return number < 0 || number > SIZE_MAX_OF_A_MODEL ? -1 : (int32_t)number;
}

/* What a text of the configuration is, or `otherwise`. */
static const char *word(const json_t *root, const char *key, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(root, key));
    return text ? text : otherwise;
}

static void set_name(struct encoder_config *config, const char *path)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    size_t start = length;
    while (start > 0 && path[start - 1] != '/')
        start--;
    snprintf(config->name, sizeof config->name, "%.*s", (int)(length - start), path + start);
}

bool encoder_config_check(const struct encoder_config *config, const char *name,
                          struct error *error)
{
    if (config->layers < 1 || config->layers > 256 || config->heads < 1 || config->heads > 256 ||
        config->width < 16 || config->width > 8192 || config->inner < 16 || config->inner > 65536 ||
        config->vocabulary < 1 || config->positions < 8 || config->positions > 65536 ||
        !(config->epsilon >= 0 && config->epsilon < 1))
        return error_set(error, ERROR_INPUT, "%.200s: the sizes of the model make no sense", name);
    if (config->width % (16 * config->heads) != 0 || config->inner % 16 != 0)
        return error_set(error, ERROR_INPUT,
                         "%.200s: widths that are not multiples of 16 cannot be used", name);
    if (config->position_base < 0 || config->max_tokens < 4 ||
        config->max_tokens > config->positions - config->position_base)
        return error_set(error, ERROR_INPUT, "%.200s: texts cannot be that long", name);
    return true;
}

static bool set_prefix(struct encoder_config *config, enum encoder_role role, const char *prefix)
{
    const size_t length = strlen(prefix);
    if (length < PREFIX_SIZE) memcpy(config->prefix[role], prefix, length + 1);
    return length < PREFIX_SIZE;
}

/* Prefixes as Sentence Transformers keeps them, else as the family's paper says. */
static bool read_prefixes(struct encoder_config *config, const char *folder, const char *called)
{
    json_t *root = read_json(folder, "config_sentence_transformers.json");
    const json_t *prompts = json_object_get(root, "prompts");
    const char *query = word(prompts, "query", "");
    const char *passage = word(prompts, "passage", word(prompts, "document", ""));

    if (!*query && !*passage && (strstr(called, "e5-") || strstr(config->name, "e5-"))) {
        query = "query: "; /* Wang et al. 2022 and 2024 */
        passage = "passage: ";
    } else if (!*query && strstr(called, "bge-") && strstr(called, "-en")) {
        query = "Represent this sentence for searching relevant passages: "; /* Xiao et al. 2023 */
    }
    const bool good =
        set_prefix(config, ENCODER_QUERY, query) && set_prefix(config, ENCODER_PASSAGE, passage);
    json_decref(root);
    return good;
}

static void read_pooling(struct encoder_config *config, const char *folder, const char *called)
{
    json_t *root = read_json(folder, "1_Pooling/config.json");
    if (root)
        config->pooling = json_is_true(json_object_get(root, "pooling_mode_cls_token"))
                              ? POOLING_FIRST
                              : POOLING_MEAN;
    else /* a copy without its folders */
        config->pooling =
            strstr(called, "bge-") || strstr(config->name, "bge-") ? POOLING_FIRST : POOLING_MEAN;
    json_decref(root);
}

static bool read_sizes(struct encoder_config *config, const json_t *root, const char *folder,
                       struct error *error)
{
    const char *family = word(root, "model_type", "");
    const bool roberta = strcmp(family, "xlm-roberta") == 0 || strcmp(family, "roberta") == 0;

    if (strcmp(family, "bert") != 0 && !roberta)
        return error_set(error, ERROR_INPUT,
                         "%.200s: a model of the family '%.40s' is no encoder that can be run",
                         folder, family);
    if (strcmp(word(root, "hidden_act", "gelu"), "gelu") != 0 ||
        strcmp(word(root, "position_embedding_type", "absolute"), "absolute") != 0)
        return error_set(error, ERROR_INPUT, "%.200s: only GELU and absolute positions can be run",
                         folder);
    config->layers = whole(root, "num_hidden_layers", -1);
    config->heads = whole(root, "num_attention_heads", -1);
    config->width = whole(root, "hidden_size", -1);
    config->inner = whole(root, "intermediate_size", -1);
    config->vocabulary = whole(root, "vocab_size", -1);
    config->positions = whole(root, "max_position_embeddings", -1);
    config->position_base = roberta ? whole(root, "pad_token_id", 1) + 1 : 0;
    const json_t *epsilon = json_object_get(root, "layer_norm_eps");
    config->epsilon = (float)(json_is_number(epsilon) ? json_number_value(epsilon) : 1e-12);
    return true;
}

bool encoder_config_read(struct encoder_config *config, const char *folder, struct error *error)
{
    *config = (struct encoder_config){ 0 };
    set_name(config, folder);
    json_t *root = read_json(folder, "config.json");
    if (!json_is_object(root)) {
        json_decref(root);
        return error_set(error, ERROR_MISSING,
                         "%.200s: config.json is missing there, or is not JSON", folder);
    }
    const char *called = word(root, "_name_or_path", "");
    bool good = read_sizes(config, root, folder, error);
    if (good) {
        json_t *sentences = read_json(folder, "sentence_bert_config.json");
        const int32_t all = config->positions - config->position_base;
        config->max_tokens = whole(sentences, "max_seq_length", all);
        if (config->max_tokens > all) config->max_tokens = all;
        json_decref(sentences);
        read_pooling(config, folder, called);
        good = read_prefixes(config, folder, called) ||
               error_set(error, ERROR_INPUT, "%.200s: a prefix of texts is too long", folder);
    }
    json_decref(root);
    return good && encoder_config_check(config, folder, error);
}

struct tokenizer *encoder_tokenizer_read(const char *folder, struct error *error)
{
    char path[LANGUAGE_PATH_SIZE];
    struct mapped mapped;
    struct tokenizer *tokenizer = NULL;

    if (!language_join(path, folder, "tokenizer.json", error)) return NULL;
    if (mapped_open(&mapped, path, NULL)) {
        const struct slice json = { (const char *)mapped.bytes, mapped.size };
        tokenizer = tokenizer_read_json(path, json, error);
        mapped_close(&mapped);
        return tokenizer;
    }
    if (!language_join(path, folder, "vocab.txt", error)) return NULL;
    if (!mapped_open(&mapped, path, NULL)) {
        error_set(error, ERROR_MISSING,
                  "%.200s: neither tokenizer.json nor vocab.txt is there: they stand beside the "
                  "weights on Hugging Face",
                  folder);
        return NULL;
    }
    json_t *root = read_json(folder, "tokenizer_config.json");
    const json_t *lower = json_object_get(root, "do_lower_case");
    const struct slice text = { (const char *)mapped.bytes, mapped.size };
    tokenizer = tokenizer_read_vocabulary(path, text, !json_is_false(lower), error);
    json_decref(root);
    mapped_close(&mapped);
    return tokenizer;
}
