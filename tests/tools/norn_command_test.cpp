#include "norn_command.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "descriptor_output.hpp"
#include "norn/trace/recorder.hpp"
#include "support/catch.hpp"

using namespace norn::trace;

namespace {

struct Ran {
  int code = 0;
  std::string out;
  std::string err;
};

Ran norn_with(std::vector<std::string> arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = norn::command::run(std::move(arguments), "1.2.3", out, err);
  return {code, out.str(), err.str()};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

// A directory with a trace of two nodes: "t.norn", or "t.norn.partial" when it was not finished.
class TraceFile {
 public:
  explicit TraceFile(bool finish = true) {
    std::string pattern = (std::filesystem::temp_directory_path() / "norn-tools-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    directory_ = pattern;
    path_ = directory_ + "/t.norn";
    record(finish);
    if (!finish) path_ += ".partial";
  }
  ~TraceFile() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  TraceFile(const TraceFile&) = delete;
  TraceFile& operator=(const TraceFile&) = delete;

  const std::string& path() const { return path_; }
  std::uint64_t hash() const { return hash_; }

 private:
  void record(bool finish) {
    auto recorder = Recorder::open({.mode = RecorderOptions::Mode::file, .path = path_},
                                   {{"scenario", "demo"}, {"seed", 5}, {"fault_plan", nullptr}});
    REQUIRE(recorder.ok());
    Recorder& r = **recorder;
    r.name_node(1, "n1");
    r.name_node(2, "n2");
    r.record({.kind = EventKind::node_start, .node = 1, .a = 1});
    r.record(
        {.kind = EventKind::fiber_start, .node = 1, .cause = 1, .a = 1, .text = r.intern("main")});
    r.set_context(1, 1, 2);
    const auto cbor = nlohmann::json::to_cbor({{"term", 3}});
    r.set_time(1'000'000'000);
    const Seq send = r.send(2, r.intern("Vote"), std::as_bytes(std::span(cbor)), true);
    r.set_time(1'500'000'000);
    r.deliver(send, 2, r.intern("Vote"), static_cast<std::uint32_t>(cbor.size()));
    const Seq raw = r.send(1, r.intern("Raw"), bytes_of("\x01\x02"), false);
    r.record({.kind = EventKind::fault_begin,
              .a = 0,
              .text = r.intern("partition"),
              .payload = bytes_of("{\"side_a\":[\"n1\"]}")});
    r.record({.kind = EventKind::drop, .node = 1, .cause = raw, .a = raw, .b = 1});
    r.set_time(2'000'000'000);
    r.record({.kind = EventKind::fault_end, .a = 0, .b = 1, .text = r.intern("partition")});
    r.record({.kind = EventKind::violation,
              .text = r.intern("one leader"),
              .payload = bytes_of("n1 and n2")});
    hash_ = r.hash();
    if (finish) REQUIRE(r.finish({{"verdict", "violated"}}).ok());
  }

  std::string directory_;
  std::string path_;
  std::uint64_t hash_ = 0;
};

}  // namespace

TEST_CASE("info says what a trace is about") {
  const TraceFile trace;
  const Ran ran = norn_with({"info", trace.path()});
  INFO(ran.out);
  CHECK(ran.code == 0);
  CHECK(ran.err.empty());
  for (const char* part : {"scenario   demo\n", "seed       5\n", "nodes      2: n1 n2\n",
                           "time       0s to 2s\n", "events     9 in 1 chunks", ", verified\n",
                           "kinds      node_start 1, fiber_start 1, send 2, deliver 1, drop 1",
                           "drops      partition 1\n", "faults\n  partition: begun 1, bit 1\n",
                           "violation  'one leader' at 2.000000000s, event 9: n1 and n2\n"}) {
    INFO(part);
    CHECK(ran.out.find(part) != std::string::npos);
  }
}

TEST_CASE("info --json is one object with the same facts") {
  const TraceFile trace;
  const Ran ran = norn_with({"info", trace.path(), "--json"});
  REQUIRE(ran.code == 0);
  const auto json = nlohmann::json::parse(ran.out);
  CHECK(json["complete"] == true);
  CHECK(json["header"]["scenario"] == "demo");
  CHECK(json["nodes"] == nlohmann::json({"n1", "n2"}));
  CHECK(json["events"] == 9);
  CHECK(json["kinds"]["send"] == 2);
  CHECK(json["drops"]["partition"] == 1);
  CHECK(json["faults"][0]["bit"] == 1);
  CHECK(json["faults"][0]["end_ns"] == 2'000'000'000);
  CHECK(json["violation"]["property"] == "one leader");
  CHECK(json["result"]["verdict"] == "violated");
  std::ostringstream hash;
  hash << "0x" << std::hex << trace.hash();
  CHECK(json["hash"] == hash.str());
}

TEST_CASE("log prints the events, one a line") {
  const TraceFile trace;
  const Ran ran = norn_with({"log", trace.path(), "--payloads"});
  REQUIRE(ran.code == 0);
  const auto lines = lines_of(ran.out);
  REQUIRE(lines.size() == 9);
  CHECK(lines[0] ==
        "1        0.000000000s    n1/1      -             node_start  n1 starts, life 1");
  CHECK(lines[2] ==
        "3        1.000000000s    n1/1      main#1        send        n1 → n2 Vote 7 B  ← 2  "
        "{\"term\":3}");
  CHECK(lines[3] ==
        "4        1.500000000s    n2/0      -             deliver     n2 ← n1 Vote 7 B  ← 3");
  CHECK(lines[6] ==
        "7        1.500000000s    n1/1      -             drop        n2 → n1 Raw 2 B dropped: "
        "partition  ← 5");
}

TEST_CASE("log prints what the filters let through") {
  const TraceFile trace;
  const auto numbers = [&](std::vector<std::string> filter) {
    filter.insert(filter.begin(), {"log", trace.path()});
    const Ran ran = norn_with(filter);
    REQUIRE(ran.code == 0);
    std::vector<int> seen;
    for (const std::string& line : lines_of(ran.out)) seen.push_back(std::stoi(line));
    return seen;
  };
  CHECK(numbers({"--node", "n2"}) == std::vector<int>{4, 5});
  CHECK(numbers({"--node", "2"}) == std::vector<int>{4, 5});
  CHECK(numbers({"--node", "n1", "--node", "simulation"}) == std::vector<int>{1, 2, 3, 6, 7, 8, 9});
  CHECK(numbers({"--kind", "send"}) == std::vector<int>{3, 5});
  CHECK(numbers({"--kind", "send", "--kind", "drop", "--node", "n1"}) == std::vector<int>{3, 7});
  CHECK(numbers({"--from", "1.5s", "--to", "1500ms"}) == std::vector<int>{4, 5, 6, 7});
  CHECK(numbers({"--from", "3s"}).empty());
  CHECK(numbers({"--grep", "Vote|leader"}) == std::vector<int>{3, 4, 9});
}

TEST_CASE("log --json prints one object a line") {
  const TraceFile trace;
  const Ran ran = norn_with({"log", trace.path(), "--json"});
  REQUIRE(ran.code == 0);
  std::vector<nlohmann::json> events;
  for (const std::string& line : lines_of(ran.out)) events.push_back(nlohmann::json::parse(line));
  REQUIRE(events.size() == 9);
  CHECK(events[2] ==
        nlohmann::json::parse(R"({"seq": 3, "time_ns": 1000000000, "kind": "send", "node": "n1",
      "incarnation": 1, "fiber": 1, "cause": 2, "from": "n1", "to": "n2", "class": "Vote", "bytes": 7,
      "payload": {"term": 3}})"));
  CHECK(events[4]["payload_hex"] == "0102");
  CHECK(events[5]["detail"]["side_a"] == nlohmann::json({"n1"}));
  CHECK(events[5]["node"].is_null());
  CHECK(events[6]["reason"] == "partition");
  CHECK(events[6]["send"] == 5);
  CHECK(events[7]["bit"] == 1);
  CHECK(events[8]["name"] == "one leader");
}

TEST_CASE("verify says that all hashes are right, or where one is not") {
  const TraceFile trace;
  const Ran ran = norn_with({"verify", trace.path()});
  CHECK(ran.code == 0);
  CHECK(ran.out.find("t.norn: 9 events, hash 0x") != std::string::npos);

  std::fstream file(trace.path(), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(300);
  file.put('\x55');
  file.close();
  for (const char* command : {"verify", "info", "log"}) {
    const Ran damaged = norn_with({command, trace.path()});
    CHECK(damaged.code == 2);
    CHECK(damaged.err.find("norn: " + trace.path() + ": byte ") == 0);
    CHECK(lines_of(damaged.err).size() == 1);
  }
}

TEST_CASE("an interrupted recording is printed as far as it goes, and the exit code says so") {
  const TraceFile trace(false);
  const Ran info = norn_with({"info", trace.path()});
  CHECK(info.code == 3);
  CHECK(info.out.find(", interrupted\n") != std::string::npos);
  CHECK(info.err.find("the recording was interrupted: 1 whole chunks with 9 events") !=
        std::string::npos);
  const Ran log = norn_with({"log", trace.path()});
  CHECK(log.code == 3);
  CHECK(lines_of(log.out).size() == 9);
  CHECK(norn_with({"verify", trace.path()}).code == 3);
}

TEST_CASE("bad usage is one line that says what is wrong, and exit code 2") {
  const TraceFile trace;
  const auto complaint = [](std::vector<std::string> arguments) {
    const Ran ran = norn_with(std::move(arguments));
    CHECK(ran.code == 2);
    CHECK(ran.out.empty());
    REQUIRE(lines_of(ran.err).size() == 1);
    return ran.err;
  };
  CHECK(complaint({}) == "norn: A subcommand is required (norn --help says more)\n");
  CHECK(complaint({"show"}) ==
        "norn: there is no command 'show': use info, log, verify, export, import, faults, check, "
        "campaign or "
        "merge\n");
  CHECK(complaint({"info"}) == "norn: FILE is required (norn --help says more)\n");
  CHECK(complaint({"info", trace.path(), "--jsn"}).find("--jsn") != std::string::npos);
  CHECK(complaint({"info", "/no/such"}) ==
        "norn: /no/such: cannot be read: No such file or directory\n");
  CHECK(complaint({"log", trace.path(), "--node", "n3"}).find("there is no node 'n3'") !=
        std::string::npos);
  CHECK(complaint({"log", trace.path(), "--kind", "sent"})
            .find("--kind: 'sent' is none of: node_start") != std::string::npos);
  CHECK(complaint({"log", trace.path(), "--from", "5"})
            .find("norn: --from: '5' is no time: the unit") == 0);
  CHECK(complaint({"log", trace.path(), "--from", "2s", "--to", "1s"}) ==
        "norn: --from is later than --to\n");
  CHECK(complaint({"log", trace.path(), "--grep", "("}).find("is no regular expression") !=
        std::string::npos);
}

TEST_CASE("help and version go to the output") {
  CHECK(norn_with({"--version"}).out == "norn 1.2.3\n");
  const Ran help = norn_with({"log", "--help"});
  CHECK(help.code == 0);
  CHECK(help.out.find("--grep") != std::string::npos);
  CHECK(help.out.find("payload_hex") != std::string::npos);
}

TEST_CASE("output that fails is noticed once, with its reason") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  ::close(ends[0]);
  auto* handler = std::signal(SIGPIPE, SIG_IGN);
  norn::command::DescriptorOutput output(ends[1]);
  std::ostream out(&output);
  const TraceFile trace;
  std::ostringstream err;
  CHECK(norn::command::run({"log", trace.path()}, "", out, err) == 0);
  out.flush();
  CHECK(!out.good());
  CHECK(output.error() == EPIPE);
  CHECK(err.str().empty());
  std::signal(SIGPIPE, handler);
  ::close(ends[1]);
}

TEST_CASE("an export goes to standard output or to a file that is not overwritten unasked") {
  const TraceFile trace;
  const Ran printed = norn_with({"export", "--to", "jsonl", trace.path()});
  CHECK(printed.code == 0);
  CHECK(printed.err.empty());
  CHECK(lines_of(printed.out).size() == 11);  // 9 events, a first and a last line
  CHECK(norn_with({"export", "--to", "jsonl", "-o", "-", trace.path()}).out == printed.out);
  const std::string out = trace.path() + ".jsonl";
  const Ran written = norn_with({"export", "--to", "jsonl", "-o", out, trace.path()});
  CHECK(written.code == 0);
  CHECK(written.out.empty());
  std::ostringstream content;
  content << std::ifstream(out).rdbuf();
  CHECK(content.str() == printed.out);
  const Ran refused = norn_with({"export", "--to", "chrome", "-o", out, trace.path()});
  CHECK(refused.code == 2);
  CHECK(refused.err ==
        "norn: " + out + ": exists already; choose another name or say --overwrite\n");
  CHECK(norn_with({"export", "--to", "chrome", "-o", out, "--overwrite", trace.path()}).code == 0);
  CHECK_FALSE(std::filesystem::exists(out + ".partial"));
}

TEST_CASE("an interrupted recording is exported as far as it goes, and that is said") {
  const TraceFile trace(false);
  const Ran ran = norn_with({"export", "--to", "jsonl", trace.path()});
  CHECK(ran.code == 3);
  CHECK(ran.out.find("\"finished\":false") != std::string::npos);
  CHECK(lines_of(ran.err).size() == 1);
}

TEST_CASE("a binary format is not written to a terminal") {
  const TraceFile trace;
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal < 0) return;  // a machine without
  norn::command::DescriptorOutput output(terminal);
  std::ostream out(&output);
  std::ostringstream err;
  CHECK(norn::command::run({"export", "--to", "perfetto", trace.path()}, "1", out, err) == 2);
  CHECK(err.str() == "norn: --to perfetto is not text for a terminal: name a file with -o FILE\n");
  ::close(terminal);
}

TEST_CASE("an import says what it made and refuses what it cannot read in one line") {
  const TraceFile trace;
  const std::string lines = trace.path() + ".jsonl";
  const std::string again = trace.path() + ".again.norn";
  REQUIRE(norn_with({"export", "--to", "jsonl", "-o", lines, trace.path()}).code == 0);
  const Ran ran = norn_with({"import", "--from", "jsonl", lines, "-o", again});
  CHECK(ran.code == 0);
  CHECK(ran.out.starts_with(again + ": 9 events of 2 nodes, hash 0x"));
  CHECK(norn_with({"log", again}).out == norn_with({"log", trace.path()}).out);
  CHECK(norn_with({"import", "--from", "jsonl", lines, "-o", again}).code == 2);
  CHECK(norn_with({"import", "--from", "jsonl", lines, "-o", again, "--overwrite"}).code == 0);
  const Ran foreign =
      norn_with({"import", "--from", "jsonl", trace.path(), "-o", again, "--overwrite"});
  CHECK(foreign.code == 2);
  CHECK(foreign.err == "norn: " + trace.path() + ": line 1: this is not a JSON object\n");
  // The trace that was there is still there.
  CHECK(norn_with({"verify", again}).code == 0);
}
