// The history of a file since its last sync: what a crash may keep of it, and what a failed sync
// leaves.
#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <utility>

#include "disk/inode.hpp"

namespace norn::sim {
namespace {

// A history longer than this, and than four times the file, is made shorter.
constexpr std::size_t kLongHistory = std::size_t{1} << 20;
constexpr std::size_t kTimesTheFile = 4;

}  // namespace

void Inode::note_write(std::uint64_t offset, std::span<const std::byte> bytes) {
  changes_.push_back({.offset = offset, .length = bytes.size(), .bytes_at = changed_bytes_.size()});
  changed_bytes_.insert(changed_bytes_.end(), bytes.begin(), bytes.end());
  const std::size_t most = kTimesTheFile * kBlockBytes * blocks_.size();
  if (changed_bytes_.size() > kLongHistory && changed_bytes_.size() > most) [[unlikely]]
    merge_changes();
}

// A page is written whole: what was written to it before the sync that failed goes along.
void Inode::note_whole_block(std::uint64_t block) {
  const auto saved = saved_.find(block);
  if (saved == saved_.end() || !saved->second.clean) return;
  saved->second.clean = false;
  const auto found = blocks_.find(block);
  const std::uint64_t begin = block * kBlockBytes;
  if (found == blocks_.end() || begin >= size_) return;
  const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(kBlockBytes, size_ - begin));
  note_write(begin, std::span(*found->second).first(length));
}

void Inode::forget_changes() {
  changes_.clear();
  changed_bytes_.clear();
  if (changed_bytes_.capacity() > kLongHistory) changed_bytes_.shrink_to_fit();
  unsynced_writes_ = 0;
  unsynced_bytes_ = 0;
}

// merge_changes() replaces the history by one with the same end: the file is cut to the least size
// that it had, then every block that was written to since is written once.
void Inode::merge_changes() {
  std::set<std::uint64_t> touched;
  std::uint64_t least = durable_size_;
  for (const Change& change : changes_) {
    if (change.length == 0) least = std::min(least, change.offset);
    for (std::uint64_t at = change.offset / kBlockBytes;
         change.length > 0 && at <= (change.offset + change.length - 1) / kBlockBytes; ++at) {
      touched.insert(at);
    }
  }
  changes_.clear();
  changed_bytes_.clear();
  if (least < durable_size_) changes_.push_back({.offset = least});
  for (const std::uint64_t block : touched) {
    const auto found = blocks_.find(block);
    const std::uint64_t begin = block * kBlockBytes;
    if (found == blocks_.end() || begin >= size_) continue;
    const auto length =
        static_cast<std::size_t>(std::min<std::uint64_t>(kBlockBytes, size_ - begin));
    changes_.push_back({.offset = begin, .length = length, .bytes_at = changed_bytes_.size()});
    const std::byte* const from = found->second->data();
    changed_bytes_.insert(changed_bytes_.end(), from, from + length);
  }
  changes_.push_back({.offset = size_});
}

void Inode::fail_sync() {
  for (const Change& change : changes_) {
    if (change.length == 0) continue;
    for (std::uint64_t block = change.offset / kBlockBytes;
         block <= (change.offset + change.length - 1) / kBlockBytes; ++block) {
      const auto [saved, is_new] = saved_.try_emplace(block);
      saved->second.clean = true;
      const std::uint64_t begin = block * kBlockBytes;
      if (!is_new || begin >= durable_size_) continue;
      // Only behind the durable end was it written to.
      const auto found = blocks_.find(block);
      if (found == blocks_.end()) continue;
      saved->second.block = std::make_unique<std::array<std::byte, kBlockBytes>>(*found->second);
      const auto durable =
          static_cast<std::size_t>(std::min<std::uint64_t>(kBlockBytes, durable_size_ - begin));
      std::memset(saved->second.block->data() + durable, 0, kBlockBytes - durable);
    }
  }
  some_clean_ = !saved_.empty();
  forget_changes();
}

