/* app.h - the workbench on screen: the stack of views, the strips around them, the prompt.
 *
 * Everything runs on the UI thread. The app can be driven without a terminal: app_new(), app_key(),
 * app_drain(), app_render() give grids, which is how tests and `make screens` work.
 */
#ifndef AISLE_UI_APP_H
#define AISLE_UI_APP_H

#include "aisle/learning.h"
#include "aisle/watch.h"
#include "job/labels.h"
#include "loader.h"
#include "prompt.h"
#include "settings.h"
#include "terminal.h"
#include "ui.h"
#include "view.h"

/* What the strips and Home say about the workspace; made by the loader, replaced whole. */
struct overview {
    struct workspace_counts counts;
    struct run *runs;
    int32_t n_runs;
    int32_t rules, drafts; /* in force and written; not yet in force */
    int32_t active, stale; /* kinds being served; of them, those older than the data */
    struct learning learning;
    const struct model_kind *stopped; /* a training that could go on; NULL = none */
    int64_t behind; /* events since the newest attention run; -1 where none is served */
};

struct app {
    /* What it works on. */
    struct engine *engine;       /* NULL in some tests */
    struct job_queue *queue;     /* NULL in some tests */
    struct job_queue *own_queue; /* the same, where the app is to free it */
    struct loader *loader;
    struct reader *look;       /* the UI thread's own, for app_look(); NULL in some tests */
    int64_t version;           /* of the workspace at the last look */
    struct freshness fresh;    /* its data and rules then */
    struct watch *watch;       /* hears what other programs write; NULL without a screen */
    struct terminal *terminal; /* NULL without a screen */
    struct grid *grid;
    struct view *view;         /* top of the stack */
    struct overview *overview; /* NULL until it is known */
    struct job_info *jobs;     /* copy, newest first */
    int64_t loading;           /* the job that reads data and models at the start; 0 = none */
    int64_t learned;           /* the last event there was when a job to learn it began */
    int32_t n_jobs;
    unsigned rules_changed; /* counts changes of rules: lists look anew */
    int notify[2];          /* pipe: workers write, the UI thread waits */
    atomic_int changed;     /* 1: somebody wrote; 2: it has become quiet */
    /* How it looks and listens. */
    struct keymap keymap;
    struct prompt prompt;
    struct pseudonymiser pseudonymiser; /* on while presenting: people are pseudonyms */
    struct settings settings;
    struct theme theme;
    int tour;              /* step of the tour from 1; 0 = none */
    int tour_ahead;        /* steps asked for while this one still reads */
    const char *tour_keys; /* of the step: still to be pressed */
    char pressed[64];      /* while presenting: names of the last keys, each ended by ' ' */
    char name[128];        /* the workspace, without folder */
    char message[512];
    char write_path[1024]; /* of the file that is asked about */
    void (*write)(struct view *view, const char *path);
    /* Clocks and pace. */
    int64_t (*now)(void);  /* moment; tests have a clock of their own */
    double rate;           /* events a second that arrive, 0 when it is quiet */
    double last_overview;  /* monotonic seconds */
    double last_key;       /* monotonic seconds */
    bool still;            /* that clock stands: nothing that is measured is shown */
    bool debounce_pending; /* the keys have not rested since the last one: what can wait, waits */
    bool postponed;        /* a view waits for the keys to rest */
    bool live;             /* models work in what arrives */
    bool pasting;          /* between the marks of a paste that no prompt takes */
    bool message_bad;
    bool dirty; /* something on screen may have changed */
    bool quit;
};

/* The queue is made with app_notify and the app as its context, or handed over by options. */
struct app *app_new(struct engine *engine, struct job_queue *queue,
                    const struct ui_options *options, struct error *error);
void app_free(struct app *app);
/* For job_queue_new(): wakes the UI thread. Safe from any thread. */
void app_notify(void *app);
/* For watch_start(). */
void app_changed(void *app, bool quiet);
double app_monotonic(void); /* seconds */

/* One key, as the main loop gives it; the second, past prompts and the tour. */
void app_key(struct app *app, struct key key);
void app_key_plain(struct app *app, struct key key);
/* Keys typed ahead are about rows that are still being read: a moment for them to come. */
void app_catch_up(struct app *app, int milliseconds);
/* Milliseconds until the keys have rested and what was postponed is due; 0 = now, -1 = nothing is.
 */
int app_debounce(struct app *app);
/* Handles answers and finished jobs; the main loop calls it when the pipe has a byte. */
void app_work(struct app *app);
/* Waits until nothing is being loaded any more; for tests. */
void app_drain(struct app *app);
/* The screen at this size. Owned by the app. */
const struct grid *app_render(struct app *app, int rows, int columns);

/* The stack. app_push() takes the view (NULL: nothing happens, the message says why). */
void app_push(struct app *app, struct view *view);
void app_pop(struct app *app);
/* Replaces the whole stack above Home. */
void app_show(struct app *app, struct view *view);

/* Runs an action on the top view, else on the app. */
void app_act(struct app *app, enum action action, const char *argument);
/* ":…" without the colon. */
void app_command(struct app *app, const char *line);

void app_say(struct app *app, const char *format, ...) __attribute__((format(printf, 2, 3)));
void app_fail(struct app *app, const struct error *error);
void app_prompt(struct app *app, const struct prompt_spec *spec);
/* Asks the loader on behalf of a view; failures become messages. */
void app_ask(struct app *app, const struct request *request);
/* Rules are not what they were: lists and tables are made anew. */
void app_rules_changed(struct app *app);
bool app_set_theme(struct app *app, const char *name);
/* Whether a body of this width shows a pane beside the list. */
bool app_has_pane(const struct app *app, int columns);
/* Begins a job that trains; parameters NULL = as usual. */
void app_train(struct app *app, const char *kind, const struct parameters *parameters);
/* Whether a job is at work or waits: what it may still do is not asked for. */
bool app_trains(const struct app *app);
/* Begins a job that fine-tunes; words: the margin, NULL as it is set (screen_finetune.c). */
void app_finetune(struct app *app, const char *words);
/* A number of new events, or "off": when it begins by itself. False after telling. */
bool app_learn_after(struct app *app, struct slice words);
/* The words of the workspace's profile, and the mask. */
struct label_style app_style(const struct app *app);
/* Text to the person's clipboard. */
void app_copy(struct app *app, struct slice text);

/* Writes to a file, after asking where it is there already; "~/" is the person's home. */
void app_write_to(struct app *app, struct view *view, const char *path,
                  void (*write)(struct view *view, const char *path));

/* Parts, one file each. */
void app_draw(struct app *app);                                             /* app_draw.c */
bool app_global(struct app *app, enum action action, const char *argument); /* app_global.c */
void app_complete(struct app *app, int step);                               /* app_complete.c */
void app_refresh_overview(struct app *app);                                 /* app_overview.c */
void app_refresh_jobs(struct app *app);
/* The same, and says what became of those that ended meanwhile; how many. */
int app_describe_jobs(struct app *app); /* app_files.c */
void overview_free(struct overview *overview);

#endif
