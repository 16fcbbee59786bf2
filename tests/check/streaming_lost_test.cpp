// Streaming where many operations are lost or overlap: work is bounded, and verdicts stay exact.
#include <cstdint>
#include <vector>

#include "norn/check/linearizability.hpp"
#include "norn/check/streaming.hpp"
#include "support/catch.hpp"

using namespace norn::check;

namespace {

// Calls and returns one at a time; each return says whether all is still well.
class Client {
 public:
  explicit Client(const Model& model, const StreamingOptions& options = {})
      : checker_(model, options) {}

  OperationId call(std::int64_t process, const char* function, Value argument = {}) {
    const auto id =
        checker_.call({.process = process, .function = function, .argument = std::move(argument)});
    REQUIRE(id.ok());
    return *id;
  }
  bool ok(OperationId id, Value result = {}) { return ret(id, Outcome::ok, std::move(result)); }
  void lose(std::int64_t process, const char* function, Value argument) {
    const OperationId id = call(process, function, std::move(argument));
    REQUIRE(ret(id, Outcome::unknown, {}));
  }
  bool did(std::int64_t process, const char* function, Value argument, Value result = {}) {
    return ok(call(process, function, std::move(argument)), std::move(result));
  }
  StreamingChecker& checker() { return checker_; }

 private:
  bool ret(OperationId id, Outcome outcome, Value result) {
    const auto misfit = checker_.ret(id, {.outcome = outcome, .result = std::move(result)});
    REQUIRE(misfit.ok());
    return !misfit->has_value();
  }

  StreamingChecker checker_;
};

constexpr int kLost = 300;

}  // namespace

TEST_CASE("300 lost writes of different values are followed, and a wrong answer is told at once") {
  for (const bool broken : {false, true}) {
    Client client(cas_register_model());
    for (int i = 1; i <= kLost; ++i) {
      client.lose(1, "write", i);
      REQUIRE(client.did(2, "write", -i));
      REQUIRE(client.did(2, "read", {}, -i));
    }
    // Any of them may show itself now, each once.
    for (int i = kLost; i > 0; i -= 3) REQUIRE(client.did(2, "read", {}, i));
    CHECK(client.checker().configurations() < 10);
    if (broken) {
      CHECK_FALSE(client.did(2, "read", {}, kLost));
      CHECK(client.checker().misfit()->states.size() == 8);
      CHECK(client.checker().finish() == Verdict::violated);
    } else {
      CHECK(client.did(2, "read", {}, kLost - 1));
      CHECK(client.checker().finish() == Verdict::holds);
    }
  }
}

TEST_CASE("lost writes are seen by reads that were open when they were overwritten") {
  for (const bool broken : {false, true}) {
    Client client(register_model());
    for (int i = 1; i <= kLost; ++i) client.lose(1, "write", i);
    const OperationId early = client.call(3, "read");
    const OperationId other = client.call(4, "read");
    REQUIRE(client.did(2, "write", -1));
    REQUIRE(client.did(2, "read", {}, -1));
    const OperationId late = client.call(5, "read");
    CHECK(client.ok(early, 7));
    CHECK(client.ok(other, 8));
    REQUIRE(client.did(2, "read", {}, -1));
    // 7 is over, and nothing has been written since `late` was called.
    CHECK(client.ok(late, broken ? Value(7) : Value(-1)) != broken);
    CHECK((client.checker().finish() == Verdict::violated) == broken);
  }
}

TEST_CASE("a lost write that was seen before the last write does not show itself again") {
  Client client(register_model());
  client.lose(1, "write", 7);
  const OperationId early = client.call(3, "read");
  REQUIRE(client.did(2, "write", -1));
  const OperationId late = client.call(5, "read");
  REQUIRE(client.did(2, "write", -2));
  CHECK(client.ok(early, 7));
  CHECK_FALSE(client.ok(late, 8));
}

TEST_CASE("lost compare-and-sets of a chain of values are followed") {
  Client client(cas_register_model());
  REQUIRE(client.did(2, "write", 0));
  for (int i = 0; i < 100; ++i) client.lose(1, "cas", Value::List{i, i + 1});
  for (int i = 3; i <= 99; i += 3) REQUIRE(client.did(2, "read", {}, i));
  CHECK_FALSE(client.did(2, "read", {}, 98));
}

TEST_CASE("130 writes that overlap are followed, and the first contradiction is told at its read") {
  constexpr int kWriters = 130;
  for (const bool broken : {false, true}) {
    Client client(register_model());
    std::vector<OperationId> open;
    for (int i = 0; i < kWriters; ++i) open.push_back(client.call(i, "write", i));
    REQUIRE(client.did(kWriters, "read", {}, 5));
    REQUIRE(client.did(kWriters, "read", {}, 6));
    const OperationId read = client.call(kWriters, "read");
    for (const OperationId each : open) REQUIRE(client.ok(each));
    REQUIRE(client.ok(read, 77));
    CHECK(client.checker().configurations() < 200);
    REQUIRE(client.did(kWriters, "read", {}, 9));
    CHECK(client.did(kWriters, "read", {}, broken ? 77 : 9) != broken);
    CHECK((client.checker().finish() == Verdict::violated) == broken);
  }
}

TEST_CASE("the budget bounds the work where there is too much to follow") {
  // Nothing resets a counter: each lost addition may be in any sum.
  const auto work = [](std::uint64_t budget) {
    Client client(counter_model(), {.most_configurations = 64, .budget = budget});
    for (int i = 0; i < 40; ++i) {
      client.lose(1, "add", std::int64_t{1} << i);
      REQUIRE(client.did(2, "add", 0));
      const OperationId read = client.call(3, "read");
      REQUIRE(client.did(2, "add", 0));
      REQUIRE(client.ok(read, 0));
    }
    REQUIRE(client.did(2, "read", {}, (std::int64_t{1} << 40) + 1));
    return client.checker().finish();
  };
  CHECK(work(20'000) == Verdict::unknown);
}

TEST_CASE("many overlapping writes and a contradiction are told from calls and returns alone") {
  const auto history = [](int last, int again) {
    History made;
    std::vector<OperationId> open;
    for (int i = 0; i < 130; ++i)
      open.push_back(*made.call({.process = i, .function = "write", .argument = i}));
    for (const OperationId each : open) REQUIRE(made.ret(each).ok());
    for (const int value : {last, again, last}) {
      const auto read = made.call({.process = 200, .function = "read"});
      REQUIRE(made.ret(*read, {.result = value}).ok());
    }
    return made;
  };
  const auto judged = [](const History& made) {
    return check_linearizability(made, register_model(), {.budget = 10'000, .explain = false});
  };
  const auto contradicts = judged(history(5, 6));
  REQUIRE(contradicts.ok());
  CHECK(contradicts->verdict == Verdict::violated);
  CHECK(contradicts->steps < 2'000);
  const auto unwritten = judged(history(500, 500));
  REQUIRE(unwritten.ok());
  CHECK(unwritten->verdict == Verdict::violated);
  CHECK(unwritten->steps < 2'000);
  const auto fits = judged(history(5, 5));
  REQUIRE(fits.ok());
  CHECK(fits->verdict == Verdict::holds);
}
