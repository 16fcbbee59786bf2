#include "panels/popups.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>

#include "model/marks.hpp"
#include "model/time_text.hpp"
#include "panels/status_bar.hpp"

namespace norn::viewer {
namespace {

// What Enter does in the box "go to": the number of an event, or a time with its unit.
std::string go_to(Navigator& nav, const std::string& text) {
  std::uint64_t number = 0;
  const std::size_t skip = !text.empty() && text.front() == '#' ? 1 : 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + skip, end, number);
  const EventTable& events = nav.model().events();
  if (parsed.ec == std::errc() && parsed.ptr == end && number != 0) {
    const Index event = events.index_of(number);
    if (event == kNone) return "there is no event " + std::to_string(number);
    nav.remember();
    nav.select_and_show(event);
    return {};
  }
  const auto time = parse_duration(text);
  if (!time) return "neither an event (2565, #2565) nor a time (1.5s): " + time.error().message;
  if (*time > nav.model().end_ns())
    return "the trace ends at " + format_exact(nav.model().end_ns());
  nav.remember();
  nav.centre_on(static_cast<double>(*time));
  nav.set_cursor(static_cast<double>(*time));
  return {};
}

// The mark that M means: of the selected event, else of the moment at the cursor.
Mark mark_meant(const PanelContext& context) {
  const Navigator& nav = context.nav;
  const EventTable& events = context.model().events();
  if (nav.selected() != kNone)
    return {.time_ns = events.time_ns(nav.selected()), .event = events.seq(nav.selected())};
  const double middle = (nav.view().begin_ns() + nav.view().end_ns()) / 2;
  const double time = nav.cursor_ns().value_or(middle);
  return {.time_ns = static_cast<std::int64_t>(std::max(0.0, std::round(time)))};
}

void save_mark(PanelContext& context) {
  Mark mark = mark_meant(context);
  mark.note = context.popup.text.data();
  context.marks->put(std::move(mark));
  ++context.picture_version;
  if (auto saved = context.marks->save(); !saved) context.notice = saved.error().message;
}

// begin_popup() opens a small window in the upper middle.
bool begin_popup(const PanelContext& context, const char* title) {
  const ImVec2 size = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos({size.x / 2, size.y * 0.28F}, ImGuiCond_Always, {0.5F, 0.5F});
  ImGui::SetNextWindowFocus();
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 1);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(18, 14));
  ImGui::PushStyleColor(ImGuiCol_WindowBg, context.theme->background);
  const bool open = ImGui::Begin(title, nullptr,
                                 ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_AlwaysAutoResize |
                                     ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNav);
  if (open) {
    compat::push_font(context.fonts.bold);
    ImGui::TextUnformatted(title);
    ImGui::PopFont();
  }
  return open;
}

void end_popup() {
  ImGui::End();
  ImGui::PopStyleColor();
  ImGui::PopStyleVar(2);
}

// A line of text that has the keyboard; true when Enter was pressed.
bool input_line(PanelContext& context, const char* spot) {
  Popup& popup = context.popup;
  ImGui::SetNextItemWidth(420);
  if (popup.fresh) {
    ImGui::SetKeyboardFocusHere();
    popup.fresh = false;
  }
  const bool entered = ImGui::InputText("##text", popup.text.data(), popup.text.size(),
                                        ImGuiInputTextFlags_EnterReturnsTrue);
  context.spots.note(spot);
  return entered;
}

void draw_go_to(PanelContext& context) {
  if (begin_popup(context, "Go to an event or a time")) {
    if (input_line(context, "go_to.text")) {
      context.popup.problem = go_to(context.nav, context.popup.text.data());
      context.popup.fresh = true;
      if (context.popup.problem.empty()) context.popup.which = Popup::Which::none;
    }
    if (context.popup.problem.empty()) {
      ImGui::TextDisabled("2565   #2565   1.5s   250ms   then Enter");
    } else {
      ImGui::PushStyleColor(ImGuiCol_Text, context.theme->violation);
      ImGui::TextUnformatted(context.popup.problem.c_str());
      ImGui::PopStyleColor();
    }
  }
  end_popup();
}

void set_filter_text(PanelContext& context, const std::string& text) {
  FilterSpec spec = shared_filter(context).spec();
  spec.text = text;
  context.filter->set(spec);
}

// The filter follows each letter; Enter keeps it.
void draw_filter(PanelContext& context) {
  if (begin_popup(context, "Filter: what all views show")) {
    if (input_line(context, "filter.text")) context.popup.which = Popup::Which::none;
    set_filter_text(context, context.popup.text.data());
    const EventFilter& filter = *context.filter;
    if (filter.problem()) {
      ImGui::PushStyleColor(ImGuiCol_Text, context.theme->violation);
      ImGui::TextUnformatted(("at letter " + std::to_string(filter.problem()->at + 1) + ": " +
                              filter.problem()->message)
                                 .c_str());
      ImGui::PopStyleColor();
    } else if (filter.active()) {
      ImGui::TextUnformatted(passing_text(filter, context.model().events().size()).c_str());
    } else {
      ImGui::TextDisabled("%s", "drop and to = n2     latency > 50ms     /term [0-9]+/");
    }
    ImGui::TextDisabled("%s", "Enter keeps it, Esc brings back what was; ? in the log says more");
  }
  end_popup();
}

