/* commands.c - the table of commands: what --help, and later the man page, say. */
#include "command.h"

/* What makes somebody another one than they are, and who is asked about, where it is not simply
 * USER as of now (shopper_options.c). */
#define WHAT_IF_OPTIONS                                                                            \
    { 0, "scenario", "NAME", "a what-if that was saved; may be repeated" },                        \
        { 0, "with", "ITEM", "as if bought, ITEM*2 or ITEM@TIME too; may be repeated" },           \
        { 0, "without", "ITEM", "as if it had not been; may be repeated" },                        \
        { 0, "return", "ITEM", "as if given back, ITEM*2 or ITEM@TIME too; may be repeated" },     \
        { 0, "rate", "ITEM=VALUE", "as if rated so; may be repeated" },                            \
        { 0, "attribute", "NAME=VALUE", "who they are; may be repeated" },                         \
    {                                                                                              \
        0, "words", "TEXT", "what they ask for"                                                    \
    }
#define SHOPPER_OPTIONS                                                                            \
    { 0, "as-of", "TIME", "as it was then, a day at its end; what is as it is today is said" },    \
        WHAT_IF_OPTIONS,                                                                           \
    {                                                                                              \
        0, "new", NULL, "somebody new instead of USER"                                             \
    }
#define END                                                                                        \
    {                                                                                              \
        0, NULL, NULL, NULL                                                                        \
    }

const struct option common_options[] = {
    { 'd', "data", "FILE", "the workspace" },
    { 0, "json", NULL, "print JSON" },
    { 'h', "help", NULL, "explain a command" },
    { 0, "version", NULL, "print the version" },
    END,
};

