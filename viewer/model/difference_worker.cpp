// How two traces are compared.
#include <algorithm>
#include <limits>
#include <span>
#include <string_view>
#include <unordered_map>

#include "model/alignment.hpp"
#include "model/difference.hpp"
#include "model/mixer.hpp"

namespace norn::viewer {
namespace {

using trace::EventKind;

constexpr std::size_t kBlockEvents = 65'536;
constexpr std::size_t kMostTimes = 8192;
constexpr std::size_t kLookAhead = 64;

// Everything of an event.
std::uint64_t whole_hash(const EventSource& source, const trace::Event& event) {
  Mixer mixer;
  for (const std::uint64_t value :
       {event.seq, static_cast<std::uint64_t>(event.time_ns), std::uint64_t{event.node},
        static_cast<std::uint64_t>(event.kind), std::uint64_t{event.incarnation},
        std::uint64_t{event.fiber}, event.cause, event.a, event.b, event.c, event.d}) {
    mixer.add(value);
  }
  mixer.add(source.string(event.text));
  mixer.add(event.payload);
  return mixer.value();
}

bool names_event(EventKind kind) {
  return kind == EventKind::deliver || kind == EventKind::drop || kind == EventKind::duplicate ||
         kind == EventKind::hold;
}

}  // namespace

// What events say, without when, behind the common beginning.
struct Difference::Signs {
  std::vector<std::uint32_t> full;  // with contents
  std::vector<std::uint32_t> form;  // kind, and what it is about
};

class Difference::Worker {
 public:
  Worker(Difference& owner, const std::stop_token& stop) : o_(owner), stop_(stop) {}

  void run() {
    map_nodes();
    find_common();
    if (stop_.stop_requested()) return;
    find_parting();
    for (const Side side : {Side::here, Side::there}) {
      const std::size_t rest = events(side).size() - o_.common_;
      o_.partner_[at(side)].assign(rest, kNone);
      o_.changed_[at(side)].assign(rest, false);
      if (!read_signs(side) || stop_.stop_requested()) return;
    }
    align_nodes();
    pair_losses();
    judge_fates();
    for (const Side side : {Side::here, Side::there}) find_alone(side);
    find_stretches();
    map_times();
    count();
  }

 private:
  const TraceModel& model(Side side) const { return o_.model(side); }
  const EventTable& events(Side side) const { return model(side).events(); }
  const EventSource& source(Side side) const { return model(side).source(); }

  void map_nodes() {
    std::unordered_map<std::string, trace::NodeId> by_name;
    const Lanes& here = model(Side::here).lanes();
    const Lanes& there = model(Side::there).lanes();
    for (const Lane& lane : there.nodes()) by_name.emplace(lane.name, lane.node);
    o_.node_of_[0].assign(here.node_count() + 1, 0);
    o_.node_of_[1].assign(there.node_count() + 1, 0);
    for (const Lane& lane : here.nodes()) {
      const auto found = by_name.find(lane.name);
      if (found == by_name.end()) continue;
      o_.node_of_[0][lane.node] = found->second;
      o_.node_of_[1][found->second] = lane.node;
    }
  }

  // Nodes with other numbers make every event another one.
  bool same_nodes() const {
    for (trace::NodeId node = 1; node < o_.node_of_[0].size(); ++node) {
      if (o_.node_of_[0][node] != node) return false;
    }
    return o_.node_of_[0].size() == o_.node_of_[1].size();
  }

  // The columns in memory say most; the rest is read, a block at a time.
  void find_common() {
    if (!same_nodes()) return;
    const EventTable& a = events(Side::here);
    const EventTable& b = events(Side::there);
    const Index least = std::min(a.size(), b.size());
    Index by_columns = 0;
    while (by_columns < least && a.time_ns(by_columns) == b.time_ns(by_columns) &&
           a.kind(by_columns) == b.kind(by_columns) && a.node(by_columns) == b.node(by_columns) &&
           a.cause(by_columns) == b.cause(by_columns) && a.seq(by_columns) == b.seq(by_columns)) {
      ++by_columns;
    }
    Index known = static_cast<Index>(
        std::min<std::uint64_t>(source(Side::here).same_until(source(Side::there)), by_columns));
    while (known < by_columns && !stop_.stop_requested()) {
      const auto block =
          static_cast<Index>(std::min<std::size_t>(kBlockEvents, by_columns - known));
      const auto hashes_a = hashes(Side::here, known, block);
      const auto hashes_b = hashes(Side::there, known, block);
      const std::size_t both = std::min(hashes_a.size(), hashes_b.size());
      std::size_t same = 0;
      while (same < both && hashes_a[same] == hashes_b[same]) ++same;
      known += static_cast<Index>(same);
      if (same < block) break;
    }
    o_.common_ = known;
  }

