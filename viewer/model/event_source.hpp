// Where the model takes its events from: a trace file, or a vector in a test.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "norn/runtime/result.hpp"
#include "norn/trace/event.hpp"

namespace norn::viewer {

// What a trace says about the run as a whole.
struct RunFacts {
  std::string path = {};  // of the file; "" when there is none
  std::string scenario;
  std::optional<std::uint64_t> seed;
  std::string variant;                 // "" when the scenario has none, or the correct one ran
  std::string replay;                  // the command line that replays it; "" when unknown
  bool complete = true;                // false: the recording was cut short
  std::string incomplete_reason = {};  // how far it goes, in one sentence; "" when it is complete
};

// EventSource is a finished recording. Events come in order of their sequence numbers and of time.
// A payload is valid only while the visitor runs.
class EventSource {
 public:
  using Visitor = std::function<void(const trace::Event&)>;

  virtual ~EventSource() = default;

  virtual RunFacts facts() const = 0;
  virtual std::uint64_t event_count() const = 0;  // a hint; 0 when unknown
  virtual std::uint32_t node_count() const = 0;   // nodes are 1..node_count()
  virtual std::string node_name(trace::NodeId node) const = 0;
  // node_zone() is where a node stands: its zone, else its rack, else its region; "" when it does
  // not say.
  virtual std::string node_zone(trace::NodeId /*node*/) const { return {}; }
  // nodes_meant() are the nodes that a name in a fault means: one, or a group as "zone:a".
  virtual std::vector<trace::NodeId> nodes_meant(const std::string& name) const;
  virtual std::string fiber_name(trace::FiberId fiber) const = 0;  // "" when it has none
  virtual std::string_view string(trace::StringId id) const = 0;
  // for_each() visits all events; its error says where the recording is damaged.
  virtual Result<void> for_each(const Visitor& visit) const = 0;
  // for_each_until() ends when the visitor returns false.
  using Stopper = std::function<bool(const trace::Event&)>;
  virtual Result<void> for_each_until(const Stopper& visit) const {
    bool going = true;
    return for_each([&](const trace::Event& event) { going = going && visit(event); });
  }
  // The time of the last event, when it is known before all are read; 0 otherwise.
  virtual std::int64_t last_time_ns() const { return 0; }
  // for_each_from() visits the events from number `first` on until the visitor says false.
  // Several threads may do so at once.
  virtual Result<void> for_each_from(trace::Seq first, const Stopper& visit) const {
    return for_each_until(
        [&](const trace::Event& event) { return event.seq < first || visit(event); });
  }
  // same_until() is how many events at the beginning are known, without reading them, to be the
  // same in both recordings; there may be more.
  virtual std::uint64_t same_until(const EventSource& /*other*/) const { return 0; }
  // with_event() visits the one event of that number; false when there is none.
  virtual bool with_event(trace::Seq seq, const Visitor& visit) const = 0;

  // Lookup is the way to events of a thread that asks for many of them: it keeps what it decoded
  // last, and shares that with nobody. The source must outlive it.
  class Lookup {
   public:
    virtual ~Lookup() = default;
    virtual bool with_event(trace::Seq seq, const Visitor& visit) = 0;
    // for_each_from() as of the source; the visitor may call with_event().
    virtual Result<void> for_each_from(trace::Seq first, const Stopper& visit) = 0;
  };
  virtual std::unique_ptr<Lookup> lookup() const;
};

}  // namespace norn::viewer
