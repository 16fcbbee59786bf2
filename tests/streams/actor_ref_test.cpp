// Typed actors, bounded mailboxes, dead letters and probes.
#include "norn/runtime/actor_ref.hpp"

#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "norn/runtime.hpp"
#include "norn/runtime/codec_json.hpp"
#include "norn/runtime/dead_letters.hpp"
#include "norn/runtime/probe.hpp"
#include "support/catch.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;
using norn::ActorRef;
using norn::DeadLetterWhy;
using norn::Overflow;

namespace {

struct Tick {
  int number = 0;
};
struct Add {
  using Reply = int;
  int by = 0;
};
struct Text {
  std::string text;
};
struct Subscribe {
  ActorRef<Text> listener;
  std::string topic;
};

template <class Ref, class M>
concept Takes = requires(const Ref& ref, const M& message) { ref.tell(message); };
static_assert(Takes<ActorRef<Tick, Text>, Tick> && !Takes<ActorRef<Tick, Text>, Add>);
static_assert(std::is_convertible_v<ActorRef<Tick, Text>, ActorRef<Text>>);
static_assert(!std::is_convertible_v<ActorRef<Text>, ActorRef<Tick, Text>>);

// An actor that reads nothing until it is told to, then says what it finds.
ActorRef<Tick, Text> sleeper(norn::MailboxLimit limit, std::vector<int>& found,
                             norn::Duration asleep) {
  return norn::spawn_typed<Tick, Text>(
      "sleeper",
      [&found, asleep] {
        norn::sleep_for(asleep);
        for (;;)
          norn::receive(norn::match<Tick>([&](const Tick& t) { found.push_back(t.number); }));
      },
      limit);
}

}  // namespace

TEST_CASE("a typed actor is told and asked, on its node and from another") {
  norn::Simulation simulation(norn::test::options());
  norn::Pid pid;
  int checked = 0;
  const auto use = [&] {
    norn::sleep_for(1s);
    const ActorRef<Tick, Add> counter(pid);
    const ActorRef<Add> narrow = counter;
    counter.tell(Tick{5});
    const auto sum = narrow.ask(Add{10}, {.timeout = 2s});
    REQUIRE(sum.ok());
    REQUIRE(*sum >= 15);
    const auto late = narrow.ask(Add{-1}, {.timeout = 100ms});
    REQUIRE(late.error().code == norn::Errc::timeout);
    ++checked;
  };
  simulation.node("n1", [&] {
    const auto counter = norn::spawn_typed<Tick, Add>("counter", [] {
      int value = 0;
      norn::Server(norn::on_info([&](const Tick& tick) { value += tick.number; }),
                   norn::on_call([&](const Add& add, norn::From<Add> from) {
                     if (add.by > 0) norn::reply(from, value += add.by);
                   }))
          .run();
    });
    pid = counter.pid();
    use();
    norn::sleep_for(1h);
  });
  simulation.node("n2", use);
  simulation.run_for(20s);
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
  CHECK(checked == 2);
}

TEST_CASE("a reference goes inside a message to another node, which answers through it") {
  norn::Simulation simulation(norn::test::options());
  norn::Pid topics;
  int heard = 0;
  simulation.node("n1", [&] {
    topics = norn::spawn_typed<Subscribe>("topics", [] {
               for (;;) {
                 norn::receive(norn::match<Subscribe>([](const Subscribe& subscribe) {
                   subscribe.listener.tell(Text{"news of " + subscribe.topic});
                 }));
               }
             }).pid();
    norn::sleep_for(1h);
  });
  simulation.node("n2", [&] {
    norn::sleep_for(1s);
    norn::Probe<Text> probe;
    ActorRef<Subscribe>(topics).tell(Subscribe{probe.ref(), "weather"});
    REQUIRE(probe.expect<Text>(2s).text == "news of weather");
    ++heard;
  });
  simulation.run_for(20s);
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
  CHECK(heard == 1);
}

TEST_CASE("a full mailbox drops the newest, or the oldest, and each is a dead letter") {
  const bool passed = norn::test::passes([] {
    for (const Overflow overflow : {Overflow::drop_newest, Overflow::drop_oldest}) {
      const auto letters = norn::subscribe_dead_letters();
      std::vector<int> found;
      const auto actor = sleeper({.capacity = 3, .overflow = overflow}, found, 1s);
      for (int i = 0; i < 8; ++i) actor.tell(Tick{i});
      norn::sleep_for(2s);
      const bool oldest = overflow == Overflow::drop_oldest;
      REQUIRE(found == (oldest ? std::vector<int>{5, 6, 7} : std::vector<int>{0, 1, 2}));
      REQUIRE(letters->size() == 5);
      const auto letter = letters->receive();
      REQUIRE(letter->why == DeadLetterWhy::mailbox_full);
      REQUIRE(letter->message_class == "Tick");
      REQUIRE(letter->to == actor.pid());
      REQUIRE(norn::Codec<Tick>::decode(letter->bytes)->number == (oldest ? 0 : 3));
      norn::exit(actor.pid(), norn::ExitKind::kill);
    }
  });
  CHECK(passed);
}

