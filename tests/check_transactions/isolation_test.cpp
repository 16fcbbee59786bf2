// Which levels an anomaly rules out, and what the strongest ones left are.
#include "norn/check/isolation.hpp"

#include "check_transactions/support/histories.hpp"
#include "support/catch.hpp"

using namespace norn::check;
using norn::test::allowed;
using norn::test::lists;

namespace {

std::string strongest_after(Anomaly anomaly) {
  std::string text;
  for (const Isolation level : strongest_without(ruled_out({anomaly})))
    text += (text.empty() ? "" : " ") + std::string(name(level));
  return text;
}

}  // namespace

TEST_CASE("a history without anomalies allows strict serializability") {
  CHECK(allowed(lists({"p1 0-1: append x 1", "p2 2-3: read x [1]"})) == "strict-serializable");
}

TEST_CASE("each anomaly leaves the levels that it leaves in Elle's table") {
  CHECK(strongest_after(Anomaly::g0).empty());
  CHECK(strongest_after(Anomaly::garbage_read).empty());
  CHECK(strongest_after(Anomaly::g1a) == "strong-read-uncommitted");
  CHECK(strongest_after(Anomaly::incompatible_order) == "strong-read-uncommitted");
  CHECK(strongest_after(Anomaly::g1c) == "strong-read-uncommitted");
  CHECK(strongest_after(Anomaly::lost_update) == "strong-read-committed");
  CHECK(strongest_after(Anomaly::g_single) == "strong-read-committed cursor-stability");
  CHECK(strongest_after(Anomaly::g_nonadjacent) == "strong-read-committed consistent-view");
  CHECK(strongest_after(Anomaly::g2_item) == "strong-snapshot-isolation");
  CHECK(strongest_after(Anomaly::internal) == "strong-read-committed repeatable-read");
  CHECK(strongest_after(Anomaly::g_single_process) == "strong-read-committed serializable");
  CHECK(strongest_after(Anomaly::g2_item_process) == "strong-snapshot-isolation serializable");
  CHECK(strongest_after(Anomaly::g_single_realtime) ==
        "strong-read-committed strong-session-serializable");
  CHECK(strongest_after(Anomaly::g2_item_realtime) ==
        "strong-snapshot-isolation strong-session-serializable");
  CHECK(strongest_after(Anomaly::g0_realtime) == "strong-session-serializable");
}

TEST_CASE("every anomaly rules out strict serializability, and some level forbids it") {
  for (std::size_t i = 0; i < kAnomalies; ++i) {
    const auto anomaly = static_cast<Anomaly>(i);
    INFO(name(anomaly));
    CHECK(ruled_out({anomaly}).contains(Isolation::strict_serializable));
    CHECK_FALSE(meaning(anomaly).empty());
  }
}

TEST_CASE("what rules out a level rules out all stronger ones") {
  for (std::size_t i = 0; i < kAnomalies; ++i) {
    const IsolationSet out = ruled_out({static_cast<Anomaly>(i)});
    for (std::size_t j = 0; j < kIsolations; ++j) {
      const auto level = static_cast<Isolation>(j);
      if (out.contains(level)) continue;
      for (const Isolation weaker : implied_by(IsolationSet{level}).list()) {
        INFO(name(static_cast<Anomaly>(i)) << ": " << name(level) << ", " << name(weaker));
        CHECK_FALSE(out.contains(weaker));
      }
    }
  }
}

TEST_CASE("classes of cycles can be left out where there is a special case") {
  using enum Anomaly;
  CHECK(without_general_cycles({g_single, g2_item, g_single_realtime}) == AnomalySet{g_single});
  CHECK(without_general_cycles({g1c, g2_item}) == AnomalySet{g1c, g2_item});
  CHECK(without_general_cycles({dirty_update, g1a, lost_update, g2_item}) ==
        AnomalySet{dirty_update, g1a, lost_update, g2_item});
  CHECK(without_general_cycles({}).empty());
}

TEST_CASE("some anomalies are others as well") {
  using enum Anomaly;
  CHECK(implied_by({lost_update}) ==
        AnomalySet{lost_update, g2_item, g2_item_process, g2_item_realtime});
  CHECK(implied_by({incompatible_order}) == AnomalySet{incompatible_order, g1a});
  CHECK(implied_by({future_read}) == AnomalySet{future_read, g1c, g1c_process, g1c_realtime});
  CHECK(implied_by({internal}) == AnomalySet{internal});
}

TEST_CASE("levels are known by their names") {
  for (std::size_t i = 0; i < kIsolations; ++i) {
    const auto level = static_cast<Isolation>(i);
    CHECK(isolation_of(name(level)) == level);
  }
  CHECK_FALSE(isolation_of("strictly-serializable").has_value());
}
