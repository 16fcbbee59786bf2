// Which events pass a filter, found a slice at a time so that no frame waits for it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/filter_expression.hpp"
#include "model/trace_model.hpp"

namespace norn::viewer {

// Kinds of events as a person switches them on and off.
enum class KindGroup : std::uint8_t {
  messages,
  losses,
  timers,
  fibers,
  files,
  state,
  log,
  operations,
  faults,
  choices,
  properties
};
inline constexpr std::size_t kKindGroups = 11;
std::string_view name(KindGroup group);
KindGroup group_of(trace::EventKind kind);

// What is asked for: an expression (see filter_expression.hpp), and what is switched off.
struct FilterSpec {
  std::string text = {};
  std::array<bool, kKindGroups> hidden_groups = {};
  std::vector<bool> hidden_nodes = {};  // by NodeId; 0 is the simulation itself; may be shorter

  bool operator==(const FilterSpec&) const = default;
  bool hides_group(KindGroup group) const {
    return hidden_groups.at(static_cast<std::size_t>(group));
  }
  bool hides_node(trace::NodeId node) const {
    return node < hidden_nodes.size() && hidden_nodes[node];
  }
  void hide_node(trace::NodeId node, bool hidden);
  // Whether nothing is switched off.
  bool shows_all_chips() const;
};

// EventFilter keeps the events that pass, in order. Events that it has not come to yet do not pass.
// What columns decide is decided by columns; other events are decoded, those of a block in one go.
class EventFilter {
 public:
  explicit EventFilter(const TraceModel& model);

  // set() starts anew when the spec differs from the last one. False: the text has a problem, and
  // what was found before stays.
  bool set(const FilterSpec& spec);
  const FilterSpec& spec() const { return spec_; }
  const std::optional<FilterProblem>& problem() const { return problem_; }

  // active() is false when everything passes; the functions below then cost nothing.
  bool active() const { return active_; }
  bool done() const { return !active_ || next_ >= model_->events().size() || stopped_; }
  bool stopped() const { return stopped_; }
  // The share that was looked at, 0 to 1.
  double progress() const;
  // advance() looks at events for about so long. run() does all of it.
  void advance(double milliseconds);
  void run();
  // stop() keeps what was found so far.
  void stop() { stopped_ = true; }

  bool passes(Index event) const {
    return !active_ || (event < next_ && ((bits_[event / 64] >> (event % 64)) & 1U) != 0);
  }
  // How many passed, and the one at a position.
  Index count() const {
    return active_ ? static_cast<Index>(found_.size()) : model_->events().size();
  }
  Index at(Index position) const { return active_ ? found_[position] : position; }
  // position_of() is the position of the first that passes at or after the event; count() if none.
  Index position_of(Index event) const;

 private:
  bool chips_pass(Index event) const;
  void look_at_block(Index begin, Index end);
  void take(Index event, const trace::Event* decoded);

  const TraceModel* model_;
  FilterSpec spec_;
  std::optional<FilterProblem> problem_;
  FilterExpression expression_;
  bool active_ = false;
  bool chips_ = false;
  bool stopped_ = false;
  Index next_ = 0;
  std::vector<std::uint64_t> bits_;
  std::vector<Index> found_;
  std::vector<Index> needed_;  // of the block that is looked at
};

}  // namespace norn::viewer
