#include "norn/runtime/state_machine.hpp"

#include <algorithm>
#include <utility>

#include "norn/runtime/host/scheduler.hpp"

namespace norn::detail {

EventQueue::~EventQueue() {
  if (current_ != nullptr) release_message(*current_);
  release_all(ready_);
  release_all(inserted_);
  release_all(postponed_);
}

void EventQueue::release_all(std::deque<host::Message*>& messages) {
  for (host::Message* const message : messages) release_message(*message);
  messages.clear();
}

TimePoint EventQueue::next_deadline() const {
  TimePoint next = kNoDeadline;
  if (state_at_) next = std::min(next, *state_at_);
  if (event_at_) next = std::min(next, *event_at_);
  for (const auto& [name, at] : named_at_) next = std::min(next, at);
  return next;
}

bool EventQueue::wait() {
  MailboxScan scan("StateMachine::run()");
  if (!ready_.empty()) {
    current_ = ready_.front();
    ready_.pop_front();
    return true;
  }
  const TimePoint deadline = next_deadline();
  if (deadline <= now()) return false;
  host::Message* message = scan.next();
  while (message == nullptr) {
    if (!scan.wait(deadline)) return false;
    message = scan.next();
  }
  scan.take();
  current_ = message;
  return true;
}

Clocks EventQueue::rung() {
  const TimePoint at = next_deadline();
  if (state_at_ == at) {
    state_at_.reset();
    return Clocks::state;
  }
  if (event_at_ == at) {
    event_at_.reset();
    return Clocks::event;
  }
  for (const auto& [name, named_at] : named_at_) {
    if (named_at != at) continue;
    rung_name_ = name;
    named_at_.erase(rung_name_);
    return Clocks::named;
  }
  return Clocks::none;
}

void EventQueue::done() {
  if (current_ == nullptr) return;
  if (std::exchange(postponed_now_, false)) {
    postponed_.push_back(current_);
  } else {
    release_message(*current_);
  }
  current_ = nullptr;
}

void EventQueue::changed() {
  ready_.insert(ready_.begin(), postponed_.begin(), postponed_.end());
  postponed_.clear();
}

void EventQueue::postpone() {
  NORN_ASSERT(current_ != nullptr,
              "postpone() is for the handler of a message: a time-out or on_enter() has none");
  postponed_now_ = true;
}

void EventQueue::insert(const host::MessageClass& message_class, std::span<const std::byte> bytes) {
  host::Message& message = host::Scheduler::current()->world().messages().make(bytes);
  message.message_class = &message_class;
  inserted_.push_back(&message);
}

void EventQueue::insert_all() {
  ready_.insert(ready_.begin(), inserted_.begin(), inserted_.end());
  inserted_.clear();
}

void EventQueue::set(Clocks clock, std::optional<Duration> duration) {
  std::optional<TimePoint>& at = clock == Clocks::state ? state_at_ : event_at_;
  at.reset();
  if (duration) at = deadline_after(*duration);
}

void EventQueue::set_named(std::string name, std::optional<Duration> duration) {
  if (duration) {
    named_at_[std::move(name)] = deadline_after(*duration);
  } else {
    named_at_.erase(name);
  }
}

}  // namespace norn::detail
