// What a JudgedHistory keeps of its operations, for the explanation that is hardly ever asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "norn/check/history.hpp"
#include "norn/trace/event.hpp"
#include "workload/value_bytes.hpp"

namespace norn::sim {

// OperationLog holds calls and returns as bytes, about a hundred for an operation, and makes a
// History of them when one is wanted. It grows without moving them.
class OperationLog {
 public:
  struct Where {
    std::int64_t process = 0;
    std::uint64_t number = 0;  // of the operation in the trace
    std::uint32_t life = 0;    // of the node that called it
  };
  struct Function {
    std::string name;
    trace::StringId in_trace = 0;
  };

  OperationLog() { history_.set_name("event"); }

  // What is known of the function of that name; its place until the next call of this.
  Function& function(std::string_view name);
  // `function` is the one of the call. The times and lines of `call` and `how` must be set.
  check::OperationId call(const check::Call& call, const Function& function, const Where& where);
  void ret(check::OperationId operation, const check::Return& how);

  std::size_t size() const { return operations_.size(); }
  const Where& operator[](check::OperationId id) const { return operations_[id]; }

  // All until now. What was made before is only added to.
  const check::History& history() const;

 private:
  // What stands before the values of an event: a key and an argument, or a result.
  struct Event {
    check::OperationId operation = 0;
    std::uint32_t line = 0;
    std::int64_t time_ns = 0;
    std::uint32_t function = 0;  // of a call
    bool call = true;
    check::Outcome outcome = check::Outcome::unknown;  // of a return
  };

  void keep_event();
  void read_event(ValueReader& bytes) const;

  static constexpr std::size_t kBlock = 65'536;

  std::vector<Function> functions_;
  std::vector<Where> operations_;
  ValueWriter event_;                           // which is being written
  std::vector<std::vector<std::byte>> blocks_;  // of whole events
  mutable check::History history_;
  mutable std::size_t made_blocks_ = 0;  // what is in it: whole blocks, and bytes of the next one
  mutable std::size_t made_bytes_ = 0;
};

}  // namespace norn::sim
