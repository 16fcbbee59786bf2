// For each promise a history that breaks it, and one nearly the same that keeps it.
#include "norn/check/weaker.hpp"

#include "check/support/reference.hpp"
#include "check/support/story.hpp"
#include "support/catch.hpp"

using namespace norn::check;
using namespace norn::check::testing;

namespace {

ConsistencyResult judge(const Story& story, Consistency consistency,
                        const Model& model = register_model()) {
  const auto result = check_consistency(story.history(), model, consistency);
  INFO((result.ok() ? "" : result.error().message));
  REQUIRE(result.ok());
  return *result;
}

// The pattern that was found; empty if the promise is kept.
std::string pattern(const Story& story, Consistency consistency,
                    const Model& model = register_model()) {
  const ConsistencyResult result = judge(story, consistency, model);
  CHECK(result.verdict == (result.breach ? Verdict::violated : Verdict::holds));
  return result.breach ? result.breach->pattern : "";
}

Story on_x_and_y() {
  return Story().on("x");
}

}  // namespace

TEST_CASE("sequential: a read may be late, but not go back") {
  const auto late = Story().did(1, "write", 1).did(1, "write", 2).did(2, "read", {}, 1);
  CHECK(pattern(late, Consistency::sequential).empty());
  CHECK(pattern(late, Consistency::linearizable) == "fits nowhere");
  CHECK(
      pattern(
          Story().did(1, "write", 1).did(1, "write", 2).did(2, "read", {}, 2).did(2, "read", {}, 1),
          Consistency::sequential) == "no sequential order");
}

TEST_CASE("sequential: keys that are fine alone need not be so together") {
  // Dekker's pattern: both read nothing.
  const auto dekker = on_x_and_y()
                          .did(1, "put", 1)
                          .on("y")
                          .did(2, "put", 1)
                          .did(1, "get", {}, {})
                          .on("x")
                          .did(2, "get", {}, {});
  CHECK(pattern(dekker, Consistency::sequential, key_value_model()) == "no sequential order");
  const auto one = on_x_and_y()
                       .did(1, "put", 1)
                       .on("y")
                       .did(2, "put", 1)
                       .did(1, "get", {}, {})
                       .on("x")
                       .did(2, "get", {}, 1);
  CHECK(pattern(one, Consistency::sequential, key_value_model()).empty());
}

TEST_CASE("sequential: a write of unknown outcome may take effect, once") {
  const auto story = [] {
    return Story().call(1, "write", 1).lost(1).did(2, "read", {}, 1).did(2, "write", 2);
  };
  CHECK(pattern(story().did(2, "read", {}, 2), Consistency::sequential).empty());
  CHECK(pattern(story().did(2, "read", {}, 1), Consistency::sequential) == "no sequential order");
}

TEST_CASE("causal: concurrent writes may be seen in different orders, dependent ones not") {
  const auto concurrent = Story()
                              .did(1, "write", 1)
                              .did(2, "write", 2)
                              .did(3, "read", {}, 1)
                              .did(3, "read", {}, 2)
                              .did(4, "read", {}, 2)
                              .did(4, "read", {}, 1);
  CHECK(pattern(concurrent, Consistency::causal).empty());
  CHECK(pattern(concurrent, Consistency::sequential) == "no sequential order");
  const auto dependent = Story()
                             .did(1, "write", 1)
                             .did(2, "read", {}, 1)
                             .did(2, "write", 2)
                             .did(3, "read", {}, 2)
                             .did(3, "read", {}, 1);
  CHECK(pattern(dependent, Consistency::causal) == "WriteCORead");
}

TEST_CASE("causal: each bad pattern has its name") {
  CHECK(pattern(Story().did(1, "read", {}, 7), Consistency::causal) == "ThinAirRead");
  CHECK(pattern(on_x_and_y()
                    .did(1, "write", 1)
                    .on("y")
                    .did(1, "write", 2)
                    .did(2, "read", {}, 2)
                    .on("x")
                    .did(2, "read"),
                Consistency::causal) == "WriteCOInitRead");
  CHECK(pattern(on_x_and_y()
                    .did(1, "read", {}, 1)
                    .on("y")
                    .did(1, "write", 2)
                    .did(2, "read", {}, 2)
                    .on("x")
                    .did(2, "write", 1),
                Consistency::causal) == "CyclicCO");
  // One client sees 1, then 2, then 1 again: causal order alone allows it, its own view does not.
  CHECK(pattern(Story()
                    .did(1, "write", 1)
                    .did(2, "write", 2)
                    .did(3, "read", {}, 1)
                    .did(3, "read", {}, 2)
                    .did(3, "read", {}, 1),
                Consistency::causal) == "CyclicHB");
  // Bouajjani et al., figure 3: allowed by causal consistency, not by causal memory.
  const auto hb = on_x_and_y()
                      .did(1, "write", 1)
                      .on("y")
                      .did(1, "write", 1)
                      .on("z")
                      .did(2, "write", 1)
                      .on("x")
                      .did(2, "write", 2)
                      .did(2, "read", {}, 1)
                      .on("w")
                      .did(2, "write", 9);
  CHECK(pattern(hb, Consistency::causal).empty());
}

