#include "norn/trace/export.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "support/catch.hpp"
#include "trace/export_checks.hpp"
#include "trace/trace_support.hpp"

using namespace norn::trace;
using namespace norn::trace::testing;
using Json = nlohmann::json;

namespace {

// Three nodes. a asks b, which is told twice and answers; c is cut off, and crashes for it.
class Story {
 public:
  Story() : recorder_(record_in_memory()) { tell(); }

  Reader reader() const {
    auto reader = Reader::from_bytes(recorder_->bytes());
    REQUIRE(reader.ok());
    return std::move(*reader);
  }

  Seq ask = 0, lost = 0, drop = 0, fault = 0, first_arrival = 0, second_arrival = 0, answer = 0;
  Seq answered = 0, crash = 0, violation = 0, on_its_way = 0;

 private:
  void tell() {
    Recorder& r = *recorder_;
    for (const auto& [node, name] : std::map<NodeId, std::string>{{1, "a"}, {2, "b"}, {3, "c"}}) {
      r.name_node(node, name);
      r.record({.kind = EventKind::node_start, .node = node, .a = 1});
      r.record({.kind = EventKind::fiber_start, .node = node, .a = node, .text = r.intern("main")});
    }
    at(1'500);
    r.record({.kind = EventKind::op_call,
              .node = 1,
              .fiber = 1,
              .a = 7,
              .b = 1,
              .text = r.intern("put"),
              .payload = bytes_of(R"(["k",1])")});
    ask = send(1, 2, "Ask");
    at(2'000);
    r.record({.kind = EventKind::duplicate, .node = 1, .cause = ask, .a = ask});
    fault = r.record({.kind = EventKind::fault_begin,
                      .a = 0,
                      .text = r.intern("partition"),
                      .payload = bytes_of(R"({"side_a":["c"],"side_b":["a"],"lasts":"1ms"})")});
    lost = send(1, 3, "Ask");
    drop = r.record({.kind = EventKind::drop, .node = 3, .cause = lost, .a = lost, .b = 1});
    at(3'000);
    first_arrival = r.deliver(ask, 2, r.intern("Ask"), 3);
    r.set_context(2, 2, first_arrival);
    r.record({.kind = EventKind::state,
              .node = 2,
              .fiber = 2,
              .cause = first_arrival,
              .text = r.intern("term"),
              .payload = bytes_of("3")});
    answer = r.send(1, r.intern("Answer"), bytes_of("xyz"), false);
    at(4'000);
    second_arrival = r.deliver(ask, 2, r.intern("Ask"), 3);
    r.record({.kind = EventKind::fiber_block, .node = 3, .fiber = 3, .a = 3, .b = 1});
    crash = r.record({.kind = EventKind::node_crash, .node = 3, .cause = fault, .a = 1});
    at(5'000);
    answered = r.deliver(answer, 1, r.intern("Answer"), 3);
    r.record({.kind = EventKind::op_return,
              .node = 1,
              .fiber = 1,
              .cause = answered,
              .a = 7,
              .b = 1,
              .payload = bytes_of("null")});
    r.record({.kind = EventKind::fault_end, .a = 0, .b = 1, .text = r.intern("partition")});
    violation = r.record({.kind = EventKind::violation,
                          .cause = answered,
                          .text = r.intern("no answer"),
                          .payload = bytes_of("there was one")});
    on_its_way = send(1, 2, "Late");
    REQUIRE(r.finish({}).ok());
  }

  void at(std::int64_t time_ns) { recorder_->set_time(time_ns); }
  Seq send(NodeId from, NodeId to, const char* message) {
    recorder_->set_context(from, from, 0);
    return recorder_->send(to, recorder_->intern(message), bytes_of("abc"), false);
  }

  std::unique_ptr<Recorder> recorder_;
};

std::string exported(const Reader& reader, const char* format, const ExportOptions& options = {}) {
  std::ostringstream out;
  const ExportFormat* const found = find_export_format(format);
  REQUIRE(found != nullptr);
  const auto written = found->write(reader, options, out);
  INFO((written.ok() ? "" : written.error().message));
  REQUIRE(written.ok());
  return out.str();
}

std::vector<Seq> seqs_in(const std::string& json_lines) {
  std::vector<Seq> seqs;
  for (const std::string& line : lines_of(json_lines)) {
    const Json json = Json::parse(line);
    if (json.contains("seq")) seqs.push_back(json["seq"]);
  }
  return seqs;
}

}  // namespace

TEST_CASE("an export has the part that was asked for") {
  const Story story;
  const Reader reader = story.reader();
  CHECK(seqs_in(exported(reader, "jsonl")).size() == reader.events());
  CHECK(seqs_in(exported(reader, "jsonl", {.kinds = {EventKind::drop}})) ==
        std::vector<Seq>{story.drop});
  CHECK(seqs_in(exported(reader, "jsonl", {.kinds = {EventKind::deliver}, .last = 2})) ==
        std::vector<Seq>{story.second_arrival, story.answered});
  for (const Seq seq : seqs_in(exported(reader, "jsonl", {.nodes = {2}})))
    CHECK(reader.event(seq)->node == 2);
  for (const Seq seq : seqs_in(exported(reader, "jsonl", {.from_ns = 2'000, .until_ns = 3'000}))) {
    CHECK(reader.event(seq)->time_ns >= 2'000);
    CHECK(reader.event(seq)->time_ns <= 3'000);
  }
}

TEST_CASE("the past of an event is what its node did before and what led to that") {
  const Story story;
  const Reader reader = story.reader();
  const auto seqs = seqs_in(exported(reader, "jsonl", {.past_of = story.answered}));
  const std::set<Seq> past(seqs.begin(), seqs.end());
  CHECK(past.contains(story.ask));
  CHECK(past.contains(story.first_arrival));
  CHECK(past.contains(story.answer));
  CHECK(past.contains(story.lost));  // a sent it before
  CHECK_FALSE(past.contains(story.second_arrival));
  CHECK_FALSE(past.contains(story.drop));  // no node noticed it
  CHECK_FALSE(past.contains(story.crash));
  CHECK_FALSE(past.contains(story.fault));
  const auto of_crash = seqs_in(exported(reader, "jsonl", {.past_of = story.crash}));
  CHECK(std::set<Seq>(of_crash.begin(), of_crash.end()).contains(story.fault));
  std::ostringstream out;
  CHECK_FALSE(find_export_format("jsonl")->write(reader, {.past_of = 4000}, out).ok());
}

TEST_CASE("a Chrome trace has nested slices and an arrow for each copy of a message") {
  const Story story;
  const Reader reader = story.reader();
  const std::string text = exported(reader, "chrome");
  CHECK(require_sound_chrome(text) == 4);  // twice Ask, the lost one, Answer
  for (const char* part :
       {R"("name":"life 1")", R"("name":"put")", R"("name":"partition")", R"("name":"lost: Ask")",
        R"("name":"blocked: receive")",
        R"("ph":"C","pid":3,"tid":3,"ts":3,"name":"term","args":{"value":3})", R"("ts":1.500)"}) {
    INFO(part);
    CHECK(text.find(part) != std::string::npos);
  }
}

TEST_CASE("an arrow with one end outside the exported part is left out") {
  const Story story;
  const Reader reader = story.reader();
  CHECK(require_sound_chrome(exported(reader, "chrome", {.nodes = {1, 2}})) == 3);
  CHECK(require_sound_chrome(exported(reader, "chrome", {.nodes = {2}})) == 0);
  CHECK(require_sound_chrome(exported(reader, "chrome", {.from_ns = 3'000})) == 1);
  CHECK(require_sound_perfetto(exported(reader, "perfetto", {.nodes = {1, 2}})) == 3);
  require_sound_otlp(exported(reader, "otlp", {.nodes = {2}}));
  require_sound_otlp(exported(reader, "otlp", {.from_ns = 3'000}));
}

TEST_CASE("a Perfetto trace has the same arrows on tracks that it describes") {
  const Story story;
  CHECK(require_sound_perfetto(exported(story.reader(), "perfetto")) == 4);
}

TEST_CASE("the clocks of a ShiViz log count what it has, and know what it has not") {
  const Story story;
  const Reader reader = story.reader();
  const auto all = require_sound_shiviz(exported(reader, "shiviz"));
  CHECK(all.size() == reader.events());
  // b and the answer are left out: what the answer brought to a is still after what a's question
  // brought to b.
  const auto part = require_sound_shiviz(
      exported(reader, "shiviz", {.kinds = {EventKind::state, EventKind::op_return}}));
  REQUIRE(part.size() == 2);
  CHECK(part[0].host == "b");
  CHECK(part[1].host == "a");
  CHECK(part[1].clock.at("b") == 1);
  const auto lost = std::find_if(all.begin(), all.end(),
                                 [&](const ShivizEvent& event) { return event.seq == story.drop; });
  REQUIRE(lost != all.end());
  CHECK(lost->host == "network");
  CHECK(lost->clock.contains("a"));
}

TEST_CASE("OpenTelemetry spans link what is received to what was sent") {
  const Story story;
  const std::string text = exported(story.reader(), "otlp");
  require_sound_otlp(text);
  bool linked = false;
  bool client = false;
  const Json request = Json::parse(text);
  for (const Json& resource : request["resourceSpans"]) {
    for (const Json& span : resource["scopeSpans"][0]["spans"]) {
      if (span["name"] == "receive Answer") {
        char id[17];
        std::snprintf(id, sizeof id, "%016llx", static_cast<unsigned long long>(story.answer));
        CHECK(span["links"][0]["spanId"] == id);
        CHECK(span["parentSpanId"] == id);
        linked = true;
      }
      if (span["name"] == "put") {
        CHECK(span["kind"] == 3);
        CHECK(span["status"]["code"] == 1);
        client = true;
      }
    }
  }
  CHECK(linked);
  CHECK(client);
}

TEST_CASE("diagrams of a failed run show what led to the violation") {
  const Story story;
  const Reader reader = story.reader();
  const std::string mermaid = exported(reader, "mermaid");
  for (const char* part :
       {"sequenceDiagram\n", "participant L1 as a\n", "L1->>L2: Ask", "L2->>L1: Answer",
        "Note over L1,L2: violation: no answer", "fault begins: partition c | a for 1ms"}) {
    INFO(mermaid);
    CHECK(mermaid.find(part) != std::string::npos);
  }
  CHECK(mermaid.find("L1-xL3") == std::string::npos);  // not what led to it
  CHECK(exported(reader, "mermaid", {.from_ns = 0}).find("L1-xL3: Ask lost: partition") !=
        std::string::npos);
  const std::string svg = exported(reader, "svg");
  CHECK(svg.find("what led to event " + std::to_string(story.violation)) != std::string::npos);
  CHECK(svg.find("marker-end") != std::string::npos);
  const std::string dot = exported(reader, "dot", {.from_ns = 0});
  const auto arrow = [](Seq from, Seq to) {
    return "e" + std::to_string(from) + " -> e" + std::to_string(to) + " ";
  };
  CHECK(dot.find(arrow(story.ask, story.first_arrival)) != std::string::npos);
  CHECK(dot.find(arrow(story.fault, story.crash)) != std::string::npos);
  // Known already from the first arrival.
  CHECK(dot.find(arrow(story.ask, story.second_arrival)) == std::string::npos);
}

TEST_CASE("a diagram of too many events or of none is refused with the options that help") {
  auto recorder = record_in_memory();
  for (int i = 0; i < 2500; ++i)
    recorder->record({.kind = EventKind::log, .node = 1, .payload = bytes_of("x")});
  REQUIRE(recorder->finish({}).ok());
  const auto reader = Reader::from_bytes(recorder->bytes());
  REQUIRE(reader.ok());
  for (const ExportFormat& format : export_formats()) {
    if (!format.diagram) continue;
    INFO(format.name);
    std::ostringstream out;
    const auto refused = format.write(*reader, {}, out);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().message.find("2500 events") != std::string::npos);
    CHECK(refused.error().message.find("--past-of") != std::string::npos);
    CHECK(out.str().empty());
    CHECK_FALSE(format.write(*reader, {.kinds = {EventKind::send}}, out).ok());
    CHECK(format.write(*reader, {.last = 10}, out).ok());
  }
}

TEST_CASE("whatever was recorded can be exported") {
  const auto seed = GENERATE(range(0, 12));
  auto recorder = record_in_memory();
  Storyteller teller(*recorder, static_cast<std::uint64_t>(seed), seed % 2 == 0 ? 3 : 40);
  teller.tell(1500);
  REQUIRE(recorder->finish({}).ok());
  const auto reader = Reader::from_bytes(recorder->bytes());
  REQUIRE(reader.ok());
  for (const ExportOptions& options : {ExportOptions(), ExportOptions{.nodes = {1, 2}},
                                       ExportOptions{.past_of = 1200, .last = 300}}) {
    require_sound_chrome(exported(*reader, "chrome", options));
    require_sound_perfetto(exported(*reader, "perfetto", options));
    require_sound_shiviz(exported(*reader, "shiviz", options));
    require_sound_otlp(exported(*reader, "otlp", options));
    for (const std::string& line : lines_of(exported(*reader, "jsonl", options)))
      REQUIRE(Json::parse(line).is_object());
  }
  for (const char* format : {"mermaid", "svg", "dot"}) exported(*reader, format, {.last = 200});
}
