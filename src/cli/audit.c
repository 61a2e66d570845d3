/* audit.c - audit [TERMS... | undo ENTRY]: who did what, and taking it back. */
#include "table_options.h"

#include <stdio.h>
#include <string.h>

static int undo(struct call *call)
{
    int status = STATUS_DONE;
    int64_t id = 0;
    struct error error = { 0 };
    if (call->n_arguments != 2 || !slice_to_int64(slice_of(call->argument[1]), &id))
        return call_usage(call, "undo takes the number of an entry");
    if (!call_open(call, WORKSPACE_WRITE, &status)) return status;
    struct writer *writer = writer_begin(call->workspace, &error);
    if (!writer) return call_fail(&error);
    bool good = audit_undo(writer, id, &error);
    if (good)
        good = writer_commit(writer, &error);
    else
        writer_rollback(writer);
    if (!good) return call_fail(&error);
    if (call->json) return print_json(json_pack("{s:I}", "undone", (json_int_t)id));
    printf("entry %lld is taken back\n", (long long)id);
    return STATUS_DONE;
}

int command_audit(struct call *call)
{
    if (call->n_arguments > 0 && strcmp(call->argument[0], "undo") == 0) return undo(call);
    return table_list(call, TABLE_AUDIT);
}