  std::vector<std::uint64_t> hashes(Side side, Index first, Index count) {
    std::vector<std::uint64_t> out;
    out.reserve(count);
    const auto read =
        source(side).for_each_from(events(side).seq(first), [&](const trace::Event& event) {
          out.push_back(whole_hash(source(side), event));
          return out.size() < count;
        });
    if (!read) o_.problem_ = read.error().message;
    return out;
  }

  void find_parting() {
    Parting& parting = o_.parting_;
    if (o_.common_ < events(Side::here).size()) parting.here = o_.common_;
    if (o_.common_ < events(Side::there).size()) parting.there = o_.common_;
    parting.differs = parting.here != kNone || parting.there != kNone;
  }

  bool read_signs(Side side) {
    Signs& signs = signs_[at(side)];
    const Index first = o_.common_;
    const Index size = events(side).size();
    if (first == size) return true;
    const auto read =
        source(side).for_each_from(events(side).seq(first), [&](const trace::Event& event) {
          add_signs(side, event);
          return signs.full.size() < size - first && !stop_.stop_requested();
        });
    if (!read) o_.problem_ = read.error().message;
    signs.full.resize(size - first);
    signs.form.resize(size - first);
    return read.ok();
  }

  // Nodes are told by their names, messages by what they carry; times, and numbers that only count
  // (fibers, sequence numbers, places in the plan of faults), say nothing.
  void add_signs(Side side, const trace::Event& event) {
    Signs& signs = signs_[at(side)];
    Mixer form;
    form.add(static_cast<std::uint64_t>(event.kind));
    form.add(source(side).string(event.text));
    Mixer full;
    const Index about = names_event(event.kind) ? events(side).index_of(event.a) : kNone;
    if (event.kind == EventKind::send) {
      form.add(node_sign(side, static_cast<trace::NodeId>(event.a)));
    } else if (about != kNone) {
      const bool is_common = about < o_.common_;
      const std::size_t at_sign = about - o_.common_;
      form.add(node_sign(side, events(side).node(about)));
      form.add(is_common ? 0U : signs.form[std::min(at_sign, signs.form.size() - 1)]);
      full.add(is_common ? about : signs.full[std::min(at_sign, signs.full.size() - 1)]);
      if (event.kind == EventKind::drop) full.add(event.b);
    }
    switch (event.kind) {
      case EventKind::file_op:
      case EventKind::connection:
        form.add(event.a);
        for (const std::uint64_t value : {event.b, event.c, event.d}) full.add(value);
        break;
      case EventKind::node_start:
      case EventKind::node_crash:
      case EventKind::log:
      case EventKind::fiber_end:
      case EventKind::run_end:
      case EventKind::property:
        full.add(event.a);
        break;
      case EventKind::op_call:
      case EventKind::op_return:
        form.add(event.a);
        full.add(event.c);
        break;
      case EventKind::fault_end:
        full.add(event.b);
        break;
      case EventKind::choice:
        for (const std::uint64_t value : {event.b, event.c}) full.add(value);
        break;
      case EventKind::disk_loss:
        for (const std::uint64_t value : {event.a, event.b}) full.add(value);
        break;
      default:
        break;
    }
    full.add(event.payload);
    full.add(form.value());
    signs.form.push_back(form.sign());
    signs.full.push_back(full.sign());
  }

  std::uint64_t node_sign(Side side, trace::NodeId node) const {
    // The numbers of this trace's nodes, or those of the other side's namesakes.
    if (side == Side::here || node >= o_.node_of_[1].size()) return node;
    const trace::NodeId here = o_.node_of_[1][node];
    return here == 0 ? 0x100000000U + node : here;
  }

  // The events of a node's lane behind the common beginning.
  std::vector<Index> rest_of(Side side, trace::NodeId node) const {
    const auto& lane = model(side).lanes().of(node).events;
    const auto first = std::lower_bound(lane.begin(), lane.end(), o_.common_);
    return {first, lane.end()};
  }

  void align_nodes() {
    for (trace::NodeId node = 0; node < o_.node_of_[0].size(); ++node) {
      const trace::NodeId there = o_.node_of_[0][node];
      if (node != 0 && there == 0) continue;
      align_lane(rest_of(Side::here, node), rest_of(Side::there, there));
      if (stop_.stop_requested()) return;
    }
  }

