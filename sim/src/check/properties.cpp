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
    case PropertyKind::monitor:
      return "monitor";
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

std::string in_ms(std::int64_t ns) {
  return std::to_string(ns / 1'000'000) + " ms";
}

std::string problem_of(const Property& property) {
  if (property.kind == PropertyKind::progress)
    return "it stayed at " + std::to_string(property.before);
  return property.explain ? property.explain() : std::string("it never held");
}

}  // namespace

std::size_t PropertySet::add(Property property) {
  if (property.kind == PropertyKind::monitor) {
    property.judged = false;
  } else {
    ++evaluated_kinds_;
  }
  if (calm_since_ns_) property.window_ns = *calm_since_ns_;
  properties_.push_back(std::move(property));
  return properties_.size() - 1;
}

std::optional<Breach> PropertySet::check() {
  for (Property& property : properties_) {
    if (property.kind == PropertyKind::monitor) continue;
    if (check::waits_for_calm(property) && (!calm_since_ns_ || property.satisfied)) continue;
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

namespace {

// The scenario may have changed what a property looks at since something ran.
bool holds_at_last(Property& property) {
  if (!holds_now(property)) return false;
  ++property.evaluated;
  ++property.held;
  property.satisfied = true;
  return true;
}

}  // namespace

namespace {

void begin_window(Property& property, std::int64_t now_ns) {
  property.satisfied = false;
  property.window_ns = now_ns;
  if (property.kind == PropertyKind::progress) property.before = property.counter();
}

}  // namespace

bool PropertySet::waits_for_calm() const {
  return std::any_of(properties_.begin(), properties_.end(), [](const Property& property) {
    return check::waits_for_calm(property) || property.kind == PropertyKind::monitor;
  });
}

bool PropertySet::window_began(std::int64_t now_ns) const {
  return std::any_of(properties_.begin(), properties_.end(), [now_ns](const Property& property) {
    return property.again && property.window_ns == now_ns;
  });
}

void PropertySet::calm_begins(std::int64_t now_ns) {
  calm_since_ns_ = now_ns;
  for (Property& property : properties_) {
    begin_window(property, now_ns);
  }
}

void PropertySet::calm_ends(std::int64_t now_ns) {
  earlier_calm_ns_ = calm_time(now_ns);
  calm_since_ns_.reset();
}

std::int64_t PropertySet::calm_time(std::int64_t now_ns) const {
  return earlier_calm_ns_ + (calm_since_ns_ ? now_ns - *calm_since_ns_ : 0);
}

std::optional<std::int64_t> PropertySet::next_deadline() const {
  std::optional<std::int64_t> next;
  if (!calm_since_ns_) return next;
  const auto at = [&](std::int64_t time_ns) { next = next ? std::min(*next, time_ns) : time_ns; };
  const std::int64_t calm_began = *calm_since_ns_ - earlier_calm_ns_;
  for (const Property& property : properties_) {
    if (check::waits_for_calm(property) && (!property.satisfied || property.again))
      at(property.window_ns + property.within_ns);
    for (const auto& [state, since] : property.hot) at(calm_began + since + property.within_ns);
  }
  return next;
}

std::optional<Breach> PropertySet::deadline(std::int64_t now_ns) {
  if (!calm_since_ns_) return std::nullopt;
  for (Property& property : properties_) {
    if (property.kind == PropertyKind::monitor) {
      if (auto breach = overheated(property, now_ns)) return breach;
      continue;
    }
    if (!check::waits_for_calm(property) || (property.satisfied && !property.again)) continue;
    if (property.window_ns + property.within_ns > now_ns) continue;
    if (property.satisfied || holds_at_last(property) || is_excused(property)) {
      if (!property.again) continue;
      ++property.windows;
      begin_window(property, now_ns);
      continue;
    }
    const bool first = property.window_ns == *calm_since_ns_;
    return Breach{property.name, problem_of(property) + ", in the " + in_ms(property.within_ns) +
                                     (first ? " after the last fault ended"
                                            : " since " + in_ms(property.window_ns))};
  }
  return std::nullopt;
}

// ---- monitors

void PropertySet::heat(std::size_t monitor, std::string_view state, std::int64_t now_ns) {
  Property& property = properties_[monitor];
  ++property.evaluated;
  property.hot.try_emplace(std::string(state), calm_time(now_ns));
}

void PropertySet::cool(std::size_t monitor, std::string_view state, std::int64_t now_ns) {
  Property& property = properties_[monitor];
  const auto found = property.hot.find(state);
  if (found == property.hot.end()) return;
  property.hottest_ns = std::max(property.hottest_ns, calm_time(now_ns) - found->second);
  ++property.held;
  property.judged = true;
  property.hot.erase(found);
}

std::optional<Breach> PropertySet::overheated(Property& property, std::int64_t now_ns) const {
  const std::int64_t time = calm_time(now_ns);
  for (const auto& [state, since] : property.hot) {
    if (time - since < property.within_ns) continue;
    property.hottest_ns = std::max(property.hottest_ns, time - since);
    property.judged = true;
    std::string detail =
        "'" + state + "' has been open for " + in_ms(time - since) + " without faults";
    const std::size_t others = property.hot.size() - 1;
    if (others > 0) detail += ", and " + std::to_string(others) + " more are open";
    if (property.explain) detail += ": " + property.explain();
    return Breach{property.name, std::move(detail)};
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

void PropertySet::finish(std::int64_t now_ns) {
  for (Property& property : properties_) {
    if (check::waits_for_calm(property) && property.windows == 0 &&
        (!property.satisfied || !property.excused.empty()))
      property.judged = false;
    for (const auto& [state, since] : property.hot)
      property.hottest_ns = std::max(property.hottest_ns, calm_time(now_ns) - since);
  }
}

}  // namespace norn::check
