// Each anomaly of registers, once there and once nearly.
#include "check_transactions/support/histories.hpp"
#include "support/catch.hpp"

using namespace norn::test;

TEST_CASE("registers: aborted, intermediate and garbage reads") {
  CHECK(anomalies(registers({"p1 0-9 failed: write x 1", "p2 0-9: read x 1"})) == "G1a");
  CHECK(anomalies(registers({"p1 0-?: write x 1", "p2 0-9: read x 1"})).empty());
  CHECK(anomalies(registers({"p1 0-9: write x 1; write x 2", "p2 0-9: read x 1"})) == "G1b");
  CHECK(anomalies(registers({"p1 0-9: write x 1; write x 2", "p2 0-9: read x 2"})).empty());
  CHECK(anomalies(registers({"p1 0-9: write x 1", "p2 0-9: read x 7"})) == "garbage-read");
  CHECK(anomalies(registers({"p1 0-9: write x 1", "p2 0-9: read x nil"})).empty());
}

TEST_CASE("registers: a transaction contradicts itself") {
  CHECK(anomalies(registers({"p1 0-9: write x 1; read x nil"})) == "internal");
  CHECK(anomalies(registers({"p1 0-9: write x 1; read x 1"})).empty());
  CHECK(anomalies(registers({"p1 0-9: read x 1; write x 1"})) == "future-read");
  CHECK(anomalies(registers({"p1 0-9: read x nil; write x 1"})).empty());
}

TEST_CASE("registers: circular information flow") {
  CHECK(anomalies(registers({"p1 0-9: write x 1; read y 2", "p2 0-9: write y 2; read x 1"})) ==
        "G1c");
  CHECK(anomalies(registers({"p1 0-9: write x 1; read y 2", "p2 0-9: write y 2; read x nil"}))
            .empty());
  CHECK(anomalies(registers({"p1 0-1: read x 2", "p1 2-3: write x 2"})) == "G1c-process");
  CHECK(anomalies(registers({"p1 0-1: read x 2", "p2 2-3: write x 2"})) == "G1c-realtime");
  CHECK(anomalies(registers({"p1 0-2: read x 2", "p2 2-3: write x 2"})).empty());
}

TEST_CASE("registers: a dirty write, by what the writers had read") {
  const auto history = [](const std::string& y) {
    return anomalies(registers({"p1 0-9: read x 2; write x 3; read y nil; write y 1",
                                "p2 0-9: read x nil; write x 2; read y " + y + "; write y 2"}));
  };
  CHECK(history("1") == "G0 G-single");
  CHECK(anomalies(registers({"p1 0-9: read x nil; write x 1; read y nil; write y 1",
                             "p2 0-9: read x 1; write x 2; read y 1; write y 2"}))
            .empty());
}

TEST_CASE("registers: read skew, stale reads, forks") {
  CHECK(anomalies(registers({"p1 0-9: write x 1; write y 1", "p2 0-9: read x 1; read y nil"})) ==
        "G-single");
  CHECK(
      anomalies(registers({"p1 0-9: write x 1; write y 1", "p2 0-9: read x 1; read y 1"})).empty());
  CHECK(anomalies(registers({"p1 0-1: write x 1", "p1 2-3: read x nil"})) == "G-single-process");
  CHECK(anomalies(registers({"p1 0-1: write x 1", "p2 2-3: read x nil"})) == "G-single-realtime");
  CHECK(anomalies(registers({"p1 0-2: write x 1", "p2 2-3: read x nil"})).empty());
  CHECK(anomalies(registers({"p1 0-9: write x 1", "p2 0-9: write y 2",
                             "p3 0-9: read x 1; read y nil", "p4 0-9: read x nil; read y 2"})) ==
        "G-nonadjacent");
}

TEST_CASE("registers: write skew") {
  CHECK(anomalies(registers({"p1 0-9: read x nil; write y 1", "p2 0-9: read y nil; write x 2"})) ==
        "G2-item");
  CHECK(anomalies(registers({"p1 0-9: read x nil; write y 1", "p2 0-9: read y 1; write x 2"}))
            .empty());
}

TEST_CASE("registers: lost updates, and updates of what was aborted") {
  CHECK(anomalies(registers({"p1 0-9: write x 1", "p2 0-9: read x 1; write x 2",
                             "p3 0-9: read x 1; write x 3"})) == "lost-update G2-item");
  CHECK(anomalies(registers({"p1 0-9: write x 1", "p2 0-9: read x 1; write x 2",
                             "p3 0-9: read x 2; write x 3"}))
            .empty());
  CHECK(anomalies(registers({"p1 0-9 failed: write x 1", "p2 0-9: read x 1; write x 2"})) ==
        "dirty-update G1a");
}

TEST_CASE("registers: what was aborted is no version, and comes before nothing") {
  CHECK(anomalies(registers({"p1 0-9 failed: write x 1; write y 1",
                             "p2 0-9: read x 1; write x 2; read y nil"})) == "dirty-update G1a");
}

TEST_CASE("registers: versions in a circle") {
  CHECK(anomalies(registers({"p1 0-9: read x 2; write x 1", "p2 0-9: read x 1; write x 2"})) ==
        "cyclic-versions G1c");
  CHECK(anomalies(registers({"p1 0-9: read x nil; write x 1", "p2 0-9: read x 1; write x 2"}))
            .empty());
}

TEST_CASE("registers: versions are in the order of time only if that may be assumed") {
  const auto history = registers(
      {"p1 0-1: write x 1", "p2 2-3: write x 2; write y 3", "p3 0-9: read x 1; read y 3"});
  CHECK(anomalies(history).empty());
  CHECK(anomalies(history, {.linearizable_keys = true}) == "G-single");

  const auto back = [](const std::string& last) {
    return anomalies(
        registers({"p1 0-1: write x 1", "p2 2-3: write x 2", "p3 4-5: read x " + last}),
        {.linearizable_keys = true});
  };
  CHECK(back("1") == "cyclic-versions");
  CHECK(back("2").empty());
}

TEST_CASE("registers: that a write follows the read before it need not be assumed") {
  const auto history = registers({"p1 0-9: write x 1", "p2 0-9: read x 1; write x 2; write y 2",
                                  "p3 0-9: read x 1; read y 2"});
  CHECK(anomalies(history) == "G-single");
  CHECK(anomalies(history, {.writes_follow_reads = false}).empty());
}
