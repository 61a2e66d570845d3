/* understood.h - what was understood of a table before a row of it is taken.
 *
 * A look goes over the whole file once, when the plan is made: its columns, how numbers and dates
 * are written in each, whether ids repeat. The reader that comes after it changes nothing of this.
 * What cannot be told is a question: a sentence that names the option which answers it.
 */
#ifndef AISLE_EXCHANGE_UNDERSTOOD_H
#define AISLE_EXCHANGE_UNDERSTOOD_H

#include "exchange/amount.h"
#include "exchange/columns.h"
#include "exchange/date.h"

enum { UNDERSTOOD_SAMPLES = 3 };

struct understood_column {
    char *name;                   /* as in the header, or "column 3" where there is none */
    enum column role;             /* COLUMNS where it has none */
    bool used;                    /* read, for its role or as an attribute */
    int64_t filled;               /* cells with something in them */
    struct amount_counts amounts; /* where its role is a number */
    struct date_counts dates;     /* where it may be the time */
    enum decimal_sign sign;
};

struct understood {
    struct columns columns;
    struct understood_column *column; /* (n) */
    int32_t n;
    char delimiter; /* ' ' is any white space; 0 where there is no table */
    bool backslash; /* quotes inside cells are written \" */
    bool headerless;
    int32_t skipped;      /* lines in front of the header */
    bool not_utf8;        /* cells that are windows-1252 were seen */
    const char *encoding; /* of the file as it lies there; borrowed, constant */
    int64_t rows;
    bool repeated; /* ids of what the file is about stand in more than one row */
    char repeated_id[64];
    bool lines_only; /* lines of orders: who bought stands in another file */
    struct date_form dates;
    const char *currency; /* the code of it, where one sign stood with the prices; else NULL */
    char currency_text[8];
    bool mixed_currency;
    char note[240];        /* how dates and numbers are read */
    struct error question; /* ERROR_NONE where all is clear */
    bool question_of_file; /* other files may come in without an answer */
};

void understood_fini(struct understood *understood); /* allowed on a zeroed one */

#endif
