// norn check on files: verdicts, exit codes, pictures, conversions.
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "norn/trace/recorder.hpp"
#include "norn_command.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"
#include "support/source_folder.hpp"

namespace {

struct Ran {
  int code = 0;
  std::string out;
  std::string err;
};

Ran norn_check(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "check");
  std::ostringstream out;
  std::ostringstream err;
  const int code = norn::command::run(std::move(arguments), "1.2.3", out, err);
  return {code, out.str(), err.str()};
}

std::string history(const std::string& name) {
  return norn::test::source_folder() + "/tests/check/histories/" + name + ".txt";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

}  // namespace

TEST_CASE("norn check says whether a history is linearizable, and exits with it") {
  const Ran ok = norn_check({history("c10-ok"), "--model", "kv"});
  CHECK(ok.code == 0);
  CHECK(contains(ok.out, ": linearizable (kv, 337 operations in 10 parts"));
  const Ran bad = norn_check({history("c10-bad"), "--model", "kv"});
  CHECK(bad.code == 1);
  CHECK(contains(bad.out, ": not linearizable (kv, 405 operations in 10 parts"));
  CHECK(contains(bad.out, "client 8: get(0) -> \"x 9 0 yx 0 0 yx 8 0 y\""));
  const Ran whole = norn_check({history("c01-bad"), "--model", "kv", "--whole", "--json"});
  CHECK(whole.code == 1);
  CHECK(nlohmann::json::parse(whole.out)["parts"] == 1);
  const Ran poor = norn_check({history("c50-ok"), "--model", "kv", "--budget", "100"});
  CHECK(poor.code == 3);
  CHECK(contains(poor.out, ": unknown, the budget was used up"));
}

TEST_CASE("norn check complains in one line about what it does not understand") {
  const Ran model = norn_check({history("c01-ok"), "--model", "kw"});
  CHECK(model.code == 2);
  CHECK(contains(model.err, "--model: there is no model 'kw' (known are: register,"));
  const Ran none = norn_check({history("c01-ok")});
  CHECK(none.code == 2);
  CHECK(contains(none.err, "--model is missing"));
  const Ran function = norn_check({history("c01-ok"), "--model", "register"});
  CHECK(function.code == 2);
  CHECK(contains(function.err, "c01-ok.txt:1: the function 'append' is not one of this model"));
  const Ran file = norn_check({"nowhere.jsonl", "--model", "kv"});
  CHECK(file.code == 2);
  CHECK(file.err == "norn: nowhere.jsonl: the file cannot be read\n");
  const Ran whole = norn_check({history("c01-ok"), "--model", "log", "--whole"});
  CHECK(whole.code == 2);
  CHECK(contains(whole.err, "the model log knows one object only: check by key"));
}

TEST_CASE("norn check draws a violation, and overwrites nothing unless told to") {
  const norn::test::ScratchFolder folder;
  for (const std::string name : {"bad.svg", "bad.html"}) {
    const std::string path = folder.path() + "/" + name;
    const std::vector<std::string> arguments = {history("c10-bad"), "--model", "kv", "--picture",
                                                path};
    CHECK(norn_check(arguments).code == 1);
    const std::string picture = read_file(path);
    CHECK(contains(picture, "<svg xmlns"));
    CHECK(contains(picture, "fits nowhere"));
    CHECK(contains(picture, "client 8"));
    const Ran again = norn_check(arguments);
    CHECK(again.code == 2);
    CHECK(contains(again.err, "is there already (--force overwrites it)"));
    auto forced = arguments;
    forced.emplace_back("--force");
    CHECK(norn_check(forced).code == 1);
  }
  CHECK(norn_check({history("c10-bad"), "--model", "kv", "--picture", "x.png"}).code == 2);
}

