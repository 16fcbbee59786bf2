// Histories made by hand: for each model one that it must refuse, and one nearly the same that it
// must accept.
#include "norn/check/linearizability.hpp"

#include "check/support/story.hpp"
#include "support/catch.hpp"

using namespace norn::check;
using norn::check::testing::Story;

namespace {

LinearizabilityResult check(const History& history, const Model& model) {
  const auto result = check_linearizability(history, model);
  REQUIRE(result.ok());
  return *result;
}

bool holds(const Story& story, const Model& model) {
  return check(story.history(), model).verdict == Verdict::holds;
}

Value list(std::initializer_list<Value> items) {
  return Value(Value::List(items));
}

}  // namespace

TEST_CASE("register: a read may not go back to an older value once a newer was read") {
  // Both reads overlap the write; a second read that begins after the first must not see less.
  CHECK_FALSE(holds(Story()
                        .did(1, "write", 1)
                        .call(1, "write", 2)
                        .did(2, "read", {}, 2)
                        .did(3, "read", {}, 1)
                        .ok(1),
                    register_model()));
  CHECK(holds(Story()
                  .did(1, "write", 1)
                  .call(1, "write", 2)
                  .call(2, "read")
                  .did(3, "read", {}, 1)
                  .ok(2, 2)
                  .ok(1),
              register_model()));
}

TEST_CASE("register: a write that timed out may take effect late, one that failed never") {
  CHECK(holds(Story()
                  .did(1, "write", 1)
                  .call(2, "write", 2)
                  .lost(2)
                  .did(1, "read", {}, 1)
                  .did(1, "read", {}, 2),
              register_model()));
  CHECK_FALSE(holds(Story()
                        .did(1, "write", 1)
                        .call(2, "write", 2)
                        .lost(2)
                        .did(1, "read", {}, 2)
                        .did(1, "read", {}, 1),
                    register_model()));
  CHECK_FALSE(holds(Story().did(1, "write", 1).call(2, "write", 2).failed(2).did(1, "read", {}, 2),
                    register_model()));
}

TEST_CASE("register: two writes that timed out take effect once each") {
  const auto story = [] {
    return Story()
        .call(1, "write", 7)
        .lost(1)
        .call(2, "write", 7)
        .lost(2)
        .did(3, "write", 0)
        .did(3, "read", {}, 7)
        .did(3, "write", 1)
        .did(3, "read", {}, 7);
  };
  CHECK(holds(story(), register_model()));
  CHECK_FALSE(holds(story().did(3, "write", 2).did(3, "read", {}, 7), register_model()));
}

TEST_CASE("cas register: of two that compare with one value only one can win") {
  CHECK_FALSE(holds(Story()
                        .call(1, "cas", list({Value(), 1}))
                        .call(2, "cas", list({Value(), 2}))
                        .ok(1, true)
                        .ok(2, true),
                    cas_register_model()));
  CHECK(holds(Story()
                  .call(1, "cas", list({Value(), 1}))
                  .call(2, "cas", list({Value(), 2}))
                  .ok(1, true)
                  .ok(2, false),
              cas_register_model()));
}

TEST_CASE("key-value: an append is not seen twice, and not before it") {
  const auto story = [] {
    return Story().on("k").did(1, "put", "a").call(1, "append", "b").did(2, "get", {}, "ab");
  };
  CHECK(holds(story().did(2, "append", "c").ok(1).did(2, "get", {}, "abc"), key_value_model()));
  CHECK_FALSE(
      holds(story().did(2, "append", "c").ok(1).did(2, "get", {}, "abcb"), key_value_model()));
  CHECK_FALSE(
      holds(story().did(2, "append", "c").ok(1).did(2, "get", {}, "acb"), key_value_model()));
}

