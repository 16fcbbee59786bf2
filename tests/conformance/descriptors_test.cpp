// Descriptors: numbers, copies, flags.
#include "conformance/support/calls.hpp"

using namespace norn::test;

namespace {

constexpr int kNew = O_RDWR | O_CREAT;

template <class Arm>
void lowest_free(Arm& arm) {
  const int first = arm.open("f", kNew);
  const int second = arm.eventfd(0, 0);
  const int third = arm.socket(AF_INET, SOCK_STREAM, 0);
  CHECK(first < second);
  CHECK(second < third);
  CHECK(arm.close(second) == 0);
  int ends[2] = {};
  CHECK(arm.pipe(ends) == 0);
  CHECK(ends[0] == second);
  CHECK(ends[1] > third);
  for (const int fd : {first, third, ends[0], ends[1]}) CHECK(arm.close(fd) == 0);
}

template <class Arm>
void closed_twice(Arm& arm) {
  const int fd = arm.open("f", kNew);
  CHECK(arm.close(fd) == 0);
  CHECK(error(arm.close(fd)) == EBADF);
  CHECK(error(arm.close(-1)) == EBADF);
  CHECK(read_once(arm, fd) == -EBADF);
  CHECK(error(put(arm, fd, "x")) == EBADF);
  CHECK(error(arm.dup(fd)) == EBADF);
  CHECK(error(arm.fcntl(fd, F_GETFL)) == EBADF);
  CHECK(error(arm.listen(fd, 1)) == EBADF);
  CHECK(error(arm.lseek(fd, 0, SEEK_SET)) == EBADF);
}

template <class Arm>
void dup_shares_offset(Arm& arm) {
  const int fd = arm.open("f", kNew);
  const int copy = arm.dup(fd);
  CHECK(copy > fd);
  CHECK(put(arm, fd, "abc") == 3);
  CHECK(arm.lseek(copy, 0, SEEK_CUR) == 3);
  CHECK(put(arm, copy, "def") == 3);
  CHECK(arm.lseek(fd, 1, SEEK_SET) == 1);
  CHECK(get(arm, copy, 10) == "bcdef");
  arm.close(fd);
  CHECK(arm.lseek(copy, 0, SEEK_SET) == 0);
  CHECK(get(arm, copy, 10) == "abcdef");
  arm.close(copy);
}

template <class Arm>
void dup_shares_flags(Arm& arm) {
  int ends[2] = {};
  REQUIRE(arm.pipe(ends) == 0);
  const int copy = arm.dup(ends[0]);
  CHECK(make_nonblocking(arm, copy) == 0);
  CHECK((arm.fcntl(ends[0], F_GETFL) & O_NONBLOCK) != 0);
  CHECK(read_once(arm, ends[0]) == -EAGAIN);
  for (const int fd : {ends[0], ends[1], copy}) arm.close(fd);
}

template <class Arm>
void dup2_replaces(Arm& arm) {
  const int fd = arm.open("f", kNew);
  int ends[2] = {};
  REQUIRE(arm.pipe(ends) == 0);
  CHECK(arm.dup2(fd, ends[1]) == ends[1]);  // the pipe has no writer now
  CHECK(read_once(arm, ends[0]) == 0);
  CHECK(put(arm, ends[1], "abc") == 3);
  CHECK(arm.lseek(fd, 0, SEEK_CUR) == 3);
  for (const int each : {fd, ends[0], ends[1]}) arm.close(each);
}

template <class Arm>
void dup2_of_itself(Arm& arm) {
  const int fd = arm.open("f", kNew);
  CHECK(arm.dup2(fd, fd) == fd);
  CHECK(error(arm.dup3(fd, fd, 0)) == EINVAL);
  CHECK(error(arm.dup2(fd, -1)) == EBADF);
  arm.close(fd);
  CHECK(error(arm.dup2(fd, fd)) == EBADF);
  CHECK(error(arm.dup2(fd, fd + 1)) == EBADF);
}

template <class Arm>
void dup_at_least(Arm& arm) {
  const int fd = arm.open("f", kNew);
  const int high = arm.fcntl(fd, F_DUPFD, 100);
  CHECK(high >= 100);
  CHECK(arm.fcntl(fd, F_DUPFD, 100) == high + 1);
  CHECK(error(arm.fcntl(fd, F_DUPFD, -1)) == EINVAL);
  arm.close(high);
  arm.close(high + 1);
  arm.close(fd);
}

template <class Arm>
void close_on_exec(Arm& arm) {
  const int fd = arm.open("f", kNew);
  CHECK(arm.fcntl(fd, F_GETFD) == 0);
  CHECK(arm.fcntl(fd, F_SETFD, FD_CLOEXEC) == 0);
  CHECK(arm.fcntl(fd, F_GETFD) == FD_CLOEXEC);
  const int copy = arm.dup(fd);
  CHECK(arm.fcntl(copy, F_GETFD) == 0);  // of the descriptor, not of what it leads to
  const int other = arm.fcntl(fd, F_DUPFD_CLOEXEC, 0);
  CHECK(arm.fcntl(other, F_GETFD) == FD_CLOEXEC);
  const int third = arm.open("f", O_RDONLY | O_CLOEXEC);
  CHECK(arm.fcntl(third, F_GETFD) == FD_CLOEXEC);
  for (const int each : {fd, copy, other, third}) arm.close(each);
}

template <class Arm>
void made_with_flags(Arm& arm) {
  int ends[2] = {};
  REQUIRE(arm.pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0);
  const int event = arm.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  const int timer = arm.timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  const int stream = arm.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  for (const int fd : {ends[0], ends[1], event, timer, stream}) {
    CHECK((arm.fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    CHECK(arm.fcntl(fd, F_GETFD) == FD_CLOEXEC);
    arm.close(fd);
  }
  CHECK(error(arm.pipe2(ends, O_TRUNC)) == EINVAL);
}

template <class Arm>
void last_close_counts(Arm& arm) {
  int ends[2] = {};
  REQUIRE(arm.pipe(ends) == 0);
  const int copy = arm.dup(ends[1]);
  arm.close(ends[1]);
  CHECK(put(arm, copy, "x") == 1);
  CHECK(get(arm, ends[0], 1) == "x");
  arm.close(copy);
  CHECK(read_once(arm, ends[0]) == 0);
  arm.close(ends[0]);
}

template <class Arm>
void no_offset(Arm& arm) {
  int ends[2] = {};
  REQUIRE(arm.pipe(ends) == 0);
  char one = 0;
  const int stream = arm.socket(AF_INET, SOCK_STREAM, 0);
  for (const int fd : {ends[0], stream}) {
    CHECK(error(arm.lseek(fd, 0, SEEK_CUR)) == ESPIPE);
    CHECK(error(arm.pread(fd, &one, 1, 0)) == ESPIPE);
    CHECK(error(arm.ftruncate(fd, 0)) == EINVAL);
    CHECK(error(arm.fsync(fd)) == EINVAL);
    arm.close(fd);
  }
  arm.close(ends[1]);
}

template <class Arm>
void types(Arm& arm) {
  int ends[2] = {};
  REQUIRE(arm.pipe(ends) == 0);
  const int stream = arm.socket(AF_INET, SOCK_STREAM, 0);
  struct stat found{};
  CHECK(arm.fstat(ends[0], &found) == 0);
  CHECK(S_ISFIFO(found.st_mode));
  CHECK(arm.fstat(stream, &found) == 0);
  CHECK(S_ISSOCK(found.st_mode));
  for (const int fd : {ends[0], ends[1], stream}) arm.close(fd);
}

template <class Arm>
void nonblocking_by_ioctl(Arm& arm) {
  const int event = arm.eventfd(0, 0);
  int on = 1;
  CHECK(arm.ioctl(event, FIONBIO, &on) == 0);
  CHECK((arm.fcntl(event, F_GETFL) & O_NONBLOCK) != 0);
  CHECK(read_once(arm, event) == -EAGAIN);
  on = 0;
  CHECK(arm.ioctl(event, FIONBIO, &on) == 0);
  CHECK((arm.fcntl(event, F_GETFL) & O_NONBLOCK) == 0);
  arm.close(event);
}

}  // namespace

NORN_CONFORMS("descriptors of all kinds come from one space, the lowest free first", lowest_free)
NORN_CONFORMS("a closed descriptor is EBADF to every call", closed_twice)
NORN_CONFORMS("dup shares the offset, and outlives the original", dup_shares_offset)
NORN_CONFORMS("dup shares O_NONBLOCK", dup_shares_flags)
NORN_CONFORMS("dup2 closes what it replaces", dup2_replaces)
NORN_CONFORMS("dup2 onto itself does nothing, dup3 refuses it", dup2_of_itself)
NORN_CONFORMS("F_DUPFD takes the lowest free one from a number on", dup_at_least)
NORN_CONFORMS("FD_CLOEXEC belongs to the descriptor", close_on_exec)
NORN_CONFORMS("what makes a descriptor can make it nonblocking and close-on-exec", made_with_flags)
NORN_CONFORMS("an end of a pipe is closed by its last descriptor", last_close_counts)
NORN_CONFORMS("pipes and sockets have no offset", no_offset)
NORN_CONFORMS("fstat tells pipes from sockets", types)
NORN_CONFORMS("FIONBIO sets and clears O_NONBLOCK", nonblocking_by_ioctl)
