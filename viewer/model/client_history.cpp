#include "model/client_history.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <map>
#include <set>
#include <utility>

#include "norn/check/model.hpp"

namespace norn::viewer {
namespace {

using trace::EventKind;
using HistoryClock = std::chrono::steady_clock;

constexpr Index kHistoryScan = 16'384;
constexpr std::size_t kHistoryBuild = 256;
constexpr double kReaderSliceMs = 20;
// With a longer way to the next operation it is looked up instead of walked to.
constexpr std::uint64_t kLongWayToNext = 100'000;

// The words of a model's list of functions: "get (read), put (write), append".
std::set<std::string> words_of_functions(const std::string& text) {
  std::set<std::string> out;
  std::string word;
  for (const char c : text + " ") {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-') {
      word += c;
    } else if (!word.empty()) {
      out.insert(std::exchange(word, {}));
    }
  }
  return out;
}

bool has_functions(const std::string& model, const std::set<std::string>& wanted) {
  const auto found = check::find_model(model);
  if (!found) return false;
  const auto known = words_of_functions(found->functions);
  return std::includes(known.begin(), known.end(), wanted.begin(), wanted.end());
}

// The arguments of a call are a list: the key, where there is one, then the argument.
void take_apart(check::Value value, bool keyed, check::Call& call) {
  if (!value.is_list()) {
    call.argument = std::move(value);
    return;
  }
  check::Value::List items = value.list();
  if (keyed && !items.empty()) {
    call.key = std::move(items.front());
    items.erase(items.begin());
  }
  if (items.size() == 1) {
    call.argument = std::move(items.front());
  } else if (!items.empty()) {
    call.argument = check::Value(std::move(items));
  }
}

std::string key_name(const check::Value& key) {
  return key.is_string() ? key.string() : check::to_json(key);
}

}  // namespace

ClientHistory::ClientHistory(const TraceModel& model)
    : model_(&model), history_(std::make_shared<check::History>()) {
  history_->set_name("the trace");
}

void ClientHistory::fail(Index event, const std::string& why) {
  problem_ = "event " + std::to_string(model_->events().seq(event)) + ": " + why;
  done_ = true;
}

void ClientHistory::read(const trace::Event& event) {
  Raw raw{.event = events_[raw_.size()],
          .is_call = event.kind == EventKind::op_call,
          .client = event.a,
          .number = event.b,
          .outcome = static_cast<check::Outcome>(std::min<std::uint64_t>(event.c, 2)),
          .function = event.text,
          .value = {}};
  const std::string_view text(reinterpret_cast<const char*>(event.payload.data()),
                              event.payload.size());
  if (!text.empty()) {
    auto parsed = check::parse_json(text);
    if (!parsed) return fail(raw.event, parsed.error().message);
    raw.value = std::move(*parsed);
  }
  raw_.push_back(std::move(raw));
}

// False when time is over before all were read.
bool ClientHistory::read_events(double milliseconds) {
  const auto until = HistoryClock::now() + std::chrono::duration<double, std::milli>(milliseconds);
  const EventTable& events = model_->events();
  while (!done_ && raw_.size() < events_.size()) {
    const std::size_t before = raw_.size();
    const auto walked = model_->source().for_each_from(
        events.seq(events_[raw_.size()]), [&](const trace::Event& event) {
          const trace::Seq next = events.seq(events_[raw_.size()]);
          if (event.seq < next) return next - event.seq < kLongWayToNext;
          read(event);
          return !done_ && raw_.size() < events_.size() && HistoryClock::now() < until;
        });
    if (!walked) fail(events_[before], walked.error().message);
    if (!done_ && raw_.size() == before) fail(events_[before], "it cannot be read");
    if (HistoryClock::now() >= until) return false;
  }
  return true;
}

// Keys are told apart where all is what key-value stores do, and every call has arguments.
void ClientHistory::decide_keys() {
  decided_ = true;
  std::set<std::string> functions;
  bool lists = true;
  for (const Raw& raw : raw_) {
    if (!raw.is_call) continue;
    const std::string function(model_->source().string(raw.function));
    const bool reads = function == "get" || function == "read" || function == "delete";
    functions.insert(function);
    // A key alone for what reads, a key and a value for what writes.
    lists = lists && raw.value.is_list() && raw.value.list().size() >= (reads ? 1U : 2U);
  }
  keyed_ = !functions.empty() && lists && has_functions("kv", functions);
}

