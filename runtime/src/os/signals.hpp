// Signals: what the thread that runs a world does with them.
#pragma once

#include <csignal>

#include <vector>

#include "os/unique_fd.hpp"

namespace norn::real {

// For as long as it lives SIGPIPE does not reach this thread, and the signals that ask to stop
// arrive at fd() instead.
class Signals {
 public:
  explicit Signals(const std::vector<int>& stop_signals);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  int fd() const { return fd_.get(); }  // -1: there are no signals to stop

 private:
  sigset_t before_{};
  bool pipe_was_pending_ = false;
  UniqueFd fd_;
};

}  // namespace norn::real
