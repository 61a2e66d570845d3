#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder of the XDG kind: the variable, else a place under home; made where absent. */
static bool folder(const char *variable, const char *below_home, char *path, size_t size)
{
    const char *base = getenv(variable), *home = getenv("HOME");
    int n;
    if (base && base[0] == '/')
        n = snprintf(path, size, "%s/aisle", base);
    else if (home && home[0] == '/')
        n = snprintf(path, size, "%s/%s/aisle", home, below_home);
    else
        return false;
    if (n < 0 || (size_t)n >= size) return false;
    for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = 0;
        mkdir(path, 0700);
        *slash = '/';
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

static bool path_of(const char *variable, const char *below_home, const char *name, char *path,
                    size_t size)
{
    char base[768];
    if (!folder(variable, below_home, base, sizeof base)) return false;
    int n = snprintf(path, size, "%s/%s", base, name);
    return n > 0 && (size_t)n < size;
}

bool config_state_path(const char *name, char *path, size_t size)
{
    return path_of("XDG_STATE_HOME", ".local/state", name, path, size);
}

static bool config_path(char *path, size_t size)
{
    return path_of("XDG_CONFIG_HOME", ".config", "config", path, size);
}

/* The whole of a small file; empty where there is none. */
static void read_file(const char *path, struct text *out)
{
    FILE *file = fopen(path, "r");
    char bytes[4096];
    size_t n;
    if (!file) return;
    while ((n = fread(bytes, 1, sizeof bytes, file)) > 0 && out->length < 1 << 20)
        text_add(out, bytes, n);
    fclose(file);
}

static bool write_file(const char *path, const struct text *text)
{
    char temporary[1024];
    snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    int fd = text->failed ? -1 : mkstemp(temporary);
    if (fd < 0) return false;
    bool ok = write(fd, text->bytes, text->length) == (ssize_t)text->length;
    ok = close(fd) == 0 && ok && rename(temporary, path) == 0;
    if (!ok) unlink(temporary);
    return ok;
}

/* Takes the next line of a text; false at its end. */
static bool next_line(struct slice *text, struct slice *line)
{
    if (text->length == 0) return false;
    const char *end = memchr(text->bytes, '\n', text->length);
    size_t length = end ? (size_t)(end - text->bytes) : text->length;
    *line = (struct slice){ text->bytes, length };
    text->bytes += end ? length + 1 : length;
    text->length -= end ? length + 1 : length;
    return true;
}

static struct slice next_word(struct slice *line)
{
    *line = slice_trim(*line);
    size_t n = 0;
    while (n < line->length && line->bytes[n] != ' ' && line->bytes[n] != '\t')
        n++;
    struct slice word = { line->bytes, n };
    line->bytes += n;
    line->length -= n;
    return word;
}

static bool apply_line(struct app *app, struct slice line, struct error *error)
{
    struct slice word = next_word(&line);
    if (word.length == 0 || word.bytes[0] == '#') return true;
    if (slice_equal(word, "set")) {
        struct slice name = next_word(&line), value = next_word(&line);
        struct settings given = app->settings;
        if (!setting_parse(&app->settings, name, value))
            return error_set(error, ERROR_INPUT, "there is no setting \"%.*s %.*s\"",
                             (int)name.length, name.bytes, (int)value.length, value.bytes);
        app->settings.ascii |= given.ascii; /* what the command line asked for stays */
        app->settings.plain |= given.plain;
        return true;
    }
    if (slice_equal(word, "bind")) {
        struct slice scope = next_word(&line), key = next_word(&line), command = next_word(&line);
        return keymap_bind(&app->keymap, scope, key, command, error);
    }
    return error_set(error, ERROR_INPUT, "\"%.*s\" is neither set nor bind", (int)word.length,
                     word.bytes);
}

bool config_load(struct app *app, struct error *error)
{
    char path[1024];
    struct text text = { 0 };
    bool ok = true;
    int number = 0;
    if (!config_path(path, sizeof path)) return true;
    read_file(path, &text);
    struct slice rest = { text.bytes, text.length }, line;
    while (ok && next_line(&rest, &line)) {
        number++;
        ok = apply_line(app, line, error);
    }
    if (!ok) error_prefix(error, "%s, line %d", path, number);
    text_fini(&text);
    return ok;
}

void config_save(struct app *app)
{
    char path[1024];
    struct text old = { 0 }, text = { 0 };
    if (!app->terminal || !config_path(path, sizeof path)) return;
    read_file(path, &old);
    struct slice rest = { old.bytes, old.length }, line;
    while (next_line(&rest, &line)) {
        struct slice words = line, word = next_word(&words);
        if (slice_equal(word, "set")) continue;
        text_add(&text, line.bytes, line.length);
        text_add_string(&text, "\n");
    }
    const struct setting_info *info;
    for (size_t i = 0; (info = setting_info(i)); i++)
        text_format(&text, "set %s %s\n", info->name, setting_value(&app->settings, info->name));
    if (!write_file(path, &text)) {
        app_say(app, "the settings hold until you leave: %s cannot be written", path);
        app->message_bad = true;
    }
    text_fini(&old);
    text_fini(&text);
}

/* Session lines: "NAME-OF-WORKSPACE <tab> KEY <tab> VALUE". */
static bool session_line(const struct app *app, const char *key, struct slice line,
                         struct slice *value)
{
    const char *path = app->engine ? workspace_path(engine_workspace(app->engine)) : app->name;
    size_t n = strlen(path), k = strlen(key);
    if (line.length < n + k + 2 || memcmp(line.bytes, path, n) != 0 || line.bytes[n] != '\t' ||
        memcmp(line.bytes + n + 1, key, k) != 0 || line.bytes[n + 1 + k] != '\t')
        return false;
    *value = (struct slice){ line.bytes + n + k + 2, line.length - n - k - 2 };
    return true;
}

void session_get(struct app *app, const char *key, char *value, size_t size)
{
    char path[1024];
    struct text text = { 0 };
    value[0] = 0;
    if (!app->terminal || !config_state_path("session", path, sizeof path)) return;
    read_file(path, &text);
    struct slice rest = { text.bytes, text.length }, line, found;
    while (next_line(&rest, &line))
        if (session_line(app, key, line, &found))
            snprintf(value, size, "%.*s", (int)found.length, found.bytes);
    text_fini(&text);
}

void session_set(struct app *app, const char *key, const char *value)
{
    char path[1024];
    struct text old = { 0 }, text = { 0 };
    if (!app->terminal || !config_state_path("session", path, sizeof path)) return;
    read_file(path, &old);
    struct slice rest = { old.bytes, old.length }, line, found;
    while (next_line(&rest, &line)) {
        if (session_line(app, key, line, &found)) continue;
        text_add(&text, line.bytes, line.length);
        text_add_string(&text, "\n");
    }
    text_format(&text, "%s\t%s\t%s\n",
                app->engine ? workspace_path(engine_workspace(app->engine)) : app->name, key,
                value);
    write_file(path, &text);
    text_fini(&old);
    text_fini(&text);
}
