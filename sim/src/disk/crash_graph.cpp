#include "disk/crash_graph.hpp"

#include <algorithm>
#include <cstddef>

namespace norn::sim {
namespace {

// A program that never syncs a directory must not fill the memory with its history: beyond this
// many calls, the older half counts as one, which is kept or lost together.
constexpr std::size_t kMostCalls = 1024;

}  // namespace

bool is_allowed(const CrashGraph& graph, std::size_t number, const std::vector<bool>& kept) {
  const std::vector<std::uint32_t>& needs = graph.units[number].needs;
  return std::all_of(needs.begin(), needs.end(),
                     [&kept](std::uint32_t needed) { return kept[needed]; });
}

// Sets in the order of binary numbers whose first digit is the first unit: the last unit that can
// be added is, and what comes after it goes. That is closed, for nobody needs a later unit.
bool next_closed_subset(const CrashGraph& graph, std::vector<bool>& kept) {
  for (std::size_t i = graph.units.size(); i-- > 0;) {
    if (kept[i] || !is_allowed(graph, i, kept)) continue;
    kept[i] = true;
    std::fill(kept.begin() + static_cast<std::ptrdiff_t>(i) + 1, kept.end(), false);
    return true;
  }
  return false;
}

void PendingNames::add(std::vector<std::pair<std::string, File>> changes) {
  if (calls_.size() >= kMostCalls) merge_oldest();
  Call& call = calls_.emplace_back();
  for (auto& [path, file] : changes) call.push_back({std::move(path), file});
}

void PendingNames::merge_oldest() {
  const auto end = calls_.begin() + kMostCalls / 2;
  std::map<std::string, std::weak_ptr<Inode>> last;
  for (auto call = calls_.begin(); call != end; ++call) {
    for (Change& change : *call) last.insert_or_assign(change.path, change.file);
  }
  Call merged;
  for (auto& [path, file] : last) merged.push_back({path, file});
  calls_.erase(calls_.begin() + 1, end);
  calls_.front() = std::move(merged);
}

void PendingNames::add_units(CrashGraph& graph, std::uint32_t& call) const {
  std::map<std::string, std::uint32_t> last;
  for (const Call& each : calls_) {
    const auto number = static_cast<std::uint32_t>(graph.units.size());
    CrashUnit unit{.kind = CrashUnit::Kind::names, .call = call++};
    for (const Change& change : each) {
      unit.names.emplace_back(change.path, change.file.lock());
      const auto [before, is_first] = last.try_emplace(change.path, number);
      if (is_first) continue;
      unit.needs.push_back(before->second);
      before->second = number;
    }
    graph.units.push_back(std::move(unit));
  }
}

}  // namespace norn::sim
