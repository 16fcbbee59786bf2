#include "model/difference.hpp"

#include <algorithm>

#include "model/describe.hpp"
#include "model/time_text.hpp"

namespace norn::viewer {

TimeMap::TimeMap(std::vector<std::pair<std::int64_t, std::int64_t>> pairs)
    : pairs_(std::move(pairs)) {}

double TimeMap::map(Side from, double t_ns) const {
  if (pairs_.empty()) return t_ns;
  const auto of = [&](const std::pair<std::int64_t, std::int64_t>& pair, Side side) {
    return static_cast<double>(side == Side::here ? pair.first : pair.second);
  };
  const Side to = from == Side::here ? Side::there : Side::here;
  const auto after =
      std::upper_bound(pairs_.begin(), pairs_.end(), t_ns,
                       [&](double t, const auto& pair) { return t < of(pair, from); });
  if (after == pairs_.begin()) return t_ns + of(pairs_.front(), to) - of(pairs_.front(), from);
  if (after == pairs_.end()) return t_ns + of(pairs_.back(), to) - of(pairs_.back(), from);
  const auto& before = *(after - 1);
  const double width = of(*after, from) - of(before, from);
  const double share = width > 0 ? (t_ns - of(before, from)) / width : 0;
  return of(before, to) + share * (of(*after, to) - of(before, to));
}

Difference::Difference(const TraceModel& here, const TraceModel& there) : models_{&here, &there} {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    compute(stop);
    ready_.store(true, std::memory_order_release);
    ready_.notify_all();
  });
}

Difference::~Difference() = default;

Index Difference::partner(Side side, Index event) const {
  if (event == kNone) return kNone;
  if (event < common_) return event;
  const auto& partners = partner_[at(side)];
  return event - common_ < partners.size() ? partners[event - common_] : kNone;
}

Twin Difference::twin(Side side, Index event) const {
  if (event < common_) return Twin::same;
  if (partner(side, event) == kNone) return Twin::none;
  return changed_[at(side)][event - common_] ? Twin::changed : Twin::same;
}

trace::NodeId Difference::node(Side side, trace::NodeId node) const {
  const auto& nodes = node_of_[at(side)];
  return node < nodes.size() ? nodes[node] : 0;
}

const std::vector<Index>& Difference::alone(Side side, trace::NodeId node) const {
  static const std::vector<Index> kNothing;
  const auto& lanes = alone_[at(side)];
  return node < lanes.size() ? lanes[node] : kNothing;
}

std::string words_of(const TraceModel& model, Index event) {
  const auto& faults = model.faults();
  const auto fault = std::find_if(faults.begin(), faults.end(), [&](const Fault& each) {
    return each.begin == event || each.end == event;
  });
  if (fault == faults.end()) return title_of(model, event);
  std::string label = fault->label;
  for (std::size_t at = label.find("  "); at != std::string::npos; at = label.find("  "))
    label.erase(at, 1);
  if (fault->instant) return label;
  return label + (fault->begin == event ? " begins" : " ends");
}

std::string Difference::parting_text() const {
  const TraceModel& here = model(Side::here);
  const TraceModel& there = model(Side::there);
  if (!parting_.differs) return "Both traces are the same: " + format_count(common_) + " events.";
  const auto told = [](const TraceModel& model, Index event) {
    const trace::NodeId node = model.events().node(event);
    std::string text = node == 0 ? std::string() : std::string(model.node_name(node)) + ": ";
    return text + words_of(model, event);
  };
  const auto when = [](const TraceModel& model, Index event) {
    return format_exact(model.events().time_ns(event));
  };
  std::string text = common_ == 0
                         ? "The traces differ from the first event on. "
                         : "The first " + format_count(common_) + " events are the same, up to " +
                               when(here, common_ - 1) + ". ";
  if (parting_.here == kNone)
    return text + "Then this trace ends, and the other goes on: " + told(there, parting_.there);
  if (parting_.there == kNone)
    return text + "Then the other trace ends, and this one goes on: " + told(here, parting_.here);
  const std::string this_one = told(here, parting_.here);
  const std::string that_one = told(there, parting_.there);
  const std::string this_time = when(here, parting_.here);
  const std::string that_time = when(there, parting_.there);
  if (this_one == that_one && this_time == that_time)
    return text + "Then, at " + this_time + ", both: " + this_one + ", but with other contents.";
  if (this_one == that_one)
    return text + "Then both: " + this_one + ", here at " + this_time + ", there at " + that_time +
           ".";
  return text + "Then here, at " + this_time + ": " + this_one + ". There, at " + that_time + ": " +
         that_one + ".";
}

std::size_t Difference::bytes() const {
  std::size_t sum = stretches_.capacity() * sizeof(DifferentStretch);
  for (std::size_t side = 0; side < 2; ++side) {
    sum += partner_[side].capacity() * sizeof(Index) + changed_[side].capacity() / 8;
    for (const auto& lane : alone_[side]) sum += lane.capacity() * sizeof(Index);
  }
  return sum;
}

}  // namespace norn::viewer
