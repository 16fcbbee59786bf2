#include "model/difference.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>

#include "model/alignment.hpp"
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

using Items = std::vector<std::uint32_t>;

// The length of the longest common subsequence, by the table of all beginnings.
std::size_t longest_common(const Items& a, const Items& b) {
  std::vector<std::vector<std::size_t>> best(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      best[i][j] =
          a[i - 1] == b[j - 1] ? best[i - 1][j - 1] + 1 : std::max(best[i - 1][j], best[i][j - 1]);
    }
  }
  return best[a.size()][b.size()];
}

std::string wrong_with(const Matches& matches, const Items& a, const Items& b) {
  for (std::size_t m = 0; m < matches.size(); ++m) {
    const auto& [i, j] = matches[m];
    if (i >= a.size() || j >= b.size() || a[i] != b[j]) return "not equal";
    if (m > 0 && (matches[m - 1].first >= i || matches[m - 1].second >= j)) return "not rising";
  }
  return {};
}

// n1 sends to n2 a few times; `change` may add something of its own in the middle.
TraceModel story(const std::function<void(TraceBuilder&)>& change, std::int64_t late_ns = 0) {
  TraceBuilder build({"n1", "n2"});
  for (int i = 0; i < 5; ++i) {
    const Seq sent = build.at(i * 10 * kMs).send(1, 2, "M", 0, "early " + std::to_string(i));
    build.at((i * 10 + 5) * kMs).deliver(2, sent);
  }
  build.at(60 * kMs + late_ns);
  change(build);
  for (int i = 7; i < 12; ++i) {
    const Seq sent =
        build.at(i * 10 * kMs + late_ns).send(1, 2, "M", 0, "late " + std::to_string(i));
    build.at((i * 10 + 5) * kMs + late_ns).deliver(2, sent);
  }
  return build.model();
}

struct Pair {
  Pair(TraceModel a, TraceModel b) : here(std::move(a)), there(std::move(b)) { difference.wait(); }
  TraceModel here;
  TraceModel there;
  Difference difference{here, there};
};

}  // namespace

TEST_CASE("an alignment pairs equal items, rising on both sides") {
  CHECK(align({}, {}).empty());
  const Items a = {1, 2, 3, 4, 5, 6};
  const Items b = {1, 9, 3, 4, 7, 6};
  CHECK(align(a, b) == Matches{{0, 0}, {2, 2}, {3, 3}, {5, 5}});
  CHECK(align(a, {}).empty());
  CHECK(align(a, a).size() == a.size());
}

TEST_CASE("without unique items the alignment of short sequences is the longest one") {
  std::uint64_t state = 99;
  for (int round = 0; round < 300; ++round) {
    const auto random = [&](std::uint32_t limit) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      return static_cast<std::uint32_t>(state >> 33U) % limit;
    };
    Items a;
    Items b;
    // Each item twice at least, so that none is an anchor.
    for (std::uint32_t i = 0; i < 4; ++i) {
      a.insert(a.end(), {i, i});
      b.insert(b.end(), {i, i});
    }
    for (std::uint32_t i = random(30); i > 0; --i) a.push_back(random(4));
    for (std::uint32_t i = random(30); i > 0; --i) b.push_back(random(4));
    for (std::size_t i = a.size(); i > 1; --i)
      std::swap(a[i - 1], a[random(static_cast<std::uint32_t>(i))]);
    for (std::size_t i = b.size(); i > 1; --i)
      std::swap(b[i - 1], b[random(static_cast<std::uint32_t>(i))]);
    const Matches matches = align(a, b);
    INFO("round " << round);
    CHECK(wrong_with(matches, a, b).empty());
    CHECK(matches.size() == longest_common(a, b));
  }
}

