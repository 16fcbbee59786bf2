// The arms of the conformance suite: Linux on this machine, the simulated kernel, and the real
// world of the runtime. A test's body is written once and runs in all.
#pragma once

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <functional>
#include <string>
#include <thread>

#include "norn/posix/posix.hpp"
#include "norn/runtime.hpp"
#include "norn/runtime/real_world.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"
#include "support/simulate.hpp"

namespace norn::test {

// Calls of Linux, on loopback and in a folder of their own.
struct Real {
  static constexpr bool kSimulated = false;

  static constexpr auto read = &::read;
  static constexpr auto write = &::write;
  static constexpr auto close = &::close;
  static constexpr auto dup = &::dup;
  static constexpr auto dup2 = &::dup2;
  static constexpr auto dup3 = &::dup3;
  static constexpr auto pread = &::pread;
  static constexpr auto pwrite = &::pwrite;
  static constexpr auto lseek = &::lseek;
  static constexpr auto ftruncate = &::ftruncate;
  static constexpr auto fsync = &::fsync;
  static constexpr auto fdatasync = &::fdatasync;
  static constexpr auto pipe = &::pipe;
  static constexpr auto pipe2 = &::pipe2;
  static int eventfd(unsigned count, int flags) { return ::eventfd(count, flags); }
  static int timerfd_create(int clock, int flags) { return ::timerfd_create(clock, flags); }
  static int timerfd_settime(int fd, int flags, const itimerspec* value, itimerspec* before) {
    return ::timerfd_settime(fd, flags, value, before);
  }
  static int timerfd_gettime(int fd, itimerspec* value) { return ::timerfd_gettime(fd, value); }
  static constexpr auto poll = &::poll;
  static int epoll_create1(int flags) { return ::epoll_create1(flags); }
  static int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) {
    return ::epoll_ctl(epoll, operation, fd, event);
  }
  static constexpr auto epoll_wait = &::epoll_wait;
  static int socket(int domain, int type, int protocol) { return ::socket(domain, type, protocol); }
  static int socketpair(int domain, int type, int protocol, int* ends) {
    return ::socketpair(domain, type, protocol, ends);
  }
  static int bind(int fd, const sockaddr* name, socklen_t length) {
    return ::bind(fd, name, length);
  }
  static int listen(int fd, int backlog) { return ::listen(fd, backlog); }
  static int accept(int fd, sockaddr* peer, socklen_t* length) {
    return ::accept(fd, peer, length);
  }
  static int accept4(int fd, sockaddr* peer, socklen_t* length, int flags) {
    return ::accept4(fd, peer, length, flags);
  }
  static int connect(int fd, const sockaddr* name, socklen_t length) {
    return ::connect(fd, name, length);
  }
  static constexpr auto send = &::send;
  static constexpr auto recv = &::recv;
  static ssize_t sendto(int fd, const void* from, std::size_t length, int flags, const sockaddr* to,
                        socklen_t to_length) {
    return ::sendto(fd, from, length, flags, to, to_length);
  }
  static ssize_t recvfrom(int fd, void* into, std::size_t length, int flags, sockaddr* from,
                          socklen_t* from_length) {
    return ::recvfrom(fd, into, length, flags, from, from_length);
  }
  static int shutdown(int fd, int how) { return ::shutdown(fd, how); }
  static int getsockname(int fd, sockaddr* name, socklen_t* length) {
    return ::getsockname(fd, name, length);
  }
  static int getpeername(int fd, sockaddr* name, socklen_t* length) {
    return ::getpeername(fd, name, length);
  }
  static int setsockopt(int fd, int level, int option, const void* value, socklen_t length) {
    return ::setsockopt(fd, level, option, value, length);
  }
  static int getsockopt(int fd, int level, int option, void* value, socklen_t* length) {
    return ::getsockopt(fd, level, option, value, length);
  }
  static int fcntl(int fd, int command, long argument = 0) {
    return ::fcntl(fd, command, argument);
  }
  static int ioctl(int fd, unsigned long request, int* argument) {
    return ::ioctl(fd, request, argument);
  }
  static int fstat(int fd, struct stat* status) { return ::fstat(fd, status); }

  std::string path(const std::string& name) const { return folder.path() + "/" + name; }
  int open(const std::string& name, int flags) const {
    return ::open(path(name).c_str(), flags, 0600);
  }
  int rename(const std::string& from, const std::string& to) const {
    return ::rename(path(from).c_str(), path(to).c_str());
  }
  int unlink(const std::string& name) const { return ::unlink(path(name).c_str()); }

  static void pause() { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }
  // beside() runs `other` at the same time as `body`. Only `body` may check anything.
  static void beside(const std::function<void()>& other, const std::function<void()>& body) {
    std::thread thread(other);
    body();
    thread.join();
  }

  ScratchFolder folder;
};

// The same calls of the simulated kernel, in a node.
struct Simulated {
  static constexpr bool kSimulated = true;

