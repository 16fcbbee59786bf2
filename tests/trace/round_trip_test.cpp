#include <nlohmann/json.hpp>

#include "norn/trace/reader.hpp"
#include "norn/trace/recorder.hpp"
#include "support/catch.hpp"
#include "trace/trace_support.hpp"

using namespace norn::trace;
using namespace norn::trace::testing;

namespace {

void require_same_events(const Reader& reader, const std::deque<Event>& expected) {
  REQUIRE(reader.events() == expected.size());
  std::size_t at = 0;
  std::size_t different = 0;
  const auto walked = reader.for_each([&](const Event& event) {
    if (at < expected.size() && !same(event, expected[at]) && ++different <= 3) {
      UNSCOPED_INFO("got      " << text_of(event) << "\nexpected " << text_of(expected[at]));
    }
    ++at;
  });
  if (!walked.ok()) FAIL(walked.error().message);
  REQUIRE(at == expected.size());
  REQUIRE(different == 0);
}

}  // namespace

TEST_CASE("what was recorded is read back, whatever it was") {
  const auto seed = GENERATE(range(0, 40));
  const std::uint32_t nodes[] = {1, 2, 5, 40, 300, 100'000};
  RecorderOptions options;
  options.compress = seed % 3 == 0;
  auto recorder = record_in_memory(options);
  Storyteller teller(*recorder, static_cast<std::uint64_t>(seed), nodes[seed % 6]);
  teller.tell(3000);
  REQUIRE(recorder->finish({{"seed", seed}}).ok());

  auto reader = Reader::from_bytes(recorder->bytes());
  REQUIRE(reader.ok());
  CHECK(reader->complete());
  CHECK(reader->hash() == recorder->hash());
  CHECK(reader->encoded_bytes() == recorder->encoded_bytes());
  CHECK(reader->header()["scenario"] == "test");
  CHECK(reader->header()["schema"] == kSchemaVersion);
  CHECK(reader->result()["seed"] == seed);
  require_same_events(*reader, teller.expected());
  CHECK(reader->verify().ok());
}

TEST_CASE("a recording of many chunks is read back, alone chunk by chunk too") {
  RecorderOptions options;
  options.compress = GENERATE(false, true);
  auto recorder = record_in_memory(options);
  Storyteller teller(*recorder, 11, 60);
  teller.tell(300'000);
  REQUIRE(recorder->finish({}).ok());

  auto reader = Reader::from_bytes(recorder->bytes());
  REQUIRE(reader.ok());
  REQUIRE(reader->chunk_count() > 5);
  require_same_events(*reader, teller.expected());
  // Backwards, so that no state of a chunk before can help.
  for (std::size_t i = reader->chunk_count(); i-- > 0;) {
    Chunk chunk;
    REQUIRE(reader->decode(i, chunk).ok());
    const ChunkInfo info = reader->chunk(i);
    REQUIRE(chunk.events().size() == info.events);
    std::size_t different = 0;
    for (const Event& event : chunk.events())
      different += !same(event, teller.expected()[event.seq - 1]);
    CHECK(different == 0);
    CHECK(chunk.events().front().time_ns == info.first_time_ns);
    CHECK(chunk.events().back().time_ns == info.last_time_ns);
  }
}

TEST_CASE("every kind of event keeps all its fields") {
  auto recorder = record_in_memory();
  const StringId text = recorder->intern("text");
  std::deque<Event> expected;
  for (int kind = 1; kind < kEventKinds; ++kind) {
    Event event;
    event.kind = static_cast<EventKind>(kind);
    event.node = 3;
    event.fiber = 5;
    event.a = 1;
    event.b = 2;
    event.c = 0xFFFF'FFFF'FFFF'FFFF;
    event.d = 4;
    event.text = text;
    event.payload = bytes_of("payload");
    event.cause = recorder->next_seq() - 1;
    event.seq = recorder->record(event);
    event.incarnation = 1;  // the first event is the node's start
    expected.push_back(event);
  }
  REQUIRE(recorder->finish({}).ok());
  auto reader = Reader::from_bytes(recorder->bytes());
  REQUIRE(reader.ok());
  require_same_events(*reader, expected);
}

TEST_CASE("a message may be on its way for twenty million events") {
  auto recorder = record_in_memory({.store_payloads = false});
  const StringId name = recorder->intern("Slow");
  recorder->set_context(1, 1, 0);
  const Seq slow = recorder->send(2, name, bytes_of("abc"), false);
  constexpr std::uint64_t kBetween = 20'000'000;
  for (std::uint64_t i = 0; i < kBetween; ++i) recorder->send(2, name, bytes_of("abc"), false);
  const Seq delivery = recorder->deliver(slow, 2, name, 3);
  recorder->set_context(2, 2, delivery);
  const Seq answer = recorder->send(1, name, bytes_of("abc"), false);
  const Seq timer = recorder->timer(1, 1, slow);
  REQUIRE(recorder->finish({}).ok());

  auto reader = Reader::from_bytes(recorder->bytes());
  REQUIRE(reader.ok());
  CHECK(reader->events() == kBetween + 4);
  CHECK(reader->event(delivery)->a == slow);
  CHECK(reader->event(delivery)->node == 2);
  CHECK(reader->event(delivery)->b == 3);
  CHECK(reader->event(answer)->cause == delivery);
  CHECK(reader->event(answer)->fiber == 2);
  CHECK(reader->event(timer)->cause == slow);
  CHECK(reader->event(timer)->a == 1);
}

TEST_CASE("payloads of any size up to the limit are kept") {
  auto recorder = record_in_memory();
  std::deque<Event> expected;
  Random random(5);
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{65'536}, std::size_t{1'048'575},
        std::size_t{1'048'576}, std::size_t{1'048'577}, std::size_t{5'000'000},
        encoding::kMaxPayload, std::size_t{3}}) {
    static std::deque<std::vector<std::byte>> kept;
    auto& payload = kept.emplace_back(size);
    for (std::byte& each : payload) each = static_cast<std::byte>(random.next());
    Event event;
    event.kind = EventKind::log;
    event.payload = payload;
    event.seq = recorder->record(event);
    expected.push_back(event);
  }
  REQUIRE(recorder->finish({}).ok());
  auto reader = Reader::from_bytes(recorder->bytes());
  REQUIRE(reader.ok());
  require_same_events(*reader, expected);
}
