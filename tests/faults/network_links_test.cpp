// Faults of links that let messages pass, but not as they should: each is seen by node code,
// counted, and over at its end.
#include <chrono>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "faults/support/gossip.hpp"
#include "support/catch.hpp"

using namespace norn;
using namespace norn::test;
using namespace std::chrono_literals;

namespace {

// What came from n1 to n2 and from n2 to n1 of what was sent within five seconds of a fault.
struct Seen {
  std::vector<Arrival> out;
  std::vector<Arrival> back;
  std::vector<Arrival> after;  // of what n1 sent to n2 when it was over
  RunSummary run;

  std::uint64_t bites(std::string_view bite) const {
    for (const FaultCount& fault : run.faults) {
      const auto found = fault.bites.find(bite);
      if (fault.asked > 0 && found != fault.bites.end()) return found->second;
    }
    return 0;
  }
};

constexpr int kSent = 1000;  // each way

Seen see_once(const Fault& fault, std::uint64_t seed) {
  GossipNet net(3, seed);
  net.simulation.links(LinkOptions{.latency = Latency::constant_of(1ms)});
  net.simulation.run_for(1002ms);  // nothing is sent at the begin or the end of the fault
  const Duration begin = net.now();
  const std::uint32_t number = net.simulation.begin_fault(fault);
  net.simulation.run_for(5s);
  net.simulation.end_fault(number);
  const Duration end = net.now();
  net.simulation.run_for(10s);
  const auto sent_in = [&](const char* from, const char* to) {
    std::vector<Arrival> arrivals = net.fresh(from, to, begin);
    std::erase_if(arrivals, [end](const Arrival& arrival) { return arrival.sent >= end; });
    return arrivals;
  };
  // A flipped bit may be one of the time of sending: what came early was not sent late.
  std::vector<Arrival> after = net.fresh("n1", "n2", end);
  std::erase_if(after, [end](const Arrival& arrival) { return arrival.at < end + 500ms; });
  return {.out = sent_in("n1", "n2"),
          .back = sent_in("n2", "n1"),
          .after = std::move(after),
          .run = net.simulation.summary()};
}

Seen see(const Fault& fault, std::uint64_t seed = 1) {
  const Seen seen = see_once(fault, seed);
  CHECK(see_once(fault, seed).run.trace_hash == seen.run.trace_hash);
  CHECK(count_of(seen.run, name(fault.kind)).bit > 0);
  // Its end undoes it.
  CHECK(seen.after.size() >= 1890);
  for (const Arrival& arrival : seen.after) CHECK(arrival.took() == 1ms);
  return seen;
}

Duration longest(const std::vector<Arrival>& arrivals) {
  Duration most{};
  for (const Arrival& arrival : arrivals) most = std::max(most, arrival.took());
  return most;
}

Fault between(FaultKind kind, FaultValues with) {
  return {.kind = kind, .side_a = {"n1"}, .side_b = {"n2"}, .with = std::move(with)};
}

}  // namespace

TEST_CASE("slow_node: all its messages take many times as long, those of others do not") {
  const Seen seen =
      see({.kind = FaultKind::slow_node, .side_a = {"n1"}, .with = {{"factor", std::int64_t{20}}}});
  for (const Arrival& arrival : seen.out) CHECK(arrival.took() == 20ms);
  for (const Arrival& arrival : seen.back) CHECK(arrival.took() == 20ms);
  CHECK(seen.bites("messages delayed") == 4 * kSent);
}

TEST_CASE("slow_link: the messages of one link, here one way, take many times as long") {
  const Seen seen = see(
      between(FaultKind::slow_link, {{"factor", std::int64_t{30}}, {"way", std::string("out")}}));
  for (const Arrival& arrival : seen.out) CHECK(arrival.took() == 30ms);
  for (const Arrival& arrival : seen.back) CHECK(arrival.took() == 1ms);
  CHECK(seen.bites("messages delayed") == kSent);
}

