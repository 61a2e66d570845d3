/* workbench.c - without a command: the screen. */
#include "command.h"

#include "ui/ui.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

int command_workbench(struct call *call)
{
    int status = STATUS_DONE;
    struct error error = { 0 };
    const char *colour = call_option(call, "color");
    const struct ui_options options = {
        .theme = call_option(call, "theme"),
        .no_colour = colour && strcmp(colour, "never") == 0,
        .ascii = call_option(call, "ascii") != NULL,
        .plain = call_option(call, "a11y") != NULL,
        .present = call_option(call, "present") != NULL,
    };
    if (call->json) return call_usage(call, "the workbench is a screen: --json is for commands");
    if (!call->data) return call_usage(call, "no workspace is named");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        error_set(&error, ERROR_USAGE,
                  "the workbench needs a terminal: 'aisle --help' lists commands that do not");
        return call_fail(&error);
    }
    if (!call_open(call, WORKSPACE_WRITE, &status)) return status;
    signal(SIGPIPE, SIG_IGN);
    status = ui_run(call->engine, NULL, &options, &error);
    return error.code == ERROR_NONE ? status : call_fail(&error);
}
