// The panel of runs, drawn to nowhere, with a mouse.
#include "panels/runs_panel.hpp"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/scratch_folder.hpp"
#include "viewer/support/fake_raft.hpp"
#include "viewer/ui/headless_ui.hpp"

namespace norn::viewer {

using nlohmann::json;
using test::HeadlessUi;

namespace {

// A campaign of forty seeds of which one failed, its case and traces, and a branch.
struct OneFailed {
  norn::test::ScratchFolder scratch;
  HeadlessUi ui{TraceModel::build(test::fake_raft()).value()};
  std::vector<Request> asked;
  RunsPanel* panel = nullptr;

  OneFailed() {
    const json group = {{"kind", "violation"},
                        {"property", "one leader"},
                        {"message", "n# and n# lead"},
                        {"count", 1},
                        {"first_seed", 17},
                        {"smallest", {{"seed", 17}, {"events", 7}, {"detail", "n1 and n2 lead"}}}};
    const json property = {
        {"name", "one leader"}, {"kind", "always"}, {"evaluated", 9}, {"held", 8}};
    const json part = {{"first", 0},
                       {"count", 40},
                       {"properties", json::array({property})},
                       {"groups", json::array({group})}};
    write("journal.jsonl", json({{"part", part}}).dump() + "\n");
    const json failing = {
        {"norn_case", 1},
        {"seed", 17},
        {"violation", {{"property", "one leader"}, {"detail", "n1 and n2 lead"}, {"at", "1s"}}}};
    write("cases/raft-17.case.json", failing.dump());
    write("cases/raft-17.norn", "x");
    write("cases/raft-17.min.norn", "x");
    const json point = {{"at", "1s"}, {"futures", 4}, {"failed", 3}};
    write("branch.json", json({{"norn_report", 1},
                               {"command", "branch"},
                               {"seed", 7},
                               {"points", json::array({point})}})
                             .dump());
    ui.context.ask = [this](const Request& request) { asked.push_back(request); };
    ui.context.folder = scratch.path();
    REQUIRE(ui.show("runs"));
    panel = dynamic_cast<RunsPanel*>(ui.context.panels->find("runs"));
    REQUIRE(panel != nullptr);
    for (int i = 0; i < 20; ++i) ui.frame();
    REQUIRE(panel->folder() != nullptr);
    REQUIRE(panel->folder()->done());
  }
  void write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = std::filesystem::path(scratch.path()) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  std::string file(const std::string& name) const { return scratch.path() + "/cases/" + name; }
};

}  // namespace

TEST_CASE_METHOD(OneFailed, "a button of a run opens its trace, or puts it beside the one shown") {
  REQUIRE(ui.click_spot("runs.file." + file("raft-17.norn")));
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].what == Request::What::open);
  CHECK(asked[0].path == file("raft-17.norn"));
  REQUIRE(ui.click_spot("runs.beside"));
  REQUIRE(ui.click_spot("runs.file." + file("raft-17.min.norn")));
  REQUIRE(asked.size() == 2);
  CHECK(asked[1].what == Request::What::open_beside);
  CHECK_FALSE(ui.click_spot("runs.file." + file("raft-17.near.norn")));
}

TEST_CASE_METHOD(OneFailed,
                 "a broken place of the map leads to the run, a way to fail to its runs") {
  REQUIRE(ui.click_spot("runs.view.map"));
  REQUIRE(ui.click_spot("runs.map.failed.0"));
  // The table is shown again, with the run in it.
  CHECK(ui.context.spots.find("runs.file." + file("raft-17.norn")).has_value());
  REQUIRE(ui.click_spot("runs.view.ways"));
  REQUIRE(ui.click_spot("runs.way.row.0"));
  CHECK(ui.context.spots.find("runs.file." + file("raft-17.norn")).has_value());
  REQUIRE(ui.click_spot("runs.all_ways"));
  ui.frame();
  CHECK_FALSE(ui.click_spot("runs.all_ways"));
}

TEST_CASE_METHOD(OneFailed, "a point of a branch's curve shows its moment") {
  REQUIRE(ui.click_spot("runs.view.branch"));
  ui.frame();
  REQUIRE(panel->folder()->branches().size() == 1);
  CHECK(panel->folder()->branches()[0].seed == ui.model.facts().seed.value_or(0));
  REQUIRE(ui.click_spot("runs.branch.point.0"));
  REQUIRE(ui.nav.selected() != kNone);
  CHECK(ui.model.events().time_ns(ui.nav.selected()) >= 1'000'000'000);
  CHECK(ui.model.events().time_ns(ui.nav.selected() - 1) < 1'000'000'000);
}

TEST_CASE_METHOD(OneFailed, "another folder is opened by its path, and a wrong one is refused") {
  REQUIRE(ui.click_spot("runs.path"));
  ui.type("/none");
  REQUIRE(ui.click_spot("runs.open"));
  CHECK(panel->folder() == nullptr);
  CHECK(ui.context.folder.find("/none") != std::string::npos);
  ui.context.folder = scratch.path();
  ui.frame();
  CHECK(panel->folder() != nullptr);
}

}  // namespace norn::viewer
