// The corner cases of channels and select that Go's own tests look at: nil, closed, capacity zero,
// one channel in several cases, fairness, cancellation.
#include "norn/runtime/channel.hpp"

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "norn/runtime.hpp"
#include "support/catch.hpp"
#include "support/death.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;
using norn::after;
using norn::Channel;
using norn::on_done;
using norn::on_receive;
using norn::on_send;
using norn::otherwise;
using norn::test::passes;
using norn::test::simulate;

namespace {

// Whether each of some seeds passes.
bool passes_for_seeds(const std::function<void()>& body, std::uint64_t seeds = 20) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    if (simulate(body, seed).verdict != norn::Verdict::passed) return false;
  }
  return true;
}

norn::test::Death death_of_node(const std::function<void()>& body) {
  return norn::test::death_of([&body] { simulate(body); });
}

}  // namespace

TEST_CASE("close lets blocked senders go, and their values are still received in order") {
  CHECK(passes_for_seeds([] {
    for (const std::size_t capacity : {std::size_t{0}, std::size_t{1}, std::size_t{2}}) {
      Channel<int> channel(capacity);
      int sent = 0;
      norn::TaskGroup senders;
      for (int i = 0; i < 4; ++i) {
        senders.spawn([&, i] {
          norn::sleep_for(std::chrono::milliseconds(i));
          channel.send(i);
          ++sent;
        });
      }
      norn::sleep_for(10ms);
      REQUIRE(sent == static_cast<int>(capacity));
      channel.close();
      senders.join();
      REQUIRE(sent == 4);
      for (int i = 0; i < 4; ++i) REQUIRE(channel.receive() == i);
      REQUIRE_FALSE(channel.receive().has_value());
    }
  }));
}

TEST_CASE("a closed channel refuses every way to send, and says so") {
  const std::array<std::function<void(Channel<int>&)>, 4> ways = {
      [](Channel<int>& channel) { channel.send(1); },
      [](Channel<int>& channel) { static_cast<void>(channel.try_send(1)); },
      [](Channel<int>& channel) { norn::select(on_send(channel, 1, [] {})); },
      [](Channel<int>& channel) { norn::select(on_send(channel, 1, [] {}), otherwise([] {})); },
  };
  for (const auto& send : ways) {
    const auto death = death_of_node([&send] {
      Channel<int> channel(1);
      channel.close();
      send(channel);
    });
    CHECK(death.exit_code == norn::kExitInternalError);
    CHECK(death.message.find("send on a closed Channel") != std::string::npos);
  }
}

TEST_CASE("closing twice is misuse that says so") {
  const auto death = death_of_node([] {
    Channel<int> channel;
    channel.close();
    channel.close();
  });
  CHECK(death.exit_code == norn::kExitInternalError);
  CHECK(death.message.find("closed twice") != std::string::npos);
}

TEST_CASE("close wakes every receiver, whether it waits in receive or in select") {
  CHECK(passes_for_seeds([] {
    Channel<int> channel;
    int ended = 0;
    norn::TaskGroup group;
    for (int i = 0; i < 3; ++i) {
      group.spawn([&] { ended += channel.receive().has_value() ? 0 : 1; });
      group.spawn([&] {
        norn::select(on_receive(channel, [&](std::optional<int> n) { ended += n ? 0 : 1; }),
                     after(1s, [] {}));
      });
    }
    norn::sleep_for(1ms);
    const norn::TimePoint before = norn::now();
    channel.close();
    group.join();
    REQUIRE(ended == 6);
    REQUIRE(norn::now() == before);
  }));
}

TEST_CASE("a select of null channels alone waits for ever, as select {} does") {
  const norn::RunSummary run = simulate([] {
    Channel<int>* off = nullptr;
    norn::select(on_receive(off, [](auto) {}), on_send(off, 1, [] {}));
  });
  REQUIRE(run.verdict == norn::Verdict::violated);
  CHECK(run.violation->property == "no deadlock");
  CHECK(run.violation->detail.find("select") != std::string::npos);
  CHECK(passes([] {
    Channel<int>* off = nullptr;
    const bool gave_up =
        norn::select(on_receive(off, [](auto) { return false; }), after(0s, [] { return true; }));
    REQUIRE(gave_up);
    REQUIRE(norn::select(on_send(off, 1, [] { return false; }), otherwise([] { return true; })));
  }));
}

TEST_CASE("a channel may be switched off between rounds by making its pointer null") {
  CHECK(passes_for_seeds([] {
    Channel<int> left(3);
    Channel<int> right(3);
    for (int i = 0; i < 3; ++i) left.send(i);
    for (int i = 0; i < 3; ++i) right.send(i);
    left.close();
    right.close();
    Channel<int>* first = &left;
    Channel<int>* second = &right;
    int got = 0;
    while (first != nullptr || second != nullptr) {
      norn::select(
          on_receive(first, [&](std::optional<int> n) { n ? void(++got) : void(first = nullptr); }),
          on_receive(second,
                     [&](std::optional<int> n) { n ? void(++got) : void(second = nullptr); }));
    }
    REQUIRE(got == 6);
  }));
}

TEST_CASE("a select does not meet itself on a channel without capacity") {
  CHECK(passes_for_seeds([] {
    Channel<int> channel;
    const norn::TimePoint before = norn::now();
    const int what =
        norn::select(on_send(channel, 1, [] { return 1; }),
                     on_receive(channel, [](auto) { return 2; }), after(5ms, [] { return 3; }));
    REQUIRE(what == 3);
    REQUIRE(norn::now() - before == 5ms);
  }));
}

