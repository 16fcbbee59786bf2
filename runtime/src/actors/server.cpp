#include "norn/runtime/server.hpp"

#include "actors/actor_system.hpp"
#include "norn/runtime/log.hpp"

namespace norn {

namespace {

// To a Server or StateMachine: end with this reason.
struct StopRequest {
  ExitReason reason;
};

}  // namespace

template <>
struct Codec<StopRequest> {
  static constexpr bool is_cbor = false;
  template <class Sink>
  static void encode(const StopRequest& value, Sink&& sink) {
    Codec<ExitReason>::encode(value.reason, sink);
  }
  static Result<StopRequest> decode(std::span<const std::byte> bytes) {
    Result<ExitReason> reason = Codec<ExitReason>::decode(bytes);
    if (!reason) return reason.error();
    return StopRequest{std::move(*reason)};
  }
};

namespace detail {

Error call_error(const CallWait& call, const Pid& server, std::string_view request) {
  const std::string what = "call of " + to_string(server) + " with " + std::string(request);
  if (call.failed()) return {Errc::closed, what + ": it is gone: " + to_string(call.reason())};
  return {Errc::timeout, what + ": no reply in time"};
}

void obey(const host::Message& message) {
  const std::uint64_t hash = message.message_class->hash;
  if (hash == kMessageClass<StopRequest>.hash) {
    if (const auto request = Codec<StopRequest>::decode(message.bytes())) exit(request->reason);
  } else if (hash == kMessageClass<ExitSignal>.hash) {
    const Pid parent = ActorSystem::here("Server::run()").calling("Server::run()").parent;
    const auto signal = Codec<ExitSignal>::decode(message.bytes());
    if (signal && parent.valid() && signal->from == parent) exit(signal->reason);
  }
}

void no_handler(const host::Message& message) {
  log(Log::warning, "dropped a message of class " + std::string(message.message_class->name) +
                        ": the server has no handler for it");
}

const ExitReason* own_exit() {
  const Actor& self = ActorSystem::here("Server::run()").calling("Server::run()");
  return self.leaves ? &self.exit_reason : nullptr;
}

}  // namespace detail

Result<void> stop(const Pid& server, StopOptions options) {
  detail::CallWait wait(server);
  send(server, StopRequest{options.reason});
  wait.wait(detail::deadline_after(options.timeout));
  const std::string what = "stop of " + to_string(server) + ": ";
  if (!wait.failed()) return Error{Errc::timeout, what + "it has not ended in time"};
  if (wait.reason() == options.reason) return {};
  return Error{Errc::closed, what + "it ended otherwise: " + to_string(wait.reason())};
}

}  // namespace norn
