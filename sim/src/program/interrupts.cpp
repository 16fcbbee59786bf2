#include <csignal>
#include <string_view>

#include <unistd.h>

#include "program/commands.hpp"

namespace norn::program {

namespace {

// A signal handler can reach nothing else.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void on_interrupt(int /*signal*/) {
  interrupted.store(true, std::memory_order_relaxed);
  static constexpr std::string_view kHint =
      "\ninterrupted: the runs that were begun end first; once more ends at once\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kHint.data(), kHint.size());
}

}  // namespace

const std::atomic<bool>* watch_interrupts() {
  struct sigaction action{};
  action.sa_handler = &on_interrupt;
  // The second one meets the default again: a run may take long, and the person means it.
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  return &interrupted;
}

}  // namespace norn::program
