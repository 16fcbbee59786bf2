// Signal: what actors tell each other besides messages.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "norn/runtime/exit_reason.hpp"
#include "norn/runtime/host/message.hpp"
#include "norn/runtime/pid.hpp"

namespace norn::detail {

enum class SignalKind : std::uint8_t {
  link,
  unlink,
  link_exit,  // an actor at the other end of a link has ended
  monitor,
  demonitor,
  down,
  exit,    // by exit()
  add,     // to the directory of the cluster: a name or a member of a group
  remove,  // from it
};

struct Signal {
  SignalKind kind = SignalKind::link;
  Pid from;
  Pid to;  // of the directory: the number 0 stands for the node
  std::uint64_t ref = 0;
  ExitReason reason{};
  std::string name{};  // of the directory
};

// The class of such a message between nodes: "Link", "Down" and so on.
const host::MessageClass& signal_class(SignalKind kind);
// Null when it is no class of a signal.
std::optional<SignalKind> signal_kind(const host::MessageClass& message_class);
Bytes encode_signal(const Signal& signal);
std::optional<Signal> decode_signal(const host::Message& message);

}  // namespace norn::detail
