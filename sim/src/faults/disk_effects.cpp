// What the faults of disks do.
#include <algorithm>
#include <utility>

#include "faults/disk_fault_set.hpp"
#include "faults/fault_effect.hpp"

namespace norn::sim {
namespace {

class DiskEffect final : public FaultEffect {
 public:
  void add(std::shared_ptr<DiskFaultSet> set, DiskFault fault) {
    const DiskFault* const added = set->add(std::move(fault));
    begun_.push_back({std::move(set), added});
  }
  void end(trace::Seq cause) override {
    static_cast<void>(cause);
    for (const Begun& each : begun_) each.set->remove(each.fault);
  }

 private:
  struct Begun {
    std::shared_ptr<DiskFaultSet> set;
    const DiskFault* fault;
  };
  std::vector<Begun> begun_;
};

std::uint64_t count_of(const Fault& fault, std::string_view parameter) {
  return static_cast<std::uint64_t>(number_of(fault, parameter));
}

void read_slow(const Fault& fault, DiskFault& read) {
  read.ns_an_operation = 1'000'000'000 / number_of(fault, "iops");
  read.bytes_a_second = number_of(fault, "bandwidth");
  read.sync_min_ns = duration_of(fault, "sync_min").count();
  read.sync_max_ns = std::max(read.sync_min_ns, duration_of(fault, "sync_max").count());
}

DiskFault read_parameters(const Fault& fault) {
  const FaultSpec& spec = spec_of(fault.kind);
  const auto has = [&spec](std::string_view name) { return find_parameter(spec, name) != nullptr; };
  DiskFault read;
  read.kind = fault.kind;
  if (has("path")) read.path = word_of(fault, "path");
  if (has("share")) read.share = share_of(fault, "share");
  if (has("keep_copies")) read.keep_copies = count_of(fault, "keep_copies");
  switch (fault.kind) {
    case FaultKind::torn_writes:
      read.keeps = share_of(fault, "keeps");
      read.torn = share_of(fault, "torn");
      read.grain = static_cast<std::uint32_t>(number_of(fault, "grain"));
      break;
    case FaultKind::read_error:
      read.by_call = word_of(fault, "by") == "call";
      break;
    case FaultKind::disk_full:
      read.space = count_of(fault, "free");
      break;
    case FaultKind::disk_quota:
      read.space = count_of(fault, "most");
      break;
    case FaultKind::disk_slow:
      read_slow(fault, read);
      break;
    default:
      break;
  }
  return read;
}

std::shared_ptr<FaultEffect> begin(const FaultScene& scene, const BegunFault& begun) {
  DiskFault read = read_parameters(begun.fault);
  read.slot = begun.slot;
  for (const host::NodeId node : begun.side_a) read.group.push_back(scene.cluster.at(node).key);
  auto effect = std::make_shared<DiskEffect>();
  for (const host::NodeId id : begun.side_a) {
    Node& node = scene.cluster.at(id);
    DiskFault fault = read;
    fault.key = mix(begun.key, node.key);
    if (fault.kind == FaultKind::disk_full) fault.space += node.disk.used_bytes();
    effect->add(DiskFaultSet::of(scene.core, node.disk, node.key), std::move(fault));
  }
  return effect;
}

constexpr FaultHandler kHandlers[] = {
    {FaultKind::torn_writes, begin},       {FaultKind::lost_write, begin},
    {FaultKind::misdirected_write, begin}, {FaultKind::bit_rot, begin},
    {FaultKind::read_error, begin},        {FaultKind::write_error, begin},
    {FaultKind::sync_error, begin},        {FaultKind::disk_full, begin},
    {FaultKind::disk_quota, begin},        {FaultKind::disk_slow, begin},
    {FaultKind::disk_stall, begin},        {FaultKind::read_only, begin},
};

}  // namespace

std::span<const FaultHandler> disk_handlers() {
  return kHandlers;
}

}  // namespace norn::sim
