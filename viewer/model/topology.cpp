#include "model/topology.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace norn::viewer {
namespace {

constexpr std::size_t kMostLost = 200;

// Sends of a link up to and including an event.
std::size_t sent_until(const Link& link, Index event) {
  const auto after =
      std::upper_bound(link.messages.begin(), link.messages.end(), event,
                       [](Index at, const Message& message) { return at < message.send; });
  return static_cast<std::size_t>(after - link.messages.begin());
}

float cross(const Place& o, const Place& a, const Place& b) {
  return (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
}

}  // namespace

std::vector<Place> place_nodes(std::size_t nodes, std::span<const std::string> zones) {
  std::vector<std::size_t> order(nodes);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto zone = [&](std::size_t node) {
    return node < zones.size() ? zones[node] : std::string();
  };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(zone(a), a) < std::pair(zone(b), b);
  });
  std::size_t gaps = 0;
  for (std::size_t i = 0; i < nodes; ++i) {
    if (zone(order[i]) != zone(order[(i + 1) % nodes])) ++gaps;
  }
  std::vector<Place> places(nodes);
  const auto slots = static_cast<double>(nodes + gaps);
  double slot = 0;
  for (std::size_t i = 0; i < nodes; ++i) {
    // The first node is at the top, the others follow clockwise.
    const double angle = 2 * std::numbers::pi * slot / slots - std::numbers::pi / 2;
    places[order[i]] = {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
    slot += zone(order[i]) != zone(order[(i + 1) % nodes]) ? 2 : 1;
  }
  if (nodes == 1) places[0] = {};
  return places;
}

std::vector<Place> hull_of(std::span<const Place> places, float radius) {
  constexpr int kCorners = 12;
  std::vector<Place> points;
  for (const Place& place : places) {
    for (int i = 0; i < kCorners; ++i) {
      const float angle = 2 * std::numbers::pi_v<float> * static_cast<float>(i) / kCorners;
      points.push_back({place.x + radius * std::cos(angle), place.y + radius * std::sin(angle)});
    }
  }
  std::sort(points.begin(), points.end(), [](const Place& a, const Place& b) {
    return std::pair(a.x, a.y) < std::pair(b.x, b.y);
  });
  std::vector<Place> hull;
  for (int half = 0; half < 2; ++half) {
    const std::size_t first = hull.size();
    for (const Place& point : points) {
      while (hull.size() >= first + 2 && cross(hull[hull.size() - 2], hull.back(), point) <= 0)
        hull.pop_back();
      hull.push_back(point);
    }
    if (!hull.empty()) hull.pop_back();
    std::reverse(points.begin(), points.end());
  }
  return hull;
}

Topology::Topology(const TraceModel& model) : model_(&model) {
  thread_ = std::jthread([this](const std::stop_token& stop) { prepare(stop); });
}

void Topology::prepare(const std::stop_token& stop) {
  const auto links = model_->messages().links();
  ends_.resize(links.size());
  for (std::size_t i = 0; i < links.size() && !stop.stop_requested(); ++i) {
    const auto& messages = links[i].messages;
    const std::size_t blocks = (messages.size() + MessageIndex::kBlock - 1) / MessageIndex::kBlock;
    Ends& ends = ends_[i];
    while (ends.leaves < blocks) ends.leaves *= 2;
    ends.latest.assign(2 * ends.leaves, 0);
    // kNone is the greatest number: a message that never ends is on its way for ever.
    for (std::size_t m = 0; m < messages.size(); ++m) {
      Index& latest = ends.latest[ends.leaves + m / MessageIndex::kBlock];
      latest = std::max(latest, messages[m].end);
    }
    for (std::size_t n = ends.leaves; n-- > 1;)
      ends.latest[n] = std::max(ends.latest[2 * n], ends.latest[2 * n + 1]);
  }
  ready_ = true;
  ready_.notify_all();
}

NodeAt Topology::node_at(trace::NodeId node, Index event,
                         std::span<const Fault* const> faults) const {
  const Lane& lane = model_->lanes().of(node);
  NodeAt out;
  Index born = 0;
  if (!lane.lives.empty()) {
    const auto after =
        event == kNone
            ? lane.lives.begin()
            : std::upper_bound(lane.lives.begin(), lane.lives.end(), event,
                               [](Index at, const Life& life) { return at < life.begin; });
    if (after == lane.lives.begin()) return {.state = NodeAt::State::not_started};
    const Life& life = *(after - 1);
    born = life.begin;
    out.incarnation = life.incarnation;
    if (life.end != kNone && life.end <= event) {
      out.state = life.how == Life::End::exited ? NodeAt::State::exited : NodeAt::State::down;
      return out;
    }
  }
  if (event == kNone) return out;
  for (const Fault* fault : faults) {
    if (fault->form == FaultForm::pause &&
        std::binary_search(fault->nodes.begin(), fault->nodes.end(), node))
      out.state = NodeAt::State::paused;
  }
  for (const StateTrack* track : model_->state().tracks_of(node)) {
    const StateChange* const change = PublishedState::at(*track, event);
    if (change == nullptr || change->event < born) continue;
    if (track->key == model_->role_key()) {
      out.role = model_->state().value(*change);
    } else {
      out.published.emplace_back(std::string(model_->source().string(track->key)),
                                 model_->state().value(*change));
    }
  }
  return out;
}

