// The templates behind message.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <string>

#include "norn/runtime/host/fiber.hpp"
#include "norn/runtime/killed.hpp"
#include "norn/runtime/log.hpp"
#include "norn/runtime/message.hpp"

namespace norn::detail {

inline constexpr std::size_t kLargestMessage = std::size_t{16} << 20U;
inline constexpr TimePoint kNoDeadline = TimePoint::max();

void send_message(host::NodeId to, const host::MessageClass& message_class,
                  std::span<const std::byte> bytes, std::uint64_t request, bool is_reply);
// For the inbox of that node's life, under the number that its actors know each other by.
void send_to_actor(host::NodeId to, std::uint64_t actor, const host::MessageClass& message_class,
                   std::span<const std::byte> bytes);
// Null when the deadline passed.
host::Message* take_message(std::span<const std::uint64_t> classes, TimePoint deadline);
struct CallClasses {
  const host::MessageClass& request;
  const host::MessageClass& cancel;
};
host::Message* call_message(const CallClasses& classes, host::NodeId to,
                            std::span<const std::byte> bytes, const CallOptions& options);
void release_message(host::Message& message);
TimePoint deadline_after(Duration duration);
void refused(const host::Message& message, const Error& error);

// The class of messages of type M. One object a type.
template <class M>
inline constexpr host::MessageClass kMessageClass{type_name<M>(), host::hash_name(type_name<M>()),
                                                  Codec<M>::is_cbor};

inline constexpr std::string_view kReplySuffix = ".Reply";
inline constexpr std::string_view kCancelSuffix = ".Cancel";

template <class Request, const std::string_view& Suffix>
constexpr auto part_name_storage() {
  constexpr std::string_view name = type_name<Request>();
  std::array<char, name.size() + Suffix.size()> text{};
  std::copy(name.begin(), name.end(), text.begin());
  std::copy(Suffix.begin(), Suffix.end(), text.begin() + name.size());
  return text;
}
template <class Request, const std::string_view& Suffix>
inline constexpr auto kPartName = part_name_storage<Request, Suffix>();
template <class Request, const std::string_view& Suffix>
inline constexpr std::string_view kPartNameView{kPartName<Request, Suffix>.data(),
                                                kPartName<Request, Suffix>.size()};
template <class Request>
inline constexpr host::MessageClass kReplyClass{
    kPartNameView<Request, kReplySuffix>, host::hash_name(kPartNameView<Request, kReplySuffix>),
    Codec<typename Request::Reply>::is_cbor};
template <class Request>
inline constexpr host::MessageClass kCancelClass{
    kPartNameView<Request, kCancelSuffix>, host::hash_name(kPartNameView<Request, kCancelSuffix>),
    false};

// Gives a message back to the pool at the end of a scope.
class MessageGuard {
 public:
  explicit MessageGuard(host::Message& message) : message_(message) {}
  MessageGuard(const MessageGuard&) = delete;
  MessageGuard& operator=(const MessageGuard&) = delete;
  ~MessageGuard() { release_message(message_); }

