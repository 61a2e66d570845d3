/* export.h - out of a workspace: tables, events, sentences.
 *
 * Text is written as it is, except that a CSV cell which a spreadsheet would run (= + - @ tab CR in
 * front, unless it is a plain number) gets an apostrophe in front, and HTML is escaped.
 */
#ifndef AISLE_EXPORT_H
#define AISLE_EXPORT_H

#include "aisle/bytes.h"
#include "aisle/feed.h"
#include "aisle/rows.h"

enum export_format { EXPORT_CSV, EXPORT_JSON, EXPORT_JSONL, EXPORT_MARKDOWN };

bool export_format_parse(struct slice name,
                         enum export_format *format); /* csv json jsonl markdown|md */

/* Writes a table page by page: begin, any number of pages, end. */
struct table_export {
    enum export_format format;
    const struct table_column *columns;
    int32_t n_columns;
    const int32_t *place; /* (n_columns) of each in the pages; NULL = as they come */
    bytes_put *put;
    void *context;
    int64_t rows; /* written so far */
};
bool table_export_begin(struct table_export *out, struct error *error);
bool table_export_page(struct table_export *out, const struct page *page, struct error *error);
bool table_export_end(struct table_export *out, struct error *error);

/* Events: "text" (User 123 bought item 456 at 2021-01-01 00:00:00.), "jsonl" conversations for
 * fine-tuning, "recbole", "movielens", "gorse" (feedback). */
bool export_events(struct reader *reader, const char *format, bytes_put *put, void *context,
                   struct progress *progress, struct error *error);

/* Everybody's lists, users in order, a chunk of users in memory at a time: CSV with the columns of
 * the format `lists` (user,item,rank,score,model), or a JSON object a user as `recommend --json`
 * prints it. */
struct list_export {
    const struct model *model;
    const struct dataset *dataset; /* of the histories */
    const struct feed_options *options;
    int64_t run;
    int64_t events_behind; /* that the model has not heard of */
    bool jsonl;
};
bool export_lists(const struct list_export *lists, bytes_put *put, void *context,
                  struct progress *progress, struct error *error);

/* Writes to a file by a temporary beside it and rename; "-" is standard output (fd 1). Never onto
 * the workspace or what SQLite keeps beside it, by whatever name; onto another file only where
 * `replace` says so. What is no file gets the bytes as they are, but a terminal visible marks. */
struct mention;
struct file_target {
    const char *path;
    const char *workspace; /* the open one; NULL = none */
    bool replace;
};
struct file_sink {
    int fd;
    bool replace;
    bool shown;          /* to a terminal: data is made visible, line by line */
    struct text unshown; /* a line that has not ended */
    char path[1024], temporary[1040];
};
bool file_sink_open(struct file_sink *sink, const struct file_target *target, struct error *error);
/* False with a sentence where the file is the workspace, its log, or a link to one of them. */
bool file_is_free(const struct file_target *target, struct error *error);
/* Appends the real path of a file, links followed; of one that is absent that of its folder, and
 * its name. False where that is not to be had. */
bool file_real_place(const char *path, struct text *out);
/* Takes the rows that name a person out of a file of rejected rows (FILE:LINE: reason: row); *n of
 * them. A file that is gone, or is none of ours, is left alone. */
bool rejects_forget(const char *path, const struct mention *person, int64_t *n,
                    struct error *error);
/* The same of an open descriptor, standard output above all. */
bool file_descriptor_is_free(int fd, const char *workspace, struct error *error);
bytes_put file_sink_put; /* context: struct file_sink */
bool file_sink_close(struct file_sink *sink, bool keep, struct error *error);

#endif
