#include "norn/trace/describe.hpp"

#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "trace/trace_support.hpp"

using namespace norn::trace;
using namespace norn::trace::testing;

TEST_CASE("every kind of event has a readable line") {
  auto recorder = record_in_memory();
  recorder->name_node(1, "n1");
  recorder->name_node(2, "n2");
  const auto word = [&](std::string_view text) { return recorder->intern(text); };
  std::vector<std::string> expected;
  const auto add = [&](Event event, std::string line) {
    recorder->record(event);
    expected.push_back(std::move(line));
  };
  add({.kind = EventKind::node_start, .node = 1, .a = 1}, "n1 starts, life 1");
  add({.kind = EventKind::node_start, .node = 1, .a = 2}, "n1 restarts, life 2");
  add({.kind = EventKind::node_exit, .node = 1}, "n1 ends by itself");
  add({.kind = EventKind::node_crash, .node = 1, .a = 2}, "n1 crashes, life 2");
  add({.kind = EventKind::fiber_start, .node = 1, .a = 1, .text = word("main")},
      "fiber 1 'main' starts");
  add({.kind = EventKind::fiber_start, .node = 1, .a = 2, .b = 1},
      "fiber 2 starts, child of fiber 1 'main'");
  add({.kind = EventKind::fiber_end, .node = 1, .a = 1, .b = 1}, "fiber 1 'main' ends: killed");
  add({.kind = EventKind::fiber_block, .node = 1, .a = 2, .b = 1}, "fiber 2 blocks: receive");
  add({.kind = EventKind::timer, .node = 1, .a = 1}, "wakes fiber 1 'main'");
  const Seq send = recorder->next_seq();
  add({.kind = EventKind::send, .node = 1, .a = 2, .b = 96, .text = word("AppendEntries")},
      "n1 → n2 AppendEntries 96 B");
  add({.kind = EventKind::deliver, .node = 2, .a = send, .b = 96, .text = word("AppendEntries")},
      "n2 ← n1 AppendEntries 96 B");
  add({.kind = EventKind::drop, .node = 2, .a = send, .b = 1},
      "n1 → n2 AppendEntries 96 B dropped: partition");
  add({.kind = EventKind::drop, .node = 2, .a = 1, .b = 999},
      "message of event 1 dropped: unknown");
  add({.kind = EventKind::duplicate, .node = 1, .a = send},
      "n1 → n2 AppendEntries 96 B duplicated");
  add({.kind = EventKind::hold, .node = 1, .a = send}, "n1 → n2 AppendEntries 96 B held back");
  add({.kind = EventKind::file_op, .node = 1, .a = 2, .b = 512, .c = 64, .text = word("log")},
      "write log 64 B at 512");
  add({.kind = EventKind::file_op, .node = 1, .a = 3, .d = 5, .text = word("log")},
      "sync log failed: errno 5");
  add({.kind = EventKind::fault_begin,
       .a = 3,
       .text = word("partition"),
       .payload = bytes_of("{\"a\":1}")},
      "fault 3 begins: partition {\"a\":1}");
  add({.kind = EventKind::fault_end, .a = 3, .b = 1}, "fault 3 ends, it bit 1 time");
  add({.kind = EventKind::fault_end, .a = 3, .b = 12}, "fault 3 ends, it bit 12 times");
  add({.kind = EventKind::choice, .b = 4, .c = 2, .text = word("next fiber")},
      "choice next fiber: 2 of 4");
  add({.kind = EventKind::log, .node = 1, .a = 2, .payload = bytes_of("two\nlines")},
      "warning: two\\nlines");
  add({.kind = EventKind::state, .node = 1, .text = word("term"), .payload = bytes_of("3")},
      "term = 3");
  add({.kind = EventKind::op_call, .a = 4, .b = 7, .text = word("put"), .payload = bytes_of("[1]")},
      "client 4 calls put #7: [1]");
  add({.kind = EventKind::op_return, .a = 4, .b = 7, .c = 2}, "client 4 gets #7, unknown");
  add({.kind = EventKind::property, .a = 0, .text = word("one leader")}, "'one leader' held");
  add({.kind = EventKind::violation, .text = word("one leader"), .payload = bytes_of("n1 and n2")},
      "'one leader' is violated: n1 and n2");
  add({.kind = EventKind::disk_loss, .node = 1, .a = 2, .b = 100},
      "the disk of n1 loses 2 unsynced writes, 100 B");
  add({.kind = EventKind::run_end, .a = 1}, "the run ends: violation");
  add({.kind = EventKind::connection, .node = 1, .a = 0, .b = 80}, "listen :80");
  add({.kind = EventKind::connection, .node = 1, .a = 4, .b = 80, .c = 2, .d = 40000},
      "reset :80 ↔ n2:40000");
  REQUIRE(recorder->finish({}).ok());

  auto reader = Reader::from_bytes(recorder->bytes());
  REQUIRE(reader.ok());
  for (Seq seq = 1; seq <= expected.size(); ++seq) {
    CHECK(describe(*reader, *reader->event(seq)) == expected[seq - 1]);
  }
}

