#include "os/signals.hpp"

#include <pthread.h>
#include <sys/signalfd.h>
#include <ctime>

namespace norn::real {

namespace {

bool is_pending(int signal) {
  sigset_t pending;
  return sigpending(&pending) == 0 && sigismember(&pending, signal) == 1;
}

}  // namespace

Signals::Signals(const std::vector<int>& stop_signals) : pipe_was_pending_(is_pending(SIGPIPE)) {
  sigset_t stop;
  sigemptyset(&stop);
  for (const int signal : stop_signals) sigaddset(&stop, signal);
  sigset_t blocked = stop;
  sigaddset(&blocked, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &blocked, &before_);
  if (!stop_signals.empty()) fd_.reset(::signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK));
}

// A SIGPIPE of our own making must not go off when it is let through again.
Signals::~Signals() {
  if (!pipe_was_pending_ && is_pending(SIGPIPE)) {
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    const timespec at_once{};
    sigtimedwait(&pipe, nullptr, &at_once);
  }
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace norn::real
