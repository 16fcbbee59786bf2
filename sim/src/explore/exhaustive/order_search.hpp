// OrderSearch: a depth-first walk through the orders of a scenario, one run a path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "explore/exhaustive/happens_before.hpp"
#include "explore/exhaustive/search_guide.hpp"
#include "norn/sim/exhaustive.hpp"

namespace norn::explore {

// A run is guided along the path; where the path ends, the search chooses, and remembers what it
// might have chosen. Each call of begin_run() is followed by one run and one end_run().
class OrderSearch final : public SearchGuide {
 public:
  explicit OrderSearch(ExploreBy by, bool fibers_in_order = false)
      : by_(by), fibers_in_order_(fibers_in_order) {}

  void begin_run();
  // end_run() chooses the next path; false: there is none.
  bool end_run();
  bool was_cut() const { return cut_; }
  // diverged(): a run that began as an earlier one did not go on as that did.
  bool diverged() const { return diverged_; }
  std::size_t steps() const { return steps_.size(); }
  std::size_t new_steps() const { return steps_.size() - std::min(same_, steps_.size()); }
  std::size_t states() const { return states_.size(); }
  std::size_t published_states() const { return published_states_.size(); }
  const std::vector<std::string>& may_fail() const { return may_fail_; }

  void begins(const std::vector<std::string>& may_fail) override { may_fail_ = may_fail; }
  bool wants_pending() const override { return by_ == ExploreBy::states; }
  std::optional<std::size_t> next_event(std::span<const PossibleEvent> possible,
                                        std::uint64_t pending) override;
  std::size_t next_fiber(std::size_t count) override;
  void shows(Seen seen) override;
  void published(host::NodeId node, std::string_view key, std::string_view json) override;

 private:
  struct Sleeper {
    std::uint64_t id = 0;
    Footprint footprint{};
  };
  // A place where the search chooses among events, or among fibers of a node.
  struct Point {
    bool of_fibers = false;
    std::size_t count = 0;
    std::size_t taken = 0;
    // Of events:
    std::vector<PossibleEvent> possible{};
    std::vector<bool> wanted{};     // by place in `possible`: to be tried, or tried
    std::vector<Sleeper> asleep{};  // what comes first in orders that are known already
    Footprint footprint{};          // of what was taken, whichever fibers ran first
  };

  bool asleep(const Point& point, std::uint64_t id) const;
  std::optional<Point> make_point(std::span<const PossibleEvent> possible, std::uint64_t pending);
  void want_what_races();
  void want_before_others(const Step& step, std::size_t count);
  void want_other_first(const Race& race, const Step& later, const StepSet& before_later);
  void want_what_never_came(std::size_t step);
  bool advance(Point& point);

  ExploreBy by_;
  bool fibers_in_order_;
  std::vector<Point> path_;
  std::size_t depth_ = 0;
  std::vector<Step> steps_;            // of the present run
  std::vector<std::size_t> point_of_;  // by step
  std::size_t same_ = 0;               // so many steps are those of the run before
  HappensBefore order_;
  std::map<std::uint64_t, Footprint> seen_;  // by node, as a footprint: how, in any run
  bool seen_more_ = false;                   // in the present run, than before
  bool cut_ = false;
  bool diverged_ = false;
  std::vector<std::string> may_fail_;
  std::map<std::pair<host::NodeId, std::uint64_t>, std::uint64_t> values_;  // published
  std::uint64_t sum_of_values_ = 0;
  std::unordered_set<std::uint64_t> states_;  // tidy: only asked whether one is there
  std::unordered_set<std::uint64_t> published_states_;
};

}  // namespace norn::explore
