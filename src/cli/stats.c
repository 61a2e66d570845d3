/* stats.c - what the workspace holds. Nothing in it changes by importing the same file again. */
#include "command.h"

#include <stdio.h>

static json_t *json_moment(int64_t moment)
{
    char text[MOMENT_TEXT_SIZE];
    return moment == MOMENT_NONE ? json_null() : json_string(moment_text(moment, text));
}

int command_stats(struct call *call)
{
    int status = STATUS_DONE;
    struct error error = { 0 };
    struct workspace_counts counts;
    if (!call_open(call, WORKSPACE_READ, &status)) return status;
    int64_t pairs;
    if (!workspace_counts(call->reader, &counts, &error) ||
        !workspace_pairs(call->reader, &pairs, &error))
        return call_fail(&error);
    const double cells = (double)counts.users * (double)counts.items;
    const double density = cells > 0 ? (double)pairs / cells : 0;
    const int64_t *of_type = counts.of_type;
    if (call->json) {
        json_t *types = json_object();
        for (int type = 0; type < EVENT_TYPES; type++)
            json_object_set_new(types, event_type_name((enum event_type)type),
                                json_integer(of_type[type]));
        const char *others = workspace_others(call->workspace);
        return print_json(json_pack(
            "{s:I, s:I, s:I, s:I, s:f, s:o, s:o, s:I, s:I, s:I, s:s, s:o, s:o*}", "users",
            (json_int_t)counts.users, "items", (json_int_t)counts.items, "events",
            (json_int_t)counts.events, "pairs", (json_int_t)pairs, "density", density, "first",
            json_moment(counts.first_time), "last", json_moment(counts.last_time), "friendships",
            (json_int_t)counts.friendships, "users_without_events",
            (json_int_t)counts.users_without_events, "items_without_events",
            (json_int_t)counts.items_without_events, "profile", counts.profile, "types", types,
            "other_tables", others[0] ? json_text(slice_of(others)) : NULL));
    }
    char first[MOMENT_TEXT_SIZE], last[MOMENT_TEXT_SIZE];
    printf("users        %12lld  (%lld without events)\n", (long long)counts.users,
           (long long)counts.users_without_events);
    printf("items        %12lld  (%lld without events)\n", (long long)counts.items,
           (long long)counts.items_without_events);
    printf("events       %12lld\n", (long long)counts.events);
    for (int type = 0; type < EVENT_TYPES; type++)
        if (of_type[type])
            printf("  %-10s %12lld\n", event_type_name((enum event_type)type),
                   (long long)of_type[type]);
    printf("pairs        %12lld  (density %.4f %%)\n", (long long)pairs, 100 * density);
    printf("friendships  %12lld\n", (long long)counts.friendships);
    if (counts.first_time != MOMENT_NONE)
        printf("from %s to %s\n", moment_text(counts.first_time, first),
               moment_text(counts.last_time, last));
    if (workspace_others(call->workspace)[0]) {
        printf("tables of others, left alone: ");
        print_visible(slice_of(workspace_others(call->workspace)));
        putchar('\n');
    }
    return STATUS_DONE;
}
