#include "faults/disk_fault_set.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "engine/distributions.hpp"
#include "norn/runtime/host/scheduler.hpp"

namespace norn::sim {
namespace {

constexpr std::uint64_t kBlockBytes = 4096;
constexpr std::uint64_t kSectorBytes = 512;
constexpr std::int64_t kNsASecond = 1'000'000'000;

bool changes(DiskCall call) {
  return call != DiskCall::read;
}

bool syncs(DiskCall call) {
  return call == DiskCall::sync || call == DiskCall::sync_directory;
}

std::uint64_t content_key(std::span<const std::byte> bytes) {
  std::uint64_t key = bytes.size();
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    word = word << 8U | std::to_integer<std::uint64_t>(bytes[i]);
    if (i % 8 == 7) key = mix(key, std::exchange(word, 0));
  }
  return mix(key, word);
}

}  // namespace

std::shared_ptr<DiskFaultSet> DiskFaultSet::of(Core& core, Disk& disk, std::uint64_t node_key) {
  if (disk.trouble() == nullptr)
    disk.set_trouble(std::make_shared<DiskFaultSet>(core, disk, node_key));
  auto set = std::dynamic_pointer_cast<DiskFaultSet>(disk.shared_trouble());
  NORN_ASSERT(set != nullptr, "a disk whose trouble is not its faults: it cannot have both");
  return set;
}

const DiskFault* DiskFaultSet::add(DiskFault fault) {
  faults_.push_back(std::make_unique<DiskFault>(std::move(fault)));
  limit_space();
  return faults_.back().get();
}

void DiskFaultSet::remove(const DiskFault* fault) {
  std::erase_if(stalled_, [&](const Stalled& each) {
    if (each.by != fault) return false;
    host::Fiber* const fiber = core_.scheduler->live(each.fiber_slot);
    if (fiber != nullptr && fiber->park_generation == each.generation)
      core_.scheduler->make_ready(*fiber);
    return true;
  });
  std::erase_if(faults_, [fault](const auto& each) { return each.get() == fault; });
  limit_space();
  // This object goes with the last reference to it, which the effect that ends still holds.
  if (faults_.empty()) disk_.set_trouble(nullptr);
}

DiskFault* DiskFaultSet::find(FaultKind kind, std::string_view path) {
  for (const auto& fault : faults_) {
    if (fault->kind == kind && path.starts_with(fault->path)) return fault.get();
  }
  return nullptr;
}

std::uint64_t DiskFaultSet::choose(DiskFault& fault, std::uint64_t base, std::uint64_t occurrence,
                                   std::uint64_t bound) {
  const auto drawn = [bound](std::uint64_t bits) {
    return static_cast<std::int64_t>(below(bits, bound));
  };
  const auto chosen = core_.choices.choose(ChoiceKind::disk_fault, mix(fault.key, base), occurrence,
                                           static_cast<std::int64_t>(bound), 0, drawn);
  return static_cast<std::uint64_t>(chosen) % bound;
}

bool DiskFaultSet::happens(DiskFault& fault, std::uint64_t base, std::uint64_t occurrence,
                           Ratio share) {
  const auto drawn = [share](std::uint64_t bits) -> std::int64_t {
    return chance(bits, share) ? 1 : 0;
  };
  return core_.choices.choose(ChoiceKind::disk_fault, mix(fault.key, base), occurrence, 2, 0,
                              drawn) == 1;
}

// Each block ranks the nodes by a hash of its own (rendezvous hashing); the first of them are
// spared. So all nodes agree on it, and on the next fault too, without a table.
bool DiskFaultSet::may_damage(const DiskFault& fault, std::string_view path,
                              std::uint64_t block) const {
  if (fault.keep_copies == 0) return true;
  const std::uint64_t place = mix(core_.choices.seed(), mix(text_key(path), block));
  const std::uint64_t own = mix(place, node_key_);
  const auto before = std::count_if(fault.group.begin(), fault.group.end(),
                                    [&](std::uint64_t node) { return mix(place, node) < own; });
  return static_cast<std::uint64_t>(before) >= fault.keep_copies;
}

bool DiskFaultSet::may_damage_all(const DiskFault& fault, std::string_view path,
                                  std::uint64_t offset, std::uint64_t length) const {
  if (fault.keep_copies == 0) return true;
  for (std::uint64_t block = offset / kBlockBytes; block * kBlockBytes < offset + length; ++block) {
    if (!may_damage(fault, path, block)) return false;
  }
  return true;
}

// ---- calls that fail

int DiskFaultSet::check(DiskCall call, std::string_view path, std::uint64_t offset,
                        std::uint64_t length) {
  for (const auto& fault : faults_) {
    if (!path.starts_with(fault->path)) continue;
    if (!fails(*fault, call, path, offset, length)) continue;
    core_.bites.add(fault->slot, Bite::file_calls_failed);
    return fault->kind == FaultKind::read_only ? -EROFS : -EIO;
  }
  return 0;
}