  static constexpr auto read = &posix::read;
  static constexpr auto write = &posix::write;
  static constexpr auto close = &posix::close;
  static constexpr auto dup = &posix::dup;
  static constexpr auto dup2 = &posix::dup2;
  static constexpr auto dup3 = &posix::dup3;
  static constexpr auto pread = &posix::pread;
  static constexpr auto pwrite = &posix::pwrite;
  static constexpr auto lseek = &posix::lseek;
  static constexpr auto ftruncate = &posix::ftruncate;
  static constexpr auto fsync = &posix::fsync;
  static constexpr auto fdatasync = &posix::fdatasync;
  static constexpr auto pipe = &posix::pipe;
  static constexpr auto pipe2 = &posix::pipe2;
  static constexpr auto eventfd = &posix::eventfd;
  static constexpr auto timerfd_create = &posix::timerfd_create;
  static constexpr auto timerfd_settime = &posix::timerfd_settime;
  static constexpr auto timerfd_gettime = &posix::timerfd_gettime;
  static constexpr auto poll = &posix::poll;
  static constexpr auto epoll_create1 = &posix::epoll_create1;
  static constexpr auto epoll_ctl = &posix::epoll_ctl;
  static constexpr auto epoll_wait = &posix::epoll_wait;
  static constexpr auto socket = &posix::socket;
  static constexpr auto socketpair = &posix::socketpair;
  static constexpr auto bind = &posix::bind;
  static constexpr auto listen = &posix::listen;
  static constexpr auto accept = &posix::accept;
  static constexpr auto accept4 = &posix::accept4;
  static constexpr auto connect = &posix::connect;
  static constexpr auto send = &posix::send;
  static constexpr auto recv = &posix::recv;
  static constexpr auto sendto = &posix::sendto;
  static constexpr auto recvfrom = &posix::recvfrom;
  static constexpr auto shutdown = &posix::shutdown;
  static constexpr auto getsockname = &posix::getsockname;
  static constexpr auto getpeername = &posix::getpeername;
  static constexpr auto setsockopt = &posix::setsockopt;
  static constexpr auto getsockopt = &posix::getsockopt;
  static constexpr auto ioctl = &posix::ioctl;
  static constexpr auto fstat = &posix::fstat;
  static int fcntl(int fd, int command, long argument = 0) {
    return posix::fcntl(fd, command, argument);
  }

  static std::string path(const std::string& name) { return "d/" + name; }
  static int open(const std::string& name, int flags) {
    return posix::open(path(name).c_str(), flags);
  }
  static int rename(const std::string& from, const std::string& to) {
    return posix::rename(path(from).c_str(), path(to).c_str());
  }
  static int unlink(const std::string& name) { return posix::unlink(path(name).c_str()); }

  static void pause() { sleep_for(std::chrono::milliseconds(200)); }
  static void beside(const std::function<void()>& other, const std::function<void()>& body) {
    Task<void> task = spawn("beside", other);
    body();
    task.join();
  }
};

// The same calls again, of a node of the real world: Linux behind fibers.
struct InRealWorld : Simulated {
  static constexpr bool kSimulated = false;
  static void pause() { sleep_for(std::chrono::milliseconds(20)); }
};

template <class Body>
void run_real(Body body) {
  std::signal(SIGPIPE, SIG_IGN);
  ::alarm(60);  // nothing here may hang
  Real arm;
  body(arm);
  ::alarm(0);
}

// Under several seeds: delays differ, and reads of streams are short now and then.
template <class Body>
void run_simulated(Body body) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    bool done = false;
    const RunSummary run = simulate(
        [&] {
          Simulated arm;
          body(arm);
          done = true;
        },
        seed);
    INFO((run.violation ? run.violation->detail : std::string()));
    CHECK(run.verdict == Verdict::passed);
    CHECK(done);
  }
}

template <class Body>
void run_in_real_world(Body body) {
  ::alarm(60);  // nothing here may hang
  const ScratchFolder folder;
  bool done = false;
  const RealResult run = run_for_real(
      [&] {
        InRealWorld arm;
        body(arm);
        done = true;
      },
      {.name = "n1", .root = folder.path()});
  ::alarm(0);
  INFO(run.problem);
  CHECK(run.end == RealEnd::finished);
  CHECK(done);
}

// error() is the errno value of a call that failed, 0 of one that did not.
inline int error(ssize_t result) {
  return result < 0 ? errno : 0;
}

}  // namespace norn::test

// NORN_CONFORMS(name, body) makes three test cases of `template <class Arm> void body(Arm& arm)`.
#define NORN_CONFORMS(name, body)                                \
  TEST_CASE("real: " name) {                                     \
    norn::test::run_real([](auto& arm) { body(arm); });          \
  }                                                              \
  TEST_CASE("simulated: " name) {                                \
    norn::test::run_simulated([](auto& arm) { body(arm); });     \
  }                                                              \
  TEST_CASE("real world: " name) {                               \
    norn::test::run_in_real_world([](auto& arm) { body(arm); }); \
  }

// NORN_NATIVE(name, body) makes two of a body that uses the native API, which needs a world.
#define NORN_NATIVE(name, body)                                  \
  TEST_CASE("native: " name ", simulated") {                     \
    norn::test::run_simulated([](auto& arm) { body(arm); });     \
  }                                                              \
  TEST_CASE("native: " name ", Linux") {                         \
    norn::test::run_in_real_world([](auto& arm) { body(arm); }); \
  }
