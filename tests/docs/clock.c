/* Another clock for programs that load this (LD_PRELOAD): each starts at LAB_CLOCK, in seconds since
 * the epoch. What waits, waits by the real clock. faketime(1) can't be used: under it, Python's
 * time.sleep fails with EINVAL. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long shift; /* s */

__attribute__((constructor)) static void start(void) {
    const char *text = getenv("LAB_CLOCK");
    struct timespec now;
    if (!text) return;
    syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
    shift = atol(text) - now.tv_sec;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = (int)syscall(SYS_clock_gettime, clock, now);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += shift;
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec real;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &real);
    now->tv_sec = real.tv_sec;
    now->tv_usec = real.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now) {
    struct timespec real;
    clock_gettime(CLOCK_REALTIME, &real);
    if (now) *now = real.tv_sec;
    return real.tv_sec;
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict end) {
    static int (*real)(sem_t *, const struct timespec *);
    struct timespec moved = *end;
    if (!real) real = (int (*)(sem_t *, const struct timespec *))dlsym(RTLD_NEXT, "sem_timedwait");
    moved.tv_sec -= shift;
    return real(semaphore, &moved);
}
