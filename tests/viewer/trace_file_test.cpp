#include "model/trace_file.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "model/describe.hpp"
#include "model/trace_model.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"
#include "viewer/support/fake_raft.hpp"
#include "viewer/support/record.hpp"

namespace norn::viewer {

using norn::test::ScratchFolder;

namespace {

Result<TraceModel> load(const std::string& path) {
  auto source = open_trace_file(path);
  if (!source) return source.error();
  return TraceModel::build(std::move(source).value());
}

}  // namespace

TEST_CASE("a recorded file gives the same model as the events it was made of") {
  const ScratchFolder folder;
  const std::string path = folder.path() + "/run.norn";
  test::record(*test::fake_raft(), path);
  const auto from_file = load(path);
  if (!from_file) FAIL(from_file.error().message);
  const auto from_memory = TraceModel::build(test::fake_raft());
  REQUIRE(from_memory.ok());

  CHECK(from_file->facts().scenario == "raft");
  CHECK(from_file->facts().variant == "vote-not-persisted");
  CHECK(from_file->facts().seed == 7U);
  CHECK(from_file->facts().complete);
  REQUIRE(from_file->events().size() == from_memory->events().size());
  CHECK(from_file->messages().count() == from_memory->messages().count());
  CHECK(from_file->messages().lost_count() == from_memory->messages().lost_count());
  CHECK(from_file->faults().size() == 2);
  CHECK(from_file->faults()[0].label == "partition  n1 n2 | n3 n4 n5");
  CHECK(from_file->node_name(4) == "n4");
  for (Index i = 0; i < from_file->events().size(); i += 7) {
    CAPTURE(i);
    // The events in memory name fibers that they never start; a file knows only those that started.
    if (from_file->events().kind(i) != trace::EventKind::timer) {
      CHECK(title_of(*from_file, i) == title_of(*from_memory, i));
    }
    CHECK(from_file->events().time_ns(i) == from_memory->events().time_ns(i));
    CHECK(from_file->events().cause(i) == from_memory->events().cause(i));
  }
}

TEST_CASE(
    "a file that is missing, empty, foreign or cut is an error in one line, or what is whole of "
    "it") {
  const ScratchFolder folder;
  const std::string good = folder.path() + "/good.norn";
  test::record(*test::fake_raft(), good);
  const auto size = std::filesystem::file_size(good);

  const auto check_error = [](const std::string& path) {
    CAPTURE(path);
    const auto model = load(path);
    REQUIRE_FALSE(model.ok());
    CHECK(model.error().message.find(path) != std::string::npos);
    CHECK(model.error().message.find('\n') == std::string::npos);
  };
  check_error(folder.path() + "/missing.norn");
  const std::string empty = folder.path() + "/empty.norn";
  std::ofstream(empty).flush();
  check_error(empty);
  const std::string foreign = folder.path() + "/foreign.norn";
  std::ofstream(foreign) << "GIF89a is not a trace";
  check_error(foreign);
  check_error(folder.path());

  for (std::uintmax_t length = 0; length < size; length += 97) {
    const std::string cut = folder.path() + "/cut.norn";
    std::filesystem::copy_file(good, cut, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(cut, length);
    const auto model = load(cut);
    if (model.ok()) CHECK_FALSE(model->facts().complete);
  }
}

}  // namespace norn::viewer
