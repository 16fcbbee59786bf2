// Which keys there are, where they live, and what the numbers in them mean.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bank_2pc {

inline constexpr std::uint64_t kAccounts = 6;  // "a0"...: lists of postings
inline constexpr std::uint64_t kNotes = 6;     // "n0"...: lists of anything

inline constexpr std::array<std::string_view, 3> kParticipants = {"p0", "p1", "p2"};

inline std::string home_of(std::string_view key) {
  return std::string(kParticipants.at(static_cast<std::size_t>(key.back() - '0') % 3));
}

inline bool is_account(std::string_view key) {
  return key.front() == 'a';
}

// A posting is a transfer's number and its amount, below 100, in one number: paid in if it is
// positive, paid out if negative. No two postings to an account are alike.
inline constexpr std::int64_t kOpeningBalance = 100;
inline std::int64_t posting(std::int64_t transfer, std::int64_t amount) {
  return transfer * 100 + amount;
}
inline std::int64_t amount_of(std::int64_t posting) {
  return posting % 100;
}
inline std::int64_t sum(const std::vector<std::int64_t>& postings) {
  std::int64_t total = 0;
  for (const std::int64_t each : postings) total += amount_of(each);
  return total;
}

}  // namespace bank_2pc
