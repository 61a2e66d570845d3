/* app_files.c - files that people have written: where to, and never over another one unasked. */
#include "app.h"

#include "aisle/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_over(struct view *view, const char *yes)
{
    (void)yes;
    view->app->write(view, view->app->write_path);
}

static void write_nothing(struct view *view)
{
    app_say(view->app, "nothing was written");
}

void app_write_to(struct app *app, struct view *view, const char *path,
                  void (*write)(struct view *view, const char *path))
{
    const char *home = getenv("HOME");
    char label[160];
    if (!*path) return;
    bool tilde = path[0] == '~' && path[1] == '/' && home;
    snprintf(app->write_path, sizeof app->write_path, "%s%s", tilde ? home : "",
             tilde ? path + 1 : path);
    app->write = write;
    const struct file_target target = {
        app->write_path, app->engine ? workspace_path(engine_workspace(app->engine)) : NULL, false
    };
    struct error error;
    if (!file_is_free(&target, &error)) {
        app_fail(app, &error);
        return;
    }
    if (access(app->write_path, F_OK) != 0) {
        write(view, app->write_path);
        return;
    }
    snprintf(label, sizeof label, "%.100s is there already. Write over it?", app->write_path);
    app_prompt(app, &(struct prompt_spec){ .label = label,
                                           .kind = PROMPT_QUESTION,
                                           .view = view,
                                           .done = write_over,
                                           .given_up = write_nothing });
}

/* What became of a job that has just ended: its result or its reason, on the message line. */
static void describe(struct app *app, const struct job_info *job)
{
    if (job->id == app->loading || !job->message[0] || job->state == JOB_CANCELLED) return;
    app_say(app, "%s: %s", job->title, job->message);
    app->message_bad = job->state == JOB_FAILED;
}

int app_describe_jobs(struct app *app)
{
    int ended = 0;
    struct job_info *before = app->jobs;
    int32_t n_before = app->n_jobs;
    app->jobs = NULL;
    app->n_jobs = 0;
    app_refresh_jobs(app);
    if (!app->jobs) { /* not to be had now */
        app->jobs = before;
        app->n_jobs = n_before;
        return 0;
    }
    for (int32_t i = 0; i < app->n_jobs; i++) {
        const struct job_info *job = &app->jobs[i];
        bool known = false;
        for (int32_t k = 0; k < n_before; k++)
            known |= before[k].id == job->id && before[k].finished != MOMENT_NONE;
        if (job->finished == MOMENT_NONE || known) continue;
        ended++;
        describe(app, job);
    }
    free(before);
    return ended;
}
