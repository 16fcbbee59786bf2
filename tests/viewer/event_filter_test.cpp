#include "model/event_filter.hpp"

#include <string>
#include <utility>
#include <vector>

#include "model/trace_file.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"
#include "viewer/support/fake_raft.hpp"
#include "viewer/support/record.hpp"
#include "viewer/support/trace_builder.hpp"

namespace norn::viewer {

using test::kMs;
using test::TraceBuilder;
using trace::Seq;

namespace {

using Seqs = std::vector<Seq>;

Seqs passing(const TraceModel& model, const EventFilter& filter) {
  Seqs out;
  for (Index i = 0; i < filter.count(); ++i) {
    out.push_back(model.events().seq(filter.at(i)));
    CHECK(filter.passes(filter.at(i)));
  }
  return out;
}

// A vote, a lost message, a log, state, a file and an operation: one of each.
struct Filtered {
  TraceBuilder build{{"n1", "n2", "n3"}};
  Seq start = build.at(0).start(1);
  Seq term3 = build.at(10 * kMs).state(1, "term", "3");
  Seq vote = build.at(20 * kMs).send(1, 2, "Vote", 0, R"({"term":3,"entries":[{"index":7}]})");
  Seq got = build.at(30 * kMs).deliver(2, vote);
  Seq beat = build.at(40 * kMs).send(2, 3, "Beat", 0, "Grüße");
  Seq lost = build.at(90 * kMs).drop(3, beat, trace::DropReason::partition);
  Seq term4 = build.at(100 * kMs).state(1, "term", "4");
  Seq role = build.at(110 * kMs).state(2, "role", "\"leader\"");
  Seq warned = build.at(120 * kMs).log(1, trace::LogLevel::warning, "disk nearly FULL");
  Seq called = build.at(130 * kMs).call(9, 1, "put", R"(["x",1])");
  Seq answered = build.at(140 * kMs).ret(9, 1, trace::OpOutcome::ok, "null");
  Seq end = build.at(200 * kMs).run_end(trace::RunEnd::completed);
  TraceModel model = build.model();
  EventFilter filter{model};

