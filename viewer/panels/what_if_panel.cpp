#include "panels/what_if_panel.hpp"

#include <algorithm>
#include <utility>

#include "model/time_text.hpp"

namespace norn::viewer {
namespace {

constexpr float kFaultsShare = 0.5F;
constexpr float kTimeBox = 104;
constexpr float kFaultRow = 28;

}  // namespace

WhatIf* what_if(PanelContext& context) {
  const std::string& path = context.model().facts().path;
  if (context.what_if_of != path || path.empty()) {
    context.what_if_of = path;
    context.what_if.reset();
    context.what_if_problem.clear();
    auto loaded = WhatIf::load(context.model().facts());
    if (loaded) {
      context.what_if = std::make_shared<WhatIf>(std::move(loaded).value());
    } else {
      context.what_if_problem = loaded.error().message;
    }
  }
  return context.what_if.get();
}

// A box with a time; true when a new time stands in it.
bool WhatIfPanel::time_box(PanelContext& context, const std::string& spot, std::string& text,
                           bool& wrong, std::int64_t& ns) const {
  if (wrong) ImGui::PushStyleColor(ImGuiCol_Border, context.theme->violation);
  const bool was_wrong = wrong;
  const bool changed = text_field(context, spot, {.hint = "1.5s", .width = kTimeBox}, text);
  if (was_wrong) ImGui::PopStyleColor();
  if (!changed) return false;
  const auto time = parse_duration(text);
  wrong = !time;
  if (!time) return false;
  ns = *time;
  return true;
}

void WhatIfPanel::draw_fault(PanelContext& context, WhatIf& model, std::size_t index) {
  const Theme& theme = *context.theme;
  const PlannedFault& fault = model.faults()[index];
  Boxes& boxes = boxes_[index];
  // The diagram may have moved it.
  if (boxes.at_ns != fault.at_ns) {
    boxes.at_ns = fault.at_ns;
    boxes.at = plan_time(fault.at_ns);
    boxes.at_wrong = false;
  }
  if (fault.lasts_ns && boxes.lasts_ns != *fault.lasts_ns) {
    boxes.lasts_ns = *fault.lasts_ns;
    boxes.lasts = plan_time(*fault.lasts_ns);
    boxes.lasts_wrong = false;
  }
  const std::string number = std::to_string(index);
  ImGui::PushID(static_cast<int>(index));
  if (chip(context, "what_if.on." + number, fault.on ? "on" : "off", fault.on))
    model.set_on(index, !fault.on);
  ImGui::SameLine(0, 8);
  if (time_box(context, "what_if.at." + number, boxes.at, boxes.at_wrong, boxes.at_ns))
    model.move(index, boxes.at_ns);
  ImGui::SameLine(0, 6);
  if (fault.lasts_ns) {
    word(context, "for", theme.text_dim);
    ImGui::SameLine(0, 6);
    if (time_box(context, "what_if.lasts." + number, boxes.lasts, boxes.lasts_wrong,
                 boxes.lasts_ns))
      model.set_lasts(index, boxes.lasts_ns);
    ImGui::SameLine(0, 8);
  }
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = std::max(40.0F, ImGui::GetContentRegionAvail().x - 4);
  // The fault as the trace has it is selected by a click.
  if (ImGui::InvisibleButton("label", {width, 24})) {
    for (const Fault& traced : context.model().faults()) {
      if (traced.plan_index == fault.plan_index && traced.kind == fault.kind)
        context.nav.select_and_show(traced.begin);
    }
  }
  context.spots.note("what_if.fault." + number);
  std::string text = fault.label;
  if (fault.changed() && fault.on) text += "   (was at " + plan_time(fault.original_at_ns) + ")";
  draw_fitted(*ImGui::GetWindowDrawList(),
              fault.changed() ? context.fonts.small_bold : context.fonts.small, {at.x, at.y + 4},
              fault.on ? theme.text : theme.text_dim, text, width);
  ImGui::PopID();
}

void WhatIfPanel::draw_faults(PanelContext& context, WhatIf& model) {
  if (model.faults().empty()) {
    word(context, "This case has no faults in its plan.", context.theme->text_dim);
    return;
  }
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(model.faults().size()), kFaultRow);
  while (clipper.Step()) {
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i)
      draw_fault(context, model, static_cast<std::size_t>(i));
  }
}

