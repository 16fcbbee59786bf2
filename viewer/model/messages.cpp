#include "model/messages.hpp"

#include <algorithm>

namespace norn::viewer {
namespace {

constexpr std::size_t kLatencySamples = 4096;

std::uint64_t ends_key(trace::NodeId from, trace::NodeId to) {
  return (static_cast<std::uint64_t>(from) << 32U) | to;
}

}  // namespace

std::uint32_t MessageIndex::link_of(trace::NodeId from, trace::NodeId to) {
  const auto [found, is_new] =
      link_by_ends_.try_emplace(ends_key(from, to), static_cast<std::uint32_t>(links_.size()));
  if (is_new) {
    Link& link = links_.emplace_back();
    link.from = from;
    link.to = to;
  }
  return found->second;
}

void MessageIndex::add(const EventTable& events, Index index, const trace::Event& event) {
  using trace::EventKind;
  switch (event.kind) {
    case EventKind::send: {
      const auto to = static_cast<trace::NodeId>(event.a);
      const std::uint32_t link = link_of(event.node, to);
      auto& messages = links_[link].messages;
      open_[index] = {.link = link, .message = static_cast<std::uint32_t>(messages.size())};
      messages.push_back({.send = index});
      ++count_;
      break;
    }
    case EventKind::deliver:
    case EventKind::drop:
      close(events, index, event);
      break;
    case EventKind::hold: {
      const auto found = open_.find(events.index_of(event.a));
      if (found != open_.end()) {
        links_[found->second.link].messages[found->second.message].held = true;
      }
      break;
    }
    default:
      break;
  }
}

void MessageIndex::close(const EventTable& events, Index index, const trace::Event& event) {
  const Index send = events.index_of(event.a);
  if (send == kNone || events.kind(send) != trace::EventKind::send) return;
  const Fate fate = event.kind == trace::EventKind::deliver ? Fate::delivered : Fate::lost;
  if (fate == Fate::lost) lost_times_.push_back(event.time_ns);
  const auto found = open_.find(send);
  if (found != open_.end()) {
    Message& message = links_[found->second.link].messages[found->second.message];
    message.end = index;
    message.fate = fate;
    open_.erase(found);
    return;
  }
  links_[link_of(events.node(send), event.node)].messages.push_back(
      {.send = send, .end = index, .fate = fate, .duplicate = true});
  ++count_;
}

double MessageIndex::measure_typical(const EventTable& events) const {
  std::vector<std::int64_t> sample;
  const std::size_t stride = std::max<std::size_t>(1, count_ / kLatencySamples);
  for (const Link& link : links_) {
    for (std::size_t i = 0; i < link.messages.size(); i += stride) {
      const Message& m = link.messages[i];
      if (m.fate != Fate::delivered) continue;
      sample.push_back(events.time_ns(m.end) - events.time_ns(m.send));
    }
  }
  if (sample.empty()) return 0;
  const auto middle = sample.begin() + static_cast<std::ptrdiff_t>(sample.size() / 2);
  std::nth_element(sample.begin(), middle, sample.end());
  return static_cast<double>(*middle);
}

void MessageIndex::finish_link(const EventTable& events, Link& link) {
  const auto by_send = [](const Message& x, const Message& y) { return x.send < y.send; };
  if (!std::is_sorted(link.messages.begin(), link.messages.end(), by_send)) {
    // Copies of one message are in the order of their ends, as they came.
    std::sort(link.messages.begin(), link.messages.end(), [](const Message& x, const Message& y) {
      return x.send != y.send ? x.send < y.send : x.end < y.end;
    });
  }
  link.messages.shrink_to_fit();
  std::int64_t latest = 0;
  for (std::size_t i = 0; i < link.messages.size(); ++i) {
    Message& m = link.messages[i];
    const auto end = static_cast<std::int64_t>(end_ns(events, m));
    const auto took = static_cast<double>(end - events.time_ns(m.send));
    m.slow = m.fate == Fate::delivered && typical_ns_ > 0 && took > kSlowFactor * typical_ns_;
    has_late_ = has_late_ || m.slow || m.held;
    has_duplicates_ = has_duplicates_ || m.duplicate;
    if (m.fate == Fate::lost) link.lost.push_back(static_cast<std::uint32_t>(i));
    latest = std::max(latest, end);
    if (i % kBlock == kBlock - 1 || i + 1 == link.messages.size()) {
      link.latest_end.push_back(latest);
    }
  }
}

void MessageIndex::finish(const EventTable& events) {
  open_ = {};
  typical_ns_ = measure_typical(events);
  for (Link& link : links_) finish_link(events, link);
  std::sort(links_.begin(), links_.end(), [](const Link& x, const Link& y) {
    return ends_key(x.from, x.to) < ends_key(y.from, y.to);
  });
  link_by_ends_.clear();
  for (std::uint32_t i = 0; i < links_.size(); ++i) {
    link_by_ends_[ends_key(links_[i].from, links_[i].to)] = i;
  }
}

double MessageIndex::end_ns(const EventTable& events, const Message& message) const {
  if (message.end != kNone) return static_cast<double>(events.time_ns(message.end));
  return static_cast<double>(events.time_ns(message.send)) + typical_ns_;
}

MessageIndex::Found MessageIndex::find(const EventTable& events, Index send, Index end) const {
  const trace::NodeId from = events.node(send);
  auto link = std::lower_bound(links_.begin(), links_.end(), from,
                               [](const Link& x, trace::NodeId node) { return x.from < node; });
  Found first;
  for (; link != links_.end() && link->from == from; ++link) {
    auto m = std::lower_bound(link->messages.begin(), link->messages.end(), send,
                              [](const Message& x, Index at) { return x.send < at; });
    for (; m != link->messages.end() && m->send == send; ++m) {
      if (m->end == end) return {&*link, &*m};
      if (!first) first = {&*link, &*m};
    }
  }
  return end == kNone ? first : Found{};
}

std::size_t MessageIndex::bytes() const {
  std::size_t sum = lost_times_.capacity() * sizeof(std::int64_t);
  for (const Link& link : links_) {
    sum += sizeof(Link) + link.messages.capacity() * sizeof(Message) +
           link.lost.capacity() * sizeof(std::uint32_t) +
           link.latest_end.capacity() * sizeof(std::int64_t);
  }
  return sum;
}

}  // namespace norn::viewer