  Seqs find(const std::string& text) {
    INFO(text);
    REQUIRE(filter.set({.text = text}));
    filter.run();
    return passing(model, filter);
  }
  FilterProblem problem_of(const std::string& text) {
    INFO(text);
    REQUIRE_FALSE(filter.set({.text = text}));
    return filter.problem().value();
  }
};

}  // namespace

TEST_CASE_METHOD(Filtered, "a filter finds events by kind, node, name and the ends of a message") {
  CHECK(find("send") == Seqs{vote, beat});
  CHECK(find("kind = drop") == Seqs{lost});
  CHECK(find("kind != send and node = n2") == Seqs{got, role});
  CHECK(find("node = simulation") == Seqs{end});
  CHECK(find("class = Vote") == Seqs{vote, got});
  CHECK(find("class:BEA") == Seqs{beat, lost});
  CHECK(find("name = term") == Seqs{term3, term4});
  CHECK(find("to = n3") == Seqs{beat, lost});
  CHECK(find("from = n1") == Seqs{vote, got});
  CHECK(find("from ~ /n[12]/ to=n2") == Seqs{vote, got});
}

TEST_CASE_METHOD(Filtered, "a filter compares numbers, times and ranks") {
  CHECK(find("bytes > 10 class = Vote") == Seqs{vote});
  CHECK(find("latency >= 50ms") == Seqs{lost});
  CHECK(find("latency < 50ms") == Seqs{got});
  CHECK(find("time > 110ms and time <= 120ms") == Seqs{warned});
  CHECK(find("event = 4") == Seqs{got});
  CHECK(find("client = 9") == Seqs{called, answered});
  CHECK(find("outcome = ok") == Seqs{answered});
  CHECK(find("level >= warning") == Seqs{warned});
  CHECK(find("level < warning").empty());
  CHECK(find("reason = partition") == Seqs{lost});
}

TEST_CASE_METHOD(Filtered, "a filter looks into text, payloads and published state") {
  CHECK(find("full") == Seqs{warned});
  CHECK(find("\"disk nearly\"") == Seqs{warned});
  CHECK(find("/FULL$/") == Seqs{warned});
  CHECK(find("/full$/").empty());
  CHECK(find("/full$/i") == Seqs{warned});
  CHECK(find("text ~ /nearly.*FULL|nothing/") == Seqs{warned});
  CHECK(find("/nothing|nearly/") == Seqs{warned});
  CHECK(find("/NOTHING|NEAR(LY|BY)/i") == Seqs{warned});
  CHECK(find("/nothing|[A-Z]{4}$/") == Seqs{warned});
  CHECK(find("/^disk|^nothing/") == Seqs{warned});
  CHECK(find("Grüße") == Seqs{beat});
  CHECK(find("payload.term >= 3") == Seqs{vote, got});
  CHECK(find("payload.entries.0.index = 7") == Seqs{vote, got});
  CHECK(find("payload.entries.1.index = 7").empty());
  CHECK(find("state.term >= 4") == Seqs{term4, warned, called, answered});
  CHECK(find("state.term = 3") == Seqs{term3, vote});
  CHECK(find("state.role = leader") == Seqs{role});
}

TEST_CASE_METHOD(Filtered, "not, or and parentheses bind as people read them") {
  CHECK(find("drop or log and node = n2") == Seqs{lost});
  CHECK(find("(drop or log) and node = n1") == Seqs{warned});
  CHECK(find("not time < 130ms and not op_call") == Seqs{answered, end});
  CHECK(find("state not name = role") == Seqs{term3, term4});
}

TEST_CASE_METHOD(Filtered, "what was preceded by something else within a time is found") {
  CHECK(find("log preceded by drop within 30 ms") == Seqs{warned});
  CHECK(find("log preceded by drop within 29ms").empty());
  CHECK(find("log preceded by drop") == Seqs{warned});
  CHECK(find("log preceded by drop on the same node").empty());
  CHECK(find("state preceded by (state and node = n1) within 1s on the same node") == Seqs{term4});
  // The condition looks into text, what it is asked of does not, and the other way round.
  CHECK(find("run_end preceded by FULL within 80ms") == Seqs{end});
  CHECK(find("FULL preceded by drop within 50ms") == Seqs{warned});
  CHECK(find("op_call preceded by (log preceded by drop)") == Seqs{called});
}

TEST_CASE_METHOD(Filtered, "a wrong filter is refused with the place") {
  CHECK(problem_of("kind = sned").at == 7);
  CHECK(problem_of("kind = sned").message.find("there is no kind 'sned'") == 0);
  CHECK(problem_of("send and colour = red").at == 9);
  CHECK(problem_of("node = n9").message.find("(there are: n1 n2 n3 simulation)") !=
        std::string::npos);
  CHECK(problem_of("drop and").at == 8);
  CHECK(problem_of("(drop").at == 0);
  CHECK(problem_of("drop)").at == 4);
  CHECK(problem_of("latency > 50").at == 10);
  CHECK(problem_of("latency > 50").message.find("no unit") != std::string::npos);
  CHECK(problem_of("text ~ /(/").at == 7);
  CHECK(problem_of("\"no end").at == 0);
  CHECK(problem_of("bytes > many").at == 8);
  CHECK(problem_of("send preceded drop").message == "'by' is expected after 'preceded'");
  CHECK(problem_of("send preceded by drop within soon").at == 29);
  CHECK(problem_of("= 3").at == 0);
  CHECK(problem_of("a ; b").at == 2);
  CHECK(problem_of("state.trem = 3").message == "no node publishes 'trem'");
  CHECK(problem_of(std::string(500, '(')).message == "nested too deep");
  std::string nots;
  for (int i = 0; i < 500; ++i) nots += "not ";
  CHECK(problem_of(nots + "drop").message == "nested too deep");
}

TEST_CASE_METHOD(Filtered, "a filter with a mistake leaves what was found before") {
  CHECK(find("drop") == Seqs{lost});
  CHECK_FALSE(filter.set({.text = "drop and"}));
  CHECK(passing(model, filter) == Seqs{lost});
  CHECK(filter.set({.text = "log"}));
  CHECK_FALSE(filter.problem().has_value());
}

TEST_CASE_METHOD(Filtered, "kinds and nodes that are switched off do not pass, whatever is asked") {
  FilterSpec spec{.text = "not run_end"};
  spec.hidden_groups.at(static_cast<std::size_t>(KindGroup::messages)) = true;
  spec.hide_node(1, true);
  REQUIRE(filter.set(spec));
  filter.run();
  CHECK(passing(model, filter) == Seqs{lost, role});
  // What is switched off still counts as what came before.
  spec.text = "drop preceded by send";
  REQUIRE(filter.set(spec));
  filter.run();
  CHECK(passing(model, filter) == Seqs{lost});
}

TEST_CASE_METHOD(Filtered, "without a filter everything passes at no cost") {
  CHECK_FALSE(filter.active());
  CHECK(filter.done());
  CHECK(filter.count() == model.events().size());
  CHECK(filter.passes(3));
  CHECK(filter.position_of(5) == 5);
  find("send");
  CHECK(filter.position_of(model.events().index_of(got)) == 1);
  CHECK(filter.position_of(model.events().index_of(lost)) == 2);
  REQUIRE(filter.set({}));
  CHECK_FALSE(filter.active());
}

TEST_CASE("a long search goes on in slices and can be stopped") {
  const auto model = TraceModel::build(test::busy_trace(100'000, 5)).value();
  EventFilter filter(model);
  REQUIRE(filter.set({.text = "/to n[12]$/"}));
  CHECK_FALSE(filter.done());
  filter.advance(0);
  CHECK(filter.progress() > 0);
  CHECK(filter.progress() < 1);
  const Index found = filter.count();
  CHECK_FALSE(filter.passes(model.events().size() - 1));
  filter.stop();
  CHECK(filter.done());
  filter.advance(1000);
  CHECK(filter.count() == found);
  REQUIRE(filter.set({.text = "send to=n1 or send to=n2"}));
  filter.run();
  const Index wanted = filter.count();
  REQUIRE(filter.set({.text = "/to n[12]$/"}));
  filter.run();
  CHECK(filter.count() == wanted);
}

TEST_CASE("threads find what one thread finds, in a file and in memory") {
  const norn::test::ScratchFolder folder;
  const std::string path = folder.path() + "/busy.norn";
  test::record(*test::busy_trace(700'000, 5), path);
  const auto file = TraceModel::build(open_trace_file(path).value()).value();
  REQUIRE(file.events().size() > 2 * 256 * 1024);
  for (const char* const text : {"send and to = n2", "\"from n1\"", "/from n[13]$/",
                                 "deliver preceded by send within 1ms"}) {
    CAPTURE(text);
    EventFilter threads(file, {.indexed = true, .most_inline = 0});
    EventFilter alone(file, {.most_inline = file.events().size()});
    REQUIRE(threads.set({.text = text}));
    REQUIRE(alone.set({.text = text}));
    threads.run();
    alone.run();
    REQUIRE(alone.count() > 0);
    REQUIRE(threads.count() == alone.count());
    for (Index i = 0; i < alone.count(); i += 97) CHECK(threads.at(i) == alone.at(i));
    // Another question while the threads are still at the first.
    threads.set({.text = "/n[12345]$/"});
    threads.set({.text = "timer"});
    threads.run();
    for (Index i = 0; i < threads.count(); i += 997)
      CHECK(file.events().kind(threads.at(i)) == trace::EventKind::timer);
  }
}

TEST_CASE("what was not looked at yet may pass, and is counted as passing") {
  const auto model = TraceModel::build(test::busy_trace(100'000, 5)).value();
  EventFilter filter(model, {.indexed = true});
  REQUIRE(filter.set({.text = "node = n1"}));
  filter.advance(0);
  const Index all = model.events().size();
  CHECK(filter.may_pass(all - 1));
  CHECK_FALSE(filter.passes(all - 1));
  CHECK(filter.next(all - 1) == all - 1);
  CHECK(filter.may_pass_between(all - 100, all) == 100);
  filter.run();
  Index passing_last = 0;
  for (Index i = all - 100; i < all; ++i) passing_last += filter.passes(i) ? 1 : 0;
  CHECK(filter.may_pass_between(all - 100, all) == passing_last);
  CHECK(passing_last < 100);
}

TEST_CASE("an index counts what of lanes and links passes") {
  const auto model = TraceModel::build(test::fake_raft()).value();
  EventFilter filter(model, {.indexed = true});
  CHECK(filter.index() == nullptr);
  REQUIRE(filter.set({.text = "drop or node = n2"}));
  filter.run();
  REQUIRE(filter.index() != nullptr);
  CHECK(filter.index()->lane(2).count() == model.lanes().of(2).events.size());
  CHECK(filter.index()->lane(3).count() == 0);
  std::size_t lost = 0;
  for (const Link& link : model.messages().links()) {
    const RankedBits& bits = filter.index()->messages(link);
    REQUIRE(bits.size() == link.messages.size());
    for (std::size_t i = 0; i < link.messages.size(); ++i)
      CHECK(bits.at(i) == filter.may_pass(link.messages[i]));
    if (link.from == 2 || link.to == 2) CHECK(bits.count() == link.messages.size());
    CHECK(filter.index()->lost(link).count() == link.lost.size());
    lost += link.lost.size();
  }
  CHECK(lost > 0);
}

TEST_CASE("ranked bits count and step as the bits one by one") {
  RankedBits bits;
  std::vector<bool> plain;
  std::uint64_t state = 12345;
  for (int i = 0; i < 3000; ++i) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    // Long stretches without any.
    const bool bit = (i / 700) % 2 == 0 && (state >> 60U) < 3;
    bits.append(bit);
    plain.push_back(bit);
  }
  const std::size_t end = plain.size() + 50;  // the last 50 are not known
  const auto set = [&](std::size_t i) { return i >= plain.size() || plain[i]; };
  std::size_t before = 0;
  for (std::size_t i = 0; i < end; ++i) {
    REQUIRE(bits.before(i) == before);
    REQUIRE(bits.at(i) == set(i));
    if (i < plain.size() && set(i)) REQUIRE(bits.nth(before) == i);
    before += set(i) ? 1 : 0;
    std::size_t next = i;
    while (next < end && !set(next)) ++next;
    REQUIRE(bits.next(i, end) == (next < end ? next : RankedBits::kNowhere));
    std::size_t previous = i;
    while (previous > 0 && !set(previous - 1)) --previous;
    REQUIRE(bits.previous(i) == (previous > 0 ? previous - 1 : RankedBits::kNowhere));
  }
  CHECK(bits.next(end, end) == RankedBits::kNowhere);
}

TEST_CASE("a filter of a recorded file finds what the one in memory finds") {
  const norn::test::ScratchFolder folder;
  const std::string path = folder.path() + "/raft.norn";
  const auto source = test::fake_raft();
  test::record(*source, path);
  const auto file = TraceModel::build(open_trace_file(path).value()).value();
  const auto memory = TraceModel::build(test::fake_raft()).value();
  for (const char* const text :
       {"payload.term = 2 and deliver", "election", "drop preceded by fault_begin within 100ms",
        "state.role = leader and send"}) {
    EventFilter in_file(file);
    EventFilter in_memory(memory);
    REQUIRE(in_file.set({.text = text}));
    REQUIRE(in_memory.set({.text = text}));
    in_file.run();
    in_memory.run();
    CHECK(in_file.count() == in_memory.count());
    CHECK(in_file.count() > 0);
  }
}

}  // namespace norn::viewer