TEST_CASE("key-value: keys do not concern each other, and together they still must fit") {
  const Story story = Story()
                          .on("x")
                          .did(1, "put", "1")
                          .on("y")
                          .did(1, "put", "2")
                          .did(2, "get", {}, "2")
                          .on("x")
                          .did(2, "get", {}, "");
  const auto result = check(story.history(), key_value_model());
  CHECK(result.verdict == Verdict::violated);
  REQUIRE(result.misfit);
  CHECK(result.misfit->part == Value("x"));
  CHECK(result.misfit->operation == 3);
  CHECK(result.misfit->states == std::vector<std::string>{"\"1\""});
}

TEST_CASE("counter: a sum needs its parts") {
  CHECK(holds(Story()
                  .call(1, "add", 2)
                  .call(2, "add", 3)
                  .did(3, "read", {}, 3)
                  .ok(1)
                  .ok(2)
                  .did(3, "read", {}, 5),
              counter_model()));
  CHECK_FALSE(holds(Story()
                        .call(1, "add", 2)
                        .call(2, "add", 3)
                        .did(3, "read", {}, 3)
                        .did(3, "read", {}, 2)
                        .ok(1)
                        .ok(2),
                    counter_model()));
}

TEST_CASE("set: what was added and read is not gone without a removal") {
  CHECK(holds(Story()
                  .did(1, "add", 1)
                  .call(1, "remove", 1)
                  .did(2, "read", {}, list({1}))
                  .did(2, "read", {}, list({}))
                  .ok(1),
              set_model()));
  CHECK_FALSE(
      holds(Story().did(1, "add", 1).did(2, "read", {}, list({1})).did(2, "read", {}, list({})),
            set_model()));
  CHECK_FALSE(holds(Story().did(1, "add", 1).did(2, "read", {}, list({1, 1})), set_model()));
}

TEST_CASE("queue: first in, first out, and nothing twice") {
  CHECK(holds(Story()
                  .call(1, "enqueue", 1)
                  .did(2, "enqueue", 2)
                  .ok(1)
                  .did(2, "dequeue", {}, 2)
                  .did(1, "dequeue", {}, 1)
                  .did(1, "dequeue"),
              queue_model()));
  CHECK_FALSE(holds(Story().did(1, "enqueue", 1).did(2, "enqueue", 2).did(2, "dequeue", {}, 2),
                    queue_model()));
  CHECK_FALSE(holds(Story().did(1, "enqueue", 1).did(2, "dequeue", {}, 1).did(1, "dequeue", {}, 1),
                    queue_model()));
}

TEST_CASE("lock: it is not held twice") {
  CHECK_FALSE(holds(Story().did(1, "acquire").did(2, "acquire").did(1, "release"), lock_model()));
  CHECK(holds(Story().did(1, "acquire").call(2, "acquire").did(1, "release").ok(2), lock_model()));
  CHECK_FALSE(holds(Story().did(1, "acquire").did(2, "release"), lock_model()));
  CHECK(holds(Story().did(1, "acquire").did(2, "acquire", {}, false), lock_model()));
}

TEST_CASE("fenced lock: a holder whose lease ran out is kept out by its token") {
  CHECK(holds(Story()
                  .did(1, "acquire", {}, 33)
                  .did(2, "acquire", {}, 34)
                  .did(2, "write", 34)
                  .did(1, "write", 33, false),
              fenced_lock_model()));
  CHECK_FALSE(holds(Story()
                        .did(1, "acquire", {}, 33)
                        .did(2, "acquire", {}, 34)
                        .did(2, "write", 34)
                        .did(1, "write", 33),
                    fenced_lock_model()));
  CHECK_FALSE(
      holds(Story().did(1, "acquire", {}, 33).did(2, "acquire", {}, 33), fenced_lock_model()));
}

TEST_CASE("log: what was read stays the beginning") {
  CHECK(holds(Story()
                  .call(1, "append", 1)
                  .call(2, "append", 2)
                  .did(3, "read", {}, list({2}))
                  .ok(1)
                  .ok(2)
                  .did(3, "read", {}, list({2, 1})),
              log_model()));
  CHECK_FALSE(holds(Story()
                        .call(1, "append", 1)
                        .call(2, "append", 2)
                        .did(3, "read", {}, list({2}))
                        .ok(1)
                        .ok(2)
                        .did(3, "read", {}, list({1, 2})),
                    log_model()));
}

