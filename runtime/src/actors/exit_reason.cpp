#include "norn/runtime/exit_reason.hpp"

#include <cstring>
#include <ostream>

namespace norn {

std::string_view name(ExitKind kind) {
  switch (kind) {
    case ExitKind::normal:
      return "normal";
    case ExitKind::shutdown:
      return "shutdown";
    case ExitKind::kill:
      return "kill";
    case ExitKind::killed:
      return "killed";
    case ExitKind::error:
      return "error";
    case ExitKind::noproc:
      return "noproc";
    case ExitKind::noconnection:
      return "noconnection";
  }
  return "unknown";
}

std::string to_string(const ExitReason& reason) {
  std::string text(name(reason.kind));
  if (!reason.text.empty()) text += ": " + reason.text;
  return text;
}

std::ostream& operator<<(std::ostream& out, const ExitReason& reason) {
  return out << to_string(reason);
}

namespace detail {

Bytes encode_exit(std::span<const std::byte> head, const ExitReason& reason) {
  Bytes bytes(head.begin(), head.end());
  bytes.push_back(static_cast<std::byte>(reason.kind));
  const auto text = std::as_bytes(std::span(reason.text));
  bytes.insert(bytes.end(), text.begin(), text.end());
  return bytes;
}

Result<ExitReason> decode_exit(std::span<const std::byte> bytes) {
  if (bytes.empty()) return Error{Errc::bad_message, "the reason of an exit is missing"};
  if (bytes.front() > static_cast<std::byte>(ExitKind::noconnection))
    return Error{Errc::bad_message, "an exit of an unknown kind"};
  ExitReason reason(static_cast<ExitKind>(bytes.front()));
  const auto text = bytes.subspan(1);
  reason.text.assign(reinterpret_cast<const char*>(text.data()), text.size());
  return reason;
}

}  // namespace detail
}  // namespace norn
