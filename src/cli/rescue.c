/* rescue.c - rescue NEW: what can be read of a damaged workspace. */
#include "command.h"
#include "meter.h"

#include "aisle/rescue.h"

#include <stdio.h>

static json_t *table_json(enum rescue_table table, const struct rescue_count *count)
{
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:b}", "table", rescue_table_name(table), "kept",
                     (json_int_t)count->kept, "lost", (json_int_t)count->lost, "refused",
                     (json_int_t)count->refused, "bare", (json_int_t)count->bare, "cut",
                     count->cut);
}

static void print_table(enum rescue_table table, const struct rescue_count *count)
{
    printf("%-12s %12lld %9lld", rescue_table_name(table), (long long)count->kept,
           (long long)count->lost);
    if (count->refused > 0) printf("  %lld without sense", (long long)count->refused);
    if (count->bare > 0)
        printf("  %lld %s", (long long)count->bare,
               table == RESCUE_EVENTS ? "without quantity and price" : "without their name");
    if (count->cut && count->lost == 0) printf("  and what cannot be counted");
    putchar('\n');
}

int command_rescue(struct call *call)
{
    struct error error = { 0 };
    struct rescue_report report;
    struct meter meter;
    if (!call->data) {
        error_set(&error, ERROR_USAGE, "no workspace is named: put '-d FILE' in front");
        return call_fail(&error);
    }
    meter_begin(&meter, "rescue");
    const bool good =
        workspace_rescue(call->data, call->argument[0], &report, &meter.progress, &error);
    meter_end(&meter);
    if (!good) return call_fail(&error);
    const int status = report.whole ? STATUS_DONE : STATUS_REJECTED;
    if (call->json) {
        json_t *tables = json_array();
        for (int table = 0; table < RESCUE_TABLES; table++)
            json_array_append_new(tables,
                                  table_json((enum rescue_table)table, &report.table[table]));
        const int printed =
            print_json(json_pack("{s:o, s:b, s:o}", "new", json_text(slice_of(call->argument[0])),
                                 "whole", report.whole, "tables", tables));
        return printed == STATUS_DONE ? status : printed;
    }
    printf("%-12s %12s %9s\n", "TABLE", "KEPT", "LOST");
    for (int table = 0; table < RESCUE_TABLES; table++)
        print_table((enum rescue_table)table, &report.table[table]);
    printf("in ");
    print_visible(slice_of(call->argument[0]));
    printf("%s\n", report.whole ? ": nothing is missing"
                                : ": look at what is there before you throw the old file away");
    if (report.table[RESCUE_RUNS].lost > 0)
        puts("runs that were left out: 'aisle train' makes them anew");
    return status;
}
