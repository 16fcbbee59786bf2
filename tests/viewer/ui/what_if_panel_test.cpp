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
  // Where a fault stands in the strip of the diagram.
  ImVec2 bar(const std::string& fault) const {
    ui->frame();
    const auto rect = ui->context.spots.find("fault." + fault);
    REQUIRE(rect.has_value());
    return {(rect->x0 + rect->x1) / 2, (rect->y0 + rect->y1) / 2};
  }
  float px(std::int64_t ms) const {
    return ui->at(static_cast<double>(ms) * 1e6, 1).x - ui->at(0, 1).x;
  }
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

TEST_CASE_METHOD(CaseBeside, "a fault is dragged in the diagram to another time, and back") {
  const ImVec2 partition = bar("0");
  ui->drag_left(partition, {partition.x + px(200), partition.y + 60});
  CHECK(static_cast<double>(model().faults()[0].at_ns) == Approx(1.1e9).epsilon(0.01));
  CHECK(model().faults()[0].at_ns % 1'000'000 == 0);
  CHECK(model().faults()[0].lasts_ns == 800'000'000);
  CHECK(model().faults()[1].at_ns == 2'150'000'000);
  CHECK_FALSE(ui->context.measured.has_value());
  CHECK(ui->nav.selected() == kNone);
  // From its new place it goes on.
  const ImVec2 moved = bar("0.moved");
  ui->drag_left(moved, {moved.x + px(600), moved.y});
  CHECK(static_cast<double>(model().faults()[0].at_ns) == Approx(1.7e9).epsilon(0.01));
  const ImVec2 far = bar("0.moved");
  ui->drag_left(far, {far.x - 3000, far.y});
  CHECK(model().faults()[0].at_ns == 0);
  REQUIRE(ui->click_spot("what_if.reset"));
  ui->frame();
  ui->frame();
  CHECK_FALSE(ui->context.spots.find("fault.0.moved").has_value());
}

TEST_CASE_METHOD(CaseBeside, "a fault is not moved by a click, nor beyond the end of the run") {
  ui->click(bar("0"));
  CHECK(ui->nav.selected() == ui->model.faults()[0].begin);
  CHECK_FALSE(model().changed());
  const ImVec2 crash = bar("1");
  ui->drag_left(crash, {crash.x + 3000, crash.y});
  CHECK(model().faults()[1].at_ns == ui->model.end_ns());
}

TEST_CASE_METHOD(CaseBeside, "what is dragged is seen at its new place before it is let go") {
  const ImVec2 crash = bar("1");
  ui->drag_left(crash, {crash.x - px(400), crash.y}, false);
  REQUIRE(ui->context.fault_drag.has_value());
  CHECK(static_cast<double>(ui->context.fault_drag->to_ns) == Approx(1.75e9).epsilon(0.01));
  CHECK_FALSE(model().changed());
  compat::set_mouse_button(0, false);
  ui->frame();
  CHECK(model().changed());
}

TEST_CASE_METHOD(CaseBeside, "beside the faults a drag measures") {
  const ImVec2 partition = bar("0");
  ui->drag_left({partition.x, partition.y + 120}, {partition.x + 100, partition.y + 120});
  CHECK(ui->context.measured.has_value());
  CHECK_FALSE(model().changed());
}

TEST_CASE_METHOD(CaseBeside, "the fault under the mouse, or else the selected one, is switched") {
  const ImVec2 crash = bar("1");
  ui->nav.select(ui->model.faults()[0].begin);
  ui->move(crash.x, crash.y);
  ui->frame();
  ui->frame();
  REQUIRE(switch_fault(ui->context));
  CHECK((model().faults()[0].on && !model().faults()[1].on));
  ui->frame();
  CHECK(switch_fault(ui->context));
  CHECK(model().faults()[1].on);
  ui->move(1, 1);
  ui->frame();
  ui->frame();
  CHECK(switch_fault(ui->context));
  CHECK_FALSE(model().faults()[0].on);
  ui->nav.clear();
  CHECK_FALSE(switch_fault(ui->context));
}

TEST_CASE("without a case a drag over a fault measures, and switching it says why not") {
  HeadlessUi ui{TraceModel::build(test::fake_raft()).value()};
  ui.frame();
  const auto rect = ui.context.spots.find("fault.0");
  REQUIRE(rect.has_value());
  const ImVec2 at{(rect->x0 + rect->x1) / 2, (rect->y0 + rect->y1) / 2};
  ui.drag_left(at, {at.x + 100, at.y});
  CHECK(ui.context.measured.has_value());
  ui.nav.select(ui.model.faults()[0].begin);
  CHECK(switch_fault(ui.context));
  CHECK_FALSE(ui.context.notice.empty());
}

TEST_CASE("without a case beside the trace the panel says where it looked") {
  HeadlessUi ui{TraceModel::build(test::fake_raft()).value()};
  REQUIRE(ui.show("what_if"));
  CHECK(what_if(ui.context) == nullptr);
  CHECK_FALSE(ui.click_spot("what_if.run"));
}

}  // namespace norn::viewer
