// MailboxLimit: how many messages may wait for an actor, and what becomes of those beyond.
#pragma once

#include <cstddef>
#include <cstdint>

namespace norn {

enum class Overflow : std::uint8_t {
  drop_newest,  // what comes is dropped
  drop_oldest,  // what has waited longest is dropped, and what comes is kept
  // ActorRef::tell() blocks until there is room, when the sender is on the same node. What comes
  // otherwise is dropped: between nodes use a Pipe, which grants credit.
  back_pressure,
};

// Signals (Down, ExitSignal) are never dropped. What is dropped is a dead letter.
struct MailboxLimit {
  std::size_t capacity = 0;  // 0: no limit
  Overflow overflow = Overflow::drop_newest;
};

// limit_mailbox() sets the limit of the calling actor's mailbox, for what comes from now on.
void limit_mailbox(MailboxLimit limit);

}  // namespace norn
