#include "network/rules.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace norn::sim {

void RuleTable::Entries::add(RuleEntry* entry) {
  only_class = all.empty() || only_class == entry->class_hash ? entry->class_hash : 0;
  all.push_back(entry);
}

void RuleTable::Entries::remove(const RuleEntry* entry) {
  std::vector<RuleEntry*> before = std::move(all);
  all.clear();
  only_class = 0;
  for (RuleEntry* const other : before) {
    if (other != entry) add(other);
  }
}

RuleTable::Entries& RuleTable::place_of(const RuleEntry& entry) {
  if (entry.from.empty() && entry.to.empty()) return to_all_;
  if (!entry.from.empty() && !entry.to.empty())
    return by_pair_.at(entry.from.front(), entry.to.front());
  std::vector<Entries>& of_node = entry.to.empty() ? by_sender_ : by_receiver_;
  const host::NodeId node = entry.to.empty() ? entry.from.front() : entry.to.front();
  if (node >= of_node.size()) of_node.resize(node + std::size_t{1});
  return of_node[node];
}

std::uint32_t RuleTable::add(RuleEntry entry) {
  const std::uint32_t number = next_++;
  entry.number = number;
  ++active_;
  if (entry.owns_slot) {
    entry.slot = bites_.open();
    ++made_;
  }
  RuleEntry& added = rules_.emplace(number, std::move(entry)).first->second;
  if (by_group(added)) {
    cut_of_[number] = by_groups_.add(added.from, added.to, added.both_ways, number);
  } else {
    place_of(added).add(&added);
  }
  return number;
}

void RuleTable::remove(std::uint32_t number) {
  const auto found = rules_.find(number);
  if (found == rules_.end()) return;
  if (const auto cut = cut_of_.find(number); cut != cut_of_.end()) {
    by_groups_.remove(cut->second);
    cut_of_.erase(cut);
  } else {
    place_of(found->second).remove(&found->second);
  }
  if (found->second.owns_slot) {
    const BiteCounts done = bites_.close(found->second.slot);
    for (std::size_t i = 0; i < kBites; ++i) over_[i] += done[i];
  }
  rules_.erase(found);
  --active_;
}

std::uint64_t RuleTable::applied(std::uint32_t number) const {
  const auto found = rules_.find(number);
  return found == rules_.end() ? 0 : found->second.applied;
}

BiteCounts RuleTable::bites() const {
  BiteCounts sum = over_;
  for (const auto& [number, entry] : rules_) {
    if (!entry.owns_slot) continue;
    const BiteCounts& done = bites_.of(entry.slot);
    for (std::size_t i = 0; i < kBites; ++i) sum[i] += done[i];
  }
  return sum;
}

bool RuleTable::fits(RuleEntry& entry, const host::Message& message) {
  if (entry.class_hash != 0 && entry.class_hash != message.message_class->hash) return false;
  const std::span<const std::byte> bytes = message.bytes();
  if (!entry.content.empty()) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (text.find(entry.content) == std::string_view::npos) return false;
  }
  if (entry.predicate && !entry.predicate(bytes)) return false;
  ++entry.fitted;
  return entry.nth == 0 || entry.fitted == entry.nth;
}

void RuleTable::gather(const Entries& entries, const host::Message& message) {
  if (entries.only_class != 0 && entries.only_class != message.message_class->hash) return;
  candidates_.insert(candidates_.end(), entries.all.begin(), entries.all.end());
}

RuleEntry* RuleTable::judge(const host::Message& message) {
  candidates_.clear();
  gather(to_all_, message);
  if (const Entries* const pair = by_pair_.find(message.from, message.to)) gather(*pair, message);
  if (message.from < by_sender_.size()) gather(by_sender_[message.from], message);
  if (message.to < by_receiver_.size()) gather(by_receiver_[message.to], message);
  if (by_groups_.any()) {
    by_groups_.visit(message.from, message.to, [this](std::uint32_t number) {
      candidates_.push_back(&rules_.find(number)->second);
    });
  }
  if (candidates_.size() > 1) {
    std::sort(candidates_.begin(), candidates_.end(),
              [](const RuleEntry* a, const RuleEntry* b) { return a->number < b->number; });
  }
  for (RuleEntry* const entry : candidates_) {
    if (!fits(*entry, message)) continue;
    ++entry->applied;
    return entry;
  }
  return nullptr;
}

}  // namespace norn::sim

namespace norn {

Rule& Rule::operator=(Rule&& other) noexcept {
  if (this != &other) {
    remove();
    table_ = std::move(other.table_);
    number_ = other.number_;
  }
  return *this;
}

void Rule::remove() {
  if (const auto table = table_.lock()) table->remove(number_);
  table_.reset();
}

std::uint64_t Rule::applied() const {
  const auto table = table_.lock();
  return table == nullptr ? 0 : table->applied(number_);
}

}  // namespace norn