bool DiskFaultSet::fails(DiskFault& fault, DiskCall call, std::string_view path,
                         std::uint64_t offset, std::uint64_t length) {
  const std::uint64_t path_key = text_key(path);
  switch (fault.kind) {
    case FaultKind::read_error:
      if (call != DiskCall::read) return false;
      if (!fault.by_call) return bad_block(fault, path, offset, length);
      return may_damage(fault, path, offset / kBlockBytes) &&
             happens(fault, path_key, fault.times++, fault.share);
    case FaultKind::write_error:
      return call == DiskCall::write && happens(fault, path_key, fault.times++, fault.share);
    case FaultKind::sync_error:
      return syncs(call) && happens(fault, path_key, fault.times++, fault.share);
    case FaultKind::read_only:
      return syncs(call) ? length > 0 : changes(call);
    default:
      return false;
  }
}

// bad_block() is whether the range touches a block that cannot be read.
bool DiskFaultSet::bad_block(DiskFault& fault, std::string_view path, std::uint64_t offset,
                             std::uint64_t length) {
  if (length == 0) return false;
  const std::uint64_t path_key = text_key(path);
  for (std::uint64_t block = offset / kBlockBytes; block <= (offset + length - 1) / kBlockBytes;
       ++block) {
    if (may_damage(fault, path, block) && happens(fault, path_key, block, fault.share)) return true;
  }
  return false;
}

// ---- content

bool DiskFaultSet::rots(std::string_view path) {
  return find(FaultKind::bit_rot, path) != nullptr;
}

