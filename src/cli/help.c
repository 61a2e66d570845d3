/* help.c - --help and COMMAND --help. */
#include "help.h"

#include <stdio.h>
#include <string.h>

static void print_options(const struct option *options)
{
    for (; options->name; options++) {
        char name[64];
        snprintf(name, sizeof name, "%s%c%s--%s%s%s", options->letter ? "-" : "",
                 options->letter ? options->letter : ' ', options->letter ? ", " : "   ",
                 options->name, options->argument ? " " : "",
                 options->argument ? options->argument : "");
        printf("  %-26s %s\n", name, options->help);
    }
}

/* Of a model's parameters those that all models have, or those that are its own. */
static void print_parameters(const struct model_kind *kind, bool shared)
{
    for (const struct parameter_info *info = kind->parameters; info->name; info++) {
        struct text initial = { 0 };
        if (parameter_is_shared(info) != shared) continue;
        parameter_initial(info, &initial);
        printf("    %-15s %s (%s)\n", info->name, info->help, initial.bytes ? initial.bytes : "");
        text_fini(&initial);
    }
}

/* The models and what can be set on them. */
static void print_models(void)
{
    puts("\nModels and what --set knows of them:");
    for (int i = 0; model_kinds[i]; i++) {
        printf("  %-11s %s\n", model_kinds[i]->name, model_kinds[i]->summary);
        print_parameters(model_kinds[i], false);
    }
    puts("  each of them also");
    print_parameters(model_kinds[0], true);
}

void help_print(const struct command *command)
{
    if (command) {
        printf("Usage: aisle -d FILE %s %s\n%s\n", command->name, command->usage, command->summary);
        if (command->options->name) puts("");
        print_options(command->options);
        if (strcmp(command->name, "train") == 0) print_models();
        return;
    }
    puts("Usage: aisle [-d FILE] [COMMAND] [OPTION]...\n"
         "A workbench for looking at a shop's recommenders. Without a command it opens the "
         "screen.\n");
    for (command = commands + 1; command->name; command++)
        printf("  %-12s %s\n", command->name, command->summary);
    puts("");
    print_options(common_options);
    puts("\nFor the screen:\n");
    print_options(commands->options);
    puts("\n'aisle COMMAND --help' tells more.");
}

bool help_generate(const char *form)
{
    if (strcmp(form, "man") == 0)
        help_manual();
    else if (strcmp(form, "bash") == 0)
        help_bash();
    else if (strcmp(form, "zsh") == 0)
        help_zsh();
    else
        return false;
    return true;
}
