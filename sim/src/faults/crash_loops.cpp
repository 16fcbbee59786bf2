// Nodes that crash again and again.
#include <algorithm>
#include <limits>
#include <memory>
#include <vector>

#include "engine/distributions.hpp"
#include "faults/process_effects.hpp"

namespace norn::sim {
namespace {

// What a node lives through, and how often.
struct LoopRule {
  Duration up_for{};
  Duration down_for{};
  bool up_is_at_most = false;  // up_for is the longest and not the mean
  std::int64_t times = std::numeric_limits<std::int64_t>::max();
  bool whole_machine = false;  // else only the process dies
};

class CrashLoop final : public FaultEffect, public std::enable_shared_from_this<CrashLoop> {
 public:
  CrashLoop(const FaultScene& scene, const BegunFault& begun, LoopRule rule)
      : scene_(scene), rule_(rule), slot_(begun.slot), key_(begun.key), cause_(begun.cause) {
    for (const host::NodeId node : begun.side_a) nodes_.push_back({.id = node});
  }

  void start() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) fall(i);
  }

  void end(trace::Seq cause) override {
    for (const Looping& node : nodes_) {
      if (node.fell && scene_.cluster.at(node.id).process == nullptr)
        scene_.cluster.start(node.id, cause);
    }
  }

 private:
  struct Looping {
    host::NodeId id = 0;
    std::int64_t falls = 0;
    std::uint64_t draws = 0;
    bool fell = false;  // it is down because of this fault
  };

  void fall(std::size_t i) {
    Looping& node = nodes_[i];
    if (scene_.cluster.at(node.id).process == nullptr) return;
    if (rule_.whole_machine) {
      scene_.cluster.crash(node.id, scene_.pool, cause_);
    } else {
      scene_.cluster.kill(node.id, scene_.pool, cause_);
    }
    scene_.core.bites.add(slot_, Bite::nodes_killed);
    ++node.falls;
    node.fell = true;
    later(scene_, shared_from_this(), drawn(node, rule_.down_for, false),
          [i](CrashLoop& self) { self.rise(i); });
  }

  void rise(std::size_t i) {
    Looping& node = nodes_[i];
    node.fell = false;
    if (scene_.cluster.at(node.id).process == nullptr) {
      scene_.cluster.start(node.id, cause_);
      scene_.core.bites.add(slot_, Bite::nodes_started);
    }
    if (node.falls >= rule_.times) return;
    later(scene_, shared_from_this(), drawn(node, rule_.up_for, rule_.up_is_at_most),
          [i](CrashLoop& self) { self.fall(i); });
  }

  Duration drawn(Looping& node, Duration time, bool at_most) const {
    const std::uint64_t base = mix(key_, scene_.cluster.at(node.id).key);
    const auto from_draw = [time, at_most](std::uint64_t draw) {
      return (at_most ? between(draw, Duration(1), time) : exponential(draw, time)).count();
    };
    return Duration(scene_.core.choices.choose(ChoiceKind::process_fault, base, node.draws++, 0,
                                               time.count(), from_draw));
  }

  const FaultScene& scene_;
  LoopRule rule_;
  BiteCounter::Slot slot_;
  std::uint64_t key_;
  trace::Seq cause_;
  std::vector<Looping> nodes_;
};

BegunEffect begin_loop(const FaultScene& scene, const BegunFault& begun, LoopRule rule) {
  rule.down_for = duration_of(begun.fault, "down_for");
  rule.whole_machine = word_of(begun.fault, "by") == "crash";
  const auto loop = std::make_shared<CrashLoop>(scene, begun, rule);
  loop->start();
  return loop;
}

}  // namespace

BegunEffect crash_loop(const FaultScene& scene, const BegunFault& begun) {
  return begin_loop(scene, begun, {.up_for = duration_of(begun.fault, "up_for")});
}

BegunEffect crash_in_recovery(const FaultScene& scene, const BegunFault& begun) {
  return begin_loop(scene, begun,
                    {.up_for = duration_of(begun.fault, "within"),
                     .up_is_at_most = true,
                     .times = number_of(begun.fault, "times") + 1});
}

}  // namespace norn::sim
