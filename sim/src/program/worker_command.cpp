// A worker of `norn campaign`: runs the seeds that it is told to on standard input, and says on
// what was standard output what came of them. README.md has the protocol.
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "norn/sim/case_file.hpp"
#include "norn/sim/fault_plan.hpp"

#include "explore/report_sums.hpp"
#include "explore/text.hpp"
#include "program/commands.hpp"
#include "program/count_json.hpp"
#include "program/crash_note.hpp"
#include "program/output.hpp"

namespace norn::program {

namespace {

using std::chrono::steady_clock;

// So long a part of the seeds may take before it is told, for what is not told is lost with the
// process.
constexpr auto kPart = std::chrono::seconds(1);

// What the campaign reads while a run keeps the worker busy, and after it died.
struct Page {
  std::atomic<std::uint64_t> begun;     // seeds of the line that were begun; 0: none is running
  std::atomic<std::uint64_t> too_much;  // 1: the last of them used more memory than it may
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free && sizeof(Page) == 16);

struct Order {
  std::uint64_t seed = 0;
  bool with_hash = false;
};

// Spreads the hash of one run over all bits, so that sums of them can be compared: the finaliser of
// SplitMix64 (Steele, Lea, Flood, Fast splittable pseudorandom number generators, 2014).
std::uint64_t spread(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// Part is what is told at once: the sums of several runs, and of those that failed more.
class Part {
 public:
  explicit Part(std::size_t from) : from_(from) {}
  void add(const RunSummary& run, std::size_t position, bool with_hash);
  std::size_t runs() const { return runs_; }
  Json json() const;

 private:
  std::size_t from_;
  std::size_t runs_ = 0;
  std::uint64_t incomplete_ = 0, events_ = 0, messages_ = 0, simulated_us_ = 0, digest_ = 0;
  std::vector<PropertyCount> properties_;
  std::vector<FaultCount> faults_;
  std::vector<BuggifyCount> places_;
  std::vector<StrategyCount> strategies_;
  Json first_incomplete_, failures_ = Json::array(), hashes_ = Json::array();
};

void Part::add(const RunSummary& run, std::size_t position, bool with_hash) {
  ++runs_;
  events_ += run.events;
  messages_ += run.messages;
  simulated_us_ += static_cast<std::uint64_t>(run.simulated.count() / 1000);
  digest_ += spread(run.trace_hash ^ spread(run.seed));
  explore::add_properties(properties_, run);
  explore::add_faults(faults_, run.faults);
  explore::add_places(places_, run.buggify);
  explore::add_strategy(strategies_, run);
  if (with_hash) hashes_.push_back({position, explore::hash_text(run.trace_hash)});
  if (run.verdict == Verdict::incomplete && incomplete_++ == 0) {
    first_incomplete_ = {{"seed", run.seed}, {"reason", run.incomplete_reason}};
  }
  if (run.verdict != Verdict::violated || !run.violation) return;
  const Violation& violation = *run.violation;
  failures_.push_back({{"position", position},
                       {"seed", run.seed},
                       {"property", violation.property},
                       {"subject", fingerprint(violation).subject},
                       {"detail", violation.detail},
                       {"at", format_duration(violation.at.time_since_epoch())},
                       {"events", run.events},
                       {"hash", explore::hash_text(run.trace_hash)}});
}

Json Part::json() const {
  Json part = {{"from", from_},
               {"count", runs_},
               {"incomplete", incomplete_},
               {"simulated_us", simulated_us_},
               {"events", events_},
               {"messages", messages_},
               {"digest", explore::hash_text(digest_)},
               {"properties", list_of(properties_, property_json)},
               {"faults", list_of(faults_, fault_json)},
               {"buggify", list_of(places_, place_json)},
               {"strategies", list_of(strategies_, strategy_json)},
               {"failures", failures_},
               {"hashes", hashes_}};
  if (incomplete_ > 0) part["first_incomplete"] = first_incomplete_;
  return Json{{"part", std::move(part)}};
}

// The options that decide what a seed does, as a campaign compares them.
Json options_json(const Settings& settings) {
  const Scenario& scenario = *settings.scenario;
  const RunOptions& run = settings.run;
  Json options = {{"variant", run.variant},
                  {"strategy", run.strategy},
                  {"time", format_duration(run.time.value_or(scenario.options.time))},
                  {"faults", run.plan ? "plan" : settings.faults_from},
                  {"knobs", run.knobs},
                  {"buggify", run.buggify},
                  {"beyond_promise", run.beyond_promise},
                  {"outside_calls", run.outside_calls}};
  if (run.plan) options["plan"] = to_json(*run.plan);
  return options;
}

class Worker {
 public:
  Worker(const Settings& settings, int output) : settings_(settings), output_(output) {}
  Result<void> map_page(int file);
  int serve();

 private:
  void say(const Json& json);
  void greet();
  bool take(std::string_view line);
  void run(const std::vector<Order>& orders);
  void check_memory();

  const Settings& settings_;
  const int output_;
  Page* page_ = nullptr;
  std::uint64_t memory_ = 0;  // bytes that the process may use; 0: any number
};

Result<void> Worker::map_page(int file) {
  struct stat about{};
  if (::fstat(file, &about) != 0 || about.st_size < static_cast<off_t>(sizeof(Page)))
    return Error{Errc::invalid,
                 "--worker is for `norn campaign`, which starts this program with it"};
  void* const at = ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (at == MAP_FAILED) return Error{Errc::io_error, "--worker: the page cannot be mapped"};
  page_ = static_cast<Page*>(at);
  return {};
}

void Worker::say(const Json& json) {
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  std::string_view left = text;
  while (!left.empty()) {
    const ssize_t done = ::write(output_, left.data(), left.size());
    if (done < 0 && errno != EINTR) ::_exit(kExitIncomplete);  // the campaign is gone
    if (done > 0) left.remove_prefix(static_cast<std::size_t>(done));
  }
}

void Worker::greet() {
  Json claims = Json::array();
  if (settings_.run.whole_program) {
    std::vector<PropertyCount> unmet;
    explore::add_unmet_claims(unmet);
    claims = list_of(unmet, property_json);
  }
  say({{"norn_worker", 1},
       {"build", build_id()},
       {"scenario", settings_.scenario->name},
       {"only_scenario", scenarios().size() == 1},
       {"options", options_json(settings_)},
       {"claims", claims}});
}

// Where a run used more than it may, the process ends: what it used before may still be in use.
void Worker::check_memory() {
  if (memory_ == 0) return;
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  if (static_cast<std::uint64_t>(use.ru_maxrss) * 1024 <= memory_) return;
  page_->too_much.store(1);
  ::raise(SIGKILL);
}

void Worker::run(const std::vector<Order>& orders) {
  Part part(0);
  steady_clock::time_point begin = steady_clock::now();
  for (std::size_t i = 0; i < orders.size(); ++i) {
    note_seed(orders[i].seed);
    page_->begun.store(i + 1);
    const RunSummary done = run_seed(
        *settings_.scenario, options_for(*settings_.scenario, settings_.run, orders[i].seed));
    check_memory();
    part.add(done, i, orders[i].with_hash);
    if (steady_clock::now() - begin < kPart && i + 1 < orders.size()) continue;
    page_->begun.store(0);
    say(part.json());
    part = Part(i + 1);
    begin = steady_clock::now();
  }
  say({{"done", true}});
}

bool Worker::take(std::string_view line) {
  const auto word = [&line] {
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string_view first = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return first;
  };
  const auto number = [](std::string_view text) {
    std::uint64_t value = 0;
    const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = problem == std::errc() && stop == text.data() + text.size();
    return whole ? std::optional(value) : std::nullopt;
  };
  const std::string_view what = word();
  if (what == "memory") {
    const auto bytes = number(word());
    memory_ = bytes.value_or(0);
    return bytes.has_value();
  }
  std::vector<Order> orders;
  while (what == "run" && !line.empty()) {
    std::string_view text = word();
    const bool with_hash = text.starts_with('*');
    const auto seed = number(with_hash ? text.substr(1) : text);
    if (!seed) return false;
    orders.push_back({*seed, with_hash});
  }
  if (orders.empty()) return false;
  run(orders);
  return true;
}

int Worker::serve() {
  greet();
  std::string line;
  while (std::getline(std::cin, line)) {
    if (!take(line)) return kExitUsage;
  }
  return kExitPassed;
}

}  // namespace

int run_worker(const Settings& settings, const Invocation& invocation) {
  if (settings.run.strategy == kFeedback)
    return complain(invocation,
                    "--strategy feedback learns from one run for the next, and `norn "
                    "campaign` spreads them over processes: run this program itself, "
                    "with --seeds A..B");
  // A campaign that is killed must not leave workers behind, nor a crash a core file for each seed.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit no_core{};
  ::setrlimit(RLIMIT_CORE, &no_core);
  std::signal(SIGPIPE, SIG_IGN);
  // What node code prints must not get between the lines of the protocol.
  const int output = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (output < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
    return complain(invocation, "--worker: standard output cannot be kept");
  Worker worker(settings, output);
  if (const Result<void> mapped = worker.map_page(settings.worker_page); !mapped)
    return complain(invocation, mapped.error().message);
  return worker.serve();
}

}  // namespace norn::program
