// RunClaims: what node code claimed in one run.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "norn/runtime/host/claims.hpp"
#include "norn/sim/sim_options.hpp"

namespace norn::sim {

// Claims of one name and kind are counted as one, wherever they stand.
class RunClaims final : public host::ClaimSink {
 public:
  struct Handlers {
    std::function<void(std::string_view name, std::string_view detail)> broken;
    std::function<void(std::string_view name)> seen;  // for the first time in the run
  };

  // From now on this is told of the claims of its thread, until it dies or another one is made.
  explicit RunClaims(Handlers handlers);
  ~RunClaims() override;

  void claimed(const host::Claim& claim, const host::ClaimResult& result) override;
  // add_to() appends the counts of what was claimed, by name and kind.
  void add_to(std::vector<PropertyCount>& counts) const;

 private:
  struct Count {
    std::uint64_t evaluated = 0;
    std::uint64_t held = 0;
    std::optional<std::int64_t> room{};
  };
  Count& count_of(const host::Claim& claim);

  Handlers handlers_;
  std::map<std::pair<std::string_view, host::ClaimKind>, Count> counts_;
  std::vector<Count*> by_number_;  // null: not met yet
};

}  // namespace norn::sim
