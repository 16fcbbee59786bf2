// Flows: what is remembered of each (sender, receiver, message class).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/choice_hash.hpp"
#include "norn/runtime/host/huge_pages.hpp"
#include "norn/runtime/host/message.hpp"
#include "norn/trace/event.hpp"

namespace norn::sim {

// A flow counts the messages of one class on one link: the count is part of the key of each choice
// about a message, so that more messages in one flow change nothing in another.
struct Flow {
  std::uint64_t class_hash = 0;
  std::uint64_t key = 0;    // identity of the flow, from names
  std::uint64_t count = 0;  // messages so far
  host::NodeId to = 0;      // 0: a free place
  trace::StringId class_id = 0;
  std::uint32_t link = 0;  // index of its LinkOptions
};

// FlowTable keeps the flows of one sender together, so that they can be fetched as soon as it is
// known who will run. A sender has a part of one array: a list while it is short, then a hash table
// with open addressing and linear probing. A part that is full moves to the end of the array and
// doubles; what it leaves behind is less than what is used. Nothing is removed: as many flows as a
// cluster uses.
class FlowTable {
 public:
  // find() returns the flow, calling make(flow) to fill in a new one. The reference is good until
  // the next call.
  template <class Make>
  Flow& find(host::NodeId from, host::NodeId to, std::uint64_t class_hash, Make&& make) {
    if (from >= parts_.size()) [[unlikely]]
      parts_.resize(std::size_t{from} * 2 + 16);
    Part& part = parts_[from];
    Flow* flow = look_up(part, to, class_hash);
    if (flow != nullptr && flow->to != 0) [[likely]]
      return *flow;
    flow = &add(part, to, class_hash);
    make(*flow);
    return *flow;
  }

  template <class Visit>
  void for_each(host::NodeId from, Visit&& visit) {
    if (from >= parts_.size()) return;
    const Part& part = parts_[from];
    for (std::size_t i = 0; i < part.size; ++i) {
      if (Flow& flow = flows_[part.begin + i]; flow.to != 0) visit(flow);
    }
  }

  template <class Visit>
  void for_each(host::NodeId from, Visit&& visit) const {
    if (from >= parts_.size()) return;
    const Part& part = parts_[from];
    for (std::size_t i = 0; i < part.size; ++i) {
      if (const Flow& flow = flows_[part.begin + i]; flow.to != 0) visit(flow);
    }
  }

  [[gnu::always_inline]] void prefetch_place(host::NodeId from) const {
    __builtin_prefetch(parts_.data() + from);
  }
  [[gnu::always_inline]] void prefetch_flows(host::NodeId from) const {
    if (from >= parts_.size()) return;
    const char* const flows = reinterpret_cast<const char*>(flows_.data() + parts_[from].begin);
    __builtin_prefetch(flows, 1);
    __builtin_prefetch(flows + 64, 1);
    __builtin_prefetch(flows + 128, 1);
  }

 private:
  static constexpr std::uint32_t kFirstSize = 4;
  static constexpr std::uint32_t kLargestList = 8;

  struct Part {
    std::size_t begin = 0;
    std::uint32_t size = 0;
    std::uint32_t used = 0;
  };

  static std::size_t hash(host::NodeId to, std::uint64_t class_hash) {
    return static_cast<std::size_t>(((to ^ class_hash) * 0x9e3779b97f4a7c15U) >> 32U);
  }

  // The flow, or the free place where it belongs, or null.
  Flow* look_up(const Part& part, host::NodeId to, std::uint64_t class_hash) {
    Flow* const flows = flows_.data() + part.begin;
    if (part.size <= kLargestList) {
      for (std::uint32_t i = 0; i < part.used; ++i) {
        if (flows[i].to == to && flows[i].class_hash == class_hash) return &flows[i];
      }
      return part.used < part.size ? &flows[part.used] : nullptr;
    }
    for (std::size_t at = hash(to, class_hash);; ++at) {
      Flow& flow = flows[at & (part.size - 1)];
      if ((flow.to == to && flow.class_hash == class_hash) || flow.to == 0) return &flow;
    }
  }

  Flow& add(Part& part, host::NodeId to, std::uint64_t class_hash) {
    const bool full =
        part.size <= kLargestList ? part.used == part.size : (part.used + 1) * 2 > part.size;
    if (full) grow(part);
    Flow& flow = *look_up(part, to, class_hash);
    flow.to = to;
    flow.class_hash = class_hash;
    ++part.used;
    return flow;
  }

  void grow(Part& part) {
    const Part old = part;
    part.begin = flows_.size();
    part.size = old.size == 0 ? kFirstSize : old.size * 2;
    if (part.size > kLargestList) part.size *= old.size <= kLargestList ? 2 : 1;
    flows_.resize(flows_.size() + part.size);
    for (std::uint32_t i = 0, copied = 0; i < old.size; ++i) {
      const Flow& flow = flows_[old.begin + i];
      if (flow.to == 0) continue;
      Part so_far = part;
      so_far.used = copied++;
      *look_up(so_far, flow.to, flow.class_hash) = flow;
    }
  }

  std::vector<Part, host::HugePages<Part>> parts_;  // by sender
  std::vector<Flow, host::HugePages<Flow>> flows_;
};

}  // namespace norn::sim
