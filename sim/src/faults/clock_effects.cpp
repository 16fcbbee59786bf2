// What the faults of clocks do.
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "faults/fault_effect.hpp"

namespace norn::sim {
namespace {

constexpr std::int64_t kPpbOfPpm = 1000;
constexpr std::int64_t kBillion = ClockLine::kBillion;

void forget(std::vector<BiteCounter::Slot>& slots, BiteCounter::Slot slot) {
  slots.erase(std::remove(slots.begin(), slots.end(), slot), slots.end());
}

// A fault of the clocks of some nodes: how it changes them, and how that is undone.
class ClockFault : public FaultEffect {
 public:
  ClockFault(const FaultScene& scene, const BegunFault& begun)
      : scene_(scene), slot_(begun.slot), nodes_(begun.side_a) {}
  void begin() {
    for (const host::NodeId node : nodes_)
      change(node, [this](NodeClock& clock) { disturb(clock); });
  }
  void end(trace::Seq cause) override {
    static_cast<void>(cause);
    for (const host::NodeId node : nodes_) change(node, [this](NodeClock& clock) { leave(clock); });
  }

 protected:
  virtual void disturb(NodeClock& clock) = 0;
  virtual void leave(NodeClock& clock) = 0;
  void change(host::NodeId node, const std::function<void(NodeClock&)>& how) const {
    scene_.core.bites.add(slot_, Bite::timers_moved, scene_.change_clock(node, how));
  }
  void set_wall(NodeClock& clock, std::int64_t by_ns) const {
    clock.wall.step(by_ns);
    scene_.core.bites.add(slot_, Bite::clocks_set);
  }
  std::int64_t now_ns() const { return scene_.core.now_ns; }

  const FaultScene& scene_;
  BiteCounter::Slot slot_;
  std::vector<host::NodeId> nodes_;
};

class Skew final : public ClockFault {
 public:
  Skew(const FaultScene& scene, const BegunFault& begun)
      : ClockFault(scene, begun), by_ns_(duration_of(begun.fault, "by").count()) {}

 private:
  void disturb(NodeClock& clock) override {
    clock.wall.step(by_ns_);
    clock.wall_faults.push_back(slot_);
  }
  void leave(NodeClock& clock) override {
    clock.wall.step(-by_ns_);
    forget(clock.wall_faults, slot_);
  }

  std::int64_t by_ns_;
};

class Drift final : public ClockFault {
 public:
  Drift(const FaultScene& scene, const BegunFault& begun)
      : ClockFault(scene, begun), ppb_(number_of(begun.fault, "ppm") * kPpbOfPpm) {}

 private:
  void disturb(NodeClock& clock) override {
    clock.drift_ppb += ppb_;
    clock.monotonic_faults.push_back(slot_);
    clock.wall_faults.push_back(slot_);
  }
  void leave(NodeClock& clock) override {
    clock.drift_ppb -= ppb_;
    forget(clock.monotonic_faults, slot_);
    forget(clock.wall_faults, slot_);
  }

  std::int64_t ppb_;
};

// Jumps at its begin, and stays.
class Jump final : public ClockFault {
 public:
  Jump(const FaultScene& scene, const BegunFault& begun)
      : ClockFault(scene, begun), by_ns_(duration_of(begun.fault, "by").count()) {}

 private:
  void disturb(NodeClock& clock) override { set_wall(clock, by_ns_); }
  void leave(NodeClock& clock) override { static_cast<void>(clock); }

  std::int64_t by_ns_;
};

// Both clocks run faster or slower until the wall clock is right, as adjtime() does it.
class Slew final : public ClockFault, public std::enable_shared_from_this<Slew> {
 public:
  Slew(const FaultScene& scene, const BegunFault& begun)
      : ClockFault(scene, begun), ppb_(number_of(begun.fault, "ppm") * kPpbOfPpm) {}

  void begin_each() {
    for (const host::NodeId node : nodes_) begin_one(node);
  }
  void end(trace::Seq cause) override {
    static_cast<void>(cause);
    while (!slewing_.empty()) stop(slewing_.back().node, false);
  }

