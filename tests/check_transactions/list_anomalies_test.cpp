// Each anomaly of lists, once there and once nearly.
#include "check_transactions/support/histories.hpp"
#include "support/catch.hpp"

using namespace norn::test;

TEST_CASE("G0: two writers of two lists, one first here, the other there") {
  const auto history = [](const std::string& y) {
    return anomalies(lists({"p1 0-9: append x 1; append y 1", "p2 0-9: append x 2; append y 2",
                            "p3 0-9: read x [1 2]; read y " + y}));
  };
  CHECK(history("[2 1]") == "G0");
  CHECK(history("[1 2]").empty());
}

TEST_CASE("G0-process: a process's later append comes first") {
  CHECK(anomalies(lists({"p1 0-1: append x 1", "p1 2-3: append x 2", "p2 0-9: read x [2 1]"})) ==
        "G0-process");
  CHECK(anomalies(lists({"p1 0-1: append x 1", "p1 2-3: append x 2", "p2 0-9: read x [1 2]"}))
            .empty());
}

TEST_CASE("G0-realtime: an append that was called later comes first") {
  CHECK(anomalies(lists({"p1 0-1: append x 1", "p2 2-3: append x 2", "p3 0-9: read x [2 1]"})) ==
        "G0-realtime");
  CHECK(anomalies(lists({"p1 0-2: append x 1", "p2 2-3: append x 2", "p3 0-9: read x [2 1]"}))
            .empty());
}

TEST_CASE("G1a: what an aborted transaction appended was read") {
  CHECK(anomalies(lists({"p1 0-9 failed: append x 1", "p2 0-9: read x [1]"})) == "G1a");
  CHECK(anomalies(lists({"p1 0-9 failed: append x 1", "p2 0-9: read x []"})).empty());
}

TEST_CASE("G1b: the middle of a transaction was read") {
  const auto history = [](const std::string& read) {
    return anomalies(lists({"p1 0-9: append x 1; append x 2", "p2 0-9: read x " + read}));
  };
  CHECK(history("[1]") == "G1b G-single");
  CHECK(history("[1 2]").empty());
  CHECK(history("[]").empty());
  CHECK(anomalies(lists({"p1 0-9: append x 1; read x [1]; append x 2"})).empty());
}

TEST_CASE("G1c: two transactions read each other's appends") {
  CHECK(anomalies(lists({"p1 0-9: append x 1; read y [2]", "p2 0-9: append y 2; read x [1]"})) ==
        "G1c");
  CHECK(anomalies(lists({"p1 0-9: append x 1; read y [2]", "p2 0-9: append y 2; read x []"}))
            .empty());
}

TEST_CASE("G1c-process: a transaction read what its process appended later") {
  CHECK(anomalies(lists({"p1 0-1: read x [2]", "p1 2-3: append x 2"})) == "G1c-process");
  CHECK(anomalies(lists({"p1 0-1: append x 2", "p1 2-3: read x [2]"})).empty());
}

TEST_CASE("G1c-realtime: a transaction read what was appended when it was over") {
  CHECK(anomalies(lists({"p1 0-1: read x [2]", "p2 2-3: append x 2"})) == "G1c-realtime");
  CHECK(anomalies(lists({"p1 0-2: read x [2]", "p2 2-3: append x 2"})).empty());
}

TEST_CASE("G-single: read skew") {
  CHECK(anomalies(lists({"p1 0-9: append x 1; append y 1", "p2 0-9: read x [1]; read y []"})) ==
        "G-single");
  CHECK(anomalies(lists({"p1 0-9: append x 1; append y 1", "p2 0-9: read x [1]; read y [1]"}))
            .empty());
  CHECK(
      anomalies(lists({"p1 0-9: append x 1; append y 1", "p2 0-9: read x []; read y []"})).empty());
}

TEST_CASE("G-single-process: a process does not see what it appended before") {
  CHECK(anomalies(lists({"p1 0-1: append x 1", "p1 2-3: read x []"})) == "G-single-process");
  CHECK(anomalies(lists({"p1 0-1: read x []", "p1 2-3: append x 1"})).empty());
}

