/* health.c - see the header. */
#include "health.h"

#include "checked.h"

#include "aisle/rng.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { AT_ONCE = 16 << 20 }; /* bytes: less than 50 ms */

struct health {
    pthread_t thread;
    sqlite3 *db;
    const char *path;
    struct error error;
    atomic_bool ended, damaged;
};

void health_mark(char out[64])
{
    char words[256] = "", host[128] = "";
    uint64_t hash = 0x6169736c65;
    FILE *file = fopen("/etc/machine-id", "re");

    if (file) {
        if (!fgets(words, sizeof words, file)) words[0] = '\0';
        fclose(file);
    }
    if (gethostname(host, sizeof host - 1) != 0) host[0] = '\0';
    for (const char *c = words; *c; c++)
        hash = rng_mix(hash ^ (unsigned char)*c);
    for (const char *c = host; *c; c++)
        hash = rng_mix(hash ^ (unsigned char)*c);
    snprintf(out, 64, "%016llx " PACKAGE_VERSION, (unsigned long long)hash);
}

static bool is_ours(sqlite3 *db)
{
    char ours[64];
    sqlite3_stmt *find = NULL;
    health_mark(ours);
    bool same = sqlite3_prepare_v2(db, "SELECT value FROM meta WHERE name = 'written_by'", -1,
                                   &find, NULL) == SQLITE_OK &&
                sqlite3_step(find) == SQLITE_ROW && slice_equal(database_text(find, 0), ours);
    sqlite3_finalize(find);
    return same;
}

/* Page by page, without looking rows up in their indexes. */
static bool look_over(sqlite3 *db, const char *path, struct error *error)
{
    sqlite3_stmt *check = database_prepare(db, path, "PRAGMA quick_check(1)", error);
    if (!check) return false;
    const int code = sqlite3_step(check);
    bool good = code == SQLITE_ROW;
    if (!good) {
        database_error(db, code, path, "be read", error);
    } else if (!slice_equal(database_text(check, 0), "ok")) {
        struct text seen = { 0 };
        struct slice says = database_text(check, 0);
        for (size_t i = 0; i < says.length; i++)
            text_add(&seen, says.bytes[i] == '\n' ? " " : says.bytes + i, 1);
        static const char where[] = "*** in database main *** ";
        const char *words = seen.bytes ? seen.bytes : "error code=7";
        if (strncmp(words, where, strlen(where)) == 0) words += strlen(where);
        if (strstr(words, "error code=7")) /* SQLITE_NOMEM: the page was not read at all */
            good = error_memory(error, "a database page");
        else
            good = checked_refuse(path, error, "%.120s", words);
        text_fini(&seen);
    }
    sqlite3_finalize(check);
    return good;
}

static void *look_beside(void *context)
{
    struct health *health = context;
    if (!look_over(health->db, health->path, &health->error) &&
        health->error.code == ERROR_DATABASE)
        atomic_store(&health->damaged, true);
    atomic_store(&health->ended, true);
    return NULL;
}

static bool begin_beside(struct workspace *workspace, struct error *error)
{
    struct health *health = calloc(1, sizeof *health);
    if (!health) return error_memory(error, "a workspace");
    health->path = workspace->path;
    if (!workspace_open_reading(workspace, &health->db, error)) {
        free(health);
        return false;
    }
    if (pthread_create(&health->thread, NULL, look_beside, health) != 0) {
        const bool good = look_over(health->db, health->path, error);
        sqlite3_close(health->db);
        free(health);
        return good;
    }
    workspace->health = health;
    return true;
}

bool health_open(struct workspace *workspace, sqlite3 *db, struct error *error)
{
    int64_t pages = 0, size = 0;
    if (is_ours(db)) return true;
    database_number(db, "PRAGMA page_count", &pages);
    database_number(db, "PRAGMA page_size", &size);
    return pages * size <= AT_ONCE ? look_over(db, workspace->path, error)
                                   : begin_beside(workspace, error);
}

bool health_good(const struct workspace *workspace, struct error *error)
{
    const struct health *health = workspace->health;
    if (!health || !atomic_load(&health->damaged)) return true;
    if (error) *error = health->error;
    return false;
}

void health_close(struct workspace *workspace)
{
    struct health *health = workspace->health;
    if (!health) return;
    /* What comes before the first step would be missed: ask until it ends. */
    while (!atomic_load(&health->ended)) {
        const struct timespec moment = { .tv_nsec = 1000000 };
        sqlite3_interrupt(health->db);
        nanosleep(&moment, NULL);
    }
    pthread_join(health->thread, NULL);
    sqlite3_close(health->db);
    free(health);
    workspace->health = NULL;
}
