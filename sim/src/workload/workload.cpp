#include "norn/sim/workload.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/distributions.hpp"
#include "engine/log_uniform.hpp"
#include "norn/runtime/assert.hpp"
#include "norn/runtime/message.hpp"
#include "norn/runtime/operation.hpp"

namespace norn {
namespace {

using check::Call;
using check::Value;

struct Function {
  std::string_view name;
  std::int64_t weight;
};

// Half reads, where there are some: a checker sees only what is read.
std::vector<Function> functions_of(WorkloadKind kind) {
  switch (kind) {
    case WorkloadKind::reg:
      return {{"read", 5}, {"write", 3}, {"cas", 2}};
    case WorkloadKind::append_list:
      return {{"get", 5}, {"append", 5}};
    case WorkloadKind::transactions:
      return {{"txn", 1}};
    case WorkloadKind::bank:
      return {{"transfer", 5}, {"read", 5}};
    case WorkloadKind::set:
    case WorkloadKind::counter:
      return {{"add", 5}, {"read", 5}};
    case WorkloadKind::queue:
      return {{"enqueue", 5}, {"dequeue", 5}};
    case WorkloadKind::unique_ids:
      return {{"generate", 1}};
    case WorkloadKind::lock:
      return {{"acquire", 1}};
    case WorkloadKind::lease:
      return {{"write", 4}, {"release", 1}};
    case WorkloadKind::log:
      return {{"append", 5}, {"read", 5}};
  }
  return {};
}

std::vector<WorkloadPart> parts_of(WorkloadKind kind) {
  std::vector<WorkloadPart> parts;
  for (const Function& function : functions_of(kind))
    parts.push_back({.name = function.name, .weight = function.weight});
  return parts;
}

// 1 / rank^(skew / 1000), in units of 2^-30; never nothing.
std::uint64_t zipf_weight(std::uint64_t rank, std::uint32_t skew_permille) {
  constexpr std::uint64_t kOne = 30;
  constexpr std::uint64_t kPermille = 1000;
  namespace logs = sim::log_uniform_detail;
  const std::uint64_t fall = logs::log2(rank) * skew_permille / kPermille;
  const std::uint64_t whole = kOne << logs::kFraction;
  return fall >= whole ? 1 : std::max<std::uint64_t>(1, logs::exp2(whole - fall));
}

}  // namespace

std::string_view name(WorkloadKind kind) {
  constexpr std::array<std::string_view, 11> kNames = {
      "register", "append-list", "transactions", "bank",  "set", "queue",
      "counter",  "unique-ids",  "lock",         "lease", "log"};
  return kNames.at(static_cast<std::size_t>(kind));
}

Workload::Workload(WorkloadKind kind, WorkloadOptions options)
    : kind_(kind), options_(std::move(options)), mix_(options_.name, parts_of(kind)) {
  NORN_ASSERT(options_.keys > 0, "a Workload needs at least one key");
  NORN_ASSERT(options_.think_min <= options_.think_max, "think_min exceeds think_max");
  NORN_ASSERT(options_.most_in_transaction > 0, "a transaction has at least one part");
  NORN_ASSERT(kind != WorkloadKind::bank || options_.keys > 1, "a bank has two accounts at least");
  std::uint64_t sum = 0;
  for (std::uint64_t rank = 1; rank <= options_.keys; ++rank) {
    sum += zipf_weight(rank, options_.skew_permille);
    key_up_to_.push_back(sum);
  }
}

std::optional<check::Model> Workload::model(WorkloadKind kind, const WorkloadOptions& options) {
  switch (kind) {
    case WorkloadKind::reg:
      return check::cas_register_model();
    case WorkloadKind::append_list:
      return check::key_value_model();
    case WorkloadKind::bank: {
      Value::Map accounts;
      for (std::uint64_t i = 0; i < options.keys; ++i)
        accounts.push_back({"k" + std::to_string(i), options.balance});
      return check::bank_model({.initial = Value(std::move(accounts)), .may_be_negative = false});
    }
    case WorkloadKind::set:
      return check::set_model();
    case WorkloadKind::queue:
      return check::queue_model();
    case WorkloadKind::counter:
      return check::counter_model();
    case WorkloadKind::lock:
      return check::lock_model();
    case WorkloadKind::lease:
      return check::fenced_lock_model();
    case WorkloadKind::log:
      return check::log_model();
    case WorkloadKind::unique_ids:
      return check::unique_id_model();
    case WorkloadKind::transactions:
      break;
  }
  return std::nullopt;
}

Random Workload::draws() const {
  return random(options_.name);
}

// An open workload has a time for each call, whenever the last one was answered.
void Workload::wait() {
  if (options_.per_second == 0) {
    if (options_.think_max > Duration::zero())
      sleep_for(draws().between(options_.think_min, options_.think_max));
    return;
  }
  constexpr Duration kSecond = std::chrono::seconds(1);
  const Duration mean = kSecond / static_cast<std::int64_t>(options_.per_second);
  if (made_ == 0) next_at_ = now();
  next_at_ += sim::exponential(draws().bits(), mean);
  if (next_at_ > now()) sleep_until(next_at_);
}

std::optional<Call> Workload::next() {
  for (;;) {
    if (made_ == options_.operations) return std::nullopt;
    if (operation_wanted()) break;
    ++made_;
    next_at_ = now();  // an open workload has no arrears of what was left out
  }
  wait();
  ++made_;
  Call call = draw();
  call.process = self().id();
  return call;
}

// Different for every call of every client, in whatever life: a value that is read says who wrote
// it.
Value Workload::unique() {
  constexpr std::uint64_t kValues = std::uint64_t{1} << 53U;  // exact in every JSON reader
  return static_cast<std::int64_t>(draws().below(kValues));
}

Value Workload::key() {
  const std::uint64_t drawn = draws().below(key_up_to_.back());
  const auto found = std::upper_bound(key_up_to_.begin(), key_up_to_.end(), drawn);
  return "k" + std::to_string(found - key_up_to_.begin());
}

Call Workload::draw() {
  const std::size_t function = mix_.pick();
  Call call{.function = std::string(functions_of(kind_)[function].name)};
  switch (kind_) {
    case WorkloadKind::reg:
      return draw_register(function);
    case WorkloadKind::bank:
      return draw_bank(function);
    case WorkloadKind::lease:
      return draw_lease(function);
    case WorkloadKind::append_list:
      call.key = key();
      if (call.function == "append") call.argument = std::to_string(unique().integer()) + ";";
      break;
    case WorkloadKind::transactions:
      call.argument = draw_transaction();
      break;
    case WorkloadKind::counter:
      call.key = key();
      if (call.function == "add") call.argument = draws().between(1, 9);
      break;
    case WorkloadKind::set:
    case WorkloadKind::queue:
    case WorkloadKind::log:
      call.key = key();
      if (call.function != "read" && call.function != "dequeue") call.argument = unique();
      break;
    case WorkloadKind::lock:
      call.key = "lock";
      if (held_) call.function = "release";
      break;
    case WorkloadKind::unique_ids:
      break;
  }
  return call;
}

Call Workload::draw_register(std::size_t function) {
  Call call{.function = std::string(functions_of(kind_)[function].name), .key = key()};
  if (call.function == "write") call.argument = unique();
  if (call.function == "cas") call.argument = Value::List{last_read_, unique()};
  return call;
}

Call Workload::draw_bank(std::size_t function) {
  Call call{.function = std::string(functions_of(kind_)[function].name)};
  if (call.function == "read") return call;
  Value from = key();
  Value to = key();
  while (to == from) to = key();
  call.argument = Value::Map{
      {"from", std::move(from)}, {"to", std::move(to)}, {"amount", draws().between(1, 5)}};
  return call;
}

Call Workload::draw_lease(std::size_t function) {
  if (!token_) return {.function = "acquire", .key = "lease"};
  Call call{.function = std::string(functions_of(kind_)[function].name), .key = "lease"};
  if (call.function == "write") call.argument = *token_;
  if (call.function == "release") token_.reset();
  return call;
}

Value Workload::draw_transaction() {
  const std::uint64_t count = draws().below(options_.most_in_transaction) + 1;
  Value::List operations;
  for (std::uint64_t i = 0; i < count; ++i) {
    Value on = key();
    if (draws().chance(1, 2)) {
      operations.push_back(Value::List{"r", std::move(on), Value()});
    } else {
      operations.push_back(Value::List{"append", std::move(on), unique()});
    }
  }
  return operations;
}

void Workload::answered(const Call& call, const Value& result) {
  if (kind_ == WorkloadKind::reg && call.function == "read") last_read_ = result;
  const bool refused = result.is_boolean() && !result.boolean();
  if (kind_ == WorkloadKind::lock) held_ = call.function == "acquire" && !refused;
  if (kind_ == WorkloadKind::lease && call.function == "acquire" && result.is_integer())
    token_ = result.integer();
}

}  // namespace norn
