// What was found so far: every anomaly is counted, the first of each kind are told.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "norn/check/transactions.hpp"

namespace norn::check::txn {

class Findings {
 public:
  explicit Findings(std::size_t max_witnesses) : max_witnesses_(max_witnesses) {}

  // `story` is called for the lines, if they are kept.
  template <class Story>
  void add(Anomaly anomaly, std::vector<std::size_t> transactions, Story&& story) {
    std::uint64_t& count = counts_.at(static_cast<std::size_t>(anomaly));
    if (count++ >= max_witnesses_) return;
    witnesses_.push_back({anomaly, std::move(transactions), story()});
  }

  std::vector<Witness>& witnesses() { return witnesses_; }
  const std::array<std::uint64_t, kAnomalies>& counts() const { return counts_; }

 private:
  std::size_t max_witnesses_;
  std::vector<Witness> witnesses_;
  std::array<std::uint64_t, kAnomalies> counts_{};
};

using Story = std::vector<std::string>;

}  // namespace norn::check::txn
