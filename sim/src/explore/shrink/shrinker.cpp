#include "explore/shrink/shrinker.hpp"

#include <algorithm>
#include <utility>

#include "norn/runtime/assert.hpp"

namespace norn::explore {

namespace {

// A candidate that does not come to its end is no smaller case.
constexpr std::uint64_t kLonger = 4;
constexpr std::uint64_t kFewEvents = 10'000;

constexpr std::size_t kDraws = 25;       // for a world in which all is as usual
constexpr std::size_t kManyDraws = 160;  // for one in which links may be quicker
constexpr std::size_t kFewDraws = 5;     // for one that was tried before, with more faults
constexpr std::size_t kMoreDraws = 3;    // for a step that matters less

// Into how many chunks operations are split before the choices of the world are written down: the
// fewer there are, the fewer choices.
constexpr std::size_t kFewChunks = 8;

}  // namespace

Shrinker::Shrinker(const Scenario& scenario, const Case& failing, RunSummary first,
                   std::vector<std::string> nodes, const ShrinkOptions& options)
    : options_(options),
      trials_(scenario, failing.same_as, options),
      best_(failing.options),
      run_(std::move(first)),
      most_events_(failing.events * kLonger + kFewEvents),
      nodes_(std::move(nodes)) {
  best_.max_events = std::min(best_.max_events, most_events_);
  best_.record_choices = false;
  best_.trace.mode = trace::RecorderOptions::Mode::hash;
  best_.note_operations = true;  // what is made, and what the scenario lets begin
  run_.recording.reset();
}

std::optional<std::size_t> Shrinker::take_first(
    std::string_view step, std::size_t count, const std::function<SimOptions(std::size_t)>& make) {
  std::optional<Trials::Hit> hit = trials_.first_failing(count, make);
  if (!hit) return std::nullopt;
  best_ = std::move(hit->options);
  run_ = std::move(hit->run);
  faults_minimal_ = false;
  one_minimal_ = false;
  operations_minimal_ = false;
  order_noted_ = false;
  // What would come after the violation does not come.
  std::erase_if(best_.plan->faults,
                [this](const Fault& fault) { return TimePoint(fault.at) > run_.violation->at; });
  if (options_.on_progress) {
    options_.on_progress({.step = std::string(step),
                          .replays = trials_.replays(),
                          .size = {.faults = faults(),
                                   .operations = run_.operations,
                                   .overrides = best_.overrides.size(),
                                   .nodes = nodes_.size() - best_.absent.size(),
                                   .events = run_.events,
                                   .messages = run_.messages,
                                   .until = run_.violation->at.time_since_epoch()}});
  }
  return hit->index;
}

bool Shrinker::take(std::string_view step, const SimOptions& candidate, std::size_t draws) {
  const auto make = [&, first = draws_](std::size_t index) {
    SimOptions one = candidate;
    if (index > 0) one.choice_seed = first + index;
    return one;
  };
  draws_ += draws;
  return take_first(step, draws + 1, make).has_value();
}

bool Shrinker::leave_out(
    std::string_view step, std::size_t draws, const std::function<std::size_t()>& count,
    const std::function<SimOptions(std::size_t begin, std::size_t end)>& without,
    std::size_t least) {
  bool smaller = false;
  for (std::size_t chunk = count(); chunk >= least && !trials_.over(); chunk /= 2) {
    for (std::size_t from = 0; from < count();) {
      const std::size_t chunks = (count() - from + chunk - 1) / chunk;
      const auto make = [&, first = draws_](std::size_t index) {
        const std::size_t begin = from + index / (draws + 1) * chunk;
        SimOptions less = without(begin, begin + chunk);
        if (index % (draws + 1) > 0) less.choice_seed = first + index;
        return less;
      };
      draws_ += chunks * (draws + 1);
      const auto hit = take_first(step, chunks * (draws + 1), make);
      if (!hit) break;
      smaller = true;
      from += *hit / (draws + 1) * chunk;  // what stands before was tried
    }
  }
  return smaller;
}

void Shrinker::go() {
  const SimOptions whole = best_;
  trials_.use_up_to(30);
  cut_off_end();
  if (!make_world_dull(kDraws) && !keep_outliers(kDraws)) {
    drop_faults(0);
    trials_.use_up_to(70);
    if (!make_world_dull(kDraws) && !keep_outliers(kFewDraws) &&
        !make_world_quick(whole, kManyDraws))
      make_kinds_dull(0);
  }
  calm_links();
  trials_.use_up_to(85);
  for (bool smaller = true; smaller && !trials_.over();) {
    smaller = drop_faults(kMoreDraws);
    smaller = drop_nodes(kMoreDraws) || smaller;
    smaller = make_kinds_dull(kMoreDraws) || smaller;
  }
  trials_.use_up_to(88);
  drop_operations(std::max<std::size_t>(1, operations() / kFewChunks));
  // That each fault is needed comes first, and is shown anew after each kind of finer work.
  trials_.keep(0);
  show_faults_needed();
  trials_.keep(replays_for_faults());
  override_what_is_left();
  drop_overrides();
  drop_operations(1);
  trials_.keep(0);
  show_faults_needed();
  trials_.keep(replays_for_faults());
  soften_overrides();
  pull_earlier();
  shorten_faults();
  round_times();
  find_minimal();
}

}  // namespace norn::explore
