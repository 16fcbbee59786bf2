#include "model/causality.hpp"

#include <chrono>
#include <optional>
#include <string>

#include "norn/trace/happens_before.hpp"
#include "support/catch.hpp"
#include "viewer/support/fake_raft.hpp"
#include "viewer/support/trace_builder.hpp"

namespace norn::viewer {

using test::kMs;
using test::TraceBuilder;
using trace::EventKind;
using trace::Seq;

namespace {

// A pseudo-random number generator that is the same everywhere (xorshift, Marsaglia, 2003).
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed * 2654435769U + 1) {}
  std::uint64_t below(std::uint64_t limit) {
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 7U;
    state_ ^= state_ << 17U;
    return (state_ >> 11U) % limit;
  }

 private:
  std::uint64_t state_;
};

// Messages that are delivered late, twice or never, timers, faults that kill, and what comes of
// losses, among a few nodes.
TraceModel random_trace(std::uint64_t seed, std::uint64_t events, std::uint32_t nodes) {
  Dice dice(seed);
  std::vector<std::string> names;
  for (std::uint32_t i = 1; i <= nodes; ++i) names.push_back("n" + std::to_string(i));
  TraceBuilder build(names);
  std::vector<std::pair<Seq, trace::NodeId>> sent;
  Seq last = 0;
  while (build.source().events.size() < events) {
    build.at(build.now() + static_cast<std::int64_t>(dice.below(3)));
    const auto node = static_cast<trace::NodeId>(1 + dice.below(nodes));
    const Seq cause = last == 0 || dice.below(3) == 0 ? 0 : 1 + dice.below(last);
    const auto roll = dice.below(10);
    if (roll < 3) {
      const auto to = static_cast<trace::NodeId>(1 + dice.below(nodes));
      last = build.send(node, to, "M", cause);
      sent.emplace_back(last, to);
    } else if (roll < 6 && !sent.empty()) {
      const auto& [send, to] = sent[dice.below(sent.size())];
      last = dice.below(4) == 0 ? build.drop(to, send, trace::DropReason::loss)
                                : build.deliver(to, send);
    } else if (roll < 7 && !sent.empty()) {
      const auto& [send, to] = sent[dice.below(sent.size())];
      last = build.hold(node, send);
    } else if (roll < 8) {
      last = build.violation(0, "p", "x", cause);
    } else {
      last = build.state(node, "k", "1", cause);
    }
  }
  return build.model();
}

// before[i][j]: whether j happened before i, by following every step.
std::vector<std::vector<bool>> closure_of(const TraceModel& model) {
  const EventTable& events = model.events();
  const auto ordered = [&](Index i) {
    return events.node(i) != 0 && trace::ordered_by_node(events.kind(i));
  };
  std::vector<std::vector<bool>> before(events.size(), std::vector<bool>(events.size()));
  for (Index i = 0; i < events.size(); ++i) {
    for (Index j = 0; j < i; ++j) {
      const bool same = ordered(i) && ordered(j) && events.node(i) == events.node(j);
      if (!same && model.cause_of(i) != j) continue;
      before[i][j] = true;
      for (Index k = 0; k < j; ++k) {
        if (before[j][k]) before[i][k] = true;
      }
    }
  }
  return before;
}

// The fewest steps from node to node, by trying all ways; nothing when there is none.
std::vector<std::optional<int>> steps_from(const TraceModel& model, Index from) {
  const EventTable& events = model.events();
  const auto ordered = [&](Index i) {
    return events.node(i) != 0 && trace::ordered_by_node(events.kind(i));
  };
  std::vector<std::optional<int>> steps(events.size());
  steps[from] = 0;
  for (Index i = from + 1; i < events.size(); ++i) {
    const auto offer = [&](std::optional<int> value) {
      if (value && (!steps[i] || *value < *steps[i])) steps[i] = value;
    };
    for (Index j = from; j < i; ++j) {
      if (ordered(i) && ordered(j) && events.node(i) == events.node(j)) offer(steps[j]);
    }
    const Index cause = model.cause_of(i);
    if (cause == kNone || cause < from || !steps[cause]) continue;
    // What no node orders stands for what it came from.
    offer(*steps[cause] + (ordered(i) ? 1 : 0));
  }
  return steps;
}

