/* Watches a board through thousands of connections and notes when each update was complete: the load of bin/bench live.

   watchers PORT NUMBER PATH FILE: opens the streams, writes "ready" once each has shown a board, and on SIGTERM
   writes FILE: for each update that a watcher has read to its end, the time (ns, CLOCK_MONOTONIC), the number of the
   watcher and the ledger's entry that the board counts, all little-endian. One thread, epoll; compile with -O2. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define KEPT 32          /* bytes of what came before: a mark may be split between two reads */
#define OPENING 200      /* connections that are being opened at the same time */
static const char mark[] = "data-seq=\"";

typedef struct { uint64_t ns; uint32_t watcher, seq; } record;
typedef struct { int fd, kept, shown; uint32_t seq; char tail[KEPT]; } watcher;

static volatile sig_atomic_t told;
static void tell(int number) { (void)number; told = 1; }

static record *records;
static size_t count, room;

static void note(uint32_t number, uint32_t seq)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (count == room) {
        room = room ? 2 * room : 1 << 20;
        records = realloc(records, room * sizeof *records);
        if (!records) exit(1);
    }
    records[count++] = (record){(uint64_t)now.tv_sec * 1000000000u + now.tv_nsec, number, seq};
}

/* Read what there is; returns 1 if the server has closed. */
static int read_all(watcher *w, uint32_t number, char *buffer, size_t size)
{
    for (;;) {
        memcpy(buffer, w->tail, w->kept);
        ssize_t got = recv(w->fd, buffer + w->kept, size - w->kept, 0);
        if (got < 0) return errno != EAGAIN && errno != EINTR;
        if (got == 0) return 1;
        size_t length = w->kept + got;
        for (char *at = buffer; (at = memmem(at, buffer + length - at, mark, sizeof mark - 1)); at++)
            if (memchr(at + sizeof mark - 1, '"', buffer + length - at - sizeof mark + 1)) {
                uint32_t seq = atoi(at + sizeof mark - 1);
                w->seq = seq + 1; /* 0: no board is being read */
            }
        /* A server sends an event at once, so the end of what has come is its end; a chunk adds a line's end. */
        int ended = (length >= 2 && !memcmp(buffer + length - 2, "\n\n", 2)) ||
                    (length >= 4 && !memcmp(buffer + length - 4, "\n\n\r\n", 4));
        if (ended && w->seq) {
            note(number, w->seq - 1);
            w->seq = 0;
            w->shown = 1;
            w->kept = 0;
            continue;
        }
        w->kept = length < KEPT ? length : KEPT;
        memcpy(w->tail, buffer + length - w->kept, w->kept);
    }
}

int main(int argc, char **argv)
{
    if (argc != 5) return 2;
    int port = atoi(argv[1]), number = atoi(argv[2]), epoll = epoll_create1(0), opened = 0, shown = 0, lost = 0;
    struct rlimit files = {number + 64, number + 64};
    if (setrlimit(RLIMIT_NOFILE, &files)) { getrlimit(RLIMIT_NOFILE, &files); files.rlim_cur = files.rlim_max; setrlimit(RLIMIT_NOFILE, &files); }
    signal(SIGTERM, tell);
    watcher *all = calloc(number, sizeof *all);
    size_t size = 1 << 20;
    char *buffer = malloc(size), request[1024];
    int length = snprintf(request, sizeof request,
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: text/event-stream\r\nAccept-Language: de\r\n\r\n", argv[3], port);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct epoll_event events[512];
    while (!told) {
        while (opened < number && opened - shown < OPENING) {
            watcher *w = &all[opened];
            w->fd = socket(AF_INET, SOCK_STREAM, 0);
            if (w->fd < 0 || connect(w->fd, (struct sockaddr *)&address, sizeof address)) { perror("connect"); return 1; }
            if (send(w->fd, request, length, 0) != length) { perror("send"); return 1; }
            fcntl(w->fd, F_SETFL, O_NONBLOCK);
            struct epoll_event event = {.events = EPOLLIN, .data.u32 = opened++};
            epoll_ctl(epoll, EPOLL_CTL_ADD, w->fd, &event);
        }
        int ready = epoll_wait(epoll, events, 512, 500);
        for (int i = 0; i < ready; i++) {
            watcher *w = &all[events[i].data.u32];
            int before = w->shown;
            if (read_all(w, events[i].data.u32, buffer, size)) { close(w->fd); lost++; }
            if (!before && w->shown && ++shown == number) { puts("ready"); fflush(stdout); }
        }
    }
    FILE *file = fopen(argv[4], "wb");
    if (!file || fwrite(records, sizeof *records, count, file) != count || fclose(file)) return 1;
    if (lost) fprintf(stderr, "%d streams were closed by the server\n", lost);
    return 0;
}
