// Pipes: order, capacity, atomic writes, ends.
#include <vector>

#include "conformance/support/calls.hpp"

using namespace norn::test;

namespace {

constexpr std::size_t kAtomic = 4096;  // PIPE_BUF

struct Ends {
  int read = -1;
  int write = -1;
};

template <class Arm>
Ends make(Arm& arm, int flags = 0) {
  int ends[2] = {};
  REQUIRE(arm.pipe2(ends, flags) == 0);
  return {.read = ends[0], .write = ends[1]};
}

template <class Arm>
void done_with(Arm& arm, const Ends& ends) {
  arm.close(ends.read);
  arm.close(ends.write);
}

// Fills a pipe that does not block by writes of one page.
template <class Arm>
std::size_t fill(Arm& arm, int fd) {
  const std::string page(kAtomic, 'p');
  std::size_t written = 0;
  while (put(arm, fd, page) == static_cast<ssize_t>(page.size())) written += page.size();
  return written;
}

template <class Arm>
void order(Arm& arm) {
  const Ends ends = make(arm);
  CHECK(put(arm, ends.write, "abc") == 3);
  CHECK(put(arm, ends.write, "def") == 3);
  CHECK(get(arm, ends.read, 2) == "ab");
  CHECK(read_once(arm, ends.read) == 4);  // writes are not kept apart
  done_with(arm, ends);
}

template <class Arm>
void end(Arm& arm) {
  const Ends ends = make(arm);
  CHECK(put(arm, ends.write, "abc") == 3);
  arm.close(ends.write);
  CHECK(read_once(arm, ends.read) == 3);
  CHECK(read_once(arm, ends.read) == 0);
  CHECK(read_once(arm, ends.read) == 0);
  arm.close(ends.read);
}

template <class Arm>
void broken(Arm& arm) {
  const Ends ends = make(arm);
  CHECK(put(arm, ends.write, "abc") == 3);
  arm.close(ends.read);
  CHECK(error(put(arm, ends.write, "x")) == EPIPE);
  CHECK(arm.write(ends.write, "x", 0) == 0);
  arm.close(ends.write);
}

template <class Arm>
void directions(Arm& arm) {
  const Ends ends = make(arm);
  CHECK(read_once(arm, ends.write) == -EBADF);
  CHECK(error(put(arm, ends.read, "x")) == EBADF);
  done_with(arm, ends);
}

template <class Arm>
void empty(Arm& arm) {
  const Ends ends = make(arm, O_NONBLOCK);
  CHECK(read_once(arm, ends.read) == -EAGAIN);
  CHECK(put(arm, ends.write, "a") == 1);
  CHECK(read_once(arm, ends.read) == 1);
  CHECK(read_once(arm, ends.read) == -EAGAIN);
  done_with(arm, ends);
}

template <class Arm>
void capacity(Arm& arm) {
  const Ends ends = make(arm, O_NONBLOCK);
  CHECK(arm.fcntl(ends.write, F_GETPIPE_SZ) == 65536);
  CHECK(fill(arm, ends.write) == 65536);
  CHECK(error(put(arm, ends.write, "x")) == EAGAIN);
  CHECK(get(arm, ends.read, kAtomic).size() == kAtomic);
  CHECK(put(arm, ends.write, "x") == 1);
  done_with(arm, ends);
}

template <class Arm>
void atomic_writes(Arm& arm) {
  const Ends ends = make(arm, O_NONBLOCK);
  CHECK(fill(arm, ends.write) == 65536);
  CHECK(get(arm, ends.read, kAtomic / 2).size() == kAtomic / 2);
  const std::string page(kAtomic, 'x');
  CHECK(error(put(arm, ends.write, page)) == EAGAIN);  // all or nothing
  CHECK(get(arm, ends.read, kAtomic / 2).size() == kAtomic / 2);
  CHECK(put(arm, ends.write, page) == static_cast<ssize_t>(kAtomic));
  done_with(arm, ends);
}

template <class Arm>
void large_writes(Arm& arm) {
  const Ends ends = make(arm, O_NONBLOCK);
  const std::string much(100'000, 'x');
  CHECK(put(arm, ends.write, much) == 65536);
  CHECK(error(put(arm, ends.write, much)) == EAGAIN);
  CHECK(get(arm, ends.read, 2 * kAtomic).size() == 2 * kAtomic);
  CHECK(put(arm, ends.write, much) == static_cast<ssize_t>(2 * kAtomic));
  done_with(arm, ends);
}

template <class Arm>
void resized(Arm& arm) {
  const Ends ends = make(arm, O_NONBLOCK);
  CHECK(arm.fcntl(ends.read, F_SETPIPE_SZ, 5000) == 8192);
  CHECK(arm.fcntl(ends.write, F_GETPIPE_SZ) == 8192);
  CHECK(fill(arm, ends.write) == 8192);
  CHECK(error(arm.fcntl(ends.write, F_SETPIPE_SZ, 4096)) == EBUSY);
  CHECK(arm.fcntl(ends.write, F_SETPIPE_SZ, 16384) == 16384);
  CHECK(fill(arm, ends.write) == 8192);
  done_with(arm, ends);
}

template <class Arm>
void unread(Arm& arm) {
  const Ends ends = make(arm);
  int count = -1;
  CHECK(arm.ioctl(ends.read, FIONREAD, &count) == 0);
  CHECK(count == 0);
  CHECK(put(arm, ends.write, "abc") == 3);
  CHECK(arm.ioctl(ends.read, FIONREAD, &count) == 0);
  CHECK(count == 3);
  done_with(arm, ends);
}

template <class Arm>
void readiness(Arm& arm) {
  const Ends ends = make(arm, O_NONBLOCK);
  CHECK(polled(arm, ends.read, POLLIN) == 0);
  CHECK(polled(arm, ends.write, POLLOUT) == POLLOUT);
  CHECK(put(arm, ends.write, "a") == 1);
  CHECK(polled(arm, ends.read, POLLIN) == POLLIN);
  CHECK(get(arm, ends.read, 1) == "a");
  CHECK(fill(arm, ends.write) == 65536);
  CHECK(polled(arm, ends.write, POLLOUT) == 0);
  CHECK(get(arm, ends.read, kAtomic).size() == kAtomic);
  CHECK(polled(arm, ends.write, POLLOUT) == POLLOUT);
  done_with(arm, ends);
}

template <class Arm>
void hang_up(Arm& arm) {
  const Ends ends = make(arm);
  CHECK(put(arm, ends.write, "a") == 1);
  arm.close(ends.write);
  CHECK(polled(arm, ends.read, POLLIN) == (POLLIN | POLLHUP));
  CHECK(get(arm, ends.read, 1) == "a");
  CHECK(polled(arm, ends.read, POLLIN) == POLLHUP);
  arm.close(ends.read);
  const Ends others = make(arm);
  arm.close(others.read);
  CHECK(polled(arm, others.write, POLLOUT) == (POLLOUT | POLLERR));
  CHECK(polled(arm, others.write, 0) == POLLERR);
  arm.close(others.write);
}

template <class Arm>
void reader_waits(Arm& arm) {
  const Ends ends = make(arm);
  arm.beside(
      [&] {
        arm.pause();
        put(arm, ends.write, "abc");
      },
      [&] { CHECK(read_once(arm, ends.read) == 3); });
  done_with(arm, ends);
}

template <class Arm>
void writer_waits(Arm& arm) {
  const Ends ends = make(arm);
  const std::string much(300'000, 'x');
  std::size_t got = 0;
  arm.beside(
      [&] {
        arm.pause();
        got = get(arm, ends.read, much.size()).size();
      },
      [&] { CHECK(put(arm, ends.write, much) == static_cast<ssize_t>(much.size())); });
  CHECK(got == much.size());
  done_with(arm, ends);
}

template <class Arm>
void reader_sees_the_end(Arm& arm) {
  const Ends ends = make(arm);
  arm.beside(
      [&] {
        arm.pause();
        arm.close(ends.write);
      },
      [&] { CHECK(read_once(arm, ends.read) == 0); });
  arm.close(ends.read);
}

template <class Arm>
void writer_sees_the_break(Arm& arm) {
  const Ends ends = make(arm);
  const std::string much(100'000, 'x');
  arm.beside(
      [&] {
        arm.pause();
        arm.close(ends.read);
      },
      [&] {
        CHECK(put(arm, ends.write, much) == 65536);  // what had gone in counts
        CHECK(error(put(arm, ends.write, much)) == EPIPE);
      });
  arm.close(ends.write);
}

template <class Arm>
void poll_waits(Arm& arm) {
  const Ends ends = make(arm);
  arm.beside(
      [&] {
        arm.pause();
        put(arm, ends.write, "a");
      },
      [&] { CHECK(polled(arm, ends.read, POLLIN, kPatience) == POLLIN); });
  done_with(arm, ends);
}

template <class Arm>
void atomic_among_writers(Arm& arm) {
  const Ends ends = make(arm);
  constexpr std::size_t kRecord = 3000;
  constexpr int kRecords = 50;
  const auto writes = [&](char what) {
    const std::string record(kRecord, what);
    for (int i = 0; i < kRecords; ++i) put(arm, ends.write, record);
  };
  std::string all;
  arm.beside([&] { writes('a'); },
             [&] {
               arm.beside([&] { writes('b'); },
                          [&] { all = get(arm, ends.read, 2 * kRecords * kRecord); });
             });
  REQUIRE(all.size() == 2 * kRecords * kRecord);
  for (std::size_t at = 0; at < all.size(); at += kRecord)
    CHECK(all.find_first_not_of(all[at], at) >= at + kRecord);
  done_with(arm, ends);
}

}  // namespace

NORN_CONFORMS("a pipe carries bytes in order, and no boundaries", order)
NORN_CONFORMS("a pipe without writers ends after what is in it", end)
NORN_CONFORMS("a write to a pipe without readers is EPIPE", broken)
NORN_CONFORMS("each end of a pipe goes one way", directions)
NORN_CONFORMS("an empty pipe that does not block is EAGAIN", empty)
NORN_CONFORMS("a pipe takes 64 KiB", capacity)
NORN_CONFORMS("a write of up to PIPE_BUF bytes goes in whole or not at all", atomic_writes)
NORN_CONFORMS("a larger write goes in as far as there is room", large_writes)
NORN_CONFORMS("F_SETPIPE_SZ rounds up to a power of two, and not below what is in it", resized)
NORN_CONFORMS("FIONREAD counts what is in a pipe", unread)
NORN_CONFORMS("poll tells whether a pipe has bytes and room", readiness)
NORN_CONFORMS("poll tells that the other end of a pipe is closed", hang_up)
NORN_CONFORMS("a reader waits for a writer", reader_waits)
NORN_CONFORMS("a writer of much waits until all is in the pipe", writer_waits)
NORN_CONFORMS("a reader that waits sees the last writer go", reader_sees_the_end)
NORN_CONFORMS("a writer that waits sees the last reader go", writer_sees_the_break)
NORN_CONFORMS("poll waits for a pipe", poll_waits)
NORN_CONFORMS("small writes of several writers are not mixed", atomic_among_writers)
