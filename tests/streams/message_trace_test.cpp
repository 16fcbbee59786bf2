// What a trace tells of messages: the name of their type and what is in them.
#include <string>
#include <vector>

#include "norn/actors.hpp"
#include "norn/runtime.hpp"
#include "norn/runtime/codec_json.hpp"
#include "norn/trace/describe.hpp"
#include "norn/trace/reader.hpp"
#include "support/catch.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;

namespace {

struct Order {
  std::string item;
  int count = 1;
};

// The lines of all messages sent in a simulation.
std::vector<std::string> sends(norn::Simulation& simulation) {
  const norn::RunSummary run = simulation.summary();
  REQUIRE(run.recording != nullptr);
  const auto reader = norn::trace::Reader::from_bytes(*run.recording);
  REQUIRE(reader.ok());
  std::vector<std::string> lines;
  for (norn::trace::Seq seq = 1; seq <= run.events; ++seq) {
    const auto event = reader->event(seq);
    REQUIRE(event.ok());
    if (event->kind == norn::trace::EventKind::send)
      lines.push_back(norn::trace::describe(*reader, *event) + norn::trace::payload_text(*event));
  }
  return lines;
}

bool tells(const std::vector<std::string>& lines, const std::string& name,
           const std::string& content) {
  for (const std::string& line : lines) {
    if (line.find(name) != std::string::npos && line.find(content) != std::string::npos)
      return true;
  }
  return false;
}

norn::SimOptions recorded() {
  norn::SimOptions options = norn::test::options();
  options.trace.mode = norn::trace::RecorderOptions::Mode::memory;
  return options;
}

}  // namespace

TEST_CASE("a message between nodes is in the trace with its name and its content") {
  norn::Simulation simulation(recorded());
  simulation.node("shop", [] { norn::receive<Order>(); });
  simulation.node("ada", [] { norn::send("shop", Order{.item = "nut", .count = 3}); });
  simulation.run_for(1s);
  CHECK(tells(sends(simulation), "Order", R"({"count":3,"item":"nut"})"));
}

TEST_CASE("so is a message between actors") {
  norn::Simulation simulation(recorded());
  norn::Pid shop;
  simulation.node("n1", [&] {
    shop =
        norn::spawn_actor("shop", [] { norn::receive(norn::match<Order>([](const Order&) {})); });
    norn::sleep_for(1s);
  });
  simulation.node("n2", [&] {
    norn::sleep_for(1ms);
    norn::send(shop, Order{.item = "bolt", .count = 4});
    norn::sleep_for(1s);
  });
  simulation.run_for(1s);
  const std::vector<std::string> lines = sends(simulation);
  INFO((lines.empty() ? "nothing sent" : lines.front()));
  CHECK(tells(lines, "Order", R"({"count":4,"item":"bolt"})"));
}
