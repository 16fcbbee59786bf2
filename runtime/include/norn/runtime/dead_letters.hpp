// Dead letters: messages to actors that nobody will ever receive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "norn/runtime/channel.hpp"
#include "norn/runtime/codec.hpp"
#include "norn/runtime/pid.hpp"

namespace norn {

enum class DeadLetterWhy : std::uint8_t {
  no_such_actor,  // it has ended, or belongs to another life of the node, or never was
  never_read,     // it ended with the message in its mailbox
  mailbox_full,   // see MailboxLimit
};
std::string_view name(DeadLetterWhy why);

struct DeadLetter {
  Pid to;
  std::string message_class;
  Bytes bytes;  // as encoded
  DeadLetterWhy why = DeadLetterWhy::no_such_actor;
};

// subscribe_dead_letters() gives a channel of the dead letters of the calling node, from now on and
// as long as the pointer is kept: of messages that were sent here, or from here to a life of
// another node that is known to be over. What is under way when a connection breaks is not among
// them: it may have arrived. A subscriber that is more than `capacity` behind loses the oldest.
std::shared_ptr<Channel<DeadLetter>> subscribe_dead_letters(std::size_t capacity = 256);

}  // namespace norn
