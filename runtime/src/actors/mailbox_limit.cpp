#include "norn/runtime/mailbox_limit.hpp"

#include <memory>
#include <string>
#include <utility>

#include "actors/actor_system.hpp"
#include "norn/runtime/actor_ref.hpp"
#include "norn/runtime/dead_letters.hpp"

namespace norn {

void limit_mailbox(MailboxLimit limit) {
  detail::ActorSystem::here("limit_mailbox()").calling("limit_mailbox()").limit = limit;
}

std::string_view name(DeadLetterWhy why) {
  switch (why) {
    case DeadLetterWhy::no_such_actor:
      return "no_such_actor";
    case DeadLetterWhy::never_read:
      return "never_read";
    case DeadLetterWhy::mailbox_full:
      return "mailbox_full";
  }
  return "unknown";
}

std::shared_ptr<Channel<DeadLetter>> subscribe_dead_letters(std::size_t capacity) {
  NORN_ASSERT(capacity >= 1, "subscribe_dead_letters(): needs room for one at least");
  auto channel = std::make_shared<Channel<DeadLetter>>(capacity);
  detail::ActorSystem::here("subscribe_dead_letters()").subscribe(channel);
  return channel;
}

namespace detail {

void set_mailbox_limit(const Pid& pid, MailboxLimit limit) {
  if (Actor* const actor = ActorSystem::here("spawn_typed()").find(pid)) actor->limit = limit;
}

void wait_for_room(const Pid& pid) {
  ActorSystem& system = ActorSystem::here("tell()");
  for (;;) {
    Actor* const actor = system.find(pid);  // again each time: it may have ended
    if (actor == nullptr || actor->limit.overflow != Overflow::back_pressure ||
        !system.is_full(*actor))
      return;
    NORN_ASSERT(actor != system.calling_or_null(),
                "an actor that waits for room in its own mailbox would wait for ever");
    actor->room.wait(host::BlockReason::mailbox);
  }
}

// Makes room for a message in a full mailbox, or drops it: false.
bool ActorSystem::make_room(Actor& actor, host::Message& message) {
  const bool keeps_new = actor.limit.overflow == Overflow::drop_oldest;
  host::Message* dropped = &message;
  if (keeps_new) {
    dropped = actor.mailbox.take(nullptr);
    if (actor.looked_at != nullptr && *actor.looked_at == dropped) *actor.looked_at = nullptr;
  }
  dead_letter(actor.pid, *dropped->message_class, dropped->bytes(), DeadLetterWhy::mailbox_full);
  world_.messages().release(*dropped);
  return keeps_new;
}

void ActorSystem::dead_letter(const Pid& to, const host::MessageClass& message_class,
                              std::span<const std::byte> bytes, DeadLetterWhy why) {
  if (dead_letters_.empty() || signal_kind(message_class)) return;
  std::erase_if(dead_letters_, [](const auto& subscriber) { return subscriber.expired(); });
  for (const auto& subscriber : dead_letters_) {
    const auto channel = subscriber.lock();
    const DeadLetter letter{to, std::string(message_class.name), Bytes(bytes.begin(), bytes.end()),
                            why};
    while (!channel->try_send(letter)) static_cast<void>(channel->try_receive());
  }
}

}  // namespace detail
}  // namespace norn
