#include "check/weaker_registers.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace norn::check {

namespace {

enum class Kind : std::uint8_t { read, write, neither };

Kind kind_of(const Operation& operation) {
  if (operation.function == "read" || operation.function == "get") return Kind::read;
  if (operation.function == "write" || operation.function == "put") return Kind::write;
  return Kind::neither;
}

bool is_nothing(const Value& value) {
  return value.is_nil() || (value.is_string() && value.string().empty());
}

using Written = std::map<std::pair<Value, Value>, OperationId>;  // by key and value
using Sources = std::vector<OperationId>;  // of each operation: the write that it read; kNone

Result<Written> find_writes(const History& history) {
  Written written;
  for (OperationId id = 0; id < history.operations().size(); ++id) {
    const Operation& operation = history.operation(id);
    const Kind kind = kind_of(operation);
    if (kind == Kind::neither) {
      return Error{Errc::invalid, history.place(id) + ": the function " +
                                      to_json(Value(operation.function)) +
                                      " is neither a read nor a write: this needs registers"};
    }
    if (kind == Kind::read || operation.outcome == Outcome::failed) continue;
    const Value key = operation.key.value_or(Value());
    if (is_nothing(operation.argument)) {
      return Error{Errc::invalid,
                   history.place(id) + ": nil is written, which cannot be told from nothing"};
    }
    const auto [found, added] = written.emplace(std::pair(key, operation.argument), id);
    if (!added) {
      return Error{Errc::invalid,
                   history.place(id) + ": " + to_json(operation.argument) +
                       " is written a second time (first: " + history.place(found->second) +
                       "), so that reads do not tell whom they read"};
    }
  }
  return written;
}

// Who is read; `thin_air` tells what is read of nobody.
Sources find_sources(const History& history, const Written& written,
                     std::optional<ConsistencyBreach>& thin_air) {
  Sources source(history.operations().size(), kNone);
  for (OperationId id = 0; id < history.operations().size(); ++id) {
    const Operation& operation = history.operation(id);
    if (kind_of(operation) == Kind::write || operation.outcome != Outcome::ok) continue;
    if (is_nothing(operation.result)) continue;
    const auto found = written.find({operation.key.value_or(Value()), operation.result});
    if (found != written.end()) {
      source[id] = found->second;
    } else if (!thin_air) {
      thin_air.emplace();
      thin_air->pattern = "ThinAirRead";
      thin_air->story =
          "nobody wrote what was read: " + describe(operation) + " (" + history.place(id) + ")";
      thin_air->operations = {id};
    }
  }
  return source;
}

}  // namespace

std::string RegisterHistory::text(std::uint32_t access) const {
  const OperationId id = accesses_[access].id;
  return describe(history_->operation(id)) + " (" + history_->place(id) + ")";
}

ConsistencyBreach RegisterHistory::breach(std::string pattern, std::string story,
                                          const std::vector<std::uint32_t>& accesses) const {
  ConsistencyBreach breach;
  breach.pattern = std::move(pattern);
  breach.story = std::move(story);
  for (const std::uint32_t each : accesses) breach.operations.push_back(accesses_[each].id);
  return breach;
}

std::uint32_t RegisterHistory::last_write(std::uint32_t process, std::uint32_t key,
                                          std::uint32_t count) const {
  const auto found = writes_.find({process, key});
  if (found == writes_.end()) return kNone;
  const std::vector<std::uint32_t>& all = found->second;
  const auto after = std::lower_bound(all.begin(), all.end(), begins_[process] + count);
  return after == all.begin() ? kNone : *std::prev(after);
}

void RegisterHistory::add_access(OperationId id, std::uint32_t key) {
  Access access;
  access.id = id;
  access.process = processes();
  access.place = static_cast<std::uint32_t>(accesses_.size()) - begins_.back();
  access.key = key;
  access.write = kind_of(history_->operation(id)) == Kind::write;
  accesses_.push_back(access);
}

void RegisterHistory::end_process(std::uint32_t begins_after) {
  begins_.push_back(static_cast<std::uint32_t>(accesses_.size()));
  begins_after_.push_back(begins_after);
}

