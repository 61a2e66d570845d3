/* evaluate.c - evaluate [MODEL...]: how good the lists are, on purchases held back. */
#include "evaluate.h"
#include "meter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool read_options(struct call *call, struct evaluation *evaluation, int *status)
{
    struct ranking_options *options = &evaluation->options;
    const char *protocol = call_option(call, "protocol");
    int64_t k, sample, fidelity, seed, core;

    ranking_options_init(options);
    if (protocol && !split_protocol_parse(slice_of(protocol), &options->split.protocol)) {
        *status = call_usage(
            call, "the protocols are leave-last-out, time, users, newcomers, items and folds");
        return false;
    }
    if (!call_number(call, "k", 10, 1, 1000, &k, status) ||
        !call_number(call, "sample", 0, 1, INT32_MAX, &sample, status) ||
        !call_number(call, "fidelity", options->fidelity, 0, INT32_MAX, &fidelity, status) ||
        !call_number(call, "core", 0, 0, INT32_MAX, &core, status) ||
        !call_number(call, "seed", 1, 0, INT64_MAX, &seed, status))
        return false;
    options->k = (int32_t)k;
    options->sample = (int32_t)sample;
    options->fidelity = (int32_t)fidelity;
    options->partial = true;
    options->seed = options->split.seed = (uint64_t)seed;
    options->keep_seen = call_option(call, "repeats") != NULL;
    options->split.refit = call_option(call, "refit") != NULL;
    options->split.validation = call_option(call, "validation") != NULL;
    if (call_option(call, "by"))
        snprintf(evaluation->by, sizeof evaluation->by, "%s", call_option(call, "by"));
    evaluation->core = (int32_t)core;
    return true;
}

static bool has_parameter(const struct parameters *parameters, const char *setting)
{
    const size_t length = strcspn(setting, "=");
    for (const struct parameter_info *info = parameters->info; info->name; info++)
        if (strlen(info->name) == length && strncmp(info->name, setting, length) == 0) return true;
    return false;
}

bool evaluate_settings(const struct call *call, struct evaluation *evaluation, struct error *error)
{
    const char *setting;

    for (int at = 0; (setting = call_option_nth(call, "set", at)) != NULL; at++) {
        bool fits = false;
        for (int32_t i = 0; i < evaluation->n; i++) {
            struct candidate *candidate = &evaluation->candidates[i];
            if (!has_parameter(&candidate->parameters, setting)) continue;
            struct parameters parameters = candidate->parameters;
            if (!parameters_set(&parameters, slice_of(setting), error)) return false;
            candidate_init(candidate, candidate->kind, &parameters);
            fits = true;
        }
        if (!fits &&
            !parameters_set(&evaluation->candidates[0].parameters, slice_of(setting), error))
            return false;
    }
    return true;
}

/* The models that are named, else all. */
static bool read_candidates(const struct call *call, struct evaluation *evaluation,
                            struct error *error)
{
    for (int i = 0; i < call->n_arguments; i++)
        if (!evaluation_add(evaluation, call->reader, call->argument[i], error)) return false;
    if (call->n_arguments == 0 && !evaluation_add_all(evaluation, call->reader, false, error))
        return false;
    if (!evaluate_settings(call, evaluation, error)) return false;
    for (int32_t i = 0; i < evaluation->n && call_option(call, "seed"); i++)
        evaluation->candidates[i].parameters.seed = evaluation->options.seed;
    return true;
}

/* ------------------------------------------------------------------------------------ printing */

static void print_head(const struct ranking *ranking)
{
    const struct ranking_options *options = &ranking->options;

    if (ranking->incomplete) fputs("INCOMPLETE, cancelled; ", stdout);
    printf("%s%s at %d: %s", split_protocol_name(options->split.protocol),
           options->split.validation ? ", validation" : "", options->k,
           text_count(ranking->n_users, "user").text);
    if (ranking->n_users < ranking->n_eligible) printf(", a sample of %d", ranking->n_eligible);
    printf(", %s, %s%s\n", text_count(ranking->n_items, "item").text,
           options->keep_seen ? "what they have may be listed" : "what they have is not listed",
           options->split.refit ? ", refit with the validation part" : "");
    if (ranking->left_out > 0)
        printf("only what they had was bought by %s: --repeats counts them\n",
               text_count(ranking->left_out, "user").text);
    if (ranking->without_history > 0)
        printf("left out, with nothing bought before the cut: %s (newcomers is their protocol)\n",
               text_count(ranking->without_history, "user").text);
}