std::vector<Inode::Write> Inode::unsynced_writes_in_order() const {
  std::vector<Write> writes;
  for (const Change& change : changes_) {
    const auto from = changed_bytes_.begin() + static_cast<std::ptrdiff_t>(change.bytes_at);
    writes.push_back({.offset = change.offset,
                      .bytes = {from, from + static_cast<std::ptrdiff_t>(change.length)},
                      .end = change.offset + change.length,
                      .is_size = change.length == 0});
  }
  return writes;
}

void Inode::sync_as(const std::vector<Write>& writes) {
  roll_back();
  for (const Write& each : writes) {
    if (each.is_size) {
      truncate(each.end);
      continue;
    }
    size_ = std::max(size_, each.end);
    if (each.offset >= size_) continue;
    const std::uint64_t room = size_ - each.offset;
    copy_in(each.bytes.data(), std::min<std::uint64_t>(each.bytes.size(), room), each.offset);
  }
  sync();
}

bool Inode::is_unsynced(std::uint64_t offset, std::uint64_t length) const {
  return std::any_of(changes_.begin(), changes_.end(), [&](const Change& change) {
    return change.offset < offset + length && offset < change.offset + change.length;
  });
}

void Inode::add_units(CrashGraph& graph, std::uint32_t file, std::uint32_t grain,
                      std::uint32_t& call) const {
  std::map<std::uint64_t, std::uint32_t> last_data;  // by sector
  std::vector<std::uint32_t> last_size;              // none, or one
  std::map<std::uint64_t, std::uint32_t> cuts;       // by the first sector that it cut into
  std::uint64_t size = durable_size_;
  const auto add_size = [&](std::uint64_t new_size) {
    const auto number = static_cast<std::uint32_t>(graph.units.size());
    graph.units.push_back({.kind = CrashUnit::Kind::size,
                           .call = call,
                           .file = file,
                           .size = new_size,
                           .needs = std::exchange(last_size, {number})});
    if (new_size < size) cuts.insert_or_assign(new_size / grain, number);
    size = new_size;
  };
  for (const Change& change : changes_) {
    if (change.length == 0) add_size(change.offset);
    for (std::uint64_t done = 0; done < change.length;) {
      const std::uint64_t offset = change.offset + done;
      const std::uint64_t sector = offset / grain;
      const std::uint64_t part = std::min(change.length - done, grain - offset % grain);
      if (offset + part > size) add_size(offset + part);
      const auto number = static_cast<std::uint32_t>(graph.units.size());
      CrashUnit unit{.kind = CrashUnit::Kind::data, .call = call, .file = file, .offset = offset};
      const std::byte* const from = changed_bytes_.data() + change.bytes_at + done;
      unit.bytes.assign(from, from + part);
      const auto [before, is_first] = last_data.try_emplace(sector, number);
      if (!is_first) unit.needs.push_back(std::exchange(before->second, number));
      for (const auto& [first_sector, cut] : cuts) {
        if (first_sector <= sector) unit.needs.push_back(cut);
      }
      graph.units.push_back(std::move(unit));
      done += part;
    }
    ++call;
  }
}

std::vector<std::byte> Inode::durable_bytes() const {
  std::vector<std::byte> bytes(durable_size_);
  const auto put = [&](std::uint64_t block, const Block& from) {
    const std::uint64_t begin = block * kBlockBytes;
    if (begin >= durable_size_) return;
    const std::uint64_t length = std::min<std::uint64_t>(kBlockBytes, durable_size_ - begin);
    if (from == nullptr) {
      std::memset(bytes.data() + begin, 0, length);
    } else {
      std::memcpy(bytes.data() + begin, from->data(), length);
    }
  };
  for (const auto& [block, content] : blocks_) put(block, content);
  for (const auto& [block, saved] : saved_) put(block, saved.block);
  return bytes;
}

void Inode::apply(const CrashUnit& unit) {
  if (unit.kind == CrashUnit::Kind::size) return truncate(unit.size);
  if (unit.offset >= size_) return;
  const std::uint64_t room = size_ - unit.offset;
  copy_in(unit.bytes.data(), std::min<std::uint64_t>(unit.bytes.size(), room), unit.offset);
}

}  // namespace norn::sim
