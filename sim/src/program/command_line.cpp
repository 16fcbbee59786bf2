#include "program/command_line.hpp"

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "norn/sim/fault_plan.hpp"

#include "explore/output_file.hpp"
#include "explore/strategies/strategy.hpp"
#include "explore/text.hpp"
#include "program/command_options.hpp"
#include "program/help_text.hpp"
#include "program/option_values.hpp"

namespace norn::program {

namespace {

Error usage(const std::string& what) {
  return {Errc::invalid, what + " (--help shows the options)"};
}

// CLI11's own messages name its types; these are for people.
Error parse_problem(const CLI::App& app, const CLI::ParseError& problem) {
  std::string text = problem.what();
  std::replace(text.begin(), text.end(), '\n', ' ');
  for (const CLI::Option* option : app.get_options()) {
    const std::string name = option->get_name();
    if (text.rfind(name + ":", 0) != 0) continue;
    if (text.find("missing") != std::string::npos) return usage(name + " needs a value");
    if (text.find("received") != std::string::npos) return usage(name + " is given more than once");
  }
  return usage(text);
}

Error unknown_word(const CLI::App& app, const std::string& word) {
  if (word.rfind('-', 0) != 0) return usage("unexpected argument " + explore::shell_word(word));
  const std::string name = word.substr(0, word.find('='));
  std::vector<std::string> known;
  for (const CLI::Option* option : app.get_options()) known.push_back(option->get_name());
  const std::string meant = explore::nearest(name, known);
  return usage("unknown option " + explore::shell_word(name) +
               (meant.empty() ? "" : ", did you mean " + meant + "?"));
}

// CLI11 leaves two blank lines between groups.
std::string without_gaps(std::string text) {
  for (auto gap = text.find("\n\n\n"); gap != std::string::npos; gap = text.find("\n\n\n", gap)) {
    text.erase(gap, 1);
  }
  return text;
}

// first_given() is the first of `names` that stands on the command line, or empty.
std::string first_given(const CLI::App& app, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (app.count(name) > 0) return name;
  }
  return {};
}

// Options that belong to one action.
Result<void> check_owners(const CLI::App& app, const Words& words, const std::string& action) {
  const std::string of_branch = first_given(app, {"--at", "--futures", "--points"});
  if (!of_branch.empty() && action != "--branch") return usage(of_branch + " belongs to --branch");
  if (app.count("--at") > 0 && app.count("--points") > 0)
    return usage("--at and --points do not go together");
  const std::string of_replay =
      first_given(app, {"--until", "--break-at", "--log", "--trace-choices", "--trace-fibers"});
  if (!of_replay.empty() && action != "--replay") return usage(of_replay + " belongs to --replay");
  const std::string of_trace = first_given(app, {"--trace-choices", "--trace-fibers"});
  if (!of_trace.empty() && app.count("--trace") == 0)
    return usage(of_trace + " says what goes into a trace: it needs --trace FILE");
  if (app.count("--until") > 0 && app.count("--break-at") > 0)
    return usage("--until and --break-at do not go together");
  const std::string of_search = first_given(
      app, {"--early-timers", "--in-order", "--fibers-in-order", "--crashes", "--most-runs"});
  if (!of_search.empty() && action != "--exhaustive")
    return usage(of_search + " belongs to --exhaustive");
  if (action == "--exhaustive") {
    const std::string unused =
        first_given(app, {"--seeds", "--strategy", "--buggify", "--keep-going", "--max-failures",
                          "--trace", "--require-seen"});
    if (!unused.empty()) return usage(action + " and " + unused + " do not go together");
  }
  if (words.no_shrink && app.count("--replays") > 0)
    return usage("--no-shrink and --replays do not go together");
  const std::string of_shrinking = first_given(app, {"--no-shrink", "--replays"});
  const bool may_shrink =
      action.empty() || action == "--exhaustive" || (action == "--shrink" && !words.no_shrink);
  if (!of_shrinking.empty() && !may_shrink)
    return usage(action + " and " + of_shrinking + " do not go together");
  if (app.count("--against") > 0 && !words.check) {
    return usage("--against belongs to --check-determinism");
  }
  return {};
}

Result<void> check_combinations(const CLI::App& app, const Words& words) {
  const std::string action = first_given(app, {"--replay", "--shrink", "--branch", "--exhaustive",
                                               "--check-determinism", "--hashes", "--list"});
  const std::string second = first_given(app, {"--list", "--hashes", "--check-determinism",
                                               "--exhaustive", "--branch", "--shrink", "--replay"});
  if (action != second) return usage(action + " and " + second + " do not go together");
  if (app.count("--seed") > 0 && app.count("--seeds") > 0) {
    return usage("--seed and --seeds do not go together");
  }
  if (words.keep_going && app.count("--max-failures") > 0) {
    return usage("--keep-going and --max-failures do not go together");
  }
  if (words.strategy == kFeedback) {
    if (app.count("--seed") > 0)
      return usage("--strategy feedback learns from one run for the next: it needs --seeds A..B");
    if (action == "--check-determinism")
      return usage(
          "--check-determinism and --strategy feedback do not go together: compare what "
          "--hashes prints");
  }
  const bool of_case = action == "--replay" || action == "--shrink" || action == "--branch";
  if (of_case) {
    const std::string fixed =
        first_given(app, {"--seed", "--seeds", "--time", "--faults", "--variant", "--keep-going",
                          "--max-failures", "--stall", "--strategy", "--knob", "--buggify",
                          "--require-seen", "--beyond-promise", "--outside-calls"});
    if (!fixed.empty())
      return usage(action + " and " + fixed + " do not go together: the case says it all");
  }
  if (action == "--replay" && app.count("--out") > 0)
    return usage("--replay and --out do not go together: --trace FILE records it");
  if (action == "--shrink" && app.count("--trace") > 0)
    return usage("--shrink and --trace do not go together: --out DIR is where it writes");
  if (const Result<void> owned = check_owners(app, words, action); !owned) return owned.error();
  if ((!action.empty() && !of_case && action != "--exhaustive") || action == "--branch") {
    const std::string unused = first_given(
        app,
        {"--trace", "--out", "--keep-going", "--max-failures", "--overwrite", "--require-seen"});
    if (!unused.empty()) return usage(action + " and " + unused + " do not go together");
  }
  if (app.count("--trace") > 0 && app.count("--seed") == 0 && app.count("--replay") == 0) {
    return usage("--trace records one run: it needs --seed N or --replay CASE.json");
  }
  if (words.profile && (app.count("--seed") == 0 || !action.empty())) {
    return usage("--profile is of one run: it needs --seed N");
  }
  if (words.profile && words.json) return usage("--profile and --json do not go together");
  if (words.hashes && words.json) return usage("--hashes and --json do not go together");
  return {};
}

Command command_of(const Words& words) {
  if (words.list) return Command::list;
  if (!words.replay.empty()) return Command::replay;
  if (!words.shrink.empty()) return Command::shrink;
  if (!words.branch.empty()) return Command::branch;
  if (!words.exhaustive.empty()) return Command::exhaustive;
  if (words.check) return Command::check_determinism;
  if (words.hashes) return Command::hashes;
  return Command::campaign;
}

Result<void> read_seeds(const CLI::App& app, const Words& words, Settings& settings) {
  settings.run.seeds = {1, settings.command == Command::check_determinism ? 20U : 100U};
  if (app.count("--seed") == 0 && app.count("--seeds") == 0) return {};
  const Result<SeedRange> range =
      app.count("--seed") > 0 ? parse_seed(words.seed) : parse_seeds(words.seeds);
  if (!range) return range.error();
  settings.run.seeds = *range;
  return {};
}

Result<void> read_limits(const CLI::App& app, const Words& words, RunOptions& run) {
  run.jobs = std::max(1U, std::thread::hardware_concurrency());
  if (app.count("--jobs") > 0) {
    const Result<unsigned> jobs = parse_jobs(words.jobs);
    if (!jobs) return jobs.error();
    run.jobs = *jobs;
  }
  if (app.count("--replays") > 0) {
    const Result<std::uint64_t> replays = parse_replays(words.replays);
    if (!replays) return replays.error();
    run.shrink_replays = *replays;
  }
  if (words.no_shrink) run.shrink_replays = 0;
  run.beyond_promise = words.beyond_promise;
  run.require_seen = words.require_seen;
  run.whole_program = scenarios().size() == 1;
  run.outside_calls = words.outside_calls;
  if (words.keep_going) run.stop_after_failures = 0;
  if (app.count("--max-failures") > 0) {
    const Result<std::uint64_t> count = parse_max_failures(words.max_failures);
    if (!count) return count.error();
    run.stop_after_failures = *count;
  }
  if (app.count("--time") > 0) {
    const Result<Duration> time = parse_time(words.time);
    if (!time) return time.error();
    run.time = *time;
  }
  if (app.count("--stall") > 0) {
    const Result<Duration> stall = parse_stall(words.stall);
    if (!stall) return stall.error();
    run.stall = *stall;
  }
  return {};
}

Result<void> read_case_options(const CLI::App& app, const Words& words, Settings& settings) {
  struct Number {
    const char* option;
    const std::string& word;
    std::uint64_t least;
    std::uint64_t& value;
  };
  const Number numbers[] = {
      {"--futures", words.futures, 1, settings.branch.futures},
      {"--points", words.points, 2, settings.branch.points},
      {"--early-timers", words.early_timers, 0, settings.explore.early_timers},
      {"--crashes", words.crashes, 0, settings.explore.crashes},
      {"--most-runs", words.most_runs, 1, settings.explore.most_runs}};
  for (const Number& number : numbers) {
    if (app.count(number.option) == 0) continue;
    const Result<std::uint64_t> value = parse_count(number.option, number.word, number.least);
    if (!value) return value.error();
    number.value = *value;
  }
  for (const auto& [option, word, moment] :
       {std::tuple{"--until", &words.until, &settings.until},
        std::tuple{"--break-at", &words.break_at, &settings.break_at}}) {
    if (app.count(option) == 0) continue;
    const Result<Moment> value = parse_moment(option, *word);
    if (!value) return value.error();
    *moment = *value;
  }
  if (settings.command == Command::exhaustive) {
    const auto by = parse_explore_by(words.exhaustive);
    if (!by) return by.error();
    settings.explore.by = *by;
    settings.explore.in_order = words.in_order;
    settings.explore.fibers_in_order = words.fibers_in_order;
    settings.explore.seed = settings.run.seeds.first;
  }
  if (app.count("--at") > 0) {
    const Result<Duration> at = parse_duration(words.at);
    if (!at) return Error{Errc::invalid, "--at " + words.at + ": " + at.error().message};
    settings.branch.at = *at;
  }
  settings.trace_choices = words.trace_choices;
  settings.trace_fibers = words.trace_fibers;
  if (app.count("--log") > 0) {
    const Result<Log> level = parse_log_level(words.log);
    if (!level) return level.error();
    settings.log = *level;
  }
  // A debugger shows one thread best.
  if (app.count("--break-at") > 0) settings.run.jobs = 1;
  return {};
}

Result<void> read_scenario(const CLI::App& app, const Words& words, Settings& settings) {
  const Result<const Scenario*> scenario = pick_scenario(words.scenario);
  if (!scenario) return scenario.error();
  settings.scenario = *scenario;
  if (app.count("--variant") > 0) {
    const Result<std::string> variant = find_variant(**scenario, words.variant);
    if (!variant) return variant.error();
    settings.run.variant = *variant;
  }
  settings.run.buggify = words.buggify;
  if (app.count("--strategy") > 0) {
    const auto known = explore::make_strategy(words.strategy, 1);
    if (!known && words.strategy != kPortfolio && words.strategy != kFeedback)
      return Error{Errc::invalid, "--strategy " + known.error().message};
    settings.run.strategy = words.strategy;
  }
  const Result<std::map<std::string, std::string>> knobs = parse_knobs(words.knobs);
  if (!knobs) return knobs.error();
  settings.run.knobs = *knobs;
  settings.faults_from = (*scenario)->options.faults;
  if (app.count("--faults") == 0) return {};  // a portfolio may choose some
  settings.faults_from = words.faults;
  if (const Result<void> applied = apply_faults(settings.faults_from, settings.run); !applied)
    return applied.error();
  if (settings.command != Command::exhaustive) return {};
  if (!settings.run.plan)
    return usage("--exhaustive and --faults " + words.faults +
                 " do not go together: --crashes N, or the fault plan in a JSON file");
  if (settings.explore.crashes > 0) return usage("--crashes and --faults do not go together");
  return {};
}

Result<void> check_trace_path(const std::string& path, bool overwrite) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (path.empty()) return usage("--trace needs the name of a file");
  const fs::path folder = fs::path(path).has_parent_path() ? fs::path(path).parent_path() : ".";
  if (!fs::is_directory(folder, ignored)) {
    return Error{Errc::not_found, "--trace " + path + ": there is no folder " + folder.string()};
  }
  if (fs::is_directory(path, ignored)) {
    return Error{Errc::invalid, "--trace " + path + ": that is a folder"};
  }
  if (!overwrite && fs::exists(path, ignored)) {
    return Error{Errc::already_exists,
                 "--trace " + path + ": the file exists; --overwrite replaces it"};
  }
  const Result<void> writable = explore::check_writable(folder.string());
  if (!writable) return Error{writable.error().code, "--trace " + writable.error().message};
  return {};
}

