#include "limit_loop.hpp"

#include "engine/event_queue.hpp"
#include "limit_parts.hpp"
#include "message_load.hpp"

namespace norn::bench {

namespace {

// Any odd constants do; these are digits of pi (the key schedule of Blowfish uses the same).
constexpr std::uint64_t kSeed = 0x243f6a8885a308d3U;
constexpr std::uint64_t kOccurrence = 0x13198a2e03707345U;
constexpr std::uint64_t kLatency = 0xa4093822299f31d1U;
constexpr std::uint64_t kLoss = 0x082efa98ec4e6c89U;
constexpr std::uint64_t kLossBelow = 0;  // of 2^64: no message is lost, but each is drawn for

constexpr unsigned kSendRecord = 8;
constexpr unsigned kDeliverRecord = 9;

constexpr std::size_t kBatch = 4;
static_assert(2 * kBatch <= sim::EventQueue::kLookAhead);

struct Slot {
  LoadMessage message;
  std::uint32_t next_free;
  std::uint32_t padding;
  std::uint64_t send_seq;
};
static_assert(sizeof(Slot) == 32);

struct Link {
  std::uint32_t to_plus_one;  // 0: a free place
  std::uint32_t faults;       // what a partition would set
  std::uint64_t messages;     // how many were sent: the key of the next draw
};

// A flat hash table of links by (source, destination), in which the places of one source lie
// together: they can be fetched as soon as it is known who will run.
constexpr std::uint32_t kLinkPlaces = 2 * kNeighbours;

struct alignas(64) Node {
  fcontext::fcontext_t context;
  std::uint32_t inbox;  // slot of the message that is delivered
  std::uint32_t id;
  std::array<std::uint64_t, 6> padding;
  std::array<Link, kLinkPlaces> links;
};
static_assert(sizeof(Node) == 192);

Link& link_between(Node& from, std::uint32_t to) {
  std::uint32_t place = to % kLinkPlaces;
  while (from.links[place].to_plus_one != to + 1) {
    if (from.links[place].to_plus_one == 0) {
      from.links[place].to_plus_one = to + 1;
      break;
    }
    place = (place + 1) % kLinkPlaces;
  }
  return from.links[place];
}

}  // namespace

struct LimitLoop::State {
  explicit State(std::uint32_t nodes);

  void run(std::uint64_t messages);

  // What a fiber is told when it begins.
  struct Birth {
    State* loop;
    Node* self;
  };
  static void fiber_entry(fcontext::transfer_t transfer);
  [[noreturn]] void forward_for_ever(Node& self, LoadMessage message);
  LoadMessage receive(Node& self);
  LoadMessage take(Node& self);
  void send(Node& self, std::uint32_t to, const LoadMessage& message);
  Node& next_to_run();
  [[gnu::always_inline]] void prefetch_ahead() const;

