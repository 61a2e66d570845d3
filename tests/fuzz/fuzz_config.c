/* A person's settings and keys, as a file: they are taken, or a sentence names the line. */
#include "ui/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static char folder[96]; /* of this process */

static void write_config(const uint8_t *bytes, size_t size)
{
    char path[160];
    snprintf(path, sizeof path, "%s/aisle", folder);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/aisle/config", folder);
    FILE *out = fopen(path, "wb");
    if (!out || (size > 0 && fwrite(bytes, 1, size, out) != size)) abort();
    fclose(out);
}

static void clean_up(void)
{
    char path[160];
    snprintf(path, sizeof path, "%s/aisle/config", folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/aisle", folder);
    rmdir(path);
    rmdir(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct error error = { 0 };
    if (!folder[0]) {
        snprintf(folder, sizeof folder, "/tmp/aisle-fuzz-config-%ld", (long)getpid());
        mkdir(folder, 0700);
        setenv("XDG_CONFIG_HOME", folder, 1);
        atexit(clean_up);
    }
    write_config(bytes, size);
    struct app *app = calloc(1, sizeof *app);
    if (!app || !keymap_init(&app->keymap, &error)) abort();
    if (!config_load(app, &error) && (error.code == ERROR_NONE || strlen(error.text) < 5)) abort();
    keymap_fini(&app->keymap);
    free(app);
    return 0;
}