  std::vector<std::uint32_t> signs_of(Side side, const std::vector<Index>& lane) const {
    std::vector<std::uint32_t> out;
    out.reserve(lane.size());
    for (const Index event : lane) out.push_back(signs_[at(side)].full[event - o_.common_]);
    return out;
  }

  void pair_up(Index here, Index there, bool is_changed) {
    o_.partner_[0][here - o_.common_] = there;
    o_.partner_[1][there - o_.common_] = here;
    if (!is_changed) return;
    o_.changed_[0][here - o_.common_] = true;
    o_.changed_[1][there - o_.common_] = true;
  }

  void align_lane(const std::vector<Index>& a, const std::vector<Index>& b) {
    const auto signs_a = signs_of(Side::here, a);
    const auto signs_b = signs_of(Side::there, b);
    std::size_t i = 0;
    std::size_t j = 0;
    const auto close = [&](std::size_t i_end, std::size_t j_end) {
      pair_by_form(std::span(a).subspan(i, i_end - i), std::span(b).subspan(j, j_end - j));
    };
    for (const auto& [x, y] : align(signs_a, signs_b)) {
      close(x, y);
      pair_up(a[x], b[y], false);
      i = x + 1;
      j = y + 1;
    }
    close(a.size(), b.size());
  }

  // Between two matches: events of the same form, in order, not too far from each other.
  void pair_by_form(std::span<const Index> a, std::span<const Index> b) {
    std::size_t next = 0;
    for (const Index here : a) {
      const std::uint32_t form = signs_[0].form[here - o_.common_];
      const std::size_t last = std::min(b.size(), next + kLookAhead);
      for (std::size_t j = next; j < last; ++j) {
        if (signs_[1].form[b[j] - o_.common_] != form) continue;
        pair_up(here, b[j], true);
        next = j + 1;
        break;
      }
    }
  }

  // Losses are in no lane: they follow their sends.
  void pair_losses() {
    for (Index i = o_.common_; i < events(Side::here).size(); ++i) {
      if (events(Side::here).kind(i) != EventKind::drop) continue;
      const auto mine = model(Side::here).message_of(i);
      if (!mine) continue;
      const Index send = o_.partner(Side::here, mine.message->send);
      if (send == kNone) continue;
      const auto theirs = model(Side::there).message_of(send);
      if (!theirs || theirs.message->fate != Fate::lost || theirs.message->end < o_.common_ ||
          theirs.message->end == kNone ||
          o_.partner_[1][theirs.message->end - o_.common_] != kNone) {
        continue;
      }
      pair_up(i, theirs.message->end, false);
    }
  }

  // The same message, but lost on one side only, is a changed one.
  void judge_fates() {
    for (Index i = o_.common_; i < events(Side::here).size(); ++i) {
      if (events(Side::here).kind(i) != EventKind::send) continue;
      const Index send = o_.partner_[0][i - o_.common_];
      if (send == kNone) continue;
      const auto mine = model(Side::here).message_of(i);
      const auto theirs = model(Side::there).message_of(send);
      if (!mine || !theirs) continue;
      const Fate here = mine.message->fate;
      const Fate there = theirs.message->fate;
      if (here != there && here != Fate::in_flight && there != Fate::in_flight)
        pair_up(i, send, true);
    }
  }

  void find_alone(Side side) {
    auto& alone = o_.alone_[at(side)];
    alone.resize(model(side).lanes().node_count() + 1);
    for (trace::NodeId node = 0; node < alone.size(); ++node) {
      for (const Index event : rest_of(side, node)) {
        if (o_.twin(side, event) != Twin::same) alone[node].push_back(event);
      }
      alone[node].shrink_to_fit();
    }
  }

