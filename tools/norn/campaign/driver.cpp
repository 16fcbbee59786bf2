#include "campaign/driver.hpp"

#include <poll.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace norn::command {

namespace {

using std::chrono::steady_clock;

// A line for a worker must fit into a pipe, which holds 64 KiB: writing it never waits.
constexpr std::uint64_t kMostSeeds = 2000;
constexpr std::uint64_t kFirstSeeds = 20;
// Checks are made in batches: enough to be worth a line, and few enough not to pile up.
constexpr std::uint64_t kCheckBatch = 200;
constexpr std::uint64_t kOwnChecks = 2000;
constexpr int kTickMs = 50;

}  // namespace

Driver::Driver(const DriverOptions& options, const Folded& so_far, Journal& journal,
               Progress& progress)
    : options_(options),
      journal_(journal),
      progress_(progress),
      slots_(options.jobs),
      waiting_checks_(so_far.unchecked.size()) {
  for (const Range& range : so_far.done.missing(options.range)) waiting_.push_back(range);
  for (const auto& [index, hash] : so_far.unchecked) checks_[0].push_back({index, hash});
}

bool Driver::is_stopping() const {
  return options_.interrupted != nullptr && options_.interrupted->load();
}

bool Driver::is_busy() const {
  return std::any_of(slots_.begin(), slots_.end(),
                     [](const Slot& slot) { return slot.task != Task::none; });
}

std::uint64_t Driver::checks_but(std::uint64_t instance) const {
  const auto own = checks_.find(instance);
  return waiting_checks_ - (own == checks_.end() ? 0 : own->second.size());
}

std::uint64_t Driver::running() const {
  std::uint64_t sum = 0;
  for (const Slot& slot : slots_) {
    if (slot.task == Task::run && slot.begun > slot.told) sum += slot.begun - slot.told;
  }
  return sum;
}

Result<void> Driver::go() {
  for (;;) {
    for (Slot& slot : slots_) {
      if (slot.task != Task::none || is_stopping()) continue;
      if (const Result<bool> given = give_work(slot); !given) return given.error();
    }
    if (const Result<void> synced = journal_.sync(); !synced) return synced.error();
    if (!is_busy()) return {};
    if (const Result<void> heard = wait(); !heard) {
      (void)journal_.sync();
      return heard.error();
    }
    progress_.show(running());
  }
}

Result<void> Driver::start(Slot& slot) {
  slot.worker.reset();
  Result<WorkerProcess> worker = WorkerProcess::start(options_.command);
  if (!worker) return worker.error();
  slot.worker.emplace(*std::move(worker));
  slot.instance = ++instances_;
  slot.fresh = true;
  slot.worker->send("memory " + std::to_string(options_.memory) + "\n");
  return {};
}

Result<bool> Driver::give_work(Slot& slot) {
  const auto ready = [&](bool fresh) -> Result<void> {
    return slot.worker && (slot.fresh || !fresh) ? Result<void>() : start(slot);
  };
  if (!deaths_.empty()) {
    if (Result<void> started = ready(true); !started) return started.error();
    give(slot, Task::confirm, {deaths_.front().at("index").get<std::uint64_t>()});
    return true;
  }
  const bool late = options_.deadline && steady_clock::now() >= *options_.deadline;
  const bool runs = !waiting_.empty() && !late;
  if (!runs && waiting_checks_ == 0) return false;
  if (Result<void> started = ready(false); !started) return started.error();
  if (checks_but(slot.instance) >= (runs ? kCheckBatch : 1)) return give_checks(slot);
  const std::uint64_t own = waiting_checks_ - checks_but(slot.instance);
  if (own >= kOwnChecks || (!runs && !is_busy())) {
    // Nobody else is there to check what this one ran.
    if (Result<void> started = start(slot); !started) return started.error();
    return give_checks(slot);
  }
  return runs && give_runs(slot);
}

