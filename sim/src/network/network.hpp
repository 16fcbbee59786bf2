// Network: the links between nodes, and what happens to messages on them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "cluster/cluster.hpp"
#include "engine/core.hpp"
#include "network/cuts.hpp"
#include "network/flows.hpp"
#include "norn/runtime/host/message.hpp"
#include "norn/sim/link_options.hpp"

namespace norn::sim {

// NetworkSink takes what is for the kernels of nodes.
class NetworkSink {
 public:
  NetworkSink() = default;
  NetworkSink(const NetworkSink&) = delete;
  NetworkSink& operator=(const NetworkSink&) = delete;
  virtual ~NetworkSink() = default;
  // refuses() says why a message that has come is dropped; nullopt: accept() takes it.
  virtual std::optional<trace::DropReason> refuses(const host::Message& message) = 0;
  virtual void accept(const host::Message& message) = 0;
};

// Network takes messages from nodes, decides the fate of each by keyed choices, and brings them to
// mailboxes. A message is lost in a partition if the partition stands when it is sent or when it
// would arrive.
class Network {
 public:
  Network(Core& core, Cluster& cluster, host::MessagePool& pool);

  void send(host::Message& message);
  void set_kernel(NetworkSink& kernel) { kernel_ = &kernel; }
  // deliver() brings the message in `slot` to its receiver, now.
  void deliver(std::uint32_t slot);

  // Both ask the processor for what an event of the near future will touch: first the message, the
  // receiver's process and where its flows are; later, by way of these, the fiber that waits, its
  // frames, and the flows. Always inline: gcc takes a function that only prefetches for one without
  // effects and removes its calls.
  [[gnu::always_inline]] void prefetch_delivery(std::uint64_t data) const {
    const auto to = static_cast<host::NodeId>(data >> 32U & 0xffffffU);
    __builtin_prefetch(&pool_.at(static_cast<std::uint32_t>(data)), 1);
    if (const host::Process* const process = cluster_.process(to)) __builtin_prefetch(process, 1);
    flows_.prefetch_place(to);
  }
  [[gnu::always_inline]] void prefetch_receiver(std::uint64_t data) const {
    const auto to = static_cast<host::NodeId>(data >> 32U & 0xffffffU);
    const host::Process* const process = cluster_.process(to);
    if (process == nullptr || process->receivers == nullptr) return;
    host::prefetch(process->receivers, 0, 2);
    host::prefetch(process->receiver_frame, -kFrameLinesBelow, kFrameLinesAbove);
    flows_.prefetch_flows(to);
  }

  // set_all() is for each link without options of its own.
  void set_all(const LinkOptions& options) { links_.front() = options; }
  const LinkOptions& all() const { return links_.front(); }
  void set_link(host::NodeId from, host::NodeId to, const LinkOptions& options);

  // A cut drops, a hold keeps back. `fault` counts each message it bites.
  std::size_t cut(std::span<const host::NodeId> side_a, std::span<const host::NodeId> side_b,
                  bool both_ways, BiteCounter::Slot fault);
  void uncut(std::size_t cut) { cuts_.remove(cut); }
  std::size_t hold(std::span<const host::NodeId> from, std::span<const host::NodeId> to,
                   BiteCounter::Slot fault);
  // release() ends a hold: what no other hold keeps back goes on, each after the delay it was
  // given.
  void release(std::size_t hold);

  std::uint64_t sent() const { return sent_; }
  std::uint64_t lost() const { return lost_; }
  std::uint64_t copied() const { return copied_; }

 private:
  // How much of a parked fiber's stack a message will touch: the frames that it goes on with, and
  // those of its next send().
  static constexpr int kFrameLinesBelow = 6;
  static constexpr int kFrameLinesAbove = 8;

  struct Held {
    std::uint32_t slot;
    std::int64_t delay_ns;
    std::uint64_t tie;
  };

  // What the event of a delivery carries.
  static std::uint64_t delivery_of(const host::Message& message) {
    return std::uint64_t{message.to} << 32U | message.slot;
  }
  void fill(Flow& flow, const host::Message& message);
  [[gnu::always_inline]] bool happens(ChoiceKind kind, const Flow& flow, std::uint64_t occurrence,
                                      Ratio ratio) const;
  // The rare cases of send() and deliver(), out of their way.
  [[gnu::noinline]] void send_nowhere(host::Message& message);
  [[gnu::noinline]] void double_message(const host::Message& message, const Flow& flow,
                                        std::uint64_t occurrence);
  [[gnu::noinline]] void hold_back(host::Message& message, BiteCounter::Slot fault,
                                   std::int64_t delay, std::uint64_t tie);
  [[gnu::noinline]] void cut_off(host::Message& message, BiteCounter::Slot fault);
  [[gnu::noinline]] void drop(host::Message& message, trace::DropReason reason);
  void dispatch(host::Message& message, const Flow& flow, std::uint64_t occurrence,
                ChoiceKind kind);
  void note(trace::EventKind kind, const host::Message& message);
  [[gnu::noinline]] void deliver_to_kernel(host::Message& message);

  Core& core_;
  Cluster& cluster_;
  host::MessagePool& pool_;
  NetworkSink* kernel_ = nullptr;
  FlowTable flows_;
  std::vector<LinkOptions> links_;  // the first is that of all others
  std::map<std::pair<host::NodeId, host::NodeId>, std::uint32_t> own_links_;
  Cuts cuts_;
  Cuts holds_;
  std::vector<Held> held_;
  std::uint64_t sent_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t copied_ = 0;
};

// Inline, because it is what the loop does most.
[[gnu::always_inline]] inline void Network::deliver(std::uint32_t slot) {
  host::Message& message = pool_.at(slot);
  host::Process* const receiver = cluster_.process(message.to);
  if (receiver == nullptr) [[unlikely]]
    return drop(message, trace::DropReason::dead_peer);
  if (const std::uint32_t fault = cuts_.find(message.from, message.to); fault != Cuts::kNoTag)
      [[unlikely]]
    return cut_off(message, fault);
  if (message.to_kernel) [[unlikely]]
    return deliver_to_kernel(message);
  const trace::Seq sent = message.sent_seq;
  const host::NodeId to = message.to;
  const std::uint32_t size = message.size;
  const trace::StringId message_class = message.next;
  bool full = false;
  host::Fiber* const fiber = receiver->accept(message, pool_, full);
  if (full) [[unlikely]]
    return drop(message, trace::DropReason::full_queue);
  core_.scheduler->set_cause(core_.recorder->deliver(sent, to, message_class, size));
  if (fiber != nullptr) core_.scheduler->make_ready(*fiber);
}

}  // namespace norn::sim
