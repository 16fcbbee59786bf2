#include "norn/faults/catalog.hpp"

#include <algorithm>
#include <vector>

#include "catalog/families.hpp"
#include "norn/runtime/assert.hpp"

namespace norn {
namespace {

std::vector<FaultSpec> whole_catalog() {
  std::vector<FaultSpec> all;
  for (const std::span<const FaultSpec> family :
       {faults::network_faults(), faults::link_faults(), faults::process_faults(),
        faults::name_faults(), faults::disk_faults(), faults::clock_faults()}) {
    all.insert(all.end(), family.begin(), family.end());
  }
  std::sort(all.begin(), all.end(),
            [](const FaultSpec& a, const FaultSpec& b) { return a.kind < b.kind; });
  return all;
}

}  // namespace

std::span<const FaultSpec> fault_catalog() {
  static const std::vector<FaultSpec> all = whole_catalog();
  return all;
}

const FaultSpec& spec_of(FaultKind kind) {
  const std::span<const FaultSpec> all = fault_catalog();
  const auto place = static_cast<std::size_t>(kind);
  NORN_ASSERT(place < all.size() && all[place].kind == kind,
              "a kind of fault is not in the catalogue (sim/src/catalog)");
  return all[place];
}

const FaultSpec* find_fault(std::string_view name) {
  for (const FaultSpec& spec : fault_catalog()) {
    if (spec.name == name) return &spec;
  }
  return nullptr;
}

const FaultParameter* find_parameter(const FaultSpec& spec, std::string_view name) {
  for (const FaultParameter& parameter : spec.parameters) {
    if (parameter.name == name) return &parameter;
  }
  return nullptr;
}

std::string_view name(FaultKind kind) {
  return spec_of(kind).name;
}

std::string_view name(FaultFamily family) {
  switch (family) {
    case FaultFamily::network:
      return "network";
    case FaultFamily::process:
      return "process";
    case FaultFamily::disk:
      return "disk";
    case FaultFamily::clock:
      return "clock";
  }
  return "unknown";
}

std::string_view name(FaultValueType type) {
  switch (type) {
    case FaultValueType::duration:
      return "duration";
    case FaultValueType::share:
      return "share";
    case FaultValueType::number:
      return "number";
    case FaultValueType::word:
      return "word";
  }
  return "unknown";
}

}  // namespace norn
