// Message: an encoded value on its way between two nodes, and the pool that holds such values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "norn/runtime/assert.hpp"
#include "norn/runtime/host/huge_pages.hpp"

namespace norn::host {

using NodeId = std::uint32_t;  // from 1; 0 is no node

// The class of a message: the unqualified name of its C++ type, the same from every compiler.
struct MessageClass {
  std::string_view name;
  std::uint64_t hash = 0;
  bool cbor = false;
};

// FNV-1a (Fowler, Noll, Vo), 64 bit.
constexpr std::uint64_t hash_name(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3U;
  }
  return hash;
}

// What a message is to the call whose number it carries.
enum class CallPart : std::uint8_t {
  none,        // no request: sent, or a reply
  request,     // sent once
  repeatable,  // a request that may be sent again, under the same number
  cancel,      // its caller has given up; never queued but where somebody waits for such
};

struct alignas(64) Message {
  static constexpr std::uint32_t kInlineBytes = 72;

  const MessageClass* message_class = nullptr;
  std::uint64_t request = 0;   // of a call and its reply: matches the two; to an actor: its number
  std::uint64_t sent_seq = 0;  // the event of the trace that sent it
  std::uint64_t order = 0;     // to an actor: its place in what its node sends to the other; of a
                               // call: when its caller gives up, in ns of the clock
  NodeId from = 0;
  NodeId to = 0;
  std::uint32_t size = 0;
  std::uint32_t slot = 0;
  std::uint32_t next = 0;  // slot + 1 of the next message in a list; under way, the world's own
  bool is_reply = false;
  bool to_actor = false;       // for the process's inbox, not for a fiber that receives
  bool is_copy : 1 = false;    // the network made it from another one
  bool to_kernel : 1 = false;  // a segment or datagram, for the node's kernel
  CallPart call_part = CallPart::none;
  union {
    std::byte inline_bytes[kInlineBytes];
    std::byte* heap_bytes;
  };

  Message() {}  // the bytes are written before they are read
  std::span<const std::byte> bytes() const {
    return {size <= kInlineBytes ? inline_bytes : heap_bytes, size};
  }
};
static_assert(sizeof(Message) == 128);

// MessagePool owns every message that is under way or waits in a mailbox. Slots are reused, last
// freed first.
class MessagePool {
 public:
  MessagePool() = default;
  MessagePool(const MessagePool&) = delete;
  MessagePool& operator=(const MessagePool&) = delete;
  ~MessagePool();

  // make() returns a message that holds a copy of `bytes`.
  Message& make(std::span<const std::byte> bytes);
  Message& at(std::uint32_t slot) { return blocks_[slot / kBlock][slot % kBlock]; }
  void release(Message& message);
  std::size_t in_use() const { return in_use_; }

 private:
  static constexpr std::uint32_t kBlock = 1024;
  static constexpr std::size_t kFirstGrowth = 1;   // blocks
  static constexpr std::size_t kLaterGrowth = 16;  // a huge page of them

  void grow();

  using Chunk = std::vector<Message, HugePages<Message>>;

  std::vector<Chunk> chunks_;
  std::vector<Message*> blocks_;  // in the chunks
  std::uint32_t free_ = 0;        // slot + 1 of the first free message
  std::size_t in_use_ = 0;
};

// In words where two will do: the sender has just written them one by one, and a wider load would
// have to wait until they have reached the cache.
inline void copy_payload(std::byte* target, std::span<const std::byte> bytes) {
  constexpr std::size_t kWord = 8;
  if (bytes.size() >= kWord && bytes.size() <= 2 * kWord) {
    const std::size_t last = bytes.size() - kWord;
    std::memcpy(target, bytes.data(), kWord);
    std::memcpy(target + last, bytes.data() + last, kWord);
  } else if (!bytes.empty()) {
    std::memcpy(target, bytes.data(), bytes.size());
  }
}

inline Message& MessagePool::make(std::span<const std::byte> bytes) {
  if (free_ == 0) [[unlikely]]
    grow();
  Message& message = at(free_ - 1);
  free_ = message.next;
  ++in_use_;
  message.next = 0;
  message.request = 0;
  message.is_reply = false;
  message.is_copy = false;
  message.to_actor = false;
  message.to_kernel = false;
  message.call_part = CallPart::none;
  message.size = static_cast<std::uint32_t>(bytes.size());
  std::byte* target = message.inline_bytes;
  if (bytes.size() > Message::kInlineBytes) [[unlikely]] {
    message.heap_bytes = static_cast<std::byte*>(::operator new(bytes.size()));
    target = message.heap_bytes;
  }
  copy_payload(target, bytes);
  return message;
}

inline void MessagePool::release(Message& message) {
  if (message.size > Message::kInlineBytes) [[unlikely]]
    ::operator delete(message.heap_bytes);
  message.size = 0;
  message.next = free_;
  free_ = message.slot + 1;
  --in_use_;
}

}  // namespace norn::host
