#include "engine/claims.hpp"

#include <algorithm>

#include "norn/runtime/host/scheduler.hpp"

namespace norn::sim {

using host::ClaimKind;

RunClaims::RunClaims(Handlers handlers) : handlers_(std::move(handlers)) {
  host::AttachedClaims::here.sink = this;
}

RunClaims::~RunClaims() {
  if (host::AttachedClaims::here.sink == this) host::AttachedClaims::here.sink = nullptr;
}

RunClaims::Count& RunClaims::count_of(const host::Claim& claim) {
  if (claim.number() >= by_number_.size()) by_number_.resize(claim.number() + std::size_t{1});
  Count*& count = by_number_[claim.number()];
  if (count == nullptr) count = &counts_[{claim.name(), claim.kind()}];
  return *count;
}

void RunClaims::claimed(const host::Claim& claim, const host::ClaimResult& result) {
  host::Scheduler* const scheduler = host::Scheduler::current();
  if (scheduler != nullptr && scheduler->running() != nullptr &&
      !scheduler->running()->process->alive)
    return;  // what a dead node says counts for nothing
  const bool should_happen =
      claim.kind() == ClaimKind::sometimes || claim.kind() == ClaimKind::reachable;
  Count& count = count_of(claim);
  ++count.evaluated;
  if (result.holds) ++count.held;
  if (result.has_room) {
    // Of what must hold the narrowest counts, of what should happen the nearest.
    const std::int64_t known = count.room.value_or(result.room);
    count.room = should_happen ? std::max(known, result.room) : std::min(known, result.room);
  }
  if (should_happen) {
    if (result.holds && count.held == 1) handlers_.seen(claim.name());
  } else if (!result.holds) {
    handlers_.broken(claim.name(), result.detail.empty() ? "it does not hold" : result.detail);
  }
}

void RunClaims::add_to(std::vector<PropertyCount>& counts) const {
  for (const auto& [key, count] : counts_) {
    counts.push_back({.name = std::string(key.first),
                      .kind = std::string(host::name(key.second)),
                      .evaluated = count.evaluated,
                      .held = count.held,
                      .room = count.room});
  }
}

}  // namespace norn::sim
