// Traces that are cut, altered, foreign or made by an enemy: an error with the place, or a valid
// beginning; never a crash.
#include <nlohmann/json.hpp>
#include <string>

#include "norn/trace/describe.hpp"
#include "norn/trace/reader.hpp"
#include "norn/trace/recorder.hpp"
#include "support/catch.hpp"
#include "trace/decoder.hpp"
#include "trace/directory.hpp"
#include "trace/format.hpp"
#include "trace/trace_support.hpp"

using namespace norn::trace;
using namespace norn::trace::testing;

namespace {

// The complaint about some bytes; empty if they are a whole, sound trace.
std::string complaint_about(std::span<const std::byte> bytes) {
  auto reader = Reader::from_bytes(bytes, "t.norn");
  if (!reader.ok()) return reader.error().message;
  auto verified = reader->verify();
  if (!verified.ok()) return verified.error().message;
  return reader->complete() ? "" : reader->incomplete_reason();
}

std::string complaint_about(std::string_view text) {
  return complaint_about(bytes_of(text));
}

bool names_the_place(const std::string& complaint) {
  return complaint.find("t.norn: byte ") == 0 && complaint.find('\n') == std::string::npos;
}

std::vector<std::byte> unfinished_trace() {
  TemporaryDirectory directory;
  const std::string path = directory.file("t.norn");
  {
    auto recorder = must_open({.mode = RecorderOptions::Mode::file, .path = path});
    Storyteller teller(*recorder, 3, 2);
    teller.tell(24);
  }
  return read_file(path + ".partial");
}

}  // namespace

TEST_CASE("a trace in which any byte is altered is refused") {
  RecorderOptions options;
  options.compress = GENERATE(false, true);
  const auto sound = small_trace(options);
  REQUIRE(complaint_about(sound).empty());
  for (std::size_t i = 0; i < sound.size(); ++i) {
    for (const unsigned flip : {0x01U, 0x80U, 0xFFU}) {
      auto altered = sound;
      altered[i] ^= static_cast<std::byte>(flip);
      const std::string complaint = complaint_about(altered);
      INFO("byte " << i << " of " << sound.size() << " with " << flip << ": " << complaint);
      REQUIRE(names_the_place(complaint));
    }
  }
}

TEST_CASE("an interrupted trace in which any byte is altered is refused") {
  const auto sound = unfinished_trace();
  REQUIRE(complaint_about(sound).find("the recording was interrupted") == 0);
  for (std::size_t i = 0; i < sound.size(); ++i) {
    auto altered = sound;
    altered[i] ^= std::byte{0x41};
    const std::string complaint = complaint_about(altered);
    INFO("byte " << i << " of " << sound.size() << ": " << complaint);
    REQUIRE(names_the_place(complaint));
  }
}

TEST_CASE("a finished trace that is cut anywhere is refused") {
  const auto sound = small_trace();
  for (std::size_t size = 0; size < sound.size(); ++size) {
    const std::string complaint = complaint_about(std::span(sound).first(size));
    INFO("cut at " << size << ": " << complaint);
    REQUIRE(names_the_place(complaint));
  }
}

TEST_CASE("an interrupted trace that is cut anywhere gives what is whole") {
  const auto sound = unfinished_trace();
  auto reader = Reader::from_bytes(sound);
  REQUIRE(reader.ok());
  const std::uint64_t first_chunk = reader->chunk(0).offset;
  for (std::size_t size = 0; size < sound.size(); ++size) {
    auto part = Reader::from_bytes(std::span(sound).first(size));
    INFO("cut at " << size);
    REQUIRE(part.ok() == (size >= first_chunk));
    if (part.ok()) {
      CHECK(!part->complete());
      CHECK(part->events() == 0);
    }
  }
}

TEST_CASE("a trace with bytes behind its end is refused") {
  auto longer = small_trace();
  longer.push_back(std::byte{0});
  CHECK(names_the_place(complaint_about(longer)));
}

TEST_CASE("what is no trace is named for what it is") {
  CHECK(complaint_about("") == "t.norn: byte 0: the file is empty");
  CHECK(complaint_about("{\"scenario\": \"raft\"}") == "t.norn: byte 0: this is not a Norn trace");
  CHECK(complaint_about("x") == "t.norn: byte 0: this is not a Norn trace");
  CHECK(complaint_about("\x8ENOR") ==
        "t.norn: byte 4: the file ends here too early: it was cut short");
  CHECK(complaint_about("\x8ENORN\n\x1A and more than forty bytes of something") ==
        "t.norn: byte 0: this is not a Norn trace");
}