TEST_CASE("causal memory: what one client must have seen is not read as nothing") {
  // Client 2 writes x = 2 and reads x = 1, so that 2 is before 1 in its view, and with it z, which
  // it had written before; y was written after z was read as nothing by client 1.
  const auto story = on_x_and_y()
                         .on("z")
                         .did(1, "write", 1)
                         .on("x")
                         .did(1, "write", 1)
                         .on("y")
                         .did(2, "write", 1)
                         .did(2, "read", {}, 1)
                         .on("x")
                         .did(2, "write", 2)
                         .did(2, "read", {}, 1)
                         .on("z")
                         .did(2, "read");
  CHECK_FALSE(pattern(story, Consistency::causal).empty());
}

TEST_CASE("PRAM: writes of one client are seen in their order, of several in any") {
  const auto several = Story()
                           .did(1, "write", 1)
                           .did(2, "read", {}, 1)
                           .did(2, "write", 2)
                           .did(3, "read", {}, 2)
                           .did(3, "read", {}, 1);
  CHECK(pattern(several, Consistency::pram).empty());
  CHECK_FALSE(pattern(several, Consistency::causal).empty());
  CHECK(
      pattern(
          Story().did(1, "write", 1).did(1, "write", 2).did(3, "read", {}, 2).did(3, "read", {}, 1),
          Consistency::pram) == "CyclicHB");
  CHECK(pattern(on_x_and_y()
                    .did(1, "write", 1)
                    .on("y")
                    .did(1, "write", 2)
                    .did(2, "read", {}, 2)
                    .on("x")
                    .did(2, "read"),
                Consistency::pram) == "WriteHBInitRead");
}

TEST_CASE("read your writes: what a client wrote it finds") {
  CHECK(pattern(Story().did(1, "write", 1).did(1, "read"), Consistency::read_your_writes) ==
        "read-your-writes");
  CHECK(pattern(Story().did(1, "write", 1).did(2, "read"), Consistency::read_your_writes).empty());
  CHECK(pattern(Story().did(1, "write", 1).did(2, "write", 2).did(1, "read", {}, 2),
                Consistency::read_your_writes)
            .empty());
}

TEST_CASE("monotonic reads: what a client saw it does not lose") {
  CHECK(pattern(Story().did(1, "write", 1).did(2, "read", {}, 1).did(2, "read"),
                Consistency::monotonic_reads) == "monotonic-reads");
  CHECK(pattern(Story().did(1, "write", 1).did(2, "read", {}, 1).did(3, "read"),
                Consistency::monotonic_reads)
            .empty());
  CHECK(pattern(Story()
                    .did(1, "write", 1)
                    .did(2, "write", 2)
                    .did(3, "read", {}, 1)
                    .did(3, "read", {}, 2)
                    .did(3, "read", {}, 1),
                Consistency::monotonic_reads) == "monotonic-reads");
}

TEST_CASE("monotonic writes: writes of a client are seen in their order") {
  const auto story = [] { return Story().on("x").did(1, "write", 1).on("y").did(1, "write", 2); };
  CHECK(pattern(story().did(2, "read", {}, 2).on("x").did(2, "read"),
                Consistency::monotonic_writes) == "monotonic-writes");
  CHECK(pattern(story().did(2, "read").on("x").did(2, "read", {}, 1), Consistency::monotonic_writes)
            .empty());
  // Two clients wrote: nothing says which is first.
  CHECK(pattern(Story()
                    .on("x")
                    .did(1, "write", 1)
                    .on("y")
                    .did(3, "write", 2)
                    .did(2, "read", {}, 2)
                    .on("x")
                    .did(2, "read"),
                Consistency::monotonic_writes)
            .empty());
}

