/* machine.h - how much memory there is, and how much a piece of work took. */
#ifndef JOB_MACHINE_H
#define JOB_MACHINE_H

#include <stdint.h>

/* Bytes that may still be taken: the system's estimate or the control group's limit, the lesser. */
int64_t machine_memory_available(void);
/* Resident bytes now; begins a new measurement of the peak where the system can. */
int64_t machine_memory_mark(void);
/* Resident bytes now, measuring nothing. */
int64_t machine_memory_now(void);
/* The highest resident bytes since the mark. */
int64_t machine_memory_peak(void);

/* The calling thread, and what it starts, gives way to others where the system can: a screen is
 * answered before a model is trained. */
void machine_step_back(void);

#endif