TEST_CASE("a trace of a newer version is refused with advice") {
  auto newer = small_trace();
  newer[8] = static_cast<std::byte>(kSchemaVersion + 1);
  CHECK(complaint_about(newer) ==
        "t.norn: byte 8: schema version 2 is newer than this program knows (1): use a newer norn, "
        "or the "
        "file is damaged");
}

TEST_CASE("the decoder survives any bytes") {
  Random random(17);
  Decoder decoder;
  std::vector<Event> events(300);
  int sound = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::byte> bytes(random.below(200) + encoding::kMaxRecord);
    for (std::byte& each : bytes) each = static_cast<std::byte>(random.next());
    std::vector<std::byte> payloads(random.below(50));
    ChunkParts parts;
    parts.events = Bytes(bytes).first(bytes.size() - encoding::kMaxRecord);
    parts.payloads = payloads;
    for (NodeId node = 0; node < 200; ++node) parts.nodes.push_back({.node = node, .state = {}});
    ChunkHeader header;
    header.events = static_cast<std::uint32_t>(random.below(200));
    header.first_seq = random.of_any_size(40);
    header.payloads_bytes = static_cast<std::uint32_t>(payloads.size());
    header.flags = ChunkHeader::kPayloadsStored;
    decoder.start(header, parts, 10);
    std::size_t count = 0;
    while (const std::size_t more = decoder.next(events)) count += more;
    REQUIRE(count <= header.events);
    sound += decoder.complaint() == nullptr;
  }
  CHECK(sound < 100);
}

TEST_CASE("the directory reader survives any bytes") {
  Random random(18);
  std::vector<ConcernedNode> nodes;
  for (int round = 0; round < 50'000; ++round) {
    std::vector<std::byte> bytes(random.below(40));
    for (std::byte& each : bytes) each = static_cast<std::byte>(random.next() >> random.below(64));
    const std::uint64_t events = random.below(1000);
    static_cast<void>(read_directory(bytes, events, nodes));
    REQUIRE(nodes.size() <= events + 1);
  }
}

TEST_CASE("altered bytes with matching hashes do not get past the decoder") {
  // An enemy can compute hashes. Alter the events of a chunk and make all hashes right again.
  const auto sound = small_trace();
  auto reader = Reader::from_bytes(sound);
  REQUIRE(reader.ok());
  int refused = 0;
  int accepted = 0;
  const auto parsed = ChunkHeader::parse(std::span(sound).subspan(reader->chunk(0).offset));
  REQUIRE(parsed);
  const std::size_t body = reader->chunk(0).offset + ChunkHeader::kSize;
  const std::size_t begin = body + parsed->directory_bytes + parsed->strings_bytes;
  for (std::size_t i = 0; i < parsed->events_bytes; ++i) {
    for (unsigned value = 0; value < 256; value += 3) {
      auto altered = sound;
      altered[begin + i] = static_cast<std::byte>(value);
      ChunkHeader header = *parsed;
      header.events_hash = hash_of(Bytes(altered).subspan(begin, header.events_bytes));
      header.running_hash = chain_hash(kEmptyHash, header);
      // As an interrupted trace: one chunk and nothing more.
      std::vector<std::byte> file;
      const std::size_t json = reader->chunk(0).offset - FileHeader::kSize;
      const auto text = Bytes(sound).subspan(FileHeader::kSize, json);
      FileHeader{.flags = 0, .json_bytes = json, .json_hash = hash_of(text)}.append_to(file);
      file.insert(file.end(), text.begin(), text.end());
      header.append_to(file);
      file.insert(file.end(), altered.begin() + static_cast<std::ptrdiff_t>(body),
                  altered.begin() + static_cast<std::ptrdiff_t>(body + header.body_bytes()));
      auto forged = Reader::from_bytes(file);
      REQUIRE(forged.ok());
      std::vector<std::string> lines;
      const auto walked =
          forged->for_each([&](const Event& event) { lines.push_back(describe(*forged, event)); });
      ++(walked.ok() ? accepted : refused);
    }
  }
  CHECK(refused > 1000);
  CHECK(accepted > 0);  // another time or another name is still a trace
}
