// Channel<T>: typed hand-over between the fibers of a node.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "norn/runtime/assert.hpp"
#include "norn/runtime/host/wait_list.hpp"
#include "norn/runtime/time.hpp"

namespace norn {

// A Channel of capacity 0 hands over directly: send() returns once a receiver has the value.
// Otherwise up to `capacity` values wait in it. Values come out in the order in which they went in.
// close() ends it: what is inside can still be received, after that receive() returns nothing at
// once. Sending on a closed channel asserts.
template <class T>
class Channel {
 public:
  explicit Channel(std::size_t capacity = 0) : capacity_(capacity) {}

  // send() blocks while the channel is full (capacity 0: until a receiver took the value).
  void send(T value);
  // try_send() returns false when send() would block.
  bool try_send(T value);

  // receive() blocks until there is a value; nothing when the channel is closed and empty.
  std::optional<T> receive() { return receive_before(std::nullopt); }
  // receive_for() also gives up after `duration`.
  std::optional<T> receive_for(Duration duration) { return receive_before(now() + duration); }
  // try_receive() never blocks.
  std::optional<T> try_receive();

  // close() wakes all receivers, and all blocked senders, whose values are then still received.
  // Closing twice asserts.
  void close();
  bool closed() const { return closed_; }
  std::size_t size() const { return values_.size(); }

 private:
  std::optional<T> receive_before(std::optional<TimePoint> deadline);
  std::optional<T> take();
  bool has_room() const { return values_.size() < capacity_ + waiting_receivers_; }

  std::size_t capacity_;
  std::deque<T> values_;
  std::size_t waiting_receivers_ = 0;  // blocked in receive and not yet promised a value
  std::uint64_t sent_ = 0;
  std::uint64_t taken_ = 0;
  bool closed_ = false;
  host::WaitList receivers_;
  host::WaitList senders_;
  host::WaitList handed_over_;
};

template <class T>
void Channel<T>::send(T value) {
  NORN_ASSERT(
      !closed_,
      "send on a closed Channel: the closer must be the only sender, or tell the others first");
  while (capacity_ > 0 && values_.size() >= capacity_) {
    senders_.wait(host::BlockReason::channel_send);
    NORN_ASSERT(
        !closed_,
        "Channel closed while a sender waited for room: close only when all senders are done");
  }
  values_.push_back(std::move(value));
  const std::uint64_t mine = ++sent_;
  receivers_.notify_one();
  if (capacity_ == 0) {
    while (taken_ < mine && !closed_) handed_over_.wait(host::BlockReason::channel_send);
  }
}

template <class T>
bool Channel<T>::try_send(T value) {
  NORN_ASSERT(
      !closed_,
      "send on a closed Channel: the closer must be the only sender, or tell the others first");
  if (!has_room()) return false;
  values_.push_back(std::move(value));
  ++sent_;
  receivers_.notify_one();
  return true;
}

template <class T>
std::optional<T> Channel<T>::take() {
  std::optional<T> value(std::move(values_.front()));
  values_.pop_front();
  ++taken_;
  senders_.notify_one();
  if (capacity_ == 0) handed_over_.notify_all();
  return value;
}

template <class T>
std::optional<T> Channel<T>::try_receive() {
  if (values_.empty()) return std::nullopt;
  return take();
}

template <class T>
std::optional<T> Channel<T>::receive_before(std::optional<TimePoint> deadline) {
  while (values_.empty()) {
    if (closed_) return std::nullopt;
    struct Waiting {
      std::size_t& count;
      explicit Waiting(std::size_t& c) : count(c) { ++count; }
      ~Waiting() { --count; }
    } waiting(waiting_receivers_);
    if (!receivers_.wait(host::BlockReason::channel_receive, deadline) && values_.empty())
      return std::nullopt;
  }
  return take();
}

template <class T>
void Channel<T>::close() {
  NORN_ASSERT(!closed_, "Channel closed twice");
  closed_ = true;
  receivers_.notify_all();
  senders_.notify_all();
  handed_over_.notify_all();
}

}  // namespace norn