void ClientHistory::build(Raw raw) {
  const std::int64_t time_ns = model_->events().time_ns(raw.event);
  const trace::Seq seq = model_->events().seq(raw.event);
  const auto line = static_cast<std::uint32_t>(std::min<trace::Seq>(seq, check::kNone - 1));
  if (raw.is_call) {
    check::Call call{.process = static_cast<std::int64_t>(raw.client),
                     .function = std::string(model_->source().string(raw.function)),
                     .time_ns = time_ns,
                     .line = line};
    take_apart(std::move(raw.value), keyed_, call);
    const auto id = history_->call(std::move(call));
    if (!id) return fail(raw.event, id.error().message);
    numbers_[raw.number] = *id;
    by_event_[raw.event] = *id;
    return;
  }
  const auto found = numbers_.find(raw.number);
  if (found == numbers_.end()) {
    return fail(raw.event,
                "operation " + std::to_string(raw.number) + " returns, but was not called");
  }
  const auto returned = history_->ret(
      found->second,
      {.outcome = raw.outcome, .result = std::move(raw.value), .time_ns = time_ns, .line = line});
  if (!returned) return fail(raw.event, returned.error().message);
  by_event_[raw.event] = found->second;
}

void ClientHistory::advance(double milliseconds) {
  const auto begin = HistoryClock::now();
  const auto left = [&] {
    const std::chrono::duration<double, std::milli> spent = HistoryClock::now() - begin;
    return milliseconds - spent.count();
  };
  const EventTable& events = model_->events();
  while (!done_ && scanned_ < events.size()) {
    const Index end = std::min(events.size(), scanned_ + kHistoryScan);
    for (; scanned_ < end; ++scanned_) {
      const EventKind kind = events.kind(scanned_);
      if (kind == EventKind::op_call || kind == EventKind::op_return) events_.push_back(scanned_);
    }
    if (left() <= 0) return;
  }
  if (done_ || !read_events(left())) return;
  if (done_) return;
  if (!decided_) decide_keys();
  while (!done_ && built_ < raw_.size()) {
    const std::size_t end = std::min(raw_.size(), built_ + kHistoryBuild);
    while (!done_ && built_ < end) build(std::move(raw_[built_++]));
    if (left() <= 0) break;
  }
  if (built_ < raw_.size()) return;
  raw_ = {};
  built_ = 0;
  events_ = {};
  done_ = true;
}

Index ClientHistory::call_event(OperationId id) const {
  return model_->events().index_of(history_->operation(id).call_line);
}

Index ClientHistory::return_event(OperationId id) const {
  const check::Operation& operation = history_->operation(id);
  if (operation.return_event == check::kNone) return kNone;
  return model_->events().index_of(operation.return_line);
}

OperationId ClientHistory::operation_of(Index event) const {
  const auto found = by_event_.find(event);
  return found == by_event_.end() ? check::kNone : found->second;
}

double ClientHistory::end_ns(OperationId id) const {
  const check::Operation& operation = history_->operation(id);
  return static_cast<double>(operation.return_event == check::kNone ? model_->events().end_ns()
                                                                    : operation.return_ns);
}

HistoryRow& ClientHistory::add_row(std::vector<HistoryRow>& rows, std::string name) const {
  HistoryRow& row = rows.emplace_back();
  row.name = std::move(name);
  row.failed = {0};
  row.unknown = {0};
  return row;
}

void ClientHistory::add_to_row(HistoryRow& row, OperationId id) const {
  const check::Outcome outcome = history_->operation(id).outcome;
  row.operations.push_back(id);
  row.failed.push_back(row.failed.back() + (outcome == check::Outcome::failed ? 1 : 0));
  row.unknown.push_back(row.unknown.back() + (outcome == check::Outcome::unknown ? 1 : 0));
}

const std::vector<HistoryRow>& ClientHistory::by_client() {
  if (by_client_) return *by_client_;
  std::map<std::int64_t, std::vector<OperationId>> clients;
  const auto operations = history_->operations();
  for (OperationId id = 0; id < operations.size(); ++id)
    clients[operations[id].process].push_back(id);
  by_client_.emplace();
  for (const auto& [client, ids] : clients) {
    const Index event = call_event(ids.front());
    const trace::NodeId node = event == kNone ? 0 : model_->events().node(event);
    std::string name = "client " + std::to_string(client);
    if (node != 0) name += " on " + std::string(model_->node_name(node));
    HistoryRow& row = add_row(*by_client_, std::move(name));
    for (const OperationId id : ids) add_to_row(row, id);
  }
  return *by_client_;
}

const std::vector<HistoryRow>& ClientHistory::by_key() {
  if (by_key_) return *by_key_;
  std::map<std::string, std::vector<OperationId>> keys;
  const auto operations = history_->operations();
  for (OperationId id = 0; id < operations.size(); ++id) {
    const auto& key = operations[id].key;
    keys[key ? key_name(*key) : "all"].push_back(id);
  }
  by_key_.emplace();
  for (const auto& [key, ids] : keys) {
    // Into the first row that is free, as people would stack them.
    const std::size_t first = by_key_->size();
    for (const OperationId id : ids) {
      const auto call = static_cast<double>(operations[id].call_ns);
      std::size_t at = first;
      while (at < by_key_->size() && end_ns((*by_key_)[at].operations.back()) > call) ++at;
      if (at == by_key_->size()) add_row(*by_key_, at == first ? key : std::string());
      add_to_row((*by_key_)[at], id);
    }
  }
  return *by_key_;
}

