// The JSON Schema of fault plans, made of the catalogue.
#pragma once

#include <string>
#include <string_view>

namespace norn {

// plan_schema() is the schema (draft-07) that sim/fault-plan.schema.json publishes, as text with a
// newline at its end.
std::string plan_schema();

// The part about "links", as JSON: an object of properties. Written by hand, for links are not in
// the catalogue.
std::string_view links_schema();

}  // namespace norn
