// A failing run in words.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "norn/sim/sim_options.hpp"
#include "norn/trace/reader.hpp"

namespace norn::explore {

// explanation() tells the run up to the violation: what failed and for how long, what nodes became
// (their published states, as far as these are words), what clients were not answered, one thing a
// line. A long run is told by its faults and its end.
std::string explanation(const trace::Reader& reader, const Violation& violation);

// fault_words() says what a fault does, from its JSON: "n1 is cut from n2, n3 for 300ms".
std::string fault_words(const nlohmann::json& fault);

}  // namespace norn::explore