TEST_CASE("a history that is converted is judged as before") {
  const norn::test::ScratchFolder folder;
  const std::string json = folder.path() + "/h.jsonl";
  const std::string edn = folder.path() + "/h.edn";
  CHECK(norn_check({history("c10-bad"), "--export", "jsonl", "--output", json}).code == 0);
  CHECK(norn_check({json, "--export", "edn", "--output", edn}).code == 0);
  CHECK(norn_check({json, "--model", "kv"}).code == 1);
  CHECK(norn_check({edn, "--model", "kv"}).code == 1);
  const std::string porcupine = folder.path() + "/p.json";
  CHECK(norn_check({edn, "--model", "kv", "--export", "porcupine", "--output", porcupine}).code ==
        0);
  const auto data = nlohmann::json::parse(read_file(porcupine));
  REQUIRE(data["Partitions"].size() == 10);
  CHECK(data["Partitions"][0]["History"][0]["ClientId"] == 9);
  CHECK(data["Partitions"][0]["PartialLinearizations"].size() == 1);
  CHECK(norn_check({edn, "--export", "csv", "--output", porcupine + "2"}).code == 2);
}

TEST_CASE("norn check judges weaker promises by their names") {
  const norn::test::ScratchFolder folder;
  const std::string path = folder.path() + "/h.jsonl";
  std::ofstream(path) << R"({"process":1,"type":"call","function":"write","argument":1})"
                      << "\n"
                      << R"({"process":1,"type":"return","outcome":"ok"})"
                      << "\n"
                      << R"({"process":2,"type":"call","function":"read"})"
                      << "\n"
                      << R"({"process":2,"type":"return","outcome":"ok"})"
                      << "\n";
  const auto judged = [&](const std::string& promise) {
    return norn_check({path, "--model", "register", "--consistency", promise});
  };
  CHECK(judged("linearizable").code == 1);
  CHECK(judged("sequential").code == 0);
  CHECK(judged("causal").code == 0);
  const Ran regular = judged("regular");
  CHECK(regular.code == 1);
  CHECK(contains(regular.out, "regular: violated (register, 2 operations)\nstale read: "));
  const Ran eventual = judged("eventual");
  CHECK(eventual.code == 2);
  CHECK(contains(eventual.err, "--consistency: there is no 'eventual' (known are: linearizable,"));
}

TEST_CASE("norn check reads the client operations of a trace") {
  const norn::test::ScratchFolder folder;
  const std::string path = folder.path() + "/t.norn";
  using norn::trace::EventKind;
  {
    auto opened = norn::trace::Recorder::open(
        {.mode = norn::trace::RecorderOptions::Mode::file, .path = path}, nlohmann::json::object());
    REQUIRE(opened.ok());
    const auto recorder = std::move(*opened);
    const auto call = [&](std::uint64_t client, std::uint64_t number, const char* function,
                          const char* arguments) {
      norn::trace::Event event;
      event.kind = EventKind::op_call;
      event.a = client;
      event.b = number;
      event.text = recorder->intern(function);
      event.payload = bytes_of(arguments);
      recorder->record(event);
    };
    const auto ret = [&](std::uint64_t client, std::uint64_t number, std::uint64_t outcome,
                         const char* result) {
      norn::trace::Event event;
      event.kind = EventKind::op_return;
      event.a = client;
      event.b = number;
      event.c = outcome;
      event.payload = bytes_of(result);
      recorder->record(event);
    };
    call(1, 1, "put", "[\"x\",\"1\"]");
    ret(1, 1, 0, "null");
    call(2, 2, "put", "[\"x\",\"2\"]");
    ret(2, 2, 2, "null");
    call(1, 3, "get", "[\"x\"]");
    ret(1, 3, 0, "\"2\"");
    call(1, 4, "get", "[\"x\"]");
    ret(1, 4, 0, "\"1\"");
    REQUIRE(recorder->finish(nlohmann::json::object()).ok());
  }
  const Ran ran = norn_check({path, "--model", "kv"});
  INFO(ran.out << ran.err);
  CHECK(ran.code == 1);
  CHECK(contains(ran.out, "client 1: get(x) -> 1  (" + path + ":7)"));
}
