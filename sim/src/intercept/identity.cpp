// Who a node is.
#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <sys/utsname.h>
#include <unistd.h>

#include "intercept/caller.hpp"
#include "norn/runtime/host/process.hpp"

namespace {

using norn::intercept::calling_fiber;
using norn::intercept::next;

// A number for each life of each node, as small as those of a machine that has just started.
pid_t number_of(const norn::host::Process& process) {
  constexpr std::uint32_t kNodes = 1 << 20;
  constexpr std::uint32_t kLives = 1 << 10;
  return static_cast<pid_t>(1 + process.id() % kNodes + process.incarnation() % kLives * kNodes);
}

}  // namespace

namespace norn::intercept {
int link_identity() {
  return 1;
}
}  // namespace norn::intercept

extern "C" {

pid_t getpid() noexcept {
  static const auto kReal = next<pid_t()>("getpid");
  const norn::host::Fiber* const fiber = calling_fiber();
  return fiber == nullptr ? kReal() : number_of(*fiber->process);
}

pid_t getppid() noexcept {
  static const auto kReal = next<pid_t()>("getppid");
  return calling_fiber() == nullptr ? kReal() : 1;
}

int gethostname(char* into, size_t size) noexcept {
  static const auto kReal = next<int(char*, size_t)>("gethostname");
  const norn::host::Fiber* const fiber = calling_fiber();
  if (fiber == nullptr) return kReal(into, size);
  const std::string_view name = fiber->process->name();
  if (name.size() >= size) {
    errno = ENAMETOOLONG;
    return -1;
  }
  std::memcpy(into, name.data(), name.size());
  into[name.size()] = '\0';
  return 0;
}

int uname(utsname* into) noexcept {
  static const auto kReal = next<int(utsname*)>("uname");
  const norn::host::Fiber* const fiber = calling_fiber();
  if (fiber == nullptr) return kReal(into);
  *into = {};
  const auto put = [](char* field, std::string_view text) {
    std::memcpy(field, text.data(), std::min(text.size(), sizeof into->sysname - 1));
  };
  put(into->sysname, "Linux");
  put(into->nodename, fiber->process->name());
  put(into->release, "6.1.0");
  put(into->version, "#1");
  put(into->machine, "x86_64");
  return 0;
}

}  // extern "C"
