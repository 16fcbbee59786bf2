// From the bytes of one chunk to its events. The encoding is described in norn/trace/encoding.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "norn/trace/encoding.hpp"
#include "norn/trace/event.hpp"
#include "trace/directory.hpp"
#include "trace/format.hpp"

namespace norn::trace {

// The parts of a chunk in memory. At least encoding::kMaxRecord readable bytes follow the events.
struct ChunkParts {
  Bytes events;
  Bytes payloads;  // empty if they were not stored
  std::vector<ConcernedNode> nodes;
};

// Decoder gives a chunk's events in order. Whatever the bytes are, it reads only inside the parts
// it was given and ends.
class Decoder {
 public:
  // The parts must stay where they are. Every string that the chunk may name is below `string_end`.
  void start(const ChunkHeader& header, const ChunkParts& parts, std::uint64_t string_end);
  // Decodes up to out.size() events; fewer only at the end of the chunk or at a fault.
  std::size_t next(std::span<Event> out);
  // What is wrong, or nullptr, and at which byte of the event section.
  const char* complaint() const { return complaint_; }
  std::size_t complaint_at() const { return static_cast<std::size_t>(record_ - begin_); }

 private:
  static constexpr std::uint32_t kNotConcerned = 0xFFFF'FFFFU;
  static constexpr std::uint32_t kNotASend = 0xFFFF'FFFFU;

  struct Guess {
    NodeId node = 0;
    std::uint32_t incarnation = 0;
    FiberId fiber = 0;
    Seq cause = 0;
  };
  // What a delivery needs of its send.
  struct SendNote {
    std::uint64_t bytes;
    std::uint32_t to;
    StringId text;
  };

  // Each of these gives false after fail().
  bool one(Event& event);
  bool send(Event& event, std::uint32_t tag);
  bool deliver(Event& event, std::uint32_t tag);
  bool foreign_delivery(Event& event);
  bool timer(Event& event, std::uint32_t tag);
  bool other(Event& event, std::uint32_t kind);
  bool other_fields(Event& event, std::uint32_t fields);
  bool correct_guess(std::uint32_t wrong);
  bool finish();
  bool varint(std::uint64_t& value);
  bool varint32(std::uint32_t& value);
  bool shape(std::uint64_t& shape);
  bool set_message(Event& event, std::uint64_t shape);
  bool pass_time(std::uint64_t passed);
  bool payload(Event& event, std::uint64_t size);
  bool cause(std::uint64_t distance, Seq& cause);
  bool fail(const char* what);

  std::uint64_t take(std::uint32_t length);
  NodeState* state(NodeId node);  // nullptr if the directory has it not

  const std::byte* begin_ = nullptr;
  const std::byte* at_ = nullptr;
  const std::byte* end_ = nullptr;
  const std::byte* record_ = nullptr;
  Bytes payloads_;
  bool payloads_stored_ = false;
  std::uint64_t payload_at_ = 0;
  std::uint64_t payload_end_ = 0;
  Seq first_seq_ = 1;
  Seq seq_ = 1;
  Seq end_seq_ = 1;
  Seq last_delivery_ = 0;
  std::int64_t time_ns_ = 0;
  std::int64_t end_time_ns_ = 0;
  std::uint64_t string_end_ = 0;
  Guess guess_;
  std::uint64_t last_shape_ = 0;
  std::uint64_t shapes_[encoding::kShapeSlots] = {};
  std::vector<NodeState> nodes_;
  std::vector<SendNote> sends_;
  const char* complaint_ = nullptr;
};

}  // namespace norn::trace
