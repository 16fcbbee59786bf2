// What leads out of the simulation: threads, processes, sockets and files of the machine.
// tidy: allow-file os-thread (it replaces them)
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "intercept/caller.hpp"

namespace {

using norn::intercept::calling_fiber;
using norn::intercept::next;
using norn::intercept::refused;

// Whether an open leaves the world: it writes, or it asks the machine for chance.
bool leads_out(std::string_view path, bool writes) {
  return writes || path == "/dev/random" || path == "/dev/urandom";
}

bool refuse_path(const char* call, const char* path) {
  if (calling_fiber() == nullptr) return false;
  if (!refused(std::string(call) + "(\"" + path + "\")")) return false;
  errno = EPERM;
  return true;
}

bool refuse_open(const char* call, const char* path, int flags) {
  const bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0;
  return leads_out(path, writes) && refuse_path(call, path);
}

bool refuse_fopen(const char* call, const char* path, const char* mode) {
  const std::string_view how(mode);
  const bool writes = how.find_first_of("wa+") != std::string_view::npos;
  return leads_out(path, writes) && refuse_path(call, path);
}

mode_t mode_of(int flags, va_list& rest) {
  const bool has_mode = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  return has_mode ? static_cast<mode_t>(va_arg(rest, int)) : 0;
}

}  // namespace

namespace norn::intercept {
int link_outside() {
  return 1;
}
}  // namespace norn::intercept

extern "C" {

// ---- files

int open(const char* path, int flags, ...) {
  static const auto kReal = next<int(const char*, int, ...)>("open");
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return refuse_open("open", path, flags) ? -1 : kReal(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  static const auto kReal = next<int(const char*, int, ...)>("open64");
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return refuse_open("open64", path, flags) ? -1 : kReal(path, flags, mode);
}

int openat(int folder, const char* path, int flags, ...) {
  static const auto kReal = next<int(int, const char*, int, ...)>("openat");
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return refuse_open("openat", path, flags) ? -1 : kReal(folder, path, flags, mode);
}

int creat(const char* path, mode_t mode) {
  static const auto kReal = next<int(const char*, mode_t)>("creat");
  return refuse_path("creat", path) ? -1 : kReal(path, mode);
}

FILE* fopen(const char* path, const char* mode) {
  static const auto kReal = next<FILE*(const char*, const char*)>("fopen");
  return refuse_fopen("fopen", path, mode) ? nullptr : kReal(path, mode);
}

FILE* fopen64(const char* path, const char* mode) {
  static const auto kReal = next<FILE*(const char*, const char*)>("fopen64");
  return refuse_fopen("fopen64", path, mode) ? nullptr : kReal(path, mode);
}

int mkdir(const char* path, mode_t mode) noexcept {
  static const auto kReal = next<int(const char*, mode_t)>("mkdir");
  return refuse_path("mkdir", path) ? -1 : kReal(path, mode);
}

int rmdir(const char* path) noexcept {
  static const auto kReal = next<int(const char*)>("rmdir");
  return refuse_path("rmdir", path) ? -1 : kReal(path);
}

int unlink(const char* path) noexcept {
  static const auto kReal = next<int(const char*)>("unlink");
  return refuse_path("unlink", path) ? -1 : kReal(path);
}

int remove(const char* path) noexcept {
  static const auto kReal = next<int(const char*)>("remove");
  return refuse_path("remove", path) ? -1 : kReal(path);
}

int rename(const char* from, const char* to) noexcept {
  static const auto kReal = next<int(const char*, const char*)>("rename");
  return refuse_path("rename", from) ? -1 : kReal(from, to);
}

int link(const char* from, const char* to) noexcept {
  static const auto kReal = next<int(const char*, const char*)>("link");
  return refuse_path("link", from) ? -1 : kReal(from, to);
}

int symlink(const char* from, const char* to) noexcept {
  static const auto kReal = next<int(const char*, const char*)>("symlink");
  return refuse_path("symlink", from) ? -1 : kReal(from, to);
}

int truncate(const char* path, off_t size) noexcept {
  static const auto kReal = next<int(const char*, off_t)>("truncate");
  return refuse_path("truncate", path) ? -1 : kReal(path, size);
}

// ---- sockets and processes

int socket(int domain, int type, int protocol) noexcept {
  static const auto kReal = next<int(int, int, int)>("socket");
  if (!refused("socket()")) return kReal(domain, type, protocol);
  errno = EPERM;
  return -1;
}

pid_t fork() noexcept {
  static const auto kReal = next<pid_t()>("fork");
  if (!refused("fork()")) return kReal();
  errno = EPERM;
  return -1;
}

// A sanitizer has a pthread_create of its own, which must see every thread.
#if !defined(NORN_SANITIZED)
int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*main)(void*),
                   void* argument) noexcept {
  static const auto kReal =
      next<int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)>("pthread_create");
  return refused("pthread_create()") ? EPERM : kReal(thread, attributes, main, argument);
}
#endif

}  // extern "C"

#if defined(__GLIBCXX__)
void std::thread::_M_start_thread(_State_ptr state, void (*depends)()) {
  using Real = void(std::thread*, _State_ptr, void (*)());
  static const auto kReal = norn::intercept::next<Real>(
      "_ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_deleteIS1_EEPFvvE");
  if (refused("std::thread"))
    throw std::system_error(std::make_error_code(std::errc::operation_not_permitted));
  kReal(this, std::move(state), depends);
}
#endif
