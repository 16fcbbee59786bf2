#include "model/lanes.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "model/gallop.hpp"

namespace norn::viewer {
namespace {

bool is_notable(const trace::Event& event) {
  using trace::EventKind;
  switch (event.kind) {
    case EventKind::state:
    case EventKind::op_call:
    case EventKind::op_return:
    case EventKind::disk_loss:
    case EventKind::violation:
      return true;
    case EventKind::connection:
      return event.a >= static_cast<std::uint64_t>(trace::ConnectionOp::reset);
    case EventKind::log:
      return event.a >= static_cast<std::uint64_t>(trace::LogLevel::warning);
    default:
      return false;
  }
}

void end_life(Lane& lane, Index index, Life::End how) {
  if (lane.lives.empty() || lane.lives.back().end != kNone) return;
  lane.lives.back().end = index;
  lane.lives.back().how = how;
}

}  // namespace

std::vector<trace::NodeId> EventSource::nodes_meant(const std::string& name) const {
  for (trace::NodeId node = 1; node <= node_count(); ++node) {
    if (node_name(node) == name) return {node};
  }
  return {};
}

namespace {

// Where nothing is kept between two questions, every thread may ask the source itself.
class SourceLookup final : public EventSource::Lookup {
 public:
  explicit SourceLookup(const EventSource& source) : source_(source) {}
  bool with_event(trace::Seq seq, const EventSource::Visitor& visit) override {
    return source_.with_event(seq, visit);
  }
  Result<void> for_each_from(trace::Seq first, const EventSource::Stopper& visit) override {
    return source_.for_each_from(first, visit);
  }

 private:
  const EventSource& source_;
};

}  // namespace

std::unique_ptr<EventSource::Lookup> EventSource::lookup() const {
  return std::make_unique<SourceLookup>(*this);
}

void Lanes::begin(const EventSource& source) {
  lanes_.clear();
  lanes_.resize(source.node_count() + 1);
  for (std::uint32_t node = 0; node < lanes_.size(); ++node) {
    lanes_[node].node = node;
    lanes_[node].name = source.node_name(node);
    if (node != 0) lanes_[node].zone = source.node_zone(node);
    if (node != 0 && lanes_[node].name.empty()) lanes_[node].name = "node " + std::to_string(node);
  }
}

Result<void> Lanes::add(Index index, const trace::Event& event) {
  if (event.node >= lanes_.size()) {
    return {Errc::invalid, "event " + std::to_string(event.seq) + " names node " +
                               std::to_string(event.node) + ", but the trace has only " +
                               std::to_string(node_count()) + ": it is damaged"};
  }
  Lane& lane = lanes_[event.node];
  using trace::EventKind;
  switch (event.kind) {
    case EventKind::node_start:
      end_life(lane, index, Life::End::exited);
      lane.lives.push_back({.incarnation = static_cast<std::uint32_t>(event.a), .begin = index});
      break;
    case EventKind::node_crash:
      end_life(lane, index, Life::End::crashed);
      break;
    case EventKind::node_exit:
      end_life(lane, index, Life::End::exited);
      break;
    case EventKind::drop:
      return {};
    default:
      break;
  }
  lane.events.push_back(index);
  if (is_notable(event)) lane.notable.push_back(index);
  return {};
}

void Lanes::shrink() {
  for (Lane& lane : lanes_) {
    lane.events.shrink_to_fit();
    lane.notable.shrink_to_fit();
  }
}

const Life* Lanes::life_at(const Lane& lane, Index event) {
  const auto after = std::upper_bound(lane.lives.begin(), lane.lives.end(), event,
                                      [](Index at, const Life& life) { return at < life.begin; });
  if (after == lane.lives.begin()) return nullptr;
  const Life& life = *(after - 1);
  return life.end == kNone || event <= life.end ? &life : nullptr;
}

std::size_t Lanes::bytes() const {
  std::size_t sum = 0;
  for (const Lane& lane : lanes_) {
    sum += sizeof(Lane) + lane.lives.capacity() * sizeof(Life) +
           (lane.events.capacity() + lane.notable.capacity()) * sizeof(Index);
  }
  return sum;
}

std::vector<Fold> fold(const EventTable& events, std::span<const Index> positions,
                       const TimeGrid& grid) {
  std::vector<Fold> out;
  auto at = std::lower_bound(positions.begin(), positions.end(), grid.first());
  while (at != positions.end() && *at < grid.last()) {
    const Index beyond = grid.beyond(*at);
    const auto next =
        gallop(at + 1, positions.end(), [&](Index position) { return position < beyond; });
    out.push_back({.begin_ns = static_cast<double>(events.time_ns(*at)),
                   .end_ns = static_cast<double>(events.time_ns(*(next - 1))),
                   .first = *at,
                   .last = *(next - 1),
                   .count = static_cast<std::uint32_t>(next - at)});
    at = next;
  }
  return out;
}

std::size_t nearest(const EventTable& events, std::span<const Index> positions, double t_ns) {
  if (positions.empty()) return 0;
  const auto found = std::lower_bound(positions.begin(), positions.end(), events.first_at(t_ns));
  const auto after = static_cast<std::size_t>(found - positions.begin());
  if (after == 0) return 0;
  if (after == positions.size()) return after - 1;
  const double before_gap = t_ns - static_cast<double>(events.time_ns(positions[after - 1]));
  const double after_gap = static_cast<double>(events.time_ns(positions[after])) - t_ns;
  return before_gap <= after_gap ? after - 1 : after;
}

}  // namespace norn::viewer