std::string wrong_relations(const TraceModel& model, const Causality& causality) {
  const auto before = closure_of(model);
  const Index size = model.events().size();
  std::string wrong;
  for (Index event = 0; event < size; ++event) {
    const Frontiers frontiers = causality.frontiers(event);
    for (Index other = 0; other < size; ++other) {
      const Relation expected = other == event         ? Relation::self
                                : before[event][other] ? Relation::past
                                : before[other][event] ? Relation::future
                                                       : Relation::concurrent;
      if (causality.relation(frontiers, other) != expected) {
        wrong += std::to_string(event) + "/" + std::to_string(other) + " ";
      }
    }
  }
  return wrong;
}

}  // namespace

TEST_CASE("the relations of all pairs of events agree with the transitive closure") {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    const TraceModel model = random_trace(seed, 60, static_cast<std::uint32_t>(1 + seed % 5));
    const Causality causality(model);
    INFO("seed " << seed);
    CHECK(wrong_relations(model, causality).empty());
  }
}

TEST_CASE("with and without checkpoints the frontiers are the same") {
  const TraceModel model = random_trace(7, 9000, 4);
  const Causality causality(model);
  causality.wait();
  REQUIRE(causality.bytes() > 0);
  struct Plain {
    const TraceModel& model;
    const EventTable& events = model.events();
    std::size_t size() const { return events.size(); }
    std::size_t node(std::size_t i) const {
      const auto at = static_cast<Index>(i);
      return trace::ordered_by_node(events.kind(at)) ? events.node(at) : 0;
    }
    std::size_t cause(std::size_t i) const { return model.cause_of(static_cast<Index>(i)); }
  };
  const Plain plain{model};
  for (Index event = 13; event < 9000; event += 197) {
    const Frontiers frontiers = causality.frontiers(event);
    const auto past = trace::causal_past(plain, event);
    const auto future = trace::causal_future(plain, event);
    std::string wrong;
    for (trace::NodeId node = 1; node <= 4; ++node) {
      const auto same = [&](const trace::CausalSet& set, Index mine) {
        const std::size_t theirs =
            node < set.frontier.size() ? set.frontier[node] : trace::kNowhere;
        return mine == kNone ? theirs == trace::kNowhere : theirs == mine;
      };
      if (!same(past, frontiers.past[node])) wrong += " past of n" + std::to_string(node);
      if (!same(future, frontiers.future[node])) wrong += " future of n" + std::to_string(node);
    }
    INFO("event " << event << wrong);
    CHECK(wrong.empty());
  }
}

TEST_CASE("a violation without a cause has the past of what it was found after") {
  TraceBuilder build({"a", "b"});
  const Seq sent = build.at(1 * kMs).send(1, 2, "Vote");
  const Seq elsewhere = build.timer(1);
  const Seq got = build.at(2 * kMs).deliver(2, sent);
  const Seq broken = build.violation(0, "safety", "two leaders");
  const TraceModel model = build.model();
  const auto at = [&](Seq seq) { return model.events().index_of(seq); };
  CHECK(model.cause_of(at(broken)) == at(got));
  const Causality causality(model);
  const Frontiers frontiers = causality.frontiers(at(broken));
  CHECK(causality.relation(frontiers, at(sent)) == Relation::past);
  CHECK(causality.relation(frontiers, at(elsewhere)) == Relation::concurrent);
  const auto path = causality.shortest_path(at(broken), at(sent));
  REQUIRE(path.size() == 3);
  CHECK(path.front().event == at(sent));
  CHECK(path.back().by == PathStep::By::found_after);
}

TEST_CASE("a violation at another time than the last event stands alone") {
  TraceBuilder build({"a"});
  build.at(1 * kMs).timer(1);
  const Seq broken = build.at(2 * kMs).violation(0, "safety", "at the end");
  const TraceModel model = build.model();
  CHECK(model.cause_of(model.events().index_of(broken)) == kNone);
}

TEST_CASE("a lost message is in no past, but its loss comes after its send") {
  TraceBuilder build({"a", "b"});
  const Seq sent = build.at(1 * kMs).send(1, 2, "Vote");
  const Seq lost = build.at(2 * kMs).drop(2, sent, trace::DropReason::partition);
  const Seq later = build.at(3 * kMs).timer(2);
  const TraceModel model = build.model();
  const auto at = [&](Seq seq) { return model.events().index_of(seq); };
  const Causality causality(model);
  CHECK(causality.relation(causality.frontiers(at(later)), at(sent)) == Relation::concurrent);
  CHECK(causality.relation(causality.frontiers(at(sent)), at(lost)) == Relation::future);
  CHECK(causality.relation(causality.frontiers(at(lost)), at(sent)) == Relation::past);
}

