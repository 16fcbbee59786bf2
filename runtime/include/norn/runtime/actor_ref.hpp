// ActorRef: an actor of which is known what it understands.
#pragma once

#include <source_location>
#include <string_view>
#include <type_traits>
#include <utility>

#include "norn/runtime/actor.hpp"
#include "norn/runtime/mailbox_limit.hpp"
#include "norn/runtime/server.hpp"

namespace norn {

namespace detail {

template <class M, class... Ms>
inline constexpr bool kIsOneOf = (std::is_same_v<M, Ms> || ...);

void set_mailbox_limit(const Pid& pid, MailboxLimit limit);
// Blocks while the mailbox of an actor of this node is full and it asks its senders to wait.
void wait_for_room(const Pid& pid);

}  // namespace detail

// An ActorRef<Ms...> is the Pid of an actor that takes messages of the types Ms: others do not
// compile. It may be kept, compared and sent as a Pid. An ActorRef of fewer types is made from one
// of more.
template <class... Ms>
class ActorRef {
 public:
  ActorRef() = default;
  // For an actor that is known to take these messages.
  explicit ActorRef(const Pid& pid) : pid_(pid) {}
  template <class... Others>
    requires(detail::kIsOneOf<Ms, Others...> && ...)
  ActorRef(const ActorRef<Others...>& wider) : pid_(wider.pid()) {}

  const Pid& pid() const { return pid_; }
  bool valid() const { return pid_.valid(); }

  // tell() is send(). It blocks only for an actor of the same node whose mailbox is full and has
  // the policy back_pressure.
  template <class M>
    requires detail::kIsOneOf<M, Ms...>
  void tell(const M& message) const {
    detail::wait_for_room(pid_);
    send(pid_, message);
  }

  // ask() is call(): the actor is a Server or StateMachine that answers it. Blocks until the reply,
  // the actor's end or the timeout.
  template <class Request>
    requires detail::kIsOneOf<Request, Ms...>
  Result<typename Request::Reply> ask(const Request& request, CallOptions options = {}) const {
    return call(pid_, request, options);
  }

  friend bool operator==(const ActorRef&, const ActorRef&) = default;
  friend auto operator<=>(const ActorRef&, const ActorRef&) = default;

  template <class Json>
  friend void to_json(Json& json, const ActorRef& ref) {
    to_json(json, ref.pid_);
  }
  template <class Json>
  friend void from_json(const Json& json, ActorRef& ref) {
    from_json(json, ref.pid_);
  }

 private:
  Pid pid_;
};

// spawn_typed<Ms...>() is spawn_actor() for a function that takes these messages, with a limit to
// its mailbox if one is given.
template <class... Ms, class F>
ActorRef<Ms...> spawn_typed(std::string_view name, F&& function, MailboxLimit limit = {},
                            std::source_location where = std::source_location::current()) {
  const Pid pid = spawn_actor(name, std::forward<F>(function), where);
  detail::set_mailbox_limit(pid, limit);
  return ActorRef<Ms...>(pid);
}

}  // namespace norn
