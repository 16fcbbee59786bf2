// What every panel is given: the model and what the person looks at, fonts, colours.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/causality.hpp"
#include "model/describe.hpp"
#include "model/difference.hpp"
#include "model/event_filter.hpp"
#include "model/navigator.hpp"
#include "panels/imgui_compat.hpp"
#include "panels/spots.hpp"
#include "panels/theme.hpp"

namespace norn::viewer {

struct Fonts {
  compat::Face body;
  compat::Face bold;
  compat::Face small;
  compat::Face small_bold;
  compat::Face mono;
};

// What the inspector shows, kept until another event is selected: decoding costs a look into the
// file. Titles are found frame by frame; those that are not yet are empty.
struct InspectorCache {
  Index event = kNone;
  EventText text;
  TraceModel::Chain chain;
  std::vector<std::string> chain_titles;
  std::vector<ClientOperation> operations;  // under way at the event, those of its node first
  std::vector<std::string> operation_titles;
  std::size_t more_operations = 0;
  std::size_t titled = 0;  // of both lists of titles

  bool is_whole() const { return titled == chain_titles.size() + operation_titles.size(); }
};

// What the space-time diagram drew last, for the status line and for tests.
struct DrawnCounts {
  std::uint64_t messages = 0;  // that the lines stand for
  std::uint64_t passing = 0;   // of these, that pass the filter
  std::uint64_t bundles = 0;   // 0: each message has its own line
  std::uint64_t hidden = 0;
  std::uint64_t marks = 0;          // activity marks on lanes
  std::uint64_t passing_marks = 0;  // of these, that stand for some event that passes the filter
};

struct PanelSet;
class WhatIf;
class DrawingCache;

class Marks;

// The small window that asks for a line of text, while it is open.
struct Popup {
  enum class Which : std::uint8_t { none, go_to, note, filter };
  Which which = Which::none;
  std::array<char, 4096> text = {};
  bool fresh = true;    // not drawn yet: it takes the keyboard
  std::string problem;  // what is wrong with the text
  std::string before;   // the filter's text when its window opened
};

// From one moment to another, in the order of the mouse.
struct Stretch {
  double from_ns = 0;
  double to_ns = 0;
  std::optional<double> from_step = std::nullopt;  // on an axis of steps
  std::optional<double> to_step = std::nullopt;

  Moment from() const { return {.t_ns = from_ns, .step = from_step}; }
  Moment to() const { return {.t_ns = to_ns, .step = to_step}; }
};

// A fault of the strip that the left button has taken, to move it in time (What if).
struct FaultDrag {
  std::uint64_t plan_index = 0;
  std::size_t planned = 0;   // its position in the case
  double grabbed_ns = 0;     // the time under the mouse when it was taken
  std::int64_t from_ns = 0;  // when it began then, in the case
  std::int64_t to_ns = 0;    // when it would begin now
  bool moved = false;        // else it is a click
  bool cancelled = false;    // by Esc: the mouse is only waited for
};

// What a panel asks of the application, which alone opens files.
struct Request {
  enum class What : std::uint8_t { open, open_beside, close_beside };
  What what = What::open;
  std::string path;
};

// PanelContext outlives the frames; panels change it, and the Navigator through it.
struct PanelContext {
  Navigator& nav;
  const Theme* theme;
  Fonts fonts;
  // More messages than this are bundled. Smooth long lines are what costs a software renderer most.
  std::size_t most_messages = 800;
  Index hovered = kNone;
  DrawnCounts drawn = {};
  InspectorCache inspector = {};
  CausalView causal = {};
  DifferenceView difference = {};  // from the trace beside this one
  Spots spots = {};
  std::shared_ptr<PanelSet> panels = {};     // the dock; none in a picture of the diagram alone
  PanelContext* other = nullptr;             // the trace that is shown beside this one
  bool inspects_other = false;               // the inspector tells of that one's selection
  std::string name = {};                     // the trace's file, without its folder
  std::shared_ptr<EventFilter> filter = {};  // which events are of interest; null: all are
  std::uint64_t filter_version = 0;          // of the filter that the picture shows
  std::shared_ptr<WhatIf> what_if = {};  // the trace's case, being edited; see what_if_panel.hpp
  std::string what_if_of = {};           // the trace that it was looked for
  std::string what_if_problem = {};      // why there is none
  std::function<void(Request)> ask = [](const Request&) {};
  std::optional<Stretch> measured = {};  // by a drag of the left button, until the next click
  std::optional<Stretch> chosen = {};    // by a drag of the middle button, while it lasts
  std::optional<FaultDrag> fault_drag = {};
  Marks* marks = nullptr;  // notes on the trace; none in a picture
  Popup popup = {};
  std::string notice = {};               // what went wrong, until it is closed
  double loading = 1;                    // the share of the trace that has been read
  std::vector<std::string> recent = {};  // traces that were opened before
  std::string folder = {};               // of runs, for the panel of runs

  // Count up whatever changes the diagram and is not in the Navigator: a filter, another model.
  std::uint64_t picture_version = 0;
  std::vector<std::pair<float, float>> axis_labels = {};  // from and to, as the diagram drew them
  std::shared_ptr<DrawingCache> diagram = {};             // what the diagram drew last

  const TraceModel& model() const { return nav.model(); }
  // filter_shown() is the filter while it lets only some events pass; null otherwise.
  const EventFilter* filter_shown() const {
    return filter != nullptr && filter->active() ? filter.get() : nullptr;
  }
};

// shared_filter() is the context's filter; it is made when there is none yet.
EventFilter& shared_filter(PanelContext& context);

}  // namespace norn::viewer
