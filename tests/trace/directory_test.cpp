#include "trace/directory.hpp"

#include "support/catch.hpp"
#include "trace/trace_support.hpp"

using namespace norn::trace;
using namespace norn::trace::testing;

namespace {

std::size_t size_after_round_trip(const std::vector<ConcernedNode>& nodes) {
  const auto bytes = write_directory(nodes);
  std::vector<ConcernedNode> back;
  REQUIRE(read_directory(bytes, nodes.size(), back).empty());
  REQUIRE(back == nodes);
  return bytes.size();
}

}  // namespace

TEST_CASE("any directory is read back") {
  Random random(1);
  for (int round = 0; round < 300; ++round) {
    std::vector<ConcernedNode> nodes;
    NodeId node = static_cast<NodeId>(random.below(3));
    const unsigned gap_bits = static_cast<unsigned>(random.below(12)) + 1;
    const bool regular = random.one_in(2);
    for (std::uint64_t i = random.below(200); i-- > 0;) {
      NodeState state;
      state.incarnation = regular ? 1 : static_cast<std::uint32_t>(random.below(3));
      state.receiver = regular ? node * 3 : static_cast<FiberId>(random.of_any_size(32));
      state.sleeper = random.one_in(3) ? 0 : static_cast<FiberId>(random.of_any_size(32));
      nodes.push_back({.node = node, .state = state});
      node += 1 + static_cast<NodeId>(random.one_in(3) ? random.of_any_size(gap_bits) : 0);
    }
    size_after_round_trip(nodes);
  }
}

TEST_CASE("the directory of a quiet cluster is a few bytes, whatever its size") {
  std::vector<ConcernedNode> nodes;
  for (NodeId node = 0; node < 100'000; ++node) {
    nodes.push_back(
        {.node = node, .state = {.incarnation = 1, .receiver = 2 * node + 7, .sleeper = node}});
  }
  CHECK(size_after_round_trip(nodes) < 20);
}

TEST_CASE("every other node of a cluster costs a bit each") {
  std::vector<ConcernedNode> nodes;
  for (NodeId node = 0; node < 100'000; node += 2) {
    nodes.push_back({.node = node, .state = {.incarnation = 1, .receiver = node, .sleeper = 0}});
  }
  CHECK(size_after_round_trip(nodes) < 12'520);
}
