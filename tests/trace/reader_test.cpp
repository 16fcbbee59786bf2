#include "norn/trace/reader.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "norn/trace/recorder.hpp"
#include "support/catch.hpp"
#include "trace/trace_support.hpp"

using namespace norn::trace;
using namespace norn::trace::testing;
using Mode = RecorderOptions::Mode;

namespace {

// Two nodes send to each other for `events` events, one a microsecond.
void talk(Recorder& recorder, std::uint64_t events) {
  const StringId name = recorder.intern("Ping");
  for (std::uint64_t i = 0; i < events; i += 2) {
    const NodeId from = i % 4 == 0 ? 1 : 2;
    recorder.set_time(static_cast<std::int64_t>(i) * 1000);
    recorder.set_context(from, from, 0);
    const Seq send = recorder.send(3 - from, name, bytes_of("abcd"), false);
    recorder.set_time(static_cast<std::int64_t>(i + 1) * 1000);
    recorder.deliver(send, 3 - from, name, 4);
  }
}

std::uint64_t count_events(const Reader& reader) {
  std::uint64_t count = 0;
  REQUIRE(reader.for_each([&](const Event&) { ++count; }).ok());
  return count;
}

}  // namespace

TEST_CASE("an event is found by its number, a chunk by number, time and node") {
  auto recorder = record_in_memory();
  talk(*recorder, 200'000);
  recorder->record({.kind = EventKind::log, .node = 7});
  REQUIRE(recorder->finish({}).ok());
  auto reader = Reader::from_bytes(recorder->bytes());
  REQUIRE(reader.ok());
  REQUIRE(reader->chunk_count() == 4);
  CHECK(reader->first_time_ns() == 0);
  CHECK(reader->last_time_ns() == 199'999'000);
  CHECK(reader->chunk(1).first_seq == 65'537);
  CHECK(reader->chunk_of(0) == 4);
  CHECK(reader->chunk_of(1) == 0);
  CHECK(reader->chunk_of(65'536) == 0);
  CHECK(reader->chunk_of(65'537) == 1);
  CHECK(reader->chunk_of(200'001) == 3);
  CHECK(reader->chunk_of(200'002) == 4);
  CHECK(reader->chunk_at(0) == 0);
  CHECK(reader->chunk_at(65'535'000) == 0);
  CHECK(reader->chunk_at(65'535'001) == 1);
  CHECK(reader->chunk_at(200'000'000) == 4);
  CHECK(reader->chunk_concerns(0, 1));
  CHECK(!reader->chunk_concerns(0, 7));
  CHECK(reader->chunk_concerns(3, 7));
  for (const Seq seq : {Seq{1}, Seq{150'000}, Seq{65'536}, Seq{65'537}, Seq{2}, Seq{199'999}}) {
    const auto event = reader->event(seq);
    REQUIRE(event.ok());
    CHECK(event->seq == seq);
    CHECK(event->time_ns == static_cast<std::int64_t>(seq - 1) * 1000);
  }
  CHECK(reader->event(0).error().code == norn::Errc::not_found);
  CHECK(reader->event(200'002).error().code == norn::Errc::not_found);
}

TEST_CASE("a walk may begin at any chunk and end at any event") {
  auto recorder = record_in_memory();
  talk(*recorder, 200'000);
  REQUIRE(recorder->finish({}).ok());
  auto reader = Reader::from_bytes(recorder->bytes());
  REQUIRE(reader.ok());
  std::vector<Seq> seen;
  REQUIRE(reader
              ->for_each(
                  [&](const Event& event) {
                    seen.push_back(event.seq);
                    return seen.size() < 3;
                  },
                  2)
              .ok());
  CHECK(seen == std::vector<Seq>{131'073, 131'074, 131'075});
  CHECK(reader->for_each([](const Event&) { FAIL("there is no such chunk"); }, 99).ok());
}

TEST_CASE("a fiber is found by its number, with its name and node") {
  auto recorder = record_in_memory();
  FiberId fiber = 0;
  const auto start = [&](NodeId node, std::string_view name) {
    recorder->record({.kind = EventKind::fiber_start,
                      .node = node,
                      .a = ++fiber,
                      .b = 1,
                      .text = recorder->intern(name)});
  };
  start(1, "main");
  start(2, "ticker");
  talk(*recorder, 100'000);
  start(1, "later");
  REQUIRE(recorder->finish({}).ok());
  auto reader = Reader::from_bytes(recorder->bytes());
  REQUIRE(reader.ok());
  CHECK(!reader->fiber(0));
  REQUIRE(reader->fiber(2));
  CHECK(reader->string(reader->fiber(2)->name) == "ticker");
  CHECK(reader->fiber(2)->node == 2);
  CHECK(reader->fiber(2)->started == 2);
  REQUIRE(reader->fiber(3));
  CHECK(reader->string(reader->fiber(3)->name) == "later");
  CHECK(reader->fiber(3)->started == 100'003);
  CHECK(!reader->fiber(4));
}

TEST_CASE("nodes have the names that the recorder gave, else those of the header") {
  auto recorder = Recorder::open({.mode = Mode::memory}, {{"nodes", {"a", {{"name", "b"}}, 3}}});
  REQUIRE(recorder.ok());
  (*recorder)->name_node(2, "bee");
  (*recorder)->name_node(9, "nine");
  REQUIRE((*recorder)->finish({}).ok());
  auto reader = Reader::from_bytes((*recorder)->bytes());
  REQUIRE(reader.ok());
  CHECK(reader->node_name(0) == "simulation");
  CHECK(reader->node_name(1) == "a");
  CHECK(reader->node_name(2) == "bee");
  CHECK(reader->node_name(3) == "node 3");
  CHECK(reader->node_name(9) == "nine");
  CHECK(reader->node_count() == 9);
  CHECK(reader->find_node("bee") == NodeId{2});
  CHECK(reader->find_node("node 3") == NodeId{3});
  CHECK(!reader->find_node("b"));
}

TEST_CASE("the life that an event belongs to is known in every chunk") {
  auto recorder = record_in_memory();
  recorder->record({.kind = EventKind::node_start, .node = 1, .a = 1});
  recorder->record({.kind = EventKind::node_start, .node = 2, .a = 1});
  talk(*recorder, 100'000);
  recorder->record({.kind = EventKind::node_start, .node = 2, .a = 2});
  recorder->set_context(2, 2, 0);
  const Seq after = recorder->send(1, 0, {}, false);
  REQUIRE(recorder->finish({}).ok());
  auto reader = Reader::from_bytes(recorder->bytes());
  REQUIRE(reader.ok());
  REQUIRE(reader->chunk_count() == 2);
  Chunk chunk;
  REQUIRE(reader->decode(1, chunk).ok());
  CHECK(chunk.events().front().incarnation == 1);
  CHECK(reader->event(after)->incarnation == 2);
  CHECK(reader->event(1)->incarnation == 1);
}

TEST_CASE("without stored payloads all else is there") {
  auto recorder = record_in_memory({.store_payloads = false});
  talk(*recorder, 10);
  REQUIRE(recorder->finish({}).ok());
  auto reader = Reader::from_bytes(recorder->bytes());
  REQUIRE(reader.ok());
  CHECK(!reader->has_payloads());
  CHECK(reader->event(1)->b == 4);
  CHECK(reader->event(1)->payload.empty());
  CHECK(reader->verify().ok());
}

TEST_CASE("an empty recording is a trace too") {
  auto recorder = record_in_memory();
  REQUIRE(recorder->finish({{"verdict", "passed"}}).ok());
  auto reader = Reader::from_bytes(recorder->bytes());
  REQUIRE(reader.ok());
  CHECK(reader->complete());
  CHECK(reader->events() == 0);
  CHECK(count_events(*reader) == 0);
  CHECK(reader->verify().ok());
}

TEST_CASE("an abandoned recording is kept whole, and says that it was interrupted") {
  TemporaryDirectory directory;
  const std::string path = directory.file("trace.norn");
  {
    auto recorder = must_open({.mode = Mode::file, .path = path});
    recorder->name_node(1, "n1");
    talk(*recorder, 70'000);
  }
  CHECK(!std::filesystem::exists(path));
  auto reader = Reader::open(path + ".partial");
  REQUIRE(reader.ok());
  CHECK(!reader->complete());
  CHECK(reader->incomplete_reason().find(
            "the recording was interrupted: 2 whole chunks with 70000 events") == 0);
  CHECK(reader->result().is_null());
  CHECK(reader->node_name(1) == "n1");
  CHECK(count_events(*reader) == 70'000);
}

TEST_CASE("a recording whose process was killed opens up to its last whole chunk") {
  TemporaryDirectory directory;
  const std::string path = directory.file("trace.norn");
  {
    auto recorder = must_open({.mode = Mode::file, .path = path});
    talk(*recorder, 200'000);
  }
  const auto whole = read_file(path + ".partial");
  auto reader = Reader::from_bytes(whole);
  REQUIRE(reader.ok());
  REQUIRE(reader->chunk_count() == 4);
  for (std::size_t chunks = 0; chunks < 4; ++chunks) {
    const std::uint64_t begins = reader->chunk(chunks).offset;
    const std::uint64_t length = reader->chunk(chunks).stored_bytes;
    const std::vector<std::uint64_t> pieces{0, 1, 119, 120, length / 2, length - 1};
    for (const std::uint64_t more : pieces) {
      auto part = Reader::from_bytes(std::span(whole).first(begins + more));
      REQUIRE(part.ok());
      CHECK(!part->complete());
      CHECK(part->chunk_count() == chunks);
      CHECK(count_events(*part) == chunks * 65'536);
      CHECK(part->verify().ok());
    }
  }
  auto zeros = whole;
  std::fill(zeros.begin() + static_cast<std::ptrdiff_t>(reader->chunk(2).offset), zeros.end(),
            std::byte{0});
  auto part = Reader::from_bytes(zeros);
  REQUIRE(part.ok());
  CHECK(count_events(*part) == 2 * 65'536);
  CHECK(part->incomplete_reason().find("then zeros at byte") != std::string::npos);
}

TEST_CASE("a file that cannot be read is an error that names it") {
  const auto missing = Reader::open("/no/such/trace.norn");
  REQUIRE(!missing.ok());
  CHECK(missing.error().code == norn::Errc::not_found);
  CHECK(missing.error().message ==
        "/no/such/trace.norn: cannot be read: No such file or directory");
  CHECK(Reader::open("/").error().message == "/: cannot be read: Is a directory");
  CHECK(Reader::open("/dev/null").error().message == "/dev/null: is not a regular file");
}
