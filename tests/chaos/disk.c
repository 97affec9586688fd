/* A disk that can be full, read-only, slow or cut off from power, and a clock that jumps.
 *
 * Loaded with LD_PRELOAD. CHAOS_FOLDER: the folder whose files are watched. CHAOS_CONTROL: a
 * file of four 64-bit numbers that are obeyed at once: the errno that writes fail with, the
 * microseconds that a sync takes longer, the seconds that the clock is wrong, and a spare.
 * CHAOS_JOURNAL: where every write, truncation, removal and sync is recorded, so that what a
 * power cut leaves can be worked out: see powercut.py for the format.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { FAILS_WITH, SYNC_TAKES, CLOCK_IS_OFF };
#define FILES 4096

static char folder[PATH_MAX];
static size_t folder_length;
static volatile int64_t *control;
static int journal = -1;
static char *paths[FILES];
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static atomic_uint_fast64_t syncs;

struct record {
    char what;
    char unused;
    uint16_t path_length;
    uint32_t length;
    uint64_t offset;
    uint64_t sync;
} __attribute__((packed));

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
    const char *wanted = getenv("CHAOS_FOLDER");
    if (!wanted || !realpath(wanted, folder)) return;
    folder_length = strlen(folder);
    const char *obeyed = getenv("CHAOS_CONTROL");
    int number = obeyed ? (int)syscall(SYS_openat, AT_FDCWD, obeyed, O_RDONLY | O_CLOEXEC, 0) : -1;
    if (number >= 0) {
        void *seen = mmap(NULL, 32, PROT_READ, MAP_SHARED, number, 0);
        if (seen != MAP_FAILED) control = seen;
        syscall(SYS_close, number);
    }
    const char *kept = getenv("CHAOS_JOURNAL");
    if (kept)
        journal = (int)syscall(SYS_openat, AT_FDCWD, kept,
                               O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static int watched(const char *path) {
    return folder_length && !strncmp(path, folder, folder_length);
}

static const char *path_of(int number) {
    return number >= 0 && number < FILES ? paths[number] : NULL;
}

static int durable(const char *path) {
    size_t length = strlen(path);
    /* SQLite's shared memory is rebuilt at the next start and was never meant to last. */
    return length < 4 || strcmp(path + length - 4, "-shm");
}

/* One write with O_APPEND: records of several processes do not mix. */
static void note(char what, const char *path, uint64_t offset, uint64_t sync, const void *bytes,
                 size_t length) {
    if (journal < 0 || !durable(path)) return;
    size_t named = strlen(path), whole = sizeof(struct record) + named + length;
    char *line = malloc(whole);
    struct record head = {what, 0, (uint16_t)named, (uint32_t)length, offset, sync};
    memcpy(line, &head, sizeof head);
    memcpy(line + sizeof head, path, named);
    if (length) memcpy(line + sizeof head + named, bytes, length);
    if (syscall(SYS_write, journal, line, whole) != (long)whole) abort();
    free(line);
}

static int refused(int number, int64_t end) {
    if (!control || !control[FAILS_WITH]) return 0;
    if (control[FAILS_WITH] == ENOSPC) {
        /* A full disk still takes what is written over something. */
        struct stat found;
        if (!fstat(number, &found) && end <= found.st_size) return 0;
    }
    errno = (int)control[FAILS_WITH];
    return 1;
}

static int opened(int number, const char *path) {
    if (number >= 0 && number < FILES) {
        char whole[PATH_MAX];
        pthread_mutex_lock(&turn);
        free(paths[number]);
        paths[number] = path[0] == '/' && watched(path) ? strdup(path)
                        : path[0] != '/' && realpath(path, whole) && watched(whole)
                            ? strdup(whole)
                            : NULL;
        pthread_mutex_unlock(&turn);
    }
    return number;
}

