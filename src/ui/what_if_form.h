/* what_if_form.h - `x` on the Feed: everything that can be changed of a shopper, what is changed
 * so far, and the scenarios that were saved.
 *
 * It opens with the line for one more purchase under the cursor, so that the quickest question is
 * `x`, a word of a title, Enter: that leads straight back to the lists. Esc on that line shows the
 * page. Changes are the feed's; the form only shows them and asks it to make others. */
#ifndef AISLE_UI_WHAT_IF_FORM_H
#define AISLE_UI_WHAT_IF_FORM_H

#include "form.h"

struct feed_view;

/* Opens it above the feed, which outlives it and is told by feed->form. */
void what_if_form_open(struct feed_view *feed);
/* The feed's changes are others; the workspace's scenarios are. */
void what_if_form_renew(struct form *form);
void what_if_form_reload(struct form *form);

#endif
