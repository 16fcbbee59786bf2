// StateMachine: an actor whose handlers depend on its state, as Erlang's gen_statem.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "norn/runtime/server.hpp"

namespace norn {

namespace detail {

// Events in order, and the times of a state machine: what does not depend on the type of its
// states.
class EventQueue;

}  // namespace detail

// StateMachine<State> takes events one after the other and gives each to the handler of its type in
// the present state, else to that of its type in any state. Events are messages (cast, call or
// send) and time-outs. State is an enumeration or another type with ==, <.
//
// A handler changes the machine through its verbs: go(), postpone(), next_event(), state_timeout()
// and so on; they take effect when the handler has returned. It ends the machine with exit(reason).
// Events without a handler are dropped, with a warning in the log.
//
//   norn::spawn_actor("door", [] {
//     norn::StateMachine<Door> door(Door::locked);
//     door.in(Door::locked, norn::on_cast([&](const Code& code) {
//       if (code.value != 42) return;
//       door.go(Door::open);
//       door.state_timeout(10s);
//     }));
//     door.on_state_timeout(Door::open, [&] { door.go(Door::locked); });
//     door.run();
//   });
template <class State>
class StateMachine {
 public:
  explicit StateMachine(State initial);
  StateMachine(const StateMachine&) = delete;
  StateMachine& operator=(const StateMachine&) = delete;
  ~StateMachine();

  // ---- handlers, set before run()
  // in() takes on_call(), on_cast() or on_info() for a state; in_any() for all states that have
  // none of their own for that type.
  template <class Handler>
  StateMachine& in(State state, Handler handler);
  template <class Handler>
  StateMachine& in_any(Handler handler);
  // on_enter() is called as f(const State& before) on entering `state`, before any event; for the
  // initial state with itself. It may set times, but not go().
  template <class F>
  StateMachine& on_enter(State state, F handler);
  // The state time-out: f() when `state` has lasted for as long as state_timeout() said.
  template <class F>
  StateMachine& on_state_timeout(State state, F handler);
  // The event time-out: f() when no event has come for as long as event_timeout() said.
  template <class F>
  StateMachine& on_event_timeout(State state, F handler);
  // on_timeout() is for timeout(name, d), in any state.
  template <class F>
  StateMachine& on_timeout(std::string name, F handler);
  // on_stop() is as a Server's.
  template <class F>
  StateMachine& on_stop(F handler);

  // run() handles events until the actor ends. Its beginning says started().
  [[noreturn]] void run();

  // ---- verbs, for handlers
  const State& state() const { return state_; }
  // go() changes the state; to the present one it is nothing. A change cancels the state time-out,
  // and brings back the postponed events, the oldest first, before all others that wait.
  void go(State next);
  // postpone() keeps the event that is handled now until the state has changed.
  void postpone();
  // next_event() puts an event before all that wait (also before postponed ones that come back): it
  // goes to the handler on_info() of its type. Several come in the order of the calls.
  template <class M>
  void next_event(const M& message);
  // state_timeout() begins the time of the state that the machine is in after this handler, anew if
  // it runs. A time that is over goes before the messages in the mailbox.
  void state_timeout(Duration duration);
  void cancel_state_timeout();
  // event_timeout() runs until the next event of any kind.
  void event_timeout(Duration duration);
  // timeout() is a time-out of a name: neither events nor changes of state end it; the same name
  // anew does.
  void timeout(std::string name, Duration duration);
  void cancel_timeout(const std::string& name);

 private:
  using EventHandler = std::function<bool(const host::Message&)>;  // whether it was of its type
  struct Handlers {
    std::vector<EventHandler> events;
    std::function<void(const State&)> enter;
    std::function<void()> state_timeout;
    std::function<void()> event_timeout;
  };

  template <class Handler>
  static EventHandler wrap(Handler handler);
  void enter(const State& before);
  void handle_one();
  bool dispatch(const host::Message& message);
  void ring();
  void settle();  // what the last handler asked for
  void apply_state_time();

  State state_;
  std::optional<State> next_;
  bool entering_ = false;
  std::optional<std::optional<Duration>> state_time_;  // asked for: a time, or none any more
  std::map<State, Handlers> handlers_;
  std::vector<EventHandler> any_;
  std::map<std::string, std::function<void()>> named_;
  std::function<void(const ExitReason&)> stop_;
  std::unique_ptr<detail::EventQueue> queue_;
};

}  // namespace norn

#include "norn/runtime/detail/state_machine_impl.hpp"
