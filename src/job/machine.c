/* machine.c - Linux's files about memory; elsewhere the answers are cautious guesses. */
#define _GNU_SOURCE /* syscall() */
#include "machine.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/resource.h>
#include <sys/syscall.h>
#endif

/* "NAME:   123 kB" of a file of such lines, in bytes; -1 when it is not there. */
static int64_t field(const char *path, const char *name)
{
    char line[256];
    long long kilobytes = -1;
    FILE *file = fopen(path, "re");
    if (!file) return -1;
    while (kilobytes < 0 && fgets(line, sizeof line, file))
        if (strncmp(line, name, strlen(name)) == 0 &&
            sscanf(line + strlen(name), ": %lld", &kilobytes) != 1)
            break;
    fclose(file);
    return kilobytes < 0 ? -1 : (int64_t)kilobytes * 1024;
}

static int64_t number(const char *path)
{
    long long value = -1;
    FILE *file = fopen(path, "re");
    if (!file) return -1;
    if (fscanf(file, "%lld", &value) != 1) value = -1;
    fclose(file);
    return value;
}

int64_t machine_memory_available(void)
{
    int64_t free_bytes = field("/proc/meminfo", "MemAvailable");
    if (free_bytes < 0)
        free_bytes = (int64_t)sysconf(_SC_PHYS_PAGES) * (int64_t)sysconf(_SC_PAGESIZE) / 2;
    int64_t limit = number("/sys/fs/cgroup/memory.max"),
            used = number("/sys/fs/cgroup/memory.current");
    if (limit > 0 && used >= 0 && limit - used < free_bytes) free_bytes = limit - used;
    return free_bytes;
}

int64_t machine_memory_now(void)
{
    const int64_t now = field("/proc/self/status", "VmRSS");
    return now < 0 ? 0 : now;
}

int64_t machine_memory_mark(void)
{
    int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        if (write(fd, "5", 1) != 1) { /* the peak then dates from the start of the program */
        }
        close(fd);
    }
    return machine_memory_now();
}

int64_t machine_memory_peak(void)
{
    int64_t peak = field("/proc/self/status", "VmHWM");
    return peak < 0 ? 0 : peak;
}

/* Linux counts niceness by thread, and a thread hands it on to those that it starts. */
void machine_step_back(void)
{
#ifdef __linux__
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 10);
#endif
}
