/*
 * The physical limit of a relay: seal each RTP packet once per listener (SRTP with AES-128-GCM, RFC 7714) and hand it
 * to the kernel with sendto(), from one thread, and nothing else. No WebRTC, no ICE, no JavaScript.
 *
 * Two modes. Paced: each packet when its time has come, so that caches are as cold as a relay finds them. Hot: packet
 * after packet without a pause, which no relay of live audio can do.
 *
 * A child process owns one UDP socket a listener and drains it; its CPU is not counted. Everything stays on 127.0.0.1.
 *
 * usage: limit LISTENERS PAYLOAD_BYTES PACKET_INTERVAL_US WARMUP_S SECONDS, an interval of 0 being hot
 * prints one JSON object: sent, received, cpuMicros, sealMicrosPerPacket
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { HEADER_BYTES = 12, TAG_BYTES = 16, MAX_PAYLOAD = 1200, MAX_LISTENERS = 10000 };

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int64_t now_us(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void sleep_until(int64_t us) {
  struct timespec t = {us / 1000000, (us % 1000000) * 1000};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {
  }
}

static void drain_forever(const int *sockets, int count, volatile uint64_t *received) {
  int poll_fd = epoll_create1(0);
  for (int i = 0; i < count; i++) {
    struct epoll_event e = {.events = EPOLLIN, .data.fd = sockets[i]};
    if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, sockets[i], &e) < 0) fail("epoll_ctl");
  }
  struct epoll_event events[256];
  uint8_t packet[2048];
  for (;;) {
    int ready = epoll_wait(poll_fd, events, 256, -1);
    for (int i = 0; i < ready; i++)
      while (recv(events[i].data.fd, packet, sizeof packet, MSG_DONTWAIT) > 0) ++*received;
  }
}

static EVP_CIPHER_CTX *new_session(void) {
  uint8_t key[16];
  EVP_CIPHER_CTX *session = EVP_CIPHER_CTX_new();
  if (RAND_bytes(key, sizeof key) != 1) exit(1);
  EVP_EncryptInit_ex(session, EVP_aes_128_gcm(), NULL, key, NULL);
  return session;
}

/* One session's key, a fresh nonce a packet, the RTP header as associated data. Returns the length on the wire. */
static int seal(EVP_CIPHER_CTX *session, const uint8_t *rtp, int payload_bytes, uint32_t number, uint8_t *out) {
  uint8_t nonce[12] = {0};
  int written = 0;
  memcpy(nonce + 8, &number, sizeof number);
  memcpy(out, rtp, HEADER_BYTES);
  EVP_EncryptInit_ex(session, NULL, NULL, NULL, nonce);
  EVP_EncryptUpdate(session, NULL, &written, rtp, HEADER_BYTES);
  EVP_EncryptUpdate(session, out + HEADER_BYTES, &written, rtp + HEADER_BYTES, payload_bytes);
  EVP_EncryptFinal_ex(session, out + HEADER_BYTES + payload_bytes, &written);
  EVP_CIPHER_CTX_ctrl(session, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, out + HEADER_BYTES + payload_bytes);
  return HEADER_BYTES + payload_bytes + TAG_BYTES;
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fprintf(stderr, "usage: limit LISTENERS PAYLOAD_BYTES PACKET_INTERVAL_US WARMUP_S SECONDS\n");
    return 2;
  }
  int listeners = atoi(argv[1]), payload_bytes = atoi(argv[2]);
  int64_t interval_us = atoll(argv[3]), warmup_us = atoll(argv[4]) * 1000000, window_us = atoll(argv[5]) * 1000000;
  if (listeners < 1 || listeners > MAX_LISTENERS || payload_bytes < 1 || payload_bytes > MAX_PAYLOAD ||
      (interval_us != 0 && interval_us < 1000) || window_us < 1 || window_us > 600000000) {
    fprintf(stderr, "limit: an argument is out of bounds\n");
    return 2;
  }

  int *sockets = calloc((size_t)listeners, sizeof *sockets);
  struct sockaddr_in *targets = calloc((size_t)listeners, sizeof *targets);
  EVP_CIPHER_CTX **sessions = calloc((size_t)listeners, sizeof *sessions);
  volatile uint64_t *received = mmap(NULL, sizeof *received, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < listeners; i++) {
    socklen_t size = sizeof *targets;
    targets[i] = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    sockets[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sockets[i] < 0 || bind(sockets[i], (struct sockaddr *)&targets[i], size) < 0) fail("listener socket");
    getsockname(sockets[i], (struct sockaddr *)&targets[i], &size);
    sessions[i] = new_session();
  }

  pid_t parent = getpid(), drain = fork();
  if (drain < 0) fail("fork");
  if (drain == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    drain_forever(sockets, listeners, received);
  }
  for (int i = 0; i < listeners; i++) close(sockets[i]);

  int out = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  uint8_t rtp[HEADER_BYTES + MAX_PAYLOAD] = {0x80, 111}, packet[HEADER_BYTES + MAX_PAYLOAD + TAG_BYTES];
  uint64_t sent = 0, sent_before = 0, received_before = 0;
  int64_t cpu_before = 0, measure_at = 0;
  int64_t next = now_us(CLOCK_MONOTONIC), measure_from = next + warmup_us, end = measure_from + window_us;
  for (uint32_t number = 0; next < end; number++, next = interval_us ? next + interval_us : now_us(CLOCK_MONOTONIC)) {
    if (interval_us) sleep_until(next);
    if (!measure_at && next >= measure_from) {
      measure_at = next;
      sent_before = sent;
      received_before = *received;
      cpu_before = now_us(CLOCK_PROCESS_CPUTIME_ID);
    }
    for (int i = 0; i < listeners; i++) {
      int size = seal(sessions[i], rtp, payload_bytes, number, packet);
      if (sendto(out, packet, (size_t)size, 0, (struct sockaddr *)&targets[i], sizeof targets[i]) == size) sent++;
    }
  }
  int64_t cpu = now_us(CLOCK_PROCESS_CPUTIME_ID) - cpu_before;
  usleep(200000);
  uint64_t measured = sent - sent_before, arrived = *received - received_before;

  int64_t seal_from = now_us(CLOCK_PROCESS_CPUTIME_ID);
  for (int i = 0; i < 200000; i++) seal(sessions[i % listeners], rtp, payload_bytes, (uint32_t)i, packet);
  double seal_us = (double)(now_us(CLOCK_PROCESS_CPUTIME_ID) - seal_from) / 200000;

  kill(drain, SIGKILL);
  waitpid(drain, NULL, 0);
  printf("{\"sent\":%llu,\"received\":%llu,\"cpuMicros\":%lld,\"sealMicrosPerPacket\":%.3f}\n",
         (unsigned long long)measured, (unsigned long long)arrived, (long long)cpu, seal_us);
  return 0;
}