void draw_note(PanelContext& context) {
  const Mark mark = mark_meant(context);
  const std::string what = mark.event != 0 ? "Note on event " + std::to_string(mark.event)
                                           : "Note at " + format_exact(mark.time_ns);
  if (begin_popup(context, what.c_str())) {
    if (input_line(context, "note.text")) {
      save_mark(context);
      context.popup.which = Popup::Which::none;
    }
    ImGui::TextDisabled("Enter keeps it beside the trace; empty takes the mark away");
  }
  end_popup();
}

void open_popup(PanelContext& context, Popup::Which which, const std::string& text) {
  context.popup = {};
  context.popup.which = which;
  std::snprintf(context.popup.text.data(), context.popup.text.size(), "%s", text.c_str());
}

}  // namespace

void draw_popups(PanelContext& context) {
  if (context.popup.which == Popup::Which::go_to) draw_go_to(context);
  if (context.popup.which == Popup::Which::filter) draw_filter(context);
  if (context.popup.which == Popup::Which::note && context.marks != nullptr) draw_note(context);
}

void open_filter(PanelContext& context) {
  const std::string text = shared_filter(context).spec().text;
  open_popup(context, Popup::Which::filter, text);
  context.popup.before = text;
}

bool press_popup(PanelContext& context, Key key, Modifiers modifiers) {
  if (key == Key::escape && context.popup.which != Popup::Which::none) {
    if (context.popup.which == Popup::Which::filter) set_filter_text(context, context.popup.before);
    context.popup = {};
    return true;
  }
  if (context.popup.which != Popup::Which::none) return true;
  if (key == Key::find && !modifiers.shift) {
    open_filter(context);
    return true;
  }
  if (key == Key::go_to) {
    open_popup(context, Popup::Which::go_to, {});
    return true;
  }
  if (key == Key::mark && context.marks != nullptr) {
    const Mark meant = mark_meant(context);
    const Mark* const old = context.marks->at(meant.event, meant.time_ns);
    open_popup(context, Popup::Which::note, old == nullptr ? std::string() : old->note);
    return true;
  }
  return false;
}

void draw_notice(PanelContext& context, const Rect& area) {
  if (context.notice.empty()) return;
  const Theme& theme = *context.theme;
  ImGui::SetNextWindowPos({area.x0 + 12, area.y0 + 8});
  ImGui::SetNextWindowSize({area.width() - 24, 0});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 1);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(12, 9));
  ImGui::PushStyleColor(ImGuiCol_WindowBg, theme.background);
  ImGui::PushStyleColor(ImGuiCol_Border, theme.violation);
  if (ImGui::Begin("notice", nullptr,
                   ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoSavedSettings |
                       ImGuiWindowFlags_NoFocusOnAppearing | ImGuiWindowFlags_NoNav)) {
    const float button = 60;
    ImGui::PushTextWrapPos(area.width() - 24 - button - 24);
    ImGui::PushStyleColor(ImGuiCol_Text, theme.violation);
    ImGui::TextUnformatted(context.notice.c_str());
    ImGui::PopStyleColor();
    ImGui::PopTextWrapPos();
    ImGui::SameLine(area.width() - 24 - button - 12);
    if (ImGui::Button("Close", {button, 0})) context.notice.clear();
    context.spots.note("notice.close");
  }
  ImGui::End();
  ImGui::PopStyleColor(2);
  ImGui::PopStyleVar(2);
}

void draw_welcome(PanelContext& context, const Rect& area) {
  ImGui::GetWindowDrawList()->AddRectFilled(area.min(), area.max(), context.theme->background);
  ImGui::SetCursorScreenPos({area.x0 + 40, area.y0 + 32});
  ImGui::BeginGroup();
  compat::push_font(context.fonts.bold);
  ImGui::TextUnformatted("No trace is open");
  ImGui::PopFont();
  ImGui::TextUnformatted("Drop a .norn file here, or start with: norn-viewer FILE.norn");
  ImGui::TextUnformatted(
      "A scenario records one with --trace FILE.norn, and whenever a seed fails.");
  if (!context.recent.empty()) {
    ImGui::Dummy({0, 12});
    compat::push_font(context.fonts.bold);
    ImGui::TextUnformatted("Opened before");
    ImGui::PopFont();
    const std::vector<std::string> recent = context.recent;
    for (std::size_t i = 0; i < recent.size(); ++i) {
      const std::filesystem::path path(recent[i]);
      const std::string shown = path.filename().string() + "     " + path.parent_path().string() +
                                "##" + std::to_string(i);
      if (ImGui::Selectable(shown.c_str(), false, ImGuiSelectableFlags_None,
                            {std::max(100.0F, area.width() - 80), 0}))
        context.ask({.what = Request::What::open, .path = recent[i]});
      context.spots.note("recent." + std::to_string(i));
    }
  }
  ImGui::EndGroup();
}

void draw_loading(PanelContext& context, const Rect& area) {
  if (context.loading >= 1) return;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const Theme& theme = *context.theme;
  list.AddRectFilled(area.min(), {area.x1, area.y1}, faded(theme.accent, 0.2F));
  const float x = area.x0 + static_cast<float>(context.loading) * area.width();
  list.AddRectFilled(area.min(), {x, area.y1}, theme.accent);
}

}  // namespace norn::viewer
