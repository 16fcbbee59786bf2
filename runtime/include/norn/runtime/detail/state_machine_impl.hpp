// The templates behind state_machine.hpp.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "norn/runtime/detail/server_impl.hpp"
#include "norn/runtime/state_machine.hpp"

namespace norn {

namespace detail {

// Which of a machine's times is over.
enum class Clocks : std::uint8_t { none, state, event, named };

class EventQueue {
 public:
  EventQueue() = default;
  EventQueue(const EventQueue&) = delete;
  EventQueue& operator=(const EventQueue&) = delete;
  ~EventQueue();

  // wait() blocks until there is an event (true) or a time is over (false). A time that is over
  // goes before the mailbox, but not before what was inserted or brought back.
  bool wait();
  const host::Message& current() const { return *current_; }
  // The clock that rang, and its name; it is reset.
  Clocks rung();
  const std::string& rung_name() const { return rung_name_; }
  // done() ends the handling of the current event: it is dropped, or kept if it was postponed.
  void done();
  // changed() brings back what was postponed.
  void changed();

  void postpone();
  void insert(const host::MessageClass& message_class, std::span<const std::byte> bytes);
  void insert_all();  // what was asked for by insert() goes to the front
  void set(Clocks clock, std::optional<Duration> duration);
  void set_named(std::string name, std::optional<Duration> duration);

 private:
  TimePoint next_deadline() const;
  void release_all(std::deque<host::Message*>& messages);

  host::Message* current_ = nullptr;
  bool postponed_now_ = false;
  std::deque<host::Message*> ready_;      // inserted and brought back: before the mailbox
  std::deque<host::Message*> inserted_;   // asked for by the handler that runs
  std::deque<host::Message*> postponed_;  // until the state changes
  std::optional<TimePoint> state_at_;
  std::optional<TimePoint> event_at_;
  std::map<std::string, TimePoint> named_at_;
  std::string rung_name_;
};

}  // namespace detail

template <class State>
StateMachine<State>::StateMachine(State initial)
    : state_(std::move(initial)), queue_(std::make_unique<detail::EventQueue>()) {}

template <class State>
StateMachine<State>::~StateMachine() = default;

template <class State>
template <class Handler>
auto StateMachine<State>::wrap(Handler handler) -> EventHandler {
  return [handler = std::move(handler)](const host::Message& message) mutable {
    return detail::dispatch(handler, message);
  };
}

template <class State>
template <class Handler>
StateMachine<State>& StateMachine<State>::in(State state, Handler handler) {
  handlers_[state].events.push_back(wrap(std::move(handler)));
  return *this;
}

template <class State>
template <class Handler>
StateMachine<State>& StateMachine<State>::in_any(Handler handler) {
  any_.push_back(wrap(std::move(handler)));
  return *this;
}

template <class State>
template <class F>
StateMachine<State>& StateMachine<State>::on_enter(State state, F handler) {
  handlers_[state].enter = std::move(handler);
  return *this;
}

template <class State>
template <class F>
StateMachine<State>& StateMachine<State>::on_state_timeout(State state, F handler) {
  handlers_[state].state_timeout = std::move(handler);
  return *this;
}

template <class State>
template <class F>
StateMachine<State>& StateMachine<State>::on_event_timeout(State state, F handler) {
  handlers_[state].event_timeout = std::move(handler);
  return *this;
}

template <class State>
template <class F>
StateMachine<State>& StateMachine<State>::on_timeout(std::string name, F handler) {
  named_[std::move(name)] = std::move(handler);
  return *this;
}

template <class State>
template <class F>
StateMachine<State>& StateMachine<State>::on_stop(F handler) {
  stop_ = std::move(handler);
  return *this;
}

// ---- running

template <class State>
void StateMachine<State>::run() {
  bool entered = false;
  detail::guard(
      [&] {
        if (!std::exchange(entered, true)) enter(state_);
        handle_one();
      },
      [this](const ExitReason& reason) {
        if (stop_) stop_(reason);
      });
}

template <class State>
void StateMachine<State>::enter(const State& before) {
  const auto found = handlers_.find(state_);
  if (found == handlers_.end() || !found->second.enter) return;
  entering_ = true;
  found->second.enter(before);
  entering_ = false;
  queue_->insert_all();
  apply_state_time();
}

template <class State>
void StateMachine<State>::handle_one() {
  if (!queue_->wait()) return ring();
  detail::obey(queue_->current());
  queue_->set(detail::Clocks::event, std::nullopt);
  if (!dispatch(queue_->current())) detail::no_handler(queue_->current());
  settle();
}

template <class State>
bool StateMachine<State>::dispatch(const host::Message& message) {
  const auto take = [&](std::vector<EventHandler>& handlers) {
    for (EventHandler& handler : handlers) {
      if (handler(message)) return true;
    }
    return false;
  };
  const auto found = handlers_.find(state_);
  return (found != handlers_.end() && take(found->second.events)) || take(any_);
}

template <class State>
void StateMachine<State>::ring() {
  const detail::Clocks clock = queue_->rung();
  queue_->set(detail::Clocks::event, std::nullopt);
  const auto call = [](std::function<void()>& handler) {
    if (handler) handler();
  };
  const auto found = handlers_.find(state_);
  if (clock == detail::Clocks::named) {
    const auto named = named_.find(queue_->rung_name());
    if (named != named_.end()) call(named->second);
  } else if (found != handlers_.end()) {
    call(clock == detail::Clocks::state ? found->second.state_timeout
                                        : found->second.event_timeout);
  }
  settle();
}

template <class State>
void StateMachine<State>::settle() {
  queue_->done();
  const bool changes = next_.has_value();
  const State before = state_;
  if (changes) {
    state_ = std::move(*next_);
    next_.reset();
    queue_->set(detail::Clocks::state, std::nullopt);
    queue_->changed();
  }
  queue_->insert_all();
  apply_state_time();
  if (changes) enter(before);
}

template <class State>
void StateMachine<State>::apply_state_time() {
  if (state_time_) queue_->set(detail::Clocks::state, *state_time_);
  state_time_.reset();
}

// ---- verbs

template <class State>
void StateMachine<State>::go(State next) {
  NORN_ASSERT(!entering_,
              "go() in on_enter(): use state_timeout(0s) or next_event() and go() there");
  if (next == state_) {
    next_.reset();
    return;
  }
  next_ = std::move(next);
}

template <class State>
void StateMachine<State>::postpone() {
  queue_->postpone();
}

template <class State>
template <class M>
void StateMachine<State>::next_event(const M& message) {
  Codec<M>::encode(message, [&](std::span<const std::byte> bytes) {
    queue_->insert(detail::kMessageClass<M>, bytes);
  });
}

template <class State>
void StateMachine<State>::state_timeout(Duration duration) {
  state_time_ = std::optional<Duration>(duration);
}

template <class State>
void StateMachine<State>::cancel_state_timeout() {
  state_time_ = std::optional<Duration>();
}

template <class State>
void StateMachine<State>::event_timeout(Duration duration) {
  queue_->set(detail::Clocks::event, duration);
}

template <class State>
void StateMachine<State>::timeout(std::string name, Duration duration) {
  queue_->set_named(std::move(name), duration);
}

template <class State>
void StateMachine<State>::cancel_timeout(const std::string& name) {
  queue_->set_named(name, std::nullopt);
}

}  // namespace norn