Result<void> read_outputs(const CLI::App& app, const Words& words, Settings& settings) {
  settings.run.overwrite = words.overwrite;
  settings.run.profile = words.profile;
  settings.trace_path = words.trace;
  if (app.count("--trace") > 0) {
    const Result<void> possible = check_trace_path(words.trace, words.overwrite);
    if (!possible) return possible;
  }
  if (settings.command != Command::campaign && settings.command != Command::shrink &&
      settings.command != Command::exhaustive)
    return {};
  if (words.out.empty()) return usage("--out needs the name of a folder");
  if (settings.command == Command::shrink && app.count("--out") == 0) return {};
  settings.run.out_dir = words.out;
  const Result<void> writable = explore::check_writable(words.out);
  if (!writable) return Error{writable.error().code, "--out " + writable.error().message};
  return {};
}

Result<Settings> read_settings(const CLI::App& app, const Words& words,
                               const Invocation& invocation) {
  Settings settings;
  settings.command = command_of(words);
  settings.json = words.json;
  settings.case_path = words.replay + words.shrink + words.branch;  // one of them is given
  settings.against = words.against;
  settings.run.program = invocation.program;
  using Step = Result<void>;
  if (Step done = check_combinations(app, words); !done) return done.error();
  if (Step done = read_seeds(app, words, settings); !done) return done.error();
  if (Step done = read_limits(app, words, settings.run); !done) return done.error();
  if (Step done = read_case_options(app, words, settings); !done) return done.error();
  const bool needs_scenario =
      settings.command != Command::list && settings.command != Command::replay &&
      settings.command != Command::shrink && settings.command != Command::branch;
  if (needs_scenario) {
    if (Step done = read_scenario(app, words, settings); !done) return done.error();
  }
  if (Step done = read_outputs(app, words, settings); !done) return done.error();
  return settings;
}

}  // namespace

Result<CommandLine> parse_command_line(int argc, const char* const* argv,
                                       const Invocation& invocation) {
  CLI::App app(help_head(), invocation.name);
  Words words;
  add_options(app, words);
  app.footer(help_foot(invocation));
  app.get_formatter()->column_width(30);
  app.allow_extras();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return parse_problem(app, problem);
  }
  CommandLine line;
  if (words.help) {
    line.print = without_gaps(app.help());
    return line;
  }
  if (words.version) {
    line.print = version_text(invocation);
    return line;
  }
  const std::vector<std::string> unknown = app.remaining();
  if (!unknown.empty()) return unknown_word(app, unknown.front());
  Result<Settings> settings = read_settings(app, words, invocation);
  if (!settings) return settings.error();
  line.settings = *std::move(settings);
  return line;
}

}  // namespace norn::program
