// Probe: an actor for tests, which says what it was sent.
#pragma once

#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "norn/runtime/actor_ref.hpp"
#include "norn/runtime/condition_variable.hpp"
#include "norn/runtime/time.hpp"
#include "norn/runtime/type_name.hpp"

namespace norn {

// What a Probe did not find. Nobody catches it, so that it ends the run as a violation.
struct ProbeFailed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A Probe<Ms...> takes messages of the types Ms, in the order in which they come, and keeps them
// until they are asked for. All times are virtual. The caller need not be an actor; the Probe's own
// actor ends with the Probe.
template <class... Ms>
class Probe {
 public:
  explicit Probe(std::string_view name = "probe");
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;
  ~Probe();

  const ActorRef<Ms...>& ref() const { return ref_; }

  // expect<M>() blocks until there is a message, and returns it. Throws ProbeFailed when none comes
  // within that time, or one of another type.
  template <class M>
  M expect(Duration within);
  // expect_none() blocks for that time, and throws ProbeFailed when a message is there or comes.
  void expect_none(Duration during);
  // fish<M>() drops messages until one is an M for which `wanted` holds, and returns that. Throws
  // ProbeFailed when there was none within that time.
  template <class M, class F>
  M fish(F wanted, Duration within);
  template <class M>
  M fish(Duration within) {
    return fish<M>([](const M&) { return true; }, within);
  }

  std::size_t waiting() const { return inbox_->messages.size(); }

 private:
  using Message = std::variant<Ms...>;
  struct Inbox {
    std::deque<Message> messages;
    ConditionVariable changed;
  };

  bool wait(TimePoint until);
  Message take();
  static std::string name_of(const Message& message);

  std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();
  ActorRef<Ms...> ref_;
};

template <class... Ms>
Probe<Ms...>::Probe(std::string_view name)
    : ref_(spawn_typed<Ms...>(name, [inbox = inbox_] {
        const auto keep = [&](const auto& message) {
          inbox->messages.emplace_back(message);
          inbox->changed.notify_all();
        };
        for (;;) norn::receive(match<Ms>(keep)...);
      })) {}

template <class... Ms>
Probe<Ms...>::~Probe() {
  exit(ref_.pid(), ExitKind::kill);
}

template <class... Ms>
bool Probe<Ms...>::wait(TimePoint until) {
  while (inbox_->messages.empty()) {
    if (now() >= until) return false;
    inbox_->changed.wait_until(until);
  }
  return true;
}

template <class... Ms>
typename Probe<Ms...>::Message Probe<Ms...>::take() {
  Message message = std::move(inbox_->messages.front());
  inbox_->messages.pop_front();
  return message;
}

template <class... Ms>
std::string Probe<Ms...>::name_of(const Message& message) {
  return std::visit([]<class M>(const M&) { return std::string(type_name<M>()); }, message);
}

template <class... Ms>
template <class M>
M Probe<Ms...>::expect(Duration within) {
  const std::string wanted(type_name<M>());
  if (!wait(now() + within)) throw ProbeFailed("probe: no " + wanted + " came in time");
  Message message = take();
  if (M* const value = std::get_if<M>(&message)) return std::move(*value);
  throw ProbeFailed("probe: expected " + wanted + ", but " + name_of(message) + " came");
}

template <class... Ms>
void Probe<Ms...>::expect_none(Duration during) {
  if (wait(now() + during))
    throw ProbeFailed("probe: expected nothing, but " + name_of(inbox_->messages.front()) +
                      " came");
}

template <class... Ms>
template <class M, class F>
M Probe<Ms...>::fish(F wanted, Duration within) {
  const TimePoint until = now() + within;
  std::size_t dropped = 0;
  for (; wait(until); ++dropped) {
    Message message = take();
    M* const value = std::get_if<M>(&message);
    if (value != nullptr && wanted(std::as_const(*value))) return std::move(*value);
  }
  throw ProbeFailed("probe: no " + std::string(type_name<M>()) + " as wanted came in time; " +
                    std::to_string(dropped) + " other messages were dropped");
}

}  // namespace norn
