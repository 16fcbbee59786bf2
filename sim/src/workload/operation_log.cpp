#include "workload/operation_log.hpp"

#include <algorithm>
#include <utility>

namespace norn::sim {

using check::Value;

OperationLog::Function& OperationLog::function(std::string_view name) {
  const auto found = std::find_if(functions_.begin(), functions_.end(),
                                  [&](const Function& each) { return each.name == name; });
  return found != functions_.end() ? *found : functions_.emplace_back(Function{std::string(name)});
}

void OperationLog::keep_event() {
  const std::span<const std::byte> bytes = event_.bytes();
  if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < bytes.size())
    blocks_.emplace_back().reserve(std::max(kBlock, bytes.size()));
  blocks_.back().insert(blocks_.back().end(), bytes.begin(), bytes.end());
}

check::OperationId OperationLog::call(const check::Call& call, const Function& function,
                                      const Where& where) {
  static const Value kNoKey;
  const auto id = static_cast<check::OperationId>(operations_.size());
  operations_.push_back(where);
  event_.clear();
  event_.put(Event{.operation = id,
                   .line = call.line,
                   .time_ns = *call.time_ns,
                   .function = static_cast<std::uint32_t>(&function - functions_.data())});
  event_.put(call.key ? *call.key : kNoKey);
  event_.put(call.argument);
  keep_event();
  return id;
}

void OperationLog::ret(check::OperationId operation, const check::Return& how) {
  event_.clear();
  event_.put(Event{.operation = operation,
                   .line = how.line,
                   .time_ns = *how.time_ns,
                   .call = false,
                   .outcome = how.outcome});
  event_.put(how.result);
  keep_event();
}

void OperationLog::read_event(ValueReader& bytes) const {
  const auto event = bytes.take<Event>();
  if (!event.call) {
    history_
        .ret(event.operation, {.outcome = event.outcome,
                               .result = bytes.take_value(),
                               .time_ns = event.time_ns,
                               .line = event.line})
        .value();
    return;
  }
  check::Call call{.process = operations_[event.operation].process,
                   .function = functions_[event.function].name,
                   .time_ns = event.time_ns,
                   .line = event.line};
  call.key = bytes.take_value();  // nil is none to a History
  call.argument = bytes.take_value();
  history_.call(std::move(call)).value();
}

const check::History& OperationLog::history() const {
  for (; made_blocks_ < blocks_.size(); ++made_blocks_, made_bytes_ = 0) {
    const std::vector<std::byte>& block = blocks_[made_blocks_];
    ValueReader bytes{std::span(block).subspan(made_bytes_)};
    while (!bytes.at_end()) read_event(bytes);
    made_bytes_ = block.size();
    if (made_blocks_ + 1 == blocks_.size()) break;  // it may still grow
  }
  return history_;
}

}  // namespace norn::sim