TEST_CASE("writes follow reads: a write is not seen without what its client had read") {
  const auto story = [] {
    return Story().on("x").did(1, "write", 1).did(2, "read", {}, 1).on("y").did(2, "write", 2);
  };
  CHECK(pattern(story().did(3, "read", {}, 2).on("x").did(3, "read"),
                Consistency::writes_follow_reads) == "writes-follow-reads");
  CHECK(pattern(story().did(3, "read", {}, 2).on("x").did(3, "read", {}, 1),
                Consistency::writes_follow_reads)
            .empty());
  // That it wrote something itself before is the matter of monotonic writes.
  CHECK(pattern(Story()
                    .on("x")
                    .did(2, "write", 1)
                    .on("y")
                    .did(2, "write", 2)
                    .did(3, "read", {}, 2)
                    .on("x")
                    .did(3, "read"),
                Consistency::writes_follow_reads)
            .empty());
  CHECK(pattern(Story()
                    .did(1, "read", {}, 2)
                    .did(1, "write", 1)
                    .did(2, "read", {}, 1)
                    .did(2, "write", 2)
                    .did(3, "read", {}, 1),
                Consistency::writes_follow_reads) == "writes-follow-reads");
}

TEST_CASE("regular: a read gives the last write or one that overlaps it") {
  const auto overlap = [] { return Story().did(1, "write", 1).call(1, "write", 2); };
  // New, then old, while the write goes on: regular, but not linearizable.
  const auto inverted = overlap().did(2, "read", {}, 2).did(2, "read", {}, 1).ok(1);
  CHECK(pattern(inverted, Consistency::regular).empty());
  CHECK_FALSE(pattern(inverted, Consistency::linearizable).empty());
  CHECK(pattern(overlap().ok(1).did(2, "read", {}, 1), Consistency::regular) == "stale read");
  CHECK(pattern(Story().did(1, "write", 1).did(2, "read"), Consistency::regular) == "stale read");
  CHECK(pattern(Story().did(2, "read", {}, 1).did(1, "write", 1), Consistency::regular) ==
        "read from the future");
}

TEST_CASE("durable: a crash takes nothing that was answered") {
  CHECK_FALSE(
      pattern(Story().did(1, "write", 1).crash().did(1, "read"), Consistency::durable).empty());
  // What was open when it crashed may be lost or not.
  for (const Value& read : {Value(1), Value(2)}) {
    CHECK(
        pattern(
            Story().did(1, "write", 1).call(1, "write", 2).crash().lost(1).did(1, "read", {}, read),
            Consistency::durable)
            .empty());
  }
}

TEST_CASE("buffered durable: a crash takes the end, and nothing but the end") {
  const auto story = [] { return Story().did(1, "write", 1).did(1, "write", 2).crash(); };
  for (const Value& read : {Value(), Value(1), Value(2)})
    CHECK(pattern(story().did(1, "read", {}, read), Consistency::buffered_durable).empty());
  const auto keys = [] { return on_x_and_y().did(1, "put", 1).on("y").did(1, "put", 2).crash(); };
  // y is there, but x, which was written before it, is not.
  CHECK(pattern(keys().did(1, "get", {}, 2).on("x").did(1, "get"), Consistency::buffered_durable,
                key_value_model()) == "lost more than the end");
  CHECK(pattern(keys().did(1, "get").on("x").did(1, "get", {}, 1), Consistency::buffered_durable,
                key_value_model())
            .empty());
  CHECK(pattern(story().did(1, "read", {}, 1).crash().did(1, "read", {}, 2),
                Consistency::buffered_durable) == "lost more than the end");
}

TEST_CASE("a write of unknown outcome may take effect after what its client did next") {
  const auto late = [] { return Story().call(1, "write", 1).lost(1).did(1, "read"); };
  for (const Consistency each :
       {Consistency::linearizable, Consistency::sequential, Consistency::causal, Consistency::pram,
        Consistency::read_your_writes}) {
    CHECK(pattern(late().did(1, "read", {}, 1), each).empty());
    CHECK(pattern(late().did(2, "read", {}, 1), each).empty());
    CHECK_FALSE(pattern(Story().did(1, "write", 1).did(1, "read"), each).empty());
  }
  // But not before what it did before, nor can it be forgotten once it was seen.
  const auto second = [] { return Story().did(1, "write", 1).call(1, "write", 2).lost(1); };
  for (const Consistency each :
       {Consistency::causal, Consistency::pram, Consistency::monotonic_writes}) {
    CHECK(pattern(second().did(1, "write", 3).did(2, "read", {}, 3).did(2, "read", {}, 2), each)
              .empty());
    CHECK_FALSE(
        pattern(second().did(1, "write", 3).did(2, "read", {}, 2).did(2, "read", {}, 1), each)
            .empty());
  }
  const auto copied = [] {
    return Story()
        .did(1, "write", 1)
        .did(2, "read", {}, 1)
        .call(2, "write", 2)
        .lost(2)
        .did(2, "write", 3);
  };
  CHECK(pattern(copied().did(3, "read", {}, 3).did(3, "read", {}, 2),
                Consistency::writes_follow_reads)
            .empty());
  CHECK(pattern(copied().did(3, "read", {}, 2).did(3, "read", {}, 1),
                Consistency::writes_follow_reads) == "writes-follow-reads");
}

