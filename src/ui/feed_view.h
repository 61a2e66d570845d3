/* feed_view.h - the list a user gets, and the receipt of the row in sight beside it.
 *
 * Where the list is a what-if or of a past date, the list as it is now stands beside it until a
 * receipt is opened, and every row says by how much it moved.
 *
 *   feed_view.c    life, keys          feed_ask.c   what it asks the loader
 *   feed_change.c  what-if, as-of                     feed_draw.c  drawing
 *   feed_request.c  why not, because                 feed_map.c   where attention looked
 *   feed_prompt.c  the answer to a prompt     feed_moves.c  what moved between the two, and by what
 */
#ifndef AISLE_UI_FEED_VIEW_H
#define AISLE_UI_FEED_VIEW_H

#include "app.h"
#include "what_if_form.h"

#include "aisle/past.h"
#include "job/changes.h"
#include "job/list_request.h"
#include "job/privacy.h"

#include <stdatomic.h>

/* One answer of the models lane, shared between the view and requests about it. Immutable. */
struct feed_bundle {
    atomic_int references;
    struct serving serving;
    struct past past; /* what of the shop is of then, where it is about a past day */
    struct shopper *shopper;
    struct feed *feed;
    double milliseconds; /* to make the list */
    char *report;        /* of a prompt: how the list was made; else NULL */
    int64_t now;         /* the day by which rules went */
    bool without_rules;
};
/* How the bundle's list was made, for another one of this length like it. */
struct feed_options feed_bundle_options(const struct feed_bundle *bundle, int32_t length);
struct feed_bundle *feed_bundle_retain(struct feed_bundle *bundle);
void feed_bundle_release(struct feed_bundle *bundle); /* NULL is allowed */

/* What makes the shopper another one than the user is now. */
struct feed_changes {
    int64_t as_of; /* MOMENT_NONE = now */
    struct changes said;
};
bool feed_changed_any(const struct feed_changes *changes);
bool feed_changes_copy(struct feed_changes *to, const struct feed_changes *from);
void feed_changes_fini(struct feed_changes *changes);

/* A line of the receipt as it is unfolded. */
struct receipt_line {
    const struct receipt *node;
    int colour_depth;
};

/* What is asked about a list, and shown on top of it. */
enum feed_answer { FEED_WHY_NOT, FEED_BECAUSE, FEED_COMPARE };

struct feed_view {
    struct view view;
    int64_t key;
    char id[256];
    char model[24]; /* "" = the best that is served */
    char *prompt;   /* whose answer this is; NULL = the list of the user with `id` */
    struct feed_bundle *bundle;
    struct feed_changes changes;
    struct form *form;        /* the page that shows them, while it is open */
    struct feed_bundle *base; /* the list without changes, where there are any; else NULL */
    struct comparison *moves; /* what moved between the two, and by what; NULL until it is known */
    struct error error;
    bool asked;
    bool renewing; /* both lists are read anew: first the one without changes */
    struct {
        enum feed_answer kind;
        char words[256];
        int32_t item;
        bool again; /* once the list is new */
    } answer;       /* the last that was asked for about the list */
    bool without_rules;
    struct privacy privacy; /* as the receipt was made under */
    bool revealed;          /* others are shown by their ids */
    unsigned rules_seen;    /* app->rules_changed when the list was asked for */
    enum basis basis;       /* of the row whose receipt is in sight */

    int32_t cursor, top;
    int rows, columns;
    bool in_receipt; /* the keys go to the receipt */
    bool scrolls;    /* the list moves on: its receipt is not drawn until the keys rest */

    struct receipt *receipt;
    int32_t receipt_item, receipt_asked; /* -1 = none */
    struct receipt_line *lines;
    int32_t n_lines, line, line_top;
    const struct receipt **open; /* nodes that are unfolded */
    int32_t n_open, open_capacity;
    bool receipt_reading, open_when_loaded;
};

void feed_ask(struct feed_view *feed);
/* Reads the list anew, and the one beside it. */
void feed_renew(struct feed_view *feed);
/* The last answer is asked for again, of the list as it will be. For a sheet's or table's `again`;
 * the second does it. */
void feed_again(struct view *feed);
void feed_answer_again(struct feed_view *feed);
void feed_remember(struct feed_view *feed, enum feed_answer kind, const char *words, int32_t item);
/* To the clipboard: the row, or of a receipt the sentence for the customer (feed_copy.c). */
void feed_copy(struct feed_view *feed);
/* Others by their ids, where privacy hides them; noted in the log (feed_reveal.c). */
void feed_reveal(struct feed_view *feed);
/* The words of a receipt: others masked unless revealed. */
struct label_style feed_style(const struct feed_view *feed);
/* Fills the bundle with the answer to a prompt, and id (256 bytes) with the user's: on a worker. */
bool feed_answer_prompt(const struct loader_context *context, struct feed_bundle *bundle,
                        const char *prompt, const char *model, const struct feed_changes *changes,
                        int32_t length, int64_t now, char *id, struct error *error);
int32_t feed_find_user(const struct dataset *dataset, int64_t key, const char *id);
/* What moved between the list beside it and this one: asks; and of the selected row, in words. */
void feed_ask_moves(struct feed_view *feed);
void feed_describe_move(const struct feed_view *feed, struct text *out);
/* Whether what is listed is earlier than what stands beside it. */
bool feed_goes_back(const struct feed_view *feed);
void feed_ask_as_of(struct feed_view *feed);
void feed_ask_why_not(struct feed_view *feed);
/* "Tent" (bought, or taken back), "return Tent", "rate Tent=4", "city=Lyon", "scenario rain". */
void feed_what_if(struct feed_view *feed, const char *words);
/* The same of one kind; CHANGE_KINDS: the words say which. */
void feed_say(struct feed_view *feed, enum change_kind kind, const char *words);
void feed_take_back(struct feed_view *feed, int32_t index);
/* The changes under a name in the workspace; a name is taken away. */
void feed_save_scenario(struct feed_view *feed, const char *name);
void feed_delete_scenario(struct feed_view *feed, const char *name);
void feed_as_of(struct feed_view *feed, const char *words);
void feed_why_not(struct feed_view *feed, const char *words);
void feed_ask_compare(struct feed_view *feed); /* feed_compare.c */
void feed_compare_with(struct feed_view *feed, const char *words);
void feed_because(struct feed_view *feed); /* of the selected row */
void feed_ask_map(struct feed_view *feed); /* feed_map.c */
/* Back to the list as it is now; false when it is. */
bool feed_undo_changes(struct feed_view *feed);
void feed_ask_receipt(struct feed_view *feed, int32_t item);
void feed_unfold(struct feed_view *feed); /* lines from the receipt and what is open */
bool feed_is_open(const struct feed_view *feed, const struct receipt *node);
void feed_draw(const struct view *view, struct grid *grid, struct area area);
/* Whether list and receipt stand side by side at this width. */
bool feed_side_by_side(int columns);
int32_t feed_item(const struct feed_view *feed); /* of the selected row, or -1 */

#endif
