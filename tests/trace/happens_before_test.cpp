#include "norn/trace/happens_before.hpp"

#include <string>
#include <utility>

#include "support/catch.hpp"
#include "trace/trace_support.hpp"

using namespace norn::trace;

namespace {

// Events as pairs of a node and a cause.
class Story {
 public:
  static constexpr std::size_t kRoot = kNowhere;

  std::size_t add(std::size_t node, std::size_t cause = kRoot) {
    events_.emplace_back(node, cause);
    return events_.size() - 1;
  }
  std::size_t size() const { return events_.size(); }
  std::size_t node(std::size_t i) const { return events_[i].first; }
  std::size_t cause(std::size_t i) const { return events_[i].second; }

 private:
  std::vector<std::pair<std::size_t, std::size_t>> events_;
};

Story random_story(std::uint64_t seed) {
  testing::Random random(seed);
  Story story;
  const std::uint64_t nodes = 1 + random.below(5);
  const std::uint64_t events = random.below(60);
  for (std::uint64_t i = 0; i < events; ++i) {
    const std::uint64_t node = random.below(nodes + 1);
    story.add(node, i == 0 || random.one_in(3) ? Story::kRoot : random.below(i));
  }
  return story;
}

// before[i][j]: whether j happened before i or is i, by following every step there is.
std::vector<std::vector<bool>> closure_of(const Story& story) {
  std::vector<std::vector<bool>> before(story.size(), std::vector<bool>(story.size()));
  for (std::size_t i = 0; i < story.size(); ++i) {
    before[i][i] = true;
    for (std::size_t j = 0; j < i; ++j) {
      const bool same_node = story.node(i) != 0 && story.node(i) == story.node(j);
      if (!same_node && story.cause(i) != j) continue;
      for (std::size_t k = 0; k <= j; ++k) {
        if (before[j][k]) before[i][k] = true;
      }
    }
  }
  return before;
}

}  // namespace

TEST_CASE("past and future of a delivery have one frontier event a node") {
  Story story;
  const auto first = story.add(1);
  const auto unheard = story.add(3);
  const auto sent = story.add(1, first);
  const auto later_at_sender = story.add(1);
  const auto got = story.add(2, sent);
  const auto answer = story.add(2, got);
  const auto heard = story.add(3, answer);

  const CausalSet past = causal_past(story, got);
  CHECK(past.frontier == std::vector<std::size_t>{kNowhere, sent, got});
  CHECK(in_past(story, past, first));
  CHECK_FALSE(in_past(story, past, unheard));
  CHECK_FALSE(in_past(story, past, later_at_sender));

  const CausalSet future = causal_future(story, got);
  CHECK(future.frontier == std::vector<std::size_t>{kNowhere, kNowhere, got, heard});
  CHECK(in_future(story, future, answer));
  CHECK_FALSE(in_future(story, future, later_at_sender));
}

TEST_CASE("the simulation itself orders nothing, only what it causes comes after it") {
  Story story;
  const auto earlier_fault = story.add(0);
  const auto fault = story.add(0);
  const auto crash = story.add(1, fault);
  const auto end = story.add(0);
  const CausalSet past = causal_past(story, crash);
  CHECK(past.unordered == std::vector<std::size_t>{fault});
  CHECK_FALSE(in_past(story, past, earlier_fault));
  const CausalSet future = causal_future(story, fault);
  CHECK(in_future(story, future, crash));
  CHECK_FALSE(in_future(story, future, end));
}

TEST_CASE("past and future agree with the transitive closure of random small traces") {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    const Story story = random_story(seed);
    const auto before = closure_of(story);
    std::string wrong;
    for (std::size_t event = 0; event < story.size(); ++event) {
      const CausalSet past = causal_past(story, event);
      const CausalSet future = causal_future(story, event);
      for (std::size_t i = 0; i < story.size(); ++i) {
        if (in_past(story, past, i) != before[event][i]) {
          wrong += "past of " + std::to_string(event) + " at " + std::to_string(i) + "; ";
        }
        if (in_future(story, future, i) != before[i][event]) {
          wrong += "future of " + std::to_string(event) + " at " + std::to_string(i) + "; ";
        }
      }
    }
    INFO("seed " << seed);
    CHECK(wrong.empty());
  }
}

TEST_CASE("an event that is not there has neither past nor future") {
  const Story story;
  CHECK(causal_past(story, 0).frontier.empty());
  CHECK(causal_future(story, 0).frontier.empty());
}

TEST_CASE("a node does not notice what happens to a message on its way") {
  CHECK(ordered_by_node(EventKind::deliver));
  CHECK_FALSE(ordered_by_node(EventKind::drop));
  CHECK_FALSE(ordered_by_node(EventKind::duplicate));
  CHECK_FALSE(ordered_by_node(EventKind::hold));
}