TEST_CASE("delay: so much longer, with jitter") {
  const Seen seen = see(
      between(FaultKind::delay,
              {{"extra", Duration(50ms)}, {"jitter", Duration(20ms)}, {"way", std::string("in")}}));
  for (const Arrival& arrival : seen.out) CHECK(arrival.took() == 1ms);
  Duration sum{};
  for (const Arrival& arrival : seen.back) {
    CHECK(arrival.took() >= 51ms);
    CHECK(arrival.took() <= 71ms);
    sum += arrival.took();
  }
  CHECK(sum / kSent > 60ms);
  CHECK(sum / kSent < 62ms);
  CHECK(seen.bites("messages delayed") == kSent);
}

TEST_CASE("loss: a share of the messages never comes") {
  const Seen seen = see(between(FaultKind::loss, {{"share", Ratio{1, 4}}}));
  CHECK(seen.out.size() > 750 - 70);  // five standard deviations
  CHECK(seen.out.size() < 750 + 70);
  CHECK(seen.bites("messages dropped") == 2 * kSent - seen.out.size() - seen.back.size());
}

TEST_CASE("loss_burst: as many are lost as Gilbert and Elliott say, in runs as long as they say") {
  double lost = 0;
  double runs = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const Seen seen = see(
        between(FaultKind::loss_burst, {{"begins", Ratio{1, 40}}, {"ends", Ratio{1, 10}}}), seed);
    std::uint64_t next = seen.out.front().number;
    for (const Arrival& arrival : seen.out) {
      if (arrival.number > next) {
        ++runs;
        lost += static_cast<double>(arrival.number - next);
      }
      next = arrival.number + 1;
    }
  }
  // A bad stretch has 10 messages in the mean, a good one 40.
  const double share = lost / (8.0 * kSent);
  CHECK(share > 0.14);
  CHECK(share < 0.26);
  CHECK(lost / runs > 7.5);
  CHECK(lost / runs < 12.5);
}

TEST_CASE("duplicate: a share of the messages comes twice") {
  const Seen seen = see(between(FaultKind::duplicate, {{"share", Ratio{1, 4}}}));
  CHECK(seen.out.size() > 1250 - 70);
  CHECK(seen.out.size() < 1250 + 70);
  CHECK(seen.bites("messages copied") == seen.out.size() + seen.back.size() - 2 * kSent);
}

TEST_CASE("reorder: a share of the messages is overtaken, and none is lost") {
  const Seen seen =
      see(between(FaultKind::reorder, {{"share", Ratio{1, 4}}, {"by", Duration(50ms)}}));
  CHECK(seen.out.size() == kSent);
  int overtaken = 0;
  std::uint64_t highest = 0;
  for (const Arrival& arrival : seen.out) {
    overtaken += arrival.number < highest ? 1 : 0;
    highest = std::max(highest, arrival.number);
  }
  CHECK(overtaken > 150);  // of 250, a tenth is less than 5 ms late
  CHECK(longest(seen.out) > 45ms);
  CHECK(longest(seen.out) <= 51ms);
}

TEST_CASE(
    "corrupt: what the checksum finds is lost, what it does not find comes with a bit flipped") {
  const Seen found = see(between(FaultKind::corrupt, {{"share", Ratio{1, 4}}}));
  CHECK(found.out.size() > 750 - 70);
  CHECK(found.out.size() < 750 + 70);
  CHECK(found.bites("messages corrupted") == 0);

  // Nothing of a type that is sent as its bytes can tell.
  const Seen unseen =
      see(between(FaultKind::corrupt, {{"share", Ratio{1, 4}}, {"undetected", Ratio{1, 1}}}));
  CHECK(unseen.bites("messages dropped") == 0);
  CHECK(unseen.bites("messages corrupted") > 500 - 100);
  CHECK(unseen.bites("messages corrupted") < 500 + 100);
}

