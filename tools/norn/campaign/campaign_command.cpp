// norn campaign: many seeds in worker processes, with a journal.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <thread>
#include <utility>

#include "campaign/driver.hpp"
#include "campaign/kept_cases.hpp"
#include "campaign/manifest.hpp"
#include "campaign/options.hpp"
#include "campaign/process.hpp"
#include "campaign/result.hpp"
#include "duration.hpp"
#include "norn_command.hpp"

namespace norn::command {

namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

constexpr std::uint64_t kMostJobs = 1024;

// A signal handler can reach nothing else.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::atomic<bool> interrupted{false};

void on_interrupt(int /*signal*/) {
  interrupted.store(true);
  static constexpr std::string_view kHint =
      "\ninterrupted: what was begun ends first; once more ends at once\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kHint.data(), kHint.size());
}

void watch_interrupts() {
  struct sigaction action{};
  action.sa_handler = &on_interrupt;
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

// The options with their values read.
struct Plan {
  std::vector<std::string> arguments;  // of the scenario program
  std::vector<std::string> command;    // the program with them
  // A worker writes nothing, but the program wants to know that it could.
  std::vector<std::string> worker_command() const {
    std::vector<std::string> words = command;
    words.insert(words.end(), {"--out", folder});
    return words;
  }
  Seeds seeds;
  std::optional<Shard> shard;
  unsigned jobs = 1;
  std::int64_t hang_ns = 0;
  std::uint64_t memory = 0;
  std::optional<std::int64_t> budget_ns;
  std::string folder;
};

// cgroups(7), version 2: "max 100000", or what of a period the group may use of all processors.
unsigned processors() {
  unsigned count = std::max(1U, std::thread::hardware_concurrency());
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::uint64_t quota = 0;
  std::uint64_t period = 0;
  if (file >> quota >> period && period > 0)
    count = std::min(count, static_cast<unsigned>(std::max<std::uint64_t>(1, quota / period)));
  return count;
}

Result<unsigned> parse_jobs(const std::string& text) {
  if (text == "auto") return processors();
  const auto jobs = parse_whole(text);
  if (!jobs || *jobs == 0 || *jobs > kMostJobs)
    return Error{Errc::invalid, "--jobs " + text + ": auto, or between 1 and " +
                                    std::to_string(kMostJobs) + " processes"};
  return static_cast<unsigned>(*jobs);
}

Result<std::int64_t> parse_limit(const char* option, const std::string& text) {
  const Result<std::int64_t> time = parse_duration(text);
  if (!time) return Error{Errc::invalid, std::string(option) + ": " + time.error().message};
  if (*time == 0)
    return Error{Errc::invalid, std::string(option) + " " + text + ": a time above 0 is expected"};
  return *time;
}

std::vector<std::string> scenario_arguments(const CampaignOptions& options) {
  std::vector<std::string> words;
  if (!options.scenario.empty()) words.push_back(options.scenario);
  const std::pair<const char*, const std::string*> values[] = {{"--time", &options.time},
                                                               {"--faults", &options.faults},
                                                               {"--variant", &options.variant},
                                                               {"--strategy", &options.strategy},
                                                               {"--stall", &options.stall}};
  for (const auto& [name, value] : values) {
    if (!value->empty()) words.insert(words.end(), {name, *value});
  }
  for (const std::string& knob : options.knobs) words.insert(words.end(), {"--knob", knob});
  if (options.buggify) words.emplace_back("--buggify");
  if (options.beyond_promise) words.emplace_back("--beyond-promise");
  if (options.outside_calls) words.emplace_back("--outside-calls");
  return words;
}

std::string shard_folder(const std::string& out, const Shard& shard) {
  const std::string of = std::to_string(shard.of);
  std::string number = std::to_string(shard.number);
  number.insert(0, of.size() - number.size(), '0');
  return (fs::path(out) / ("shard-" + number + "-of-" + of)).string();
}

// A result that took hours must not be lost for want of a folder.
Result<void> check_folder_of(const std::string& file) {
  const fs::path above = fs::path(file).parent_path();
  std::error_code ignored;
  if (file.empty() || above.empty() || fs::is_directory(above, ignored)) return {};
  return Error{Errc::not_found, "--junit " + file + ": there is no folder " + above.string()};
}

Result<Plan> make_plan(const CampaignOptions& options) {
  if (const Result<void> there = check_folder_of(options.report.junit); !there)
    return there.error();
  Plan plan;
  plan.arguments = scenario_arguments(options);
  plan.command = {options.program};
  plan.command.insert(plan.command.end(), plan.arguments.begin(), plan.arguments.end());
  const Result<Seeds> seeds = parse_seeds(options.seeds, options.campaign_seed);
  if (!seeds) return seeds.error();
  plan.seeds = *seeds;
  plan.folder = options.out;
  if (!options.shard.empty()) {
    const auto shards = options.shards == 0 ? std::nullopt : std::optional(options.shards);
    const Result<Shard> shard =
        parse_shard(options.shard, shards, [](const char* name) { return std::getenv(name); });
    if (!shard) return shard.error();
    plan.shard = *shard;
    plan.folder = shard_folder(options.out, *shard);
  }
  const Result<unsigned> jobs = parse_jobs(options.jobs);
  if (!jobs) return jobs.error();
  plan.jobs = *jobs;
  const Result<std::int64_t> hang = parse_limit("--hang", options.hang);
  if (!hang) return hang.error();
  plan.hang_ns = *hang;
  const Result<std::uint64_t> memory = parse_bytes(options.memory);
  if (!memory) return Error{Errc::invalid, "--memory: " + memory.error().message};
  plan.memory = *memory;
  if (options.time_budget.empty()) return plan;
  const Result<std::int64_t> budget = parse_limit("--for", options.time_budget);
  if (!budget) return budget.error();
  plan.budget_ns = *budget;
  return plan;
}

// Asks the program what it is. It must say so within some seconds.
Result<Json> greeting_of(const Plan& plan) {
  constexpr auto kLimit = std::chrono::seconds(30);
  Result<WorkerProcess> worker = WorkerProcess::start(plan.worker_command());
  if (!worker) return worker.error();
  const auto begin = steady_clock::now();
  std::string line;
  bool open = true;
  while (open && !worker->next(line) && steady_clock::now() - begin < kLimit) {
    ::usleep(2000);
    open = worker->read();
  }
  if (!line.empty() || worker->next(line)) {
    Json greeting = Json::parse(line, nullptr, false);
    if (greeting.is_object() && greeting.value("norn_worker", 0) == 1) return greeting;
  }
  worker->kill();
  const std::string end = worker->end();
  const std::vector<std::string> words = worker->last_words();
  if (end == "exit code 2" && !words.empty()) return Error{Errc::invalid, words.back()};
  return Error{Errc::invalid, plan.command.front() + ": this is no scenario program (" + end + ")"};
}

Result<Manifest> make_manifest(const CampaignOptions& options, const Plan& plan) {
  const Result<Json> greeting = greeting_of(plan);
  if (!greeting) return greeting.error();
  Manifest manifest;
  try {
    manifest.identity = {{"program", fs::path(options.program).filename().string()},
                         {"build", greeting->at("build")},
                         {"scenario", greeting->at("scenario")},
                         {"options", greeting->at("options")},
                         {"limits",
                          {{"hang", duration_text(plan.hang_ns)},
                           {"memory", plan.memory},
                           {"stall", options.stall}}}};
    manifest.claims = greeting->at("claims");
  } catch (const nlohmann::json::exception&) {
    return Error{Errc::invalid, options.program + ": a worker of another version of norn"};
  }
  manifest.seeds = plan.seeds;
  manifest.shard = plan.shard;
  manifest.arguments = plan.arguments;
  return manifest;
}

// Goes on with the campaign that is in the folder, if it is this one.
Result<void> claim_folder(const Manifest& manifest, const std::string& folder) {
  std::error_code ignored;
  if (fs::exists(folder + "/" + kManifestFile, ignored)) {
    const Result<Manifest> there = read_manifest(folder);
    if (!there) return there.error();
    if (there->merged)
      return Error{Errc::invalid, folder +
                                      ": the result of merged shards is there: "
                                      "use another --out"};
    const std::string what = difference(*there, manifest);
    if (what.empty()) return {};
    return Error{Errc::invalid,
                 folder + ": another campaign was begun there: " + what + "; use another --out"};
  }
  if (Result<void> made = make_folder(folder); !made) return made;
  return replace_file(folder + "/" + kManifestFile, to_json(manifest).dump(2) + "\n");
}

class Campaign {
 public:
  Campaign(const CampaignOptions& options, Plan plan, Manifest manifest)
      : options_(options), plan_(std::move(plan)), manifest_(std::move(manifest)) {}
  Result<int> run(std::ostream& out, std::ostream& err);

 private:
  std::string path(const char* name) const { return plan_.folder + "/" + name; }
  Result<void> replay();
  Result<void> drive(Progress& progress, const Folded& so_far);
  Result<Json> conclude();
  Json for_here(Json result) const;

  const CampaignOptions& options_;
  const Plan plan_;
  const Manifest manifest_;
  Journal journal_;
};

// One shard is enough to run the kept cases.
Result<void> Campaign::replay() {
  if (options_.cases.empty() || (plan_.shard && plan_.shard->number != 1)) return {};
  const Result<Json> cases =
      replay_cases(options_.program, options_.cases, std::chrono::nanoseconds(plan_.hang_ns));
  if (!cases) return cases.error();
  journal_.append({{"cases", *cases}});
  return journal_.sync();
}

Result<void> Campaign::drive(Progress& progress, const Folded& so_far) {
  DriverOptions drive;
  drive.command = plan_.worker_command();
  drive.build = manifest_.identity.at("build");
  drive.seeds = plan_.seeds;
  drive.range = manifest_.range();
  drive.jobs = plan_.jobs;
  drive.hang = std::chrono::nanoseconds(plan_.hang_ns);
  drive.memory = plan_.memory;
  if (plan_.budget_ns)
    drive.deadline = steady_clock::now() + std::chrono::nanoseconds(*plan_.budget_ns);
  drive.interrupted = &interrupted;
  Driver driver(drive, so_far, journal_, progress);
  Result<void> done = driver.go();
  progress.hide();
  return done;
}

// Leaves the cases and the result in the folder.
Result<Json> Campaign::conclude() {
  Result<Folded> folded = fold({path(kJournalFile)});
  if (!folded) return folded.error();
  Json result = make_result(manifest_, *std::move(folded));
  std::vector<std::string> command = plan_.command;
  command.insert(command.end(), {"--jobs", std::to_string(plan_.jobs)});
  if (options_.no_shrink) command.emplace_back("--no-shrink");
  if (options_.replays > 0)
    command.insert(command.end(), {"--replays", std::to_string(options_.replays)});
  const Result<Json> differing =
      make_cases(result, command, path(kCasesFolder), options_.most_cases);
  if (!differing) return differing.error();
  if (!differing->empty()) {
    journal_.append({{"checked", {{"indexes", Json::array()}, {"differing", *differing}}}});
    if (Result<void> synced = journal_.sync(); !synced) return synced.error();
    folded = fold({path(kJournalFile)});
    if (!folded) return folded.error();
    result = make_result(manifest_, *std::move(folded));
  }
  name_cases(result, plan_.folder);
  const std::string text = result.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  if (Result<void> written = replace_file(path(kResultFile), text); !written)
    return written.error();
  return result;
}

// The lines that a person copies name the program as this shell finds it.
Json Campaign::for_here(Json result) const {
  const std::string name = result.at("program");
  const std::string here = shell_word(options_.program);
  for (Json& signature : result.at("signatures"))
    signature["replay"] = here + signature.at("replay").get<std::string>().substr(name.size());
  result["program"] = here;
  return result;
}

Result<int> Campaign::run(std::ostream& out, std::ostream& err) {
  if (Result<void> claimed = claim_folder(manifest_, plan_.folder); !claimed)
    return claimed.error();
  if (Result<void> opened = journal_.open(path(kJournalFile)); !opened) return opened.error();
  Result<Folded> so_far = fold({path(kJournalFile)});
  if (!so_far) return so_far.error();
  if (Result<void> replayed = replay(); !replayed) return replayed.error();
  const std::uint64_t done = so_far->done.overlap(manifest_.range());
  Progress progress(err, look_of(STDERR_FILENO), manifest_.range().size(), done);
  if (Result<void> driven = drive(progress, *so_far); !driven) return driven.error();
  const double seconds = progress.seconds();
  const Result<Json> result = conclude();
  if (!result) return result.error();
  const Json here = for_here(*result);
  if (!options_.report.json) {
    out << result_text(here, plan_.folder, look_of(STDOUT_FILENO).colours);
    if (done > 0) out << "  " << counted(done, "seed") << " were done before\n";
    if (progress.ran() > 0)
      out << "  " << counted(progress.ran(), "seed") << " in " << time_left(seconds) << ": "
          << grouped(static_cast<std::uint64_t>(static_cast<double>(progress.ran()) / seconds))
          << " seeds/s\n";
  }
  if (Result<void> told =
          report(options_.report.json ? *result : here, plan_.folder, options_.report, out);
      !told)
    return told.error();
  if (!plan_.shard) return exit_code_of(*result);
  // What the shards found, merging them says.
  const bool whole = result->at("done") == result->at("asked") && result->at("unchecked") == 0;
  return whole ? kPassed : kIncomplete;
}

}  // namespace

int run_campaign(const CampaignOptions& options, std::ostream& out, std::ostream& err) {
  const auto refuse = [&](const Error& error) {
    err << "norn: " << error.message << "\n";
    return kBadInput;
  };
  Result<Plan> plan = make_plan(options);
  if (!plan) return refuse(plan.error());
  Result<Manifest> manifest = make_manifest(options, *plan);
  if (!manifest) return refuse(manifest.error());
  watch_interrupts();
  Campaign campaign(options, *std::move(plan), *std::move(manifest));
  const Result<int> done = campaign.run(out, err);
  return done ? *done : refuse(done.error());
}

}  // namespace norn::command
