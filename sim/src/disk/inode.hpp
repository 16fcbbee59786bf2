// Inode: the bytes of one file, and what of them a crash would leave.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "disk/crash_graph.hpp"

namespace norn::sim {

// The space of one disk, in blocks of Inode::kBlockBytes.
struct DiskSpace {
  std::uint64_t blocks = 0;  // how many may be used: the capacity, or less while a fault says so
  std::uint64_t used = 0;
};

// Inode belongs to a Disk, which gives it names and descriptors. It holds the content as processes
// see it; beside it, for every block that a write or truncation changed since the last sync, the
// durable version, kept at the first change. So a sync costs no more than the changes it ends, an
// append nothing extra. It also keeps what was written since, call by call, for crashes that keep a
// part of it; when that is much more than the file, as one write a block.
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

  // fail_sync() does what Linux does when the device fails in a sync (Rebello et al., "Can
  // applications recover from fsync failures?", 2020): the pages that were to be written count as
  // clean. They read back as they are, no later sync writes them unless they are written to again,
  // and a crash takes them.
  void fail_sync();

  // A write or a change of size since the last sync.
  struct Write {
    std::uint64_t offset = 0;
    std::vector<std::byte> bytes{};
    std::uint64_t end = 0;  // the file has at least this size after it; of a change of size: this
    bool is_size = false;
  };
  std::vector<Write> unsynced_writes_in_order() const;
  // sync_as() makes these writes durable in place of those since the last sync.
  void sync_as(const std::vector<Write>& writes);
  // is_unsynced() is whether a byte of the range was written since the last sync.
  bool is_unsynced(std::uint64_t offset, std::uint64_t length) const;

  // add_units() appends what was done since the last sync, in pieces of at most `grain` bytes.
  void add_units(CrashGraph& graph, std::uint32_t file, std::uint32_t grain,
                 std::uint32_t& call) const;
  // durable_bytes() is the content that a crash leaves which keeps nothing else.
  std::vector<std::byte> durable_bytes() const;
  // apply() does what a data or size unit says, after roll_back().
  void apply(const CrashUnit& unit);

  // Writes and truncations since the last sync, and the bytes those writes carried.
  std::uint64_t unsynced_writes() const { return unsynced_writes_; }
  std::uint64_t unsynced_bytes() const { return unsynced_bytes_; }

 private:
  using Block = std::unique_ptr<std::array<std::byte, kBlockBytes>>;
  struct Saved {
    Block block;           // nullptr: it was a hole
    bool charged = false;  // it counts as used space, as no present block stands for it
    bool clean = false;    // a sync of the present version failed: no sync will write it
  };
  // A write or, without a length, a change of size.
  struct Change {
    std::uint64_t offset = 0;  // or the new size
    std::uint64_t length = 0;
    std::size_t bytes_at = 0;  // in changed_bytes_
  };

  void keep_durable(std::uint64_t block, std::uint64_t first_changed);
  std::size_t copy_in(const std::byte* from, std::size_t length, std::uint64_t offset);
  void note_write(std::uint64_t offset, std::span<const std::byte> bytes);
  void note_whole_block(std::uint64_t block);
  void forget_changes();
  void merge_changes();
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
  bool some_clean_ = false;      // some of saved_ are
  std::uint64_t charged_ = 0;    // blocks of space_ that this file takes
  std::vector<Change> changes_;  // since the last sync
  std::vector<std::byte> changed_bytes_;
  std::uint64_t unsynced_writes_ = 0;
  std::uint64_t unsynced_bytes_ = 0;
};

}  // namespace norn::sim