void WhatIfPanel::draw_verdict(PanelContext& context, const WhatIf& model) {
  const Theme& theme = *context.theme;
  const ChildProgram* const child = model.child();
  if (child == nullptr) return;
  if (child->running()) {
    word(context, "running \xE2\x80\xA6", theme.text_dim);
    return;
  }
  // Hashes and copies are in the output below.
  std::string verdict = model.verdict();
  verdict.resize(std::min(verdict.find(": hash"), verdict.size()));
  const int code = child->exit_code();
  const ImU32 colour = code == 0 ? theme.good : code == 1 ? theme.violation : theme.late;
  word(context, verdict, colour);
  const std::string trace = model.new_trace();
  if (trace.empty()) return;
  ImGui::SameLine(0, 12);
  if (button(context, "what_if.beside", "beside"))
    context.ask({.what = Request::What::open_beside, .path = trace});
  ImGui::SameLine(0, 4);
  if (button(context, "what_if.open", "instead"))
    context.ask({.what = Request::What::open, .path = trace});
}

void WhatIfPanel::draw_output(PanelContext& context, const WhatIf& model) {
  if (model.child() == nullptr) return;
  compat::push_font(context.fonts.mono);
  compat::begin_child("what-if-output", {0, 0}, true);
  const std::string& output = model.child()->output();
  ImGui::TextUnformatted(output.data(), output.data() + output.size());
  ImGui::EndChild();
  ImGui::PopFont();
}

void WhatIfPanel::draw_run(PanelContext& context, WhatIf& model) {
  const Theme& theme = *context.theme;
  const bool running = model.child() != nullptr && model.child()->running();
  const std::string missing = model.program_problem();
  if (running) {
    if (button(context, "what_if.stop", "stop")) model.child()->stop();
  } else if (button(context, "what_if.run", "run", missing.empty())) {
    const auto started = model.run();
    problem_ = started ? std::string() : started.error().message;
  }
  ImGui::SameLine(0, 6);
  if (button(context, "what_if.reset", "as it was", model.changed())) model.reset();
  ImGui::SameLine(0, 12);
  draw_verdict(context, model);
  word(context, "program", theme.text_dim);
  ImGui::SameLine(0, 6);
  const float width = std::max(120.0F, ImGui::GetContentRegionAvail().x - 8);
  if (text_field(context, "what_if.program",
                 {.hint = "path of the scenario's program", .width = width}, program_))
    model.set_program(program_);
  const std::string wrong = missing.empty() ? problem_ : missing;
  if (!wrong.empty()) word(context, wrong, theme.violation);
  word(context, running ? "this runs:" : "run would start exactly this:", theme.text_dim);
  compat::push_font(context.fonts.mono);
  ImGui::PushTextWrapPos(0);
  ImGui::TextUnformatted(shell_line(model.command()).c_str());
  ImGui::PopTextWrapPos();
  ImGui::PopFont();
  draw_output(context, model);
}

void WhatIfPanel::draw(PanelContext& context) {
  WhatIf* const model = what_if(context);
  if (model == nullptr) {
    running_ = false;
    word(context, context.what_if_problem, context.theme->text_dim);
    return;
  }
  if (known_ != model) {
    known_ = model;
    boxes_.assign(model->faults().size(), {});
    program_ = model->program();
    problem_.clear();
  }
  // The new trace comes beside the old one by itself, once.
  if (model->poll() && !model->new_trace().empty())
    context.ask({.what = Request::What::open_beside, .path = model->new_trace()});
  running_ = model->child() != nullptr && model->child()->running();
  const ImVec2 room = ImGui::GetContentRegionAvail();
  compat::begin_child("what-if-faults", {room.x * kFaultsShare - 8, room.y}, false);
  draw_faults(context, *model);
  ImGui::EndChild();
  ImGui::SameLine(0, 16);
  compat::begin_child("what-if-run", {0, room.y}, false);
  draw_run(context, *model);
  ImGui::EndChild();
}

}  // namespace norn::viewer
