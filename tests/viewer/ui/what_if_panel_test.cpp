// The panel that edits and runs a case, drawn to nowhere, with a mouse and keys.
#include "panels/what_if_panel.hpp"

#include <poll.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/scratch_folder.hpp"
#include "viewer/support/fake_raft.hpp"
#include "viewer/ui/headless_ui.hpp"

namespace norn::viewer {

using test::HeadlessUi;

namespace {

// A trace with the case of its partition and its crash beside it, and a program that always passes.
struct CaseBeside {
  norn::test::ScratchFolder scratch;
  std::unique_ptr<HeadlessUi> ui;
  std::vector<Request> asked;

  CaseBeside() {
    const std::string program = scratch.path() + "/scenario";
    std::ofstream(program) << "#!/bin/sh\ncp \"$2\" \"$4\"\necho 'no longer fails: hash 0x2'\n";
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    std::ofstream(scratch.path() + "/run.case.json") << R"({"norn_case":1,"fault_plan":{"faults":[
             {"at":"900ms","kind":"partition","lasts":"800ms","side_a":["n1","n2"]},
             {"at":"2.15s","kind":"crash","lasts":"350ms","side_a":["n5"]}]}})";
    auto source = test::fake_raft();
    source->run_facts.path = scratch.path() + "/run.norn";
    source->run_facts.replay = program + " --replay run.case.json";
    ui = std::make_unique<HeadlessUi>(TraceModel::build(std::move(source)).value());
    ui->context.ask = [this](const Request& request) { asked.push_back(request); };
    REQUIRE(ui->show("what_if"));
    ui->frame();
    REQUIRE(what_if(ui->context) != nullptr);
  }
  WhatIf& model() const { return *what_if(ui->context); }
};

}  // namespace

TEST_CASE_METHOD(CaseBeside, "faults are switched, timed by text, and put back") {
  REQUIRE(ui->click_spot("what_if.on.1"));
  CHECK_FALSE(model().faults()[1].on);
  // At the left end of the box: "0.8s" becomes "10.8s".
  const auto box = ui->context.spots.find("what_if.lasts.0");
  REQUIRE(box.has_value());
  ui->click({box->x0 + 4, (box->y0 + box->y1) / 2});
  ui->type("1");
  CHECK(model().faults()[0].lasts_ns == 10'800'000'000);
  REQUIRE(ui->click_spot("what_if.at.0"));
  ui->type("x");
  CHECK(model().faults()[0].at_ns == 900'000'000);
  REQUIRE(ui->click_spot("what_if.reset"));
  CHECK_FALSE(model().changed());
}

TEST_CASE_METHOD(CaseBeside, "a click on a fault selects it in the trace") {
  REQUIRE(ui->click_spot("what_if.fault.1"));
  REQUIRE(ui->nav.selected() != kNone);
  CHECK(ui->nav.selected() == ui->model.faults()[1].begin);
}

TEST_CASE_METHOD(CaseBeside,
                 "nothing runs before the button is pressed, then the new trace is put beside") {
  CHECK(model().child() == nullptr);
  REQUIRE(ui->click_spot("what_if.on.0"));
  REQUIRE(ui->click_spot("what_if.run"));
  REQUIRE(model().child() != nullptr);
  for (int i = 0; i < 2000 && asked.empty(); ++i) {
    ::poll(nullptr, 0, 5);
    ui->frame();
  }
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].what == Request::What::open_beside);
  CHECK(asked[0].path == model().new_trace());
  for (int i = 0; i < 5; ++i) ui->frame();
  CHECK(asked.size() == 1);
  REQUIRE(ui->click_spot("what_if.open"));
  REQUIRE(asked.size() == 2);
  CHECK(asked[1].what == Request::What::open);
  REQUIRE(ui->click_spot("what_if.beside"));
  CHECK(asked.size() == 3);
  std::filesystem::remove_all(std::filesystem::path(model().new_trace()).parent_path());
}

TEST_CASE_METHOD(CaseBeside, "a wrong program cannot be run") {
  REQUIRE(ui->click_spot("what_if.program"));
  ui->type("wrong");
  CHECK_FALSE(model().program_problem().empty());
  ui->frame();
  REQUIRE(ui->click_spot("what_if.run"));
  CHECK(model().child() == nullptr);
}

TEST_CASE("without a case beside the trace the panel says where it looked") {
  HeadlessUi ui{TraceModel::build(test::fake_raft()).value()};
  REQUIRE(ui.show("what_if"));
  CHECK(what_if(ui.context) == nullptr);
  CHECK_FALSE(ui.click_spot("what_if.run"));
}

}  // namespace norn::viewer
