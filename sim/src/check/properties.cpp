#include "norn/check/properties.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace norn::check {

const char* name(PropertyKind kind) {
  switch (kind) {
    case PropertyKind::always:
      return "always";
    case PropertyKind::sometimes:
      return "sometimes";
    case PropertyKind::eventually:
      return "eventually";
  }
  return "unknown";
}

void PropertySet::add(Property property) {
  properties_.push_back(std::move(property));
}

std::optional<Breach> PropertySet::check() {
  for (Property& property : properties_) {
    const bool waits_for_calm =
        property.kind == PropertyKind::eventually && (!calm_since_ns_ || property.satisfied);
    if (waits_for_calm) continue;
    ++property.evaluated;
    if (property.holds()) {
      ++property.held;
      property.satisfied = true;
      continue;
    }
    if (property.kind != PropertyKind::always) continue;
    return Breach{property.name,
                  property.explain ? property.explain() : std::string("it does not hold")};
  }
  return std::nullopt;
}

void PropertySet::calm_begins(std::int64_t now_ns) {
  calm_since_ns_ = now_ns;
  for (Property& property : properties_) property.satisfied = false;
}

void PropertySet::calm_ends() {
  calm_since_ns_.reset();
}

std::optional<std::int64_t> PropertySet::next_deadline() const {
  std::optional<std::int64_t> next;
  if (!calm_since_ns_) return next;
  for (const Property& property : properties_) {
    if (property.kind != PropertyKind::eventually || property.satisfied) continue;
    const std::int64_t deadline = *calm_since_ns_ + property.within_ns;
    next = next ? std::min(*next, deadline) : deadline;
  }
  return next;
}

std::optional<Breach> PropertySet::deadline(std::int64_t now_ns) {
  if (!calm_since_ns_) return std::nullopt;
  for (Property& property : properties_) {
    if (property.kind != PropertyKind::eventually || property.satisfied) continue;
    if (*calm_since_ns_ + property.within_ns > now_ns) continue;
    const std::string detail = property.explain ? property.explain() : std::string("it never held");
    return Breach{property.name, detail + ", in the " +
                                     std::to_string(property.within_ns / 1'000'000) +
                                     " ms after the last fault ended"};
  }
  return std::nullopt;
}

void PropertySet::finish() {
  for (Property& property : properties_) {
    if (property.kind == PropertyKind::eventually && !property.satisfied) property.judged = false;
  }
}

}  // namespace norn::check
