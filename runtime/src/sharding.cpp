#include "norn/runtime/sharding.hpp"

#include <algorithm>

namespace norn::detail {

std::optional<Address> ShardRouter::owner(std::string_view entity) const {
  std::vector<Address> members = membership_.in_cluster();
  if (members != members_) {
    members_ = std::move(members);
    ring_ = HashRing();
    for (const Address member : members_) ring_.add(member.name());
  }
  const std::optional<std::string> name = ring_.owner(entity);
  if (!name) return std::nullopt;
  return Address(*name);
}

bool ShardRouter::mine(std::string_view entity) const {
  const std::vector<Member> members = membership_.members();
  const auto up = std::count_if(members.begin(), members.end(), [](const Member& member) {
    return member.status == MemberStatus::up;
  });
  return std::cmp_greater_equal(up, min_members_) && owner(entity) == self();
}

std::vector<Address> ShardRouter::members() const {
  std::vector<Address> present;
  for (const Member& member : membership_.members()) {
    if (member.status != MemberStatus::down && member.status != MemberStatus::left)
      present.push_back(member.address);
  }
  return present;
}

bool ShardRouter::knows_none_but(const std::vector<Address>& asked) const {
  const std::vector<Address> known = members();
  return std::all_of(known.begin(), known.end(), [&](Address each) {
    return std::find(asked.begin(), asked.end(), each) != asked.end();
  });
}

}  // namespace norn::detail
