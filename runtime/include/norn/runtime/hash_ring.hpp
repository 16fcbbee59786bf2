// HashRing: which member a key belongs to, such that a change of members moves few keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace norn {

// Consistent hashing (Karger et al. 1997): each member has `points` places on a ring of 2^64, and a
// key belongs to the member whose place is the next one clockwise from the key's own. A member that
// comes takes about 1/n of the keys, and only it gets any; a member that goes gives up its own
// keys, and no others move. Depends on the set of members alone, not on the order of their coming.
class HashRing {
 public:
  // With p points a member, the largest share of n members is about 1 + 2/sqrt(p) of the mean.
  static constexpr std::uint32_t kDefaultPoints = 128;

  explicit HashRing(std::uint32_t points = kDefaultPoints) : points_(points) {}

  // add() returns whether the member is new; remove(), whether it was there.
  bool add(std::string_view member);
  bool remove(std::string_view member);

  // members() are sorted by name.
  const std::vector<std::string>& members() const { return members_; }
  bool empty() const { return members_.empty(); }

  // owner() is the member that the key belongs to; nothing when the ring is empty.
  std::optional<std::string> owner(std::string_view key) const;
  // owners() are the first `count` different members clockwise, the owner first: where copies of
  // the key belong. Fewer when there are not so many members.
  std::vector<std::string> owners(std::string_view key, std::size_t count) const;

  // position() is the place of a text on the ring: FNV-1a, then the finalizer of SplitMix64
  // (Steele, Lea, Flood 2014; constants of variant 13 by Stafford), as FNV alone leaves texts that
  // differ in their last letters close together.
  static std::uint64_t position(std::string_view text);

 private:
  struct Point {
    std::uint64_t position;
    std::string member;
  };

  std::size_t first_after(std::uint64_t position) const;

  std::uint32_t points_;
  std::vector<std::string> members_;
  std::vector<Point> ring_;  // by position; of two at one place, by name
};

}  // namespace norn
