// The values of options, read with messages that say what is wrong with them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "norn/runtime/log.hpp"
#include "norn/runtime/result.hpp"
#include "norn/runtime/time.hpp"
#include "norn/sim/exhaustive.hpp"
#include "norn/sim/run_seeds.hpp"

#include "program/settings.hpp"

namespace norn::program {

// Each error is one line that begins with the option and what was given: "--seeds 5..1: ...".
Result<SeedRange> parse_seed(std::string_view text);
Result<SeedRange> parse_seeds(std::string_view text);
Result<unsigned> parse_jobs(std::string_view text);
Result<std::uint64_t> parse_max_failures(std::string_view text);
Result<std::uint64_t> parse_replays(std::string_view text);
// A number of at least `least`.
Result<Log> parse_log_level(std::string_view text);
Result<ExploreBy> parse_explore_by(std::string_view text);
std::string_view name(ExploreBy by);
Result<std::uint64_t> parse_count(std::string_view option, std::string_view text,
                                  std::uint64_t least);
// The number of an event, or a time.
Result<Moment> parse_moment(std::string_view option, std::string_view text);
Result<int> parse_worker(std::string_view text);
Result<Duration> parse_time(std::string_view text);
Result<Duration> parse_stall(std::string_view text);

// parse_knobs() reads words "NAME=VALUE".
Result<std::map<std::string, std::string>> parse_knobs(const std::vector<std::string>& words);

// apply_faults() takes the name of a level or the path of a plan into `run`.
Result<void> apply_faults(const std::string& text, RunOptions& run);

// find_variant() returns the name again, or an error that lists what there is.
Result<std::string> find_variant(const Scenario& scenario, const std::string& text);

// pick_scenario() finds a scenario of this program by name; an empty name means the only one.
Result<const Scenario*> pick_scenario(const std::string& name);

}  // namespace norn::program
