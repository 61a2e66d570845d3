/* finetune_job.h - what jobs that fine-tune have in common. */
#ifndef JOB_FINETUNE_JOB_H
#define JOB_FINETUNE_JOB_H

#include "aisle/job.h"

/* engine_finetune() as the work of a job: its log, run and message. */
bool finetune_in_job(struct job_context *context, const char *kind, double margin,
                     struct error *error);

#endif