TEST_CASE("writes follow reads: no client reads what it will write") {
  CHECK(pattern(Story().did(1, "read", {}, 1).did(1, "write", 1),
                Consistency::writes_follow_reads) == "writes-follow-reads");
  CHECK(pattern(Story().did(1, "read", {}, 1).did(2, "write", 1), Consistency::writes_follow_reads)
            .empty());
}

TEST_CASE("buffered durable: what was under way when it crashed may arrive after it, once") {
  const auto story = [] { return Story().call(1, "write", 1).lost(1).crash().did(2, "read"); };
  CHECK(pattern(story().did(2, "read", {}, 1), Consistency::buffered_durable).empty());
  const auto moved_on = [&] { return story().did(2, "read", {}, 1).did(2, "write", 2); };
  CHECK_FALSE(pattern(moved_on().did(2, "read", {}, 1), Consistency::buffered_durable).empty());
  // It had not been called then.
  CHECK_FALSE(pattern(Story().did(2, "read", {}, 1).crash().call(1, "write", 1).lost(1),
                      Consistency::buffered_durable)
                  .empty());
}

TEST_CASE("buffered durable: what failed after a crash took no effect before it") {
  const auto story = [] { return Story().call(1, "write", 1).crash(); };
  CHECK_FALSE(
      pattern(story().failed(1).did(1, "read", {}, 1), Consistency::buffered_durable).empty());
  CHECK(pattern(story().lost(1).did(1, "read", {}, 1), Consistency::buffered_durable).empty());
}

TEST_CASE("histories that do not tell who was read are refused") {
  const auto twice = Story().did(1, "write", 1).did(2, "write", 1);
  const auto result = check_consistency(twice.history(), register_model(), Consistency::causal);
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().message ==
        "history: operation 1: 1 is written a second time (first: history: operation 0), so that "
        "reads do not tell whom they read");
  CHECK_FALSE(
      check_consistency(Story().did(1, "cas").history(), register_model(), Consistency::regular)
          .ok());
  CHECK_FALSE(check_consistency(Story().call(1, "write", 1).crash().ok(1).history(),
                                register_model(), Consistency::buffered_durable)
                  .ok());
}

TEST_CASE("each promise is kept by what keeps a stronger one, in random histories") {
  constexpr Consistency kWeakerAndWeaker[] = {Consistency::linearizable, Consistency::sequential,
                                              Consistency::causal, Consistency::pram,
                                              Consistency::monotonic_reads};
  Draws draws(11);
  int broken[5] = {};
  for (int i = 0; i < 8'000; ++i) {
    History history;
    std::int64_t next = 1;
    for (int operation = 0; operation < 10; ++operation) {
      const auto process = static_cast<std::int64_t>(draws.below(3));
      const Value key = draws.chance(2) ? "x" : "y";
      const bool write = draws.chance(2);
      const auto id = history.call({.process = process,
                                    .function = write ? "write" : "read",
                                    .key = key,
                                    .argument = write ? Value(next) : Value()});
      if (write) ++next;
      Value seen;
      for (const Operation& other : history.operations()) {
        if (!write && other.function == "write" && other.key == key && draws.chance(2))
          seen = other.argument;
      }
      const auto returned = history.ret(*id, {.result = std::move(seen)});
      REQUIRE(returned.ok());
    }
    bool kept = false;
    for (std::size_t each = 0; each < 5; ++each) {
      const auto result = check_consistency(history, register_model(), kWeakerAndWeaker[each]);
      REQUIRE(result.ok());
      const bool holds = result->verdict == Verdict::holds;
      if (kept && !holds) FAIL(name(kWeakerAndWeaker[each]) << " of a history that keeps more");
      kept = kept || holds;
      broken[each] += holds ? 0 : 1;
    }
  }
  for (std::size_t each = 1; each < 5; ++each) {
    INFO(name(kWeakerAndWeaker[each]) << " " << broken[each]);
    CHECK(broken[each] < broken[each - 1]);
  }
  CHECK(broken[4] > 0);
}

TEST_CASE("promises are found by their names") {
  for (std::size_t i = 0; i < kConsistencies; ++i) {
    const auto each = static_cast<Consistency>(i);
    CHECK(consistency_of(name(each)) == each);
  }
  CHECK_FALSE(consistency_of("eventual"));
}
