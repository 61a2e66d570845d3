/* privacy.c - privacy [on | off]: whether other people are pseudonyms. */
#include "command.h"

#include "job/privacy.h"

#include <stdio.h>
#include <string.h>

int command_privacy(struct call *call)
{
    int status = STATUS_DONE, on = -1;
    int64_t min;
    struct error error = { 0 };
    struct privacy privacy;
    const char *word = call->n_arguments > 0 ? call->argument[0] : NULL;
    if (word && strcmp(word, "on") != 0 && strcmp(word, "off") != 0)
        return call_usage(call, "privacy is on or off");
    if (word) on = strcmp(word, "on") == 0;
    if (!call_number(call, "least", -1, 0, 1000000, &min, &status)) return status;
    const bool change = on >= 0 || min >= 0;
    if (!call_open(call, change ? WORKSPACE_WRITE : WORKSPACE_READ, &status)) return status;
    if ((change && !privacy_set(call->workspace, call->reader, on, (int32_t)min, &error)) ||
        !privacy_read(call->reader, &privacy, &error))
        return call_fail(&error);
    if (call->json)
        return print_json(
            json_pack("{s:b, s:i}", "privacy", privacy.on, "least", (int)privacy.min));
    printf("privacy is %s: %s\n", privacy.on ? "on" : "off",
           privacy.on ? "other people are pseudonyms unless revealed, which the audit log notes"
                      : "other people are shown by their ids");
    if (privacy.on)
        printf("parts that rest on fewer than %d people are summed in one line\n",
               (int)privacy.min);
    return STATUS_DONE;
}
