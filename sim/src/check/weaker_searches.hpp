// Promises about any model, which need a search.
#pragma once

#include <cstdint>
#include <vector>

#include "check/models/tables.hpp"
#include "norn/check/weaker.hpp"

namespace norn::check {

using Words = std::vector<std::uint32_t>;

// Configurations that were seen.
class WordSets {
 public:
  bool add(const Words& words) {  // false if it is there
    std::uint64_t hash = words.size();
    for (const std::uint32_t word : words) hash = mix_hash(hash ^ word);
    if (index_.find(hash, [&](std::uint32_t i) { return items_[i] == words; }) != kNone)
      return false;
    index_.add(hash, static_cast<std::uint32_t>(items_.size()));
    items_.push_back(words);
    return true;
  }

 private:
  std::vector<Words> items_;
  HashIndex index_;
};

// Of a model that knows one object only, an Error if the history is of several.
Result<void> one_object(const History& history, const Model& model);

Result<ConsistencyResult> check_sequential(const History& history, const Model& model,
                                           const ConsistencyOptions& options);
Result<ConsistencyResult> check_buffered_durable(const History& history, const Model& model,
                                                 const ConsistencyOptions& options);

}  // namespace norn::check
