#include "norn/runtime/hash_ring.hpp"

#include <map>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

std::string key(int i) {
  return "key-" + std::to_string(i);
}

std::map<std::string, int> shares(const norn::HashRing& ring, int keys) {
  std::map<std::string, int> counts;
  for (int i = 0; i < keys; ++i) ++counts[*ring.owner(key(i))];
  return counts;
}

}  // namespace

TEST_CASE("an empty ring owns nothing, and a ring of one everything") {
  norn::HashRing ring;
  CHECK_FALSE(ring.owner("x").has_value());
  CHECK(ring.owners("x", 3).empty());
  CHECK(ring.add("a"));
  CHECK_FALSE(ring.add("a"));
  CHECK(ring.owner("x") == "a");
  CHECK(ring.owners("x", 3) == std::vector<std::string>{"a"});
  CHECK(ring.remove("a"));
  CHECK_FALSE(ring.remove("a"));
  CHECK(ring.empty());
}

TEST_CASE("keys are spread over the members") {
  norn::HashRing ring;
  for (int i = 0; i < 10; ++i) ring.add("n" + std::to_string(i));
  for (const auto& [member, count] : shares(ring, 10'000)) {
    CHECK(count > 700);
    CHECK(count < 1300);
  }
  // With one place a member the shares are nowhere near equal: the test can fail.
  norn::HashRing coarse(1);
  for (int i = 0; i < 10; ++i) coarse.add("n" + std::to_string(i));
  int largest = 0;
  for (const auto& [member, count] : shares(coarse, 10'000)) largest = std::max(largest, count);
  CHECK(largest > 1300);
}

TEST_CASE(
    "a member that comes takes keys only for itself, about its share, and one that goes gives up "
    "only its own") {
  norn::HashRing before;
  for (int i = 0; i < 9; ++i) before.add("n" + std::to_string(i));
  norn::HashRing after = before;
  after.add("new");
  int moved = 0;
  for (int i = 0; i < 10'000; ++i) {
    if (before.owner(key(i)) == after.owner(key(i))) continue;
    ++moved;
    REQUIRE(after.owner(key(i)) == "new");
  }
  CHECK(moved > 700);
  CHECK(moved < 1300);
  after.remove("new");
  for (int i = 0; i < 10'000; ++i) REQUIRE(before.owner(key(i)) == after.owner(key(i)));
}

TEST_CASE("the order in which members come does not matter") {
  norn::HashRing up;
  norn::HashRing down;
  for (int i = 0; i < 7; ++i) up.add("n" + std::to_string(i));
  for (int i = 6; i >= 0; --i) down.add("n" + std::to_string(i));
  for (int i = 0; i < 1000; ++i) REQUIRE(up.owners(key(i), 3) == down.owners(key(i), 3));
}

TEST_CASE("copies belong to different members, the owner first, and survive its going") {
  norn::HashRing ring;
  for (int i = 0; i < 5; ++i) ring.add("n" + std::to_string(i));
  for (int i = 0; i < 200; ++i) {
    const auto three = ring.owners(key(i), 3);
    REQUIRE(three.size() == 3);
    REQUIRE(three[0] == ring.owner(key(i)));
    REQUIRE(three[0] != three[1]);
    REQUIRE(three[1] != three[2]);
    REQUIRE(three[0] != three[2]);
    norn::HashRing without = ring;
    without.remove(three[0]);
    REQUIRE(without.owner(key(i)) == three[1]);
  }
  CHECK(ring.owners("k", 99).size() == 5);
}

TEST_CASE("positions are the same on every machine") {
  CHECK(norn::HashRing::position("") == 0xf52a15e9a9b5e89bU);
  CHECK(norn::HashRing::position("a") == 0x02c0bdbf481420f8U);
}
