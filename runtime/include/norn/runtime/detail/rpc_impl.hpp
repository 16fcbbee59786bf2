// The templates behind rpc.hpp.
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "norn/runtime/cancelled.hpp"
#include "norn/runtime/context.hpp"
#include "norn/runtime/rpc.hpp"
#include "norn/runtime/semaphore.hpp"
#include "norn/runtime/task_group.hpp"

namespace norn::detail {

// The requests that handlers are at, so that each can be called off. A request that the network
// doubled is there twice.
class RunningCalls {
 public:
  using Key = std::pair<host::NodeId, std::uint64_t>;

  // Entry keeps a request's context known while its handler runs.
  class Entry {
   public:
    Entry(RunningCalls& calls, Key key, const Context& context)
        : calls_(calls), place_(calls.running_.emplace(key, context)) {}
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    ~Entry() { calls_.running_.erase(place_); }

   private:
    RunningCalls& calls_;
    std::multimap<Key, Context>::iterator place_;
  };

  // listen() takes the cancellations of these classes for ever.
  [[noreturn]] void listen(std::span<const std::uint64_t> cancel_classes);

 private:
  std::multimap<Key, Context> running_;
};

// A permit that goes with a handler's fiber, and back when the fiber ends or never began.
class Permit {
 public:
  explicit Permit(Semaphore& from) : from_(&from) {}
  Permit(Permit&& other) noexcept : from_(std::exchange(other.from_, nullptr)) {}
  Permit(const Permit&) = delete;
  Permit& operator=(const Permit&) = delete;
  ~Permit() {
    if (from_ != nullptr) from_->release();
  }

 private:
  Semaphore* from_;
};

struct ConcurrentServer {
  TaskGroup& group;
  Semaphore& permits;
  RunningCalls& running;
  std::size_t remember;
};

// What a request carries as its deadline when there is none.
inline constexpr auto kEndless = static_cast<std::uint64_t>(kNoDeadline.time_since_epoch().count());

template <class Handler>
bool handle_in_fiber(ConcurrentServer& server, Handler& handler, host::Message& message,
                     Permit& permit) {
  using M = typename HandlerOf<std::decay_t<Handler>>::Message;
  if (message.message_class->hash != kMessageClass<M>.hash) return false;
  const auto request = server.remember == 0 ? std::nullopt : repeatable(message);
  if (!is_first<M>(message, request)) return true;
  Answering answering(request, server.remember);
  std::optional<TimePoint> deadline;
  if (message.request != 0 && message.order != kEndless)
    deadline = TimePoint(Duration(static_cast<Duration::rep>(message.order)));
  Result<Received<M>> received = decode<M>(message);
  if (!received) return true;
  auto work = [&running = server.running, &handler, deadline, received = std::move(*received),
               answering = std::move(answering), permit = std::move(permit)]() mutable {
    const Context context =
        deadline ? Context::current().with_deadline(*deadline) : Context::current().with_cancel();
    const RunningCalls::Entry entry(running, {received.from.id(), received.request}, context);
    const ServingScope serving(received.from.id(), received.request);
    try {
      const Context::Scope scope(context);
      act_on(handler, received, answering);
    } catch (const Cancelled&) {
      if (!context.over() || Context::current().over()) throw;
    }
  };
  server.group.spawn(type_name<M>(), std::move(work));
  return true;
}

template <class M>
constexpr std::uint64_t cancel_class_of() {
  if constexpr (requires { typename M::Reply; }) {
    return kCancelClass<M>.hash;
  } else {
    return 0;  // a message that nobody waits for the answer of
  }
}

template <class... Handlers>
void dispatch(ConcurrentServer& server, Handlers&... handlers) {
  static constexpr std::array<std::uint64_t, sizeof...(Handlers)> kClasses{
      kMessageClass<typename HandlerOf<std::decay_t<Handlers>>::Message>.hash...};
  const ServingScope serving(kClasses);
  for (;;) {
    server.permits.acquire();
    Permit permit(server.permits);
    host::Message* const message = take_message(kClasses, kNoDeadline);
    if (message == nullptr) return;  // only a dying fiber gets nothing
    static_cast<void>((handle_in_fiber(server, handlers, *message, permit) || ...));
  }
}

}  // namespace norn::detail

namespace norn {

template <class... Handlers>
[[noreturn]] void serve_concurrently(ConcurrentServeOptions options, Handlers&&... handlers) {
  static constexpr std::array<std::uint64_t, sizeof...(Handlers)> kCancelClasses{
      detail::cancel_class_of<typename detail::HandlerOf<std::decay_t<Handlers>>::Message>()...};
  NORN_ASSERT(options.limit >= 1,
              "serve_concurrently(): with a limit of 0 nothing would be served");
  Semaphore permits(options.limit);
  detail::RunningCalls running;
  TaskGroup group;
  detail::ConcurrentServer server{group, permits, running, options.remember};
  try {
    const Context::Scope scope(group.context());
    group.spawn("cancellations", [&running] { running.listen(kCancelClasses); });
    detail::dispatch(server, handlers...);
  } catch (const Cancelled&) {
    group.cancel();
    group.join();  // throws what a handler threw, if that is why
    throw;
  }
  throw Killed{};
}

}  // namespace norn
