#include "norn/runtime/host/message.hpp"

namespace norn::host {

MessagePool::~MessagePool() {
  for (const auto& block : blocks_) {
    for (std::uint32_t i = 0; i < kBlock; ++i) {
      if (block[i].size > Message::kInlineBytes) ::operator delete(block[i].heap_bytes);
    }
  }
}

void MessagePool::grow() {
  const auto base = static_cast<std::uint32_t>(blocks_.size() * kBlock);
  blocks_.push_back(std::make_unique<Message[]>(kBlock));
  for (std::uint32_t i = kBlock; i-- > 0;) {
    Message& message = blocks_.back()[i];
    message.slot = base + i;
    message.next = free_;
    free_ = message.slot + 1;
  }
}

}  // namespace norn::host
