// Supervision: what a supervisor knows and does.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "norn/runtime/supervisor.hpp"

namespace norn::detail {

// The reason a child failed to start; nothing when it has started.
using StartFailure = std::optional<ExitReason>;

// await_start() blocks until an actor of this node that has just been spawned has started or ended.
StartFailure await_start(const Pid& pid, Duration timeout);
// stop_actor() ends an actor of this node: politely first, unless `patience` is kBrutalKill.
void stop_actor(const Pid& pid, Duration patience);

class Supervision {
 public:
  explicit Supervision(SupervisorOptions options) : options_(options) {}

  // begin() starts all children; when one fails, it stops the others and ends the actor.
  void begin(std::vector<ChildSpec> children);
  void child_ended(const ExitSignal& signal);
  void stop_all() { stop_from(0); }

  Result<Pid> add(ChildSpec spec);
  Result<Pid> add_with(const Bytes& args);
  Result<void> terminate(std::string_view id, const Pid& pid);
  Result<Pid> restart(std::string_view id);
  Result<void> forget(std::string_view id);
  std::vector<ChildInfo> infos() const;

 private:
  struct Child {
    ChildSpec spec;
    Pid pid;
  };

  bool is_simple() const { return options_.strategy == Strategy::simple_one_for_one; }
  std::size_t find(std::string_view id) const;
  std::size_t find(const Pid& pid) const;
  StartFailure start(Child& child);
  // start_from() starts that child and all behind it; returns the first that failed.
  std::optional<std::size_t> start_from(std::size_t first, StartFailure& failure);
  void stop(Child& child);
  // stop_from() stops from the last child back to that one, and forgets temporary ones.
  void stop_from(std::size_t first);
  bool may_restart();
  void restart_after(std::size_t index);
  void erase(std::size_t index);

  SupervisorOptions options_;
  ChildSpec dynamic_;
  std::vector<Child> children_;
  std::deque<TimePoint> restarts_;
};

}  // namespace norn::detail
