#include "kernel/name_service.hpp"

#include <utility>

namespace norn::sim {

void NameService::set(std::string name, NamedNodes nodes, std::int64_t ttl_ns) {
  const auto [found, is_new] = records_.try_emplace(std::move(name));
  Record& record = found->second;
  record.before = is_new ? nodes : std::exchange(record.nodes, {});
  record.nodes = std::move(nodes);
  record.ttl_ns = ttl_ns;
}

const NameService::Stale* NameService::stale(host::NodeId node, std::string_view name) const {
  if (stale_.empty()) [[likely]]
    return nullptr;
  const auto found = stale_.find(node);
  if (found == stale_.end()) return nullptr;
  for (const Stale& each : found->second) {
    if (each.name.empty() || each.name == name) return &each;
  }
  return nullptr;
}

NamedNodes NameService::ask(host::NodeId node, NameCache& cache, std::string_view name,
                            std::int64_t now_ns, BiteCounter& bites) const {
  const auto record = records_.find(name);
  if (record == records_.end()) return {};
  const Stale* const fault = stale(node, name);
  const auto known = cache.answers.find(name);
  if (known != cache.answers.end() && (fault != nullptr || now_ns < known->second.good_until_ns)) {
    const NamedNodes& answer = known->second.nodes;
    const bool too_old = now_ns >= known->second.good_until_ns;
    if (fault != nullptr && too_old && answer != record->second.nodes)
      bites.add(fault->slot, Bite::stale_answers);
    return answer;
  }
  if (fault != nullptr) {
    if (record->second.before != record->second.nodes) bites.add(fault->slot, Bite::stale_answers);
    return record->second.before;
  }
  if (known != cache.answers.end()) cache.answers.erase(known);
  if (!record->second.nodes.empty()) {
    cache.answers.emplace(name, NameCache::Answer{.nodes = record->second.nodes,
                                                  .good_until_ns = now_ns + record->second.ttl_ns});
  }
  return record->second.nodes;
}

void NameService::begin_stale(host::NodeId node, std::string name, BiteCounter::Slot slot) {
  stale_[node].push_back({.name = std::move(name), .slot = slot});
}

void NameService::end_stale(host::NodeId node, BiteCounter::Slot slot) {
  const auto found = stale_.find(node);
  if (found == stale_.end()) return;
  std::erase_if(found->second, [slot](const Stale& each) { return each.slot == slot; });
  if (found->second.empty()) stale_.erase(found);
}

}  // namespace norn::sim
