/* understood.c - see understood.h. */
#include "exchange/understood.h"

#include <stdlib.h>

void understood_fini(struct understood *understood)
{
    for (int32_t i = 0; i < understood->n; i++)
        free(understood->column[i].name);
    free(understood->column);
    *understood = (struct understood){ 0 };
}