void Topology::find_flying(ClusterAt& cluster) const {
  if (!ready() || cluster.event == kNone) return;
  const EventTable& events = model_->events();
  const auto links = model_->messages().links();
  std::vector<std::size_t> open;
  for (std::size_t l = 0; l < links.size(); ++l) {
    const Link& link = links[l];
    const Ends& ends = ends_[l];
    const std::size_t sent = sent_until(link, cluster.event);
    const std::size_t blocks = (sent + MessageIndex::kBlock - 1) / MessageIndex::kBlock;
    open.assign(1, 1);
    while (!open.empty()) {
      const std::size_t at = open.back();
      open.pop_back();
      // The leaves below a node of the tree begin at its leftmost descendant.
      std::size_t leftmost = at;
      while (leftmost < ends.leaves) leftmost *= 2;
      if (leftmost - ends.leaves >= blocks || ends.latest[at] <= cluster.event) continue;
      if (at < ends.leaves) {
        open.push_back(2 * at + 1);
        open.push_back(2 * at);
        continue;
      }
      const std::size_t first = (at - ends.leaves) * MessageIndex::kBlock;
      const std::size_t last = std::min(sent, first + MessageIndex::kBlock);
      for (std::size_t m = first; m < last; ++m) {
        const Message& message = link.messages[m];
        if (message.end <= cluster.event) continue;
        if (cluster.flying.size() >= kMostFlying) {
          ++cluster.flying_more;
          continue;
        }
        const auto begin = static_cast<double>(events.time_ns(message.send));
        const double took = model_->messages().end_ns(events, message) - begin;
        const double share = took > 0 ? (cluster.time_ns - begin) / took : 1;
        cluster.flying.push_back(
            {.ref = {&link, &message}, .share = static_cast<float>(std::clamp(share, 0.0, 1.0))});
      }
    }
  }
}

// Losses are kept in order of sending; those looked at were sent at most twice as long ago as a
// loss counts as recent, which most losses are: they happen at once or within a usual latency.
void Topology::find_lost(ClusterAt& cluster, double recent_ns) const {
  if (cluster.event == kNone) return;
  const EventTable& events = model_->events();
  const Index since = events.first_at(cluster.time_ns - 2 * recent_ns);
  for (const Link& link : model_->messages().links()) {
    auto at = std::lower_bound(
        link.lost.begin(), link.lost.end(), since,
        [&](std::uint32_t m, Index event) { return link.messages[m].send < event; });
    for (; at != link.lost.end() && link.messages[*at].send <= cluster.event; ++at) {
      const Message& message = link.messages[*at];
      if (message.end > cluster.event) continue;
      if (static_cast<double>(events.time_ns(message.end)) < cluster.time_ns - recent_ns) continue;
      if (cluster.just_lost.size() >= kMostLost) return;
      cluster.just_lost.push_back({&link, &message});
    }
  }
}

ClusterAt Topology::at(Index event, double t_ns, double recent_ns) const {
  ClusterAt cluster;
  cluster.event = event;
  cluster.time_ns = t_ns;
  for (const Fault& fault : model_->faults()) {
    if (event == kNone || fault.begin > event) break;
    if (!fault.instant && (fault.end == kNone || fault.end > event))
      cluster.faults.push_back(&fault);
  }
  const auto nodes = static_cast<trace::NodeId>(model_->lanes().node_count());
  cluster.nodes.reserve(nodes);
  for (trace::NodeId node = 1; node <= nodes; ++node)
    cluster.nodes.push_back(node_at(node, event, cluster.faults));
  find_flying(cluster);
  find_lost(cluster, recent_ns);
  return cluster;
}

std::vector<LinkUse> Topology::use(double begin_ns, double end_ns,
                                   const FilterIndex* passing) const {
  const EventTable& events = model_->events();
  const Index begin = events.first_after(begin_ns);
  const Index end = events.first_after(end_ns);
  std::vector<LinkUse> out;
  const auto sent_before = [](const Link& link, Index event) {
    return event == 0 ? 0 : sent_until(link, event - 1);
  };
  for (const Link& link : model_->messages().links()) {
    const std::size_t first = sent_before(link, begin);
    const std::size_t last = sent_before(link, end);
    const auto lost = std::lower_bound(link.lost.begin(), link.lost.end(), first);
    const auto lost_end = std::lower_bound(lost, link.lost.end(), last);
    LinkUse& use = out.emplace_back();
    use = {.sent = last - first, .lost = static_cast<std::uint64_t>(lost_end - lost)};
    if (passing == nullptr) continue;
    const auto at = static_cast<std::size_t>(lost - link.lost.begin());
    use = {.sent = passing->messages(link).between(first, last),
           .lost = passing->lost(link).between(at, at + use.lost)};
  }
  return out;
}

Topology::Cut Topology::cut_of(const ClusterAt& cluster, trace::NodeId from, trace::NodeId to) {
  Cut cut = Cut::open;
  for (const Fault* fault : cluster.faults) {
    if (!fault->concerns(from, to) || !fault->acts_at(cluster.event)) continue;
    const Cut by = fault->form == FaultForm::cut    ? Cut::cut
                   : fault->form == FaultForm::hold ? Cut::held
                                                    : Cut::weak;
    cut = std::max(cut, by);
  }
  return cut;
}

std::size_t Topology::bytes() const {
  if (!ready()) return 0;
  std::size_t sum = ends_.capacity() * sizeof(Ends);
  for (const Ends& ends : ends_) sum += ends.latest.capacity() * sizeof(Index);
  return sum;
}

}  // namespace norn::viewer
