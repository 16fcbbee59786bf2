// LocalSocket: sockets between the fibers of one node (AF_UNIX, unix(7)).
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/byte_queue.hpp"
#include "kernel/description.hpp"

namespace norn::sim {

class LocalSocket;

// LocalNames are the names that local sockets of one life of a node are bound to: paths, as the
// disk resolves them, and abstract names, which begin with a zero byte. A path stays taken after
// its socket was closed, until it is unlinked; an abstract name goes with its socket. Other than on
// a real disk, where the inode of a dead socket is left behind, no name outlives the node.
class LocalNames {
 public:
  // add() is -EADDRINUSE when the name is taken, or what is wrong with the path.
  int add(std::string_view name, const std::shared_ptr<LocalSocket>& socket);
  // find() is null with `error` -ENOENT, or -ECONNREFUSED when nobody is behind the name.
  std::shared_ptr<LocalSocket> find(std::string_view name, int& error) const;
  bool contains(std::string_view name) const;
  bool remove(std::string_view name);

 private:
  static int key_of(std::string_view name, std::string& key);

  std::map<std::string, std::weak_ptr<LocalSocket>> names_;
};

// A stream is fresh, then listens or has a peer; a datagram socket has a queue and perhaps a peer.
// What was sent lies at the receiver; the sender's SO_SNDBUF bounds how much.
class LocalSocket final : public Description, public std::enable_shared_from_this<LocalSocket> {
 public:
  static constexpr std::size_t kMostDatagrams = 10;  // net.unix.max_dgram_qlen

  LocalSocket(bool stream, int flags) : Description(O_RDWR | flags), stream_(stream) {}

  std::uint32_t ready() override;
  std::int64_t read(host::Process& process, std::span<std::byte> into) override {
    return receive(process, into, 0, nullptr);
  }
  std::int64_t write(host::Process& process, std::span<const std::byte> bytes) override {
    return send(process, bytes, 0, nullptr);
  }
  int status(host::Process& process, struct stat& status) override;
  void closed(host::Process& process) override;

  int bind(LocalNames& names, std::string_view name);
  int listen(int backlog);
  // accept() gives the other end of a connection, with no descriptor yet.
  int accept(host::Process& process, int flags, std::shared_ptr<LocalSocket>& made);
  int connect(host::Process& process, const LocalNames& names, std::string_view name);
  void pair_with(LocalSocket& other);
  // send() and receive() take the flags of Kernel::send_on() and receive_on(). `to` is who gets a
  // datagram, null: the peer.
  std::int64_t send(host::Process& process, std::span<const std::byte> bytes, int flags,
                    LocalSocket* to);
  std::int64_t receive(host::Process& process, std::span<std::byte> into, int flags,
                       std::string* from);
  int shutdown(int how);

  bool is_stream() const { return stream_; }
  bool listens() const { return listens_; }
  const std::string& name() const { return name_; }
  std::shared_ptr<LocalSocket> peer() const { return peer_.lock(); }
  bool is_connected() const { return connected_; }
  std::size_t unread() const;
  int take_error();

  std::size_t send_buffer = 212'992;  // wmem_default of Linux
  std::optional<Duration> read_patience;
  std::optional<Duration> write_patience;

 private:
  struct Datagram {
    std::string from;
    std::vector<std::byte> bytes;
  };

  int wait(host::Process& process, host::WaitList& list, int flags,
           const std::optional<TimePoint>& deadline) const;
  std::int64_t send_stream(host::Process& process, std::span<const std::byte> bytes, int flags);
  std::int64_t send_datagram(host::Process& process, std::span<const std::byte> bytes, int flags,
                             const std::shared_ptr<LocalSocket>& target);
  std::int64_t receive_datagram(host::Process& process, std::span<std::byte> into, int flags,
                                std::string* from);
  void arrived();
  void taken();
  void lose_peer(bool reset);

  bool stream_;
  bool listens_ = false;
  bool connected_ = false;
  bool hung_up_ = false;  // the peer is closed
  bool read_shut_ = false;
  bool write_shut_ = false;
  bool end_sent_ = false;  // the peer will write no more
  int error_ = 0;
  std::string name_;
  std::weak_ptr<LocalSocket> peer_;
  ByteQueue bytes_;  // of a stream
  std::deque<Datagram> datagrams_;
  std::deque<std::shared_ptr<LocalSocket>> backlog_;
  std::size_t backlog_limit_ = 0;
  host::WaitList readers_;
  host::WaitList writers_;  // who waits for room in the queue of this socket
};

}  // namespace norn::sim
