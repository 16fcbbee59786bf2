#include "panels/inspector.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "model/time_text.hpp"
#include "panels/causality_section.hpp"
#include "panels/paint.hpp"

namespace norn::viewer {
namespace {

constexpr std::size_t kChainShown = 48;
constexpr std::size_t kFaultsListed = 200;
constexpr std::size_t kOperationsShown = 12;
// What a frame spends on titles.
constexpr std::chrono::milliseconds kTitlesTime{4};

void heading(const PanelContext& context, const char* text) {
  ImGui::Dummy({0, 4});
  compat::push_font(context.fonts.small_bold);
  ImGui::PushStyleColor(ImGuiCol_Text, context.theme->text_dim);
  ImGui::TextUnformatted(text);
  ImGui::PopStyleColor();
  ImGui::PopFont();
  ImGui::Separator();
}

void field(const PanelContext& context, const char* name, const std::string& value) {
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  ImGui::PushStyleColor(ImGuiCol_Text, context.theme->text_dim);
  ImGui::TextUnformatted(name);
  ImGui::PopStyleColor();
  ImGui::TableNextColumn();
  ImGui::PushTextWrapPos(0);
  ImGui::TextUnformatted(value.c_str());
  ImGui::PopTextWrapPos();
}

bool begin_fields(const char* id) {
  if (!ImGui::BeginTable(id, 2, ImGuiTableFlags_SizingStretchProp)) return false;
  ImGui::TableSetupColumn("name", ImGuiTableColumnFlags_WidthFixed, 86);
  ImGui::TableSetupColumn("value", ImGuiTableColumnFlags_WidthStretch);
  return true;
}

// A line that selects an event when clicked: when, where, what.
void event_line(PanelContext& context, Index event, const std::string& what, bool current) {
  const TraceModel& model = context.model();
  const trace::NodeId node = model.events().node(event);
  ImGui::PushID(static_cast<int>(event));
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  const float height = context.fonts.body.size + context.fonts.small.size + 7;
  if (ImGui::Selectable("##line", current, ImGuiSelectableFlags_None, {width, height})) {
    context.nav.select_and_show(event);
  }
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const Theme& theme = *context.theme;
  std::string where = format_exact(model.events().time_ns(event));
  if (node != 0) where = std::string(model.node_name(node)) + "   " + where;
  draw_fitted(list, context.fonts.small, at, theme.text_dim, where, width);
  draw_fitted(list, context.fonts.body, {at.x, at.y + context.fonts.small.size + 2}, theme.text,
              what, width);
  ImGui::PopID();
}

// A command to be copied: wrapped, with a button.
void command(PanelContext& context, const char* title, const std::string& text, const char* spot) {
  heading(context, title);
  compat::push_font(context.fonts.mono);
  ImGui::PushTextWrapPos(0);
  ImGui::TextUnformatted(text.c_str());
  ImGui::PopTextWrapPos();
  ImGui::PopFont();
  ImGui::PushID(spot);
  if (ImGui::SmallButton("Copy")) ImGui::SetClipboardText(text.c_str());
  ImGui::PopID();
  context.spots.note(spot);
}

// The command that runs the case again up to this event, in a debugger.
std::string break_command(const RunFacts& facts, trace::Seq event) {
  if (facts.replay.find("--replay ") == std::string::npos) return {};
  return "gdb --args " + facts.replay + " --break-at " + std::to_string(event);
}

void draw_state(PanelContext& context, Index event) {
  const TraceModel& model = context.model();
  const trace::NodeId node = model.events().node(event);
  if (node == 0) return;
  const auto tracks = model.state().tracks_of(node);
  if (tracks.empty()) return;
  heading(context, "STATE OF THE NODE AT THIS EVENT");
  if (!begin_fields("state")) return;
  for (const StateTrack* track : tracks) {
    const StateChange* const change = PublishedState::at(*track, event);
    if (change == nullptr) continue;
    const std::string key(model.source().string(track->key));
    std::string value = model.state().value(*change);
    if (change->event == event) {
      const bool is_first = change == track->changes.data();
      value += is_first ? "   (new)" : "   (was " + model.state().value(*(change - 1)) + ")";
    }
    field(context, key.c_str(), value);
  }
  ImGui::EndTable();
}

// How long an operation had been under way at the event, and what became of it.
std::string fate_of(const EventTable& events, const ClientOperation& operation, Index event) {
  const auto between = [&](Index from, Index to) {
    return format_duration(static_cast<double>(events.time_ns(to) - events.time_ns(from)));
  };
  const std::string since = operation.call == event
                                ? "called here"
                                : "called " + between(operation.call, event) + " before";
  if (operation.answer == kNone) return since + ", never answered";
  if (operation.answer == event) return since + ", answered here";
  return since + ", answered " + between(event, operation.answer) + " after";
}

void draw_operations(PanelContext& context) {
  const InspectorCache& cache = context.inspector;
  if (cache.operations.empty()) return;
  heading(context, "OPEN CLIENT OPERATIONS");
  ImGui::PushID("operations");
  for (std::size_t i = 0; i < cache.operations.size(); ++i) {
    event_line(context, cache.operations[i].call, cache.operation_titles[i], false);
    context.spots.note("inspector.operation." + std::to_string(i));
    ImGui::TextDisabled(
        "%s", fate_of(context.model().events(), cache.operations[i], cache.event).c_str());
  }
  ImGui::PopID();
  if (cache.more_operations > 0)
    ImGui::TextDisabled("%s more", format_count(cache.more_operations).c_str());
}

void draw_chain(PanelContext& context) {
  const InspectorCache& cache = context.inspector;
  heading(context, "WHAT LED TO IT");
  if (cache.chain.events.size() < 2) {
    ImGui::TextDisabled("nothing: it is a root");
    return;
  }
  for (std::size_t i = 1; i < cache.chain.events.size(); ++i) {
    event_line(context, cache.chain.events[i], cache.chain_titles[i], false);
  }
  if (cache.chain.omitted > 0) {
    ImGui::TextDisabled("%s more causes", format_count(cache.chain.omitted).c_str());
  }
  if (cache.chain.root != cache.chain.events.back()) {
    event_line(context, cache.chain.root, "root: " + title_of(context.model(), cache.chain.root),
               false);
  }
}

void draw_payload(PanelContext& context) {
  const EventText& text = context.inspector.text;
  if (text.payload.empty()) return;
  heading(context, ("PAYLOAD  (" + text.payload_form + ")").c_str());
  compat::push_font(context.fonts.mono);
  const bool wrap = text.payload_form == "text";
  const auto lines =
      static_cast<float>(std::count(text.payload.begin(), text.payload.end(), '\n') + 1);
  const float line = ImGui::GetTextLineHeight();
  const float height = wrap ? 0 : std::min(260.0F, lines * line + 18);
  if (wrap) {
    ImGui::PushTextWrapPos(0);
    ImGui::TextUnformatted(text.payload.c_str());
    ImGui::PopTextWrapPos();
  } else {
    compat::begin_child("payload", {0, height}, true);
    ImGui::TextUnformatted(text.payload.c_str());
    ImGui::EndChild();
  }
  ImGui::PopFont();
}

void draw_event(PanelContext& context) {
  const InspectorCache& cache = context.inspector;
  compat::push_font(context.fonts.bold);
  ImGui::PushTextWrapPos(0);
  ImGui::TextUnformatted(cache.text.title.c_str());
  ImGui::PopTextWrapPos();
  ImGui::PopFont();
  if (begin_fields("fields")) {
    for (const auto& [name, value] : cache.text.fields) field(context, name.c_str(), value);
    ImGui::EndTable();
  }
  draw_payload(context);
  draw_state(context, cache.event);
  draw_operations(context);
  draw_causality_section(context);
  draw_chain(context);
  // A trace with the blocking of fibers has more events than the run that a debugger would see.
  const std::string stop =
      context.model().fibers().know_blocking()
          ? std::string()
          : break_command(context.model().facts(), context.model().events().seq(cache.event));
  if (!stop.empty()) command(context, "STOP HERE IN A DEBUGGER", stop, "inspector.break");
}

void draw_run(PanelContext& context) {
  const TraceModel& model = context.model();
  const RunFacts& facts = model.facts();
  compat::push_font(context.fonts.bold);
  ImGui::TextUnformatted("The run");
  ImGui::PopFont();
  if (begin_fields("run")) {
    if (!facts.scenario.empty()) field(context, "scenario", facts.scenario);
    if (!facts.variant.empty()) field(context, "variant", facts.variant);
    if (facts.seed) field(context, "seed", std::to_string(*facts.seed));
    field(context, "nodes", format_count(model.lanes().node_count()));
    field(context, "lasted", format_exact(model.events().end_ns()));
    field(context, "events", format_count(model.events().size()));
    field(context, "messages", format_count(model.messages().count()));
    field(context, "lost", format_count(model.messages().lost_count()));
    ImGui::EndTable();
  }
  if (!facts.complete) {
    heading(context, "CUT SHORT");
    ImGui::PushStyleColor(ImGuiCol_Text, context.theme->lost);
    ImGui::PushTextWrapPos(0);
    ImGui::TextUnformatted(facts.incomplete_reason.c_str());
    ImGui::PopTextWrapPos();
    ImGui::PopStyleColor();
    context.spots.note("inspector.cut_short");
  }
  if (!facts.replay.empty()) {
    command(context, "REPLAY", facts.replay, "inspector.replay");
  }
  if (!model.violations().empty()) {
    heading(context, "VIOLATIONS");
    for (const Violation& violation : model.violations()) {
      event_line(context, violation.event, violation.property, false);
      if (violation.detail.empty()) continue;
      ImGui::PushTextWrapPos(0);
      ImGui::TextUnformatted(violation.detail.c_str());
      ImGui::PopTextWrapPos();
    }
  }
  if (model.faults().empty()) return;
  heading(context, "FAULTS");
  std::size_t listed = 0;
  for (const Fault& fault : model.faults()) {
    if (listed++ == kFaultsListed) {
      ImGui::TextDisabled("%s more", format_count(model.faults().size() - kFaultsListed).c_str());
      break;
    }
    event_line(context, fault.begin, fault.label, false);
  }
}

// Those of the event's own node come first, then the ones called last.
void find_operations(const TraceModel& model, InspectorCache& cache) {
  const EventTable& events = model.events();
  auto open = model.operations().at(cache.event);
  const auto foreign = [&](const ClientOperation& operation) {
    return events.node(operation.call) != events.node(cache.event);
  };
  std::sort(open.begin(), open.end(), [&](const ClientOperation& x, const ClientOperation& y) {
    return std::pair(foreign(x), y.call) < std::pair(foreign(y), x.call);
  });
  cache.more_operations = open.size() - std::min(open.size(), kOperationsShown);
  open.resize(open.size() - cache.more_operations);
  cache.operation_titles.resize(open.size());
  cache.operations = std::move(open);
}

// Each title may be in another part of the file, which then is decoded first.
void find_titles(const TraceModel& model, InspectorCache& cache) {
  const auto until = std::chrono::steady_clock::now() + kTitlesTime;
  const std::size_t chain = cache.chain_titles.size();
  while (!cache.is_whole() && std::chrono::steady_clock::now() < until) {
    if (cache.titled < chain) {
      cache.chain_titles[cache.titled] = title_of(model, cache.chain.events[cache.titled]);
    } else {
      const std::size_t at = cache.titled - chain;
      cache.operation_titles[at] = title_of(model, cache.operations[at].call);
    }
    ++cache.titled;
  }
}

}  // namespace

void refresh_inspector(PanelContext& context) {
  const Index selected = context.nav.selected();
  InspectorCache& cache = context.inspector;
  if (cache.event != selected) {
    cache = {};
    cache.event = selected;
    if (selected == kNone) return;
    cache.text = describe(context.model(), selected);
    cache.chain = context.model().chain_of(selected, kChainShown);
    cache.chain_titles.resize(cache.chain.events.size());
    find_operations(context.model(), cache);
  }
  find_titles(context.model(), cache);
}

void draw_inspector(PanelContext& context) {
  if (context.inspector.event == kNone) {
    draw_run(context);
  } else {
    draw_event(context);
  }
}

}  // namespace norn::viewer
