#include "norn/runtime/host/message.hpp"

namespace norn::host {

MessagePool::~MessagePool() {
  for (Chunk& chunk : chunks_) {
    for (Message& message : chunk) {
      if (message.size > Message::kInlineBytes) ::operator delete(message.heap_bytes);
    }
  }
}

void MessagePool::grow() {
  const std::size_t blocks = blocks_.size() < 4 ? kFirstGrowth : kLaterGrowth;
  const auto base = static_cast<std::uint32_t>(blocks_.size() * kBlock);
  Chunk& chunk = chunks_.emplace_back(blocks * kBlock);
  for (std::size_t i = 0; i < blocks; ++i) blocks_.push_back(&chunk[i * kBlock]);
  for (auto i = static_cast<std::uint32_t>(chunk.size()); i-- > 0;) {
    chunk[i].slot = base + i;
    chunk[i].next = free_;
    free_ = chunk[i].slot + 1;
  }
}

}  // namespace norn::host
