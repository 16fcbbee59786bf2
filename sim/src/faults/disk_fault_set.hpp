// DiskFaultSet: the faults of one node's disk that last, as the disk meets them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "disk/disk.hpp"
#include "engine/core.hpp"
#include "faults/fault_effect.hpp"

namespace norn::sim {

// A fault that lasts, with its parameters read.
struct DiskFault {
  FaultKind kind{};
  BiteCounter::Slot slot = 0;
  std::uint64_t key = 0;  // of the fault and the node
  std::string path{};     // it concerns what begins so
  Ratio share{1, 1};
  bool by_call = false;
  std::uint64_t keep_copies = 0;
  std::vector<std::uint64_t> group{};  // keys of the nodes that share the copies
  // torn_writes
  Ratio keeps{};
  Ratio torn{};
  std::uint32_t grain = 0;
  // disk_full, disk_quota: how many bytes may be used
  std::uint64_t space = 0;
  // disk_slow
  std::int64_t ns_an_operation = 0;
  std::int64_t bytes_a_second = 0;
  std::int64_t sync_min_ns = 0;
  std::int64_t sync_max_ns = 0;

  std::uint64_t times = 0;  // choices made: each has its number
};

// Made with the first fault of a disk; without faults it is taken away again.
class DiskFaultSet final : public DiskTrouble {
 public:
  DiskFaultSet(Core& core, Disk& disk, std::uint64_t node_key)
      : core_(core), disk_(disk), node_key_(node_key) {}

  // of() is the set of a disk, made if there is none.
  static std::shared_ptr<DiskFaultSet> of(Core& core, Disk& disk, std::uint64_t node_key);

  std::uint64_t node_key() const { return node_key_; }
  // add() lets a fault begin and returns its handle; remove() ends it.
  const DiskFault* add(DiskFault fault);
  void remove(const DiskFault* fault);

  void wait(DiskCall call, std::string_view path, std::uint64_t bytes) override;
  int check(DiskCall call, std::string_view path, std::uint64_t offset,
            std::uint64_t length) override;
  bool rots(std::string_view path) override;
  bool rot(std::string_view path, std::uint64_t sector, std::span<std::byte> bytes) override;
  bool diverts(std::string_view path) override;
  WriteFate fate(std::string_view path, std::uint64_t offset, std::uint64_t length,
                 std::uint64_t file_size) override;
  std::uint32_t crash_grain() override;
  std::vector<bool> keep(const CrashGraph& graph) override;
  void full() override;

 private:
  // A fiber that a stalled disk holds up.
  struct Stalled {
    const DiskFault* by;
    std::uint32_t fiber_slot;
    std::uint32_t generation;
  };

  DiskFault* find(FaultKind kind, std::string_view path);
  std::uint64_t choose(DiskFault& fault, std::uint64_t base, std::uint64_t occurrence,
                       std::uint64_t bound);
  bool happens(DiskFault& fault, std::uint64_t base, std::uint64_t occurrence, Ratio share);
  bool may_damage(const DiskFault& fault, std::string_view path, std::uint64_t block) const;
  bool may_damage_all(const DiskFault& fault, std::string_view path, std::uint64_t offset,
                      std::uint64_t length) const;
  bool fails(DiskFault& fault, DiskCall call, std::string_view path, std::uint64_t offset,
             std::uint64_t length);
  bool bad_block(DiskFault& fault, std::string_view path, std::uint64_t offset,
                 std::uint64_t length);
  void keep_call(DiskFault& fault, const CrashGraph& graph, std::size_t first, std::size_t end,
                 std::uint64_t base, std::vector<bool>& kept);
  void limit_space();
  void stall(DiskFault& fault);
  void slow_down(DiskFault& fault, DiskCall call, std::uint64_t bytes);

  Core& core_;
  Disk& disk_;
  std::uint64_t node_key_;
  std::vector<std::unique_ptr<DiskFault>> faults_;  // in order of their begin
  std::vector<Stalled> stalled_;
  std::int64_t busy_until_ns_ = 0;
};

}  // namespace norn::sim
