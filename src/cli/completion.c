/* completion.c - completions for bash and zsh, from the table of commands. */
#include "help.h"

#include <stdio.h>
#include <string.h>

static void words_of(const struct option *option)
{
    for (; option->name; option++) {
        if (option->letter) printf(" -%c", option->letter);
        printf(" --%s", option->name);
    }
}

static void names_of_models(void)
{
    for (int i = 0; model_kinds[i]; i++)
        printf(" %s", model_kinds[i]->name);
}

void help_bash(void)
{
    puts("# bash completion for aisle: made from its table of commands.\n"
         "_aisle()\n{\n"
         "    local word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD-1]} command= i "
         "words\n"
         "    case $last in\n"
         "    -d|--data|-o|--output|--rejects) COMPREPLY=($(compgen -f -- \"$word\")); return ;;");
    fputs("    -m|--model) COMPREPLY=($(compgen -W '", stdout);
    names_of_models();
    puts("' -- \"$word\")); return ;;\n"
         "    esac\n"
         "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "        case ${COMP_WORDS[i]} in\n"
         "        -d|--data) ((i++)) ;;\n"
         "        -*) ;;\n"
         "        *) command=${COMP_WORDS[i]}; break ;;\n"
         "        esac\n"
         "    done\n"
         "    case $command in");
    for (const struct command *command = commands; command->name; command++) {
        printf("    %s) words='", command->name[0] ? command->name : "''");
        for (const struct command *other = commands + 1; !command->name[0] && other->name; other++)
            printf(" %s", other->name);
        if (strcmp(command->name, "train") == 0 || strcmp(command->name, "evaluate") == 0)
            names_of_models();
        words_of(command->options);
        words_of(common_options);
        puts("' ;;");
    }
    puts("    *) words= ;;\n"
         "    esac\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "    case $command in\n"
         "    import|generate|demo) COMPREPLY+=($(compgen -f -- \"$word\")) ;;\n"
         "    esac\n"
         "}\n"
         "complete -o filenames -F _aisle aisle");
}

/* Inside single quotes and, for _arguments, inside brackets. */
static void zsh_text(const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", stdout);
        else if (strchr("[]:\\", *text))
            printf("\\%c", *text);
        else
            putchar(*text);
    }
}

static void zsh_options(const struct option *option)
{
    for (; option->name; option++) {
        for (int is_long = option->letter ? 0 : 1; is_long < 2; is_long++) {
            fputs(" \\\n            '*", stdout);
            if (is_long)
                printf("--%s", option->name);
            else
                printf("-%c", option->letter);
            putchar('[');
            zsh_text(option->help);
            putchar(']');
            if (option->argument) {
                putchar(':');
                zsh_text(option->argument);
                if (strcmp(option->name, "model") == 0) {
                    fputs(":(", stdout);
                    names_of_models();
                    putchar(')');
                } else {
                    fputs(strcmp(option->argument, "FILE") == 0 ? ":_files" : ": ", stdout);
                }
            }
            putchar('\'');
        }
    }
}

void help_zsh(void)
{
    puts("#compdef aisle\n# zsh completion for aisle: made from its table of commands.\n"
         "_aisle() {\n"
         "    local command= i\n"
         "    for ((i = 2; i < CURRENT; i++)); do\n"
         "        case $words[i] in\n"
         "        -d|--data) ((i++)) ;;\n"
         "        -*) ;;\n"
         "        *) command=$words[i]; break ;;\n"
         "        esac\n"
         "    done\n"
         "    case $command in");
    for (const struct command *command = commands; command->name; command++) {
        printf("    %s)\n        _arguments", command->name[0] ? command->name : "''");
        zsh_options(command->options);
        zsh_options(common_options);
        if (command->name[0]) {
            puts(" \\\n            '*:argument:_files'\n        ;;");
            continue;
        }
        fputs(" \\\n            '1:command:((", stdout);
        for (const struct command *other = commands + 1; other->name; other++) {
            printf("%s\\:\"", other->name);
            zsh_text(other->summary);
            fputs(other[1].name ? "\" " : "\"", stdout);
        }
        puts("))'\n        ;;");
    }
    puts("    esac\n}\n_aisle \"$@\"");
}
