// Properties said where node code knows them: what must always hold there, and what should happen
// at least once in a campaign.
//
//   norn::always<"a leader has every committed entry">(log.last_index() >= commit_index);
//   norn::always_less_or_equal<"applied entries">(applied, committed);
//   norn::sometimes<"a vote is refused">(!granted);
//   norn::reachable<"a snapshot is installed">();
//   norn::unreachable<"a term went back">();
//
// The name is a template argument, so that a program knows all of its properties before it runs: a
// campaign names those that no run ever came to (as Antithesis' assertions do).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "norn/runtime/host/claims.hpp"

namespace norn {

// The text of a property, as a template argument.
template <std::size_t Size>
struct PropertyName {
  // Not explicit: a literal is the argument.
  consteval PropertyName(const char (&literal)[Size]) {  // NOLINT(google-explicit-constructor)
    std::copy_n(literal, Size, text);
  }
  constexpr std::string_view view() const { return {text, Size - 1}; }

  char text[Size] = {};
};

namespace detail {

template <PropertyName kName, host::ClaimKind kKind>
struct Claimed {
  static constexpr std::string_view kText = kName.view();
  static inline host::Claim claim{kText, kKind};
};

template <PropertyName kName, host::ClaimKind kKind>
void claim(bool holds, std::string_view detail = {}) {
  host::claim(Claimed<kName, kKind>::claim, holds, detail);
}

// By how much the numbers keep to the property: 0 or more, it holds. Saturates.
constexpr std::int64_t room(std::int64_t from, std::int64_t to) {
  std::int64_t difference = 0;
  if (!__builtin_sub_overflow(to, from, &difference)) return difference;
  return to > from ? INT64_MAX : INT64_MIN;
}

template <PropertyName kName, host::ClaimKind kKind>
void claim_room(std::int64_t room, std::int64_t left, std::int64_t right) {
  host::claim_numbers(Claimed<kName, kKind>::claim, room, left, right);
}

}  // namespace detail

// always() is a violation of the run when `holds` is false once; `detail` goes into the report. A
// campaign that never came here says so.
template <PropertyName kName>
void always(bool holds, std::string_view detail = {}) {
  detail::claim<kName, host::ClaimKind::always>(holds, detail);
}
// sometimes() should be called with true at least once in a campaign. One run that never does so is
// no violation.
template <PropertyName kName>
void sometimes(bool holds) {
  detail::claim<kName, host::ClaimKind::sometimes>(holds);
}
// reachable(): some run of a campaign should come here.
template <PropertyName kName>
void reachable() {
  detail::claim<kName, host::ClaimKind::reachable>(true);
}
// unreachable(): a run that comes here is violated.
template <PropertyName kName>
void unreachable(std::string_view detail = {}) {
  detail::claim<kName, host::ClaimKind::unreachable>(false, detail);
}

// The forms with numbers also tell a campaign how near a run came: the report has the least room
// between the two, over all runs.
template <PropertyName kName>
void always_less_or_equal(std::int64_t left, std::int64_t right) {
  detail::claim_room<kName, host::ClaimKind::always>(detail::room(left, right), left, right);
}
template <PropertyName kName>
void always_less(std::int64_t left, std::int64_t right) {
  const std::int64_t room = detail::room(left, right);
  detail::claim_room<kName, host::ClaimKind::always>(room == INT64_MIN ? room : room - 1, left,
                                                     right);
}
template <PropertyName kName>
void always_greater_or_equal(std::int64_t left, std::int64_t right) {
  detail::claim_room<kName, host::ClaimKind::always>(detail::room(right, left), left, right);
}
template <PropertyName kName>
void always_greater(std::int64_t left, std::int64_t right) {
  const std::int64_t room = detail::room(right, left);
  detail::claim_room<kName, host::ClaimKind::always>(room == INT64_MIN ? room : room - 1, left,
                                                     right);
}
// sometimes_…(): should hold at least once in a campaign; until then the report has how near the
// nearest run came.
template <PropertyName kName>
void sometimes_less_or_equal(std::int64_t left, std::int64_t right) {
  detail::claim_room<kName, host::ClaimKind::sometimes>(detail::room(left, right), left, right);
}
template <PropertyName kName>
void sometimes_greater_or_equal(std::int64_t left, std::int64_t right) {
  detail::claim_room<kName, host::ClaimKind::sometimes>(detail::room(right, left), left, right);
}

}  // namespace norn
