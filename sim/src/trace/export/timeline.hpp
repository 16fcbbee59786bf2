// A trace as slices, instants and counters on tracks: what Chrome's trace viewer and Perfetto draw.
#pragma once

#include <cstdint>
#include <map>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "norn/trace/describe.hpp"
#include "trace/export/flows.hpp"

namespace norn::trace {

// A track belongs to a process: the simulation is process 1, node n is process n + 1. The first
// track of a process has its number, if the trace has a name for the node.
using TrackNumber = std::uint32_t;

struct TimelineArgument {
  std::string_view key;
  std::string_view text = {};
  std::uint64_t number = 0;
  bool is_number = false;
};

struct TimelineMark {
  TrackNumber track = 0;
  std::uint32_t process = 0;
  std::int64_t time_ns = 0;
  std::string_view name = {};
  bool rare_name = false;  // hardly any other mark has it
  std::string_view category = {};
  std::span<const TimelineArgument> arguments = {};
  Seq flow = 0;            // 0: none
  bool flow_ends = false;  // here; else it begins here
  bool global = false;     // concerns all
};

// TimelineSink is told everything in the order of time. A process is told before its tracks, a
// track before its marks. Slices of a track nest.
class TimelineSink {
 public:
  virtual ~TimelineSink() = default;
  virtual void process(std::uint32_t process, std::string_view name) = 0;
  virtual void track(TrackNumber track, std::uint32_t process, std::string_view name) = 0;
  virtual void begin(const TimelineMark& mark) = 0;
  virtual void end(TrackNumber track, std::uint32_t process, std::int64_t time_ns,
                   std::span<const TimelineArgument> arguments) = 0;
  // A slice of no length.
  virtual void moment(const TimelineMark& mark) = 0;
  virtual void instant(const TimelineMark& mark) = 0;
  virtual void counter(std::uint32_t process, std::string_view name, std::int64_t time_ns,
                       std::string_view value) = 0;
  // Asked after each event: false when nothing more can be written.
  virtual bool keep_going() = 0;
};

// Timeline makes a timeline of the events that it is given. What it keeps is bounded by the numbers
// of nodes and clients, and of fibers and faults that live at the same time.
class Timeline {
 public:
  Timeline(const Reader& reader, TimelineSink& sink);

  // flow: see Flows::next().
  void add(const Event& event, Seq flow);
  // Ends all slices that are still open.
  void finish(std::int64_t time_ns);

 private:
  enum class Doing : std::uint8_t { unknown, running, blocked };
  struct Track {
    TrackNumber number = 0;
    std::uint32_t process = 0;
    std::uint32_t open = 0;  // slices
    Doing doing = Doing::unknown;
  };
  using Key = std::uint64_t;

  struct Node {
    Track main;
    std::vector<FiberId> fibers;  // that live
    std::vector<std::uint64_t> clients;
  };

  Node& node_of(NodeId node);
  Track& main_track(NodeId node) { return node_of(node).main; }
  Track& fiber_track(FiberId fiber, NodeId node);
  Track& client_track(std::uint64_t client, NodeId node);
  Track& fault_lane(std::uint64_t fault);
  Track make_track(std::uint32_t process, const std::string& name);
  Track& where(const Event& event);

  void begin(Track& track, const Event& event, std::string_view name, std::string_view category,
             std::span<const TimelineArgument> arguments = {});
  void end(Track& track, std::int64_t time_ns, std::span<const TimelineArgument> arguments = {});
  void end_all(Track& track, std::int64_t time_ns);
  void mark(Track& track, const Event& event, std::string_view name, std::string_view category,
            std::span<const TimelineArgument> arguments, bool rare_name = false);
  void set_doing(Track& track, const Event& event, Doing doing, std::string_view name);

  void note_activity(const Event& event);
  void add_node_event(const Event& event);
  void add_fiber_event(const Event& event);
  void add_message(const Event& event, Seq flow);
  void add_operation(const Event& event);
  void add_fault(const Event& event);
  void add_state(const Event& event);
  void add_other(const Event& event);
  void end_node(NodeId node, std::int64_t time_ns);

  const Reader& reader_;
  TimelineSink& sink_;
  TrackNumber next_track_;
  std::map<NodeId, Node> nodes_;
  std::unordered_map<FiberId, Track> fibers_;  // that live
  std::unordered_map<Key, Track> clients_;
  std::vector<Track> lanes_;                               // for faults
  std::unordered_map<std::uint64_t, std::size_t> faults_;  // that last: where
};

// Tells a sink the part of a trace that options describe.
Result<void> tell_timeline(const Reader& reader, const ExportOptions& options, TimelineSink& sink);

}  // namespace norn::trace
