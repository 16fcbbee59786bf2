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
    case PropertyKind::progress:
      return "progress";
  }
  return "unknown";
}

namespace {

bool waits_for_calm(const Property& property) {
  return property.kind == PropertyKind::eventually || property.kind == PropertyKind::progress;
}

bool holds_now(const Property& property) {
  if (property.kind == PropertyKind::progress) return property.counter() > property.before;
  return property.holds();
}

std::string problem_of(const Property& property) {
  if (property.kind == PropertyKind::progress)
    return "it stayed at " + std::to_string(property.before);
  return property.explain ? property.explain() : std::string("it never held");
}

}  // namespace

void PropertySet::add(Property property) {
  properties_.push_back(std::move(property));
}

std::optional<Breach> PropertySet::check() {
  for (Property& property : properties_) {
    if (waits_for_calm(property) && (!calm_since_ns_ || property.satisfied)) continue;
    ++property.evaluated;
    if (holds_now(property)) {
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
  for (Property& property : properties_) {
    property.satisfied = false;
    if (property.kind == PropertyKind::progress) property.before = property.counter();
  }
}

void PropertySet::calm_ends() {
  calm_since_ns_.reset();
}

std::optional<std::int64_t> PropertySet::next_deadline() const {
  std::optional<std::int64_t> next;
  if (!calm_since_ns_) return next;
  for (const Property& property : properties_) {
    if (!waits_for_calm(property) || property.satisfied) continue;
    const std::int64_t deadline = *calm_since_ns_ + property.within_ns;
    next = next ? std::min(*next, deadline) : deadline;
  }
  return next;
}

std::optional<Breach> PropertySet::deadline(std::int64_t now_ns) {
  if (!calm_since_ns_) return std::nullopt;
  for (Property& property : properties_) {
    if (!waits_for_calm(property) || property.satisfied) continue;
    if (*calm_since_ns_ + property.within_ns > now_ns) continue;
    if (is_excused(property)) continue;
    return Breach{property.name, problem_of(property) + ", in the " +
                                     std::to_string(property.within_ns / 1'000'000) +
                                     " ms after the last fault ended"};
  }
  return std::nullopt;
}

bool PropertySet::is_excused(Property& property) const {
  if (property.kind != PropertyKind::progress) return false;
  if (property.excuse) property.excused = property.excuse();
  if (property.excused.empty() && excuse_) property.excused = excuse_();
  property.satisfied = !property.excused.empty();  // nothing is left to be judged in this calm
  return property.satisfied;
}

void PropertySet::finish() {
  for (Property& property : properties_) {
    if (waits_for_calm(property) && (!property.satisfied || !property.excused.empty()))
      property.judged = false;
  }
}

}  // namespace norn::check
