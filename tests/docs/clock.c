/* Another clock for programs that load this (LD_PRELOAD). It stood at LAB_CLOCK when the real one
 * stood at LAB_BEGAN (both in seconds since the epoch), and goes SLOWER than that: what is printed
 * does not depend on how busy the machine is, and what happens later is later. What waits, waits by
 * the real clock. faketime(1) can't be used: under it, Python's time.sleep fails with EINVAL. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SLOWER 100
#define SECOND 1000000000LL

static long long begin, began; /* ns */

__attribute__((constructor)) static void start(void) {
    const char *here = getenv("LAB_CLOCK"), *real = getenv("LAB_BEGAN");
    if (here && real) begin = atoll(here) * SECOND, began = atoll(real) * SECOND;
}

static long long real_time(void) {
    struct timespec now;
    syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
    return now.tv_sec * SECOND + now.tv_nsec;
}

static long long lab_time(void) {
    long long now = real_time();
    return begin ? begin + (now - began) / SLOWER : now;
}

static void set(struct timespec *to, long long ns) {
    to->tv_sec = ns / SECOND;
    to->tv_nsec = ns % SECOND;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)
        return (int)syscall(SYS_clock_gettime, clock, now);
    set(now, lab_time());
    return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    long long ns = lab_time();
    (void)zone;
    now->tv_sec = ns / SECOND;
    now->tv_usec = ns % SECOND / 1000;
    return 0;
}

time_t time(time_t *now) {
    time_t seconds = lab_time() / SECOND;
    if (now) *now = seconds;
    return seconds;
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict end) {
    static int (*real)(sem_t *, const struct timespec *);
    struct timespec moved;
    if (!real) real = (int (*)(sem_t *, const struct timespec *))dlsym(RTLD_NEXT, "sem_timedwait");
    set(&moved, real_time() + end->tv_sec * SECOND + end->tv_nsec - lab_time());
    return real(semaphore, &moved);
}
