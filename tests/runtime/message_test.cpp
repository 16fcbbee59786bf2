#include "norn/runtime/message.hpp"

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "norn/runtime.hpp"
#include "support/catch.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;

namespace {

struct Add {
  using Reply = int;
  int left = 0;
  int right = 0;
};

struct Note {
  int number = 0;
};

struct Entry {
  using Reply = std::map<std::string, int>;
  std::string key;
  std::vector<int> values;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Entry, key, values)

// Bytes of another size under the name of Add.
struct Impostor {
  static constexpr std::string_view kMessageName = "Add";
  char little = 0;
};

// Two nodes: `server` runs one function, `client` the other.
norn::RunSummary between(std::function<void()> server, std::function<void()> client,
                         norn::LinkOptions links = {}) {
  norn::Simulation simulation(norn::test::options());
  simulation.links(links);
  simulation.node("server", std::move(server));
  simulation.node("client", std::move(client));
  simulation.run_for(60s);
  return simulation.summary();
}

bool passed(const norn::RunSummary& run) {
  return run.verdict == norn::Verdict::passed;
}

}  // namespace

TEST_CASE("a call brings the handler's answer back") {
  int answered = 0;
  CHECK(passed(between([] { norn::serve([](const Add& add) { return add.left + add.right; }); },
                       [&] {
                         const auto sum = norn::call("server", Add{40, 2});
                         REQUIRE(sum.ok());
                         REQUIRE(*sum == 42);
                         ++answered;
                       })));
  CHECK(answered == 1);
}

TEST_CASE("types with strings and containers travel as CBOR") {
  int answered = 0;
  CHECK(passed(between(
      [] {
        norn::serve([](const Entry& entry) {
          return std::map<std::string, int>{{entry.key, entry.values.back()}};
        });
      },
      [&] {
        const auto reply = norn::call("server", Entry{"k", {1, 2, 3}});
        REQUIRE(reply.ok());
        REQUIRE(reply->at("k") == 3);
        ++answered;
      })));
  CHECK(answered == 1);
}

TEST_CASE("a call that nobody answers ends at its deadline") {
  CHECK(passed(between([] { norn::sleep_for(1h); },
                       [] {
                         const norn::TimePoint before = norn::now();
                         const auto reply = norn::call("server", Add{}, {.timeout = 250ms});
                         REQUIRE_FALSE(reply.ok());
                         REQUIRE(reply.error().code == norn::Errc::timeout);
                         REQUIRE(norn::now() - before == 250ms);
                       })));
}

TEST_CASE("an answer that comes too late is not taken for the answer to the next call") {
  CHECK(passed(between(
      [] {
        norn::serve([](const Add& add) {
          if (add.left == 1) norn::sleep_for(300ms);
          return add.left;
        });
      },
      [] {
        REQUIRE_FALSE(norn::call("server", Add{1, 0}, {.timeout = 100ms}).ok());
        const auto second = norn::call("server", Add{2, 0}, {.timeout = 5s});
        REQUIRE(second.ok());
        REQUIRE(*second == 2);
      })));
}

TEST_CASE("a call to a name that no node has fails at once") {
  CHECK(norn::test::passes([] {
    const auto reply = norn::call("nobody", Add{});
    REQUIRE_FALSE(reply.ok());
    REQUIRE(reply.error().code == norn::Errc::unknown_node);
    norn::send("nobody", Note{1});
  }));
}

TEST_CASE("receive takes the type asked for and leaves the others queued") {
  int checked = 0;
  CHECK(passed(between(
      [&] {
        norn::sleep_for(5s);
        const auto add = norn::receive<Add>();
        REQUIRE(add.value.left == 9);
        REQUIRE(add.from == norn::Address("client"));
        REQUIRE(add.from.name() == "client");
        REQUIRE(norn::receive<Note>().value.number == 1);
        REQUIRE_FALSE(norn::receive_for<Note>(1s).ok());
        ++checked;
      },
      [] {
        norn::send("server", Note{1});
        norn::send("server", Add{9, 9});
      })));
  CHECK(checked == 1);
}

TEST_CASE("a handler may ask who sent") {
  std::string sender;
  CHECK(passed(between(
      [&] { norn::serve_for(5s, [&](const Note&, norn::Address from) { sender = from.name(); }); },
      [] { norn::send("server", Note{1}); })));
  CHECK(sender == "client");
}

TEST_CASE("bytes that are not of the type asked for are dropped, and the node lives on") {
  int answered = 0;
  CHECK(passed(between([] { norn::serve([](const Add& add) { return add.left; }); },
                       [&] {
                         norn::send("server", Impostor{});
                         norn::sleep_for(1s);
                         REQUIRE(norn::call("server", Add{3, 0}).value_or(0) == 3);
                         ++answered;
                       })));
  CHECK(answered == 1);
}

TEST_CASE("a message larger than a slot of the pool arrives whole") {
  std::size_t size = 0;
  CHECK(passed(between([&] { size = norn::receive<norn::Bytes>().value.size(); },
                       [] { norn::send("server", norn::Bytes(100'000)); })));
  CHECK(size == 100'000);
}

TEST_CASE("loss loses and duplication doubles, as often as asked") {
  int received = 0;
  const auto count = [&] { norn::serve([&](const Note&) { ++received; }); };
  const auto flood = [] {
    for (int i = 0; i < 2000; ++i) {
      norn::send("server", Note{i});
      norn::sleep_for(1ms);
    }
  };
  CHECK(passed(between(count, flood, {.latency = {}, .loss = {1, 4}, .duplicate = {0, 1}})));
  CHECK(received > 1400);
  CHECK(received < 1600);
  received = 0;
  CHECK(passed(between(count, flood, {.latency = {}, .loss = {0, 1}, .duplicate = {1, 2}})));
  CHECK(received > 2900);
  CHECK(received < 3100);
}

TEST_CASE("a full mailbox loses what comes") {
  norn::Simulation simulation(norn::test::options());
  int taken = 0;
  simulation.node("slow",
                  [&] {
                    norn::sleep_for(10s);
                    norn::serve([&](const Note&) { ++taken; });
                  },
                  {.mailbox_limit = 10});
  simulation.node("fast", [] {
    for (int i = 0; i < 100; ++i) norn::send("slow", Note{i});
  });
  simulation.run_for(20s);
  CHECK(taken == 10);
}

TEST_CASE("type names are the same without their namespaces") {
  CHECK(norn::type_name<Add>() == "Add");
  CHECK(norn::type_name<int>() == "int");
  CHECK(norn::detail::kReplyClass<Add>.name == "Add.Reply");
}
