// What the kernels of nodes do by themselves: segments, timers, lives.
#include "kernel/kernel.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "engine/distributions.hpp"
#include "norn/runtime/assert.hpp"

namespace norn::sim {

namespace {
constexpr std::int64_t kNotPending = std::numeric_limits<std::int64_t>::max();
constexpr std::uint32_t kGenerations = 0xffffff;
constexpr std::uint32_t kNet = 10U << 24U;  // node n is 10.0.0.0 + n
constexpr std::uint32_t kNetMask = 0xff000000U;
constexpr std::uint32_t kLoopbackNet = 127U << 24U;
// How a connection ended that was broken.
trace::ConnectionOp op_of(int error) {
  switch (error) {
    case ECONNREFUSED:
      return trace::ConnectionOp::refused;
    case ETIMEDOUT:
      return trace::ConnectionOp::timeout;
    default:
      return trace::ConnectionOp::reset;
  }
}

}  // namespace

Kernel::Kernel(Core& core, Cluster& cluster, Network& network, host::MessagePool& pool)
    : core_(core), cluster_(cluster), network_(network), pool_(pool) {}

Kernel::~Kernel() = default;

// ---- nodes and addresses

NodeKernel& Kernel::of(host::Process& process) {
  const host::NodeId node = process.id();
  if (node >= nodes_.size()) nodes_.resize(cluster_.size() + 1);
  if (nodes_[node] == nullptr) nodes_[node] = std::make_unique<NodeKernel>(process);
  return *nodes_[node];
}

NodeKernel* Kernel::life_of(host::NodeId node) const {
  return node < nodes_.size() ? nodes_[node].get() : nullptr;
}

std::uint32_t Kernel::address_of(host::NodeId node) {
  return kNet + node;
}

host::NodeId Kernel::node_at(const host::Process& from, std::uint32_t address) const {
  if ((address & kNetMask) == kLoopbackNet || address == 0) return from.id();
  const std::uint32_t number = address - kNet;
  return (address & kNetMask) == kNet && number <= cluster_.size() ? number : 0;
}

void Kernel::forget(host::NodeId node) {
  if (life_of(node) == nullptr) return;
  for (const auto& [ends, connection] : nodes_[node]->connections())
    release_timer(connection->timer);
  nodes_[node] = nullptr;
}

void Kernel::exit(host::Process& process) {
  NodeKernel* const node = life_of(process.id());
  if (node == nullptr) return;
  for (const int descriptor : node->table().descriptors()) close(process, descriptor);
}

// ---- sending

void Kernel::transmit(const TcpConnection& connection, const Segment& segment) {
  encode(segment, encoded_);
  send_bytes(timers_[connection.timer].node, connection.ends().remote_node, class_of(segment));
}

void Kernel::send_bytes(host::NodeId from, host::NodeId to,
                        const host::MessageClass& message_class) {
  host::Message& message = pool_.make(encoded_);
  message.message_class = &message_class;
  message.from = from;
  message.to = to;
  message.to_kernel = true;
  network_.send(message);
}

// RFC 9293, 3.10.7.1: what no connection takes.
void Kernel::answer_with_reset(host::NodeId node, host::NodeId peer, const Segment& segment) {
  if (segment.has(kReset)) return;
  Segment reset{.source_port = segment.destination_port,
                .destination_port = segment.source_port,
                .flags = kReset};
  if (segment.has(kAck)) {
    reset.sequence = segment.acknowledgment;
  } else {
    reset.flags = kReset | kAck;
    reset.acknowledgment = segment.sequence + segment.length();
  }
  encode(reset, encoded_);
  send_bytes(node, peer, class_of(reset));
}

// ---- receiving

std::optional<trace::DropReason> Kernel::refuses(const host::Message& message) {
  const auto datagram = decode_datagram(message.bytes());
  if (!datagram) return std::nullopt;
  const NodeKernel* const node = life_of(message.to);
  const Socket* const socket = node == nullptr ? nullptr
                                               : node->bound_to(host::SocketType::datagram,
                                                                datagram->header.destination_port);
  if (socket == nullptr || !socket->serves(message.from, message.to))
    return trace::DropReason::unknown_peer;
  const std::uint16_t source = datagram->header.source_port;
  if (socket->peer && (socket->peer_node != message.from || socket->peer->port != source))
    return trace::DropReason::unknown_peer;
  const bool full = socket->datagram_bytes + datagram->data.size() > socket->datagram_buffer;
  return full ? std::optional(trace::DropReason::full_queue) : std::nullopt;
}

void Kernel::accept(const host::Message& message) {
  NodeKernel& node = of(*cluster_.process(message.to));
  if (const auto datagram = decode_datagram(message.bytes())) {
    Socket* const socket =
        node.bound_to(host::SocketType::datagram, datagram->header.destination_port);
    socket->datagrams.push_back(
        {.from = {.address = address_of(message.from), .port = datagram->header.source_port},
         .bytes = {datagram->data.begin(), datagram->data.end()}});
    socket->datagram_bytes += datagram->data.size();
    socket->readers.notify_one();
    return;
  }
  const std::optional<Segment> segment = decode_segment(message.bytes());
  NORN_ASSERT(segment.has_value(), "a message to a kernel is neither a segment nor a datagram");
  accept_segment(node, message.from, *segment);
}

void Kernel::accept_segment(NodeKernel& node, host::NodeId from, const Segment& segment) {
  const TcpEnds ends{.local_port = segment.destination_port,
                     .remote_port = segment.source_port,
                     .remote_node = from};
  const bool opens = segment.has(kSyn) && !segment.has(kAck) && !segment.has(kReset);
  const auto found = node.connections().find(ends);
  if (found != node.connections().end()) {
    const std::shared_ptr<TcpConnection> connection = found->second;
    // A connection that only waits for stragglers gives way to a new one (RFC 9293, 3.10.7.4).
    if (opens && connection->state() == TcpState::time_wait && !connection->began_with(segment)) {
      connection->abort();
    } else {
      return connection->receive(segment);
    }
  }
  if (opens) return accept_syn(node, from, segment);
  answer_with_reset(node.process().id(), from, segment);
}

void Kernel::accept_syn(NodeKernel& node, host::NodeId from, const Segment& segment) {
  Socket* const socket = node.bound_to(host::SocketType::stream, segment.destination_port);
  const host::NodeId own = node.process().id();
  if (socket == nullptr || socket->backlog == nullptr || !socket->serves(from, own))
    return answer_with_reset(own, from, segment);
  Backlog& backlog = *socket->backlog;
  if (backlog.ready.size() + backlog.handshakes >= backlog.limit) return;  // the peer tries again
  ++backlog.handshakes;
  const TcpEnds ends{.local_port = segment.destination_port,
                     .remote_port = segment.source_port,
                     .remote_node = from};
  make_connection(node, ends, socket->options, false)->answer(segment);
}

void Kernel::established(TcpConnection& connection) {
  NodeKernel& node = *life_of(timers_[connection.timer].node);
  if (!connection.is_passive())
    return note(node.process().id(), trace::ConnectionOp::connect, connection.ends());
  Socket* const socket = node.bound_to(host::SocketType::stream, connection.ends().local_port);
  if (socket == nullptr || socket->backlog == nullptr) return;
  --socket->backlog->handshakes;
  socket->backlog->ready.push_back(node.connections().at(connection.ends()));
  socket->readers.notify_one();
}

void Kernel::ended(TcpConnection& connection, int error) {
  NodeKernel& node = *life_of(timers_[connection.timer].node);
  if (error != 0) note(node.process().id(), op_of(error), connection.ends());
  Socket* const socket = node.bound_to(host::SocketType::stream, connection.ends().local_port);
  if (connection.is_passive() && !connection.was_established() && socket != nullptr &&
      socket->backlog != nullptr) {
    --socket->backlog->handshakes;
  }
  const auto found = node.connections().find(connection.ends());
  if (found != node.connections().end() && found->second.get() == &connection)
    node.connections().erase(found);
  release_timer(connection.timer);
}

void Kernel::release_timer(std::uint32_t number) {
  timers_[number].connection = nullptr;
  ++timers_[number].generation;
  free_timers_.push_back(number);
}

// ---- connections

std::shared_ptr<TcpConnection> Kernel::make_connection(NodeKernel& node, TcpEnds ends,
                                                       const TcpOptions& options, bool active) {
  const host::Process& process = node.process();
  const std::uint64_t peer = cluster_.at(ends.remote_node).key;
  const std::uint64_t service = active ? ends.remote_port : ends.local_port + (1U << 16U);
  const std::uint64_t pair = mix(mix(process.key() + process.incarnation(), peer), service);
  const std::uint64_t key = mix(pair, node.next(pair));
  if (ends.local_port == 0) ends.local_port = choose_port(node, host::SocketType::stream, key);
  if (ends.local_port == 0) return nullptr;
  // RFC 6528: a clock of 4 µs, and a hash of who connects to whom.
  const auto initial_sequence = static_cast<std::uint32_t>(
      static_cast<std::uint64_t>(core_.now_ns / 4000) + draw(core_.choices.seed(), key));
  auto connection = std::make_shared<TcpConnection>(*this, ends, options, key, initial_sequence);
  if (free_timers_.empty()) {
    free_timers_.push_back(static_cast<std::uint32_t>(timers_.size()));
    timers_.emplace_back();
  }
  connection->timer = free_timers_.back();
  free_timers_.pop_back();
  Timer& timer = timers_[connection->timer];
  timer.node = process.id();
  timer.connection = connection;
  timer.when_ns = kNotPending;
  timer.pending_ns = kNotPending;
  timer.pushes = 0;
  node.connections()[ends] = connection;
  return connection;
}

// choose_port() gives a free port, or 0 when there is none: where to begin looking is a choice.
std::uint16_t Kernel::choose_port(NodeKernel& node, host::SocketType type, std::uint64_t key) {
  constexpr std::uint32_t ports = NodeKernel::kLastEphemeral - NodeKernel::kFirstEphemeral + 1U;
  const auto first = [](std::uint64_t bits) {
    return static_cast<std::int64_t>(below(bits, ports));
  };
  const auto start =
      static_cast<std::uint64_t>(core_.choices.choose(ChoiceKind::port, key, 0, ports, 0, first));
  for (std::uint32_t i = 0; i < ports; ++i) {
    const auto port = static_cast<std::uint16_t>(NodeKernel::kFirstEphemeral + (start + i) % ports);
    if (node.is_free(type, port)) return port;
  }
  return 0;
}

void Kernel::note(host::NodeId node, trace::ConnectionOp op, const TcpEnds& ends) {
  trace::Event event;
  event.kind = trace::EventKind::connection;
  event.node = node;
  event.cause = core_.scheduler->cause();
  const bool is_call = op == trace::ConnectionOp::listen || op == trace::ConnectionOp::accept ||
                       op == trace::ConnectionOp::close;
  const host::Fiber* const caller = core_.scheduler->running();  // null: the process is killed
  if (is_call && caller != nullptr) event.fiber = caller->id;
  event.a = static_cast<std::uint64_t>(op);
  event.b = ends.local_port;
  event.c = ends.remote_node;
  event.d = ends.remote_port;
  core_.recorder->record(event);
}

// ---- time

void Kernel::set_timer(TcpConnection& connection, std::int64_t when_ns) {
  Timer& timer = timers_[connection.timer];
  timer.when_ns = when_ns;
  timer.cause = core_.scheduler->cause();
  if (when_ns < timer.pending_ns) push_timer(connection.timer);
}

void Kernel::push_timer(std::uint32_t number) {
  Timer& timer = timers_[number];
  timer.generation = (timer.generation + 1) & kGenerations;
  timer.pending_ns = std::max(timer.when_ns, core_.now_ns);
  const std::uint64_t tie =
      core_.choices.order(ChoiceKind::event_order, timer.connection->key(), timer.pushes++) &
      0xffffffU;
  core_.push(timer.pending_ns, tie, EventType::kernel,
             std::uint64_t{timer.generation} << 32U | number);
}

void Kernel::fire(std::uint64_t data) {
  const auto number = static_cast<std::uint32_t>(data);
  Timer& timer = timers_[number];
  if (timer.connection == nullptr ||
      (timer.generation & kGenerations) != (data >> 32U & kGenerations))
    return;
  timer.pending_ns = kNotPending;
  if (timer.when_ns == kNotPending) return;
  if (timer.when_ns > core_.now_ns) return push_timer(number);
  timer.when_ns = kNotPending;
  const std::shared_ptr<TcpConnection> connection = timer.connection;
  core_.scheduler->set_cause(timer.cause);
  core_.recorder->set_context(timer.node, 0, timer.cause);
  connection->on_timer();
}

}  // namespace norn::sim
