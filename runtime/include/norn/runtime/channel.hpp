// Channel<T>: typed hand-over between the fibers of a node.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include "norn/runtime/assert.hpp"
#include "norn/runtime/detail/ring.hpp"
#include "norn/runtime/host/scheduler.hpp"
#include "norn/runtime/host/waiter.hpp"
#include "norn/runtime/time.hpp"

namespace norn {

namespace detail {
template <class T, class F>
class ReceiveCase;
template <class T, class F>
class SendCase;
}  // namespace detail

// A Channel of capacity 0 hands over directly: send() returns once a receiver has the value.
// Otherwise up to `capacity` values wait in it. Values come out in the order in which they went in,
// and fibers are served in the order in which they came: nobody overtakes. close() ends it: what is
// inside can still be received, after that receive() returns nothing at once. Sending on a closed
// channel, in whatever way, asserts. A Channel must outlive the fibers that are blocked on it. See
// select() for waiting on several.
template <class T>
class Channel {
 public:
  explicit Channel(std::size_t capacity = 0) : capacity_(capacity) {}
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // send() blocks while the channel is full (capacity 0: until a receiver took the value).
  void send(T value);
  // try_send() returns false when send() would block.
  bool try_send(T value);

  // receive() blocks until there is a value; nothing when the channel is closed and empty.
  std::optional<T> receive() { return receive_before(nullptr); }
  // receive_for() also gives up after `duration`.
  std::optional<T> receive_for(Duration duration) {
    const TimePoint deadline = now() + duration;
    return receive_before(&deadline);
  }
  // try_receive() never blocks.
  std::optional<T> try_receive();

  // close() wakes all receivers, and all blocked senders, whose values are then still received.
  // Closing twice asserts.
  void close();
  bool closed() const { return closed_; }
  // size() is how many values wait inside; senders that are blocked do not count.
  std::size_t size() const { return values_.size(); }
  std::size_t capacity() const { return capacity_; }

 private:
  template <class U, class F>
  friend class detail::ReceiveCase;
  template <class U, class F>
  friend class detail::SendCase;

  // A deadline may be null: there is none.
  std::optional<T> receive_before(const TimePoint* deadline);
  bool can_receive() const { return !values_.empty() || closed_ || senders_.first() != nullptr; }
  bool can_send() const {
    return closed_ || values_.size() < capacity_ || receivers_.first() != nullptr;
  }
  std::optional<T> wait_for_value(const TimePoint* deadline);
  // take() needs can_receive(), give() can_send().
  std::optional<T> take();
  void give(T&& value);
  void hand_over(host::Waiter& receiver, T&& value);
  void check_open() const {
    NORN_ASSERT(
        !closed_,
        "send on a closed Channel: the closer must be the only sender, or tell the others first");
  }

  std::size_t capacity_;
  bool closed_ = false;
  detail::Ring<T> values_;
  host::WaiterQueue receivers_;  // item: the std::optional<T> to fill
  host::WaiterQueue senders_;    // item: the T to take
};

template <class T>
void Channel<T>::send(T value) {
  check_open();
  if (host::Waiter* const receiver = receivers_.first()) {
    hand_over(*receiver, std::move(value));
  } else if (values_.size() < capacity_) {
    values_.push(std::move(value));
  } else {
    host::Waiter waiter(host::this_fiber("Channel::send()"), &value);
    senders_.push(waiter);
    host::wait(waiter, host::BlockReason::channel_send);
    return;
  }
  host::Scheduler::current()->spend_budget();
}

template <class T>
bool Channel<T>::try_send(T value) {
  if (!can_send()) return false;
  give(std::move(value));
  return true;
}

template <class T>
void Channel<T>::hand_over(host::Waiter& receiver, T&& value) {
  static_cast<std::optional<T>*>(receiver.item)->emplace(std::move(value));
  receivers_.serve(receiver);
}

template <class T>
void Channel<T>::give(T&& value) {
  check_open();
  if (host::Waiter* const receiver = receivers_.first()) {
    hand_over(*receiver, std::move(value));
  } else {
    values_.push(std::move(value));
  }
}

// Each return builds its value in place: an optional that is copied soon after it was written, in
// parts and through memory, holds up the processor.
template <class T>
std::optional<T> Channel<T>::take() {
  host::Waiter* const sender = senders_.first();
  if (!values_.empty()) {
    std::optional<T> value(std::move(values_.front()));
    values_.pop();
    if (sender != nullptr) {
      values_.push(std::move(*static_cast<T*>(sender->item)));
      senders_.serve(*sender);
    }
    return value;
  }
  if (sender == nullptr) return std::nullopt;
  std::optional<T> value(std::move(*static_cast<T*>(sender->item)));
  senders_.serve(*sender);
  return value;
}

template <class T>
std::optional<T> Channel<T>::try_receive() {
  if (!can_receive()) return std::nullopt;
  return take();
}

template <class T>
std::optional<T> Channel<T>::receive_before(const TimePoint* deadline) {
  if (!can_receive()) return wait_for_value(deadline);
  std::optional<T> value = take();
  host::Scheduler::current()->spend_budget();
  return value;
}

template <class T>
std::optional<T> Channel<T>::wait_for_value(const TimePoint* deadline) {
  std::optional<T> value;
  host::Waiter waiter(host::this_fiber("Channel::receive()"), &value);
  receivers_.push(waiter);
  if (deadline == nullptr) {
    host::wait(waiter, host::BlockReason::channel_receive);
  } else {
    host::wait(waiter, host::BlockReason::channel_receive, *deadline);
  }
  return value;
}

template <class T>
void Channel<T>::close() {
  NORN_ASSERT(!closed_, "Channel closed twice");
  closed_ = true;
  while (host::Waiter* const receiver = receivers_.first()) receivers_.serve(*receiver);
  while (host::Waiter* const sender = senders_.first()) {
    values_.push(std::move(*static_cast<T*>(sender->item)));
    senders_.serve(*sender);
  }
}

}  // namespace norn
