// Which client operations were under way at a moment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "model/event_table.hpp"
#include "norn/trace/event.hpp"

namespace norn::viewer {

// A client's operation from its call to its answer.
struct ClientOperation {
  Index call = kNone;
  Index answer = kNone;  // kNone: there never was one
};

// OpenOperations keeps all operations in the order of their calls, and every so many which of those
// before are still under way. Those that were never answered are not repeated there, so it stays
// small however many they are.
class OpenOperations {
 public:
  // add() takes op_call and op_return, in order; a return without a call is left out.
  void add(Index index, const trace::Event& event);
  void finish();

  // at() is what was called before or by the event and not answered before it, in order of calls.
  // An operation that the event itself answers is among them. O(what is open + kEvery).
  std::vector<ClientOperation> at(Index event) const;
  std::size_t size() const { return operations_.size(); }
  std::size_t bytes() const;

 private:
  // Operations between two checkpoints.
  static constexpr std::size_t kEvery = 512;

  std::vector<ClientOperation> operations_;
  std::unordered_map<std::uint64_t, std::uint32_t> open_;  // while adding: number to position
  // Per checkpoint, the answered operations before it that were open then: a stretch of `carried_`.
  std::vector<std::uint32_t> checkpoints_;
  std::vector<std::uint32_t> carried_;
  std::vector<std::uint32_t> unanswered_;
};

}  // namespace norn::viewer
