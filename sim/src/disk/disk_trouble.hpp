// DiskTrouble: what goes wrong with a disk, asked by the disk itself at each call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace norn::sim {

class Disk;
struct CrashGraph;

// The calls of a disk, as far as something can go wrong with them.
enum class DiskCall : std::uint8_t {
  open_to_change,  // open() that creates, truncates or lets write
  read,
  write,
  sync,
  truncate,
  rename,
  remove,
  sync_directory,
};

// Where a write goes when a sync takes it to the medium.
struct WriteFate {
  enum class Kind : std::uint8_t { written, lost, misdirected };
  Kind kind = Kind::written;
  std::uint64_t offset = 0;  // misdirected: where to, in the same file
};

// DiskTrouble belongs to the disk it is set for. A disk without one costs a call a test of a
// pointer. By default nothing goes wrong.
class DiskTrouble {
 public:
  DiskTrouble() = default;
  DiskTrouble(const DiskTrouble&) = delete;
  DiskTrouble& operator=(const DiskTrouble&) = delete;
  virtual ~DiskTrouble() = default;

  // wait() blocks the calling fiber for as long as the call is held up. The disk never calls it,
  // for it knows no fibers: who calls the disk does, before.
  virtual void wait(DiskCall call, std::string_view path, std::uint64_t bytes) {
    static_cast<void>(call);
    static_cast<void>(path);
    static_cast<void>(bytes);
  }
  // check() is minus the errno value that the call fails with, or 0. `path` is resolved.
  virtual int check(DiskCall call, std::string_view path, std::uint64_t offset,
                    std::uint64_t length) {
    static_cast<void>(call);
    static_cast<void>(path);
    static_cast<void>(offset);
    static_cast<void>(length);
    return 0;
  }
  // rots() is whether reads of this file must ask rot() about every sector that is on the medium;
  // rot() changes its bytes as they read, and returns whether it did.
  virtual bool rots(std::string_view path) {
    static_cast<void>(path);
    return false;
  }
  virtual bool rot(std::string_view path, std::uint64_t sector, std::span<std::byte> bytes) {
    static_cast<void>(path);
    static_cast<void>(sector);
    static_cast<void>(bytes);
    return false;
  }
  // diverts() is whether syncs of this file must ask fate() about every write.
  virtual bool diverts(std::string_view path) {
    static_cast<void>(path);
    return false;
  }
  virtual WriteFate fate(std::string_view path, std::uint64_t offset, std::uint64_t length,
                         std::uint64_t file_size) {
    static_cast<void>(path);
    static_cast<void>(offset);
    static_cast<void>(length);
    static_cast<void>(file_size);
    return {};
  }
  // crash_grain() is the size of what a crash writes whole (512 or 4096 bytes) when it keeps a part
  // of what was not synced, which keep() then chooses; 0: it keeps nothing.
  virtual std::uint32_t crash_grain() { return 0; }
  virtual std::vector<bool> keep(const CrashGraph& graph) {
    static_cast<void>(graph);
    return {};
  }
  // full() is told of each write that had no space, or not enough.
  virtual void full() {}
  // changed() is called after every call that changed the disk, or made a change durable.
  virtual void changed(const Disk& disk) { static_cast<void>(disk); }
};

}  // namespace norn::sim