TEST_CASE("a payload is shown as JSON if it is CBOR, else as hex or text") {
  const auto cbor = nlohmann::json::to_cbor({{"term", 3}, {"entries", {1, 2}}});
  Event event;
  event.kind = EventKind::send;
  event.payload = std::as_bytes(std::span(cbor));
  event.c = 1;
  CHECK(payload_text(event) == R"({"entries":[1,2],"term":3})");
  CHECK(payload_text(event, 10) == R"({"entries")"
                                   "…");
  event.c = 0;
  CHECK(payload_text(event).substr(0, 4) == "a267");
  event.kind = EventKind::log;
  event.payload = bytes_of("hällo");
  CHECK(payload_text(event) == "hällo");
  CHECK(payload_text(event, 2) == "h…");
}

TEST_CASE("hex shows the first bytes of a long payload") {
  CHECK(hex_text(bytes_of(std::string(32, 'a'))).size() == 64);
  CHECK(hex_text(bytes_of(std::string(33, 'a'))) == hex_text(bytes_of(std::string(32, 'a'))) + "…");
}

TEST_CASE("CBOR that is none, or that is nested without end, is shown as hex") {
  CHECK(cbor_text(bytes_of("\x83\x01")) == "8301");
  CHECK(cbor_text(bytes_of("\xff")) == "ff");
  CHECK(cbor_text(std::span<const std::byte>()).empty());
  CHECK(cbor_text(bytes_of("\x9f\x01\xff")) == "[1]");
  CHECK(cbor_text(bytes_of(std::string(1'000'000, '\x81'))).substr(0, 4) == "8181");
  CHECK(cbor_text(bytes_of(std::string(1'000'000, '\x9f'))).substr(0, 4) == "9f9f");
  CHECK(cbor_text(bytes_of("\x61\xff")) == "\"\xEF\xBF\xBD\"");
  const std::string huge = "\xbb\xff\xff\xff\xff\xff\xff\xff\xff";
  CHECK(cbor_text(bytes_of(huge)) == "bbffffffffffffffff");
  Random random(9);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::byte> bytes(random.below(30));
    for (std::byte& each : bytes) each = static_cast<std::byte>(random.next());
    static_cast<void>(cbor_text(bytes));
  }
}

TEST_CASE("text is made printable") {
  CHECK(printable("a\nb\tc\x01\x7f") == "a\\nb\\tc\\x01\\x7f");
  CHECK(printable("ü → 語") == "ü → 語");
  CHECK(printable("\xff\xc3") == "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("virtual time is shown in seconds to the nanosecond") {
  CHECK(time_text(0) == "0.000000000s");
  CHECK(time_text(1'250'000'001) == "1.250000001s");
}

TEST_CASE("names of kinds are the enumerators' own") {
  CHECK(name(EventKind::op_return) == "op_return");
  CHECK(name(EventKind::run_end) == "run_end");
  CHECK(name(static_cast<EventKind>(200)) == "unknown");
  CHECK(name(DropReason::dead_sender) == "dead_sender");
  CHECK(name(FileOp::close) == "close");
  CHECK(name(ConnectionOp::timeout) == "timeout");
  CHECK(name(BlockReason::other) == "other");
}
