// Directory: names and groups of the cluster, of which every member keeps a copy.
#pragma once

#include "actors/signal.hpp"
#include "norn/runtime/host/message.hpp"
#include "norn/runtime/pid.hpp"

namespace norn::detail {

class ActorSystem;

class Directory {
 public:
  explicit Directory(ActorSystem& system) : system_(system) {}

  void forget(const Pid& pid) { static_cast<void>(pid); }
  void act_on(const Signal& signal) { static_cast<void>(signal); }
  void lost(host::NodeId node) { static_cast<void>(node); }
  void up(host::NodeId node) { static_cast<void>(node); }
  void asked(const host::Message& message) { static_cast<void>(message); }
  void settle() {}

 private:
  [[maybe_unused]] ActorSystem& system_;
};

}  // namespace norn::detail