static void print_cell(const struct ranked_model *model, enum metric metric)
{
    const struct measured *measured = &model->metric[metric];
    if (isnan(measured->value))
        printf(" %9s ", "-");
    else
        printf(" %9.4f%c", measured->value, model->best[metric] ? '*' : ' ');
}

/* Wide enough for every label. */
static int label_width(const struct ranking *ranking)
{
    size_t width = 28;
    for (int32_t m = 0; m < ranking->n_models; m++) {
        const size_t length = strlen(ranking->models[m].candidate.label);
        if (length > width) width = length;
    }
    return (int)width;
}

static void print_table(const struct ranking *ranking)
{
    const int width = label_width(ranking);
    static const enum metric shown[] = { METRIC_NDCG,      METRIC_HIT,     METRIC_MRR,
                                         METRIC_COVERAGE,  METRIC_GINI,    METRIC_NOVELTY,
                                         METRIC_DIVERSITY, METRIC_FIDELITY };
    const size_t n = sizeof shown / sizeof *shown;

    printf("%-*s", width, "MODEL");
    for (size_t j = 0; j < n; j++)
        printf(" %9s ", metric_info[shown[j]].title);
    printf(" %15s %8s\n", "NDCG 95 %", "SECONDS");
    for (int32_t m = 0; m < ranking->n_models; m++) {
        const struct ranked_model *model = &ranking->models[m];
        const struct measured *ndcg = &model->metric[METRIC_NDCG];
        printf("%-*s", width, model->candidate.label);
        for (size_t j = 0; j < n; j++)
            print_cell(model, shown[j]);
        printf(" %7.4f-%7.4f %8.2f\n", ndcg->low, ndcg->high,
               model->train_seconds + model->score_seconds);
    }
    printf("* the best, by more than chance (paired bootstrap, p < 0.05 against every other)\n");
}

/* The leader in NDCG against each other one. */
static void print_comparisons(const struct ranking *ranking)
{
    int32_t leader = 0;

    for (int32_t m = 1; m < ranking->n_models; m++)
        if (ranking->models[m].metric[METRIC_NDCG].value >
            ranking->models[leader].metric[METRIC_NDCG].value)
            leader = m;
    for (int32_t c = 0; c < ranking->n_comparisons; c++) {
        const struct model_comparison *pair = &ranking->comparisons[c];
        if (pair->a != leader && pair->b != leader) continue;
        const bool is_a = pair->a == leader;
        const struct measured *d = &pair->ndcg;
        printf("%s against %s: NDCG %+.4f (95 %%: %+.4f to %+.4f), p %.3f\n",
               ranking->models[leader].candidate.label,
               ranking->models[is_a ? pair->b : pair->a].candidate.label,
               is_a ? 0 - d->value : d->value, is_a ? 0 - d->high : d->low,
               is_a ? 0 - d->low : d->high, pair->p);
    }
}

/* NDCG of every model in the groups [first, end), which are of one way of grouping. */
static void print_group_table(const struct ranking *ranking, int32_t first, int32_t end)
{
    const struct ranking_group *groups = ranking->groups;
    const int width = label_width(ranking);
    const bool by_target = strcmp(groups[first].by, "target") == 0;

    fputs("\nNDCG by ", stdout);
    print_padded(slice_of(by_target ? "buyers of the target" : groups[first].by), width - 8, false);
    for (int32_t g = first; g < end; g++) {
        putchar(' ');
        print_padded(slice_of(groups[g].label), 12, true);
    }
    printf("\n%-*s", width, "users");
    for (int32_t g = first; g < end; g++)
        printf(" %12d", groups[g].n);
    for (int32_t m = 0; m < ranking->n_models; m++) {
        printf("\n%-*s", width, ranking->models[m].candidate.label);
        for (int32_t g = first; g < end; g++)
            printf(" %12.4f", ranking->models[m].group_ndcg[g].value);
    }
    putchar('\n');
}

static void print_groups(const struct ranking *ranking)
{
    for (int32_t first = 0, end; first < ranking->n_groups; first = end) {
        for (end = first + 1; end < ranking->n_groups; end++)
            if (strcmp(ranking->groups[end].by, ranking->groups[first].by) != 0) break;
        print_group_table(ranking, first, end);
    }
}

/* Puts the draws into the report's object, before its end. */
static void add_draws(struct text *json, const struct draws *draws, const struct ranking *ranking)
{
    char *text = draws_json(draws, ranking);

    if (!text || json->failed || json->length == 0) {
        json->failed = true;
    } else {
        json->length--;
        text_format(json, ",\"draws\":%s}", text);
    }
    free(text);
}

