/* presentation_export.h - a table written to a file while presenting. */
#ifndef AISLE_UI_PRESENT_EXPORT_H
#define AISLE_UI_PRESENT_EXPORT_H

#include "loader.h"
#include "present.h"
#include "table_view.h"

#include "aisle/export.h"

struct masked_export {
    struct table_set *set;
    const struct loader_context *context;
    struct cell_look look; /* with a mask that is on */
    uint64_t seed;         /* of the order of rows */
};

/* Writes begin, rows and end into `out`, whose format and sink are set. */
bool presentation_export(const struct masked_export *export, struct table_export *out,
                         struct error *error);

#endif
