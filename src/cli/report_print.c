#include "report_print.h"

#include <stdio.h>

void report_print(const struct report *report)
{
    for (int32_t i = 0; i < report->n; i++) {
        const struct slice sentence = report_sentence(report, i);
        if (report->lines[i].mark == REPORT_HEADING)
            printf("%s", report->lines[i].label);
        else
            printf("%s %-12s ", report_mark_text(report->lines[i].mark), report->lines[i].label);
        print_visible(sentence);
        putchar('\n');
    }
}

json_t *report_json(const struct report *report)
{
    json_t *lines = json_array();
    for (int32_t i = 0; i < report->n; i++) {
        const enum report_mark mark = report->lines[i].mark;
        const bool stage = mark == REPORT_PASSED || mark == REPORT_FELL;
        json_array_append_new(
            lines, json_pack("{s:s, s:o, s:o}", "stage", report->lines[i].label, "passed",
                             stage ? json_boolean(mark == REPORT_PASSED) : json_null(), "sentence",
                             json_text(report_sentence(report, i))));
    }
    return lines;
}