  // Neighbours in a lane that have no same twin are one stretch, with what stands in their place on
  // the other side.
  void find_stretches() {
    for (trace::NodeId node = 0; node < o_.node_of_[0].size(); ++node) {
      const trace::NodeId there = o_.node_of_[0][node];
      const auto a = rest_of(Side::here, node);
      const auto b = node != 0 && there == 0 ? std::vector<Index>() : rest_of(Side::there, there);
      std::size_t i = 0;
      std::size_t j = 0;
      while (i < a.size() || j < b.size()) {
        if (i < a.size() && j < b.size() && o_.twin(Side::here, a[i]) == Twin::same &&
            o_.partner(Side::here, a[i]) == b[j]) {
          ++i;
          ++j;
          continue;
        }
        add_stretch(node, a, b, i, j);
      }
    }
    for (trace::NodeId node = 1; node < o_.node_of_[1].size(); ++node) {
      if (o_.node_of_[1][node] != 0) continue;
      const auto b = rest_of(Side::there, node);
      std::size_t i = 0;
      std::size_t j = 0;
      while (j < b.size()) add_stretch(0, {}, b, i, j);
    }
    std::sort(o_.stretches_.begin(), o_.stretches_.end(),
              [](const DifferentStretch& x, const DifferentStretch& y) {
                return std::pair(x.time_ns, x.node) < std::pair(y.time_ns, y.node);
              });
  }

  void add_stretch(trace::NodeId node, const std::vector<Index>& a, const std::vector<Index>& b,
                   std::size_t& i, std::size_t& j) {
    DifferentStretch stretch;
    stretch.node = node;
    const std::size_t first_i = i;
    const std::size_t first_j = j;
    while (i < a.size() && o_.twin(Side::here, a[i]) != Twin::same) {
      if (o_.twin(Side::here, a[i]) == Twin::changed) ++stretch.changed;
      ++i;
    }
    while (j < b.size() && o_.twin(Side::there, b[j]) != Twin::same) ++j;
    // Crossing twins cannot be in a lane; whatever happens, the walk goes on.
    if (i == first_i && j == first_j) ++(i < a.size() ? i : j);
    stretch.count = {static_cast<std::uint32_t>(i - first_i),
                     static_cast<std::uint32_t>(j - first_j)};
    if (i > first_i) stretch.first[0] = a[first_i];
    if (j > first_j) stretch.first[1] = b[first_j];
    stretch.time_ns = std::numeric_limits<std::int64_t>::max();
    if (i > first_i) stretch.time_ns = events(Side::here).time_ns(a[first_i]);
    if (j > first_j)
      stretch.time_ns = std::min(stretch.time_ns, events(Side::there).time_ns(b[first_j]));
    o_.stretches_.push_back(stretch);
  }

  // From events that are the same, those whose times rise on both sides.
  void map_times() {
    std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
    const EventTable& a = events(Side::here);
    const EventTable& b = events(Side::there);
    if (o_.common_ > 0) {
      pairs.emplace_back(a.begin_ns(), b.begin_ns());
      pairs.emplace_back(a.time_ns(o_.common_ - 1), b.time_ns(o_.common_ - 1));
    }
    const std::size_t every = 1 + (a.size() - o_.common_) / kMostTimes;
    std::size_t since = every;
    for (Index i = o_.common_; i < a.size(); ++i) {
      ++since;
      if (since < every || a.node(i) == 0 || o_.twin(Side::here, i) != Twin::same) continue;
      const std::int64_t there = b.time_ns(o_.partner(Side::here, i));
      if (!pairs.empty() && (a.time_ns(i) <= pairs.back().first || there <= pairs.back().second))
        continue;
      pairs.emplace_back(a.time_ns(i), there);
      since = 0;
    }
    o_.times_ = TimeMap(std::move(pairs));
  }

  void count() {
    for (trace::NodeId node = 1; node < o_.node_of_[0].size(); ++node)
      count_node(node, o_.node_of_[0][node]);
    for (trace::NodeId node = 1; node < o_.node_of_[1].size(); ++node) {
      if (o_.node_of_[1][node] == 0) count_node(0, node);
    }
  }

  void count_node(trace::NodeId here, trace::NodeId there) {
    NodeDifference out;
    out.here = here;
    out.there = there;
    out.name = here != 0 ? model(Side::here).node_name(here) : model(Side::there).node_name(there);
    if (here != 0) {
      for (const Index event : model(Side::here).lanes().of(here).events) {
        const Twin twin = o_.twin(Side::here, event);
        ++(twin == Twin::same ? out.same : twin == Twin::changed ? out.changed : out.only_here);
      }
    }
    if (there != 0) {
      for (const Index event : model(Side::there).lanes().of(there).events) {
        if (o_.twin(Side::there, event) == Twin::none) ++out.only_there;
      }
    }
    o_.nodes_.push_back(std::move(out));
  }

  Difference& o_;
  const std::stop_token& stop_;
  std::array<Signs, 2> signs_;
};

void Difference::compute(const std::stop_token& stop) {
  Worker(*this, stop).run();
}

}  // namespace norn::viewer
