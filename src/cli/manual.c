/* manual.c - the man page, in man(7)'s macros, from the tables that the program runs by. */
#include "help.h"

#include "aisle/import.h"

#include <stdio.h>
#include <string.h>

/* Text as troff takes it: no line of it is a request, no dash becomes a hyphen. */
static void roff(const char *text)
{
    if (*text == '.' || *text == '\'') fputs("\\&", stdout);
    for (; *text; text++) {
        if (*text == '-')
            fputs("\\-", stdout);
        else if (*text == '\\')
            fputs("\\e", stdout);
        else
            putchar(*text);
    }
}

static void options(const struct option *option)
{
    for (; option->name; option++) {
        fputs(".TP\n.B ", stdout);
        if (option->letter) printf("\\-%c, ", option->letter);
        fputs("\\-\\-", stdout);
        roff(option->name);
        if (option->argument) {
            putchar(' ');
            roff(option->argument);
        }
        putchar('\n');
        roff(option->help);
        putchar('\n');
    }
}

static void parameters(const struct model_kind *kind, bool shared)
{
    for (const struct parameter_info *info = kind->parameters; info->name; info++) {
        struct text initial = { 0 };
        if (parameter_is_shared(info) != shared) continue;
        parameter_initial(info, &initial);
        fputs(".TP\n.B ", stdout);
        roff(info->name);
        putchar('\n');
        roff(info->help);
        fputs(" (", stdout);
        roff(initial.bytes ? initial.bytes : "");
        puts(")");
        text_fini(&initial);
    }
}

static void models(void)
{
    puts(".SH MODELS");
    for (int i = 0; model_kinds[i]; i++) {
        fputs(".SS ", stdout);
        roff(model_kinds[i]->name);
        putchar('\n');
        roff(model_kinds[i]->summary);
        puts(".");
        parameters(model_kinds[i], false);
    }
    puts(".SS Parameters of all models");
    parameters(model_kinds[0], true);
}

static void formats(void)
{
    puts(".SH FORMATS\nFormats that can be imported, from files, folders and archives:");
    for (const struct import_format_info *format = import_formats(); format->name; format++) {
        fputs(".TP\n.B ", stdout);
        roff(format->name);
        putchar('\n');
        roff(format->summary);
        putchar('\n');
    }
}

void help_manual(void)
{
    puts(".TH AISLE 1\n.SH NAME\naisle \\- a workbench for a shop's recommenders\n"
         ".SH SYNOPSIS\n.B aisle\n[\\-d FILE] [COMMAND] [OPTION]...\n.SH DESCRIPTION\n"
         "Looks at what a shop's recommenders do, and why: every score opens into the purchases\n"
         "it comes from. All data is in one file, the workspace. Without a command the workbench\n"
         "opens on the terminal; press ? there.\n.SH COMMON OPTIONS");
    options(common_options);
    puts(".SH WORKBENCH OPTIONS");
    options(commands->options);
    puts(".SH COMMANDS");
    for (const struct command *command = commands + 1; command->name; command++) {
        fputs(".SS ", stdout);
        roff(command->name);
        putchar(' ');
        roff(command->usage);
        putchar('\n');
        roff(command->summary);
        puts(".");
        options(command->options);
    }
    models();
    formats();
    puts(".SH EXIT STATUS\n.TP\n.B 0\ndone\n.TP\n.B 1\nfailed: one line on standard error says "
         "what\n"
         ".TP\n.B 2\nwrong usage\n.TP\n.B 3\ndone, but some rows were rejected\n"
         ".SH EXAMPLES\n.nf\naisle demo\naisle \\-d shop.aisle import purchases.csv\n"
         "aisle \\-d shop.aisle train\naisle \\-d shop.aisle recommend 42\n"
         "aisle \\-d shop.aisle explain 42 1007\naisle \\-d shop.aisle\n.fi");
}
