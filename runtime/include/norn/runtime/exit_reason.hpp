// ExitReason: why an actor ended, as those learn that are linked to it or monitor it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "norn/runtime/codec.hpp"
#include "norn/runtime/pid.hpp"
#include "norn/runtime/result.hpp"

namespace norn {

enum class ExitKind : std::uint8_t {
  normal,        // its function returned
  shutdown,      // it was asked to end in good order
  kill,          // only to be sent: exit(pid, ExitKind::kill) cannot be trapped
  killed,        // it got `kill`
  error,         // an exception left its function, or it said so; `text` tells more
  noproc,        // there was no such actor any more
  noconnection,  // its node is dead, or was not heard of for too long
};

// name() is the enumerator's own name.
std::string_view name(ExitKind kind);

struct ExitReason {
  ExitKind kind = ExitKind::normal;
  std::string text{};

  ExitReason() = default;
  ExitReason(ExitKind k) : kind(k) {}
  ExitReason(ExitKind k, std::string t) : kind(k), text(std::move(t)) {}
  static ExitReason error(std::string text) { return {ExitKind::error, std::move(text)}; }

  // abnormal() tells whether a transient child of a supervisor is started again after it.
  bool abnormal() const { return kind != ExitKind::normal && kind != ExitKind::shutdown; }
  friend bool operator==(const ExitReason&, const ExitReason&) = default;
};

// to_string() is the kind's name, and ": text" if there is one.
std::string to_string(const ExitReason& reason);
std::ostream& operator<<(std::ostream& out, const ExitReason& reason);

// MonitorRef tells the monitors of a node apart.
struct MonitorRef {
  std::uint64_t id = 0;
  friend bool operator==(const MonitorRef&, const MonitorRef&) = default;
  friend auto operator<=>(const MonitorRef&, const MonitorRef&) = default;
};

// The message of a monitor: the actor is gone. It comes once, and nothing from that actor after it.
struct Down {
  MonitorRef ref;
  Pid pid;
  ExitReason reason;
};

// The message of a link or of exit() to an actor that traps exits.
struct ExitSignal {
  Pid from;
  ExitReason reason;
};

namespace detail {

// A kind and a text, after what has a fixed size.
Bytes encode_exit(std::span<const std::byte> head, const ExitReason& reason);
Result<ExitReason> decode_exit(std::span<const std::byte> bytes);

struct DownHead {
  MonitorRef ref;
  Pid pid;
};

template <class Head>
Result<Head> decode_head(std::span<const std::byte> bytes) {
  if (bytes.size() <= sizeof(Head)) return Error{Errc::bad_message, "the message is cut short"};
  return Codec<Head>::decode(bytes.first(sizeof(Head)));
}

}  // namespace detail

template <>
struct Codec<ExitReason> {
  static constexpr bool is_cbor = false;
  template <class Sink>
  static void encode(const ExitReason& value, Sink&& sink) {
    const Bytes bytes = detail::encode_exit({}, value);
    sink(std::span<const std::byte>(bytes));
  }
  static Result<ExitReason> decode(std::span<const std::byte> bytes) {
    return detail::decode_exit(bytes);
  }
};

template <>
struct Codec<Down> {
  static constexpr bool is_cbor = false;
  template <class Sink>
  static void encode(const Down& value, Sink&& sink) {
    const detail::DownHead head{value.ref, value.pid};
    const Bytes bytes = detail::encode_exit(std::as_bytes(std::span(&head, 1)), value.reason);
    sink(std::span<const std::byte>(bytes));
  }
  static Result<Down> decode(std::span<const std::byte> bytes) {
    const Result<detail::DownHead> head = detail::decode_head<detail::DownHead>(bytes);
    if (!head) return head.error();
    Result<ExitReason> reason = detail::decode_exit(bytes.subspan(sizeof(detail::DownHead)));
    if (!reason) return reason.error();
    return Down{head->ref, head->pid, std::move(*reason)};
  }
};

template <>
struct Codec<ExitSignal> {
  static constexpr bool is_cbor = false;
  template <class Sink>
  static void encode(const ExitSignal& value, Sink&& sink) {
    const Bytes bytes = detail::encode_exit(std::as_bytes(std::span(&value.from, 1)), value.reason);
    sink(std::span<const std::byte>(bytes));
  }
  static Result<ExitSignal> decode(std::span<const std::byte> bytes) {
    const Result<Pid> from = detail::decode_head<Pid>(bytes);
    if (!from) return from.error();
    Result<ExitReason> reason = detail::decode_exit(bytes.subspan(sizeof(Pid)));
    if (!reason) return reason.error();
    return ExitSignal{*from, std::move(*reason)};
  }
};

}  // namespace norn
