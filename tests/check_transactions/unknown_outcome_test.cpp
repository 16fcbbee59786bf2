// A transaction of an unknown outcome may have committed, may not have, and may yet.
#include "check_transactions/support/histories.hpp"
#include "support/catch.hpp"

using namespace norn::test;
using norn::check::check_transactions;

TEST_CASE("an unknown transaction whose append was read has committed, and is no aborted read") {
  const auto history = lists({"p1 0-?: append x 1", "p2 0-9: read x [1]"});
  const auto verdict = check_transactions(history);
  CHECK(anomalies(history).empty());
  CHECK(verdict->committed == 2);
  CHECK(verdict->proven == 1);
}

TEST_CASE("an unknown transaction whose append nobody read is left out") {
  const auto history = lists({"p1 0-?: append x 1", "p2 0-9: read x []"});
  const auto verdict = check_transactions(history);
  CHECK(anomalies(history).empty());
  CHECK(verdict->committed == 1);
  CHECK(verdict->proven == 0);
}

TEST_CASE("what proves that an unknown transaction committed proves it for all its writes") {
  CHECK(anomalies(lists({"p1 0-?: append x 1; append y 1", "p2 0-9: read x [1]; read y []"})) ==
        "G-single");
  CHECK(
      anomalies(lists({"p1 0-?: append x 1; append y 1", "p2 0-9: read x []; read y []"})).empty());
}

TEST_CASE("an unknown transaction may take effect long after its process has gone on") {
  CHECK(
      anomalies(lists({"p1 0-?: append x 1", "p1 2-3: read x []", "p2 4-5: read x [1]"})).empty());
  CHECK(anomalies(lists({"p1 0-1: append x 1", "p1 2-3: read x []", "p2 4-5: read x [1]"})) ==
        "G-single-process");
}

TEST_CASE("an unknown transaction cannot take effect before its call") {
  CHECK(anomalies(lists({"p1 0-1: read x [1]", "p2 2-?: append x 1"})) == "G1c-realtime");
}

TEST_CASE("what an unknown transaction read is not known") {
  CHECK(anomalies(lists({"p1 0-?: append x 1; read y []", "p2 0-9: append y 2; read x []",
                         "p3 0-9: read x [1]"}))
            .empty());
  // The same two would be write skew, had the first returned.
  CHECK(anomalies(lists({"p1 0-9: append x 1; read y []", "p2 0-9: append y 2; read x []",
                         "p3 0-9: read x [1]"})) == "G2-item");
}

TEST_CASE("the write of an unknown transaction in the middle of a list is one of its versions") {
  CHECK(anomalies(lists({"p1 0-?: append x 1; append y 1", "p2 0-9: append x 2; append y 2",
                         "p3 0-9: read x [1 2]; read y [2 1]"})) == "G0");
}
