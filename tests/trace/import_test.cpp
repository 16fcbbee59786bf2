#include "norn/trace/import.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "norn/trace/export.hpp"
#include "support/catch.hpp"
#include "trace/export_checks.hpp"
#include "trace/trace_support.hpp"

using namespace norn::trace;
using namespace norn::trace::testing;

namespace {

std::string json_lines(const Reader& reader, const ExportOptions& options = {}) {
  std::ostringstream out;
  REQUIRE(find_export_format("jsonl")->write(reader, options, out).ok());
  return out.str();
}

// Imports into files of a directory of their own.
class Imports {
 public:
  norn::Result<ImportReport> lines(const std::string& text) {
    std::istringstream in(text);
    return import_json_lines(in, "in.jsonl", options());
  }
  norn::Result<ImportReport> shiviz(const std::string& text, const std::string& parser = "") {
    std::istringstream in(text);
    return import_shiviz(in, "in.log", parser, options());
  }
  Reader reader() const {
    auto reader = Reader::open(path());
    REQUIRE(reader.ok());
    REQUIRE(reader->verify().ok());
    return std::move(*reader);
  }
  bool left_nothing() const {
    std::ifstream file(path());
    std::ifstream partial(path() + ".partial");
    return !file && !partial;
  }

 private:
  std::string path() const { return directory_.file("out.norn"); }
  RecorderOptions options() const {
    return {.mode = RecorderOptions::Mode::file, .path = path(), .overwrite = true};
  }
  TemporaryDirectory directory_;
};

// FNV-1a over all that an event says, with names for numbers (Fowler, Noll, Vo; isthe.com/chongo).
std::uint64_t hash_of_events(const Reader& reader) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  const auto add = [&](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    hash = (hash ^ 0xFFU) * 0x100000001b3U;
  };
  const auto walked = reader.for_each([&](const Event& event) {
    const bool names_node = event.kind == EventKind::send;
    for (const std::uint64_t number :
         {event.seq, static_cast<std::uint64_t>(event.time_ns), std::uint64_t{event.incarnation},
          std::uint64_t{event.fiber}, event.cause, names_node ? 0 : event.a, event.b, event.c,
          event.d, static_cast<std::uint64_t>(event.kind)})
      add(std::to_string(number));
    add(reader.node_name(event.node));
    if (names_node) add(reader.node_name(static_cast<NodeId>(event.a)));
    add(reader.string(event.text));
    add({reinterpret_cast<const char*>(event.payload.data()), event.payload.size()});
  });
  REQUIRE(walked.ok());
  return hash;
}

std::string payload_of(const Event& event) {
  return {reinterpret_cast<const char*>(event.payload.data()), event.payload.size()};
}

// Names the first line that differs.
void require_same_lines(const std::string& got, const std::string& expected) {
  const auto some = lines_of(got);
  const auto others = lines_of(expected);
  for (std::size_t i = 0; i < std::min(some.size(), others.size()); ++i)
    REQUIRE(some[i] == others[i]);
  REQUIRE(some.size() == others.size());
}

std::vector<std::string> log_texts(const Reader& reader) {
  std::vector<std::string> texts;
  const auto walked = reader.for_each([&](const Event& event) {
    if (event.kind == EventKind::log)
      texts.push_back(reader.node_name(event.node) + " " + payload_of(event));
  });
  REQUIRE(walked.ok());
  return texts;
}

}  // namespace