 private:
  host::Message& message_;
};

// Whether Codec<M> is the general one and copies the bytes of an M.
template <class M>
constexpr bool goes_as_its_bytes() {
  if constexpr (requires { Codec<M>::kCopiesBytes; }) {
    return Codec<M>::kCopiesBytes && std::is_default_constructible_v<M>;
  } else {
    return false;
  }
}

// decode() takes the message's value and gives the message back.
template <class M>
Result<Received<M>> decode(host::Message& message) {
  const MessageGuard guard(message);
  Result<M> value = Codec<M>::decode(message.bytes());
  if (!value) {
    refused(message, value.error());
    return value.error();
  }
  return Received<M>{std::move(*value), Address::from_id(message.from), message.request};
}

template <class M>
inline constexpr std::array<std::uint64_t, 1> kClassOf{kMessageClass<M>.hash};

template <class M>
Result<Received<M>> receive_before(TimePoint deadline) {
  for (;;) {
    host::Message* const message = take_message(kClassOf<M>, deadline);
    if (message == nullptr)
      return Error{Errc::timeout,
                   "no message of class " + std::string(type_name<M>()) + " came in time"};
    Result<Received<M>> received = decode<M>(*message);
    if (received) return received;
  }
}

// The message type of a handler: the decayed first parameter of its call operator.
template <class F>
struct HandlerOf : HandlerOf<decltype(&F::operator())> {};
template <class R, class C, class M, class... More>
struct HandlerOf<R (C::*)(M, More...) const> {
  using Message = std::remove_cvref_t<M>;
  using Return = R;
  static constexpr bool takes_sender = sizeof...(More) == 1;
};
template <class R, class C, class M, class... More>
struct HandlerOf<R (C::*)(M, More...)> : HandlerOf<R (C::*)(M, More...) const> {};
template <class R, class M, class... More>
struct HandlerOf<R (*)(M, More...)> {
  using Message = std::remove_cvref_t<M>;
  using Return = R;
  static constexpr bool takes_sender = sizeof...(More) == 1;
};

template <class Handler, class M>
decltype(auto) invoke_handler(Handler& handler, const Received<M>& received) {
  if constexpr (HandlerOf<std::decay_t<Handler>>::takes_sender) {
    return handler(received.value, received.from);
  } else {
    return handler(received.value);
  }
}

// The number of a request that may come again; nothing of any other message.
struct RepeatableRequest {
  host::NodeId caller = 0;
  std::uint64_t request = 0;
  friend auto operator<=>(const RepeatableRequest&, const RepeatableRequest&) = default;
};
inline std::optional<RepeatableRequest> repeatable(const host::Message& message) {
  if (message.call_part != host::CallPart::repeatable) [[likely]]
    return std::nullopt;
  return RepeatableRequest{message.from, message.request};
}

// The answers that serve() remembers. begin_request() returns whether a handler is to see the
// request; else the answer, if there is one already, was sent again.
bool begin_request(const RepeatableRequest& request, const host::MessageClass& reply_class);
void forget_request(const RepeatableRequest& request);
void remember_answer(const RepeatableRequest& request, std::span<const std::byte> answer,
                     std::size_t remember);

// From the first sight of a repeatable request to its answer. Forgets it if there is none.
class Answering {
 public:
  Answering(std::optional<RepeatableRequest> request, std::size_t remember)
      : request_(request), remember_(remember) {}
  Answering(Answering&& other) noexcept
      : request_(std::exchange(other.request_, std::nullopt)), remember_(other.remember_) {}
  Answering(const Answering&) = delete;
  Answering& operator=(const Answering&) = delete;
  ~Answering() {
    if (request_) forget_request(*request_);
  }
  void answered(std::span<const std::byte> answer) {
    if (request_) remember_answer(*std::exchange(request_, std::nullopt), answer, remember_);
  }

 private:
  std::optional<RepeatableRequest> request_;
  std::size_t remember_;
};

template <class Request>
void send_reply(const Received<Request>& request, const typename Request::Reply& answer,
                Answering& answering) {
  Codec<typename Request::Reply>::encode(answer, [&](std::span<const std::byte> bytes) {
    answering.answered(bytes);
    if (request.request != 0)
      send_message(request.from.id(), kReplyClass<Request>, bytes, request.request, true);
  });
}

template <class Handler>
void act_on(Handler& handler,
            const Received<typename HandlerOf<std::decay_t<Handler>>::Message>& received,
            Answering& answering) {
  using M = typename HandlerOf<std::decay_t<Handler>>::Message;
  if constexpr (std::is_void_v<typename HandlerOf<std::decay_t<Handler>>::Return>) {
    invoke_handler(handler, received);
  } else {
    send_reply(received, typename M::Reply(invoke_handler(handler, received)), answering);
  }
}

// Whether a handler of M is to see the message; one that was seen before is given back.
template <class M>
bool is_first(host::Message& message, const std::optional<RepeatableRequest>& request) {
  if constexpr (requires { typename M::Reply; }) {
    if (!request || begin_request(*request, kReplyClass<M>)) return true;
    release_message(message);
    return false;
  } else {
    return true;
  }
}

// Returns whether the message was of the handler's class (and then took it).
template <class Handler>
bool handle(Handler& handler, host::Message& message, std::size_t remember) {
  using M = typename HandlerOf<std::decay_t<Handler>>::Message;
  if (message.message_class->hash != kMessageClass<M>.hash) return false;
  const auto request = remember == 0 ? std::nullopt : repeatable(message);
  if (!is_first<M>(message, request)) return true;
  Answering answering(request, remember);
  const Result<Received<M>> received = decode<M>(message);
  if (received) act_on(handler, *received, answering);
  return true;
}

// Says what the calling fiber serves, and which request it is at.
class ServingScope {
 public:
  explicit ServingScope(std::span<const std::uint64_t> classes);
  // Of one request, by a fiber that takes no others.
  ServingScope(host::NodeId caller, std::uint64_t request);
  ServingScope(const ServingScope&) = delete;
  ServingScope& operator=(const ServingScope&) = delete;
  ~ServingScope() { fiber_.serving = serving_.outer; }
  void at(const host::Message& message) {
    serving_.request = message.request;
    serving_.caller = message.from;
  }