static int print_ranking(const struct call *call, const struct ranking *ranking,
                         const struct draws *draws)
{
    struct text json = { 0 };

    if (!call->json) {
        if (draws->n > 1) printf("the first of %d draws; ", draws->n);
        print_head(ranking);
        print_table(ranking);
        print_comparisons(ranking);
        print_groups(ranking);
        if (draws->n > 1) draws_print(draws, ranking);
        if (draws->n <= 1 && ranking->options.split.protocol == SPLIT_ITEMS)
            puts("\none draw of the items: another one can change the figures by more than the "
                 "intervals (--draws N)");
        return STATUS_DONE;
    }
    ranking_json(ranking, &json);
    if (draws->n > 1) add_draws(&json, draws, ranking);
    bool good = !json.failed && puts(json.bytes) >= 0;
    text_fini(&json);
    if (good) return STATUS_DONE;
    fputs("aisle: out of memory, or the output could not be written\n", stderr);
    return STATUS_FAILED;
}

/* Results are kept where the workspace can be written to. */
static bool open_workspace(struct call *call, int *status)
{
    if (call->data && access(call->data, W_OK) != 0) return call_open(call, WORKSPACE_READ, status);
    return call_open(call, WORKSPACE_WRITE, status);
}

enum { DRAWS_USUAL = 10, DRAWS_MAX = 1000, DRAWS_ITEMS = 2000 };

/* How many draws of items: those asked for, else many where the catalogue is small. */
static bool draws_wanted(const struct call *call, const struct evaluation *evaluation, int32_t *n,
                         int *status)
{
    const bool items = evaluation->options.split.protocol == SPLIT_ITEMS;
    struct workspace_counts counts;
    struct error error = { 0 };
    int64_t wanted;

    *n = 1;
    if (!call_number(call, "draws", DRAWS_USUAL, 1, DRAWS_MAX, &wanted, status)) return false;
    if (!items && call_option(call, "draws")) {
        *status = call_usage(call, "--draws goes with --protocol items");
        return false;
    }
    if (!items) return true;
    if (!workspace_counts(call->reader, &counts, &error)) {
        *status = call_fail(&error);
        return false;
    }
    if (call_option(call, "draws") || counts.items <= DRAWS_ITEMS) *n = (int32_t)wanted;
    return true;
}

static int measure(struct call *call, struct evaluation *evaluation)
{
    struct error error = { 0 };
    struct draws draws = { 0 };
    struct meter meter;
    int status = STATUS_DONE;

    if (!draws_wanted(call, evaluation, &draws.capacity, &status)) return status;

    meter_begin(&meter, "evaluate");
    struct ranking *ranking =
        evaluation_run(evaluation, call->engine, call->reader, &meter.progress, &error);
    const bool good =
        ranking && (draws.capacity == 1 ||
                    draws_run(&draws, call, evaluation, ranking, &meter.progress, &error));
    meter_end(&meter);
    if (!good) {
        draws_fini(&draws);
        ranking_free(ranking);
        return call_fail(&error);
    }
    if (ranking->remarks.length > 0) fputs(ranking->remarks.bytes, stderr);
    status = print_ranking(call, ranking, &draws);
    draws_fini(&draws);
    if (ranking->incomplete)
        status = STATUS_FAILED;
    else if (access(call->data, W_OK) == 0 &&
             !evaluation_keep(evaluation, ranking, call->engine, call->reader, &error)) {
        error_prefix(&error, "the figures are not kept");
        status = call_fail(&error);
    }
    ranking_free(ranking);
    return status;
}

static int evaluate_lists(struct call *call)
{
    int status = STATUS_DONE;
    struct error error = { 0 };
    struct evaluation *evaluation = malloc(sizeof *evaluation);

    if (!evaluation) {
        error_memory(&error, "an evaluation");
        return call_fail(&error);
    }
    evaluation_init(evaluation);
    if (read_options(call, evaluation, &status) && open_workspace(call, &status)) {
        if (read_candidates(call, evaluation, &error))
            status = measure(call, evaluation);
        else
            status = call_fail(&error);
    }
    free(evaluation);
    return status;
}

int command_evaluate(struct call *call)
{
    const char *protocol = call_option(call, "protocol");

    if (protocol && (strcmp(protocol, "folds") == 0 || strcmp(protocol, "k-fold") == 0))
        return evaluate_folds(call);
    return evaluate_lists(call);
}