TEST_CASE("an alignment of long sequences with few edits finds what they share") {
  Items a;
  for (std::uint32_t i = 0; i < 200'000; ++i) a.push_back(i % 5000);
  Items b = a;
  for (std::size_t i = 0; i < 50; ++i) b.erase(b.begin() + static_cast<std::ptrdiff_t>(i * 3001));
  const Matches matches = align(a, b);
  CHECK(wrong_with(matches, a, b).empty());
  CHECK(matches.size() > a.size() * 9 / 10);
}

TEST_CASE("sequences that differ in most places are still paired where they agree") {
  Items a;
  Items b;
  for (std::uint32_t i = 0; i < 6000; ++i) {
    a.insert(a.end(), {i % 7, 100 + i % 3});
    b.insert(b.end(), {i % 7, 200 + i % 3});
  }
  const Matches matches = align(a, b);
  CHECK(wrong_with(matches, a, b).empty());
  CHECK(matches.size() > 5000);
  CHECK(align(Items(5000, 1), Items(5000, 2)).empty());
}

TEST_CASE("two recordings of the same run are the same") {
  const Pair pair(story([](TraceBuilder&) {}), story([](TraceBuilder&) {}));
  CHECK(pair.difference.common() == pair.here.events().size());
  CHECK_FALSE(pair.difference.parting().differs);
  CHECK(pair.difference.stretches().empty());
  CHECK(pair.difference.parting_text() == "Both traces are the same: 20 events.");
}

TEST_CASE("where two runs part is told with what each did instead") {
  const Pair pair(story([](TraceBuilder& b) { b.state(1, "role", "\"leader\""); }),
                  story([](TraceBuilder& b) { b.timer(2); }));
  CHECK(pair.difference.common() == 10);
  CHECK((pair.difference.parting().here == 10 && pair.difference.parting().there == 10));
  const std::string text = pair.difference.parting_text();
  CHECK(text.find("first 10 events are the same") != std::string::npos);
  CHECK(text.find("n1: role = \"leader\"") != std::string::npos);
  CHECK(text.find("There, at") != std::string::npos);
}

TEST_CASE("the same event later, with other contents, or not at all is told as that") {
  const auto same = [](TraceBuilder&) {};
  CHECK(Pair(story(same), story(same, 1 * kMs)).difference.parting_text().find("here at") !=
        std::string::npos);
  const Pair contents(story([](TraceBuilder& b) { b.send(1, 2, "M", 0, "one"); }),
                      story([](TraceBuilder& b) { b.send(1, 2, "M", 0, "two"); }));
  CHECK(contents.difference.parting_text().find("with other contents") != std::string::npos);
  TraceBuilder cut({"n1", "n2"});
  cut.at(0).send(1, 2, "M", 0, "early 0");
  const Pair ended(cut.model(), story(same));
  CHECK(ended.difference.parting_text().find("this trace ends") != std::string::npos);
  CHECK(ended.difference.parting().here == kNone);
}

TEST_CASE("events behind the parting find their twins though all are later") {
  const Pair pair(story([](TraceBuilder& b) { b.timer(1); }), story([](TraceBuilder&) {}, 3 * kMs));
  const Difference& d = pair.difference;
  REQUIRE(d.common() == 10);
  CHECK(d.twin(Side::here, 10) == Twin::none);
  for (Index i = 11; i < pair.here.events().size(); ++i) {
    CHECK(d.twin(Side::here, i) == Twin::same);
    CHECK(d.partner(Side::here, i) == i - 1);
    CHECK(d.partner(Side::there, i - 1) == i);
  }
  REQUIRE(d.nodes().size() == 2);
  CHECK((d.nodes()[0].same == 10 && d.nodes()[0].only_here == 1 && d.nodes()[0].only_there == 0));
  CHECK((d.nodes()[1].same == 10 && d.nodes()[1].only_here == 0));
  REQUIRE(d.stretches().size() == 1);
  CHECK((d.stretches()[0].node == 1 && d.stretches()[0].first[0] == 10));
  CHECK(d.alone(Side::here, 1) == std::vector<Index>{10});
  CHECK(d.alone(Side::there, 1).empty());
}

TEST_CASE("times are led over by what is the same, beyond it at an even pace") {
  const Pair pair(story([](TraceBuilder& b) { b.timer(1); }), story([](TraceBuilder&) {}, 3 * kMs));
  const TimeMap& times = pair.difference.times();
  CHECK(times.map(Side::here, 20.0 * kMs) == Approx(20.0 * kMs));
  CHECK(times.map(Side::here, 80.0 * kMs) == Approx(83.0 * kMs));
  CHECK(times.map(Side::there, 83.0 * kMs) == Approx(80.0 * kMs));
  CHECK(times.map(Side::here, 500.0 * kMs) == Approx(503.0 * kMs));
  CHECK(TimeMap().map(Side::here, 7) == 7);
}

TEST_CASE("a message with other contents, or lost on one side only, is a changed one") {
  const auto vote = [](const std::string& term, bool arrives) {
    return [=](TraceBuilder& b) {
      b.timer(1);
      const Seq sent = b.send(1, 2, "Vote", 0, term);
      b.at(b.now() + kMs);
      if (arrives) {
        b.deliver(2, sent);
      } else {
        b.drop(2, sent, trace::DropReason::loss);
      }
    };
  };
  const Pair terms(story(vote("term 3", true)), story(vote("term 4", true)));
  REQUIRE(terms.difference.common() == 11);
  CHECK(terms.difference.twin(Side::here, 11) == Twin::changed);
  CHECK(terms.difference.twin(Side::here, 12) == Twin::changed);
  CHECK(terms.difference.twin(Side::here, 13) == Twin::same);

  TraceModel lost = story(vote("term 3", false), kMs);
  const Pair fates(story(vote("term 3", true)), std::move(lost));
  CHECK(fates.difference.twin(Side::here, 11) == Twin::changed);
  CHECK(fates.difference.twin(Side::here, 12) == Twin::none);
  CHECK(fates.difference.twin(Side::there, 12) == Twin::none);
  CHECK(fates.difference.nodes()[0].changed == 1);
}

TEST_CASE("messages lost on both sides are twins") {
  const auto lose = [](TraceBuilder& b) {
    b.drop(2, b.send(1, 2, "Vote", 0, "x"), trace::DropReason::loss);
  };
  const Pair pair(story(lose), story(lose, kMs));
  CHECK(pair.difference.twin(Side::here, 11) == Twin::same);
  CHECK(pair.difference.partner(Side::here, 11) == 11);
}

TEST_CASE("nodes belong together by name, and one may be missing") {
  TraceBuilder a({"n1", "n2", "n3"});
  a.at(0).timer(1);
  a.timer(2);
  a.timer(3);
  TraceBuilder b({"n1", "n3"});
  b.at(0).timer(1);
  b.timer(2);
  const Pair pair(a.model(), b.model());
  CHECK(pair.difference.common() == 0);
  CHECK(pair.difference.node(Side::here, 3) == 2);
  CHECK(pair.difference.node(Side::here, 2) == 0);
  CHECK(pair.difference.twin(Side::here, 2) == Twin::same);
  CHECK(pair.difference.twin(Side::here, 1) == Twin::none);
  REQUIRE(pair.difference.nodes().size() == 3);
  CHECK(pair.difference.nodes()[1].only_here == 1);
}

TEST_CASE("files are compared by the hashes of their chunks first") {
  const norn::test::ScratchFolder folder;
  const auto write = [&](std::uint64_t events, const std::string& name) {
    test::record(*test::busy_trace(events, 5), folder.path() + "/" + name);
    auto source = open_trace_file(folder.path() + "/" + name);
    REQUIRE(source.ok());
    return std::move(source).value();
  };
  auto one = write(150'000, "a.norn");
  auto same = write(150'000, "b.norn");
  CHECK(one->same_until(*same) == one->event_count());
  auto copy = test::busy_trace(150'000, 5);
  std::size_t at = 140'000;
  while (copy->events[at].kind != trace::EventKind::timer) ++at;
  copy->events[at].a += 1;
  test::record(*copy, folder.path() + "/c.norn");
  auto other = open_trace_file(folder.path() + "/c.norn");
  REQUIRE(other.ok());
  const std::uint64_t known = one->same_until(**other);
  CHECK(known > 0);
  CHECK(known <= at);
  const Pair pair(TraceModel::build(std::move(one)).value(),
                  TraceModel::build(std::move(other).value()).value());
  CHECK(pair.difference.common() == at);
}

TEST_CASE("two different traces of many events are compared in bounded time") {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const Pair pair(TraceModel::build(test::busy_trace(200'000, 8)).value(),
                  TraceModel::build(test::busy_trace(210'000, 8)).value());
  CHECK(pair.difference.problem().empty());
  CHECK(Clock::now() - begin < std::chrono::seconds(60));
}

}  // namespace norn::viewer
