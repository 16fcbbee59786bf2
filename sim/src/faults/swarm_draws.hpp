// SwarmDraws: how the level `swarm` draws its faults. Each family has one function that says what
// may happen, in swarm_<family>.cpp; what all of them share is here.
//
//   void swarm_network(SwarmDraws& swarm) {
//     swarm.draw(FaultKind::clog, {.on = {1, 2}, .often = 1s, .seldom = 30s}, [](SwarmFault& clog)
//     {
//       clog.lasts(50ms, 5s);
//       clog.two_nodes();
//       clog.set_time("delay", 1ms, 1s);
//     });
//   }
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/log_uniform.hpp"
#include "faults/nemesis_draws.hpp"
#include "faults/storm_clock.hpp"
#include "norn/sim/nemesis.hpp"

namespace norn::sim {

// How often a kind of fault comes.
struct SwarmRate {
  Ratio on = {1, 2};  // share of the runs that have it (in which few kinds are on: less)
  // Mean time from one to the next: log-uniform between these two, drawn once a run, and at most
  // the time there is. In storms, which all kinds share, they come `storm_factor` times faster.
  Duration often = std::chrono::seconds(1);
  Duration seldom = std::chrono::seconds(30);
  std::uint32_t storm_factor = 8;
};

// One fault that is being drawn. Its begin is there already; the function of the family chooses how
// long it lasts, its nodes and its parameters. Each choice has a key of its own, made of the kind,
// the number of the fault and `what`: a further choice changes none of the others.
class SwarmFault {
 public:
  Fault fault{};

  std::uint64_t number() const { return number_; }  // of this kind in this run, from 0
  const std::vector<NemesisNode>& nodes() const { return draws_.nodes(); }  // that may fail

  // lasts() is log-uniform. The fault ends before the calm part in any case.
  void lasts(Duration low, Duration high) { fault.lasts = time("lasts", low, high); }

  // ---- the nodes. When there are not enough of them, the fault is left out.
  void one_node();                // side_a
  void some_nodes(Ratio share);   // side_a: one node, and each other one with this chance
  void all_nodes();               // side_a
  void one_to_some(Ratio share);  // side_a: one node; side_b: another, and each with this chance
  void two_nodes() { one_to_some({0, 1}); }
  void split();    // every node is on a side, none of which is empty
  void isolate();  // one node against all others
  void turn() { fault.side_a.swap(fault.side_b); }

  // ---- parameters, log-uniform between the two (which must be above 0)
  void set_time(std::string_view parameter, Duration low, Duration high);
  void set_number(std::string_view parameter, std::int64_t low, std::int64_t high);
  void set_share(std::string_view parameter, Ratio low, Ratio high);               // in millionths
  void set_word(std::string_view parameter, std::vector<std::string_view> words);  // each as likely

  // ---- choices
  std::uint64_t bits(std::string_view what, std::uint64_t node_key = 0) const;
  bool chance(std::string_view what, Ratio ratio) const { return sim::chance(bits(what), ratio); }
  std::uint64_t below(std::string_view what, std::uint64_t bound) const {
    return sim::below(bits(what), bound);
  }
  Duration time(std::string_view what, Duration low, Duration high) const;  // whole microseconds
  std::int64_t log_number(std::string_view what, std::int64_t low, std::int64_t high) const {
    return log_uniform(bits(what), low, high);
  }
  // leave_out() gives this fault up.
  void leave_out() { left_out_ = true; }

 private:
  friend class SwarmDraws;
  SwarmFault(const NemesisDraws& draws, FaultKind kind, std::uint64_t number);
  std::vector<std::size_t> ranked() const;  // all nodes in a random order
  std::vector<std::string> named(std::vector<std::size_t> nodes) const;

  const NemesisDraws& draws_;
  std::uint64_t kind_key_;
  std::uint64_t number_;
  bool left_out_ = false;
};

class SwarmDraws {
 public:
  SwarmDraws(const NemesisScene& scene, Duration calm_begin);
  SwarmDraws(const SwarmDraws&) = delete;
  SwarmDraws& operator=(const SwarmDraws&) = delete;

  // on() is whether this run has something: by its name, which the scenario may have vetoed, or its
  // family.
  bool on(std::string_view name, std::string_view family, Ratio share) const;
  // vetoed() is whether the scenario does not survive a kind or a family.
  bool vetoed(std::string_view word) const;
  // bits() are for what is chosen once a run.
  std::uint64_t bits(std::string_view name, std::string_view what) const;
  // draw() has `choose` fill in each fault of the kind, if the kind is on.
  void draw(FaultKind kind, const SwarmRate& rate, const std::function<void(SwarmFault&)>& choose);

  const NemesisScene& scene() const { return scene_; }
  Duration calm_begin() const { return calm_begin_; }
  const std::vector<NemesisNode>& nodes() const { return draws_.nodes(); }

  // take() gives what was drawn, in order of time: without those that contradict an earlier one.
  std::vector<Fault> take();

 private:
  void add(SwarmFault& drawn);

  NemesisScene scene_;
  NemesisDraws draws_;
  Duration calm_begin_;
  NemesisOptions storms_;
  Ratio appetite_;  // the share of `on` that this run takes
  std::vector<Fault> faults_;
};

// One function a family.
void swarm_network(SwarmDraws& swarm);
void swarm_process(SwarmDraws& swarm);
void swarm_disk(SwarmDraws& swarm);
void swarm_clock(SwarmDraws& swarm);
// What links do all the time until the calm part.
LinkOptions swarm_links(const SwarmDraws& swarm);

}  // namespace norn::sim