bool Driver::give_runs(Slot& slot) {
  std::uint64_t left = 0;
  for (const Range& range : waiting_) left += range.size();
  // About a second's worth, and towards the end less, so that all end together.
  const auto second = static_cast<std::uint64_t>(std::llround(slot.rate));
  const std::uint64_t share = left / (2 * slots_.size()) + 1;
  const std::uint64_t count =
      std::min({slot.rate > 0 ? std::max<std::uint64_t>(second, 1) : kFirstSeeds, share, kMostSeeds,
                waiting_.front().size()});
  std::vector<std::uint64_t> indexes(count);
  for (std::uint64_t& index : indexes) index = waiting_.front().begin++;
  if (waiting_.front().size() == 0) waiting_.pop_front();
  give(slot, Task::run, std::move(indexes));
  return true;
}

bool Driver::give_checks(Slot& slot) {
  slot.checks.clear();
  for (auto batch = checks_.begin(); batch != checks_.end();) {
    auto& [instance, checks] = *batch;
    while (instance != slot.instance && !checks.empty() && slot.checks.size() < kMostSeeds) {
      slot.checks.push_back(std::move(checks.back()));
      checks.pop_back();
    }
    batch = checks.empty() ? checks_.erase(batch) : std::next(batch);
  }
  waiting_checks_ -= slot.checks.size();
  std::vector<std::uint64_t> indexes;
  for (const Check& check : slot.checks) indexes.push_back(check.index);
  give(slot, Task::check, std::move(indexes));
  return true;
}

void Driver::give(Slot& slot, Task task, std::vector<std::uint64_t> indexes) {
  std::string line = "run";
  for (const std::uint64_t index : indexes) {
    const bool with_hash = task == Task::check || options_.seeds.is_checked(index);
    line += (with_hash ? " *" : " ") + std::to_string(options_.seeds.at(index));
  }
  slot.worker->send(line + "\n");
  slot.task = task;
  slot.indexes = std::move(indexes);
  slot.told = 0;
  slot.begun = 0;
  slot.doom.clear();
  slot.given_at = slot.alive_at = steady_clock::now();
  slot.fresh = false;
  if (task == Task::confirm) {
    slot.death = std::move(deaths_.front());
    deaths_.pop_front();
  }
}

Result<void> Driver::wait() {
  std::vector<pollfd> files;
  for (const Slot& slot : slots_) {
    files.push_back({slot.worker ? slot.worker->output() : -1, POLLIN, 0});
    files.push_back({slot.worker ? slot.worker->errors() : -1, POLLIN, 0});
  }
  ::poll(files.data(), files.size(), kTickMs);
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (!slots_[i].worker) continue;
    if (files[2 * i + 1].revents != 0) slots_[i].worker->read_errors();
    if (Result<void> done = attend(slots_[i], files[2 * i].revents != 0); !done) return done;
  }
  return {};
}

Result<void> Driver::attend(Slot& slot, bool readable) {
  if (readable) {
    const bool open = slot.worker->read();
    std::string line;
    while (slot.worker->next(line)) {
      slot.alive_at = steady_clock::now();
      if (Result<void> heard = hear(slot, line); !heard) return heard;
    }
    if (!open) return bury(slot);
  }
  watch(slot);
  return {};
}

// Kills a worker whose run takes too long or too much.
void Driver::watch(Slot& slot) {
  if (slot.task == Task::none || !slot.doom.empty()) return;
  const std::uint64_t begun = slot.worker->begun();
  if (begun != slot.begun) {
    slot.begun = begun;
    slot.alive_at = steady_clock::now();
  }
  if (steady_clock::now() - slot.alive_at > options_.hang) slot.doom = "hang";
  if (options_.memory > 0 && slot.worker->resident() > options_.memory) slot.doom = "memory";
  if (!slot.doom.empty()) slot.worker->kill();
}

}  // namespace norn::command
