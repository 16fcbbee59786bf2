// Flows: what is remembered of each (sender, receiver, message class).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/choice_hash.hpp"
#include "norn/runtime/host/message.hpp"
#include "norn/trace/event.hpp"

namespace norn::sim {

// A flow counts the messages of one class on one link: the count is part of the key of each choice
// about a message, so that more messages in one flow change nothing in another.
struct Flow {
  host::NodeId from = 0;  // 0: a free place
  host::NodeId to = 0;
  std::uint64_t class_hash = 0;
  std::uint64_t key = 0;    // identity of the flow, from names
  std::uint64_t count = 0;  // messages so far
  trace::StringId class_id = 0;
  std::uint32_t link = 0;  // index of its LinkOptions
};

// FlowTable is a hash table with open addressing, linear probing and no removal: as many flows as a
// cluster uses.
class FlowTable {
 public:
  FlowTable() : flows_(kFirstSize) {}

  // find() returns the flow, calling make(flow) to fill in a new one.
  template <class Make>
  Flow& find(host::NodeId from, host::NodeId to, std::uint64_t class_hash, Make&& make) {
    std::size_t at = place(from, to, class_hash);
    for (;; at = (at + 1) & (flows_.size() - 1)) {
      Flow& flow = flows_[at];
      if (flow.from == from && flow.to == to && flow.class_hash == class_hash) [[likely]]
        return flow;
      if (flow.from == 0) break;
    }
    if ((used_ + 1) * 2 > flows_.size()) {
      grow();
      return find(from, to, class_hash, make);
    }
    ++used_;
    Flow& flow = flows_[at];
    flow.from = from;
    flow.to = to;
    flow.class_hash = class_hash;
    make(flow);
    return flow;
  }

  template <class Visit>
  void for_each(Visit&& visit) {
    for (Flow& flow : flows_) {
      if (flow.from != 0) visit(flow);
    }
  }

 private:
  static constexpr std::size_t kFirstSize = 64;

  std::size_t place(host::NodeId from, host::NodeId to, std::uint64_t class_hash) const {
    const std::uint64_t word = (std::uint64_t{from} << 32U | to) ^ class_hash;
    return static_cast<std::size_t>((word * 0x9e3779b97f4a7c15U) >> 32U) & (flows_.size() - 1);
  }

  void grow() {
    std::vector<Flow> old(flows_.size() * 2);
    old.swap(flows_);
    for (const Flow& flow : old) {
      if (flow.from == 0) continue;
      std::size_t at = place(flow.from, flow.to, flow.class_hash);
      while (flows_[at].from != 0) at = (at + 1) & (flows_.size() - 1);
      flows_[at] = flow;
    }
  }

  std::vector<Flow> flows_;
  std::size_t used_ = 0;
};

}  // namespace norn::sim
