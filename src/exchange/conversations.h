/* conversations.h - purchases as conversations, one JSON object a line, the form in which chat
 * models are fine-tuned.
 *
 *   {"messages":[{"role":"system","content":"You recommend items of a shop …"},
 *    {"role":"user","content":"User 1 bought item 2 at …. … User 1 is interested in the following
 *     items:"},
 *    {"role":"assistant","content":"item 3 (title), item 4 (title)"}]}
 *
 * One user a line, in the order of the users. The last events of the user are the answer (at most
 * ANSWER, and never more than half), the events before them the question (at most HISTORY). Users
 * with fewer than two events have nothing to ask and are left out.
 */
#ifndef AISLE_EXCHANGE_CONVERSATIONS_H
#define AISLE_EXCHANGE_CONVERSATIONS_H

#include "aisle/bytes.h"
#include "aisle/workspace.h"

bool export_conversations(struct reader *reader, bytes_put *put, void *context,
                          struct progress *progress, struct error *error);

#endif
