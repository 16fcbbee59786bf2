// RealPosix: the calls of POSIX on descriptors, made on the machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "norn/runtime/host/posix_calls.hpp"
#include "os/socket_calls.hpp"

namespace norn::real {

// Numbers are those of the node's own table. Whether a call blocks is kept apart from the machine's
// O_NONBLOCK, which is always set: a call that finds nothing parks its fiber, if node code wants it
// to block. What may wait for the disk is done on another thread.
class RealPosix final : public host::PosixCalls {
 public:
  RealPosix(NodeFiles& files, SocketCalls& calls) : files_(files), calls_(calls) {}

  std::int64_t read(host::Process& process, int descriptor, void* into,
                    std::size_t length) override;
  std::int64_t write(host::Process& process, int descriptor, const void* from,
                     std::size_t length) override;
  int close(host::Process& process, int descriptor) override;
  int dup(host::Process& process, int descriptor) override;
  int dup2(host::Process& process, int descriptor, int to) override;
  int dup3(host::Process& process, int descriptor, int to, int flags) override;
  int fcntl(host::Process& process, int descriptor, int command, std::int64_t argument) override;
  int ioctl(host::Process& process, int descriptor, std::uint64_t request, int* argument) override;
  int fstat(host::Process& process, int descriptor, struct stat* status) override;

  int open(host::Process& process, std::string_view path, int flags) override;
  std::int64_t pread(host::Process& process, int descriptor, void* into, std::size_t length,
                     std::int64_t offset) override;
  std::int64_t pwrite(host::Process& process, int descriptor, const void* from, std::size_t length,
                      std::int64_t offset) override;
  std::int64_t lseek(host::Process& process, int descriptor, std::int64_t offset,
                     int whence) override;
  int ftruncate(host::Process& process, int descriptor, std::int64_t size) override;
  int fsync(host::Process& process, int descriptor) override;
  int rename(host::Process& process, std::string_view from, std::string_view to) override;
  int unlink(host::Process& process, std::string_view path) override;
  int file_handle(host::Process& process, int descriptor) override;

  int pipe2(host::Process& process, int* ends, int flags) override;
  int eventfd(host::Process& process, unsigned count, int flags) override;
  int timerfd_create(host::Process& process, int clock, int flags) override;
  int timerfd_settime(host::Process& process, int descriptor, int flags, const itimerspec* value,
                      itimerspec* before) override;
  int timerfd_gettime(host::Process& process, int descriptor, itimerspec* value) override;

  int poll(host::Process& process, pollfd* descriptors, std::size_t count,
           std::optional<Duration> timeout) override;
  int epoll_create(host::Process& process, int flags) override;
  int epoll_ctl(host::Process& process, int epoll, int operation, int descriptor,
                const epoll_event* event) override;
  int epoll_wait(host::Process& process, int epoll, epoll_event* events, int most,
                 std::optional<Duration> timeout) override;

  int socket(host::Process& process, int domain, int type, int protocol) override;
  int socketpair(host::Process& process, int domain, int type, int protocol, int* ends) override;
  int bind(host::Process& process, int descriptor, const sockaddr* name, socklen_t length) override;
  int listen(host::Process& process, int descriptor, int backlog) override;
  int accept(host::Process& process, int descriptor, sockaddr* peer, socklen_t* length,
             int flags) override;
  int connect(host::Process& process, int descriptor, const sockaddr* name,
              socklen_t length) override;
  std::int64_t sendto(host::Process& process, int descriptor, const void* from, std::size_t length,
                      int flags, const sockaddr* to, socklen_t to_length) override;
  std::int64_t recvfrom(host::Process& process, int descriptor, void* into, std::size_t length,
                        int flags, sockaddr* from, socklen_t* from_length) override;
  int shutdown(host::Process& process, int descriptor, int how) override;
  int getsockname(host::Process& process, int descriptor, sockaddr* name,
                  socklen_t* length) override;
  int getpeername(host::Process& process, int descriptor, sockaddr* name,
                  socklen_t* length) override;
  int setsockopt(host::Process& process, int descriptor, int level, int option, const void* value,
                 socklen_t length) override;
  int getsockopt(host::Process& process, int descriptor, int level, int option, void* value,
                 socklen_t* length) override;

 private:
  int install(const host::Process& process, OpenKind kind, int machine_fd, int flags);
  int install_two(const host::Process& process, OpenKind kind, const int* machine_fds, int flags,
                  int* ends, bool local);
  int duplicate(const host::Process& process, int descriptor, int from, bool close_on_exec);
  int put_in_place(const host::Process& process, int descriptor, int to, bool close_on_exec);
  int set_flags(Descriptor& descriptor, int flags);
  int poll_once(const host::Process& process, pollfd* descriptors, std::size_t count);

  NodeFiles& files_;
  SocketCalls& calls_;
};

}  // namespace norn::real