TEST_CASE("fibers that each select to send and to receive on one channel serve each other") {
  CHECK(passes_for_seeds([] {
    for (const std::size_t capacity : {std::size_t{0}, std::size_t{10}}) {
      constexpr int kRounds = 100;
      Channel<int> channel(capacity);
      std::array<int, 2> sent{};
      std::array<int, 2> received{};
      norn::TaskGroup group;
      for (std::size_t me = 0; me < 2; ++me) {
        group.spawn([&, me] {
          for (int i = 0; i < kRounds; ++i) {
            norn::select(on_send(channel, static_cast<int>(me), [&] { ++sent[me]; }),
                         on_receive(channel, [&](std::optional<int> from) {
                           ++received[me];
                           if (capacity == 0) REQUIRE(from != static_cast<int>(me));
                         }));
          }
        });
      }
      // With nobody left to meet, the last one may wait: it is let go.
      norn::sleep_for(1s);
      const int left = sent[0] + sent[1] - received[0] - received[1];
      REQUIRE(left == static_cast<int>(channel.size()));
      REQUIRE(sent[0] + sent[1] + received[0] + received[1] >= kRounds);
    }
  }));
}

TEST_CASE("one channel may stand in several cases, of which one happens") {
  CHECK(passes_for_seeds([] {
    Channel<int> channel;
    int received = 0;
    auto receiver = norn::spawn([&] {
      for (int i = 0; i < 10; ++i) {
        norn::select(on_receive(channel, [&](auto) { ++received; }),
                     on_receive(channel, [&](auto) { ++received; }),
                     on_receive(channel, [&](auto) { ++received; }));
      }
    });
    for (int i = 0; i < 10; ++i) channel.send(i);
    receiver.join();
    REQUIRE(received == 10);
    REQUIRE_FALSE(channel.try_send(1));  // none of its cases is left behind
  }));
}

TEST_CASE("without capacity a select with otherwise meets only who waits already") {
  CHECK(passes([] {
    Channel<int> channel;
    const auto try_both = [&channel] {
      return norn::select(on_receive(channel, [](std::optional<int> n) { return n.value(); }),
                          otherwise([] { return -1; }));
    };
    REQUIRE(try_both() == -1);
    auto sender = norn::spawn([&] { channel.send(7); });
    norn::sleep_for(1ms);
    REQUIRE(try_both() == 7);
    sender.join();
    REQUIRE(try_both() == -1);
  }));
}

TEST_CASE("each of two ready channels is taken about as often as the other") {
  CHECK(passes_for_seeds([] {
    constexpr int kRounds = 1000;
    std::array<Channel<int>, 2> channels{Channel<int>(1), Channel<int>(1)};
    std::array<int, 2> taken{};
    for (int i = 0; i < kRounds; ++i) {
      for (auto& channel : channels) static_cast<void>(channel.try_send(0));
      norn::select(on_receive(channels[0], [&](auto) { ++taken[0]; }),
                   on_receive(channels[1], [&](auto) { ++taken[1]; }));
    }
    REQUIRE(taken[0] + taken[1] == kRounds);
    REQUIRE(taken[0] > kRounds * 4 / 10);  // more than six standard deviations away
    REQUIRE(taken[1] > kRounds * 4 / 10);
  }));
}

TEST_CASE("every value that many send is received by one of many, once") {
  CHECK(passes_for_seeds([] {
    for (const std::size_t capacity : {std::size_t{0}, std::size_t{1}, std::size_t{16}}) {
      constexpr int kEach = 50;
      constexpr int kFibers = 5;
      Channel<int> channel(capacity);
      std::vector<int> seen(kEach * kFibers);
      norn::TaskGroup senders;
      norn::TaskGroup receivers;
      for (int f = 0; f < kFibers; ++f) {
        senders.spawn([&, f] {
          for (int i = 0; i < kEach; ++i) channel.send(f * kEach + i);
        });
        receivers.spawn([&] {
          while (const std::optional<int> n = channel.receive())
            ++seen[static_cast<std::size_t>(*n)];
        });
      }
      senders.join();
      channel.close();
      receivers.join();
      REQUIRE(seen == std::vector<int>(kEach * kFibers, 1));
    }
  }));
}

TEST_CASE("a select that is cancelled leaves nothing behind on its channels") {
  CHECK(passes_for_seeds([] {
    Channel<std::unique_ptr<int>> out;
    Channel<std::unique_ptr<int>> in;
    auto task = norn::spawn([&] {
      norn::select(on_send(out, std::make_unique<int>(1), [] {}), on_receive(in, [](auto) {}));
    });
    norn::sleep_for(1ms);
    task.cancel();
    REQUIRE(task.wait() == norn::TaskEnd::cancelled);
    REQUIRE_FALSE(out.try_receive().has_value());
    REQUIRE_FALSE(in.try_send(std::make_unique<int>(2)));
  }));
}

TEST_CASE("a context that is over already is a ready case, and none is never one") {
  CHECK(passes_for_seeds([] {
    Channel<int> empty;
    const norn::Context over = norn::Context().with_cancel();
    over.cancel();
    REQUIRE(norn::select(on_done(over, [] { return true; }), otherwise([] { return false; })));
    REQUIRE(norn::select(on_done(norn::Context(), [] { return false; }),
                         on_receive(empty, [](auto) { return false; }),
                         after(1ms, [] { return true; })));
  }));
}