static const struct option workbench_options[] = {
    { 0, "theme", "NAME", "colours" },
    { 0, "color", "WHEN", "never: no colours" },
    { 0, "ascii", NULL, "no characters outside ASCII" },
    { 0, "a11y", NULL, "plain: for screen readers" },
    { 0, "present", NULL, "people as pseudonyms, to show it to others" },
    END,
};
static const struct option demo_options[] = {
    { 0, "profile", "P", "shop, news, video, music or social" },
    { 0, "theme", "NAME", "colours" },
    { 0, "color", "WHEN", "never: no colours" },
    { 0, "ascii", NULL, "no characters outside ASCII" },
    { 0, "a11y", NULL, "plain: for screen readers" },
    { 0, "present", NULL, "people as pseudonyms, to show it to others" },
    END,
};
static const struct option import_options[] = {
    { 0, "format", "F", "name of the format; found out where absent" },
    { 0, "map", "LIST", "user=COL,item=COL,time=COL,…, type=view" },
    { 0, "dates", "ORDER", "dmy, mdy or ymd: what comes first in dates that are open" },
    { 0, "encoding", "SET", "character set, as iconv calls it; found out where absent" },
    { 0, "recursive", NULL, "folders in folders as well" },
    { 0, "once", NULL, "leave out rows that another file or an earlier import has" },
    { 0, "dry-run", NULL, "show what is understood and would be added, write nothing" },
    { 0, "rejects", "FILE", "where bad rows go" },
    { 0, "force", NULL, "replace the file of rejects that is there already" },
    { 0, "strict", NULL, "one bad row and nothing is kept" },
    END,
};
static const struct option erase_options[] = {
    { 0, "verify", NULL, "erase nothing: look whether anything is left of USER" },
    { 0, "name", "NAME", "with --verify: what they were called, looked for too" },
    { 0, "finish", NULL, "go on with an erasure that was cut short" },
    END,
};
static const struct option privacy_options[] = {
    { 0, "least", "N", "parts of a receipt that rest on fewer people are summed, 5 at first" },
    END,
};
static const struct option ingest_options[] = {
    { 0, "map", "LIST",
      "user=COL,item=COL,time=COL,… of lines of CSV; else the names in a header, or "
      "user,item,time,type,quantity,value as far as a line goes; sentences ('User 7 bought item 9 "
      "at 2021-01-01 00:00:00.') need none" },
    { 0, "stop-at-end", NULL, "do not wait for more lines" },
    { 0, "rejects", "FILE", "where bad rows go, each with its line and reason" },
    { 0, "force", NULL, "add to a file of rejects that is there already" },
    END,
};
static const struct option train_options[] = {
    { 0, "set", "KEY=VALUE", "a parameter; may be repeated" },
    { 0, "seed", "N", "of random numbers" },
    END,
};
static const struct option recommend_options[] = {
    { 'm', "model", "MODEL", "which model; the best that is trained where absent" },
    { 'n', "count", "N", "how many" },
    SHOPPER_OPTIONS,
    { 0, "plain", NULL, "the model alone: no stock, no rules" },
    { 0, "all", NULL, "everybody's list instead of USER's: CSV, with --json a line a user" },
    END,
};
static const struct option finetune_options[] = {
    { 0, "margin", "M", "by how much NDCG@10 may be worse before it is rejected, 0.002" },
    { 0, "automatic", "N",
      "from now on after N new events by itself, while the workbench is open or ingest runs; 0 "
      "ends "
      "it" },
    END,
};
static const struct option ask_options[] = {
    { 'm', "model", "MODEL", "which model; the best beside the words where absent" },
    { 'n', "count", "N", "how many items" },
    { 0, "continue", "N", "the next N purchases as sentences instead, drawn at random" },
    { 0, "temperature", "T", "1 draws by likelihood, less is safer, 0 takes the likeliest" },
    { 0, "seed", "N", "the same seed draws the same" },
    { 0, "as-of", "TIME", "as if it were then" },
    { 0, "attribute", "NAME=VALUE", "who asks; may be repeated" },
    { 0, "drop", "N", "without the N-th filter that was read, or all; may be repeated" },
    END,
};
static const struct option explain_options[] = {
    { 0, "reveal", NULL, "ids even where privacy is on; the audit log notes it" },
    { 'm', "model", "MODEL", "which model" },
    { 'n', "count", "N", "how long the list is, 10 where absent" },
    SHOPPER_OPTIONS,
    { 0, "all", NULL, "open everything, however many parts" },
    { 0, "sentence", NULL, "one sentence for the customer instead, from what the receipt holds" },
    { 0, "tone", "TONE", "the sentence said otherwise by a generator: friendly, formal" },
    { 0, "language", "NAME", "which generator (aisle language); none goes without" },
    { 0, "map", NULL, "where an attention model looked, head by head: not a reason" },
    { 0, "plain", NULL, "the model alone: no stock, no rules" },
    END,
};
static const struct option whynot_options[] = {
    { 'm', "model", "MODEL", "which model; the best that is trained where absent" },
    { 'n', "count", "N", "how long the list is, 10 where absent" },
    SHOPPER_OPTIONS,
    { 0, "plain", NULL, "the model alone: no stock, no rules" },
    END,
};
static const struct option because_options[] = {
    { 'm', "model", "MODEL", "which model; the best that is trained where absent" },
    { 'n', "count", "N", "how long the list is, 10 where absent" },
    SHOPPER_OPTIONS,
    { 0, "plain", NULL, "the model alone: no stock, no rules" },
    END,
};
static const struct option compare_options[] = {
    { 'm', "model", "MODEL", "of both lists; the best that is trained where absent" },
    { 0, "run", "N", "the run of the first list" },
    { 'n', "count", "N", "how many rows" },
    { 0, "as-of", "TIME", "both as they were then, a day at its end" },
    WHAT_IF_OPTIONS,
    END,
};
static const struct option audience_options[] = {
    { 'm', "model", "MODEL", "which model; the best that is trained where absent" },
    { 'n', "count", "N", "how long the lists are, 10 where absent" },
    { 0, "plain", NULL, "the model alone: no stock, no rules" },
    { 0, "seconds", "N", "draw as many users as that gives time for; all where absent" },
    END,
};
static const struct option exposure_options[] = {
    { 'm', "model", "MODEL", "which model; the best that is trained where absent" },
    { 'n', "count", "N", "how many items to print, 20 where absent" },
    { 0, "length", "N", "how long the lists are, 10 where absent" },
    { 0, "plain", NULL, "the model alone: no stock, no rules" },
    { 0, "seconds", "N", "draw as many users as that gives time for; all where absent" },
    { 0, "rows", "N", "the same as -n" },
    { 0, "never", NULL, "those that nobody is shown" },
    END,
};
static const struct option diff_options[] = {
    { 0, "since", "TIME",
      "then is that moment (a day at its end): the run that served, events, rules, stock; where "
      "absent, when RUN was trained" },
    { 0, "user", "USER", "one list, row by row" },
    { 'n', "count", "N", "how long the lists are, 10 where absent" },
    { 0, "seconds", "N", "draw as many users as that gives time for; all where absent" },
    END,
};
static const struct option rules_options[] = {
    { 'm', "model", "MODEL", "preview, touching: which model" },
    { 'n', "count", "N", "preview, touching: how long the lists are, 10 where absent" },
    { 0, "exact", NULL, "preview: all users, however long it takes" },
    { 0, "as-of", "TIME", "list: as they were then; touching: the list of then" },
    END,
};
static const struct option scenarios_options[] = {
    WHAT_IF_OPTIONS,
    END,
};
static const struct option similar_options[] = {
    { 'm', "model", "MODEL", "which model" },
    { 'n', "count", "N", "how many" },
    END,
};
static const struct option neighbors_options[] = {
    { 0, "reveal", NULL, "ids even where privacy is on; the audit log notes it" },
    { 'n', "count", "N", "how many" },
    END,
};
static const struct option friends_options[] = {
    { 0, "reveal", NULL, "ids even where privacy is on; the audit log notes it" },
    { 0, "suggest", NULL, "people who could be friends instead" },
    { 'n', "count", "N", "how many" },
    END,
};
static const struct option table_options[] = {
    { 0, "filter", "TERMS", "the same as TERMS as arguments" },
    { 0, "sort", "COLUMN", "order" },
    { 0, "descending", NULL, "the greatest first" },
    { 0, "columns", "LIST", "which columns, with commas between; all where absent" },
    { 'n', "count", "N", "how many rows" },
    END,
};
static const struct option export_options[] = {
    { 0, "format", "F", "csv, json, jsonl, markdown; events: text, recbole, movielens, gorse too" },
    { 'o', "output", "FILE", "where to; standard output where absent" },
    { 0, "force", NULL, "replace a file that is there already" },
    { 0, "filter", "TERMS", "the same as TERMS as arguments" },
    { 0, "sort", "COLUMN", "order" },
    { 0, "descending", NULL, "the greatest first" },
    { 0, "columns", "LIST", "which columns, with commas between; all where absent" },
    { 'm', "model", "MODEL", "recommendations, feed: of which model" },
    { 'n', "count", "N", "rows: of a table all where absent, of each user's list 10" },
    END,
};
static const struct option evaluate_options[] = {
    { 0, "protocol", "P", "leave-last-out; time, users, newcomers, items; folds predicts ratings" },
    { 'k', "k", "K", "length of the lists, 10; with folds how many, 5" },
    { 0, "set", "KEY=VALUE", "a parameter; may be repeated" },
    { 0, "validation", NULL, "aim at the purchase before the last one: to choose by" },
    { 0, "refit", NULL, "train with the validation part too" },
    { 0, "sample", "N", "ask about N users drawn at random" },
    { 0, "draws", "N", "items: draws of items held out, 10; 1 where there are over 2000" },
    { 0, "by", "ATTRIBUTE", "report segments of users too" },
    { 0, "repeats", NULL, "lists may hold what the user has" },
    { 0, "core", "N", "without users and items of fewer than N events" },
    { 0, "fidelity", "N", "users of the deletion test, 100; 0 for none" },
    { 0, "seed", "N", "of samples and models" },
    END,
};
static const struct option tune_options[] = {
    { 0, "seconds", "N", "of trying, for all models together; 60" },
    { 0, "sample", "N", "ask about N users drawn at random; 2000" },
    { 0, "set", "KEY=VALUE", "where to begin; may be repeated" },
    { 0, "train", NULL, "train with the best in the end" },
    { 0, "seed", "N", "of models" },
    END,
};
static const struct option generate_options[] = {
    { 0, "users", "N", "how many users" },
    { 0, "items", "N", "how many items" },
    { 0, "events", "N", "about how many events" },
    { 0, "profile", "P", "shop, news, video, music or social" },
    { 0, "seed", "N", "the same seed gives the same shop" },
    END,
};
static const struct option text_options[] = {
    { 0, "format", "F", "seed: sentences; jsonl: conversations for fine-tuning" },
    END,
};
static const struct option language_options[] = {
    { 0, "name", "NAME", "add: what it is called; after its file where absent" },
    { 0, "copy", NULL, "add: into the user's data folder; else it is used where it lies" },
    END,
};
static const struct option no_options[] = { END };

