#include "program/option_values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <utility>
#include <vector>

#include "norn/sim/fault_plan.hpp"
#include "norn/sim/nemesis.hpp"

#include "explore/text.hpp"

namespace norn::program {

namespace {

constexpr unsigned kMostJobs = 1024;

Error bad(std::string_view option, std::string_view text, const std::string& what) {
  return {Errc::invalid, std::string(option) + " " + explore::shell_word(text) + ": " + what};
}

// A whole number in decimal digits, nothing else. `what` gets the reason.
bool read_number(std::string_view text, std::uint64_t& value, std::string& what) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [stop, problem] = std::from_chars(begin, end, value);
  if (problem == std::errc::result_out_of_range) {
    what = "the largest number is 18446744073709551615";
    return false;
  }
  if (problem != std::errc() || stop != end) {
    what = "a whole number of at least 0 is expected";
    return false;
  }
  return true;
}

std::string did_you_mean(std::string_view text, const std::vector<std::string>& known) {
  const std::string meant = explore::nearest(text, known);
  return meant.empty() ? "" : "did you mean " + meant + "? ";
}

}  // namespace

Result<SeedRange> parse_seed(std::string_view text) {
  std::uint64_t seed = 0;
  std::string what;
  if (!read_number(text, seed, what)) return bad("--seed", text, what);
  return SeedRange{seed, seed};
}

Result<SeedRange> parse_seeds(std::string_view text) {
  static constexpr std::string_view kOption = "--seeds";
  const auto dots = text.find("..");
  if (dots == std::string_view::npos) {
    return bad(kOption, text, "a range is expected, as in 1..1000");
  }
  SeedRange range;
  std::string what;
  if (!read_number(text.substr(0, dots), range.first, what)) {
    return bad(kOption, text, "before the dots: " + what);
  }
  if (!read_number(text.substr(dots + 2), range.last, what)) {
    return bad(kOption, text, "after the dots: " + what);
  }
  if (range.first > range.last) {
    return bad(kOption, text, "the range ends before it begins; both ends are included");
  }
  return range;
}

Result<unsigned> parse_jobs(std::string_view text) {
  std::uint64_t jobs = 0;
  std::string what;
  if (!read_number(text, jobs, what)) return bad("--jobs", text, what);
  if (jobs == 0 || jobs > kMostJobs) {
    return bad("--jobs", text, "between 1 and " + std::to_string(kMostJobs) + " threads");
  }
  return static_cast<unsigned>(jobs);
}

Result<std::uint64_t> parse_max_failures(std::string_view text) {
  std::uint64_t count = 0;
  std::string what;
  if (!read_number(text, count, what)) return bad("--max-failures", text, what);
  if (count == 0) {
    return bad("--max-failures", text, "at least 1; --keep-going runs all seeds whatever fails");
  }
  return count;
}

Result<std::uint64_t> parse_replays(std::string_view text) {
  return parse_count("--replays", text, 1);
}

namespace {

struct Way {
  std::string_view name;
  ExploreBy by;
};
constexpr std::array kWays = {Way{"orders", ExploreBy::orders}, Way{"states", ExploreBy::states},
                              Way{"published", ExploreBy::published},
                              Way{"interleavings", ExploreBy::interleavings}};

}  // namespace

Result<Log> parse_log_level(std::string_view text) {
  if (text == "debug") return Log::debug;
  if (text == "info") return Log::info;
  if (text == "warning") return Log::warning;
  if (text == "error") return Log::error;
  return bad("--log", text, "debug, info, warning or error");
}

Result<ExploreBy> parse_explore_by(std::string_view text) {
  for (const Way& way : kWays) {
    if (way.name == text) return way.by;
  }
  return bad("--exhaustive", text, "orders, states, published or interleavings");
}

std::string_view name(ExploreBy by) {
  for (const Way& way : kWays) {
    if (way.by == by) return way.name;
  }
  return "orders";
}

Result<std::uint64_t> parse_count(std::string_view option, std::string_view text,
                                  std::uint64_t least) {
  std::uint64_t count = 0;
  std::string what;
  const std::string name(option);
  if (!read_number(text, count, what)) return bad(name, text, what);
  if (count < least) return bad(name, text, "at least " + std::to_string(least));
  return count;
}