static int may_open(const char *path, int flags) {
    if (!control || !control[FAILS_WITH] || !watched(path)) return 1;
    int writes = (flags & O_ACCMODE) != O_RDONLY;
    if (control[FAILS_WITH] == EROFS ? writes : (flags & O_CREAT) && access(path, F_OK)) {
        errno = (int)control[FAILS_WITH];
        return 0;
    }
    return 1;
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(name); \
        mode_t mode = 0; \
        if (flags & (O_CREAT | O_TMPFILE)) { \
            va_list rest; \
            va_start(rest, flags); \
            mode = va_arg(rest, mode_t); \
            va_end(rest); \
        } \
        if (!may_open(path, flags)) return -1; \
        return opened(real(path, flags, mode), path); \
    }
OPEN(open)
OPEN(open64)

int close(int number) {
    REAL(close);
    if (path_of(number)) {
        pthread_mutex_lock(&turn);
        free(paths[number]);
        paths[number] = NULL;
        pthread_mutex_unlock(&turn);
    }
    return real(number);
}

#define PWRITE(name, offset_type) \
    ssize_t name(int number, const void *bytes, size_t length, offset_type offset) { \
        REAL(name); \
        const char *path = path_of(number); \
        if (path) { \
            if (refused(number, (int64_t)offset + (int64_t)length)) return -1; \
            note('W', path, (uint64_t)offset, 0, bytes, length); \
        } \
        return real(number, bytes, length, offset); \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t write(int number, const void *bytes, size_t length) {
    REAL(write);
    const char *path = path_of(number);
    if (path) {
        off_t offset = lseek(number, 0, SEEK_CUR);
        if (refused(number, (int64_t)offset + (int64_t)length)) return -1;
        note('W', path, (uint64_t)offset, 0, bytes, length);
    }
    return real(number, bytes, length);
}

#define FTRUNCATE(name, size_type) \
    int name(int number, size_type length) { \
        REAL(name); \
        const char *path = path_of(number); \
        if (path) { \
            if (refused(number, (int64_t)length)) return -1; \
            note('T', path, (uint64_t)length, 0, NULL, 0); \
        } \
        return real(number, length); \
    }
FTRUNCATE(ftruncate, off_t)
FTRUNCATE(ftruncate64, off64_t)

/* What was written before a sync began has lasted when it ends; nothing is known of the rest. */
#define SYNC(name) \
    int name(int number) { \
        REAL(name); \
        const char *path = path_of(number); \
        if (!path) return real(number); \
        uint64_t sync = ((uint64_t)getpid() << 32) + atomic_fetch_add(&syncs, 1); \
        note('B', path, 0, sync, NULL, 0); \
        if (control && control[SYNC_TAKES]) usleep((useconds_t)control[SYNC_TAKES]); \
        int result = real(number); \
        if (!result) note('E', path, 0, sync, NULL, 0); \
        return result; \
    }
SYNC(fsync)
SYNC(fdatasync)

int unlink(const char *path) {
    REAL(unlink);
    if (watched(path)) {
        if (control && control[FAILS_WITH] == EROFS) {
            errno = EROFS;
            return -1;
        }
        note('U', path, 0, 0, NULL, 0);
    }
    return real(path);
}

int rename(const char *old, const char *new) {
    REAL(rename);
    if (watched(new)) note('R', old, 0, 0, new, strlen(new));
    return real(old, new);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    REAL(clock_gettime);
    int result = real(clock, now);
    if (!result && control && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += control[CLOCK_IS_OFF];
    return result;
}

int gettimeofday(struct timeval *now, void *zone) {
    REAL(gettimeofday);
    int result = real(now, zone);
    if (!result && control) now->tv_sec += control[CLOCK_IS_OFF];
    return result;
}

time_t time(time_t *kept) {
    REAL(time);
    time_t now = real(NULL) + (control ? control[CLOCK_IS_OFF] : 0);
    if (kept) *kept = now;
    return now;
}
