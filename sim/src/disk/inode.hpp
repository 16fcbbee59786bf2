// Inode: the bytes of one file, and what of them a crash would leave.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>

namespace norn::sim {

// The space of one disk, in blocks of Inode::kBlockBytes.
struct DiskSpace {
  std::uint64_t blocks = 0;  // capacity
  std::uint64_t used = 0;
};

// Inode belongs to a Disk, which gives it names and descriptors. It holds the content as processes
// see it; beside it, for every block that a write or truncation changed since the last sync, the
// durable version, kept at the first change. So a sync costs no more than the changes it ends, an
// append nothing extra, and memory is at most twice the larger of the two versions.
// Whole blocks that were never written are holes: they read as zeros and take no space.
class Inode {
 public:
  static constexpr std::size_t kBlockBytes = 4096;

  explicit Inode(DiskSpace& space) : space_(space) {}
  Inode(const Inode&) = delete;
  Inode& operator=(const Inode&) = delete;
  ~Inode() { space_.used -= charged_; }

  std::uint64_t size() const { return size_; }

  // read() copies up to `length` bytes from `offset` and returns how many there were.
  std::size_t read(std::byte* into, std::size_t length, std::uint64_t offset) const;

  // write() copies as many of the bytes as there is space for and returns how many that were. What
  // lies between the old end and `offset` reads as zeros.
  std::size_t write(const std::byte* from, std::size_t length, std::uint64_t offset);

  // truncate() cuts the content off, or makes it longer by a hole.
  void truncate(std::uint64_t size);

  // sync() makes the content durable as it is.
  void sync();

  // roll_back() goes back to what was durable last: nothing, if never synced.
  void roll_back();

  // Writes and truncations since the last sync, and the bytes those writes carried.
  std::uint64_t unsynced_writes() const { return unsynced_writes_; }
  std::uint64_t unsynced_bytes() const { return unsynced_bytes_; }

 private:
  using Block = std::unique_ptr<std::array<std::byte, kBlockBytes>>;
  struct Saved {
    Block block;           // nullptr: it was a hole
    bool charged = false;  // it counts as used space, as no present block stands for it
  };

  void keep_durable(std::uint64_t block, std::uint64_t first_changed);
  std::byte* writable(std::uint64_t block);
  void drop_block(std::map<std::uint64_t, Block>::iterator at);
  void zero_from(std::uint64_t size);
  void charge_present_blocks();

  DiskSpace& space_;
  std::uint64_t size_ = 0;
  std::map<std::uint64_t, Block> blocks_;  // by number; a missing one is a hole
  // The durable version is saved_ where it has the block, else blocks_; cut off at durable_size_.
  std::uint64_t durable_size_ = 0;
  std::map<std::uint64_t, Saved> saved_;
  std::uint64_t charged_ = 0;  // blocks of space_ that this file takes
  std::uint64_t unsynced_writes_ = 0;
  std::uint64_t unsynced_bytes_ = 0;
};

}  // namespace norn::sim
