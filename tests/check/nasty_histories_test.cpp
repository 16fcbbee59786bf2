// Histories made to break what judges them: each is judged as a whole and while it happens, and
// where there is a reference, by trying everything.
#include <algorithm>
#include <limits>
#include <string>

#include "check/support/reference.hpp"
#include "check/support/story.hpp"
#include "norn/check/linearizability.hpp"
#include "norn/check/streaming.hpp"
#include "support/catch.hpp"

using namespace norn::check;
using namespace norn::check::testing;

namespace {

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

// With few steps: what never pauses is hard to follow, and may stay unknown.
Verdict streamed(const History& history, const Model& model) {
  StreamingChecker checker(model, {.budget = 20'000});
  std::vector<OperationId> ids(history.operations().size(), kNone);
  for (const HistoryEvent& event : history.events()) {
    const Operation& operation = history.operation(event.operation);
    if (event.kind == HistoryEvent::Kind::call) {
      const auto id = checker.call({.process = operation.process,
                                    .function = operation.function,
                                    .key = operation.key,
                                    .argument = operation.argument});
      REQUIRE(id.ok());
      ids[event.operation] = *id;
    } else {
      const auto misfit = checker.ret(ids[event.operation],
                                      {.outcome = operation.outcome, .result = operation.result});
      REQUIRE(misfit.ok());
      if (misfit->has_value()) return Verdict::violated;
    }
  }
  return checker.finish();
}

bool fits(const Story& story, const Model& model) {
  const auto result = check_linearizability(story.history(), model);
  if (!result.ok()) FAIL(result.error().message);
  const Verdict along = streamed(story.history(), model);
  if (along != Verdict::unknown || story.history().operations().size() <= 12)
    CHECK(along == result->verdict);
  CHECK(result->misfit.has_value() == (result->verdict == Verdict::violated));
  if (result->misfit) CHECK_FALSE(explain(story.history(), *result->misfit).empty());
  REQUIRE(result->verdict != Verdict::unknown);
  return result->verdict == Verdict::holds;
}

bool fits(const Story& story, const char* model) {
  const bool found = fits(story, *find_model(model));
  for (const Reference& reference : references()) {
    if (reference.model.name != model || story.history().operations().size() > 12) continue;
    CHECK(brute_force_linearizable(story.history(), reference) == found);
  }
  return found;
}

// What the model says of a history that it cannot judge.
std::string refusal(const Story& story, const char* model) {
  const auto result = check_linearizability(story.history(), *find_model(model));
  return result.ok() ? "" : result.error().message;
}

Value pair_of(Value a, Value b) {
  return Value::List{std::move(a), std::move(b)};
}

}  // namespace

TEST_CASE("nasty: nothing, one call, and only failures hold, whatever the model") {
  for (const Reference& reference : references()) {
    CHECK(fits(Story(), reference.model));
  }
  CHECK(fits(Story().call(1, "write", 1), "register"));
  CHECK(fits(Story().call(1, "dequeue"), "queue"));
  CHECK(fits(Story().call(1, "release").failed(1), "lock"));
  CHECK(fits(Story().call(1, "cas", pair_of(1, 2)).failed(1), "cas-register"));
}

TEST_CASE("nasty: what was there at first is read until a write is over, and not after") {
  CHECK(fits(Story().did(1, "read"), "register"));
  CHECK_FALSE(fits(Story().did(1, "read", {}, 0), "register"));
  CHECK(fits(Story().call(1, "write", 1).did(2, "read").ok(1), "register"));
  CHECK_FALSE(fits(Story().did(1, "write", 1).did(2, "read"), "register"));
  CHECK(fits(Story().did(1, "write").did(2, "read"), "register"));
  CHECK(fits(Story().did(1, "write", 1).did(1, "write").did(2, "read"), "register"));
}

TEST_CASE("nasty: a write that timed out takes effect once, at any time, or never") {
  const auto lost = [] { return Story().call(1, "write", 1).lost(1).did(1, "write", 2); };
  CHECK(fits(lost().did(1, "read", {}, 2).did(1, "read", {}, 1), "register"));
  CHECK_FALSE(
      fits(lost().did(1, "read", {}, 1).did(1, "read", {}, 2).did(1, "read", {}, 1), "register"));
  CHECK(fits(lost().did(1, "read", {}, 1).did(1, "read", {}, 1), "register"));
  CHECK_FALSE(fits(lost().did(1, "read", {}, 1).did(1, "read"), "register"));
  // Two of them that are the same give it twice.
  const auto twice = [&] {
    return Story().call(3, "write", 1).lost(3).call(3, "write", 1).lost(3);
  };
  const auto seen = [](Story story, int times) {
    for (int i = 0; i < times; ++i)
      story.did(1, "write", 2).did(2, "read", {}, 2).did(2, "read", {}, 1);
    return story;
  };
  CHECK(fits(seen(twice(), 2), "register"));
  CHECK_FALSE(fits(seen(twice(), 3), "register"));
}

TEST_CASE("nasty: what a read that timed out or failed is said to have given means nothing") {
  History history;
  for (const Outcome outcome : {Outcome::unknown, Outcome::failed}) {
    const auto read = history.call({.process = 1, .function = "read"});
    REQUIRE(history.ret(*read, {.outcome = outcome, .result = "nonsense"}).ok());
  }
  for (const char* const model : {"register", "kv", "counter", "set", "log", "bank"}) {
    INFO(model);
    const auto result = check_linearizability(history, *find_model(model));
    if (std::string(model) == "kv") continue;  // it has get
    REQUIRE(result.ok());
    CHECK(result->verdict == Verdict::holds);
  }
}

TEST_CASE("nasty: a failed write is never read, though a client that timed out wrote the same") {
  CHECK_FALSE(fits(Story().call(1, "write", 1).failed(1).did(2, "read", {}, 1), "register"));
  CHECK_FALSE(fits(Story().call(1, "write", 1).did(2, "read", {}, 1).failed(1), "register"));
  CHECK(
      fits(Story().call(1, "write", 1).failed(1).call(1, "write", 1).lost(1).did(2, "read", {}, 1),
           "register"));
}

TEST_CASE("nasty: values written twice") {
  const auto writes = [] {
    return Story().did(1, "write", 1).call(1, "write", 2).call(2, "write", 1);
  };
  CHECK(fits(writes().did(3, "read", {}, 2).did(3, "read", {}, 1).ok(1).ok(2), "register"));
  CHECK(fits(writes().did(3, "read", {}, 1).did(3, "read", {}, 2).did(3, "read", {}, 1).ok(1).ok(2),
             "register"));
  CHECK_FALSE(
      fits(writes().did(3, "read", {}, 2).did(3, "read", {}, 1).did(3, "read", {}, 2).ok(1).ok(2),
           "register"));
}

TEST_CASE("nasty: a chain of compare-and-set whose calls all overlap has one order") {
  constexpr int kLinks = 30;
  const auto chain = [](int missing, int read) {
    Story story;
    story.did(0, "write", 0);
    for (int i = kLinks - 1; i >= 0; --i) {
      if (i != missing) story.call(i, "cas", pair_of(i, i + 1));
    }
    for (int i = 0; i < kLinks; ++i) {
      if (i != missing) story.ok(i, true);
    }
    return story.did(0, "read", {}, read);
  };
  CHECK(fits(chain(-1, kLinks), "cas-register"));
  CHECK_FALSE(fits(chain(-1, kLinks - 1), "cas-register"));
  CHECK_FALSE(fits(chain(7, kLinks), "cas-register"));
}

TEST_CASE("nasty: compare-and-set that is refused, repeated, idle or lost") {
  const Value up = pair_of(Value(), 1);
  CHECK(fits(Story().did(1, "cas", up, true).did(1, "read", {}, 1), "cas-register"));
  CHECK_FALSE(fits(Story().did(1, "cas", up, true).did(2, "cas", up, true), "cas-register"));
  CHECK(fits(Story().did(1, "cas", up, true).did(2, "cas", up, false), "cas-register"));
  CHECK_FALSE(fits(Story().did(1, "cas", up, false), "cas-register"));
  // A lost one may explain the refusal, and the value.
  CHECK(fits(Story().call(1, "cas", up).lost(1).did(2, "cas", up, false), "cas-register"));
  CHECK_FALSE(fits(Story().call(1, "cas", up).lost(1).did(2, "cas", up, false).did(2, "read"),
                   "cas-register"));
  const Value idle = pair_of(1, 1);
  CHECK(fits(Story().did(1, "write", 1).did(1, "cas", idle, true).did(2, "cas", idle, true),
             "cas-register"));
  // A lost write that nobody reads explains a refusal too.
  CHECK(fits(Story().call(1, "write", 5).lost(1).did(2, "cas", up, false), "cas-register"));
  CHECK_FALSE(refusal(Story().did(1, "cas", 3), "cas-register").empty());
  CHECK_FALSE(refusal(Story().did(1, "cas", Value::List{1, 2, 3}), "cas-register").empty());
}

TEST_CASE("nasty: the least and the greatest numbers") {
  CHECK(fits(Story().did(kLeast, "write", kLeast).did(kMost, "read", {}, kLeast), "register"));
  CHECK_FALSE(fits(Story().did(-1, "write", kLeast).did(-1, "read", {}, kMost), "register"));
  const Model counter = *find_model("counter");
  CHECK(fits(Story().did(1, "add", kMost).did(1, "inc").did(1, "read", {}, kLeast), counter));
  CHECK(fits(Story().did(1, "dec", kLeast).did(1, "read", {}, kLeast), counter));
  CHECK_FALSE(fits(Story().did(1, "dec", kLeast).did(1, "read", {}, kMost), counter));
  CHECK(fits(Story().call(1, "add", 0).lost(1).did(1, "add-and-get", 0, 0), counter));
  const Model bank = *find_model("bank");
  const auto moved = [](std::int64_t amount) { return Value::List{"a", "b", Value(amount)}; };
  CHECK(fits(Story()
                 .did(1, "transfer", moved(5), true)
                 .did(1, "transfer", moved(kMost), true)
                 .did(1, "read", {}, Value::Map{{"a", kMost - 3}, {"b", kLeast + 4}}),
             bank));
  CHECK(fits(Story()
                 .did(1, "transfer", moved(kLeast), true)
                 .did(1, "read", {}, Value::Map{{"a", kLeast}, {"b", kLeast}}),
             bank));
}

TEST_CASE("nasty: a bank with transfers to oneself, of less than nothing, and from nobody") {
  const Model strict = bank_model({.initial = Value::Map{{"a", 3}}, .may_be_negative = false});
  const auto transfer = [](Value from, Value to, int amount) {
    return Value::List{std::move(from), std::move(to), Value(amount)};
  };
  CHECK(fits(Story()
                 .did(1, "transfer", transfer("a", "a", 3), true)
                 .did(1, "read", {}, Value::Map{{"a", 3}}),
             strict));
  CHECK_FALSE(fits(Story().did(1, "transfer", transfer("a", "a", 4), true), strict));
  CHECK(fits(Story().did(1, "transfer", transfer("nobody", "a", 1), false), strict));
  CHECK(fits(Story()
                 .did(1, "transfer", transfer("b", "a", -2), true)
                 .did(1, "read", {}, Value::Map{{"a", 1}, {"b", 2}}),
             strict));
  // The number 1 and the text "1" are one account; what has nothing may be left out.
  CHECK(fits(Story()
                 .did(1, "transfer", transfer(1, "a", 0), true)
                 .did(1, "transfer", transfer("a", "1", 1), true)
                 .did(1, "read", {}, Value::Map{{"1", 1}, {"a", 2}, {"c", 0}}),
             strict));
  CHECK_FALSE(refusal(Story().did(1, "transfer", "everything"), "bank").empty());
  CHECK_FALSE(refusal(Story().did(1, "read", {}, Value::List{}), "bank").empty());
}

TEST_CASE("nasty: locks and tokens at the edge") {
  CHECK_FALSE(fits(Story().did(1, "release"), "lock"));
  CHECK_FALSE(fits(Story().did(1, "acquire").did(1, "acquire"), "lock"));
  CHECK(fits(Story().did(1, "acquire").did(1, "acquire", {}, false), "lock"));
  CHECK_FALSE(fits(Story().did(1, "acquire", {}, false), "lock"));
  CHECK(fits(Story().call(1, "acquire").lost(1).did(2, "acquire", {}, false), "lock"));
  CHECK(fits(Story().did(1, "acquire").call(1, "release").lost(1).did(2, "acquire"), "lock"));
  CHECK_FALSE(fits(Story().did(1, "acquire").did(2, "release"), "lock"));
  const Model fenced = *find_model("fenced-lock");
  CHECK(fits(Story().did(1, "acquire", {}, kLeast).did(2, "acquire", {}, kMost), fenced));
  CHECK_FALSE(fits(Story().did(1, "acquire", {}, kLeast).did(2, "acquire", {}, kLeast), fenced));
  CHECK_FALSE(fits(Story().did(1, "acquire", {}, kMost).did(2, "acquire", {}, kLeast), fenced));
  CHECK(fits(Story().did(1, "write", kLeast), fenced));
  CHECK_FALSE(fits(Story().did(1, "write", kLeast, false), fenced));
  CHECK(fits(Story().did(1, "write", kMost).did(2, "write", kLeast, false), fenced));
}

TEST_CASE("nasty: queues with nothing, with the same twice, and with answers from nowhere") {
  CHECK(fits(Story().did(1, "dequeue"), "queue"));
  CHECK_FALSE(fits(Story().did(1, "enqueue", 1).did(1, "dequeue"), "queue"));
  CHECK_FALSE(fits(Story().did(1, "dequeue", {}, 1), "queue"));
  CHECK(refusal(Story().did(1, "enqueue"), "queue").find("not nil") != std::string::npos);
  const auto twice = [] { return Story().did(1, "enqueue", 1).did(2, "enqueue", 1); };
  CHECK(fits(twice().did(1, "dequeue", {}, 1).did(1, "dequeue", {}, 1).did(1, "dequeue"), "queue"));
  CHECK_FALSE(fits(twice().did(1, "dequeue", {}, 1).did(1, "dequeue"), "queue"));
  // A lost dequeue may have taken any one, but only one.
  const auto lost = [] {
    return Story()
        .did(1, "enqueue", 1)
        .did(1, "enqueue", 2)
        .did(1, "enqueue", 3)
        .call(2, "dequeue")
        .lost(2);
  };
  CHECK(fits(lost().did(1, "dequeue", {}, 2).did(1, "dequeue", {}, 3), "queue"));
  CHECK(fits(lost().did(1, "dequeue", {}, 1).did(1, "dequeue", {}, 3), "queue"));
  CHECK_FALSE(fits(lost().did(1, "dequeue", {}, 3), "queue"));
}

TEST_CASE("nasty: sets and logs that answer with the same item twice") {
  CHECK_FALSE(fits(Story().did(1, "add", 1).did(1, "read", {}, Value::List{1, 1}), "set"));
  CHECK(fits(Story().did(1, "add", 1).did(2, "add", 1).did(1, "read", {}, Value::List{1}), "set"));
  CHECK(fits(Story().did(1, "remove", 1).did(1, "read", {}, Value::List{}), "set"));
  CHECK(fits(Story().did(1, "add").did(1, "contains", {}, true), "set"));
  CHECK(fits(Story()
                 .call(1, "add", 1)
                 .lost(1)
                 .call(1, "remove", 1)
                 .lost(1)
                 .did(2, "contains", 1, true)
                 .did(2, "contains", 1, false),
             "set"));
  CHECK_FALSE(refusal(Story().did(1, "contains", 1, 1), "set").empty());
  CHECK_FALSE(refusal(Story().did(1, "read", {}, 7), "set").empty());
  CHECK(fits(Story().did(1, "append", 1).did(2, "append", 1).did(1, "read", {}, Value::List{1, 1}),
             "log"));
  CHECK_FALSE(fits(Story().did(1, "append", 1).did(1, "read", {}, Value::List{1, 1}), "log"));
  CHECK(fits(Story()
                 .call(1, "append", 1)
                 .lost(1)
                 .did(2, "append", 2)
                 .did(2, "read", {}, Value::List{2, 1}),
             "log"));
  CHECK_FALSE(fits(Story().did(1, "append", 1).did(1, "read", {}, Value::List{}), "log"));
}

TEST_CASE("nasty: a store with empty texts, with what is no text, and with pieces that overlap") {
  const Model store = *find_model("kv");
  const auto on_x = [] { return Story().on("x"); };
  CHECK(fits(on_x().did(1, "put", "").did(1, "get"), store));
  CHECK(fits(on_x().did(1, "append", "").did(1, "get", {}, ""), store));
  CHECK(fits(on_x().did(1, "cas", pair_of("", "a"), true).did(1, "get", {}, "a"), store));
  CHECK(fits(on_x().did(1, "put", "a").did(1, "delete").did(1, "cas", pair_of(Value(), "b"), true),
             store));
  CHECK(refusal(on_x().did(1, "append", 7), "kv").find("append of 7") != std::string::npos);
  // An append to a number does not fit, and a lost one does nothing.
  CHECK_FALSE(fits(on_x().did(1, "put", 7).did(1, "append", "a"), store));
  CHECK(fits(on_x().did(1, "put", 7).call(1, "append", "a").lost(1).did(1, "get", {}, 7), store));
  // "aab" is a + ab, aa + b, and no other way.
  for (const auto& [first, second] : {std::pair("a", "ab"), std::pair("aa", "b")}) {
    const auto both = [&] {
      return on_x().call(1, "append", first).call(2, "append", second).ok(1).ok(2);
    };
    CHECK(fits(both().did(1, "get", {}, "aab"), store));
    CHECK(fits(both().did(1, "get", {}, std::string(second) + first), store));
    CHECK_FALSE(fits(both().did(1, "get", {}, "aba" + std::string(first)), store));
  }
  const std::string zeros("\0a\0", 3);
  CHECK(fits(on_x().did(1, "put", zeros).did(1, "append", zeros).did(1, "get", {}, zeros + zeros),
             store));
  CHECK_FALSE(fits(on_x().did(1, "put", zeros).did(1, "get", {}, std::string("\0a", 2)), store));
}

TEST_CASE("nasty: a store in which numbers and texts follow each other") {
  const Model store = *find_model("kv");
  const auto mixed = [] {
    return Story()
        .on("x")
        .did(1, "put", 7)
        .did(1, "get", {}, 7)
        .did(1, "put", "x")
        .did(2, "append", "a");
  };
  CHECK(fits(mixed().did(1, "get", {}, "xa"), store));
  CHECK_FALSE(fits(mixed().did(1, "get", {}, 7), store));
  CHECK(fits(mixed().did(1, "cas", pair_of("xa", 7), true).did(2, "get", {}, 7), store));
  CHECK(fits(mixed().did(1, "put", Value::List{1}).did(2, "get", {}, Value::List{1}), store));
}

TEST_CASE("nasty: keys that look alike are different parts, and nil is none") {
  const auto keys = {Value(1),
                     Value("1"),
                     Value(Value::List{1}),
                     Value("[1]"),
                     Value(true),
                     Value("true"),
                     Value(""),
                     Value("\xF0\x9F\x94\x91"),
                     Value(std::string(1, '\0'))};
  Story story;
  for (const Value& key : keys) story.on(key).did(1, "put", key);
  for (const Value& key : keys)
    story.on(key).did(2, "get", {}, key.is_string() && key.string().empty() ? Value() : key);
  CHECK(fits(story, "kv"));
  const auto result = check_linearizability(story.history(), *find_model("kv"));
  REQUIRE(result.ok());
  CHECK(result->parts == keys.size());
  CHECK_FALSE(fits(Story().on(1).did(1, "put", 5).on("1").did(1, "get", {}, 5), "kv"));
  const auto nil = Story().on(Value()).did(1, "put", 5);
  CHECK_FALSE(nil.history().operation(0).key.has_value());
  CHECK_FALSE(refusal(Story().on(1).did(1, "enqueue", 1).did(1, "frob"), "queue").empty());
}

TEST_CASE("nasty: more clients at a time than fit in a word") {
  const auto crowd = [] {
    Story story;
    for (int i = 0; i < 130; ++i) story.call(i, "write", i);
    story.did(200, "read", {}, 77);
    for (int i = 0; i < 130; ++i) story.ok(i);
    return story;
  };
  const auto judged = [](const Story& story) {
    const auto result =
        check_linearizability(story.history(), *find_model("register"), {.budget = 100'000});
    REQUIRE(result.ok());
    return result->verdict;
  };
  CHECK(judged(crowd().did(1, "read", {}, 5).did(2, "read", {}, 5)) == Verdict::holds);
  // All subsets of the others may come before: too many to say so, but it is not let pass.
  CHECK(judged(crowd().did(1, "read", {}, 5).did(2, "read", {}, 6)) != Verdict::holds);
  CHECK(judged(crowd().did(1, "read", {}, 777)) != Verdict::holds);
}

TEST_CASE("nasty: hundreds of lost writes that nobody ever saw cost nothing afterwards") {
  Story story;
  for (int i = 0; i < 300; ++i)
    story.call(1, "write", 1'000 + i).lost(1).did(2, "write", i).did(3, "read", {}, i);
  const auto kept = check_linearizability(story.history(), register_model(), {.budget = 10'000});
  REQUIRE(kept.ok());
  CHECK(kept->verdict == Verdict::holds);
  story.did(3, "read", {}, 298);
  const auto broken = check_linearizability(story.history(), register_model(), {.budget = 10'000});
  REQUIRE(broken.ok());
  CHECK(broken->verdict == Verdict::violated);
}
