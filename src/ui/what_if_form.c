#include "what_if_form.h"

#include "feed_view.h"

#include "aisle/scenarios.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Kinds of changes are their own ids; then come the others, the changes and the scenarios. */
enum { SAVE = CHANGE_KINDS, DELETE, FIRST_CHANGE = 100, FIRST_SCENARIO = 10000 };
enum { SLOT_LOAD };

struct page {
    struct feed_view *feed; /* below the form, so it is there as long as the form is */
    bool quick;             /* the line it opened with: Enter leads back to the lists */
    struct stored_scenario *scenarios;
    int32_t n_scenarios;
};

static void release_page(void *context)
{
    struct page *page = context;
    page->feed->form = NULL;
    scenarios_free(page->scenarios, page->n_scenarios);
    free(page);
}

/* --------------------------------------------------------------------------------- what it shows
 */

static void add_changes(struct form *form, const struct feed_view *feed)
{
    const struct changes *said = &feed->changes.said;
    const struct dataset *dataset = feed->bundle->serving.dataset;
    form_heading(form,
                 said->n > 0 ? "CHANGED SO FAR (Enter takes it back)" : "NOTHING IS CHANGED YET");
    for (int32_t i = 0; i < said->n; i++) {
        struct text report = { 0 };
        char number[16];
        snprintf(number, sizeof number, "%d", i + 1);
        change_describe(&said->list[i], dataset, &feed->view.app->pseudonymiser, &report);
        form_row(form, FIRST_CHANGE + i, number, report.bytes, "Enter takes the change back");
        text_fini(&report);
    }
}

static void add_scenarios(struct form *form, const struct page *page)
{
    const struct dataset *dataset = page->feed->bundle->serving.dataset;
    struct text names = { 0 };
    form_heading(form, page->n_scenarios > 0 ? "SCENARIOS (Enter adds what it changes)"
                                             : "NO SCENARIO IS SAVED YET");
    for (int32_t s = 0; s < page->n_scenarios; s++) {
        struct changes changes;
        struct text report = { 0 };
        if (changes_parse(&changes, slice_of(page->scenarios[s].body), NULL)) {
            changes_describe(&changes, dataset, &page->feed->view.app->pseudonymiser, &report);
            changes_fini(&changes);
        }
        form_row(form, FIRST_SCENARIO + s, page->scenarios[s].name, report.bytes,
                 "Enter adds what the scenario changes");
        text_fini(&report);
        text_format(&names, "%s\n", page->scenarios[s].name);
    }
    form_text(form, SAVE, "save changes as", "", "a name: for anybody, on the command line too");
    form_complete(form, SAVE, ARGUMENT_CHOICE, names.bytes);
    form_text(form, DELETE, "delete scenario", "", "its name; the audit log takes it back");
    form_complete(form, DELETE, ARGUMENT_CHOICE, names.bytes);
    text_fini(&names);
}

/* What follows the lines that are typed into. */
void what_if_form_renew(struct form *form)
{
    const struct page *page = form_context(form);
    form_cut(form, CHANGE_WORDS);
    add_changes(form, page->feed);
    add_scenarios(form, page);
    form_app(form)->dirty = true;
}

/* ------------------------------------------------------------------------------------- scenarios
 */

struct loading {
    struct stored_scenario *scenarios;
    int32_t n;
};

static void release_loading(void *argument)
{
    struct loading *loading = argument;
    scenarios_free(loading->scenarios, loading->n);
    free(loading);
}

static bool load_work(const struct loader_context *context, void *argument, struct error *error)
{
    struct loading *loading = argument;
    return scenarios_list(context->reader, &loading->scenarios, &loading->n, error);
}

static void load_answer(void *owner, void *argument, const struct error *error)
{
    struct form *form = owner;
    struct loading *loading = argument;
    struct page *page = form_context(form);
    if (error) {
        app_fail(form_app(form), error);
        return;
    }
    scenarios_free(page->scenarios, page->n_scenarios);
    page->scenarios = loading->scenarios;
    page->n_scenarios = loading->n;
    loading->scenarios = NULL;
    loading->n = 0;
    what_if_form_renew(form);
}

void what_if_form_reload(struct form *form)
{
    struct loading *loading = calloc(1, sizeof *loading);
    if (!loading) return;
    app_ask(form_app(form), &(struct request){ .owner = form_view(form),
                                               .slot = SLOT_LOAD,
                                               .lane = LANE_PAGES,
                                               .work = load_work,
                                               .answer = load_answer,
                                               .release = release_loading,
                                               .argument = loading });
}

/* --------------------------------------------------------------------------------------- filling
 */

static void say(struct form *form, int id, const char *words)
{
    const struct page *page = form_context(form);
    struct feed_view *feed = page->feed;
    const bool quick = page->quick;
    if (id == CHANGE_WITH)
        feed_what_if(feed, words); /* whatever the line says */
    else
        feed_say(feed, (enum change_kind)id, words);
    if (quick) app_pop(form_app(form));
}

static void changed(struct form *form, int id)
{
    char words[256];
    snprintf(words, sizeof words, "%s", form_value(form, id));
    form_set(form, id, "");
    if (!words[0]) return;
    const struct page *page = form_context(form);
    if (id == SAVE)
        feed_save_scenario(page->feed, words);
    else if (id == DELETE)
        feed_delete_scenario(page->feed, words);
    else
        say(form, id, words); /* the last: it may close the form */
}

static void pressed(struct form *form, int id)
{
    const struct page *page = form_context(form);
    char words[256];
    if (id >= FIRST_SCENARIO && id - FIRST_SCENARIO < page->n_scenarios) {
        snprintf(words, sizeof words, "scenario %s", page->scenarios[id - FIRST_SCENARIO].name);
        feed_what_if(page->feed, words);
    } else if (id >= FIRST_CHANGE)
        feed_take_back(page->feed, id - FIRST_CHANGE);
}

static void given_up(struct form *form, int id)
{
    (void)id;
    ((struct page *)form_context(form))->quick = false;
}

void what_if_form_open(struct feed_view *feed)
{
    struct page *page = feed->bundle ? calloc(1, sizeof *page) : NULL;
    if (!page) return;
    page->feed = feed;
    page->quick = true;
    struct form *form = form_new(feed->view.app, &(struct form_spec){ .title = "What if",
                                                                      .changed = changed,
                                                                      .pressed = pressed,
                                                                      .given_up = given_up,
                                                                      .context = page,
                                                                      .release = release_page });
    if (!form) return;
    feed->form = form;
    form_text(form, CHANGE_WITH, "buys, or takes back", "",
              "an item, by id or words of its title; ITEM*2, ITEM@2026-01-31 too");
    form_complete(form, CHANGE_WITH, ARGUMENT_ITEM, NULL);
    form_text(form, CHANGE_RETURN, "gives back", "", "one of what was bought");
    form_complete(form, CHANGE_RETURN, ARGUMENT_ITEM, NULL);
    form_text(form, CHANGE_RATE, "rates", "", "ITEM=VALUE, such as i7=4");
    form_complete(form, CHANGE_RATE, ARGUMENT_ITEM, NULL);
    form_text(form, CHANGE_ATTRIBUTE, "is", "", "NAME=VALUE, such as city=Lyon, instead of theirs");
    form_text(form, CHANGE_WORDS, "asks for", "", "free text, where the model reads words");
    what_if_form_renew(form);
    app_push(feed->view.app, form_view(form));
    what_if_form_reload(form);
    form_edit(form, CHANGE_WITH);
}
