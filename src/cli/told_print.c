#include "told_print.h"

#include <stdio.h>

void told_print(const struct told *told)
{
    for (int32_t i = 0; i < told->n; i++) {
        const struct slice sentence = told_sentence(told, i);
        if (told->lines[i].mark == TOLD_HEADING)
            printf("%s", told->lines[i].label);
        else
            printf("%s %-12s ", told_mark_text(told->lines[i].mark), told->lines[i].label);
        print_visible(sentence);
        putchar('\n');
    }
}

json_t *told_json(const struct told *told)
{
    json_t *lines = json_array();
    for (int32_t i = 0; i < told->n; i++) {
        const enum told_mark mark = told->lines[i].mark;
        const bool stage = mark == TOLD_PASSED || mark == TOLD_FELL;
        json_array_append_new(lines,
                              json_pack("{s:s, s:o, s:o}", "stage", told->lines[i].label, "passed",
                                        stage ? json_boolean(mark == TOLD_PASSED) : json_null(),
                                        "sentence", json_text(told_sentence(told, i))));
    }
    return lines;
}
