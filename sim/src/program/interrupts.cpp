#include <csignal>

#include "program/commands.hpp"

namespace norn::program {

namespace {

std::atomic<bool> interrupted{
    false};  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): for a signal handler
static_assert(std::atomic<bool>::is_always_lock_free);

void on_interrupt(int /*signal*/) {
  interrupted.store(true, std::memory_order_relaxed);
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
