// Kernel: the operating systems of all nodes: their Internet sockets, and what they send to each
// other.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/cluster.hpp"
#include "engine/core.hpp"
#include "kernel/name_service.hpp"
#include "kernel/node_kernel.hpp"
#include "network/network.hpp"
#include "norn/runtime/host/sockets.hpp"

namespace norn::sim {

// The calls of node code come in as host::Sockets; what arrives over the network, as NetworkSink;
// the time, as events of type `kernel`. Whatever it sends goes over the links like any message.
//
// A node that crashes goes silent, as a machine without power: its sockets are forgotten without a
// word to its peers, and its next life answers their segments with resets. A node that ends by
// itself closes its sockets.
class Kernel final : public host::Sockets, public TcpHost, public NetworkSink {
 public:
  Kernel(Core& core, Cluster& cluster, Network& network, host::MessagePool& pool);
  ~Kernel() override;

  // ---- for the descriptor calls (PosixKernel)
  NodeKernel& of(host::Process& process);
  Core& core() { return core_; }
  host::NodeId node_at(const host::Process& from, std::uint32_t address) const;
  static std::uint32_t address_of(host::NodeId node);
  int accept(host::Process& process, int descriptor, host::SocketName& peer, int flags,
             bool close_on_exec);
  // send_on() and receive_on() take the flags of send(2) and recv(2) that they know (MSG_DONTWAIT,
  // MSG_PEEK, MSG_TRUNC). Without `to` a datagram goes to the connected peer.
  std::int64_t send_on(host::Process& process, Socket& socket, std::span<const std::byte> bytes,
                       int flags, const host::SocketName* to);
  std::int64_t receive_on(host::Process& process, Socket& socket, std::span<std::byte> into,
                          int flags, host::SocketName* from);
  NameService& names() { return names_; }
  // release(): the last descriptor of the socket is gone.
  void release(host::Process& process, Socket& socket);
  // lingers() blocks until what the socket had sent is acknowledged, as long as its SO_LINGER says.
  void lingers(host::Process& process, const std::shared_ptr<TcpConnection>& connection,
               Duration most) const;

  // fire() is for the events of type `kernel`.
  void fire(std::uint64_t data);
  // exit(): all fibers of the process have ended by themselves.
  void exit(host::Process& process);
  // forget(): the node has crashed.
  void forget(host::NodeId node);

  // reset_connections() breaks every established connection between the two groups, as by a RST to
  // both ends, and returns how many ends that were.
  std::uint64_t reset_connections(const std::vector<host::NodeId>& side_a,
                                  const std::vector<host::NodeId>& side_b);

  // ---- NetworkSink
  std::optional<trace::DropReason> refuses(const host::Message& message) override;
  void accept(const host::Message& message) override;
  WireShape wire_of(const host::Message& message) const override;
  bool opens_connection(const host::Message& message) const override;
  void refuse(const host::Message& message) override;

  // ---- Sockets
  int socket(host::Process& process, host::SocketType type) override;
  int bind(host::Process& process, int descriptor, host::SocketName name) override;
  int listen(host::Process& process, int descriptor, int backlog) override;
  int accept(host::Process& process, int descriptor, host::SocketName& peer) override;
  int connect(host::Process& process, int descriptor, host::SocketName name) override;
  std::int64_t send(host::Process& process, int descriptor, const void* from,
                    std::size_t length) override;
  std::int64_t receive(host::Process& process, int descriptor, void* into,
                       std::size_t length) override;
  std::int64_t send_to(host::Process& process, int descriptor, const void* from, std::size_t length,
                       host::SocketName to) override;
  std::int64_t receive_from(host::Process& process, int descriptor, void* into, std::size_t length,
                            host::SocketName& from) override;
  int shutdown(host::Process& process, int descriptor, host::ShutdownHow how) override;
  int close(host::Process& process, int descriptor) override;
  int local_name(host::Process& process, int descriptor, host::SocketName& name) override;
  int peer_name(host::Process& process, int descriptor, host::SocketName& name) override;
  int set_deadline(host::Process& process, int descriptor, host::SocketDirection direction,
                   std::optional<TimePoint> deadline) override;
  int set_option(host::Process& process, int descriptor, host::SocketOption option,
                 std::int64_t value) override;
  int resolve(host::Process& process, std::string_view name,
              std::vector<std::uint32_t>& addresses) override;
  std::string name_of(host::Process& process, std::uint32_t address) override;

