// main() of a fuzz target in a build without libFuzzer: gives it each file named.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static int replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = NULL;
    long size = 0;
    int failed = 1;

    if (!file || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0) goto out;
    rewind(file);
    bytes = malloc((size_t)size + 1);
    if (!bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size) goto out;
    LLVMFuzzerTestOneInput(bytes, (size_t)size);
    failed = 0;
out:
    if (failed) perror(path);
    free(bytes);
    if (file) fclose(file);
    return failed;
}

int main(int argc, char **argv)
{
    int failed = 0;

    for (int i = 1; i < argc; i++)
        failed |= replay(argv[i]);
    return failed;
}
