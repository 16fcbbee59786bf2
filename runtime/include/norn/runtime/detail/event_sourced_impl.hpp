// The templates behind journal.hpp.
#pragma once

#include <mutex>

#include "norn/runtime/journal.hpp"

namespace norn {

namespace detail {

template <class T>
Bytes encoded(const T& value) {
  Bytes bytes;
  Codec<T>::encode(
      value, [&](std::span<const std::byte> view) { bytes.assign(view.begin(), view.end()); });
  return bytes;
}

}  // namespace detail

template <class State, class Event>
Result<EventSourced<State, Event>> EventSourced<State, Event>::recover(
    std::string_view name, EventSourcedOptions options) {
  Result<Journal> journal = Journal::open(name);
  if (!journal) return journal.error();
  EventSourced made(std::move(*journal), options);
  if (Result<void> replayed = made.replay(); !replayed) return replayed.error();
  return made;
}

template <class State, class Event>
Result<void> EventSourced<State, Event>::replay() {
  const Journal::Contents contents = journal_.take_contents();
  if (contents.snapshot) {
    Result<State> state = Codec<State>::decode(*contents.snapshot);
    if (!state) return state.error();
    state_ = std::move(*state);
  }
  for (const Bytes& bytes : contents.events) {
    const Result<Event> event = Codec<Event>::decode(bytes);
    if (!event) return event.error();
    state_.apply(*event);
  }
  since_snapshot_ = contents.events.size();
  return {};
}

template <class State, class Event>
Result<void> EventSourced<State, Event>::persist(const Event& event) {
  const std::lock_guard lock(*persisting_);
  if (Result<void> safe = journal_.append(detail::encoded(event)); !safe) return safe;
  state_.apply(event);
  // A snapshot that fails costs time at the next start and nothing else.
  if (++since_snapshot_ >= options_.snapshot_every && options_.snapshot_every != 0 &&
      journal_.snapshot(detail::encoded(state_)).ok()) {
    since_snapshot_ = 0;
  }
  return {};
}

}  // namespace norn
