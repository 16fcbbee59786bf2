#include "check/transactions/time_edges.hpp"

#include <algorithm>
#include <tuple>

namespace norn::check::txn {

namespace {

struct Event {
  std::int64_t group = 0;
  std::int64_t time = 0;
  bool returns = false;  // at one time, calls come first: the two overlap
  std::uint32_t transaction = 0;
};

void add_order(std::vector<Event>& events, EdgeMask kind, EdgeList& edges) {
  std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
    return std::tie(a.group, a.time, a.returns, a.transaction) <
           std::tie(b.group, b.time, b.returns, b.transaction);
  });
  std::uint32_t junction = kNone;  // that who returned so far leads to
  bool called = false;             // someone was called since the junction was made
  const Event* before = nullptr;
  for (const Event& event : events) {
    if (before != nullptr && before->group != event.group) junction = kNone;
    before = &event;
    if (!event.returns) {
      if (junction != kNone) edges.add(junction, event.transaction, kOn);
      called = true;
      continue;
    }
    if (junction == kNone || called) {
      const std::uint32_t next = edges.add_node();
      if (junction != kNone) edges.add(junction, next, kOn);
      junction = next;
      called = false;
    }
    edges.add(event.transaction, junction, kind);
  }
}

}  // namespace

void add_time_edges(const Index& index, EdgeList& edges) {
  std::vector<Event> events;
  events.reserve(std::size_t{2} * index.transactions());
  for (std::uint32_t i = 0; i < index.transactions(); ++i) {
    if (!index.committed(i)) continue;
    const Transaction& transaction = index.history().transactions[i];
    events.push_back({transaction.process, transaction.called, false, i});
    if (index.is_ok(i)) events.push_back({transaction.process, transaction.returned, true, i});
  }
  add_order(events, kProcess, edges);
  for (Event& event : events) event.group = 0;
  add_order(events, kRealtime, edges);
}

}  // namespace norn::check::txn