TEST_CASE("G-single-realtime: a stale read") {
  CHECK(anomalies(lists({"p1 0-1: append x 1", "p2 2-3: read x []"})) == "G-single-realtime");
  CHECK(anomalies(lists({"p1 0-2: append x 1", "p2 2-3: read x []"})).empty());
  CHECK(anomalies(lists({"p1 0-?: append x 1", "p2 2-3: read x []"})).empty());
}

TEST_CASE("G-nonadjacent: a long fork, two readers that see two appends in different orders") {
  const auto history = [](const std::string& x) {
    return anomalies(lists({"p1 0-9: append x 1", "p2 0-9: append y 2",
                            "p3 0-9: read x [1]; read y []", "p4 0-9: read y [2]; read x " + x}));
  };
  CHECK(history("[]") == "G-nonadjacent");
  CHECK(history("[1]").empty());
}

TEST_CASE("G-nonadjacent: a detour between two read-write edges does not take them apart") {
  // T1 rw T2 rw T3 wr T1 is write skew. T2 and T4 read each other's appends; to go from T2 to T4
  // and back in between makes no cycle, as T2 would be there twice.
  CHECK(anomalies(lists({"p1 0-9: read a []; read c [3]",
                         "p2 0-9: append a 1; read b []; append d 4; read e [5]",
                         "p3 0-9: append b 2; append c 3", "p4 0-9: read d [4]; append e 5"})) ==
        "G1c G2-item");
}

TEST_CASE("G-single is found beside a G-nonadjacent that is shorter") {
  const auto history = [](const std::string& last) {
    return anomalies(lists({"p1 0-9: append x 1", "p2 0-9: append y 2; append k 1",
                            "p3 0-9: read x [1]; read y []; " + last,
                            "p4 0-9: read y [2]; read x []", "p5 0-9: read k [1]; append l 1",
                            "p6 0-9: read l [1]; append m 1", "p7 0-9: read m [1]; append n 1"}));
  };
  CHECK(history("read n [1]") == "G-single G-nonadjacent");
  CHECK(history("read n []") == "G-nonadjacent");
}

TEST_CASE("G-nonadjacent-process and -realtime: one side of the fork is the order in time") {
  const auto history = [](const std::string& process, const std::string& x) {
    return anomalies(lists({"p1 0-1: append x 1", process + " 2-3: read y []", "p3 0-9: append y 2",
                            "p4 0-9: read y [2]; read x " + x}));
  };
  CHECK(history("p1", "[]") == "G-nonadjacent-process");
  CHECK(history("p2", "[]") == "G-nonadjacent-realtime");
  CHECK(history("p1", "[1]").empty());
  CHECK(history("p2", "[1]").empty());
}

TEST_CASE("G2-item: write skew") {
  CHECK(anomalies(lists({"p1 0-9: read x []; append y 1", "p2 0-9: read y []; append x 2"})) ==
        "G2-item");
  CHECK(anomalies(lists({"p1 0-9: read x []; append y 1", "p2 0-9: read y [1]; append x 2"}))
            .empty());
}

TEST_CASE("G2-item-process and -realtime: write skew by way of the order in time") {
  const auto history = [](const std::string& process, const std::string& y) {
    return anomalies(lists(
        {"p1 0-1: append y 3", process + " 2-3: read x []", "p3 0-9: append x 2; read y " + y}));
  };
  CHECK(history("p1", "[]") == "G2-item-process");
  CHECK(history("p2", "[]") == "G2-item-realtime");
  CHECK(history("p1", "[3]").empty());
  CHECK(history("p2", "[3]").empty());
}

TEST_CASE("internal: a transaction does not read what it just did") {
  CHECK(anomalies(lists({"p1 0-9: append x 1; read x []"})) == "internal");
  CHECK(anomalies(lists({"p1 0-9: append x 1; read x [1]"})).empty());
  CHECK(anomalies(lists({"p1 0-9: append x 1", "p2 0-9: append x 2; read x [1 2]"})).empty());
  CHECK(anomalies(lists({"p1 0-9: append x 1", "p2 0-9: append x 2; read x [2 1]"})) ==
        "G1c internal");
}