 private:
  host::Fiber& fiber_;
  host::Serving serving_;
};

template <class... Handlers>
void serve_before(TimePoint deadline, std::size_t remember, Handlers&... handlers) {
  static constexpr std::array<std::uint64_t, sizeof...(Handlers)> kClasses{
      kMessageClass<typename HandlerOf<std::decay_t<Handlers>>::Message>.hash...};
  ServingScope serving(kClasses);
  while (host::Message* const message = take_message(kClasses, deadline)) {
    serving.at(*message);
    static_cast<void>((handle(handlers, *message, remember) || ...));
  }
}

}  // namespace norn::detail

namespace norn {

template <class M>
void send(Address to, const M& message) {
  Codec<M>::encode(message, [to](std::span<const std::byte> bytes) {
    detail::send_message(to.id(), detail::kMessageClass<M>, bytes, 0, false);
  });
}

template <class M>
Received<M> receive() {
  for (;;) {
    host::Message* const message = detail::take_message(detail::kClassOf<M>, detail::kNoDeadline);
    if (message == nullptr) throw Killed{};  // only a dying fiber gets nothing
    if constexpr (detail::goes_as_its_bytes<M>()) {
      // What decode() does, without a Result between: half of all the work at a receiver.
      if (message->size == sizeof(M)) [[likely]] {
        const detail::MessageGuard guard(*message);
        Received<M> received{{}, Address::from_id(message->from), message->request};
        std::memcpy(static_cast<void*>(&received.value), message->bytes().data(), sizeof(M));
        return received;
      }
    }
    Result<Received<M>> received = detail::decode<M>(*message);
    if (received) return std::move(*received);
  }
}

template <class M>
Result<Received<M>> receive_for(Duration timeout) {
  return detail::receive_before<M>(detail::deadline_after(timeout));
}

template <class Request>
Result<typename Request::Reply> call(Address to, const Request& request, CallOptions options) {
  using Reply = typename Request::Reply;
  if (!to.known()) return Error{Errc::unknown_node, "call() to a node that does not exist"};
  host::Message* answer = nullptr;
  Codec<Request>::encode(request, [&](std::span<const std::byte> bytes) {
    answer = detail::call_message({detail::kMessageClass<Request>, detail::kCancelClass<Request>},
                                  to.id(), bytes, options);
  });
  if (answer == nullptr)
    return Error{Errc::timeout, "no reply to " + std::string(type_name<Request>()) + " in time"};
  Result<Received<Reply>> reply = detail::decode<Reply>(*answer);
  if (!reply) return reply.error();
  return std::move(reply->value);
}

template <class Request>
void reply(const Received<Request>& request, const typename Request::Reply& answer) {
  if (request.request == 0) return;  // it was sent, not called: nobody waits
  Codec<typename Request::Reply>::encode(answer, [&](std::span<const std::byte> bytes) {
    detail::send_message(request.from.id(), detail::kReplyClass<Request>, bytes, request.request,
                         true);
  });
}

template <class... Handlers>
[[noreturn]] void serve(Handlers&&... handlers) {
  for (;;) detail::serve_before(detail::kNoDeadline, ServeOptions{}.remember, handlers...);
}

template <class... Handlers>
[[noreturn]] void serve(ServeOptions options, Handlers&&... handlers) {
  for (;;) detail::serve_before(detail::kNoDeadline, options.remember, handlers...);
}

template <class... Handlers>
void serve_for(Duration duration, Handlers&&... handlers) {
  detail::serve_before(detail::deadline_after(duration), ServeOptions{}.remember, handlers...);
}

}  // namespace norn
