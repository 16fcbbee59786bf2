// libFuzzer target: whatever a file of another system holds, an import gives an error of one line
// that names the file, and leaves nothing behind; or a sound trace, which comes back the same when
// it is exported and imported again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <string_view>

#include "norn/trace/describe.hpp"
#include "norn/trace/export.hpp"
#include "norn/trace/import.hpp"
#include "norn/trace/reader.hpp"
#include "support/scratch_folder.hpp"

using namespace norn;
using namespace norn::trace;

namespace {

constexpr std::size_t kLongestInput = std::size_t{64} * 1024;

void must(bool condition) {
  if (!condition) std::abort();
}

const std::string& made_file() {
  static const test::ScratchFolder folder;
  static const std::string path = folder.path() + "/made.norn";
  return path;
}

Result<ImportReport> import(const std::string& format, const std::string& text) {
  std::istringstream in(text);
  const RecorderOptions recording = {
      .mode = RecorderOptions::Mode::file, .path = made_file(), .overwrite = true};
  return format == "jsonl" ? import_json_lines(in, "in", recording)
                           : import_shiviz(in, "in", "", recording);
}

std::string exported() {
  const auto reader = Reader::open(made_file());
  must(reader.ok());
  std::ostringstream out;
  must(find_export_format("jsonl")->write(*reader, {}, out).ok());
  return out.str();
}

void must_be_sound(const ImportReport& report) {
  auto reader = Reader::open(made_file());
  must(reader.ok() && reader->complete() && reader->verify().ok());
  must(reader->events() == report.events && reader->hash() == report.hash);
  std::uint64_t described = 0;
  const auto walked = reader->for_each(
      [&](const Event& event) { described += describe(*reader, event).empty() ? 0 : 1; });
  must(walked.ok() && described == report.events);
}

void one(const std::string& format, const std::string& text) {
  const auto report = import(format, text);
  if (!report.ok()) {
    const std::string& message = report.error().message;
    must(message.starts_with("in: ") && message.find('\n') == std::string::npos);
    must(!std::filesystem::exists(made_file()) &&
         !std::filesystem::exists(made_file() + ".partial"));
    return;
  }
  must_be_sound(*report);
  const std::string first = exported();
  const auto again = import("jsonl", first);
  must(again.ok() && again->events == report->events && again->lost_references == 0);
  must(exported() == first);
  std::filesystem::remove(made_file());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > kLongestInput) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);
  one("jsonl", text);
  one("shiviz", text);
  return 0;
}
