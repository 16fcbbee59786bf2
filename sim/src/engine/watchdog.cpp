#include "engine/watchdog.hpp"

#include <execinfo.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <string_view>

#include "norn/runtime/assert.hpp"

namespace norn::sim {

namespace {

constexpr unsigned kLooks = 4;  // within the limit
constexpr int kStalled = 1;     // exit code: a violation
constexpr int kFrames = 48;

// The innermost of this thread, for the signal handler.
// tidy: allow thread-local (a signal carries no object)
constinit thread_local Watchdog* innermost = nullptr;  // NOLINT

int signal_number() {
  return SIGRTMIN + 5;
}

void put(std::string_view text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

void put(std::uint64_t number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  put({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

// Whoever looks at a fiber in a debugger takes longer than any limit.
bool debugged() {
  constexpr std::string_view kTracer = "TracerPid:\t";
  std::array<char, 2048> text{};
  const int file = ::open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const ssize_t size = ::read(file, text.data(), text.size());
  ::close(file);
  if (size <= 0) return false;
  const std::string_view status(text.data(), static_cast<std::size_t>(size));
  const auto at = status.find(kTracer);
  return at != std::string_view::npos && status.substr(at + kTracer.size(), 2) != "0\n";
}

void on_signal(int) {
  const int saved = errno;
  if (innermost != nullptr) innermost->look();
  errno = saved;
}

void install_handler() {
  // The first call loads a library, which a signal handler must not do.
  std::array<void*, 2> frames{};
  ::backtrace(frames.data(), static_cast<int>(frames.size()));
  struct sigaction action{};
  action.sa_handler = &on_signal;
  action.sa_flags = SA_ONSTACK | SA_RESTART;
  ::sigaction(signal_number(), &action, nullptr);
}

}  // namespace

Watchdog::Watchdog(host::Scheduler& scheduler, Duration limit)
    : scheduler_(scheduler), limit_(limit), outer_(innermost) {
  constexpr std::int64_t kNanosecondsASecond = 1'000'000'000;
  if (limit <= Duration::zero()) return;
  [[maybe_unused]] static const bool kInstalled = (install_handler(), true);
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = signal_number();
  event._sigev_un._tid = static_cast<pid_t>(::syscall(SYS_gettid));
  if (::timer_create(CLOCK_MONOTONIC, &event, &timer_) != 0) return;  // no watchdog then
  const std::int64_t step = std::max<std::int64_t>(limit.count() / kLooks, 1'000'000);
  const timespec period{.tv_sec = step / kNanosecondsASecond,
                        .tv_nsec = step % kNanosecondsASecond};
  const itimerspec times{.it_interval = period, .it_value = period};
  innermost = this;
  armed_ = true;
  ::timer_settime(timer_, 0, &times, nullptr);
}

Watchdog::~Watchdog() {
  if (!armed_) return;
  ::timer_delete(timer_);
  innermost = outer_;
}

void Watchdog::look() {
  const std::uint64_t now = switches_;
  const host::Fiber* const fiber = scheduler_.running();
  if (fiber == nullptr || paused_ || now != seen_) {
    seen_ = now;
    same_ = 0;
    return;
  }
  if (++same_ >= kLooks && !debugged()) bark(*fiber);
}

void Watchdog::bark(const host::Fiber& fiber) const {
  constexpr std::int64_t kNanosecondsAMillisecond = 1'000'000;
  put("norn: violation: no fiber stalls: fiber '");
  put(fiber.name_view());
  put("' (number ");
  put(fiber.id);
  put(") of node '");
  put(fiber.process->name());
  put("' has run for more than ");
  put(static_cast<std::uint64_t>(limit_.count() / kNanosecondsAMillisecond));
  put(" ms of real time without blocking");
  if (fiber.code.line != 0) {
    put("; it was spawned at ");
    put(std::string_view(fiber.code.file, std::strlen(fiber.code.file)));
    put(":");
    put(fiber.code.line);
  }
  put(". Its stack (addr2line -Cfe PROGRAM ADDRESS names the lines):\n");
  std::array<void*, kFrames> frames{};
  const int count = ::backtrace(frames.data(), kFrames);
  ::backtrace_symbols_fd(frames.data(), count, STDERR_FILENO);
  if (void (*const note)() = detail::assertion_note().load()) note();
  ::_exit(kStalled);
}

}  // namespace norn::sim
