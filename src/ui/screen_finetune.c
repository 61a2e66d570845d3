/* screen_finetune.c - going on learning from what is new: what it starts from, how much worse the
 * result may be, and whether it happens by itself. */
#include "form.h"
#include "screens.h"

#include "aisle/learning.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MARGIN, START, AFTER };
enum { NOTE_FROM, NOTE_WHAT, NOTE_KEPT, NOTE_WRONG };

static const char kind[] = "attention";

static const struct run *served(const struct app *app)
{
    const struct overview *overview = app->overview;
    for (int32_t i = 0; overview && i < overview->n_runs; i++)
        if (overview->runs[i].active && strcmp(overview->runs[i].kind, kind) == 0)
            return &overview->runs[i];
    return NULL;
}

static bool read_margin(const char *text, double *margin)
{
    return slice_to_double(slice_of(text), margin) && *margin >= 0 && *margin <= 1;
}

void app_finetune(struct app *app, const char *words)
{
    struct error error;
    double margin = app->overview ? app->overview->learning.margin : FINETUNE_MARGIN;
    if (words && *words && !read_margin(words, &margin)) {
        app_say(app, "%.40s: the margin is a number from 0 to 1", words);
        app->message_bad = true;
        return;
    }
    const int64_t job = app->queue ? job_finetune(app->queue, kind, margin, &error) : 0;
    if (job == 0 && app->queue)
        app_fail(app, &error);
    else if (job != 0)
        app_say(app, "job %lld begins; F7 shows it", (long long)job);
    app_refresh_jobs(app);
}

/* ------------------------------------------------------------------------------------ setting */

struct wish {
    int64_t after;
};

static bool work(struct job_context *job, void *argument, struct error *error)
{
    const struct wish *wish = argument;
    if (!learning_set(engine_workspace(job->engine), job->reader, wish->after, -1, error))
        return false;
    if (wish->after > 0)
        snprintf(job->message, 512, "after %lld new events attention goes on learning by itself",
                 (long long)wish->after);
    else
        snprintf(job->message, 512, "attention goes on learning only when it is told to");
    return true;
}

bool app_learn_after(struct app *app, struct slice words)
{
    struct error error;
    int64_t after = 0;
    const bool off = slice_equal(words, "off");
    if (!off && (!slice_to_int64(words, &after) || after < 0)) {
        app_say(app, "finetune is a number of new events, or off");
        app->message_bad = true;
        return false;
    }
    struct wish *wish = app->queue ? malloc(sizeof *wish) : NULL;
    if (!wish) return false;
    wish->after = after;
    if (job_submit(app->queue, "set when to fine-tune", 0, work, wish, free, &error) != 0)
        return true;
    app_fail(app, &error);
    return false;
}

/* ----------------------------------------------------------------------------------- the form */

static void changed(struct form *form, int id)
{
    double margin;
    if (id == AFTER) {
        if (app_learn_after(form_app(form), slice_of(form_value(form, AFTER))))
            form_note(form, NOTE_WRONG, MEANING_BAD, NULL);
        else
            form_note(form, NOTE_WRONG, MEANING_BAD, "a number of new events, or off");
        return;
    }
    form_note(form, NOTE_WRONG, MEANING_BAD,
              read_margin(form_value(form, MARGIN), &margin) ? NULL : "a margin is from 0 to 1");
}

static void pressed(struct form *form, int id)
{
    struct app *app = form_app(form);
    char margin[64];
    (void)id;
    snprintf(margin, sizeof margin, "%s", form_value(form, MARGIN));
    app_pop(app); /* frees the form */
    app_finetune(app, margin);
}

/* What it starts from, where there is a run to start from and something to learn. */
static void describe_start(struct form *form, const struct app *app)
{
    char sentence[200];
    const struct run *run = served(app);
    if (!run) {
        form_note(form, NOTE_FROM, MEANING_WARN, "no attention run is served yet: train one first");
        return;
    }
    const int64_t since = app->overview->counts.last_event - run->events_seen;
    snprintf(sentence, sizeof sentence, "from run %lld: %s since it was trained%s",
             (long long)run->id, text_count(since, "event").text,
             since > 0 ? "" : ", nothing to learn");
    form_note(form, NOTE_FROM, since > 0 ? MEANING_GOOD : MEANING_WARN, sentence);
}

struct view *finetune_view_new(struct app *app)
{
    struct form *form = form_new(
        app,
        &(struct form_spec){ .title = "Go on learning", .changed = changed, .pressed = pressed });
    const struct learning learning =
        app->overview ? app->overview->learning : (struct learning){ .margin = FINETUNE_MARGIN };
    char value[32];
    snprintf(value, sizeof value, "%.10g", learning.margin);
    form_button(form, START, "Go on learning", "begins the job; F7 shows it");
    form_text(form, MARGIN, "margin", value,
              "by how much NDCG@10 may be worse before the new run is rejected");
    form_heading(form, "This workspace");
    snprintf(value, sizeof value, "%lld", (long long)learning.after);
    form_text(form, AFTER, "by itself after", learning.after > 0 ? value : "off",
              "new events, while this screen is open or ingest runs");
    if (form) describe_start(form, app);
    form_note(form, NOTE_WHAT, MEANING_DIM,
              "a few epochs over who did something new and a replay of others; a run that is");
    form_note(form, NOTE_KEPT, MEANING_DIM,
              "worse by more than the margin is kept as rejected, with its numbers");
    return form_view(form);
}
