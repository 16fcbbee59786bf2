// Histories for people and for other tools: pictures, and Porcupine's visualisation.
#pragma once

#include <cstdint>
#include <string>

#include "norn/check/history.hpp"
#include "norn/check/linearizability.hpp"

namespace norn::check {

// svg_picture() draws the end of what leads to a violation: a row for each client, a bar for each
// operation from its call to its return, numbers in the order in which they took effect, and the
// operation that fits nowhere. Horizontally it is the order of events, not time.
std::string svg_picture(const History& history, const Misfit& misfit);
// The same on a page of HTML with the explanation.
std::string html_picture(const History& history, const Misfit& misfit, const std::string& title);

// porcupine_json() is the data of Porcupine's visualisation (github.com/anishathalye/porcupine,
// visualization.go): for each part its operations and an order of them. `result` is what
// check_linearizability() said of the history; orders without state descriptions, for those belong
// to the model.
std::string porcupine_json(const History& history, const Model& model,
                           const LinearizabilityResult& result);

}  // namespace norn::check
