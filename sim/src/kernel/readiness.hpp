// Readiness: who is told when a descriptor may have become ready: polls and epolls.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "norn/runtime/host/wait_list.hpp"

namespace norn::sim {

class Readiness;

// A Watcher is told of changes of one Readiness, until it is destroyed or leaves. changed() and
// gone() come on whatever stack the change happens: they must not block.
class Watcher {
 public:
  Watcher() = default;
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  // changed(): one of `events` (those of epoll) may hold now that did not, or holds anew.
  virtual void changed(std::uint32_t events) = 0;
  // gone(): no descriptor leads there any more; it watches nothing now.
  virtual void gone() = 0;

  inline void watch(Readiness& readiness);
  inline void leave();

 protected:
  ~Watcher() { leave(); }

 private:
  friend class Readiness;
  Readiness* source_ = nullptr;
};

class Readiness {
 public:
  Readiness() = default;
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;
  ~Readiness() {
    for (Watcher* const watcher : watchers_) watcher->source_ = nullptr;
  }

  bool is_watched() const { return !watchers_.empty(); }
  // changed() tells them in the order in which they came.
  void changed(std::uint32_t events) {
    for (Watcher* const watcher : watchers_) watcher->changed(events);
  }
  void gone() {
    while (!watchers_.empty()) {
      Watcher& watcher = *watchers_.front();
      watcher.leave();
      watcher.gone();
    }
  }

 private:
  friend class Watcher;
  std::vector<Watcher*> watchers_;
};

inline void Watcher::watch(Readiness& readiness) {
  leave();
  source_ = &readiness;
  readiness.watchers_.push_back(this);
}

inline void Watcher::leave() {
  if (source_ == nullptr) return;
  std::erase(source_->watchers_, this);
  source_ = nullptr;
}

// WaitPoint is a list of fibers that wait, whose notifications are passed on as `events` to a
// Readiness, if it has one.
class WaitPoint {
 public:
  explicit WaitPoint(std::uint32_t events) : events_(events) {}

  bool wait(host::BlockReason reason, std::optional<TimePoint> deadline = std::nullopt) {
    return waiting_.wait(reason, deadline);
  }
  void notify_one() {
    waiting_.notify_one();
    pass_on();
  }
  void notify_all() {
    waiting_.notify_all();
    pass_on();
  }
  // wake_waiting() is notify_all() that is not passed on.
  void wake_waiting() { waiting_.notify_all(); }
  // pass_on_to() must be told nullptr before the Readiness dies.
  void pass_on_to(Readiness* readiness) { readiness_ = readiness; }

 private:
  void pass_on() {
    if (readiness_ != nullptr && readiness_->is_watched()) [[unlikely]]
      readiness_->changed(events_);
  }

  host::WaitList waiting_;
  Readiness* readiness_ = nullptr;
  std::uint32_t events_;
};

}  // namespace norn::sim
