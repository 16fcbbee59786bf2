#include "model/open_operations.hpp"

#include <algorithm>
#include <utility>

namespace norn::viewer {

void OpenOperations::add(Index index, const trace::Event& event) {
  if (event.kind == trace::EventKind::op_call) {
    open_[event.b] = static_cast<std::uint32_t>(operations_.size());
    operations_.push_back({.call = index});
    return;
  }
  const auto found = open_.find(event.b);
  if (found == open_.end()) return;
  operations_[found->second].answer = index;
  open_.erase(found);
}

void OpenOperations::finish() {
  open_ = {};
  std::vector<std::uint32_t> open;
  for (std::uint32_t i = 0; i < operations_.size(); ++i) {
    const ClientOperation& operation = operations_[i];
    if (i % kEvery == 0) {
      std::erase_if(open, [&](std::uint32_t o) { return operations_[o].answer < operation.call; });
      checkpoints_.push_back(static_cast<std::uint32_t>(carried_.size()));
      carried_.insert(carried_.end(), open.begin(), open.end());
    }
    (operation.answer == kNone ? unanswered_ : open).push_back(i);
  }
  operations_.shrink_to_fit();
  carried_.shrink_to_fit();
  unanswered_.shrink_to_fit();
}

std::vector<ClientOperation> OpenOperations::at(Index event) const {
  const auto called = static_cast<std::size_t>(
      std::upper_bound(operations_.begin(), operations_.end(), event,
                       [](Index e, const ClientOperation& o) { return e < o.call; }) -
      operations_.begin());
  if (called == 0) return {};
  std::vector<std::uint32_t> found;
  for (const std::uint32_t i : unanswered_) {
    if (i >= called) break;
    found.push_back(i);
  }
  const auto take = [&](std::uint32_t i) {
    if (operations_[i].answer != kNone && operations_[i].answer >= event) found.push_back(i);
  };
  const std::size_t checkpoint = (called - 1) / kEvery;
  const std::size_t carried_end =
      checkpoint + 1 < checkpoints_.size() ? checkpoints_[checkpoint + 1] : carried_.size();
  for (std::size_t i = checkpoints_[checkpoint]; i < carried_end; ++i) take(carried_[i]);
  for (std::size_t i = checkpoint * kEvery; i < called; ++i) take(static_cast<std::uint32_t>(i));
  std::sort(found.begin(), found.end());
  std::vector<ClientOperation> out;
  out.reserve(found.size());
  for (const std::uint32_t i : found) out.push_back(operations_[i]);
  return out;
}

std::size_t OpenOperations::bytes() const {
  return operations_.capacity() * sizeof(ClientOperation) +
         (checkpoints_.capacity() + carried_.capacity() + unanswered_.capacity()) *
             sizeof(std::uint32_t);
}

}  // namespace norn::viewer