  // ---- TcpHost
  std::int64_t now_ns() const override { return core_.now_ns; }
  void transmit(const TcpConnection& connection, const Segment& segment) override;
  void set_timer(TcpConnection& connection, std::int64_t when_ns) override;
  std::size_t largest_segment(const TcpConnection& connection) const override {
    return network_.fit(timers_[connection.timer].node, connection.ends().remote_node,
                        connection.options().segment);
  }
  void established(TcpConnection& connection) override;
  void ended(TcpConnection& connection, int error) override;

 private:
  // A connection's timer has at most one event in the queue that counts: one that comes too early
  // is pushed again for the rest, so that moving a deadline back costs nothing.
  struct Timer {
    host::NodeId node = 0;
    std::shared_ptr<TcpConnection> connection;  // null: free
    std::int64_t when_ns = 0;
    std::int64_t pending_ns = 0;  // when its event comes
    std::uint32_t generation = 0;
    std::uint64_t pushes = 0;
    trace::Seq cause = 0;  // the event in which it was set
  };

  // How long a call waits.
  struct Terms {
    host::SocketDirection direction = host::SocketDirection::read;
    bool blocks = true;
    std::optional<TimePoint> patience;  // beside the deadline of the direction
  };

  // kernel.cpp
  NodeKernel* life_of(host::NodeId node) const;
  void push_timer(std::uint32_t number);
  void release_timer(std::uint32_t number);
  void send_bytes(host::NodeId from, host::NodeId to, const host::MessageClass& message_class);
  void accept_segment(NodeKernel& node, host::NodeId from, const Segment& segment);
  void accept_syn(NodeKernel& node, host::NodeId from, const Segment& segment);
  void answer_with_reset(host::NodeId node, host::NodeId peer, const Segment& segment);
  std::shared_ptr<TcpConnection> make_connection(NodeKernel& node, TcpEnds ends,
                                                 const TcpOptions& options, bool active);
  std::uint16_t choose_port(NodeKernel& node, host::SocketType type, std::uint64_t key);
  void end_backlog(NodeKernel& node, Socket& socket);
  void note(host::NodeId node, trace::ConnectionOp op, const TcpEnds& ends);
  // kernel_calls.cpp
  Terms terms_of(const Socket& socket, host::SocketDirection direction, int flags) const;
  int wait(host::Process& process, const Socket& socket, WaitPoint& list, const Terms& terms);
  bool is_late(const std::optional<TimePoint>& deadline) const;
  static int told_how_connect_ended(Socket& socket);
  std::int64_t short_read(NodeKernel& node, const TcpConnection& connection, std::size_t most);
  int bind_to_any(NodeKernel& node, Socket& socket);
  // kernel_datagrams.cpp
  int connect_datagrams(host::Process& process, NodeKernel& node, Socket& socket,
                        host::SocketName name);
  std::int64_t send_datagram(host::Process& process, Socket& socket,
                             std::span<const std::byte> bytes, const host::SocketName* to);
  std::int64_t receive_datagram(host::Process& process, Socket& socket, std::span<std::byte> into,
                                int flags, host::SocketName* from);

  Core& core_;
  Cluster& cluster_;
  Network& network_;
  host::MessagePool& pool_;
  std::vector<std::unique_ptr<NodeKernel>> nodes_;  // by node; null: no socket in this life
  std::vector<Timer> timers_;
  std::vector<std::uint32_t> free_timers_;
  NameService names_;
  std::vector<std::byte> encoded_;  // what is being sent
};

}  // namespace norn::sim