TEST_CASE("bank: money is not seen while it is on its way") {
  const Value initial(Value::Map{{.key = "a", .value = 10}, {.key = "b", .value = 0}});
  const auto balances = [](std::int64_t a, std::int64_t b) {
    return Value(Value::Map{{.key = "a", .value = a}, {.key = "b", .value = b}});
  };
  const Model model = bank_model({.initial = initial});
  CHECK(holds(
      Story().call(1, "transfer", list({"a", "b", 4})).did(2, "read", {}, balances(6, 4)).ok(1),
      model));
  CHECK_FALSE(holds(
      Story().call(1, "transfer", list({"a", "b", 4})).did(2, "read", {}, balances(6, 0)).ok(1),
      model));
}

TEST_CASE("a violation is told in words") {
  const Story story = Story().did(1, "write", 1).did(1, "write", 2).did(2, "read", {}, 1);
  const auto result = check(story.history(), register_model());
  REQUIRE(result.misfit);
  CHECK(explain(story.history(), *result.misfit) ==
        "fits nowhere:\n"
        "  client 2: read() -> 1  (history: operation 2)\n"
        "before it 2 operations took effect, in this order:\n"
        "  client 1: write(1) -> ok  (history: operation 0)\n"
        "  client 1: write(2) -> ok  (history: operation 1)\n"
        "which left: 2\n");
}

TEST_CASE("what a model does not know is refused with its place") {
  const Story story = Story().did(1, "write", 1).did(1, "cas", list({1, 2}));
  const auto result = check_linearizability(story.history(), register_model());
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().message ==
        "history: operation 1: the function 'cas' is not one of this model (the model register has "
        "read (get), write (put))");
}

TEST_CASE("one hard part does not starve the others, and the budget is in steps") {
  // Forty writes that all overlap and a read of what was never written: nothing but trying.
  Story story;
  story.on("hard");
  for (int i = 0; i < 40; ++i) story.call(i, "add", std::int64_t{1} << i);
  story.did(100, "read", {}, -1);
  for (int i = 0; i < 40; ++i) story.ok(i);
  story.on("easy").did(1, "add", 1).did(1, "read", {}, 3);
  const auto result = check_linearizability(story.history(), counter_model(), {.budget = 100'000});
  REQUIRE(result.ok());
  CHECK(result->verdict == Verdict::violated);
  REQUIRE(result->misfit);
  CHECK(result->misfit->part == Value("easy"));
}

TEST_CASE("a budget that does not last gives no verdict") {
  Story story;
  for (int i = 0; i < 40; ++i) story.call(i, "add", std::int64_t{1} << i);
  story.did(100, "read", {}, -1);
  const auto result = check_linearizability(story.history(), counter_model(), {.budget = 100'000});
  REQUIRE(result.ok());
  CHECK(result->verdict == Verdict::unknown);
  CHECK(result->undecided == 1);
  CHECK(result->steps < 110'000);
}

TEST_CASE("the register of the README") {
  History history;
  const auto write = history.call({.process = 1, .function = "write", .argument = 7});
  const auto read = history.call({.process = 2, .function = "read"});
  CHECK(history.ret(*read, {.result = 7}).ok());
  CHECK(history.ret(*write).ok());
  CHECK(check_linearizability(history, register_model())->verdict == Verdict::holds);
}

TEST_CASE("an empty history is linearizable") {
  const auto result = check_linearizability(History(), register_model());
  REQUIRE(result.ok());
  CHECK(result->verdict == Verdict::holds);
  CHECK(result->parts == 0);
}

TEST_CASE("ready models are found by name") {
  for (const char* name : {"register", "cas-register", "kv", "counter", "set", "queue", "lock",
                           "fenced-lock", "log", "bank", "unique-ids"}) {
    REQUIRE(find_model(name));
    CHECK(find_model(name)->name == name);
    CHECK(model_names().find(name) != std::string::npos);
  }
  CHECK_FALSE(find_model("stack"));
}