TEST_CASE("truncate: a message that has lost its end is refused by its codec, with a warning") {
  const Seen found = see(between(FaultKind::truncate, {{"share", Ratio{1, 4}}}));
  CHECK(found.out.size() > 750 - 70);
  CHECK(found.out.size() < 750 + 70);
  CHECK(found.bites("messages truncated") == 0);

  const Seen unseen =
      see(between(FaultKind::truncate, {{"share", Ratio{1, 4}}, {"undetected", Ratio{1, 1}}}));
  CHECK(unseen.bites("messages dropped") == 0);
  CHECK(unseen.bites("messages truncated") == 2 * kSent - unseen.out.size() - unseen.back.size());
}

TEST_CASE("bandwidth: messages wait their turn, and what finds no room is lost") {
  // Each is 16 bytes and 28 of headers, 200 a second: 8,800 bytes.
  const Seen wide = see(between(FaultKind::bandwidth, {{"rate", std::int64_t{44'000}}}));
  CHECK(wide.out.size() == kSent);
  for (const Arrival& arrival : wide.out) CHECK(arrival.took() == 2ms);  // 44 bytes: a millisecond

  const Seen narrow = see(
      between(FaultKind::bandwidth, {{"rate", std::int64_t{4'400}}, {"queue", std::int64_t{880}}}));
  CHECK(narrow.out.size() >= 500);  // one each 10 ms, and those that wait at the end
  CHECK(narrow.out.size() <= 521);
  CHECK(longest(narrow.out) > 190ms);  // twenty of them wait
  CHECK(longest(narrow.out) <= 201ms);
  CHECK(narrow.bites("messages dropped") == 2 * kSent - narrow.out.size() - narrow.back.size());
}

TEST_CASE("bandwidth: CoDel keeps the wait short where drop-tail lets the queue fill") {
  const auto wait = [](const std::string& discipline) {
    const Seen seen = see(between(FaultKind::bandwidth, {{"rate", std::int64_t{8'000}},
                                                         {"queue", std::int64_t{100'000}},
                                                         {"discipline", discipline}}));
    return seen;
  };
  // One in eleven too many: drop-tail's queue grows to 500 ms in 5 s.
  const Seen tail = wait("drop_tail");
  CHECK(tail.out.size() == kSent);
  CHECK(longest(tail.out) > 450ms);
  const Seen codel = wait("codel");
  CHECK(codel.out.size() < kSent);
  CHECK(codel.out.size() > 800);
  CHECK(longest(codel.out) < longest(tail.out) * 3 / 4);
}

TEST_CASE("bandwidth: a sender's links can share one queue") {
  // To two peers 17,600 bytes a second: too much for the sender, enough for each link.
  const auto seen = [](const char* shared) {
    return see({.kind = FaultKind::bandwidth,
                .side_a = {"n1"},
                .with = {{"rate", std::int64_t{13'200}},
                         {"queue", std::int64_t{1'320}},
                         {"shared_by", std::string(shared)},
                         {"way", std::string("out")}}});
  };
  CHECK(seen("sender").bites("messages dropped") > 300);
  CHECK(seen("link").bites("messages dropped") == 0);
}

TEST_CASE("mtu: larger datagrams are lost, and those that fit pass") {
  struct Small {
    std::array<std::byte, 40> bytes{};
  };
  struct Large {
    std::array<std::byte, 41> bytes{};
  };
  Simulation simulation(options());
  int small = 0;
  int large = 0;
  simulation.node("n1", [] {
    for (;;) {
      send("n2", Small{});
      send("n2", Large{});
      sleep_for(10ms);
    }
  });
  simulation.node("n2",
                  [&] { serve([&](const Small&) { ++small; }, [&](const Large&) { ++large; }); });
  simulation.begin_fault({.kind = FaultKind::mtu,
                          .lasts = 995ms,
                          .side_a = {"n1"},
                          .with = {{"bytes", std::int64_t{68}}}});
  simulation.run_for(1s);
  CHECK(small > 90);
  CHECK(large == 0);
  simulation.run_for(1s);
  CHECK(large > 90);
  CHECK(bites_of(simulation.summary(), "mtu", "messages dropped") == 100);
}
