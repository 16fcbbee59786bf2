// Which events pass a filter, found by threads or a slice at a time, so that no frame waits for it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/filter_expression.hpp"
#include "model/filter_index.hpp"
#include "model/ranked_bits.hpp"
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

// EventFilter knows which events pass. Short traces are looked through where advance() is called,
// longer ones by threads of its own, from the begin to the end. What columns decide is decided by
// columns; other events are decoded.
class EventFilter {
 public:
  struct Options {
    bool indexed = false;         // keeps index(), for views of many events
    Index most_inline = 250'000;  // with more events, threads search
  };
  explicit EventFilter(const TraceModel& model) : EventFilter(model, Options()) {}
  EventFilter(const TraceModel& model, Options options);
  ~EventFilter();
  EventFilter(const EventFilter&) = delete;
  EventFilter& operator=(const EventFilter&) = delete;

  // set() starts anew when the spec differs from the last one. False: the text has a problem, and
  // what was found before stays.
  bool set(const FilterSpec& spec);
  const FilterSpec& spec() const { return spec_; }
  const std::optional<FilterProblem>& problem() const { return problem_; }
  // version() changes whenever another question begins to be answered.
  std::uint64_t version() const { return version_; }

  // active() is false when everything passes; the functions below then cost nothing.
  bool active() const { return active_; }
  bool searched() const { return !active_ || stopped_ || known() >= model_->events().size(); }
  bool done() const { return searched() && (!active_ || stopped_ || !index_ || index_->done()); }
  bool stopped() const { return stopped_; }
  // The share that was looked at, 0 to 1.
  double progress() const;
  // advance() takes over what was found, and works for about so long; true when there is something
  // new. run() does all of it.
  bool advance(double milliseconds);
  void run();
  // stop() keeps what was found so far.
  void stop();

  // passes() is false of what was not looked at yet; may_pass() is true of it.
  bool passes(Index event) const { return !active_ || (event < known() && bits_.at(event)); }
  bool may_pass(Index event) const { return !active_ || event == kNone || bits_.at(event); }
  bool may_pass(const Message& message) const {
    return may_pass(message.send) || (message.end != kNone && may_pass(message.end));
  }
  // How many passed, and the one at a position.
  Index count() const {
    return active_ ? static_cast<Index>(bits_.count()) : model_->events().size();
  }
  Index at(Index position) const {
    return active_ ? static_cast<Index>(bits_.nth(position)) : position;
  }
  // position_of() is the position of the first that passes at or after the event; count() if none.
  Index position_of(Index event) const;
  // may_pass_between() is how many events in [begin, end) pass or may pass.
  Index may_pass_between(Index begin, Index end) const {
    return active_ ? static_cast<Index>(bits_.between(begin, end)) : end - begin;
  }
  // next() is the first event from that one on that passes or may pass, previous() the last one
  // before it; kNone when there is none.
  Index next(Index event) const;
  Index previous(Index event) const;
  // index() of an indexed filter while it is active; null otherwise.
  const FilterIndex* index() const { return active_ && index_ ? &*index_ : nullptr; }

 private:
  class Search;
  struct Job;

  Index known() const { return static_cast<Index>(bits_.size()); }
  void begin_search();
  void give_up_job();
  bool take_over();
  bool search_here(FilterIndex::Clock::time_point deadline);

  const TraceModel* model_;
  Options options_;
  FilterSpec spec_;
  std::optional<FilterProblem> problem_;
  FilterSpec searched_for_;  // the last one without a problem
  bool active_ = false;
  bool stopped_ = false;
  std::uint64_t version_ = 0;
  RankedBits bits_;
  std::optional<FilterIndex> index_;
  std::unique_ptr<Search> search_;         // of a short trace
  std::unique_ptr<Job> job_;               // of a long one
  std::vector<std::unique_ptr<Job>> old_;  // that were given up and may still run
};

}  // namespace norn::viewer
