#include "disk/inode.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace norn::sim {

std::size_t Inode::read(std::byte* into, std::size_t length, std::uint64_t offset) const {
  if (offset >= size_) return 0;
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(length, size_ - offset));
  for (std::size_t done = 0; done < wanted;) {
    const std::uint64_t block = (offset + done) / kBlockBytes;
    const auto within = static_cast<std::size_t>((offset + done) % kBlockBytes);
    const std::size_t part = std::min(wanted - done, kBlockBytes - within);
    const auto found = blocks_.find(block);
    if (found == blocks_.end()) {
      std::memset(into + done, 0, part);
    } else {
      std::memcpy(into + done, found->second->data() + within, part);
    }
    done += part;
  }
  return wanted;
}

std::size_t Inode::write(const std::byte* from, std::size_t length, std::uint64_t offset) {
  const std::size_t done = copy_in(from, length, offset);
  if (done > 0) {
    size_ = std::max(size_, offset + done);
    note_write(offset, {from, done});
    ++unsynced_writes_;
    unsynced_bytes_ += done;
  }
  return done;
}

// copy_in() writes without a word of it to the history, and leaves the size as it is.
std::size_t Inode::copy_in(const std::byte* from, std::size_t length, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < length) {
    const std::uint64_t block = (offset + done) / kBlockBytes;
    const auto within = static_cast<std::size_t>((offset + done) % kBlockBytes);
    const std::size_t part = std::min(length - done, kBlockBytes - within);
    if (some_clean_) note_whole_block(block);
    keep_durable(block, offset + done);
    std::byte* to = writable(block);
    if (to == nullptr) break;
    std::memcpy(to + within, from + done, part);
    done += part;
  }
  return done;
}

void Inode::truncate(std::uint64_t size) {
  if (size == size_) return;
  ++unsynced_writes_;
  changes_.push_back({.offset = size});
  if (size < size_) {
    if (size % kBlockBytes != 0) keep_durable(size / kBlockBytes, size);
    zero_from(size);
  }
  size_ = size;
}

void Inode::sync() {
  durable_size_ = size_;
  if (some_clean_) [[unlikely]] {
    std::erase_if(saved_, [](const auto& saved) { return !saved.second.clean; });
  } else {
    saved_.clear();
  }
  charge_present_blocks();
  forget_changes();
}

void Inode::roll_back() {
  for (auto& [block, saved] : saved_) {
    if (saved.block == nullptr) {
      blocks_.erase(block);
    } else {
      blocks_[block] = std::move(saved.block);
    }
  }
  saved_.clear();
  zero_from(durable_size_);
  size_ = durable_size_;
  some_clean_ = false;
  charge_present_blocks();
  forget_changes();
}

// keep_durable() saves the durable version of a block before bytes from `first_changed` on change
// in it. Behind the durable end there is nothing to save.
void Inode::keep_durable(std::uint64_t block, std::uint64_t first_changed) {
  if (first_changed >= durable_size_) return;
  const auto [saved, is_new] = saved_.try_emplace(block);
  if (!is_new) return;
  if (const auto found = blocks_.find(block); found != blocks_.end()) {
    saved->second.block = std::make_unique<std::array<std::byte, kBlockBytes>>(*found->second);
  }
}

// writable() is the block's bytes, or nullptr when the disk is full.
std::byte* Inode::writable(std::uint64_t block) {
  auto found = blocks_.lower_bound(block);
  if (found == blocks_.end() || found->first != block) {
    if (space_.used >= space_.blocks) return nullptr;
    ++space_.used;
    ++charged_;
    found =
        blocks_.emplace_hint(found, block, std::make_unique<std::array<std::byte, kBlockBytes>>());
  }
  return found->second->data();
}

// drop_block() takes a block out of the content. While it is durable it still takes space: a file
// system hands out freed blocks only once the truncation is durable.
void Inode::drop_block(std::map<std::uint64_t, Block>::iterator at) {
  if (at->first < (durable_size_ + kBlockBytes - 1) / kBlockBytes) {
    const auto [saved, is_new] = saved_.try_emplace(at->first);
    if (is_new) saved->second.block = std::move(at->second);
    if (saved->second.block != nullptr && !saved->second.charged) {
      saved->second.charged = true;
      blocks_.erase(at);
      return;
    }
  }
  --space_.used;
  --charged_;
  blocks_.erase(at);
}

// zero_from() makes everything from `size` on a hole, without saving what it changes in the block
// that `size` lies in.
void Inode::zero_from(std::uint64_t size) {
  const std::uint64_t first_whole = (size + kBlockBytes - 1) / kBlockBytes;
  for (auto at = blocks_.lower_bound(first_whole); at != blocks_.end();) drop_block(at++);
  const auto within = static_cast<std::size_t>(size % kBlockBytes);
  if (within == 0) return;
  if (const auto found = blocks_.find(size / kBlockBytes); found != blocks_.end()) {
    std::memset(found->second->data() + within, 0, kBlockBytes - within);
  }
}

void Inode::charge_present_blocks() {
  space_.used -= charged_;
  charged_ = blocks_.size();
  space_.used += charged_;
}

}  // namespace norn::sim
