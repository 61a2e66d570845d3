// The program: finds the command and runs it. Only this file ends the process.
#include <stdio.h>
#include <string.h>

static const char usage[] = "Usage: aisle [-d FILE] [COMMAND] [OPTION]...\n"
                            "A workbench for looking at a shop's recommenders.\n"
                            "\n"
                            "  --help     show this text\n"
                            "  --version  show the version\n";

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts("aisle " PACKAGE_VERSION);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return 0;
    }
    fputs(usage, stderr);
    return 2;
}