 private:
  struct Slewing {
    host::NodeId node;
    std::int64_t ppb;
  };

  void begin_one(host::NodeId node) {
    __extension__ using Wide = __int128;
    const std::int64_t ahead_ns = scene_.core.clocks.wall(node, now_ns()) - now_ns();
    if (ahead_ns == 0) return;
    slewing_.push_back({node, ahead_ns > 0 ? -ppb_ : ppb_});
    change(node, [this, ppb = slewing_.back().ppb](NodeClock& clock) {
      clock.drift_ppb += ppb;
      clock.monotonic_faults.push_back(slot_);
      clock.wall_faults.push_back(slot_);
    });
    const Wide takes_ns = Wide{std::llabs(ahead_ns)} * kBillion / ppb_;
    constexpr std::int64_t kMost = std::int64_t{1} << 60U;
    later(scene_, shared_from_this(),
          Duration(takes_ns < kMost ? static_cast<std::int64_t>(takes_ns) : kMost),
          [node](Slew& self) { self.stop(node, true); });
  }

  void stop(host::NodeId node, bool is_right) {
    const auto found = std::find_if(slewing_.begin(), slewing_.end(),
                                    [node](const Slewing& each) { return each.node == node; });
    if (found == slewing_.end()) return;
    const std::int64_t ppb = found->ppb;
    slewing_.erase(found);
    change(node, [&](NodeClock& clock) {
      clock.drift_ppb -= ppb;
      forget(clock.monotonic_faults, slot_);
      forget(clock.wall_faults, slot_);
      if (is_right) set_wall(clock, now_ns() - clock.wall.at(now_ns()));  // the last nanoseconds
    });
  }
  void disturb(NodeClock& clock) override { static_cast<void>(clock); }
  void leave(NodeClock& clock) override { static_cast<void>(clock); }

  std::int64_t ppb_;
  std::vector<Slewing> slewing_;
};

class LeapSecond final : public ClockFault {
 public:
  LeapSecond(const FaultScene& scene, const BegunFault& begun)
      : ClockFault(scene, begun),
        by_ns_(duration_of(begun.fault, "by").count()),
        smears_(word_of(begun.fault, "how") == "smear") {
    __extension__ using Wide = __int128;
    const std::int64_t window_ns = std::max<std::int64_t>(1, begun.fault.lasts->count());
    if (smears_) ppb_ = static_cast<std::int64_t>(-Wide{by_ns_} * kBillion / window_ns);
  }

 private:
  void disturb(NodeClock& clock) override {
    clock.wall_drift_ppb += ppb_;
    if (smears_) clock.wall_faults.push_back(slot_);
  }
  void leave(NodeClock& clock) override {
    clock.wall_drift_ppb -= ppb_;
    if (smears_) {
      forget(clock.wall_faults, slot_);
    } else {
      set_wall(clock, -by_ns_);
    }
  }

  std::int64_t by_ns_;
  bool smears_;
  std::int64_t ppb_ = 0;
};

template <class Effect>
std::shared_ptr<FaultEffect> make(const FaultScene& scene, const BegunFault& begun) {
  const auto effect = std::make_shared<Effect>(scene, begun);
  effect->begin();
  return effect;
}

std::shared_ptr<FaultEffect> jump(const FaultScene& scene, const BegunFault& begun) {
  Jump(scene, begun).begin();
  return nullptr;
}

std::shared_ptr<FaultEffect> slew(const FaultScene& scene, const BegunFault& begun) {
  const auto effect = std::make_shared<Slew>(scene, begun);
  effect->begin_each();
  return effect;
}

constexpr FaultHandler kHandlers[] = {
    {FaultKind::clock_skew, make<Skew>},
    {FaultKind::clock_drift, make<Drift>},
    {FaultKind::clock_jump, jump},
    {FaultKind::clock_slew, slew},
    {FaultKind::leap_second, make<LeapSecond>},
};

}  // namespace

std::span<const FaultHandler> clock_handlers() {
  return kHandlers;
}

}  // namespace norn::sim