TEST_CASE("JSON lines of a whole trace become the same events again") {
  auto recorder = record_in_memory();
  Recorder& r = *recorder;
  r.name_node(1, "n1");
  r.name_node(2, "n 2");
  r.record({.kind = EventKind::node_start, .node = 1, .a = 1});
  r.record({.kind = EventKind::node_start, .node = 2, .a = 4});
  r.set_time(1'234'567'890'123);
  // A map whose members are not sorted, a float that is whole, bytes, raw bytes.
  for (const nlohmann::ordered_json& value :
       {nlohmann::ordered_json{{"z", 1}, {"a", "ü\n\"\\"}}, nlohmann::ordered_json(2.0),
        nlohmann::ordered_json(0.1), nlohmann::ordered_json::binary({1, 2, 0xFF}),
        nlohmann::ordered_json(nullptr)}) {
    const auto cbor = nlohmann::ordered_json::to_cbor(value);
    r.set_context(1, 5, 1);
    const Seq send =
        r.send(2, r.intern("Message"), std::as_bytes(std::span<const std::uint8_t>(cbor)), true);
    r.deliver(send, 2, r.intern("Message"), static_cast<std::uint32_t>(cbor.size()));
  }
  r.set_context(1, 5, 1);
  const Seq raw = r.send(2, r.intern("Raw"), bytes_of("\x01\xFF"), false);
  r.record({.kind = EventKind::drop, .node = 2, .cause = raw, .a = raw, .b = 3});
  r.timer(2, 9, raw);
  for (const char* text : {"3", " 3", "leader", "\"leader\"", "{\"b\":1, \"a\":2}", "\xFF", ""}) {
    r.record({.kind = EventKind::state,
              .node = 1,
              .text = r.intern("state"),
              .payload = bytes_of(text)});
    r.record({.kind = EventKind::log, .node = 1, .a = 2, .payload = bytes_of(text)});
  }
  r.record({.kind = EventKind::choice, .a = 0xFEDC'BA98'7654'3210U, .b = 2, .c = 1});
  r.record({.kind = EventKind::run_end, .a = 1, .text = r.intern("violation")});
  r.record({.kind = EventKind::node_exit, .node = 1, .a = 17, .b = 18, .c = 19, .d = 20});
  r.record({.kind = EventKind::fiber_end, .node = 1, .a = 17, .b = 200});
  REQUIRE(r.finish({{"verdict", "violated"}}).ok());
  const auto original = Reader::from_bytes(r.bytes());
  REQUIRE(original.ok());

  Imports imports;
  const std::string lines = json_lines(*original);
  const auto report = imports.lines(lines);
  INFO(lines << (report.ok() ? "" : report.error().message));
  REQUIRE(report.ok());
  CHECK(report->events == original->events());
  CHECK(report->lost_references == 0);
  const Reader again = imports.reader();
  CHECK(hash_of_events(again) == hash_of_events(*original));
  CHECK(json_lines(again) == lines);
  CHECK(again.header()["scenario"] == "test");
  CHECK(again.result()["verdict"] == "violated");
}

TEST_CASE("JSON lines of whatever was recorded become the same events again") {
  const auto seed = GENERATE(range(0, 20));
  auto recorder = record_in_memory();
  for (NodeId node = 1; node <= 50; ++node) recorder->name_node(node, "n" + std::to_string(node));
  Storyteller teller(*recorder, static_cast<std::uint64_t>(seed), 50);
  teller.tell(2000);
  REQUIRE(recorder->finish({}).ok());
  const auto original = Reader::from_bytes(recorder->bytes());
  REQUIRE(original.ok());
  Imports imports;
  const std::string lines = json_lines(*original);
  const auto report = imports.lines(lines);
  INFO((report.ok() ? "" : report.error().message));
  REQUIRE(report.ok());
  const Reader again = imports.reader();
  require_same_lines(json_lines(again), lines);
  CHECK(hash_of_events(again) == hash_of_events(*original));
}

TEST_CASE("a part of a trace is imported with what it refers to, as far as that is in it") {
  Imports imports;
  const auto report = imports.lines(
      R"({"seq":10,"time_ns":5,"kind":"send","node":"a","to":"b","class":"Ask","bytes":3}
{"seq":20,"time_ns":6,"kind":"deliver","node":"b","cause":10,"send":10,"class":"Ask","bytes":3}
{"seq":30,"time_ns":7,"kind":"deliver","node":"b","cause":12,"send":12,"class":"Gone"}
{"time_ns":7,"kind":"log","node":"b","cause":20,"text":"heard"}
)");
  INFO((report.ok() ? "" : report.error().message));
  REQUIRE(report.ok());
  CHECK(report->events == 4);
  CHECK(report->nodes == 2);
  CHECK(report->lost_references == 2);
  const Reader reader = imports.reader();
  CHECK(reader.event(2)->a == 1);
  CHECK(reader.event(2)->cause == 1);
  CHECK(reader.event(3)->a == 0);
  CHECK(reader.event(4)->cause == 2);
  CHECK(reader.header()["imported_from"] == "in.jsonl");
}

TEST_CASE("a bad line is named with its file, its number and what is wrong, and nothing stays") {
  const std::string good = R"({"seq":1,"time_ns":5,"kind":"log","node":"a","text":"x"})";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "in.jsonl: there is no event in it"},
      {"[1]", "line 1: this is not a JSON object"},
      {good + "\n{\"seq\":2", "line 2: this is not a JSON object"},
      {good + "\n\n" + good, "line 3: \"seq\" 1 does not come after 1"},
      {R"({"seq":0,"time_ns":5,"kind":"log"})", "line 1: \"seq\" is 0"},
      {R"({"kind":"log"})", "line 1: \"time_ns\" is missing"},
      {R"({"time_ns":-1,"kind":"log"})", "line 1: \"time_ns\" is not a whole number"},
      {R"({"time_ns":1.5,"kind":"log"})", "line 1: \"time_ns\" is not a whole number"},
      {R"({"time_ns":1,"kind":"sned"})", "line 1: \"kind\": there is no kind 'sned'"},
      {R"({"time_ns":1,"kind":"send","node":"a"})", "line 1: \"to\" is missing"},
      {R"({"time_ns":1,"kind":"send","node":7,"to":"b"})", "line 1: \"node\" is not a string"},
      {R"({"time_ns":1,"kind":"drop","send":1,"reason":"magic"})",
       "line 1: \"reason\": 'magic' is not known"},
      {R"({"time_ns":1,"kind":"deliver","send":1})", "line 1: \"send\" does not name an earlier"},
      {R"({"time_ns":1,"kind":"log","cause":3})", "line 1: \"cause\" does not name an earlier"},
      {good + "\n" + R"({"time_ns":4,"kind":"log"})", "line 2: \"time_ns\" goes back, from 5 to 4"},
      {R"({"time_ns":1,"kind":"send","node":"a","to":"b","payload_hex":"0g"})",
       "line 1: \"payload_hex\" is not hexadecimal"},
      {R"({"time_ns":1,"kind":"node_start","node":"a","incarnation":4294967296})",
       "line 1: \"incarnation\" is not a whole number from 0 to 4294967294"},
      {R"({"norn_trace":9})", "line 1: \"norn_trace\" is not 1"},
      {R"({"norn_trace":1,"nodes":[1]})", "line 1: \"nodes\" has something that is not a name"},
      {R"({"norn_trace":1,"header":3})", "line 1: \"header\" is not an object"},
      {good + "\n{\"norn_trace\":1}", "line 2: a first line in the middle"},
      {good + "\n{\"end\":true}\n" + good, "line 3: the line before said that it is the last"},
      {R"({"time_ns":1,"kind":"log","raw":{"a":"x"}})", "line 1: \"a\" is not a whole number"},
      {R"({"time_ns":1,"kind":"log","text":)" + std::string(100'000, '['), "line 1: this is not"},
  };
  for (const auto& [text, problem] : cases) {
    Imports imports;
    const auto report = imports.lines(text);
    INFO(text.substr(0, 200));
    REQUIRE_FALSE(report.ok());
    INFO(report.error().message);
    CHECK(report.error().message.find(problem) != std::string::npos);
    CHECK(report.error().message.starts_with("in.jsonl: "));
    CHECK(report.error().message.find('\n') == std::string::npos);
    CHECK(imports.left_nothing());
  }
}

TEST_CASE("a ShiViz log becomes lanes with messages where the clocks show them") {
  Imports imports;
  // As ShiViz's own default reads it; b's line stands before what led to it.
  const auto report = imports.shiviz(R"(b {"b":2, "a":2}
receives
a {"a":1}
starts
b {"b":1}
starts too
a {"a":2}
sends
c {"c":1,"a":2,"b":2}
hears of both from b
)");
  INFO((report.ok() ? "" : report.error().message));
  REQUIRE(report.ok());
  CHECK(report->nodes == 3);
  const Reader reader = imports.reader();
  CHECK(log_texts(reader) == std::vector<std::string>{"a starts", "b starts too", "a sends",
                                                      "b receives", "c hears of both from b"});
  std::vector<std::string> messages;
  const auto walked = reader.for_each([&](const Event& event) {
    if (event.kind != EventKind::deliver) return;
    const auto send = reader.event(event.a);
    messages.push_back(reader.node_name(send->node) + ">" + reader.node_name(event.node));
    CHECK_FALSE(payload_of(*reader.event(send->cause)).empty());
  });
  REQUIRE(walked.ok());
  CHECK(messages == std::vector<std::string>{"a>b", "b>c"});  // not a>c: b told it
}

TEST_CASE("a ShiViz log is read with its own expression or a given one") {
  Imports imports;
  const std::string log = "1.5s a {\"a\":1} one\n250ms\n";
  CHECK_FALSE(imports.shiviz(log).ok());
  REQUIRE(imports
              .shiviz("1.5s a {\"a\":1} one\n",
                      R"((?<time>\S+) (?<host>\w+) (?<clock>{.*}) (?<event>.*))")
              .ok());
  CHECK(imports.reader().event(1)->time_ns == 1'500'000'000);
  REQUIRE(
      imports.shiviz("(?<event>.*) @(?<host>[a-z]{1,3}) (?<clock>\\{.*\\})\n\none @a {\"a\":1}\n")
          .ok());
  CHECK(log_texts(imports.reader()) == std::vector<std::string>{"a one"});
}

TEST_CASE("an exported ShiViz log comes back with the same order and a message for each arrow") {
  auto recorder = record_in_memory();
  for (NodeId node = 1; node <= 5; ++node) recorder->name_node(node, "n" + std::to_string(node));
  Storyteller teller(*recorder, 3, 5);
  teller.tell(1000);
  REQUIRE(recorder->finish({}).ok());
  const auto original = Reader::from_bytes(recorder->bytes());
  REQUIRE(original.ok());
  std::ostringstream log;
  REQUIRE(find_export_format("shiviz")->write(*original, {}, log).ok());
  Imports imports;
  const auto report = imports.shiviz(log.str());
  INFO((report.ok() ? "" : report.error().message));
  REQUIRE(report.ok());
  CHECK(log_texts(imports.reader()).size() == original->events());
}

TEST_CASE("a ShiViz log that cannot be is refused with the line") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "in.log: there is no event in it"},
      {"nonsense\n", "line 1: the expression does not match: nonsense"},
      {"a {\"a\":1}\nx\na {\"a\":3}\ny\n", "line 3: host 'a' counts 3 where 2 is next"},
      {"a {\"a\":1}\nx\na {\"a\":1}\ny\n", "line 3: host 'a' counts 1 where 2 is next"},
      {"a {\"b\":1}\nx\n", "line 1: the clock does not count its own host 'a'"},
      {"a {\"a\":-1}\nx\n", "line 1: the clock of 'a' is not a count"},
      {"a {a}\nx\n", "line 1: the clock is not a JSON object"},
      {"a {\"a\":1,\"b\":4}\nx\nb {\"b\":1}\ny\n",
       "line 1: it comes after event 4 of 'b', which the log has not"},
      {"a {\"a\":1,\"b\":1}\nx\nb {\"b\":1,\"a\":1}\ny\n", "the clocks contradict each other"},
      {"(?<host>\\w+) (?<clock>{.*})\n\na {}\n", "line 1: the expression: the group (?<event>"},
      {"(?<host>\\w+ (?<clock>{.*}) (?<event>.*)\n\na {}\n", "it is not a regular expression"},
      {std::string(5000, '(') + "(?<host>a)(?<clock>b)(?<event>c)\n\nabc\n",
       "line 1: the expression: it has more than 4096 characters"},
      {std::string(60, '(') + "(?<host>a)(?<clock>b)(?<event>c)\n\nabc\n",
       "line 1: the expression: it has groups more than 50 deep"},
      // Each more `x` would take twice as long if the expression were tried way by way.
      {"(?<host>(x*)*y) (?<clock>{.*}) (?<event>.*)\n\n" + std::string(4000, 'x') + "\n",
       "line 3: the expression does not match"},
      {"(?<host>\\w+) (?<clock>{.*}) (?<event>.*)\n---\na {\"a\":1} x\n", "several executions"},
      {"a {\"a\":1}\n" + std::string(100'000, 'x') + "\n", "an entry of more than 16384"},
  };
  for (const auto& [text, problem] : cases) {
    Imports imports;
    const auto report = imports.shiviz(text);
    INFO(text.substr(0, 200));
    REQUIRE_FALSE(report.ok());
    INFO(report.error().message);
    CHECK(report.error().message.find(problem) != std::string::npos);
    CHECK(report.error().message.find('\n') == std::string::npos);
    CHECK(imports.left_nothing());
  }
}
