// PosixCalls: the system calls of a world on descriptors, as a program in C knows them.
#pragma once

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "norn/runtime/host/process.hpp"
#include "norn/runtime/time.hpp"

namespace norn::host {

// Every call returns a value >= 0 or minus an errno value, and -ESRCH when its process is dead.
// Arguments, structures and flags are those of Linux; what is not listed at a call is refused
// (EINVAL, or what its manual says), never ignored. Calls that block park the calling fiber; there
// are no signals, so none is ever interrupted (EINTR) and EPIPE comes without SIGPIPE. A call that
// waits on a descriptor which another fiber closes ends with EBADF.
//
// All descriptors of a process are of one space: files, sockets, pipes, events, timers and epolls.
// The lowest free number from 3 on is taken; there are 1024. The standard streams are closed.
class PosixCalls {
 public:
  PosixCalls() = default;
  PosixCalls(const PosixCalls&) = delete;
  PosixCalls& operator=(const PosixCalls&) = delete;
  virtual ~PosixCalls() = default;

  // ---- any descriptor
  virtual std::int64_t read(Process& process, int descriptor, void* into, std::size_t length) = 0;
  virtual std::int64_t write(Process& process, int descriptor, const void* from,
                             std::size_t length) = 0;
  virtual int close(Process& process, int descriptor) = 0;
  virtual int dup(Process& process, int descriptor) = 0;
  virtual int dup2(Process& process, int descriptor, int to) = 0;
  virtual int dup3(Process& process, int descriptor, int to, int flags) = 0;  // O_CLOEXEC
  // F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL (O_APPEND, O_NONBLOCK),
  // F_GETPIPE_SZ, F_SETPIPE_SZ. Nothing is ever executed: FD_CLOEXEC is kept and told.
  virtual int fcntl(Process& process, int descriptor, int command, std::int64_t argument) = 0;
  virtual int ioctl(Process& process, int descriptor, std::uint64_t request,
                    int* argument) = 0;  // FIONREAD, FIONBIO
  // fstat() fills in the type and, of files, the size.
  virtual int fstat(Process& process, int descriptor, struct stat* status) = 0;

  // ---- files. Paths are pointer and length, not ended by a zero.
  // open() takes O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_NONBLOCK, O_CLOEXEC, O_DIRECTORY, O_SYNC and
  // O_DSYNC beside the access mode. A directory can be opened for fsync().
  virtual int open(Process& process, std::string_view path, int flags) = 0;
  virtual std::int64_t pread(Process& process, int descriptor, void* into, std::size_t length,
                             std::int64_t offset) = 0;
  virtual std::int64_t pwrite(Process& process, int descriptor, const void* from,
                              std::size_t length, std::int64_t offset) = 0;
  virtual std::int64_t lseek(Process& process, int descriptor, std::int64_t offset,
                             int whence) = 0;  // SEEK_SET, SEEK_CUR, SEEK_END
  virtual int ftruncate(Process& process, int descriptor, std::int64_t size) = 0;
  virtual int fsync(Process& process, int descriptor) = 0;
  virtual int rename(Process& process, std::string_view from, std::string_view to) = 0;
  // unlink() removes the name of a file or of a local socket.
  virtual int unlink(Process& process, std::string_view path) = 0;
  // file_handle() is the number by which the world's file calls know the file; -EBADF, -EINVAL.
  virtual int file_handle(Process& process, int descriptor) = 0;

  // ---- pipes, events, timers
  virtual int pipe2(Process& process, int* ends, int flags) = 0;  // O_CLOEXEC, O_NONBLOCK
  virtual int eventfd(Process& process, unsigned count, int flags) = 0;
  // The clocks are CLOCK_MONOTONIC, CLOCK_BOOTTIME and CLOCK_REALTIME: the node's virtual time.
  virtual int timerfd_create(Process& process, int clock, int flags) = 0;
  virtual int timerfd_settime(Process& process, int descriptor, int flags, const itimerspec* value,
                              itimerspec* before) = 0;  // TFD_TIMER_ABSTIME
  virtual int timerfd_gettime(Process& process, int descriptor, itimerspec* value) = 0;

  // ---- readiness. Without `timeout` they wait for ever.
  virtual int poll(Process& process, pollfd* descriptors, std::size_t count,
                   std::optional<Duration> timeout) = 0;
  virtual int epoll_create(Process& process, int flags) = 0;
  // EPOLLET and EPOLLONESHOT are known; EPOLLEXCLUSIVE and EPOLLWAKEUP are EINVAL.
  virtual int epoll_ctl(Process& process, int epoll, int operation, int descriptor,
                        const epoll_event* event) = 0;
  virtual int epoll_wait(Process& process, int epoll, epoll_event* events, int most,
                         std::optional<Duration> timeout) = 0;

  // ---- sockets: AF_INET and AF_UNIX, SOCK_STREAM and SOCK_DGRAM
  virtual int socket(Process& process, int domain, int type, int protocol) = 0;
  virtual int socketpair(Process& process, int domain, int type, int protocol, int* ends) = 0;
  virtual int bind(Process& process, int descriptor, const sockaddr* name, socklen_t length) = 0;
  virtual int listen(Process& process, int descriptor, int backlog) = 0;
  virtual int accept(Process& process, int descriptor, sockaddr* peer, socklen_t* length,
                     int flags) = 0;  // SOCK_CLOEXEC, SOCK_NONBLOCK
  virtual int connect(Process& process, int descriptor, const sockaddr* name, socklen_t length) = 0;
  // MSG_DONTWAIT and MSG_NOSIGNAL; receiving also MSG_PEEK, MSG_WAITALL, MSG_TRUNC (of datagrams).
  virtual std::int64_t sendto(Process& process, int descriptor, const void* from,
                              std::size_t length, int flags, const sockaddr* to,
                              socklen_t to_length) = 0;
  virtual std::int64_t recvfrom(Process& process, int descriptor, void* into, std::size_t length,
                                int flags, sockaddr* from, socklen_t* from_length) = 0;
  virtual int shutdown(Process& process, int descriptor, int how) = 0;
  virtual int getsockname(Process& process, int descriptor, sockaddr* name, socklen_t* length) = 0;
  virtual int getpeername(Process& process, int descriptor, sockaddr* name, socklen_t* length) = 0;
  // SOL_SOCKET: SO_REUSEADDR, SO_LINGER, SO_KEEPALIVE, SO_SNDBUF, SO_RCVBUF, SO_SNDTIMEO,
  // SO_RCVTIMEO; to be read also SO_ERROR, SO_TYPE, SO_DOMAIN, SO_PROTOCOL, SO_ACCEPTCONN.
  // IPPROTO_TCP: TCP_NODELAY, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_USER_TIMEOUT. As on
  // Linux, buffer sizes are told doubled. Any other option is ENOPROTOOPT.
  virtual int setsockopt(Process& process, int descriptor, int level, int option, const void* value,
                         socklen_t length) = 0;
  virtual int getsockopt(Process& process, int descriptor, int level, int option, void* value,
                         socklen_t* length) = 0;
};

}  // namespace norn::host
