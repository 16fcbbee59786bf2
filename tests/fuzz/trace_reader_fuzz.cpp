// libFuzzer target: whatever the bytes are, the reader gives an error or a trace that can be walked
// and described.
//
// Hashes keep a mutated file from getting past the first check. So the input is first taken as a
// file, and then as the parts of a chunk that the decoder gets after the hashes were compared.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "norn/trace/describe.hpp"
#include "norn/trace/reader.hpp"
#include "trace/bytes.hpp"
#include "trace/decoder.hpp"
#include "trace/directory.hpp"

using namespace norn::trace;

namespace {

void as_file(std::span<const std::byte> input) {
  auto reader = Reader::from_bytes(input);
  if (!reader.ok()) return;
  static_cast<void>(reader->for_each([&](const Event& event) { describe(*reader, event); }));
}

// An interrupted trace of one chunk with right hashes and these sections.
std::vector<std::byte> forged_file(ChunkHeader header, Bytes directory, Bytes strings, Bytes events,
                                   Bytes payloads) {
  std::vector<std::byte> file;
  constexpr std::string_view kJson = "{}";
  FileHeader{.flags = 0, .json_bytes = kJson.size(), .json_hash = hash_of(as_bytes(kJson))}
      .append_to(file);
  append_bytes(file, as_bytes(kJson));
  header.directory_bytes = static_cast<std::uint32_t>(directory.size());
  header.strings_bytes = static_cast<std::uint32_t>(strings.size());
  header.events_bytes = header.events_stored = static_cast<std::uint32_t>(events.size());
  header.payloads_bytes = header.payloads_stored = static_cast<std::uint32_t>(payloads.size());
  header.flags = ChunkHeader::kPayloadsStored;
  header.directory_hash = hash_of(directory);
  header.strings_hash = hash_of(strings);
  header.events_hash = hash_of(events);
  header.payloads_hash = hash_of(payloads);
  header.running_hash = chain_hash(kEmptyHash, header);
  header.append_to(file);
  for (const Bytes part : {directory, strings, events, payloads}) append_bytes(file, part);
  return file;
}

void as_sections(std::span<const std::byte> input) {
  ByteReader in(input);
  ChunkHeader header;
  header.events = in.integer<std::uint16_t>();
  header.first_seq = 1;
  header.last_time_ns = in.integer<std::uint32_t>();
  const Bytes directory = in.take(in.integer<std::uint8_t>());
  const Bytes strings = in.take(in.integer<std::uint8_t>());
  const Bytes payloads = in.take(in.integer<std::uint8_t>());
  if (!in.ok()) return;
  const Bytes events = in.take(in.left());
  as_file(forged_file(header, directory, strings, events, payloads));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::as_bytes(std::span(data, size));
  as_file(input);
  as_sections(input);
  static_cast<void>(cbor_text(input));
  static_cast<void>(printable(as_text(input)));
  return 0;
}