TEST_CASE("dropping the oldest does not confuse a receive that has passed it over") {
  const bool passed = norn::test::passes([] {
    std::vector<int> found;
    const auto actor = sleeper({.capacity = 2, .overflow = Overflow::drop_oldest}, found, 0s);
    norn::sleep_for(1ms);
    for (int round = 0; round < 5; ++round) {
      for (int i = 0; i < 3; ++i) actor.tell(Text{"passed over"});
      norn::yield();
      actor.tell(Tick{round});
      norn::sleep_for(1ms);
    }
    REQUIRE(found == std::vector<int>{0, 1, 2, 3, 4});
  });
  CHECK(passed);
}

TEST_CASE("back-pressure makes the sender wait for room, and ends with the actor") {
  const bool passed = norn::test::passes([] {
    int most = 0;
    int taken = 0;
    int told = 0;
    const auto slow = norn::spawn_typed<Tick>("slow",
                                              [&] {
                                                for (;;) {
                                                  norn::sleep_for(10ms);
                                                  norn::receive(norn::match<Tick>([&](const Tick&) {
                                                    most = std::max(most, told - ++taken);
                                                  }));
                                                }
                                              },
                                              {.capacity = 4, .overflow = Overflow::back_pressure});
    const norn::TimePoint before = norn::now();
    for (int i = 0; i < 50; ++i) {
      slow.tell(Tick{i});
      ++told;
    }
    REQUIRE(norn::now() - before >= 400ms);
    REQUIRE(most <= 5);
    auto blocked = norn::spawn([&] {
      for (;;) slow.tell(Tick{});
    });
    norn::sleep_for(100ms);
    blocked.cancel();
    blocked.wait();
    for (int i = 0; i < 2; ++i) {
      const bool full = i == 0;
      if (full) norn::exit(slow.pid(), norn::ExitKind::kill);
      slow.tell(Tick{});  // does not wait for an actor that is gone
    }
  });
  CHECK(passed);
}

TEST_CASE("messages to who is not there, and those never read, are dead letters") {
  const bool passed = norn::test::passes([] {
    const auto letters = norn::subscribe_dead_letters(2);
    std::vector<int> found;
    const auto actor = sleeper({}, found, 10s);
    actor.tell(Tick{1});
    norn::exit(actor.pid(), norn::ExitKind::kill);
    norn::sleep_for(1ms);
    REQUIRE(letters->receive()->why == DeadLetterWhy::never_read);
    for (int i = 2; i < 5; ++i) actor.tell(Tick{i});
    REQUIRE(letters->size() == 2);  // the oldest was lost
    const auto letter = letters->receive();
    REQUIRE(letter->why == DeadLetterWhy::no_such_actor);
    REQUIRE(norn::Codec<Tick>::decode(letter->bytes)->number == 3);
    REQUIRE(name(letter->why) == "no_such_actor");
  });
  CHECK(passed);
}

TEST_CASE("what is for an earlier life of a node is a dead letter there") {
  norn::Simulation simulation(norn::test::options());
  norn::Pid first;
  int letters_seen = 0;
  simulation.node("n1", [&] {
    std::vector<int> found;
    const auto letters = norn::subscribe_dead_letters();
    const auto actor = sleeper({}, found, 1h);
    if (!first.valid()) first = actor.pid();
    if (first != actor.pid()) {
      norn::send(first, Tick{1});
      REQUIRE(letters->receive_for(1s).has_value());
      ++letters_seen;
    }
    norn::sleep_for(1h);
  });
  simulation.run_for(1s);
  simulation.restart("n1");
  simulation.run_for(5s);
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
  CHECK(letters_seen == 1);
}

TEST_CASE("a probe expects, expects nothing, and fishes, in virtual time") {
  const bool passed = norn::test::passes([] {
    norn::Probe<Tick, Text> probe;
    auto sender = norn::spawn([ref = probe.ref()] {
      for (int i = 0; i < 5; ++i) {
        norn::sleep_for(1s);
        ref.tell(Tick{i});
      }
      ref.tell(Text{"done"});
    });
    probe.expect_none(900ms);
    REQUIRE(probe.expect<Tick>(200ms).number == 0);
    REQUIRE(probe.fish<Tick>([](const Tick& t) { return t.number == 3; }, 10s).number == 3);
    REQUIRE(probe.fish<Text>(5s).text == "done");
    REQUIRE(norn::now() == norn::TimePoint{} + 5s);
    probe.expect_none(1s);
    sender.join();
  });
  CHECK(passed);
}

TEST_CASE("a probe that does not find what it wants says so") {
  const bool passed = norn::test::passes([] {
    norn::Probe<Tick, Text> probe;
    REQUIRE_THROWS_WITH(probe.expect<Tick>(1s), "probe: no Tick came in time");
    probe.ref().tell(Text{"x"});
    REQUIRE_THROWS_WITH(probe.expect<Tick>(1s), "probe: expected Tick, but Text came");
    probe.ref().tell(Text{"x"});
    REQUIRE_THROWS_WITH(probe.expect_none(1s), "probe: expected nothing, but Text came");
    REQUIRE_THROWS_WITH(probe.fish<Tick>(1s),
                        "probe: no Tick as wanted came in time; 1 other messages were dropped");
  });
  CHECK(passed);
  // Uncaught it is a violation of the run.
  CHECK_FALSE(norn::test::passes([] { norn::Probe<Tick>().expect<Tick>(1s); }));
}
