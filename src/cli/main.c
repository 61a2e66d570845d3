/* main.c - finds the command, reads its options, runs it. Only this file ends the process. */
#include "command.h"
#include "help.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Whether an option of any command takes the next word as its value. */
static bool takes_next(const char *word)
{
    const bool is_long = word[1] == '-';
    if (is_long ? strchr(word, '=') != NULL : word[1] == 0 || word[2] != 0) return false;
    for (const struct command *command = commands; command->name; command++) {
        const struct option *option =
            is_long ? find_option(command->options, word + 2, strlen(word + 2))
                    : find_letter(command->options, word[1]);
        if (option) return option->argument != NULL;
    }
    return strcmp(word, "-d") == 0 || strcmp(word, "--data") == 0;
}

/* The first word that is neither an option nor the value of one is the command. */
static const struct command *choose(int argc, char **argv, int *place)
{
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '-' && takes_next(argv[i])) {
            i++;
        } else if (argv[i][0] != '-') {
            *place = i;
            return find_command(argv[i]);
        }
    }
    *place = 0;
    return commands;
}

static int no_command(const char *word)
{
    struct error error = { 0 };
    struct text names = { 0 };
    for (const struct command *command = commands + 1; command->name; command++)
        text_format(&names, " %s", command->name);
    error_set(&error, ERROR_USAGE, "there is no command '%.60s': there are%s", word,
              names.bytes ? names.bytes : " others");
    text_fini(&names);
    return call_fail(&error);
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
    if (!option && is_long && find_option(commands->options, word + 2, length))
        return wrong("only the screen, 'aisle -d FILE' without a command, takes ", word);
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
    else if (call->n_given < CALL_MAX) {
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
        } else if (call->n_arguments == CALL_MAX)
            return wrong("too many arguments at ", argv[i]);
        else
            call->argument[call->n_arguments++] = argv[i];
    }
    return -1;
}

/* The first word of the usage that was not given; what stands in [] need not be. */
static int something_missing(const struct call *call)
{
    char sentence[160];
    int nth = call->n_arguments;
    const char *at = call->command->usage;
    size_t length = 0;
    for (; *at; at += length + strspn(at + length, " ")) {
        length = *at == '[' ? strcspn(at, "]") + 1 : strcspn(at, " ");
        if (*at != '[' && nth-- == 0) break;
    }
    snprintf(sentence, sizeof sentence, "something is missing: %.*s", (int)length, at);
    return call_usage(call, *at ? sentence : "something is missing");
}

static int run_call(int argc, char **argv)
{
    struct call call = { 0 };
    int place = 0;
    call.command = choose(argc, argv, &place);
    if (argc == 3 && strcmp(argv[1], "--print") == 0 && help_generate(argv[2])) return STATUS_DONE;
    if (!call.command) return no_command(argv[place]);
    int status = read_words(&call, argc, argv, place);
    if (status >= 0) return status;
    if (call_option(&call, "version")) {
        puts("aisle " PACKAGE_VERSION);
        return STATUS_DONE;
    }
    if (call_option(&call, "help")) {
        help_print(call.command->name[0] ? call.command : NULL);
        return STATUS_DONE;
    }
    if (call.n_arguments < call.command->min) return something_missing(&call);
    if (call.command->max >= 0 && call.n_arguments > call.command->max)
        return call_usage(&call, "there is one word too many");
    status = call.command->run(&call);
    call_close(&call);
    return status;
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    /* Before there is a second thread: what OpenBLAS finds when a training loads it. */
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    signal(SIGXFSZ, SIG_IGN); /* a limit on files is an error of the write that meets it */
    const int status = run_call(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        if (status == STATUS_DONE) fputs("aisle: the output could not be written\n", stderr);
        return STATUS_FAILED;
    }
    return status;
}
