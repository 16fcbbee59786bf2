#include "libraft/library_call.hpp"
// tidy: allow-file os-lock (handlers of signals belong to the process; the library is called from
// many threads) tidy: allow-file thread-local (a signal handler must find the call of its own
// thread)

#include <csetjmp>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <mutex>
#include <string_view>

#include <dlfcn.h>
#include <ucontext.h>

#include <norn/runtime/assert.hpp>

#include "libraft/library_heap.hpp"

namespace norn_libraft {
namespace {

// Where to go back to, and what a signal handler could find out about the reason.
struct CallFrame {
  CallFrame();
  CallFrame(const CallFrame&) = delete;
  CallFrame& operator=(const CallFrame&) = delete;
  ~CallFrame();

  sigjmp_buf jump;
  CallFrame* outer;
  const char* reason = nullptr;
  int signal = 0;
  std::uintptr_t instruction = 0;
};

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): see above
thread_local CallFrame* current_frame = nullptr;

CallFrame::CallFrame() : outer(current_frame) {
  current_frame = this;
}
CallFrame::~CallFrame() {
  current_frame = outer;
}

constexpr int kCaughtSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

struct PreviousActions {
  std::mutex mutex;
  struct sigaction actions[std::size(kCaughtSignals)];
};

PreviousActions& previous_actions() {
  static PreviousActions previous;
  return previous;
}

std::uintptr_t instruction_of(const void* context) {
  [[maybe_unused]] const auto& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(machine.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return static_cast<std::uintptr_t>(machine.pc);
#else
  return 0;
#endif
}

void on_signal(int signal, siginfo_t*, void* context) {
  if (CallFrame* frame = current_frame; frame != nullptr) {
    frame->signal = signal;
    frame->instruction = instruction_of(context);
    siglongjmp(frame->jump, 1);
  }
  // Not in the library: whoever handled this signal before shall see it when the instruction is
  // tried again.
  for (std::size_t i = 0; i < std::size(kCaughtSignals); ++i) {
    if (kCaughtSignals[i] == signal) sigaction(signal, &previous_actions().actions[i], nullptr);
  }
  if (signal == SIGABRT) raise(signal);
}

bool are_handlers_installed() {
  struct sigaction present{};
  sigaction(SIGSEGV, nullptr, &present);
  return (present.sa_flags & SA_SIGINFO) != 0 && present.sa_sigaction == on_signal;
}

// An address as module and offset, which does not move from run to run.
std::string place(std::uintptr_t instruction) {
  Dl_info info{};
  if (dladdr(reinterpret_cast<void*>(instruction), &info) == 0 || info.dli_fname == nullptr)
    return "unknown code";
  std::string_view file(info.dli_fname);
  file.remove_prefix(file.rfind('/') + 1);
  char offset[32];
  std::snprintf(
      offset, sizeof offset, "+0x%zx",
      static_cast<std::size_t>(instruction - reinterpret_cast<std::uintptr_t>(info.dli_fbase)));
  return std::string(file) + offset;
}

std::string_view signal_name(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "SIGSEGV";
    case SIGBUS:
      return "SIGBUS";
    case SIGFPE:
      return "SIGFPE";
    case SIGILL:
      return "SIGILL";
    case SIGABRT:
      return "SIGABRT";
    default:
      return "signal";
  }
}

}  // namespace

namespace detail {

std::optional<std::string> call(LibraryHeap& heap, Callable callable) {
  const LibraryHeap::Use use(heap);
  CallFrame frame;
  // The signal mask is not saved: that would be a system call each time, and SA_NODEFER leaves it
  // as it was.
  if (sigsetjmp(frame.jump, 0) == 0) {
    callable.run(callable.object);
    return std::nullopt;
  }
  if (frame.reason != nullptr) return std::string(frame.reason);
  return std::string(signal_name(frame.signal)) + " in " + place(frame.instruction);
}

}  // namespace detail

void prepare_library_calls() {
  PreviousActions& previous = previous_actions();
  const std::lock_guard lock(previous.mutex);
  if (are_handlers_installed()) return;
  for (std::size_t i = 0; i < std::size(kCaughtSignals); ++i) {
    struct sigaction ours{};
    ours.sa_sigaction = on_signal;
    ours.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigemptyset(&ours.sa_mask);
    sigaction(kCaughtSignals[i], &ours, &previous.actions[i]);
  }
}

void fail_library_call(const char* reason) {
  NORN_ASSERT(current_frame != nullptr, std::string(reason) + ": outside a call_library()");
  current_frame->reason = reason;
  siglongjmp(current_frame->jump, 1);
}

}  // namespace norn_libraft