Result<Moment> parse_moment(std::string_view option, std::string_view text) {
  const bool is_event = text.find_first_not_of("0123456789") == std::string_view::npos;
  if (is_event) {
    const Result<std::uint64_t> event = parse_count(option, text, 1);
    return event ? Result<Moment>(Moment{.event = *event}) : event.error();
  }
  const Result<Duration> at = parse_duration(text);
  if (!at) return bad(std::string(option), text, "an event or a time: " + at.error().message);
  return Moment{.at = *at};
}

Result<int> parse_worker(std::string_view text) {
  constexpr std::uint64_t kMostFiles = 1U << 20U;
  std::uint64_t file = 0;
  std::string what;
  if (!read_number(text, file, what)) return bad("--worker", text, what);
  if (file > kMostFiles) return bad("--worker", text, "a file descriptor is expected");
  return static_cast<int>(file);
}

Result<Duration> parse_time(std::string_view text) {
  const Result<Duration> time = parse_duration(text);
  if (!time) return bad("--time", text, time.error().message);
  if (*time <= Duration::zero()) return bad("--time", text, "a time above 0 is expected");
  return *time;
}

Result<Duration> parse_stall(std::string_view text) {
  const Result<Duration> time = parse_duration(text);
  if (!time) return bad("--stall", text, time.error().message);
  if (*time < Duration::zero()) return bad("--stall", text, "a time of 0 or above is expected");
  return *time;
}

Result<std::map<std::string, std::string>> parse_knobs(const std::vector<std::string>& words) {
  std::map<std::string, std::string> knobs;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0)
      return bad("--knob", word, "a name and a value are expected: election_timeout=200ms");
    if (!knobs.emplace(word.substr(0, equals), word.substr(equals + 1)).second)
      return bad("--knob", word, "this knob is set twice");
  }
  return knobs;
}

Result<void> apply_faults(const std::string& text, RunOptions& run) {
  const auto levels = fault_levels();
  if (std::find(levels.begin(), levels.end(), text) != levels.end()) {
    run.faults = text;
    return {};
  }
  const bool is_path = text.find('/') != std::string::npos || text.ends_with(".json");
  std::error_code problem;
  if (!is_path && !std::filesystem::exists(text, problem)) {
    return bad("--faults", text,
               did_you_mean(text, {levels.begin(), levels.end()}) +
                   "no such level (calm, default, harsh, swarm) and no such file");
  }
  Result<FaultPlan> plan = load_fault_plan(text);
  if (!plan) return Error{plan.error().code, "--faults " + plan.error().message};
  run.plan = *std::move(plan);
  return {};
}

Result<std::string> find_variant(const Scenario& scenario, const std::string& text) {
  std::vector<std::string> known;
  for (const auto& [name, what] : scenario.options.variants) {
    if (name == text) return name;
    known.push_back(name);
  }
  if (known.empty())
    return bad("--variant", text, "scenario " + scenario.name + " has no variants");
  return bad("--variant", text,
             did_you_mean(text, known) + "scenario " + scenario.name + " has " +
                 explore::joined(known, ", ") + "; without --variant it runs the correct program");
}

Result<const Scenario*> pick_scenario(const std::string& name) {
  const std::vector<const Scenario*> all = scenarios();
  if (all.empty()) {
    return Error{Errc::invalid,
                 "no scenario is linked into this program: write one with NORN_SCENARIO"};
  }
  if (name.empty() && all.size() == 1) return all.front();
  std::vector<std::string> known;
  for (const Scenario* scenario : all) {
    if (scenario->name == name) return scenario;
    known.push_back(scenario->name);
  }
  const std::string list = explore::joined(known, ", ");
  if (name.empty()) return Error{Errc::invalid, "which scenario? Name one of " + list};
  return Error{Errc::invalid, explore::shell_word(name) + ": no such scenario; " +
                                  did_you_mean(name, known) + "there is " + list};
}

}  // namespace norn::program