  sim::EventQueue queue;
  BareTrace trace;
  std::uint32_t node_count;
  std::uint32_t free_slot = 0;
  std::int64_t now_ns = 0;
  std::int64_t recorded_ns = 0;
  std::uint64_t seq = 0;
  std::uint64_t left = 0;
  Table<Node> nodes;  // the last one is the host, who calls run()
  Table<Slot> slots;
  Stacks stacks;
};

namespace {

// switch_to() suspends `self` and runs `next`; it returns when somebody switches back to `self`.
void switch_to(Node& self, Node& next) {
  const fcontext::transfer_t from = fcontext::jump_fcontext(next.context, &self);
  static_cast<Node*>(from.data)->context = from.fctx;
}

}  // namespace

LimitLoop::State::State(std::uint32_t count)
    : node_count(count), nodes(count + 1), slots(count + 1), stacks(count) {
  for (std::uint32_t i = 0; i < node_count; ++i) slots[i].next_free = i + 1;
  for (std::uint32_t i = 0; i < node_count; ++i) {
    nodes[i].id = i;
    Birth birth{this, &nodes[i]};
    nodes[i].context = fcontext::jump_fcontext(stacks.first(i, fiber_entry), &birth).fctx;
  }
  for (std::uint32_t i = 0; i < messages_in_flight(node_count); ++i) {
    LoadMessage message = first_message(i);
    const std::uint32_t to = next_peer(message, neighbours(i, node_count));
    send(nodes[i], to, message);
  }
}

void LimitLoop::State::fiber_entry(fcontext::transfer_t transfer) {
  const Birth birth = *static_cast<Birth*>(transfer.data);
  transfer = fcontext::jump_fcontext(transfer.fctx, nullptr);
  static_cast<Node*>(transfer.data)->context = transfer.fctx;
  // Somebody delivered the first message already: the first receive() must not look for another.
  LoadMessage message = birth.loop->take(*birth.self);
  birth.loop->forward_for_ever(*birth.self, message);
}

void LimitLoop::State::forward_for_ever(Node& self, LoadMessage message) {
  const auto peers = neighbours(self.id, node_count);
  for (;;) {
    const std::uint32_t to = next_peer(message, peers);
    send(self, to, message);
    message = receive(self);
  }
}

void LimitLoop::State::send(Node& self, std::uint32_t to, const LoadMessage& message) {
  Link& link = link_between(self, to);
  const std::uint64_t pair = std::uint64_t{self.id} << 32 | to;
  const std::uint64_t key = multiply_fold(pair ^ kSeed, ++link.messages ^ kOccurrence);
  const bool lost = multiply_fold(key, kLoss) < kLossBelow || link.faults != 0;
  NORN_ASSERT(!lost, "the limit loop has no faults");
  const std::uint64_t drawn = multiply_fold(key, kLatency);
  const std::int64_t latency_ns =
      kLatencyMinNs + static_cast<std::int64_t>((drawn >> 32) * kLatencyRangeNs >> 32);

  const std::uint32_t index = free_slot;
  Slot& slot = slots[index];
  free_slot = slot.next_free;
  slot.message = message;
  slot.send_seq = ++seq;
  trace.record(kSendRecord, zigzag(self.id, to), sizeof message);
  queue.push({now_ns + latency_ns, seq, std::uint64_t{to} << 32 | index});
}

LoadMessage LimitLoop::State::receive(Node& self) {
  Node& next = next_to_run();
  if (&next != &self) switch_to(self, next);
  return take(self);
}

LoadMessage LimitLoop::State::take(Node& self) {
  const std::uint32_t index = self.inbox;
  Slot& slot = slots[index];
  const LoadMessage message = slot.message;
  slot.next_free = std::exchange(free_slot, index);
  return message;
}

// next_to_run() takes the next event and does what it says, or names the host when enough was done.
Node& LimitLoop::State::next_to_run() {
  if (left == 0) [[unlikely]]
    return nodes[node_count];
  --left;
  const sim::QueuedEvent event = queue.pop();
  prefetch_ahead();
  const auto index = static_cast<std::uint32_t>(event.data);
  Node& node = nodes[event.data >> 32];
  const auto waited_ns = static_cast<std::uint32_t>(event.time_ns - now_ns);
  now_ns = event.time_ns;
  node.inbox = index;
  trace.record(kDeliverRecord, waited_ns,
               static_cast<std::uint32_t>(++seq - slots[index].send_seq));
  return node;
}

// Once every kBatch events, the frames of the next kBatch fibers are fetched, and the nodes and
// slots of as many after them: in two steps, because where a frame lies is written in its node. In
// batches, because a prefetch that misses the TLB holds up the processor until the page walk is
// done: the walks of a batch overlap. Always inline, because gcc takes a function that only
// prefetches for one without effects and removes the call.
inline void LimitLoop::State::prefetch_ahead() const {
  if (left % kBatch != 0) return;
  for (std::size_t i = 0; i < kBatch; ++i) {
    const sim::QueuedEvent* const soon = queue.look_ahead(i);
    if (soon == nullptr) return;
    prefetch_frame(nodes[soon->data >> 32].context);
  }
  for (std::size_t i = kBatch; i < 2 * kBatch; ++i) {
    const sim::QueuedEvent* const later = queue.look_ahead(i);
    if (later == nullptr) return;
    const char* const node = reinterpret_cast<const char*>(&nodes[later->data >> 32]);
    for (std::size_t line = 0; line < sizeof(Node); line += 64) __builtin_prefetch(node + line, 1);
    __builtin_prefetch(&slots[static_cast<std::uint32_t>(later->data)], 1);
  }
}

void LimitLoop::State::run(std::uint64_t messages) {
  left = messages;
  Node& host = nodes[node_count];
  switch_to(host, next_to_run());
}

LimitLoop::LimitLoop(std::uint32_t nodes) : state_(std::make_unique<State>(nodes)) {}
LimitLoop::~LimitLoop() = default;
void LimitLoop::run(std::uint64_t messages) {
  state_->run(messages);
}
std::uint64_t LimitLoop::hash() const {
  return state_->trace.hash();
}
std::uint64_t LimitLoop::trace_bytes() const {
  return state_->trace.bytes();
}
std::uint64_t LimitLoop::trace_records() const {
  return state_->trace.records();
}

}  // namespace norn::bench
