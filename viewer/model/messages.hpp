// Messages: each send paired with what became of it, by link, ready to be asked "what is visible
// here?".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "model/event_table.hpp"
#include "norn/trace/event.hpp"

namespace norn::viewer {

enum class Fate : std::uint8_t { delivered, lost, in_flight };

// One copy of one message. A duplicated message has several, all with the same send.
struct Message {
  Index send = kNone;
  Index end = kNone;  // its deliver or drop; kNone while in flight at the end of the trace
  Fate fate = Fate::in_flight;
  bool duplicate : 1 = false;  // not the first copy to arrive
  bool held : 1 = false;       // kept back by a hold on its link
  bool slow : 1 = false;       // took more than kSlowFactor times the typical latency
};

// The messages of one directed link, in order of sending.
struct Link {
  trace::NodeId from = 0;
  trace::NodeId to = 0;  // 0: a name that no node has
  std::vector<Message> messages;
  std::vector<std::uint32_t> lost;       // positions in `messages`
  std::vector<std::int64_t> latest_end;  // of all messages up to the end of each block of kBlock
};

// MessageIndex owns the links. Feed it every event in order, then call finish() once.
class MessageIndex {
 public:
  static constexpr double kSlowFactor = 6;
  static constexpr std::size_t kBlock = 64;

  void add(const EventTable& events, Index index, const trace::Event& event);
  void finish(const EventTable& events);

  std::span<const Link> links() const { return links_; }
  std::uint64_t count() const { return count_; }
  std::uint64_t lost_count() const { return lost_times_.size(); }
  bool has_late() const { return has_late_; }  // slow or held ones
  bool has_duplicates() const { return has_duplicates_; }
  // The median time from send to delivery.
  double typical_latency_ns() const { return typical_ns_; }
  // All losses in order of time, for the overview.
  std::span<const std::int64_t> lost_times() const { return lost_times_; }

  // end_ns() is when the message arrived or died; for one still in flight, when it should arrive.
  double end_ns(const EventTable& events, const Message& message) const;

  struct Found {
    const Link* link = nullptr;
    const Message* message = nullptr;
    explicit operator bool() const { return message != nullptr; }
  };
  // find() is the copy with that send and end. kNone as end finds the first copy of that send.
  Found find(const EventTable& events, Index send, Index end) const;

  std::size_t bytes() const;

 private:
  struct Place {
    std::uint32_t link = 0;
    std::uint32_t message = 0;
  };
  std::uint32_t link_of(trace::NodeId from, trace::NodeId to);
  void close(const EventTable& events, Index index, const trace::Event& event);
  void finish_link(const EventTable& events, Link& link);
  double measure_typical(const EventTable& events) const;

  std::vector<Link> links_;
  std::unordered_map<std::uint64_t, std::uint32_t> link_by_ends_;
  std::unordered_map<Index, Place> open_;  // sends whose first copy has not ended yet
  std::vector<std::int64_t> lost_times_;
  std::uint64_t count_ = 0;
  double typical_ns_ = 0;
  bool has_late_ = false;
  bool has_duplicates_ = false;
};

// One message to draw alone.
struct MessageRef {
  const Link* link = nullptr;
  const Message* message = nullptr;
};

// Many messages of one link, sent within a few pixels, drawn as one.
struct Bundle {
  const Link* link = nullptr;
  double send_begin_ns = 0;
  double send_end_ns = 0;
  double end_begin_ns = 0;
  double end_end_ns = 0;
  std::uint32_t count = 0;
  std::uint32_t lost = 0;
  std::uint32_t first = 0;  // position of the first in link->messages
  // How many of these pass a filter, for whoever has one: see count_passing().
  std::uint32_t passing = 0;
  std::uint32_t lost_passing = 0;
};

struct VisibleMessages {
  std::vector<MessageRef> single;
  std::vector<Bundle> bundles;  // filled instead of `single` when there are too many
  std::uint64_t total = 0;      // messages that these stand for
  std::uint64_t hidden = 0;     // messages left out because even bundles were too many
};

struct VisibleQuery {
  double begin_ns = 0;
  double end_ns = 0;
  double width_px = 1;
  std::size_t limit = 800;  // more than this many messages are bundled
  // By node, when not empty: messages sent after that event are left out, and those that were sent
  // after it to that node; kNone: all are.
  std::span<const Index> until = {};
  // On an axis of steps: the events in view, [first, beyond), which decide instead of the times,
  // and how many steps are shown.
  struct Steps {
    Index first = 0;
    Index beyond = 0;
    double span = 1;
  };
  std::optional<Steps> steps = std::nullopt;
};

// visible_messages() costs O(links · log n + what it returns).
VisibleMessages visible_messages(const EventTable& events, const MessageIndex& index,
                                 const VisibleQuery& query);

}  // namespace norn::viewer
