/* hybrid_store.c - a blend written and read: each part's kind, parameters and body, one after the
 * other, and the weights.
 */
#include "hybrid.h"

#include <string.h>

static void save_text(struct byte_writer *writer, const char *text)
{
    const int32_t length = (int32_t)strlen(text);
    bytes_write_int32(writer, length);
    bytes_write(writer, text, (size_t)length);
}

bool hybrid_save(const struct model *model, struct byte_writer *writer)
{
    const struct hybrid *hybrid = (const struct hybrid *)model;
    bool done = true;

    bytes_write_int32(writer, hybrid->split ? 1 + hybrid->split->unordered : 0);
    bytes_write(writer, hybrid->asked, sizeof hybrid->asked);
    bytes_write(writer, hybrid->ndcg, sizeof hybrid->ndcg);
    bytes_write(writer, hybrid->best_part, sizeof hybrid->best_part);
    bytes_write_int32(writer, hybrid->n_parts);
    for (int32_t p = 0; p < hybrid->n_parts && done; p++) {
        const struct model_base *base = model_base(hybrid->parts[p].model);
        struct text json = { 0 };
        parameters_json(&base->parameters, &json);
        save_text(writer, base->kind->name);
        save_text(writer, json.bytes ? json.bytes : "{}");
        bytes_write_int64(writer, (int64_t)base->parameters.seed);
        bytes_write(writer, hybrid->parts[p].weight, sizeof hybrid->parts[p].weight);
        if (json.failed) {
            writer->failed = true;
            done = error_memory(writer->error, "a run");
        }
        done = done && base->kind->save(hybrid->parts[p].model, writer);
        text_fini(&json);
    }
    return done && !writer->failed;
}

static bool load_text(struct byte_reader *reader, char *out, int32_t capacity)
{
    const int32_t length = bytes_read_int32(reader);

    if (reader->failed || length < 0 || length >= capacity) return false;
    out[length] = '\0';
    return bytes_read(reader, out, (size_t)length);
}

/* Sets error where the part's own load() does; else the caller says that it makes no sense. */
static bool load_part(struct hybrid *hybrid, struct byte_reader *reader, struct error *error)
{
    char name[32], json[2048];
    struct parameters values;
    struct part *part = &hybrid->parts[hybrid->n_parts];
    const struct model_kind *kind = NULL;

    if (!load_text(reader, name, sizeof name) || !load_text(reader, json, sizeof json))
        return false;
    for (int k = 0; hybrid_kinds[k]; k++)
        if (strcmp(hybrid_kinds[k]->name, name) == 0) kind = hybrid_kinds[k];
    if (!kind) return false;
    parameters_init(&values, kind->parameters);
    values.seed = (uint64_t)bytes_read_int64(reader);
    if (!bytes_read(reader, part->weight, sizeof part->weight) ||
        !parameters_from_json(&values, json, NULL))
        return false;
    for (int b = 0; b < BANDS; b++)
        if (!(part->weight[b] >= 0) || !model_number_is_sound(part->weight[b])) return false;
    const bool whole = !hybrid->split || kind->validates;
    part->model =
        kind->load(whole ? hybrid->base.dataset : hybrid->split->train, &values, reader, error);
    hybrid->n_parts += part->model != NULL;
    return part->model != NULL;
}

struct model *hybrid_load(const struct dataset *dataset, const struct parameters *values,
                          struct byte_reader *reader, struct error *error)
{
    struct hybrid *hybrid = model_new(sizeof *hybrid, &hybrid_kind, dataset, values, error);
    struct error problem = { 0 };

    if (!hybrid) return NULL;
    bool sound = true;
    const int32_t held_out = bytes_read_int32(reader); /* 1 = the last event of everybody */
    if (!reader->failed && held_out != 0) {
        hybrid->split = hybrid_hold_out(dataset, held_out != 1, NULL, &problem);
        sound = hybrid->split != NULL;
    }
    bytes_read(reader, hybrid->asked, sizeof hybrid->asked);
    bytes_read(reader, hybrid->ndcg, sizeof hybrid->ndcg);
    bytes_read(reader, hybrid->best_part, sizeof hybrid->best_part);
    for (int b = 0; b < BANDS; b++)
        sound = sound && hybrid->asked[b] >= 0 && model_number_is_sound(hybrid->ndcg[b]) &&
                model_number_is_sound(hybrid->best_part[b]);
    const int32_t n = bytes_read_int32(reader);
    sound = sound && !reader->failed && n >= 0 && n <= PARTS_MAX;
    for (int32_t p = 0; sound && p < n; p++)
        sound = load_part(hybrid, reader, &problem);
    if (sound) return (struct model *)hybrid;
    if (problem.code != ERROR_NONE && !reader->failed) {
        if (error) *error = problem;
        error_prefix(error, "a part of the blend");
    } else {
        model_refuse(reader, error, "hybrid");
    }
    hybrid_release((struct model *)hybrid);
    return NULL;
}
