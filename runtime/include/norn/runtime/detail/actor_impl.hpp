// The templates behind actor.hpp.
#pragma once

#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "norn/runtime/actor.hpp"
#include "norn/runtime/task.hpp"

namespace norn {

namespace detail {

struct Actor;

// A new actor that has no fiber yet.
Pid prepare_actor(std::string_view name);
// Runs body in the calling fiber as that actor, to its end.
void run_actor(std::uint64_t id, void (*call)(void* body), void* body);
void post(const Pid& to, const host::MessageClass& message_class, std::span<const std::byte> bytes);

// MailboxScan looks at the messages of the calling actor, the oldest first.
class MailboxScan {
 public:
  explicit MailboxScan(const char* what);
  // next() is the next message that was not looked at yet; null when there is none at present.
  host::Message* next();
  // take() removes what next() gave last from the mailbox: it is the caller's now.
  void take();
  // wait() blocks until another message has come (true) or until the deadline (false).
  bool wait(TimePoint deadline);

 private:
  Actor& actor_;
  host::Message* before_ = nullptr;   // the one in front of current_
  host::Message* current_ = nullptr;  // looked at last, and still there
};

struct Anything {
  template <class M>
  bool operator()(const M&) const {
    return true;
  }
};

template <class M, class P, class F>
struct Match {
  using Message = M;
  using Return = std::invoke_result_t<F&, const M&>;
  P predicate;
  F function;
};

template <class T>
struct IsAfter : std::false_type {};
template <class F>
struct IsAfter<After<F>> : std::true_type {};

template <class Clause>
struct ReturnOf {
  using type = typename Clause::Return;
};
template <class F>
struct ReturnOf<After<F>> {
  using type = std::invoke_result_t<F&>;
};

// What a clause returned; void has nothing.
template <class R>
struct Slot {
  std::optional<R> value;
  template <class Call>
  void fill(Call&& call) {
    value.emplace(call());
  }
  R get() { return std::move(*value); }
};
template <>
struct Slot<void> {
  template <class Call>
  void fill(Call&& call) {
    call();
  }
  void get() {}
};

enum class Tried : std::uint8_t { not_for_it, taken, dropped };

template <class R, class M, class P, class F>
Tried try_clause(Match<M, P, F>& clause, host::Message& message, MailboxScan& scan, Slot<R>& slot) {
  if (message.message_class->hash != kMessageClass<M>.hash) return Tried::not_for_it;
  if constexpr (goes_as_its_bytes<M>() && std::is_same_v<P, Anything>) {
    // Without a Result between: half of all the work of a receive.
    if (message.size == sizeof(M)) [[likely]] {
      M value{};
      std::memcpy(static_cast<void*>(&value), message.bytes().data(), sizeof(M));
      scan.take();
      release_message(message);
      slot.fill([&]() -> R { return clause.function(std::as_const(value)); });
      return Tried::taken;
    }
  }
  Result<M> value = Codec<M>::decode(message.bytes());
  if (!value) [[unlikely]] {
    scan.take();
    const MessageGuard guard(message);
    refused(message, value.error());
    return Tried::dropped;
  }
  if constexpr (!std::is_same_v<P, Anything>) {
    if (!clause.predicate(std::as_const(*value))) return Tried::not_for_it;
  }
  scan.take();
  release_message(message);
  slot.fill([&]() -> R { return clause.function(std::as_const(*value)); });
  return Tried::taken;
}

template <class R, class F>
Tried try_clause(After<F>&, host::Message&, MailboxScan&, Slot<R>&) {
  return Tried::not_for_it;
}

template <class F>
void find_deadline(const After<F>& clause, TimePoint& deadline) {
  deadline = deadline_after(clause.duration);
}
template <class M, class P, class F>
void find_deadline(const Match<M, P, F>&, TimePoint&) {}

template <class R, class F>
bool run_after(After<F>& clause, Slot<R>& slot) {
  slot.fill([&]() -> R { return clause.action(); });
  return true;
}
template <class R, class M, class P, class F>
bool run_after(Match<M, P, F>&, Slot<R>&) {
  return false;
}

}  // namespace detail

template <class F>
Pid spawn_actor(std::string_view name, F&& function, std::source_location where) {
  const Pid pid = detail::prepare_actor(name);
  auto code = [id = pid.id, body = std::decay_t<F>(std::forward<F>(function))]() mutable {
    const auto call = [](void* called) {
      static_cast<void>((*static_cast<std::decay_t<F>*>(called))());
    };
    detail::run_actor(id, call, &body);
  };
  spawn(name, std::move(code), {}, where).detach();
  return pid;
}

template <class F>
Pid spawn_link(std::string_view name, F&& function, std::source_location where) {
  const Pid pid = spawn_actor(name, std::forward<F>(function), where);
  link(pid);
  return pid;
}

template <class F>
Monitored spawn_monitor(std::string_view name, F&& function, std::source_location where) {
  const Pid pid = spawn_actor(name, std::forward<F>(function), where);
  return {pid, monitor(pid)};
}

template <class M>
void send(const Pid& to, const M& message) {
  Codec<M>::encode(message, [&](std::span<const std::byte> bytes) {
    detail::post(to, detail::kMessageClass<M>, bytes);
  });
}

template <class M, class F>
auto match(F function) {
  return detail::Match<M, detail::Anything, F>{{}, std::move(function)};
}

template <class M, class P, class F>
auto match_if(P predicate, F function) {
  return detail::Match<M, P, F>{std::move(predicate), std::move(function)};
}

template <class... Clauses>
  requires(sizeof...(Clauses) > 0)
auto receive(Clauses&&... clauses) {
  using Return = std::common_type_t<typename detail::ReturnOf<std::decay_t<Clauses>>::type...>;
  constexpr int kAfters = (int{detail::IsAfter<std::decay_t<Clauses>>::value} + ...);
  static_assert(kAfters <= 1, "receive() takes one after()");
  detail::Slot<Return> slot;
  detail::MailboxScan scan("receive()");
  TimePoint deadline = detail::kNoDeadline;
  if constexpr (kAfters > 0) (detail::find_deadline(clauses, deadline), ...);
  for (;;) {
    while (host::Message* const message = scan.next()) {
      detail::Tried tried = detail::Tried::not_for_it;
      const auto attempt = [&](auto& clause) {
        tried = detail::try_clause(clause, *message, scan, slot);
        return tried != detail::Tried::not_for_it;
      };
      static_cast<void>((attempt(clauses) || ...));
      if (tried == detail::Tried::taken) return slot.get();
    }
    if (!scan.wait(deadline)) break;
  }
  static_cast<void>((detail::run_after(clauses, slot) || ...));
  return slot.get();
}

}  // namespace norn
