// What the norn command says of files that are cut, altered, foreign or newer: one line that names
// the file and the place, exit code 2, and nothing written.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "norn/trace/recorder.hpp"
#include "norn_command.hpp"
#include "support/bad_files.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

using norn::test::bytes_of_file;
using norn::test::with_other_byte;
using norn::test::write_file;
using norn::trace::EventKind;

namespace {

struct Answer {
  int code = 0;
  std::string out;
  std::string err;

  bool is_one_line_about(const std::string& path) const {
    return code == 2 && err.starts_with("norn: " + path + ": ") && err.ends_with('\n') &&
           std::count(err.begin(), err.end(), '\n') == 1;
  }
};

Answer ask_norn(std::vector<std::string> arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = norn::command::run(std::move(arguments), "1.2.3", out, err);
  return {code, out.str(), err.str()};
}

// A short trace, finished or left by a process that was killed.
struct ShortTrace {
  norn::test::ScratchFolder folder;
  std::string path = folder.path() + "/t.norn";
  std::string sound;
  std::string interrupted;

  ShortTrace() {
    record(true);
    sound = bytes_of_file(path);
    std::filesystem::remove(path);
    record(false);
    interrupted = bytes_of_file(path + ".partial");
    REQUIRE(sound.size() > 500);
    REQUIRE(interrupted.size() > 300);
  }
  void record(bool finish) const {
    auto opened = norn::trace::Recorder::open(
        {.mode = norn::trace::RecorderOptions::Mode::file, .path = path},
        {{"scenario", "demo"}, {"seed", 5}});
    REQUIRE(opened.ok());
    norn::trace::Recorder& recorder = **opened;
    for (norn::trace::NodeId node = 1; node <= 3; ++node) {
      recorder.name_node(node, "n" + std::to_string(node));
      recorder.record({.kind = EventKind::node_start, .node = node, .a = 1});
    }
    for (int i = 0; i < 12; ++i) {
      recorder.set_time(i * 1'000'000);
      recorder.set_context(1, 0, 1);
      const auto send = recorder.send(2, recorder.intern("Hello"), {}, false);
      recorder.deliver(send, 2, recorder.intern("Hello"), 0);
    }
    if (finish) REQUIRE(recorder.finish({{"verdict", "passed"}}).ok());
  }
  std::vector<std::vector<std::string>> readers(const std::string& file) const {
    return {{"info", file},
            {"log", file},
            {"export", "--to", "jsonl", file, "-o", folder.path() + "/out"}};
  }
  bool wrote_nothing() const {
    return !std::filesystem::exists(folder.path() + "/out") &&
           !std::filesystem::exists(folder.path() + "/out.partial");
  }
};

}  // namespace

TEST_CASE_METHOD(ShortTrace, "what is no trace is named by every command, and never waited for") {
  auto files = norn::test::bad_files(folder.path(), sound);
  files.push_back({.path = folder.path(), .says = "Is a directory"});
  for (const auto& file : files) {
    for (const auto& command : readers(file.path)) {
      const Answer answer = ask_norn(command);
      CAPTURE(command, answer.code, answer.err);
      CHECK(answer.is_one_line_about(file.path));
      CHECK(answer.err.find(file.says) != std::string::npos);
      CHECK(wrote_nothing());
    }
  }
}

TEST_CASE_METHOD(ShortTrace, "what cannot be imported is named, and leaves nothing behind") {
  for (const auto& file : norn::test::bad_files(folder.path(), sound)) {
    // An import reads what a pipe brings, as other filters do.
    if (file.path.find("pipe") != std::string::npos) continue;
    for (const char* const format : {"jsonl", "shiviz"}) {
      const Answer answer =
          ask_norn({"import", "--from", format, file.path, "-o", folder.path() + "/out"});
      CAPTURE(file.path, format, answer.code, answer.err);
      CHECK(answer.is_one_line_about(file.path));
      CHECK(wrote_nothing());
    }
  }
}

TEST_CASE_METHOD(ShortTrace, "a trace that was cut anywhere is refused with the place") {
  for (std::size_t size = 0; size < sound.size(); ++size) {
    write_file(path, std::string_view(sound).substr(0, size));
    for (const auto& command : readers(path)) {
      const Answer answer = ask_norn(command);
      CAPTURE(size, command, answer.code, answer.err);
      REQUIRE(answer.is_one_line_about(path));
      REQUIRE(answer.err.find(": byte ") != std::string::npos);
    }
    REQUIRE(wrote_nothing());
  }
}

TEST_CASE_METHOD(ShortTrace, "a trace in which any byte was altered is refused with the place") {
  for (std::size_t at = 0; at < sound.size(); ++at) {
    write_file(path, with_other_byte(sound, at, 1U << (at % 8)));
    for (const auto& command : readers(path)) {
      const Answer answer = ask_norn(command);
      CAPTURE(at, command, answer.code, answer.err);
      REQUIRE(answer.is_one_line_about(path));
    }
    REQUIRE(wrote_nothing());
  }
}

TEST_CASE_METHOD(ShortTrace,
                 "of an interrupted trace that was cut anywhere what is whole is read") {
  int read = 0;
  for (std::size_t size = 0; size <= interrupted.size(); ++size) {
    write_file(path, std::string_view(interrupted).substr(0, size));
    for (auto command : readers(path)) {
      command.emplace_back(command.front() == "export" ? "--overwrite" : "");
      if (command.back().empty()) command.pop_back();
      const Answer answer = ask_norn(command);
      CAPTURE(size, command, answer.code, answer.out, answer.err);
      if (answer.code == 2) {
        REQUIRE(answer.is_one_line_about(path));
      } else {
        ++read;
        REQUIRE((answer.out + answer.err).find(command[0] == "info" ? "interrupted" : "") !=
                std::string::npos);
      }
    }
  }
  CHECK(read > 0);
}
