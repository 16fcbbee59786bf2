// Scenarios that the tests of campaigns, cases, replay and the determinism check run.
#include <stdexcept>
#include <string>
#include <vector>

#include <norn/runtime/codec_json.hpp>
#include <norn/sim.hpp>

using namespace std::chrono_literals;

namespace {

struct Toss {
  int round = 0;
};

struct Shared {
  int heads_in_a_row = 0;
  int tails = 0;
};

// Tosses a coin and sends it to the other node, which counts.
void tosser(int rounds) {
  for (int round = 1; round <= rounds; ++round) {
    norn::sleep_for(1ms);
    if (norn::random().chance(1, 2)) norn::send("counter", Toss{round});
  }
}

void counter(Shared& shared) {
  for (;;) {
    const auto toss = norn::receive_for<Toss>(1500us);
    shared.heads_in_a_row = toss.ok() ? shared.heads_in_a_row + 1 : 0;
    if (!toss.ok()) ++shared.tails;
  }
}

std::uint64_t static_runs = 0;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

}  // namespace

// Breaks in a part of the seeds, and always in the same ones.
NORN_SCENARIO(explore_coin, "a coin that must not show heads too often in a row",
              {.time = 100ms,
               .faults = "calm",
               .variants = {{"fair", "it may show what it likes"}}}) {
  Shared shared;
  const bool fair = sim.variant() == "fair";
  sim.node("tosser", [] { tosser(20); });
  sim.node("counter", [&] { counter(shared); });
  sim.always(
      "no six heads in a row", [&] { return fair || shared.heads_in_a_row < 6; },
      [&] { return std::to_string(shared.heads_in_a_row) + " heads"; });
  sim.sometimes("tails", [&] { return shared.tails > 0; });
  sim.sometimes("a coin on its edge", [] { return false; });
  sim.run();
}

NORN_SCENARIO(explore_throws, "throws in one seed of three", {.time = 10ms, .faults = "calm"}) {
  sim.node("one", [] { norn::sleep_for(1ms); });
  sim.run();
  if (sim.seed() % 3 == 0)
    throw std::runtime_error("seed " + std::to_string(sim.seed()) + " is a multiple of 3");
}

// Not deterministic from the second run of the process on.
NORN_SCENARIO(explore_static, "remembers how often it ran", {.time = 10ms, .faults = "calm"}) {
  const std::uint64_t run = static_runs++;
  sim.node("forgetful", [] { norn::sleep_for(1ms); });
  sim.node("mindful", [=] {
    norn::sleep_for(2ms);
    norn::log("run " + std::to_string(run));
  });
  sim.run();
}

// Ends the whole process in seed 3.
NORN_SCENARIO(explore_crash, "crashes the process that runs it",
              {.time = 10ms,
               .faults = "calm",
               .variants = {{"assertion", "misuses Norn"},
                            {"segmentation-fault", "reads from nowhere"}}}) {
  const bool now = sim.seed() == 3;
  const std::string how = sim.variant();
  sim.node("doomed", [=] {
    norn::sleep_for(1ms);
    if (now && how == "assertion") (void)norn::random().below(0);
    static const volatile int* nowhere = nullptr;
    if (now && how == "segmentation-fault") norn::log(std::to_string(*nowhere));
  });
  sim.run();
}

// Never ends, or takes more and more memory, in seed 3.
NORN_SCENARIO(explore_greedy, "takes all the time or memory that there is",
              {.time = 10ms,
               .faults = "calm",
               .variants = {{"spins", "never blocks again"}, {"hoards", "takes 1 GiB"}}}) {
  constexpr std::size_t kPiece = 1U << 20U;
  constexpr std::size_t kPieces = 1024;
  const bool now = sim.seed() == 3;
  const std::string how = sim.variant();
  sim.node("glutton", [=] {
    norn::sleep_for(1ms);
    for (volatile bool more = now && how == "spins"; more;) {
    }
    std::vector<std::string> hoard;
    while (now && how == "hoards" && hoard.size() < kPieces) hoard.emplace_back(kPiece, 'x');
  });
  sim.run();
}

namespace {

constexpr std::uint16_t kEchoPort = 7000;
constexpr std::uint16_t kTickPort = 7001;
// What a page or a terminal must show and never obey.
constexpr std::string_view kHostile =
    "</script><script>window.hacked=1</script><img src=x "
    "onerror=\"window.hacked=2\">\u2028<!--'`${1}";

struct Note {
  std::string text;
};

void echo_service() {
  auto listener = norn::TcpListener::listen(kEchoPort);
  for (;;) {
    auto stream = listener->accept();
    if (!stream.ok()) return;
    std::vector<std::byte> buffer(1000);
    for (auto count = stream->read(buffer); count.ok() && *count > 0; count = stream->read(buffer))
      if (!stream->write_all(std::span(buffer).first(*count)).ok()) break;
  }
}

void count_ticks() {
  auto socket = norn::UdpSocket::bind(kTickPort);
  std::vector<std::byte> buffer(100);
  for (int ticks = 1;; ++ticks) {
    if (!socket->receive_from(buffer).ok()) return;
    norn::publish("ticks", ticks);
    if (ticks == 2) norn::publish("role", kHostile);
  }
}

void talk(int rounds) {
  auto socket = norn::UdpSocket::bind(0);
  auto stream = norn::TcpStream::connect("server", kEchoPort);
  if (!stream.ok()) return;
  for (int round = 1; round <= rounds; ++round) {
    const std::string line = "line " + std::to_string(round) + " of the stream\n";
    if (!stream->write_all(std::as_bytes(std::span(line))).ok()) return;
    std::vector<std::byte> back(line.size());
    if (!stream->read_exactly(back).ok()) return;
    (void)socket->send_to(std::as_bytes(std::span(line)), "server", kTickPort);
    norn::send("listener", Note{std::string(kHostile)});
    norn::log(std::string(kHostile));
    norn::sleep_for(5ms);
  }
}

}  // namespace

// Streams, datagrams and messages between three nodes, over links that lose and copy some.
NORN_SCENARIO(explore_sockets, "talks over streams, datagrams and messages",
              {.time = 2s,
               .faults = "calm",
               .variants = {{"breaks", "says that it broke, in the words of an enemy"}}}) {
  const norn::TimePoint end(sim.variant() == "breaks" ? 200ms : 1h);
  sim.links({.loss = {1, 20}, .duplicate = {1, 10}});
  sim.node("server", [] {
    norn::spawn("ticks", count_ticks).detach();
    echo_service();
  });
  sim.node("talker", [] { talk(40); });
  sim.node("listener", [] {
    for (;;) (void)norn::receive<Note>();
  });
  sim.always(
      "the talker is unhurt", [&] { return sim.now() < end; },
      [] { return std::string(kHostile); });
  sim.run();
}
