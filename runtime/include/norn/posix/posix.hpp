// The calls of POSIX and Linux on descriptors, for node code: files, sockets, pipes, events,
// timers, poll and epoll.
#pragma once

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>

// Each has the signature, the meaning and the errno values of the call after which it is named;
// norn/runtime/host/posix_calls.hpp says which flags and options there are. They block the calling
// fiber only, and return -1 and set errno when they fail; errno is good until the fiber blocks.
// Descriptors are those of the calling node and die with it. Called by node code only.
//
// What differs from Linux: there are no signals (no EINTR, no SIGPIPE), no fork and no exec; there
// is one user, who may do all, so that the mode of a new file is neither kept nor looked at; a
// close() ends calls of other fibers that wait on the descriptor (EBADF); directories are never
// made: those that a path names exist; nobody tells a sender that no socket waits for a datagram.
namespace norn::posix {

// ---- any descriptor
ssize_t read(int descriptor, void* into, std::size_t length);
ssize_t write(int descriptor, const void* from, std::size_t length);
int close(int descriptor);
int dup(int descriptor);
int dup2(int descriptor, int to);
int dup3(int descriptor, int to, int flags);
int fcntl(int descriptor, int command, std::int64_t argument = 0);
int ioctl(int descriptor, std::uint64_t request, int* argument);
int fstat(int descriptor, struct stat* status);

// ---- files
int open(const char* path, int flags, mode_t mode = 0644);
ssize_t pread(int descriptor, void* into, std::size_t length, off_t offset);
ssize_t pwrite(int descriptor, const void* from, std::size_t length, off_t offset);
off_t lseek(int descriptor, off_t offset, int whence);
int ftruncate(int descriptor, off_t size);
int fsync(int descriptor);
int fdatasync(int descriptor);  // an fsync()
int rename(const char* from, const char* to);
int unlink(const char* path);

// ---- pipes, events, timers
int pipe(int* ends);
int pipe2(int* ends, int flags);
int eventfd(unsigned count, int flags);
int timerfd_create(int clock, int flags);
int timerfd_settime(int descriptor, int flags, const itimerspec* value, itimerspec* before);
int timerfd_gettime(int descriptor, itimerspec* value);

// ---- readiness; timeouts in milliseconds, -1: for ever
int poll(pollfd* descriptors, nfds_t count, int timeout);
int epoll_create1(int flags);
int epoll_ctl(int epoll, int operation, int descriptor, epoll_event* event);
int epoll_wait(int epoll, epoll_event* events, int most, int timeout);

// ---- sockets
int socket(int domain, int type, int protocol);
int socketpair(int domain, int type, int protocol, int* ends);
int bind(int descriptor, const sockaddr* name, socklen_t length);
int listen(int descriptor, int backlog);
int accept(int descriptor, sockaddr* peer, socklen_t* length);
int accept4(int descriptor, sockaddr* peer, socklen_t* length, int flags);
int connect(int descriptor, const sockaddr* name, socklen_t length);
ssize_t send(int descriptor, const void* from, std::size_t length, int flags);
ssize_t recv(int descriptor, void* into, std::size_t length, int flags);
ssize_t sendto(int descriptor, const void* from, std::size_t length, int flags, const sockaddr* to,
               socklen_t to_length);
ssize_t recvfrom(int descriptor, void* into, std::size_t length, int flags, sockaddr* from,
                 socklen_t* from_length);
int shutdown(int descriptor, int how);
int getsockname(int descriptor, sockaddr* name, socklen_t* length);
int getpeername(int descriptor, sockaddr* name, socklen_t* length);
int setsockopt(int descriptor, int level, int option, const void* value, socklen_t length);
int getsockopt(int descriptor, int level, int option, void* value, socklen_t* length);

}  // namespace norn::posix
