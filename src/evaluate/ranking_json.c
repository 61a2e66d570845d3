/* ranking_json.c - an evaluation as JSON: for `evaluate --json`, and for the record of a run. */
#include "aisle/evaluate.h"

#include <math.h>
#include <string.h>

static void add_name(struct text *out, const char *name)
{
    text_add_json(out, name, strlen(name));
    text_add_string(out, ":");
}

static void add_string(struct text *out, const char *name, const char *value)
{
    add_name(out, name);
    text_add_json(out, value, strlen(value));
}

/* Ten decimals: more than any sample carries. */
static void add_number(struct text *out, double value)
{
    if (isfinite(value))
        text_add_decimal(out, value, 10, false);
    else
        text_add_string(out, "null");
}

static void add_integer(struct text *out, const char *name, long long value)
{
    add_name(out, name);
    text_format(out, "%lld", value);
}

static void add_interval(struct text *out, const struct measured *measured)
{
    text_add_string(out, "[");
    add_number(out, measured->low);
    text_add_string(out, ",");
    add_number(out, measured->high);
    text_add_string(out, "]");
}

static void add_metrics(struct text *out, const struct ranked_model *model)
{
    for (int j = 0; j < METRICS; j++) {
        if (j > 0) text_add_string(out, ",");
        add_name(out, metric_info[j].name);
        add_number(out, model->metric[j].value);
    }
}

static void add_intervals(struct text *out, const struct ranked_model *model)
{
    bool first = true;

    add_name(out, "intervals");
    text_add_string(out, "{");
    for (int j = 0; j < METRICS; j++) {
        if (isnan(model->metric[j].low)) continue;
        if (!first) text_add_string(out, ",");
        first = false;
        add_name(out, metric_info[j].name);
        add_interval(out, &model->metric[j]);
    }
    text_add_string(out, "},");
    add_name(out, "best");
    text_add_string(out, "[");
    first = true;
    for (int j = 0; j < METRICS; j++) {
        if (!model->best[j]) continue;
        if (!first) text_add_string(out, ",");
        first = false;
        text_add_json(out, metric_info[j].name, strlen(metric_info[j].name));
    }
    text_add_string(out, "]");
}

static void add_groups(struct text *out, const struct ranking *ranking,
                       const struct ranked_model *model)
{
    add_name(out, "bands");
    text_add_string(out, "[");
    for (int32_t g = 0; g < ranking->n_groups; g++) {
        const struct ranking_group *group = &ranking->groups[g];
        text_add_string(out, g > 0 ? ",{" : "{");
        add_string(out, "by", group->by);
        text_add_string(out, ",");
        add_string(out, "label", group->label);
        text_add_string(out, ",");
        add_integer(out, "users", group->n);
        text_add_string(out, ",\"ndcg\":");
        add_number(out, model->group_ndcg[g].value);
        text_add_string(out, ",\"ndcg_interval\":");
        add_interval(out, &model->group_ndcg[g]);
        text_add_string(out, ",\"hr\":");
        add_number(out, model->group_hit[g].value);
        text_add_string(out, ",\"hr_interval\":");
        add_interval(out, &model->group_hit[g]);
        text_add_string(out, "}");
    }
    text_add_string(out, "]");
}

static void add_model(struct text *out, const struct ranking *ranking, int32_t m)
{
    const struct ranked_model *model = &ranking->models[m];

    text_add_string(out, m > 0 ? ",{" : "{");
    add_string(out, "model", model->candidate.kind->name);
    text_add_string(out, ",");
    add_metrics(out, model);
    text_add_string(out, ",");
    add_string(out, "label", model->candidate.label);
    text_add_string(out, ",\"parameters\":");
    parameters_json(&model->candidate.parameters, out);
    text_add_string(out, ",\"seed\":");
    text_format(out, "%llu", (unsigned long long)model->candidate.parameters.seed);
    text_add_string(out, ",");
    add_intervals(out, model);
    text_add_string(out, ",");
    add_groups(out, ranking, model);
    text_add_string(out, ",\"train_seconds\":");
    text_add_decimal(out, model->train_seconds, 3, false);
    text_add_string(out, ",\"score_seconds\":");
    text_add_decimal(out, model->score_seconds, 3, false);
    text_add_string(out, ",");
    add_integer(out, "peak_bytes", model->peak_bytes);
    text_add_string(out, "}");
}

static void add_comparisons(struct text *out, const struct ranking *ranking)
{
    add_name(out, "comparisons");
    text_add_string(out, "[");
    for (int32_t c = 0; c < ranking->n_comparisons; c++) {
        const struct model_comparison *comparison = &ranking->comparisons[c];
        text_add_string(out, c > 0 ? ",{" : "{");
        add_string(out, "a", ranking->models[comparison->a].candidate.label);
        text_add_string(out, ",");
        add_string(out, "b", ranking->models[comparison->b].candidate.label);
        text_add_string(out, ",\"metric\":\"ndcg\",\"difference\":");
        add_number(out, comparison->ndcg.value);
        text_add_string(out, ",\"interval\":");
        add_interval(out, &comparison->ndcg);
        text_add_string(out, ",\"p\":");
        add_number(out, comparison->p);
        text_add_string(out, "}");
    }
    text_add_string(out, "]");
}

/* What was asked: the same for all models. */
static void add_request(struct text *out, const struct ranking *ranking)
{
    const struct ranking_options *options = &ranking->options;

    add_string(out, "protocol", split_protocol_name(options->split.protocol));
    text_add_string(out, ",");
    add_integer(out, "k", options->k);
    text_add_string(out, ",");
    add_integer(out, "users", ranking->n_users);
    text_add_string(out, ",");
    add_string(out, "target", options->split.validation ? "validation" : "test");
    text_format(out, ",\"refit\":%s,\"seen\":%s,", options->split.refit ? "true" : "false",
                options->keep_seen ? "\"kept\"" : "\"removed\"");
    add_integer(out, "eligible", ranking->n_eligible);
}

void ranking_json(const struct ranking *ranking, struct text *out)
{
    text_add_string(out, "{");
    add_request(out, ranking);
    text_add_string(out, ",");
    add_integer(out, "left_out", ranking->left_out + ranking->without_history);
    text_add_string(out, ",");
    add_integer(out, "without_history", ranking->without_history);
    text_add_string(out, ",");
    add_integer(out, "items", ranking->n_items);
    text_add_string(out, ranking->incomplete ? ",\"incomplete\":true" : ",\"incomplete\":false");
    text_add_string(out, ",");
    add_string(out, "remarks", ranking->remarks.length > 0 ? ranking->remarks.bytes : "");
    text_add_string(out, ",");
    add_integer(out, "seed", (long long)ranking->options.seed);
    text_add_string(out, ",\"seconds\":");
    text_add_decimal(out, ranking->seconds, 3, false);
    text_add_string(out, ",\"models\":[");
    for (int32_t m = 0; m < ranking->n_models; m++)
        add_model(out, ranking, m);
    text_add_string(out, "],");
    add_comparisons(out, ranking);
    text_add_string(out, "}");
}

void ranking_metrics_json(const struct ranking *ranking, int32_t model, struct text *out)
{
    text_add_string(out, "{");
    add_request(out, ranking);
    text_add_string(out, ",");
    add_metrics(out, &ranking->models[model]);
    text_add_string(out, "}");
}
