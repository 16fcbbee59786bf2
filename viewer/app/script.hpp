// Drives the viewer by a file: for tests, documentation and CI.
#pragma once

#include <string>

#include "app/stage.hpp"
#include "norn/runtime/result.hpp"

namespace norn::viewer {

struct ScriptOptions {
  std::string file;        // the script, JSON
  std::string out = ".";   // where pictures go that have no absolute path; made if missing
  bool overwrite = false;  // pictures that are there
  PixelSize size = {1600, 900};
  float scale = 1;
  bool dark = false;
  std::string trace;  // opened before the first step; "" leaves that to the script
};

// What a script ended with.
enum class ScriptEnd { done, expectation_failed };

// run_script() does the steps of {"norn_script": 1, "steps": [...]} one after another. Each step is
// an object with one of these members:
//   "open", "open_beside"   a trace, relative to the script's folder or to that of the
//                           trace that is open; true for "close_beside"
//   "size"                  "1600x900"
//   "theme"                 "light", "dark"
//   "axis"                  "time", "events": of the diagram, as the key X
//   "view"                  {"from": "1s", "to": "1.5s"}: the stretch of virtual time that is shown
//   "select"                the number of an event, or "violation"
//   "cursor"                a time: "1.25s"
//   "panel"                 the panel of the dock to open, "" closes it; "dock": its height
//   "press"                 a key: "F", "Ctrl+F", "Left", "Enter", "?"
//   "type"                  text for the field that has the keyboard
//   "click", "hover"        a control by its name, {"event": N}, or [x, y]; "shift": true holds it,
//                           "button": "right"
//   "drag"                  {"from": place, "to": place}; "button": "middle"
//   "wheel"                 {"at": place, "steps": 2}; "control", "shift"
//   "screenshot"            the name of a PNG
//   "expect"                {"selected": N or null, "title": text in the selected event's title,
//                           "axis": "time" or "events", "panel": id, "spot": name, "no_spot": name,
//                           "notice": text in the notice, "events": N, "messages": N drawn}
// Errors name the script, the step and what is wrong with it. An expectation that does not hold
// ends the script: `failure` says which and what was there instead.
Result<ScriptEnd> run_script(const ScriptOptions& options, std::string& failure);

}  // namespace norn::viewer
