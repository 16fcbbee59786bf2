// select(): wait for the first of several things.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "norn/runtime/after.hpp"
#include "norn/runtime/channel.hpp"
#include "norn/runtime/context.hpp"

namespace norn {

namespace detail {

// What a fiber chose among `ready` cases: a keyed choice, so each seed chooses in its own way.
std::size_t choose_case(std::size_t ready);
// Blocks until one of the waiters is served (true) or the deadline passes (false).
bool wait_for_cases(host::Fiber& fiber, const host::Selection& selection,
                    std::optional<TimePoint> deadline);

template <class T, class F>
class ReceiveCase {
 public:
  ReceiveCase(Channel<T>* channel, F action) : channel_(channel), action_(std::move(action)) {}
  bool ready() const { return channel_ != nullptr && channel_->can_receive(); }
  void commit() { value_ = channel_->take(); }
  void enlist(host::Waiter& waiter) {
    waiter.item = &value_;
    if (channel_ != nullptr) channel_->receivers_.push(waiter);
  }
  decltype(auto) act() { return action_(std::move(value_)); }

 private:
  Channel<T>* channel_;
  F action_;
  std::optional<T> value_;
};

template <class T, class F>
class SendCase {
 public:
  SendCase(Channel<T>* channel, T value, F action)
      : channel_(channel), value_(std::move(value)), action_(std::move(action)) {}
  bool ready() const { return channel_ != nullptr && channel_->can_send(); }
  void commit() { channel_->give(std::move(value_)); }
  void enlist(host::Waiter& waiter) {
    waiter.item = &value_;
    if (channel_ != nullptr) channel_->senders_.push(waiter);
  }
  decltype(auto) act() { return action_(); }

 private:
  Channel<T>* channel_;
  T value_;
  F action_;
};

template <class F>
class DoneCase {
 public:
  DoneCase(Context context, F action) : context_(std::move(context)), action_(std::move(action)) {}
  bool ready() const { return context_.over(); }
  void commit() {}
  void enlist(host::Waiter& waiter) {
    if (context_.state() != nullptr) context_.state()->done.push(waiter);
  }
  decltype(auto) act() { return action_(); }

 private:
  Context context_;
  F action_;
};

template <class F>
struct Otherwise {
  F action;
};

template <class Case>
struct CaseTraits {
  static constexpr bool kWaits = true;
  static constexpr bool kIsOtherwise = false;
};
template <class F>
struct CaseTraits<After<F>> {
  static constexpr bool kWaits = false;
  static constexpr bool kIsOtherwise = false;
};
template <class F>
struct CaseTraits<Otherwise<F>> {
  static constexpr bool kWaits = false;
  static constexpr bool kIsOtherwise = true;
};

}  // namespace detail

// on_receive(channel, f) takes a value: f gets a std::optional<T>, which is empty when the channel
// is closed and empty. on_send(channel, value, f) gives one. on_done(context, f) waits for the end
// of a Context. A null channel is never ready, which switches its case off.
template <class T, class F>
auto on_receive(Channel<T>& channel, F action) {
  return detail::ReceiveCase<T, F>(&channel, std::move(action));
}
template <class T, class F>
auto on_receive(Channel<T>* channel, F action) {
  return detail::ReceiveCase<T, F>(channel, std::move(action));
}
template <class T, class F>
auto on_send(Channel<T>& channel, std::type_identity_t<T> value, F action) {
  return detail::SendCase<T, F>(&channel, std::move(value), std::move(action));
}
template <class T, class F>
auto on_send(Channel<T>* channel, std::type_identity_t<T> value, F action) {
  return detail::SendCase<T, F>(channel, std::move(value), std::move(action));
}
template <class F>
auto on_done(Context context, F action) {
  return detail::DoneCase<F>(std::move(context), std::move(action));
}
// otherwise(f) is chosen at once when no other case is ready: select() then never blocks.
template <class F>
detail::Otherwise<F> otherwise(F action) {
  return {std::move(action)};
}

// select() blocks until one of its cases can go ahead, does it and calls that case's function, in
// the calling fiber; it returns what the function returns. Among several that are ready it takes
// one by a keyed choice, each equally likely. after(d, f) goes ahead when nothing else did for `d`;
// of several the shortest. Exactly one case happens: no value is taken or given by any other.
// Throws Killed and Cancelled.
template <class... Cases>
auto select(Cases... cases);

}  // namespace norn

#include "norn/runtime/detail/select_impl.hpp"
