#include "model/describe.hpp"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "viewer/support/trace_builder.hpp"

namespace norn::viewer {

using test::kMs;
using test::TraceBuilder;
using trace::Seq;

namespace {

std::string field(const EventText& text, const std::string& name) {
  const auto found = std::find_if(text.fields.begin(), text.fields.end(),
                                  [&](const auto& f) { return f.first == name; });
  return found == text.fields.end() ? "" : found->second;
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

}  // namespace

TEST_CASE("a delivery says from whom, how long it took and what it carried") {
  TraceBuilder build({"n1", "n2"});
  const Seq sent = build.at(1 * kMs).send(1, 2, "Vote", 0, R"({"term":3})");
  const Seq got = build.at(3 * kMs).deliver(2, sent);
  const Seq lost = build.drop(2, build.send(1, 2, "Vote"), trace::DropReason::partition);
  const TraceModel model = build.model();
  const EventText text = describe(model, model.events().index_of(got));
  CHECK(text.title == "receive Vote from n1");
  CHECK(field(text, "latency") == "2 ms");
  CHECK(field(text, "time") == "0.003 s");
  CHECK(text.payload_form == "JSON");
  CHECK(text.payload.find("\"term\": 3") != std::string::npos);
  CHECK(title_of(model, model.events().index_of(sent)) == "send Vote to n2");
  CHECK(title_of(model, model.events().index_of(lost)) == "Vote from n1 lost: partition");
}

TEST_CASE("every kind of event has a title and fields, whatever its numbers") {
  for (int kind = 0; kind < trace::kEventKinds; ++kind) {
    TraceBuilder build({"n1"});
    build.source().events.push_back({.seq = 1,
                                     .kind = static_cast<trace::EventKind>(kind),
                                     .node = 1,
                                     .a = ~0ULL,
                                     .b = 200,
                                     .c = 99,
                                     .d = 5,
                                     .text = 777});
    const TraceModel model = build.model();
    const EventText text = describe(model, 0);
    CAPTURE(kind);
    CHECK(text.fields.size() >= 3);
  }
}

TEST_CASE("payloads are decoded as CBOR, JSON, text or bytes") {
  const auto cbor = nlohmann::json::to_cbor({{"key", "x"}, {"value", 7}});
  const DecodedPayload decoded = decode_payload(std::as_bytes(std::span(cbor)), true);
  CHECK(decoded.form == "CBOR");
  CHECK(decoded.text == "{\n  \"key\": \"x\",\n  \"value\": 7\n}");
  CHECK(decode_payload(bytes_of("[1]"), false).form == "JSON");
  CHECK(decode_payload(bytes_of("elected in term 3"), false).form == "text");
  CHECK(decode_payload({}, false).form.empty());
  const DecodedPayload words =
      decode_payload(bytes_of(std::string("\x05\0\0\0\0\0\0\0", 8)), false);
  CHECK(words.form == "bytes");
  CHECK(words.text.find("0000  05 00") != std::string::npos);
  CHECK(words.text.find("as 64-bit words: 5") != std::string::npos);
}

TEST_CASE("payloads made to do harm are shown as bytes or text") {
  const std::string deep_json(100'000, '[');
  CHECK(decode_payload(bytes_of(deep_json), false).form == "text");
  const std::string deep_cbor(100'000, '\x81');
  CHECK_FALSE(decode_payload(bytes_of(deep_cbor), true).text.empty());
  CHECK(decode_payload(bytes_of("\xff\xfe broken"), false).form == "bytes");
  CHECK(decode_payload(bytes_of("\x9f\x01"), true).form == "bytes");
}

TEST_CASE("a long text is cut between letters") {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "\xC3\xA4";
  CHECK(decode_payload(bytes_of(text), false).form == "text");
  CHECK(decode_payload(bytes_of("x" + text), false).form == "text");
}

}  // namespace norn::viewer