TEST_CASE("internal: two reads of one transaction differ") {
  CHECK(anomalies(lists({"p1 0-9: append x 1", "p2 0-9: read x []; read x [1]"})) ==
        "internal G-single");
  CHECK(anomalies(lists({"p1 0-9: append x 1", "p2 0-9: read x [1]; read x [1]"})).empty());
}

TEST_CASE("future-read: a transaction reads what it appends only later") {
  CHECK(anomalies(lists({"p1 0-9: read x [1]; append x 1"})) == "future-read");
  CHECK(anomalies(lists({"p1 0-9: append x 1; read x [1]"})).empty());
  CHECK(anomalies(lists({"p1 0-9: read x []; append x 1"})).empty());
}

TEST_CASE("dirty-update: an append behind one that was aborted") {
  CHECK(anomalies(lists({"p1 0-9 failed: append x 1", "p2 0-9: append x 2",
                         "p3 0-9: read x [1 2]"})) == "dirty-update G1a");
  CHECK(anomalies(lists(
            {"p1 0-9 failed: append x 1", "p2 0-9: append x 2", "p3 0-9: read x [2 1]"})) == "G1a");
}

TEST_CASE("lost-update: two transactions append to the list that both had read") {
  CHECK(anomalies(lists({"p1 0-9: read x []; append x 1", "p2 0-9: read x []; append x 2"})) ==
        "lost-update G2-item");
  CHECK(anomalies(lists({"p1 0-9: read x []; append x 1", "p2 0-9: read x []; append x 2",
                         "p3 0-9: read x [1 2]"})) == "lost-update G-single");
  CHECK(anomalies(lists({"p1 0-9: read x []; append x 1", "p2 0-9: read x [1]; append x 2"}))
            .empty());
}

TEST_CASE("duplicate-elements: an element is in a list twice") {
  CHECK(anomalies(lists({"p1 0-9: append x 1", "p2 0-9: read x [1 1]"})) == "duplicate-elements");
  CHECK(anomalies(lists({"p1 0-9: append x 1; append y 1", "p2 0-9: read x [1]; read y [1]"}))
            .empty());
}

TEST_CASE("a longer list with repetitions does not hide what shorter reads agree upon") {
  CHECK(anomalies(lists({"p1 0-9: append x 1", "p2 0-9: append x 2", "p3 0-9: read x [1 1 1 1]",
                         "p4 0-9: read x [1 2]"})) == "duplicate-elements");
}

TEST_CASE("incompatible-order: two reads, neither of which begins with the other") {
  CHECK(anomalies(lists({"p1 0-9: append x 1", "p2 0-9: append x 2", "p3 0-9: read x [1 2]",
                         "p4 0-9: read x [2]"})) == "incompatible-order");
  CHECK(anomalies(lists({"p1 0-9: append x 1", "p2 0-9: append x 2", "p3 0-9: read x [1 2]",
                         "p4 0-9: read x [1]"}))
            .empty());
}

TEST_CASE("of reads that contradict each other, neither makes an order that the other denies") {
  // With either order of x there would be a dirty write in one of the two.
  for (const std::string y : {"[1 2]", "[2 1]"}) {
    CHECK(anomalies(lists({"p1 0-9: append x 1; append y 1", "p2 0-9: append x 2; append y 2",
                           "p3 0-9: read x [1 2]; read y " + y, "p4 0-9: read x [2 1]"})) ==
          "incompatible-order");
  }
}

TEST_CASE("garbage-read: an element that nobody appended") {
  CHECK(anomalies(lists({"p1 0-9: append x 1", "p2 0-9: read x [1 7]"})) == "garbage-read");
  CHECK(
      anomalies(lists({"p1 0-9: append x 1", "p2 0-9: read x [1]", "p3 0-9: append x 7"})).empty());
}

TEST_CASE("an anomaly and a special case of it are told once, by the name of the special case") {
  // Read skew is a stale read in real time as well.
  CHECK(anomalies(lists({"p1 0-1: append x 1; append y 1", "p2 2-3: read x [1]; read y []"})) ==
        "G-single");
}
