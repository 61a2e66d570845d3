/* help.h - what the table of commands says: help, the man page, completions. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "command.h"

/* All commands (NULL), or one of them. */
void help_print(const struct command *command);
/* "man", "bash", "zsh" on stdout; false when there is no such form. */
bool help_generate(const char *form);
void help_manual(void);
void help_bash(void);
void help_zsh(void);

#endif
