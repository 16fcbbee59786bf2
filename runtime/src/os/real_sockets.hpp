// RealSockets: the socket calls of the real world.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "norn/runtime/host/sockets.hpp"
#include "os/socket_calls.hpp"

namespace norn::real {

// Every node of the world has the address 127.0.0.1, and they share its ports. A port that is bound
// to any address is reached from other machines too.
class RealSockets final : public host::Sockets {
 public:
  RealSockets(NodeFiles& files, SocketCalls& calls) : files_(files), calls_(calls) {}

  // add_node() makes a name known to resolve().
  void add_node(std::string name) { node_names_.push_back(std::move(name)); }

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

 private:
  NodeFiles& files_;
  SocketCalls& calls_;
  std::vector<std::string> node_names_;
};

}  // namespace norn::real