TEST_CASE("the shortest way takes the fewest steps from node to node") {
  TraceBuilder build({"a", "b", "c"});
  const Seq first = build.at(1 * kMs).timer(1);
  const Seq to_b = build.send(1, 2, "M", first);
  const Seq at_b = build.at(2 * kMs).deliver(2, to_b);
  const Seq from_b = build.send(2, 3, "M", at_b);
  const Seq around = build.at(3 * kMs).deliver(3, from_b);
  const Seq direct = build.send(1, 3, "M", first);
  const Seq at_c = build.at(4 * kMs).deliver(3, direct);
  const Seq last = build.at(5 * kMs).timer(3);
  const TraceModel model = build.model();
  const auto at = [&](Seq seq) { return model.events().index_of(seq); };
  const Causality causality(model);
  const auto path = causality.shortest_path(at(first), at(last));
  std::vector<Index> way;
  for (const PathStep& step : path) way.push_back(step.event);
  CHECK(way == std::vector<Index>{at(first), at(direct), at(at_c), at(last)});
  CHECK(causality.shortest_path(at(around), at(direct)).empty());
  // The way around is the only one to an event before the direct message arrives.
  CHECK(causality.shortest_path(at(first), at(around)).size() == 5);
}

TEST_CASE("no way is shorter than the shortest one, in random traces") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const TraceModel model = random_trace(seed, 50, 4);
    const Causality causality(model);
    const EventTable& events = model.events();
    std::string wrong;
    for (Index from = 0; from < events.size(); from += 3) {
      const auto steps = steps_from(model, from);
      for (Index to = from + 1; to < events.size(); ++to) {
        const auto path = causality.shortest_path(from, to);
        if (path.empty() != !steps[to].has_value()) wrong += "none ";
        if (path.empty()) continue;
        int taken = 0;
        for (std::size_t i = 1; i < path.size(); ++i) {
          const Index at = path[i].event;
          const bool ordered = events.node(at) != 0 && trace::ordered_by_node(events.kind(at));
          if (path[i].by == PathStep::By::cause && ordered) ++taken;
          if (path[i].by != PathStep::By::node_order && model.cause_of(at) != path[i - 1].event) {
            wrong += "gap ";
          }
        }
        if (taken != *steps[to]) {
          wrong += std::to_string(from) + "/" + std::to_string(to) + " ";
        }
      }
    }
    INFO("seed " << seed);
    CHECK(wrong.empty());
  }
}

TEST_CASE("each lane is counted as past, future and concurrent") {
  TraceBuilder build({"a", "b"});
  build.at(1 * kMs).timer(1);
  const Seq sent = build.send(1, 2, "M");
  build.at(2 * kMs).timer(1);
  build.timer(2);
  build.at(3 * kMs).deliver(2, sent);
  const TraceModel model = build.model();
  const Causality causality(model);
  const Frontiers frontiers = causality.frontiers(model.events().index_of(sent));
  const auto of_a = causality.count(frontiers, 1);
  CHECK((of_a.past == 1 && of_a.future == 1 && of_a.concurrent == 0));
  const auto of_b = causality.count(frontiers, 2);
  CHECK((of_b.past == 0 && of_b.future == 1 && of_b.concurrent == 1));
}

TEST_CASE("selecting in a million events takes little time and little memory") {
  const TraceModel model = TraceModel::build(test::busy_trace(1'000'000, 8)).value();
  const Causality causality(model);
  causality.wait();
  CHECK(causality.bytes() < model.events().size());
  using Clock = std::chrono::steady_clock;
  Clock::duration longest{};
  for (Index event = 500; event < model.events().size(); event += 99'991) {
    const auto begin = Clock::now();
    CHECK(causality.frontiers(event).event == event);
    longest = std::max(longest, Clock::now() - begin);
  }
  // The limit is 50 ms; machines under load get more.
  CHECK(longest < std::chrono::milliseconds(500));
}

TEST_CASE("many nodes spread the checkpoints, and too many have none") {
  const TraceModel model = TraceModel::build(test::busy_trace(200'000, 100)).value();
  const Causality causality(model);
  CHECK(causality.interval() == 40'000);
  causality.wait();
  CHECK(causality.bytes() <= model.events().size() + 40'000);
}

}  // namespace norn::viewer
