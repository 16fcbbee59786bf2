#include <filesystem>

#include "explore/text.hpp"
#include "program/settings.hpp"

namespace norn::program {

namespace {

namespace fs = std::filesystem;

constexpr const char* kViewer = "norn-viewer";

// The viewer is installed and built into the folder of the scenario programs.
std::string viewer_of(const fs::path& program) {
  std::error_code problem;
  if (!program.has_parent_path()) return kViewer;  // found through PATH, and the viewer with it
  const fs::path beside = program.parent_path() / kViewer;
  return fs::exists(beside, problem) ? explore::shell_word(beside.string()) : kViewer;
}

}  // namespace

Invocation invocation_of(const char* argv0) {
  const fs::path program = argv0 == nullptr || *argv0 == '\0' ? "scenario" : argv0;
  return {explore::shell_word(program.string()), viewer_of(program), program.filename().string()};
}

}  // namespace norn::program
