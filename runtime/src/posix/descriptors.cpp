// Calls on descriptors and files.
#include "norn/posix/posix.hpp"

#include "posix/told.hpp"

namespace norn::posix {

ssize_t read(int descriptor, void* into, std::size_t length) {
  const host::Caller self = host::caller("posix::read()");
  return told(self.world.posix().read(self.process, descriptor, into, length));
}

ssize_t write(int descriptor, const void* from, std::size_t length) {
  const host::Caller self = host::caller("posix::write()");
  return told(self.world.posix().write(self.process, descriptor, from, length));
}

int close(int descriptor) {
  const host::Caller self = host::caller("posix::close()");
  return static_cast<int>(told(self.world.posix().close(self.process, descriptor)));
}

int dup(int descriptor) {
  const host::Caller self = host::caller("posix::dup()");
  return static_cast<int>(told(self.world.posix().dup(self.process, descriptor)));
}

int dup2(int descriptor, int to) {
  const host::Caller self = host::caller("posix::dup2()");
  return static_cast<int>(told(self.world.posix().dup2(self.process, descriptor, to)));
}

int dup3(int descriptor, int to, int flags) {
  const host::Caller self = host::caller("posix::dup3()");
  return static_cast<int>(told(self.world.posix().dup3(self.process, descriptor, to, flags)));
}

int fcntl(int descriptor, int command, std::int64_t argument) {
  const host::Caller self = host::caller("posix::fcntl()");
  return static_cast<int>(
      told(self.world.posix().fcntl(self.process, descriptor, command, argument)));
}

int ioctl(int descriptor, std::uint64_t request, int* argument) {
  const host::Caller self = host::caller("posix::ioctl()");
  return static_cast<int>(
      told(self.world.posix().ioctl(self.process, descriptor, request, argument)));
}

int fstat(int descriptor, struct stat* status) {
  const host::Caller self = host::caller("posix::fstat()");
  return static_cast<int>(told(self.world.posix().fstat(self.process, descriptor, status)));
}

ssize_t pread(int descriptor, void* into, std::size_t length, off_t offset) {
  const host::Caller self = host::caller("posix::pread()");
  return told(self.world.posix().pread(self.process, descriptor, into, length, offset));
}

ssize_t pwrite(int descriptor, const void* from, std::size_t length, off_t offset) {
  const host::Caller self = host::caller("posix::pwrite()");
  return told(self.world.posix().pwrite(self.process, descriptor, from, length, offset));
}

off_t lseek(int descriptor, off_t offset, int whence) {
  const host::Caller self = host::caller("posix::lseek()");
  return told(self.world.posix().lseek(self.process, descriptor, offset, whence));
}

int ftruncate(int descriptor, off_t size) {
  const host::Caller self = host::caller("posix::ftruncate()");
  return static_cast<int>(told(self.world.posix().ftruncate(self.process, descriptor, size)));
}

int fsync(int descriptor) {
  const host::Caller self = host::caller("posix::fsync()");
  return static_cast<int>(told(self.world.posix().fsync(self.process, descriptor)));
}

int pipe2(int* ends, int flags) {
  const host::Caller self = host::caller("posix::pipe2()");
  return static_cast<int>(told(self.world.posix().pipe2(self.process, ends, flags)));
}

int eventfd(unsigned count, int flags) {
  const host::Caller self = host::caller("posix::eventfd()");
  return static_cast<int>(told(self.world.posix().eventfd(self.process, count, flags)));
}

int timerfd_create(int clock, int flags) {
  const host::Caller self = host::caller("posix::timerfd_create()");
  return static_cast<int>(told(self.world.posix().timerfd_create(self.process, clock, flags)));
}

int timerfd_settime(int descriptor, int flags, const itimerspec* value, itimerspec* before) {
  const host::Caller self = host::caller("posix::timerfd_settime()");
  return static_cast<int>(
      told(self.world.posix().timerfd_settime(self.process, descriptor, flags, value, before)));
}

int timerfd_gettime(int descriptor, itimerspec* value) {
  const host::Caller self = host::caller("posix::timerfd_gettime()");
  return static_cast<int>(
      told(self.world.posix().timerfd_gettime(self.process, descriptor, value)));
}

int epoll_ctl(int epoll, int operation, int descriptor, epoll_event* event) {
  const host::Caller self = host::caller("posix::epoll_ctl()");
  return static_cast<int>(
      told(self.world.posix().epoll_ctl(self.process, epoll, operation, descriptor, event)));
}

int open(const char* path, int flags, mode_t mode) {
  static_cast<void>(mode);  // one user, who may do all
  const host::Caller self = host::caller("posix::open()");
  return static_cast<int>(told(self.world.posix().open(self.process, path, flags)));
}

int fdatasync(int descriptor) {
  return fsync(descriptor);
}

int rename(const char* from, const char* to) {
  const host::Caller self = host::caller("posix::rename()");
  return static_cast<int>(told(self.world.posix().rename(self.process, from, to)));
}

int unlink(const char* path) {
  const host::Caller self = host::caller("posix::unlink()");
  return static_cast<int>(told(self.world.posix().unlink(self.process, path)));
}

int pipe(int* ends) {
  return pipe2(ends, 0);
}

int poll(pollfd* descriptors, nfds_t count, int timeout) {
  const host::Caller self = host::caller("posix::poll()");
  return static_cast<int>(
      told(self.world.posix().poll(self.process, descriptors, count, milliseconds(timeout))));
}

int epoll_create1(int flags) {
  const host::Caller self = host::caller("posix::epoll_create1()");
  return static_cast<int>(told(self.world.posix().epoll_create(self.process, flags)));
}

int epoll_wait(int epoll, epoll_event* events, int most, int timeout) {
  const host::Caller self = host::caller("posix::epoll_wait()");
  return static_cast<int>(told(
      self.world.posix().epoll_wait(self.process, epoll, events, most, milliseconds(timeout))));
}

}  // namespace norn::posix
