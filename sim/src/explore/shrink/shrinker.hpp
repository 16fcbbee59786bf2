// Shrinker: from a failing run to a small one, step by step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "norn/sim/shrink.hpp"

#include "explore/shrink/trials.hpp"

namespace norn::explore {

// The passes below each try candidates that have less of one thing, and take the first that still
// fails in the same way. All return whether anything became smaller.
class Shrinker {
 public:
  // `first` is the run of the case, with its operations noted.
  Shrinker(const Scenario& scenario, const Case& failing, RunSummary first,
           std::vector<std::string> nodes, const ShrinkOptions& options);

  // go() does all passes until none of them helps or the budget is spent.
  void go();

  const SimOptions& best() const { return best_; }
  const RunSummary& run() const { return run_; }
  Trials& trials() { return trials_; }
  // Whether every single fault was left out in vain; every override besides; every operation.
  bool faults_minimal() const { return faults_minimal_; }
  bool one_minimal() const { return one_minimal_; }
  bool operations_minimal() const { return operations_minimal_; }
  bool needs_operations() const;
  // The candidates of the last pass over single faults and overrides, which pass, and what each
  // leaves out.
  struct Near {
    SimOptions options{};
    std::string step{};
  };
  const std::vector<Near>& near() const { return near_; }
  // unusual() says what is overridden, one choice a line.
  std::vector<std::string> unusual();

 private:
  using Candidates = std::vector<SimOptions>;

  // take_first() returns the index of the candidate that was taken.
  std::optional<std::size_t> take_first(std::string_view step, std::size_t count,
                                        const std::function<SimOptions(std::size_t)>& make);
  bool take_first(std::string_view step, const Candidates& candidates) {
    return take_first(step, candidates.size(), [&](std::size_t i) { return candidates[i]; })
        .has_value();
  }
  // take() tries the candidate itself, and then with other draws of what still follows a seed:
  // another course of the same events.
  bool take(std::string_view step, const SimOptions& candidate, std::size_t draws = 0);
  // leave_out() takes things away in chunks that become smaller, down to `least` of them. `without`
  // makes the candidate that lacks the things [begin, end) of best(); `count` says how many there
  // are.
  bool leave_out(std::string_view step, std::size_t draws,
                 const std::function<std::size_t()>& count,
                 const std::function<SimOptions(std::size_t begin, std::size_t end)>& without,
                 std::size_t least = 1);

  // shrink_plan.cpp
  bool cut_off_end();
  bool calm_links();
  bool drop_fault_classes(std::size_t draws);
  bool drop_faults(std::size_t draws);
  bool fails_without_faults(SimOptions options);
  bool drop_nodes(std::size_t draws);
  std::size_t faults() const;  // of the plan, then those of the scenario's code
  SimOptions without_faults(std::size_t begin, std::size_t end) const;
  std::string fault_text(std::size_t index) const;
  // shrink_operations.cpp
  std::size_t operations() const;
  SimOptions without_operations(
      const std::function<bool(std::size_t place, const MadeOperation&)>& leave) const;
  bool drop_clients();
  bool drop_operations(std::size_t least);
  bool drop_last_operations();
  // shrink_times.cpp
  void shorten_faults();
  void pull_earlier();
  void round_times();
  // shrink_choices.cpp
  bool is_world_dull() const;  // but for overrides
  bool make_world_dull(std::size_t draws);
  bool make_world_quick(const SimOptions& whole, std::size_t draws);
  bool keep_outliers(std::size_t draws);
  std::vector<MadeChoice> world_choices();
  bool make_kinds_dull(std::size_t draws);
  void override_what_is_left();
  bool drop_overrides();
  void soften_overrides();
  std::string where(const MadeChoice& choice) const;
  void note_order();
  // shrink_minimal.cpp
  std::uint64_t replays_for_faults() const;
  bool show_faults_needed();
  bool drop_last_choices();
  void find_minimal();
  void note_near();

  const ShrinkOptions& options_;
  Trials trials_;
  SimOptions best_;
  RunSummary run_;
  std::uint64_t most_events_;
  std::uint64_t draws_ = 0;  // choice seeds that were tried
  std::vector<std::string> nodes_;
  std::vector<MadeChoice> order_;  // what is overridden, in the order of making
  bool order_noted_ = false;       // it is that of the run of best_
  // These are about best_ as it is now: what is taken makes them untrue until they are shown again.
  bool faults_minimal_ = false;
  bool one_minimal_ = false;
  bool operations_minimal_ = false;
  // The last case that was shown to need each of its faults. It is the result when the budget ends
  // before that is shown of a smaller one.
  struct Shown {
    SimOptions options{};
    RunSummary run{};
    std::vector<MadeChoice> order{};
  };
  std::optional<Shown> shown_;
  std::vector<Near> near_;
};

// operation_lines() says which operations each client of a run makes.
std::vector<std::string> operation_lines(const RunSummary& run);

}  // namespace norn::explore
