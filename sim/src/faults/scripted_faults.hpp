// ScriptedFaults: the faults that a scenario's own code lets begin, by name.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "norn/runtime/host/process.hpp"
#include "norn/runtime/time.hpp"
#include "norn/sim/fault_plan.hpp"
#include "norn/sim/sim_options.hpp"

namespace norn::sim {

// Each call has a name of what it does, to whom, and how often that was asked for before, so that
// it keeps its name when others are left out.
class ScriptedFaults {
 public:
  explicit ScriptedFaults(const SimOptions& options)
      : left_out_(options.left_out_faults), notes_(options.note_operations) {}

  // next() is the name of the next call that does `what`.
  std::string next(const std::string& what) { return what + " #" + std::to_string(++calls_[what]); }
  // comes_true() is whether it is not left out; then it is noted, if that is asked for.
  bool comes_true(std::string name, TimePoint at) {
    if (std::find(left_out_.begin(), left_out_.end(), name) != left_out_.end()) return false;
    if (notes_) come_true_.push_back({.name = std::move(name), .at = at});
    return true;
  }
  const std::vector<ScriptedFault>& come_true() const { return come_true_; }

  // stays_up() says that a node runs only because its end was left out: then its restart, which
  // would have repaired that, has nothing to do. was_up() asks and forgets it.
  void stays_up(host::NodeId node) { up_.insert(node); }
  bool was_up(host::NodeId node) { return up_.erase(node) > 0; }

 private:
  const std::vector<std::string>& left_out_;
  const bool notes_;
  std::map<std::string, std::uint64_t> calls_;
  std::vector<ScriptedFault> come_true_;
  std::set<host::NodeId> up_;
};

// In words: "partition alice | lock, bob".
inline std::string scripted_words(const Fault& fault) {
  const auto sides = [](const std::vector<std::string>& nodes) {
    std::string text;
    for (const std::string& node : nodes) text.append(text.empty() ? "" : ", ").append(node);
    return text;
  };
  std::string text(name(fault.kind));
  if (!fault.side_a.empty()) text += " " + sides(fault.side_a);
  if (!fault.side_b.empty()) text += " | " + sides(fault.side_b);
  return text;
}

}  // namespace norn::sim
