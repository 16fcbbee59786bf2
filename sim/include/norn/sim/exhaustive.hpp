// explore_all(): every order of events of a small scope, or every state of it.
//
// In a Catch2 test:
//
//   const norn::Exploration all = norn::explore_all(*norn::find_scenario("two_phase"), {});
//   INFO(all.summary());
//   REQUIRE(all.proved());
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "norn/runtime/result.hpp"
#include "norn/sim/run_seeds.hpp"

namespace norn {

class Simulation;

enum class ExploreBy : std::uint8_t {
  // Each order in which events can come, but for orders that differ only in events that have
  // nothing to do with each other: of different nodes, and not both seen by clients (calls and
  // returns of operations). Dynamic partial-order reduction with source sets and sleep sets
  // (Abdulla, Aronis, Jonsson, Sagonas: "Optimal dynamic partial order reduction", POPL 2014,
  // algorithm 1). What nodes share otherwise, such as variables of the scenario, the search does
  // not see, unless order_matters() says so.
  orders,
  // Each state once, from all orders: a state is what the nodes publish() and what is under way.
  // Exact where the nodes publish all that they decide by; states are told apart by 64 bits of a
  // hash.
  states,
  // The same, but a state is what the nodes publish alone: what is under way must follow from that,
  // but for what changes nothing when it comes. As in a specification in TLA+.
  published,
  // Each order, without any reduction: to test one by. Few events make many orders.
  interleavings,
};

struct ExploreOptions {
  ExploreBy by = ExploreBy::orders;
  // How many timers may ring out of turn in a run: at any moment, before messages on their way and
  // before timers that are due earlier. Others ring in the order of their times when nothing is on
  // its way.
  std::uint64_t early_timers = 0;
  // The messages of a link (one node to one other) come in the order in which they were sent.
  bool in_order = false;
  // Fibers of a node that are ready at one moment run in the order in which they became so, and in
  // no other.
  bool fibers_in_order = false;
  // How many crashes a run has: of any node that may fail, at any moment, with a restart at any
  // moment after. Not together with RunOptions::plan, whose faults come at any moment too.
  std::uint64_t crashes = 0;
  std::uint64_t most_runs = 1'000'000;  // then it ends, and nothing is proved
  std::uint64_t seed = 1;               // what nodes draw
  const std::atomic<bool>* interrupted = nullptr;
  // Called now and then, with what is known so far.
  std::function<void(std::uint64_t runs)> on_progress{};
};

struct Exploration {
  std::uint64_t runs = 0;       // in all
  std::uint64_t cut = 0;        // of these, ended early: what would follow is known from others
  std::uint64_t events = 0;     // steps of the search, each counted once
  std::uint64_t longest = 0;    // of a run, in such steps
  std::uint64_t states = 0;     // by `states`: that were told apart
  std::uint64_t published = 0;  // different sets of what the nodes had published
  std::uint64_t plans = 0;      // of faults that were tried one after the other
  bool complete = false;        // nothing is left to try
  bool interrupted = false;
  bool deterministic = true;         // false: a run that began as another did not go on as that did
  std::string incomplete_reason{};   // of a run that ended at a limit
  std::optional<Failure> failure{};  // the search ends with the first

  bool proved() const { return complete && !failure; }
  std::string summary() const;  // a few lines for people
};

// What a property over several nodes has to do with what a node does now.
enum class Shared : std::uint8_t {
  told,    // it is told of it, and the order among all that it is told does not matter to it
  judged,  // it is judged by all that was told so far, or changed in a way whose order matters
};

// order_matters() says that what the calling node does now concerns a property over several nodes,
// so that a search by `orders` tries it before and after the same of other nodes. Called from node
// code, or from what observes it. Outside of a search it does nothing.
void order_matters(Simulation& sim, Shared shared);

// explore_all() runs the scenario once for each order that is left, on one thread. The strategy,
// the seeds and the fault level of `run` do not count; its plan, time, variant, knobs and out_dir
// do. A failure has a case that replays as any other. Errors (invalid): crashes and a plan.
// Throws BadInput.
Result<Exploration> explore_all(const Scenario& scenario, const RunOptions& run,
                                const ExploreOptions& options);

}  // namespace norn
