// The templates behind server.hpp.
#pragma once

#include <exception>
#include <string>

#include "norn/runtime/cancelled.hpp"
#include "norn/runtime/detail/actor_call.hpp"
#include "norn/runtime/server.hpp"

namespace norn {

namespace detail {

// "Add" and ".Call" give the name of the class of messages that carry a call with an Add.
template <class M, char... suffix>
struct SuffixedName {
  static constexpr auto make() {
    constexpr std::string_view name = type_name<M>();
    std::array<char, name.size() + sizeof...(suffix)> text{};
    std::copy(name.begin(), name.end(), text.begin());
    std::size_t at = name.size();
    ((text[at++] = suffix), ...);
    return text;
  }
  static constexpr auto kText = make();
  static constexpr std::string_view kName{kText.data(), kText.size()};
};

template <class Request>
struct Asked {
  From<Request> from;
  Request request;
};

// What goes as CBOR, as a whole, so that traces can show it.
template <class Request>
struct AskedAsCbor {
  Pid caller;
  Pid reply_to;
  Request request;
};

template <class Request>
using CallName = SuffixedName<Request, '.', 'C', 'a', 'l', 'l'>;
template <class M>
using CastName = SuffixedName<M, '.', 'C', 'a', 's', 't'>;

template <class Request>
inline constexpr host::MessageClass kCallClass{
    CallName<Request>::kName, host::hash_name(CallName<Request>::kName), Codec<Request>::is_cbor};
template <class M>
inline constexpr host::MessageClass kCastClass{
    CastName<M>::kName, host::hash_name(CastName<M>::kName), Codec<M>::is_cbor};

template <class Request, class Sink>
void encode_call(const From<Request>& from, const Request& request, Sink&& sink) {
  if constexpr (Codec<Request>::is_cbor) {
    Codec<AskedAsCbor<Request>>::encode({from.caller, from.reply_to, request}, sink);
  } else {
    Codec<Request>::encode(request, [&](std::span<const std::byte> bytes) {
      constexpr std::size_t kSmall = 256;
      const auto head = std::as_bytes(std::span(&from, 1));
      std::array<std::byte, kSmall> small;
      Bytes large;
      std::byte* whole = small.data();
      if (head.size() + bytes.size() > kSmall) {
        large.resize(head.size() + bytes.size());
        whole = large.data();
      }
      std::copy(head.begin(), head.end(), whole);
      std::copy(bytes.begin(), bytes.end(), whole + head.size());
      sink(std::span<const std::byte>(whole, head.size() + bytes.size()));
    });
  }
}

template <class Request>
Result<Asked<Request>> decode_call(std::span<const std::byte> bytes) {
  if constexpr (Codec<Request>::is_cbor) {
    Result<AskedAsCbor<Request>> asked = Codec<AskedAsCbor<Request>>::decode(bytes);
    if (!asked) return asked.error();
    return Asked<Request>{{asked->caller, asked->reply_to}, std::move(asked->request)};
  } else {
    constexpr std::size_t kHead = sizeof(From<Request>);
    if (bytes.size() < kHead) return Error{Errc::bad_message, "the call is cut short"};
    Asked<Request> asked{};
    std::memcpy(static_cast<void*>(&asked.from), bytes.data(), kHead);
    Result<Request> request = Codec<Request>::decode(bytes.subspan(kHead));
    if (!request) return request.error();
    asked.request = std::move(*request);
    return asked;
  }
}

// What a call() without a reply tells.
Error call_error(const CallWait& call, const Pid& server, std::string_view request);

// Kinds of handlers.
template <class F>
struct OnCall {
  F handler;
};
template <class F>
struct OnCast {
  F handler;
};
template <class F>
struct OnInfo {
  F handler;
};
template <class F>
struct OnStop {
  F handler;
};

template <class F>
using MessageOf = typename HandlerOf<std::decay_t<F>>::Message;

// dispatch() gives a message to the handler if it is for it, and returns whether it was. The
// message stays the caller's.
template <class F>
bool dispatch(OnCall<F>& on, const host::Message& message) {
  using Request = MessageOf<F>;
  if (message.message_class->hash != kCallClass<Request>.hash) return false;
  const Result<Asked<Request>> asked = decode_call<Request>(message.bytes());
  if (!asked) {
    refused(message, asked.error());
  } else if constexpr (HandlerOf<F>::takes_sender) {
    on.handler(asked->request, asked->from);
  } else {
    reply(asked->from, typename Request::Reply(on.handler(asked->request)));
  }
  return true;
}

template <class M, class F>
bool dispatch_plain(F& handler, const host::MessageClass& wanted, const host::Message& message) {
  if (message.message_class->hash != wanted.hash) return false;
  const Result<M> value = Codec<M>::decode(message.bytes());
  if (value) {
    handler(*value);
  } else {
    refused(message, value.error());
  }
  return true;
}

template <class F>
bool dispatch(OnCast<F>& on, const host::Message& message) {
  using M = MessageOf<F>;
  return dispatch_plain<M>(on.handler, kCastClass<M>, message);
}
template <class F>
bool dispatch(OnInfo<F>& on, const host::Message& message) {
  using M = MessageOf<F>;
  return dispatch_plain<M>(on.handler, kMessageClass<M>, message);
}
template <class Other>
bool dispatch(Other&, const host::Message&) {
  return false;
}

template <class F>
void call_stop(OnStop<F>& on, const ExitReason& reason) {
  on.handler(reason);
}
template <class Other>
void call_stop(Other&, const ExitReason&) {}

template <class Other>
bool call_idle(Other&) {
  return false;
}
template <class F>
bool call_idle(After<F>& idle) {
  idle.action();
  return true;
}
template <class Other>
void idle_deadline(const Other&, TimePoint&) {}
template <class F>
void idle_deadline(const After<F>& idle, TimePoint& deadline) {
  deadline = deadline_after(idle.duration);
}

// obey() ends the actor when the message asks for that: stop(), or the parent's exit signal.
void obey(const host::Message& message);
void no_handler(const host::Message& message);
// The reason given to exit(reason) by the calling actor itself; else null.
const ExitReason* own_exit();

// guard() runs the loop of a server, and tells `stop` with which reason it ends.
template <class Loop, class Stop>
[[noreturn]] void guard(Loop&& loop, Stop&& stop) {
  started();
  try {
    for (;;) loop();
  } catch (const Cancelled&) {
    if (const ExitReason* const reason = own_exit()) stop(*reason);
    throw;
  } catch (const std::exception& problem) {
    stop(ExitReason::error(problem.what()));
    throw;
  }
}

}  // namespace detail

template <class Request>
void reply(const From<Request>& from, const typename Request::Reply& answer) {
  Codec<typename Request::Reply>::encode(answer, [&](std::span<const std::byte> bytes) {
    detail::post(from.reply_to, detail::kReplyClass<Request>, bytes);
  });
}

template <class Request>
Result<typename Request::Reply> call(const Pid& server, const Request& request,
                                     CallOptions options) {
  const Pid caller = detail::caller_pid();
  if (caller == server)
    return Error{Errc::invalid, "a server calls itself: it would wait for ever"};
  detail::CallWait wait(server);
  const From<Request> from{caller, wait.reply_to()};
  detail::encode_call(from, request, [&](std::span<const std::byte> bytes) {
    detail::post(server, detail::kCallClass<Request>, bytes);
  });
  wait.wait(detail::deadline_after(options.timeout));
  if (wait.reply() == nullptr) return detail::call_error(wait, server, type_name<Request>());
  return Codec<typename Request::Reply>::decode(wait.reply()->bytes());
}

template <class M>
void cast(const Pid& server, const M& message) {
  Codec<M>::encode(message, [&](std::span<const std::byte> bytes) {
    detail::post(server, detail::kCastClass<M>, bytes);
  });
}

template <class F>
auto on_call(F handler) {
  return detail::OnCall<F>{std::move(handler)};
}
template <class F>
auto on_cast(F handler) {
  return detail::OnCast<F>{std::move(handler)};
}
template <class F>
auto on_info(F handler) {
  return detail::OnInfo<F>{std::move(handler)};
}
template <class F>
auto on_stop(F handler) {
  return detail::OnStop<F>{std::move(handler)};
}

template <class... Handlers>
void Server<Handlers...>::run() {
  detail::guard([this] { serve_one(); }, [this](const ExitReason& reason) { stop(reason); });
}

template <class... Handlers>
void Server<Handlers...>::stop(const ExitReason& reason) {
  std::apply([&](auto&... handler) { (detail::call_stop(handler, reason), ...); }, handlers_);
}

template <class... Handlers>
void Server<Handlers...>::serve_one() {
  TimePoint deadline = detail::kNoDeadline;
  std::apply([&](auto&... handler) { (detail::idle_deadline(handler, deadline), ...); }, handlers_);
  detail::MailboxScan scan("Server::run()");
  host::Message* message = scan.next();
  while (message == nullptr) {
    if (!scan.wait(deadline)) {
      std::apply([](auto&... handler) { static_cast<void>((detail::call_idle(handler) || ...)); },
                 handlers_);
      return;
    }
    message = scan.next();
  }
  scan.take();
  const detail::MessageGuard owned(*message);
  detail::obey(*message);
  const bool taken = std::apply(
      [&](auto&... handler) { return (detail::dispatch(handler, *message) || ...); }, handlers_);
  if (!taken) detail::no_handler(*message);
}

}  // namespace norn
