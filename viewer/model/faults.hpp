// Faults over time, and whom they concern.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "model/event_source.hpp"
#include "model/event_table.hpp"
#include "norn/trace/event.hpp"

namespace norn::viewer {

class MessageIndex;

// What a kind of fault does, as far as a picture tells: each form has a drawing of its own.
enum class FaultForm : std::uint8_t {
  unknown,  // a kind that this viewer does not know: a bar with its name
  cut,      // nothing passes on some links
  hold,     // messages of some links wait
  link,     // messages of some links are lost by chance, late, copied, damaged, refused
  life,     // nodes die and start: their lanes tell
  pause,    // nodes stand still
  clock,    // clocks are wrong
  machine,  // disks, processors, memory, addresses
};

// Which links a fault is about.
enum class FaultLinks : std::uint8_t {
  none,
  sides,  // from side to side, or between the first side and every other node
  parts,  // between the parts that nodes are divided into
  ring,   // all but those of near neighbours in a ring
};

// form_of() is `unknown` for a name that is in no catalogue of faults.
FaultForm form_of(std::string_view kind);

// fault_label() says in a line what a fault of a plan is: "partition  n1 | n2 n3".
std::string fault_label(std::string_view kind, const nlohmann::json& fault);

struct Fault {
  std::uint64_t plan_index = 0;
  std::string kind;   // partition, partition_one_way, hold, crash, …
  std::string label;  // "partition  n1 n2 | n3"
  FaultForm form = FaultForm::unknown;
  Index begin = kNone;
  Index end = kNone;     // kNone: it lasted to the end of the trace, or it is an instant
  bool instant = false;  // it has no duration: a crash without a restart
  FaultLinks links = FaultLinks::none;
  bool forth = true;        // of sides: what goes from sides[0] to sides[1] is concerned,
  bool back = true;         // and what goes from sides[1] to sides[0]
  bool with_all = false;    // of sides: there is but one, and the other is every other node
  std::uint32_t reach = 0;  // of a ring: how many neighbours are seen on either side
  // The two sides of a partition; from and to of a hold; the parts of a split, which the trace
  // does not tell and which are found from what passed and what did not: nodes without messages
  // are in none.
  std::vector<std::vector<trace::NodeId>> sides;
  // Of parts, which are known to be apart, each pair in order: between others nothing was sent.
  std::vector<std::pair<int, int>> apart;
  std::vector<trace::NodeId> nodes;  // all nodes named, in order
  // In order of nodes: the side, the part or the place in the ring of each that has one.
  std::vector<std::pair<trace::NodeId, int>> places;
  // Of a cut that comes and goes, when it was seen to be there: from the first to the last message
  // of a row that died. Everything else is cut all the time.
  bool comes_and_goes = false;
  std::vector<std::pair<Index, Index>> seen_shut;
  // What a plan says of its duration and, of clocks, how far they are put, how much faster they
  // run, and whether a leap second is smeared.
  std::optional<std::int64_t> lasts_ns;
  double by_ns = 0;
  double ppm = 0;
  bool smears = false;
  std::size_t row = 0;  // of the strip: faults that overlap in time are in different rows
  std::optional<std::uint64_t> bit;  // how much it bit, said at its end

  bool is_partition() const { return form == FaultForm::cut && links != FaultLinks::none; }
  bool is_one_way() const { return links == FaultLinks::sides && forth != back; }
  // side_of() is the position of the side or part that the node is on; -1 when it is on none.
  int side_of(trace::NodeId node) const;
  // concerns() is true for the links that the fault is about while it lasts.
  bool concerns(trace::NodeId from, trace::NodeId to) const;
  // acts_at() is whether it does what it does, given that `event` is between its begin and its end.
  bool acts_at(Index event) const;
  // groups() are the nodes that are kept together, none of which reaches another group; none for
  // a ring.
  std::vector<std::vector<trace::NodeId>> groups() const;
};

class Faults {
 public:
  void add(const EventSource& source, Index index, const trace::Event& event);
  // finish() decides which faults without an end were instants, finds out whom those concern that
  // drew it, and puts all into rows.
  void finish(const EventSource& source, const EventTable& events, const MessageIndex& messages);

  const std::vector<Fault>& all() const { return faults_; }
  // How many rows the strip has: 1 to kMostRows. The last row may hold faults that overlap.
  static constexpr std::size_t kMostRows = 5;
  std::size_t rows() const { return rows_; }

 private:
  void begin_fault(const EventSource& source, Index index, const trace::Event& event);
  std::vector<trace::NodeId> nodes_of(const EventSource& source,
                                      const std::vector<std::string>& names);
  trace::NodeId node_named(const EventSource& source, const std::string& name);

  std::vector<Fault> faults_;
  std::size_t rows_ = 1;
  std::unordered_map<std::uint64_t, std::size_t> open_;  // plan index -> position
  std::unordered_map<std::string, trace::NodeId> node_by_name_;
};

// find_parts() finds, from the messages during a split, which nodes it kept together: what passed
// joins its ends, what was cut off parts them. `others` are all faults: what another partition may
// have cut off parts nobody.
void find_parts(Fault& split, const std::vector<Fault>& others, const EventTable& events,
                const MessageIndex& messages);
// find_shut() fills seen_shut from the messages between the two sides.
void find_shut(Fault& flapping, const EventTable& events, const MessageIndex& messages);

}  // namespace norn::viewer
