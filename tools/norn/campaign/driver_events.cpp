// What workers say, and what is done when one dies.
#include <algorithm>
#include <utility>

#include "campaign/driver.hpp"
#include "duration.hpp"

namespace norn::command {

namespace {

using std::chrono::steady_clock;

constexpr unsigned kFalseStarts = 3;

std::string last_line(const std::vector<std::string>& lines) {
  return lines.empty() ? "it said nothing" : lines.back();
}

}  // namespace

Result<void> Driver::hear(Slot& slot, const std::string& line) {
  const auto foreign = [&] {
    return Error{Errc::invalid,
                 options_.command.front() + " says what no worker says: " + line.substr(0, 80)};
  };
  const Json said = Json::parse(line, nullptr, false);
  if (!said.is_object()) return foreign();
  try {
    if (said.contains("norn_worker")) {
      if (said.at("build") == options_.build) return {};
      return Error{Errc::invalid, options_.command.front() +
                                      " was built anew while the campaign ran: use another --out"};
    }
    if (said.contains("part")) {
      hear_part(slot, said.at("part"));
      return {};
    }
    if (!said.contains("done")) return foreign();
  } catch (const nlohmann::json::exception&) {
    return foreign();
  }
  const std::chrono::duration<double> passed = steady_clock::now() - slot.given_at;
  if (slot.task == Task::run && passed.count() > 0)
    slot.rate = static_cast<double>(slot.indexes.size()) / passed.count();
  slot.task = Task::none;
  false_starts_ = 0;
  return {};
}

void Driver::hear_part(Slot& slot, const Json& part) {
  if (slot.task == Task::check) {
    hear_checks(slot, part);
  } else {
    hear_runs(slot, part);
  }
  slot.told = part.at("from").get<std::size_t>() + part.at("count").get<std::size_t>();
}

void Driver::hear_runs(Slot& slot, const Json& part) {
  const std::uint64_t first = slot.indexes.at(part.at("from").get<std::size_t>());
  Json line = {{"first", first}};
  line.update(part);
  line.erase("from");
  line.erase("failures");
  line["groups"] = group_failures(part.at("failures"), slot.indexes.front());
  line["hashes"] = Json::array();
  for (const Json& one : part.at("hashes")) {
    const std::uint64_t index = slot.indexes.at(one.at(0).get<std::size_t>());
    line["hashes"].push_back({index, one.at(1)});
    checks_[slot.instance].push_back({index, one.at(1)});
    ++waiting_checks_;
  }
  progress_.add(part.at("count").get<std::uint64_t>(), part.at("failures").size());
  if (slot.task == Task::confirm) {
    slot.death["repeated"] = false;
    journal_.append({{"died", slot.death}});
  }
  journal_.append({{"part", std::move(line)}});
}

void Driver::hear_checks(Slot& slot, const Json& part) {
  Json indexes = Json::array();
  Json differing = Json::array();
  for (const Json& one : part.at("hashes")) {
    const Check& check = slot.checks.at(one.at(0).get<std::size_t>());
    indexes.push_back(check.index);
    if (one.at(1) == check.hash) continue;
    differing.push_back({{"index", check.index},
                         {"seed", options_.seeds.at(check.index)},
                         {"first", check.hash},
                         {"second", one.at(1)}});
  }
  journal_.append({{"checked", {{"indexes", indexes}, {"differing", differing}}}});
}

Json Driver::death_of(Slot& slot, std::uint64_t index, const std::string& end) const {
  std::vector<std::string> words = slot.worker->last_words();
  const bool stalled = std::any_of(words.begin(), words.end(), [](const std::string& line) {
    return line.find("violation: no fiber stalls") != std::string::npos;
  });
  Signature signature{"crash", end, "", masked(telling_line(words))};
  if (slot.doom == "hang") {
    signature = {"hang", "no end within " + duration_text(options_.hang.count()), "", ""};
  } else if (slot.doom == "memory" || slot.worker->used_too_much()) {
    signature = {"memory", "more than " + std::to_string(options_.memory >> 20U) + " MiB", "", ""};
  } else if (stalled) {
    signature.kind = "hang";
  } else if (end == "signal SIGKILL") {
    signature = {"memory", "killed by the system", "", ""};
  }
  Json death = signature_json(signature);
  death["index"] = index;
  death["seed"] = options_.seeds.at(index);
  death["repeated"] = true;
  death["last_words"] = Json::array();
  for (const std::string& line : words) death["last_words"].push_back(without_addresses(line));
  return death;
}

// Indexes that were given and not run are given to somebody again.
void Driver::give_back(Slot& slot, std::size_t from, std::size_t to) {
  if (from >= to) return;
  if (slot.task == Task::run) {
    waiting_.push_front({slot.indexes[from], slot.indexes[to - 1] + 1});
  } else if (slot.task == Task::check) {
    for (std::size_t i = from; i < to; ++i) checks_[0].push_back(std::move(slot.checks[i]));
    waiting_checks_ += to - from;
  }
}

Result<void> Driver::bury(Slot& slot) {
  const std::string end = slot.worker->end();
  const std::vector<std::string> words = slot.worker->last_words();
  const auto refused = [&](const std::string& what) {
    slot.worker.reset();
    return Error{Errc::invalid, what};
  };
  // What a scenario program says before it ends with 2 is about its options, not about a seed.
  if (end == "exit code 2") return refused(last_line(words));
  const std::size_t begun = slot.worker->begun();
  if (slot.task != Task::none && begun == 0 && ++false_starts_ >= kFalseStarts)
    return refused(options_.command.front() + " ends before it runs anything: " + end + ": " +
                   last_line(words));
  const std::size_t position = begun == 0 ? slot.told : begun - 1;
  give_back(slot, slot.told, position);
  if (begun == 0 && slot.task == Task::confirm) deaths_.push_front(std::move(slot.death));
  if (begun == 0) give_back(slot, position, slot.indexes.size());
  if (begun > 0) {
    give_back(slot, begun, slot.indexes.size());
    Json death = death_of(slot, slot.indexes.at(position), end);
    if (slot.task == Task::run) {
      deaths_.push_back(std::move(death));
    } else if (slot.task == Task::confirm) {
      journal_.append({{"died", std::move(death)}});
      progress_.add(1, 1);
    } else if (slot.task == Task::check) {
      const Check& check = slot.checks.at(position);
      Json differing = Json::array();
      if (death.at("kind") == "crash") {
        differing.push_back({{"index", check.index},
                             {"seed", options_.seeds.at(check.index)},
                             {"first", check.hash},
                             {"second", end}});
      } else {
        death["repeated"] = false;
        journal_.append({{"died", std::move(death)}});
      }
      journal_.append(
          {{"checked", {{"indexes", Json::array({check.index})}, {"differing", differing}}}});
    }
  }
  slot.task = Task::none;
  slot.worker.reset();
  return {};
}

}  // namespace norn::command
