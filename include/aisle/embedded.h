/* embedded.h - files that travel inside the program: the schema, the demo shop's word lists, the
 * names that columns of tables have, the themes.
 *
 * The build turns each list of files in Makefile.am into one array below. Everything here is
 * constant and lives as long as the program.
 */
#ifndef AISLE_EMBEDDED_H
#define AISLE_EMBEDDED_H

#include <stddef.h>

struct embedded_file {
    const char *name;           /* without folder; NULL in the row after the last */
    const unsigned char *bytes; /* (size), then a 0 byte: text may be read as a string */
    size_t size;
};

extern const struct embedded_file schema_sql[]; /* share/sql, in the order of their numbers */
extern const struct embedded_file demo_words[]; /* share/demo */
extern const struct embedded_file column_names[]; /* share/columns */
extern const struct embedded_file theme_data[]; /* share/themes */

#endif
