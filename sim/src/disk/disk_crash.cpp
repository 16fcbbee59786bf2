// Crashes that keep a part of what was not synced, and limits of space.
#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

#include "disk/disk.hpp"

namespace norn::sim {

CrashGraph Disk::crash_graph(std::uint32_t grain) const {
  CrashGraph graph;
  std::uint32_t call = 0;
  std::set<const Inode*> seen;  // for membership only
  const auto add = [&](const std::string& path, const File& file) {
    if (!seen.insert(file.get()).second) return;
    const auto number = static_cast<std::uint32_t>(graph.files.size());
    graph.files.push_back(file);
    graph.paths.push_back(path);
    file->add_units(graph, number, grain, call);
  };
  for (const auto& [path, file] : names_) add(path, file);
  for (const auto& [path, file] : durable_names_) add(path, file);
  pending_names_.files(add);
  pending_names_.add_units(graph, call);
  return graph;
}

DiskLoss Disk::lose_some(std::uint32_t grain) {
  const CrashGraph graph = crash_graph(grain);
  const std::vector<bool> kept = trouble_->keep(graph);
  static_cast<void>(lose_all());
  keep(graph, kept);
  DiskLoss loss;
  std::uint32_t last_lost_call = 0;
  for (std::size_t i = 0; i < graph.units.size(); ++i) {
    if (kept[i]) continue;
    const CrashUnit& unit = graph.units[i];
    if (unit.kind == CrashUnit::Kind::names) {
      loss.names_lost += unit.names.size();
      continue;
    }
    loss.bytes_lost += unit.bytes.size();
    // Units of one call come in a row.
    if (unit.call + 1 != last_lost_call) ++loss.writes_lost;
    last_lost_call = unit.call + 1;
  }
  return loss;
}

// keep() does again what was kept, on what is durable, and makes it durable.
void Disk::keep(const CrashGraph& graph, const std::vector<bool>& kept) {
  for (const File& file : graph.files) file->roll_back();
  for (std::size_t i = 0; i < graph.units.size(); ++i) {
    if (!kept[i]) continue;
    const CrashUnit& unit = graph.units[i];
    if (unit.kind != CrashUnit::Kind::names) {
      graph.files[unit.file]->apply(unit);
      continue;
    }
    for (const auto& [path, file] : unit.names) {
      if (file == nullptr) {
        names_.erase(path);
      } else {
        names_.insert_or_assign(path, file);
      }
    }
  }
  for (const File& file : graph.files) file->sync();
  durable_names_ = names_;
}

void Disk::limit_space(std::uint64_t bytes, int error) {
  space_->blocks = std::min(capacity_blocks_, bytes / Inode::kBlockBytes);
  full_error_ = error;
}

void Disk::unlimit_space() {
  space_->blocks = capacity_blocks_;
  full_error_ = ENOSPC;
}

std::string_view Disk::path_of(int descriptor) const {
  const OpenFile* const open = find_open(descriptor);
  return open == nullptr ? std::string_view{} : std::string_view(open->path);
}

}  // namespace norn::sim
