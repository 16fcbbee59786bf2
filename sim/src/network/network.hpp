// Network: the links between nodes, and what happens to messages on them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "cluster/cluster.hpp"
#include "engine/core.hpp"
#include "network/cuts.hpp"
#include "network/flows.hpp"
#include "network/rules.hpp"
#include "network/splits.hpp"
#include "network/treatment.hpp"
#include "norn/runtime/host/message.hpp"
#include "norn/sim/link_options.hpp"

namespace norn::sim {

// What a message is on the wire: its bytes with all headers, and how many bytes at the begin of its
// payload are a header that damage would not get past.
struct WireShape {
  std::int64_t bytes = 0;
  std::size_t header = 0;
};
inline constexpr std::int64_t kDatagramHeaders = 28;  // IPv4 (RFC 791) and UDP (RFC 768)

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
  virtual WireShape wire_of(const host::Message& message) const = 0;
  // opens_connection(): it asks for one. refuse() answers it as a machine that wants none.
  virtual bool opens_connection(const host::Message& message) const = 0;
  virtual void refuse(const host::Message& message) = 0;
};

enum class Connecting : std::uint8_t { hangs, refused };

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

  // set_all() is for each link without options of its own, set_groups() for those between groups
  // (the last that fits counts; those of an earlier call are gone), set_link() for one direction of
  // one link, before all others.
  void set_all(const LinkOptions& options) { links_.front() = make_link(options); }
  const LinkOptions& all() const { return links_.front().options; }
  void set_groups(std::span<const GroupLinks> groups);
  void set_link(host::NodeId from, host::NodeId to, const LinkOptions& options);

  // A cut drops, a hold keeps back. `fault` counts each message it bites.
  std::size_t cut(std::span<const host::NodeId> side_a, std::span<const host::NodeId> side_b,
                  bool both_ways, BiteCounter::Slot fault);
  void uncut(std::size_t cut);
  std::size_t split(std::span<const host::NodeId> nodes, std::span<const std::uint32_t> parts,
                    BiteCounter::Slot fault);
  std::size_t ring(std::span<const host::NodeId> nodes, std::uint32_t reach,
                   BiteCounter::Slot fault);
  void unsplit(std::size_t split);
  std::size_t hold(std::span<const host::NodeId> from, std::span<const host::NodeId> to,
                   bool both_ways, BiteCounter::Slot fault);
  // release() ends a hold: what no other hold keeps back goes on, each after the delay it was
  // given; in_order: none before those that were sent earlier.
  void release(std::size_t hold, bool in_order = false);

  // treat() lets a fault act on the messages from one group to another, until untreat().
  std::size_t treat(std::span<const host::NodeId> from, std::span<const host::NodeId> to,
                    bool both_ways, std::unique_ptr<Treatment> treatment);
  void untreat(std::size_t number);
  // fit() is how much data a TCP segment may carry on this link, `wanted` at most.
  std::size_t fit(host::NodeId from, host::NodeId to, std::size_t wanted) {
    return mtus_ == 0 ? wanted : fit_mtu(from, to, wanted);
  }
  std::size_t stop_connecting(std::span<const host::NodeId> from, std::span<const host::NodeId> to,
                              Connecting how, BiteCounter::Slot fault);
  void let_connect(std::size_t number, Connecting how);

  const std::shared_ptr<RuleTable>& rules() const { return rules_; }
  std::uint32_t add_rule(RuleEntry entry);

  std::uint64_t sent() const { return sent_; }
  std::uint64_t lost() const { return lost_; }
  std::uint64_t copied() const { return copied_; }
  // for_each_under_way() visits each message that may yet come.
  template <class Visit>
  void for_each_under_way(Visit visit) const {
    const auto visit_delivery = [&](const QueuedEvent& event) {
      if (static_cast<EventType>(event.data >> 56U) == EventType::deliver)
        visit(std::as_const(pool_.at(static_cast<std::uint32_t>(event.data))));
    };
    core_.queue.for_each(visit_delivery);
    for (const PooledEvent& one : core_.pool) visit_delivery(one.event);
    for (const Held& held : held_) visit(std::as_const(pool_.at(held.slot)));
  }
  // for_each_flow() visits how many messages of which class went from where to where.
  struct FlowCount {
    host::NodeId from;
    host::NodeId to;
    std::uint64_t class_hash;
    std::uint64_t count;
  };
  template <class Visit>
  void for_each_flow(Visit visit) const {
    for (host::NodeId from = 1; from <= cluster_.size(); ++from) {
      flows_.for_each(from, [&](const Flow& flow) {
        visit(FlowCount{from, flow.to, flow.class_hash, flow.count});
      });
    }
  }
  std::string_view class_name(std::uint64_t class_hash) const {
    return class_names_.at(class_hash);
  }
  // own_counts() is what was done without a fault of a plan: by the links themselves and by rules
  // of the scenario. `planned`: the links of the plan, which may be over.
  struct OwnCount {
    FaultKind kind;
    std::uint64_t asked = 0;
    BiteCounts bites{};
  };
  std::vector<OwnCount> own_counts(const LinkOptions& planned) const;

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
  struct Link {
    LinkOptions options{};
    bool treated = false;  // more than latency, loss and duplicates
  };
  struct Treated {
    std::unique_ptr<Treatment> treatment{};  // null: free
    std::size_t cut = 0;                     // in treated_
  };
  static constexpr BiteCounter::Slot kNobody = ~BiteCounter::Slot{0};

  // What the event of a delivery carries.
  static std::uint64_t delivery_of(const host::Message& message) {
    return std::uint64_t{message.to} << 32U | message.slot;
  }
  Link make_link(const LinkOptions& options);
  void fill(Flow& flow, const host::Message& message);
  std::uint32_t link_of(host::NodeId from, host::NodeId to) const;
  [[gnu::always_inline]] bool happens(ChoiceKind kind, const Flow& flow, std::uint64_t occurrence,
                                      Ratio ratio) const;
  // The rare cases of send() and deliver(), out of their way.
  [[gnu::noinline]] void send_nowhere(host::Message& message);
  host::Message& copy_of(const host::Message& message);
  [[gnu::noinline]] void double_message(const host::Message& message, const Flow& flow,
                                        std::uint64_t occurrence);
  // separating() is the fault that keeps the two apart, or kNobody.
  [[gnu::noinline]] BiteCounter::Slot separating(host::NodeId from, host::NodeId to) const;
  [[gnu::noinline]] bool stops_connecting(host::Message& message);
  // treated.cpp
  [[gnu::noinline]] void send_treated(host::Message& message, const Flow& flow,
                                      std::uint64_t occurrence);
  struct Copy {
    std::uint32_t slot;
    std::uint64_t key;
  };
  bool follow_rule(const RuleEntry& rule, host::Message& message, const Flow& flow,
                   std::uint64_t occurrence, Journey& journey);
  void give_up(host::Message& message, trace::DropReason reason);
  std::optional<trace::DropReason> treat_by(Treatment& by, const LinkOptions& options,
                                            const host::Message& message, const Flow& flow,
                                            std::uint64_t occurrence, Journey& journey);
  bool burst_takes(Treatment& by, const BurstLoss& burst, const host::Message& message);
  std::optional<trace::DropReason> damage(const Treatment& by, const LinkOptions& options,
                                          const host::Message& message, std::uint64_t key,
                                          std::uint64_t occurrence, Journey& journey);
  void lengthen(const Treatment& by, const LinkOptions& options, std::uint64_t key,
                std::uint64_t occurrence, Journey& journey);
  bool queue(Treatment& by, const Bandwidth& bandwidth, const host::Message& message,
             Journey& journey);
  void travel(host::Message& message, std::uint64_t key, std::uint64_t occurrence, ChoiceKind kind,
              const Latency& latency, const Journey& journey);
  WireShape wire_of(const host::Message& message) const;
  std::size_t fit_mtu(host::NodeId from, host::NodeId to, std::size_t wanted);
  static void apply_damage(host::Message& message, const Journey& journey);
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
  std::map<std::uint64_t, std::string_view> class_names_;  // of the flows, by hash
  std::vector<Link> links_;                                // the first is that of all others
  std::map<std::pair<host::NodeId, host::NodeId>, std::uint32_t> own_links_;
  Cuts group_links_;  // the tag is the index in links_
  Cuts cuts_;
  Splits splits_;
  Cuts holds_;
  // So that a message that nothing is done to has two numbers to look at:
  std::size_t separations_ = 0;  // cuts and splits
  std::size_t special_ = 0;      // treatments and rules
  std::size_t mtus_ = 0;         // treatments and links with an MTU
  Cuts treated_;                 // the tag is the index in treatments_
  std::vector<Treated> treatments_;
  Treatment own_;  // what the links do by themselves: its state
  std::shared_ptr<RuleTable> rules_;
  Cuts connects_hang_;
  Cuts connects_refused_;
  std::vector<Copy> copies_;  // of the message that is being sent
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
  if (separations_ != 0) [[unlikely]] {
    const BiteCounter::Slot fault = separating(message.from, message.to);
    if (fault != kNobody) return cut_off(message, fault);
  }
  if (message.to_kernel) [[unlikely]]
    return deliver_to_kernel(message);
  const trace::Seq sent = message.sent_seq;
  const host::NodeId to = message.to;
  const std::uint32_t size = message.size;
  const trace::StringId message_class = message.next;
  if (core_.coverage != nullptr) [[unlikely]]
    cover_delivery(*core_.coverage, to, message.message_class->hash);
  bool full = false;
  host::Fiber* const fiber = receiver->accept(message, pool_, full);
  if (full) [[unlikely]]
    return drop(message, trace::DropReason::full_queue);
  core_.scheduler->set_cause(core_.recorder->deliver(sent, to, message_class, size));
  if (fiber != nullptr) core_.scheduler->make_ready(*fiber);
}

}  // namespace norn::sim
