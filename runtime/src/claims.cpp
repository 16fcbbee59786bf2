#include "norn/runtime/host/claims.hpp"

#include <algorithm>
#include <cstdio>
#include <string>
#include <tuple>

namespace norn::host {
namespace {

// Filled before main(), as the static members that hold the claims are made.
struct Known {
  const Claim* first = nullptr;
  std::uint32_t count = 0;
};

Known& known() {
  static Known all;
  return all;
}

void say(const Claim& claim, std::string_view detail) {
  std::string line =
      std::string(name(claim.kind())) + " \"" + std::string(claim.name()) + "\" does not hold";
  if (!detail.empty()) line += ": " + std::string(detail);
  std::fputs((line + "\n").c_str(), stderr);
}

bool must_hold(ClaimKind kind) {
  return kind == ClaimKind::always || kind == ClaimKind::unreachable;
}

}  // namespace

std::string_view name(ClaimKind kind) {
  switch (kind) {
    case ClaimKind::always:
      return "always";
    case ClaimKind::sometimes:
      return "sometimes";
    case ClaimKind::reachable:
      return "reachable";
    case ClaimKind::unreachable:
      return "unreachable";
  }
  return "unknown";
}

Claim::Claim(std::string_view name, ClaimKind kind)
    : name_(name), kind_(kind), number_(known().count++), next_(known().first) {
  known().first = this;
}

std::vector<const Claim*> claims() {
  std::vector<const Claim*> all;
  for (const Claim* claim = known().first; claim != nullptr; claim = claim->next_)
    all.push_back(claim);
  const auto rank = [](const Claim* claim) {
    return std::tuple(claim->name(), claim->kind(), claim->number());
  };
  std::sort(all.begin(), all.end(),
            [&](const Claim* a, const Claim* b) { return rank(a) < rank(b); });
  const auto same = [](const Claim* a, const Claim* b) {
    return a->name() == b->name() && a->kind() == b->kind();
  };
  all.erase(std::unique(all.begin(), all.end(), same), all.end());
  return all;
}

void claim(const Claim& claim, bool holds, std::string_view detail) {
  if (ClaimSink* const sink = AttachedClaims::here.sink)
    return sink->claimed(claim, {.holds = holds, .detail = detail});
  if (!holds && must_hold(claim.kind()) && !claim.told_.exchange(true)) say(claim, detail);
}

void claim_numbers(const Claim& claim, std::int64_t room, std::int64_t left, std::int64_t right) {
  const bool holds = room >= 0;
  const bool broken = !holds && must_hold(claim.kind());
  ClaimSink* const sink = AttachedClaims::here.sink;
  if (sink == nullptr && !broken) return;
  std::string text;  // made only for who will read it
  if (broken) text = std::to_string(left) + " against " + std::to_string(right);
  if (sink == nullptr) return host::claim(claim, holds, text);
  sink->claimed(claim, {.holds = holds, .has_room = true, .room = room, .detail = text});
}

}  // namespace norn::host