std::vector<HistoryBar> ClientHistory::bars(const HistoryRow& row,
                                            const HistoryBarQuery& query) const {
  std::vector<HistoryBar> out;
  const auto& ids = row.operations;
  const auto call_ns = [&](OperationId id) {
    return static_cast<double>(history_->operation(id).call_ns);
  };
  // Operations of a row do not overlap: their ends are in order too.
  auto at = std::lower_bound(ids.begin(), ids.end(), query.begin_ns,
                             [&](OperationId id, double t) { return end_ns(id) < t; });
  while (at != ids.end() && call_ns(*at) <= query.end_ns) {
    HistoryBar bar{.begin_ns = call_ns(*at), .end_ns = end_ns(*at), .first = *at};
    auto next = at + 1;
    if (bar.end_ns - bar.begin_ns < query.fold_ns) {
      next = std::lower_bound(
          next, ids.end(), bar.begin_ns + query.fold_ns,
          [&](OperationId id, double t) { return call_ns(id) < t && end_ns(id) < t; });
      bar.end_ns = std::max(bar.end_ns, end_ns(*(next - 1)));
    }
    const auto from = static_cast<std::size_t>(at - ids.begin());
    const auto to = static_cast<std::size_t>(next - ids.begin());
    bar.at = from;
    bar.count = static_cast<std::uint32_t>(to - from);
    if (row.failed[to] > row.failed[from]) bar.worst = check::Outcome::failed;
    if (row.unknown[to] > row.unknown[from]) bar.worst = check::Outcome::unknown;
    bar.open = bar.count == 1 && history_->operation(*at).return_event == check::kNone;
    out.push_back(bar);
    at = next;
  }
  return out;
}

std::string ClientHistory::guess_model() const {
  std::set<std::string> functions;
  for (const check::Operation& operation : history_->operations())
    functions.insert(operation.function);
  if (functions.empty()) return {};
  if (keyed_) return "kv";
  static const std::vector<std::string> kModels = {
      "register", "cas-register", "counter", "set", "queue",     "lock",
      "log",      "fenced-lock",  "bank",    "kv",  "unique-ids"};
  const auto found = std::find_if(kModels.begin(), kModels.end(), [&](const std::string& model) {
    return has_functions(model, functions);
  });
  return found == kModels.end() ? std::string() : *found;
}

HistoryReader::HistoryReader(const TraceModel& model, Index most_inline)
    : history_(std::make_unique<ClientHistory>(model)) {
  if (model.events().size() <= most_inline) return;
  thread_ = std::jthread([this](const std::stop_token& stop) {
    while (!history_->done()) {
      if (stop.stop_requested()) return;
      history_->advance(kReaderSliceMs);
    }
    if (history_->problem().empty()) {
      history_->by_client();
      history_->by_key();
      fitting_model_ = history_->guess_model();
    }
    done_ = true;
  });
}

HistoryReader::~HistoryReader() = default;

bool HistoryReader::advance(double milliseconds) {
  if (thread_.joinable()) return done_;
  history_->advance(milliseconds);
  if (history_->done()) fitting_model_ = history_->guess_model();
  return history_->done();
}

HistoryCheck::HistoryCheck(std::shared_ptr<const check::History> history, Options options)
    : options_(std::move(options)), shared_(std::make_shared<Shared>()) {
  thread_ = std::thread([history = std::move(history), asked = options_, shared = shared_] {
    work(history, asked, *shared);
    shared->done = true;
  });
}

HistoryCheck::~HistoryCheck() {
  cancel();
  if (!thread_.joinable()) return;
  // The thread owns all that it uses, and ends after the budget it is at.
  if (done()) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void HistoryCheck::wait() {
  if (thread_.joinable()) thread_.join();
}

void HistoryCheck::work(const std::shared_ptr<const check::History>& history,
                        const Options& options, Shared& shared) {
  const auto model = check::find_model(options.model);
  if (!model) {
    shared.outcome.problem = "there is no model '" + options.model + "'";
    return;
  }
  constexpr std::uint64_t kFirstBudget = 1'000'000;
  for (std::uint64_t budget = std::min(kFirstBudget, options.budget);;) {
    auto result = check::check_linearizability(*history, *model, {.budget = budget});
    if (!result) {
      shared.outcome.problem = result.error().message;
      return;
    }
    shared.outcome.result = std::move(*result);
    const bool last = budget >= options.budget || shared.cancelled;
    if (shared.outcome.result.verdict != check::Verdict::unknown || last) break;
    budget = std::min(budget * 4, options.budget);
  }
  if (shared.outcome.result.misfit)
    shared.outcome.words = check::explain(*history, *shared.outcome.result.misfit);
}

}  // namespace norn::viewer
