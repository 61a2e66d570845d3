/* main.c - finds the command, reads its options, runs it. Only this file ends the process. */
#include "command.h"

#include <cblas.h>
#include <locale.h>
#include <signal.h>
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

static void print_help(const struct command *command)
{
    if (command) {
        printf("Usage: aisle -d FILE %s %s\n%s\n", command->name, command->usage, command->summary);
        if (command->options->name) puts("");
        print_options(command->options);
        return;
    }
    puts("Usage: aisle [-d FILE] [COMMAND] [OPTION]...\n"
         "A workbench for looking at a shop's recommenders. Without a command it opens the "
         "screen.\n");
    for (command = commands + 1; command->name; command++)
        printf("  %-12s %s\n", command->name, command->summary);
    puts("");
    print_options(common_options);
    puts("\n'aisle COMMAND --help' tells more.");
}

static int wrong(const char *sentence, const char *word)
{
    fprintf(stderr, "aisle: %s%s: see 'aisle --help'\n", sentence, word);
    return STATUS_USAGE;
}

static const struct option *find_option(const struct option *options, const char *name,
                                        size_t length)
{
    for (; options->name; options++)
        if (strlen(options->name) == length && strncmp(options->name, name, length) == 0)
            return options;
    return NULL;
}

static const struct option *find_letter(const struct option *options, char letter)
{
    for (; options->name; options++)
        if (options->letter == letter) return options;
    return NULL;
}

static const struct command *find_command(const char *name)
{
    for (const struct command *command = commands + 1; command->name; command++)
        if (strcmp(command->name, name) == 0) return command;
    return NULL;
}

/* The first word that is neither an option nor the value of -d is the command. */
static const struct command *choose(int argc, char **argv, int *place)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-d") == 0 || strcmp(argv[i], "--data") == 0)
            i++;
        else if (argv[i][0] != '-') {
            *place = i;
            return find_command(argv[i]);
        }
    }
    *place = 0;
    return commands;
}

/* One option at argv[*at]; moves *at over its value. Returns an exit status, -1 to go on. */
static int read_option(struct call *call, int argc, char **argv, int *at)
{
    const char *word = argv[*at];
    const bool is_long = word[1] == '-';
    const char *equals = is_long ? strchr(word, '=') : NULL;
    const size_t length = equals ? (size_t)(equals - word - 2) : strlen(word + (is_long ? 2 : 1));
    const struct option *option = is_long ? find_option(call->command->options, word + 2, length)
                                          : find_letter(call->command->options, word[1]);
    if (!option)
        option = is_long ? find_option(common_options, word + 2, length)
                         : find_letter(common_options, word[1]);
    if (!option) return wrong("unknown option ", word);
    const char *value = "";
    if (option->argument) {
        if (equals)
            value = equals + 1;
        else if (!is_long && length > 1)
            value = word + 2;
        else if (*at + 1 < argc)
            value = argv[++*at];
        else
            return wrong("a value is missing after ", word);
    } else if (equals || (!is_long && length > 1)) {
        return wrong("unknown option ", word);
    }
    if (strcmp(option->name, "data") == 0)
        call->data = value;
    else if (strcmp(option->name, "json") == 0)
        call->json = true;
    else if (call->n_given < CALL_MOST) {
        call->given[call->n_given].option = option;
        call->given[call->n_given++].value = value;
    } else
        return wrong("too many options at ", word);
    return -1;
}

static int read_words(struct call *call, int argc, char **argv, int place)
{
    bool options = true;
    for (int i = 1; i < argc; i++) {
        if (i == place) continue;
        if (options && strcmp(argv[i], "--") == 0)
            options = false;
        else if (options && argv[i][0] == '-' && argv[i][1] != 0) {
            int status = read_option(call, argc, argv, &i);
            if (status >= 0) return status;
        } else if (call->n_arguments == CALL_MOST)
            return wrong("too many arguments at ", argv[i]);
        else
            call->argument[call->n_arguments++] = argv[i];
    }
    return -1;
}

int main(int argc, char **argv)
{
    struct call call = { 0 };
    int place = 0;
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN);
    openblas_set_num_threads(1);
    call.command = choose(argc, argv, &place);
    if (!call.command) return wrong("there is no command ", argv[place]);
    int status = read_words(&call, argc, argv, place);
    if (status >= 0) return status;
    if (call_option(&call, "version")) {
        puts("aisle " PACKAGE_VERSION);
        return STATUS_DONE;
    }
    if (call_option(&call, "help")) {
        print_help(call.command->name[0] ? call.command : NULL);
        return STATUS_DONE;
    }
    if (call.n_arguments < call.command->least) return call_usage(&call, "something is missing");
    if (call.command->most >= 0 && call.n_arguments > call.command->most)
        return call_usage(&call, "there is one word too many");
    status = call.command->run(&call);
    call_close(&call);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        if (status == STATUS_DONE) fputs("aisle: the output could not be written\n", stderr);
        return STATUS_FAILED;
    }
    return status;
}
