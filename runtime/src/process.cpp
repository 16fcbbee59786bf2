#include "norn/runtime/host/process.hpp"

#include <algorithm>

namespace norn::host {

namespace {

bool takes(const Receiver& receiver, const Message& message) {
  if (message.is_reply) return receiver.request == message.request;
  const std::uint64_t hash = message.message_class->hash;
  for (std::uint32_t i = 0; i < receiver.class_count; ++i) {
    if (receiver.classes[i] == hash) return true;
  }
  return false;
}

}  // namespace

Fiber* Process::accept(Message& message, MessagePool& pool, bool& full) {
  full = false;
  if (message.to_actor) [[unlikely]] {
    if (inbox != nullptr) return inbox->accept(message, pool, full);
    pool.release(message);  // this life of the node has no actors
    return nullptr;
  }
  for (Fiber** link = &receivers; *link != nullptr; link = &(*link)->receiver.next) {
    Fiber& fiber = **link;
    if (fiber.state != FiberState::parked || !takes(fiber.receiver, message)) continue;
    *link = fiber.receiver.next;
    fiber.receiver.got = &message;
    return &fiber;
  }
  if (message.is_reply) {  // the caller has given up
    pool.release(message);
    return nullptr;
  }
  if (message.call_part == CallPart::cancel) [[unlikely]] {
    const bool waits = call_off(message.from, message.request, pool);
    if (waits || cancel_listeners == 0) {
      pool.release(message);
      return nullptr;
    }
  }
  if (mailbox_size >= mailbox_limit_) {
    full = true;
    return nullptr;
  }
  message.next = 0;
  if (mailbox_last == nullptr) {
    mailbox_first = &message;
  } else {
    mailbox_last->next = message.slot + 1;
  }
  mailbox_last = &message;
  ++mailbox_size;
  return nullptr;
}

Message* Process::take(std::span<const std::uint64_t> classes, MessagePool& pool) {
  Message* previous = nullptr;
  for (Message* message = mailbox_first; message != nullptr;) {
    Message* const next = message->next == 0 ? nullptr : &pool.at(message->next - 1);
    if (std::find(classes.begin(), classes.end(), message->message_class->hash) != classes.end()) {
      unlink(previous, *message, pool);
      return message;
    }
    previous = message;
    message = next;
  }
  return nullptr;
}

void Process::unlink(Message* previous, Message& message, MessagePool& pool) {
  if (previous == nullptr) {
    mailbox_first = message.next == 0 ? nullptr : &pool.at(message.next - 1);
  } else {
    previous->next = message.next;
  }
  if (mailbox_last == &message) mailbox_last = previous;
  message.next = 0;
  --mailbox_size;
}

bool Process::call_off(NodeId caller, std::uint64_t request, MessagePool& pool) {
  const auto is_that_request = [&](const Message& message) {
    return message.from == caller && message.request == request &&
           (message.call_part == CallPart::request || message.call_part == CallPart::repeatable);
  };
  Message* previous = nullptr;
  for (Message* message = mailbox_first; message != nullptr;) {
    if (is_that_request(*message)) {
      unlink(previous, *message, pool);
      pool.release(*message);
      return true;
    }
    previous = message;
    message = message->next == 0 ? nullptr : &pool.at(message->next - 1);
  }
  return false;
}

std::unique_ptr<NodeLocal>& Process::local(const void* tag) {
  for (auto& [owner, object] : locals_) {
    if (owner == tag) return object;
  }
  return locals_.emplace_back(tag, nullptr).second;
}

void Process::drop_locals() {
  while (!locals_.empty()) {
    locals_.back().second.reset();
    locals_.pop_back();
  }
}

void Process::empty_mailbox(MessagePool& pool) {
  while (mailbox_first != nullptr) {
    Message& message = *mailbox_first;
    mailbox_first = message.next == 0 ? nullptr : &pool.at(message.next - 1);
    pool.release(message);
  }
  mailbox_last = nullptr;
  mailbox_size = 0;
}

}  // namespace norn::host