// Keyed by place and content: it reads back the same each time, and is gone when other content is
// written there.
bool DiskFaultSet::rot(std::string_view path, std::uint64_t sector, std::span<std::byte> bytes) {
  if (bytes.empty()) return false;
  bool rotten = false;
  for (const auto& fault : faults_) {
    if (fault->kind != FaultKind::bit_rot || !path.starts_with(fault->path)) continue;
    if (!may_damage(*fault, path, sector * kSectorBytes / kBlockBytes)) continue;
    const std::uint64_t place = mix(mix(text_key(path), sector), content_key(bytes));
    if (!happens(*fault, place, 0, fault->share)) continue;
    const std::uint64_t bit = choose(*fault, place, 1, bytes.size() * 8);
    bytes[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    core_.bites.add(fault->slot, Bite::sectors_rotten);
    rotten = true;
  }
  return rotten;
}

bool DiskFaultSet::diverts(std::string_view path) {
  return find(FaultKind::lost_write, path) != nullptr ||
         find(FaultKind::misdirected_write, path) != nullptr;
}

WriteFate DiskFaultSet::fate(std::string_view path, std::uint64_t offset, std::uint64_t length,
                             std::uint64_t file_size) {
  const std::uint64_t path_key = text_key(path);
  const std::uint64_t sectors = (file_size + kSectorBytes - 1) / kSectorBytes;
  for (const auto& fault : faults_) {
    const bool lost = fault->kind == FaultKind::lost_write;
    if (!lost && (fault->kind != FaultKind::misdirected_write || sectors < 2)) continue;
    if (!path.starts_with(fault->path) || !may_damage_all(*fault, path, offset, length)) continue;
    const std::uint64_t number = fault->times++;
    if (!happens(*fault, path_key, 2 * number, fault->share)) continue;
    if (lost) {
      core_.bites.add(fault->slot, Bite::writes_lost);
      return {.kind = WriteFate::Kind::lost};
    }
    // Any sector but its own.
    std::uint64_t sector = choose(*fault, path_key, 2 * number + 1, sectors - 1);
    if (sector >= offset / kSectorBytes) ++sector;
    const std::uint64_t to = sector * kSectorBytes + offset % kSectorBytes;
    // What it would overwrite may be a copy that is spared.
    if (!may_damage_all(*fault, path, to, length)) continue;
    core_.bites.add(fault->slot, Bite::writes_misdirected);
    return {.kind = WriteFate::Kind::misdirected, .offset = to};
  }
  return {};
}

// ---- crashes

std::uint32_t DiskFaultSet::crash_grain() {
  const DiskFault* const fault = find(FaultKind::torn_writes, {});
  return fault == nullptr ? 0 : fault->grain;
}

std::vector<bool> DiskFaultSet::keep(const CrashGraph& graph) {
  constexpr std::uint64_t kAll = 0;  // of ten: FoundationDB's simulator, 10 % of its crashes
  constexpr std::uint64_t kNone = 1;
  std::vector<bool> kept(graph.units.size());
  DiskFault& fault = *find(FaultKind::torn_writes, {});
  const std::uint64_t crash = fault.times++;
  const std::uint64_t how = choose(fault, 0, crash, 10);
  if (how == kNone) return kept;
  std::uint64_t number = 0;  // of the call, within its file
  std::uint32_t last_file = 0;
  for (std::size_t first = 0; first < graph.units.size();) {
    const CrashUnit& unit = graph.units[first];
    std::size_t end = first;
    while (end < graph.units.size() && graph.units[end].call == unit.call) ++end;
    const bool is_name = unit.kind == CrashUnit::Kind::names;
    number = unit.file == last_file ? number + 1 : 0;
    last_file = unit.file;
    const std::uint64_t what = text_key(is_name ? unit.names.back().first : graph.paths[unit.file]);
    if (how == kAll) {
      for (std::size_t i = first; i < end; ++i) kept[i] = is_allowed(graph, i, kept);
      core_.bites.add(fault.slot, is_name ? Bite::names_kept : Bite::writes_kept);
    } else {
      keep_call(fault, graph, first, end, mix(mix(what, is_name ? 1 : 2), mix(crash, number)),
                kept);
    }
    first = end;
  }
  return kept;
}

// keep_call() decides about units [first, end), which one call made.
void DiskFaultSet::keep_call(DiskFault& fault, const CrashGraph& graph, std::size_t first,
                             std::size_t end, std::uint64_t base, std::vector<bool>& kept) {
  if (!happens(fault, base, 0, fault.keeps)) return;
  const bool torn = end - first > 1 && happens(fault, base, 1, fault.torn);
  std::size_t count = 0;
  for (std::size_t i = first; i < end; ++i) {
    if (!is_allowed(graph, i, kept)) continue;
    if (torn && !happens(fault, base, 2 + (i - first), {1, 2})) continue;
    kept[i] = true;
    ++count;
  }
  if (count == 0) return;
  if (graph.units[first].kind == CrashUnit::Kind::names)
    return core_.bites.add(fault.slot, Bite::names_kept);
  core_.bites.add(fault.slot, count == end - first ? Bite::writes_kept : Bite::writes_torn);
}

// ---- space

void DiskFaultSet::limit_space() {
  const DiskFault* tightest = nullptr;
  for (const auto& fault : faults_) {
    if (fault->kind != FaultKind::disk_full && fault->kind != FaultKind::disk_quota) continue;
    if (tightest == nullptr || fault->space < tightest->space) tightest = fault.get();
  }
  if (tightest == nullptr) return disk_.unlimit_space();
  disk_.limit_space(tightest->space, tightest->kind == FaultKind::disk_full ? ENOSPC : EDQUOT);
}

void DiskFaultSet::full() {
  const DiskFault* tightest = nullptr;
  for (const auto& fault : faults_) {
    if (fault->kind != FaultKind::disk_full && fault->kind != FaultKind::disk_quota) continue;
    if (tightest == nullptr || fault->space < tightest->space) tightest = fault.get();
  }
  if (tightest != nullptr) core_.bites.add(tightest->slot, Bite::file_calls_failed);
}

// ---- time

void DiskFaultSet::wait(DiskCall call, std::string_view path, std::uint64_t bytes) {
  if (DiskFault* const fault = find(FaultKind::disk_slow, {})) slow_down(*fault, call, bytes);
  // It may have ended meanwhile; another may have begun.
  if (DiskFault* const fault = find(FaultKind::disk_stall, path)) stall(*fault);
}

void DiskFaultSet::stall(DiskFault& fault) {
  core_.bites.add(fault.slot, Bite::file_calls_delayed);
  const host::Fiber& self = *core_.scheduler->running();
  stalled_.push_back(
      {.by = &fault, .fiber_slot = self.slot, .generation = self.park_generation + 1});
  core_.scheduler->park(host::BlockReason::file);
}

// One operation after the other; what a sync takes on top goes on beside the next.
void DiskFaultSet::slow_down(DiskFault& fault, DiskCall call, std::uint64_t bytes) {
  if (call != DiskCall::read && !syncs(call)) return;
  __extension__ using Wide = unsigned __int128;
  const Wide transfer = Wide{bytes} * static_cast<std::uint64_t>(kNsASecond) /
                        static_cast<std::uint64_t>(fault.bytes_a_second);
  busy_until_ns_ = std::max(busy_until_ns_, core_.now_ns) + fault.ns_an_operation +
                   static_cast<std::int64_t>(transfer);
  std::int64_t until_ns = busy_until_ns_;
  if (syncs(call)) {
    const auto drawn = [&fault](std::uint64_t bits) {
      return between(bits, fault.sync_min_ns, fault.sync_max_ns);
    };
    until_ns += core_.choices.choose(ChoiceKind::disk_delay, fault.key, fault.times++, 0,
                                     fault.sync_min_ns, drawn);
  }
  core_.bites.add(fault.slot, Bite::file_calls_delayed);
  // By the node's own clock, by which its timers go.
  const std::int64_t shown_ns = core_.acting_now_ns() + (until_ns - core_.now_ns);
  core_.scheduler->park_until(host::BlockReason::file, TimePoint(Duration(shown_ns)));
}

}  // namespace norn::sim