Result<RegisterHistory> RegisterHistory::make(const History& history) {
  const Result<Written> written = find_writes(history);
  if (!written) return written.error();
  RegisterHistory made;
  made.history_ = &history;
  const Sources source = find_sources(history, *written, made.thin_air_);
  std::vector<std::uint8_t> read(history.operations().size(), 0);
  for (const OperationId each : source) {
    if (each != kNone) read[each] = 1;
  }
  std::map<std::int64_t, std::vector<OperationId>> by_process;
  std::map<Value, std::uint32_t> keys;
  for (OperationId id = 0; id < history.operations().size(); ++id) {
    const Operation& operation = history.operation(id);
    if (operation.outcome == Outcome::failed) continue;
    if (operation.outcome == Outcome::unknown &&
        (kind_of(operation) == Kind::read || read[id] == 0)) {
      continue;
    }
    by_process[operation.process].push_back(id);
    keys.emplace(operation.key.value_or(Value()), static_cast<std::uint32_t>(keys.size()));
  }
  const auto key_of = [&](OperationId id) {
    return keys[history.operation(id).key.value_or(Value())];
  };
  made.begins_.push_back(0);
  for (const auto& [process, ids] : by_process) {
    std::vector<std::pair<OperationId, std::uint32_t>> apart;  // and after which access
    for (const OperationId id : ids) {
      if (history.operation(id).outcome == Outcome::ok || id == ids.back()) {
        made.add_access(id, key_of(id));
      } else {
        const auto count = static_cast<std::uint32_t>(made.accesses_.size());
        apart.emplace_back(id, count == made.begins_.back() ? kNone : count - 1);
      }
    }
    made.end_process(kNone);
    for (const auto& [id, after] : apart) {
      made.add_access(id, key_of(id));
      made.end_process(after);
    }
  }
  std::vector<std::uint32_t> access_of(history.operations().size(), kNone);
  for (std::uint32_t i = 0; i < made.accesses_.size(); ++i) {
    const Access& access = made.accesses_[i];
    access_of[access.id] = i;
    if (access.write) made.writes_[{access.process, access.key}].push_back(i);
  }
  for (Access& access : made.accesses_) {
    if (source[access.id] != kNone) access.from = access_of[source[access.id]];
  }
  return made;
}

// A read sees a write that overlaps it, or one that no other write followed before the read began.
std::optional<ConsistencyBreach> find_regularity_breach(const RegisterHistory& registers) {
  const std::vector<Access>& all = registers.accesses();
  const auto returned = [&](std::uint32_t access) {
    const Operation& operation = registers.operation(access);
    return operation.outcome == Outcome::ok ? operation.return_event : kNone;
  };
  // By key: of the writes that returned before some event, the one called last. In the order of
  // their returns, with the greatest call so far.
  struct Past {
    std::uint32_t returned = 0;
    std::uint32_t called = 0;
    std::uint32_t access = 0;
  };
  std::map<std::uint32_t, std::vector<Past>> writes;
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    if (!all[i].write || returned(i) == kNone) continue;
    writes[all[i].key].push_back(
        {.returned = returned(i), .called = registers.operation(i).call_event, .access = i});
  }
  for (auto& [key, list] : writes) {
    std::sort(list.begin(), list.end(),
              [](const Past& a, const Past& b) { return a.returned < b.returned; });
    for (std::size_t i = 1; i < list.size(); ++i) {
      if (list[i - 1].called <= list[i].called) continue;
      list[i].called = list[i - 1].called;
      list[i].access = list[i - 1].access;
    }
  }
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    if (all[i].write) continue;
    const Operation& read = registers.operation(i);
    const std::uint32_t from = all[i].from;
    if (from != kNone && registers.operation(from).call_event > read.return_event) {
      return registers.breach(
          "read from the future",
          registers.text(i) + " saw a write that had not begun: " + registers.text(from),
          {i, from});
    }
    const std::vector<Past>& list = writes[all[i].key];
    const auto after = std::lower_bound(
        list.begin(), list.end(), read.call_event,
        [](const Past& past, std::uint32_t event) { return past.returned < event; });
    if (after == list.begin()) continue;
    const Past& last = *std::prev(after);
    if (from != kNone && (returned(from) == kNone || last.called <= returned(from))) continue;
    return registers.breach(
        "stale read",
        registers.text(i) + " began after a newer write was over: " + registers.text(last.access),
        {i, last.access});
  }
  return std::nullopt;
}

}  // namespace norn::check
