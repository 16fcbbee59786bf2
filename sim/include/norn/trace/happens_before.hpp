// What happened before an event, and what after it because of it.
//
// Happens-before (Lamport: Time, clocks, and the ordering of events in a distributed system, 1978)
// is here the order of events on a node together with the events' causes: a delivery comes after
// its send, which is its cause. What is before an event is told by one event a node, the last one;
// what is after it by the first one of each node: these are its frontiers.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <limits>
#include <vector>

#include "norn/trace/event.hpp"

namespace norn::trace {

// No position: a node none of whose events is in the set, an event without a cause.
inline constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

// ordered_by_node() is false for what happens on the way of a message: the node for which it is
// recorded does not notice it, so it comes after its cause only.
constexpr bool ordered_by_node(EventKind kind) {
  return kind != EventKind::drop && kind != EventKind::duplicate && kind != EventKind::hold;
}

// CausalEvents are the events of a trace in order, at the positions 0 to size() - 1. cause(i) is
// the position of what brought event i about; anything that is not below i stands for a root.
// node(i) is 0 for the simulation itself and for all else that is not ordered_by_node().
template <class T>
concept CausalEvents = requires(const T& events, std::size_t i) {
  { events.size() } -> std::convertible_to<std::size_t>;
  { events.node(i) } -> std::convertible_to<std::size_t>;
  { events.cause(i) } -> std::convertible_to<std::size_t>;
};

// CausalSet is the past or the future of an event; the event itself belongs to both.
struct CausalSet {
  // By node: the last event of the past, or the first of the future; kNowhere when there is none,
  // and for node 0. All events of the node up to the last, or from the first on, belong to the set.
  std::vector<std::size_t> frontier;
  // The events of node 0 that belong to the set, in order: nothing orders them among themselves.
  std::vector<std::size_t> unordered;
};

namespace causality_detail {

inline std::size_t& at_node(std::vector<std::size_t>& frontier, std::size_t node) {
  if (node >= frontier.size()) frontier.resize(node + 1, kNowhere);
  return frontier[node];
}

inline std::size_t of_node(const std::vector<std::size_t>& frontier, std::size_t node) {
  return node < frontier.size() ? frontier[node] : kNowhere;
}

}  // namespace causality_detail

// in_past() and in_future() say whether event i belongs to the past or the future that
// causal_past() or causal_future() found: O(log n) for what node 0 did, else O(1).
template <CausalEvents Events>
bool in_past(const Events& events, const CausalSet& past, std::size_t i) {
  const std::size_t node = events.node(i);
  if (node == 0) return std::binary_search(past.unordered.begin(), past.unordered.end(), i);
  const std::size_t last = causality_detail::of_node(past.frontier, node);
  return last != kNowhere && i <= last;
}

template <CausalEvents Events>
bool in_future(const Events& events, const CausalSet& future, std::size_t i) {
  const std::size_t node = events.node(i);
  if (node == 0) return std::binary_search(future.unordered.begin(), future.unordered.end(), i);
  const std::size_t first = causality_detail::of_node(future.frontier, node);
  return first != kNowhere && i >= first;
}

// causal_past() is all that happened before an event, and the event. It walks back over all events
// before it: O(event) time, O(nodes + events of node 0) memory.
template <CausalEvents Events>
CausalSet causal_past(const Events& events, std::size_t event) {
  CausalSet past;
  if (event >= static_cast<std::size_t>(events.size())) return past;
  std::vector<std::size_t> wanted;  // events of node 0 that are in the past, as a heap
  const auto reach = [&](std::size_t i) {
    const std::size_t node = events.node(i);
    if (node == 0) {
      wanted.push_back(i);
      std::push_heap(wanted.begin(), wanted.end());
      return;
    }
    std::size_t& last = causality_detail::at_node(past.frontier, node);
    if (last == kNowhere || last < i) last = i;
  };
  reach(event);
  for (std::size_t i = event + 1; i-- > 0;) {
    const std::size_t node = events.node(i);
    if (node == 0) {
      if (wanted.empty() || wanted.front() != i) continue;
      past.unordered.push_back(i);
      while (!wanted.empty() && wanted.front() == i) {
        std::pop_heap(wanted.begin(), wanted.end());
        wanted.pop_back();
      }
    } else {
      const std::size_t last = causality_detail::of_node(past.frontier, node);
      if (last == kNowhere || i > last) continue;
    }
    const std::size_t cause = events.cause(i);
    if (cause < i) reach(cause);
  }
  std::reverse(past.unordered.begin(), past.unordered.end());
  return past;
}

// causal_future() is the event and all that happened after it, because of it. It walks over all
// events behind it: O(size - event) time, O(nodes + events of node 0) memory.
template <CausalEvents Events>
CausalSet causal_future(const Events& events, std::size_t event) {
  CausalSet future;
  const std::size_t size = events.size();
  for (std::size_t i = event; i < size; ++i) {
    const std::size_t node = events.node(i);
    if (node != 0 && causality_detail::of_node(future.frontier, node) != kNowhere) continue;
    const std::size_t cause = events.cause(i);
    if (i != event && (cause >= i || cause < event || !in_future(events, future, cause))) continue;
    if (node == 0) {
      future.unordered.push_back(i);
    } else {
      causality_detail::at_node(future.frontier, node) = i;
    }
  }
  return future;
}

}  // namespace norn::trace