const struct command commands[] = {
    { "", "", "open the workbench", workbench_options, 0, 0, command_workbench },
    { "demo", "[DIR]", "make the demo shop in DIR (aisle-demo), train, open it", demo_options, 0, 1,
      command_demo },
    { "generate", "[FILE]", "make up a shop in a new workspace", generate_options, 0, 1,
      command_generate },
    { "import", "PATH...", "bring files, folders and archives in", import_options, 1, -1,
      command_import },
    { "ingest", "[FILE|-]", "live events, one a line, from a file that grows, a FIFO or stdin",
      ingest_options, 0, 1, command_ingest },
    { "train", "[MODEL...]", "recompute models; all where none is named", train_options, 0, -1,
      command_train },
    { "finetune", "[MODEL]",
      "go on learning from what happened since; served only where it is not worse",
      finetune_options, 0, 1, command_finetune },
    { "recommend", "[USER]", "the list a user gets, or everybody's", recommend_options, 0, 1,
      command_recommend },
    { "ask", "PROMPT...",
      "continue a sentence with items: 'User 123 is interested in the following items:'",
      ask_options, 1, -1, command_ask },
    { "explain", "[USER] ITEM", "the receipt of a score", explain_options, 1, 2, command_explain },
    { "whynot", "[USER] ITEM", "why an item is not in a list, and what would bring it in",
      whynot_options, 1, 2, command_whynot },
    { "because", "[USER] ITEM", "the fewest purchases without which an item would not be listed",
      because_options, 1, 2, command_because },
    { "compare", "USER MODEL|run N|user ID|DATE|plain|rules off|draft N|scenario NAME|unchanged",
      "two lists side by side: what moved, and by which part of the score", compare_options, 2, 16,
      command_compare },
    { "audience", "ITEM", "who gets an item, at what rank and why", audience_options, 1, 1,
      command_audience },
    { "exposure", "[NAME=VALUE]", "what everybody, or a segment, is shown of the catalogue",
      exposure_options, 0, 1, command_exposure },
    { "diff", "[RUN [RUN]]", "what changed in the lists since a run or a time, and by what",
      diff_options, 0, 2, command_diff },
    { "rules",
      "[list | add RULE | show ID | edit ID RULE | preview ID|RULE | publish ID | off ID | delete "
      "ID | undo | redo | touching USER | settings [NAME=VALUE] | order]",
      "what the lists are told: pins, boosts, what is left out", rules_options, 0, -1,
      command_rules },
    { "scenarios", "[list | show NAME | save NAME | delete NAME]",
      "what-ifs that were given a name, for --scenario; never in the data", scenarios_options, 0, 2,
      command_scenarios },
    { "similar", "ITEM", "items like an item", similar_options, 1, 1, command_similar },
    { "neighbors", "USER", "users like a user", neighbors_options, 1, 1, command_neighbors },
    { "friends", "USER", "a user's friends, those who count most first", friends_options, 1, 1,
      command_friends },
    { "evaluate", "[MODEL[:KEY=VALUE,...]...]", "how good lists are, on purchases held back",
      evaluate_options, 0, -1, command_evaluate },
    { "tune", "[MODEL...]", "parameters that suit the data, found by trying", tune_options, 0, -1,
      command_tune },
    { "stats", "", "what the workspace holds", no_options, 0, 0, command_stats },
    { "users", "[TERMS...]", "list users", table_options, 0, -1, command_users },
    { "items", "[TERMS...]", "list items", table_options, 0, -1, command_items },
    { "events", "[TERMS...]", "list events", table_options, 0, -1, command_events },
    { "runs", "[show ID | activate ID | rollback MODEL | delete ID]",
      "trained models, and which is served", no_options, 0, 2, command_runs },
    { "jobs", "", "what was trained, when, how long; jobs at work are seen in the workbench",
      no_options, 0, 0, command_jobs },
    { "export",
      "users|items|events|runs|imports|audit [TERMS...] | recommendations | feed USER FILE",
      "write a table, everybody's lists, or a list with its reasons as a page (HTML)",
      export_options, 1, -1, command_export },
    { "privacy", "[on | off]", "other people as pseudonyms, where lists are explained",
      privacy_options, 0, 1, command_privacy },
    { "audit", "[TERMS... | undo ENTRY]", "who did what, when, before and after; taking it back",
      table_options, 0, -1, command_audit },
    { "erase", "USER", "remove a person and unlearn them; --verify proves it", erase_options, 0, 1,
      command_erase },
    { "rescue", "NEW", "what can be read of a damaged workspace, as a new one", no_options, 1, 1,
      command_rescue },
    { "language", "[list | add PATH | remove NAME]",
      "pretrained models of language that all workspaces may use", language_options, 0, 2,
      command_language },
    { "text", "", "purchases as sentences", text_options, 0, 0, command_text },
    { NULL, NULL, NULL, NULL, 0, 0, NULL },
};
