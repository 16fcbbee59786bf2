#include "engine/chaos.hpp"

#include <algorithm>
#include <charconv>
#include <span>
#include <system_error>
#include <utility>

#include "engine/log_uniform.hpp"
#include "norn/runtime/assert.hpp"
#include "norn/runtime/host/process.hpp"
#include "norn/runtime/log.hpp"
#include "norn/sim/fault_plan.hpp"

namespace norn::sim {
namespace {

using host::KnobType;

// FoundationDB's: a place is armed in a quarter of the runs, and fires in a quarter of its passes.
constexpr Ratio kArmed = {1, 4};
constexpr Ratio kFires = {1, 4};
constexpr Ratio kMoved = {1, 2};
constexpr Ratio kAtAnEnd = {1, 4};

std::string text_of(KnobType type, std::int64_t value) {
  switch (type) {
    case KnobType::duration:
      return format_duration(Duration(value));
    case KnobType::number:
      return std::to_string(value);
    case KnobType::flag:
      return value != 0 ? "true" : "false";
  }
  return {};
}

Result<std::int64_t> value_of(KnobType type, const std::string& text) {
  if (type == KnobType::duration) {
    const Result<Duration> time = parse_duration(text);
    if (!time) return time.error();
    return time->count();
  }
  if (type == KnobType::flag) {
    if (text == "true" || text == "false") return text == "true" ? 1 : 0;
    return Error{Errc::invalid, "true or false is expected"};
  }
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size())
    return Error{Errc::invalid, "a whole number is expected"};
  return number;
}

// Where a compiler found a source file says little; its last part does.
std::string place_text(const std::source_location& where) {
  const std::string_view path = where.file_name();
  const std::size_t slash = path.rfind('/');
  const std::string_view file = slash == std::string_view::npos ? path : path.substr(slash + 1);
  return std::string(file) + ":" + std::to_string(where.line());
}

}  // namespace

// ---- buggify

bool RunChaos::buggify(const host::Process& process, const host::BuggifyPlace& where) {
  const auto yes = [](Ratio ratio) {
    return [ratio](std::uint64_t bits) { return chance(bits, ratio) ? 1 : 0; };
  };
  const std::uint64_t key = mix(text_key(where.function), text_key(where.label));
  const auto [found, is_new] = places_.try_emplace(key);
  Place& place = found->second;
  if (is_new) {
    place.name = where.function;
    if (!where.label.empty()) place.name += ": " + std::string(where.label);
    place.where = place_text(where.where);
    place.armed = core_.choices.choose(ChoiceKind::buggify_armed, key, 0, 2, 0, yes(kArmed)) != 0;
  }
  ++place.passed;
  if (!place.armed) return false;
  const std::uint64_t pass = place.passes[process.id()]++;
  const std::uint64_t base = mix(key, process.key());
  if (core_.choices.choose(ChoiceKind::buggify, base, pass, 2, 0, yes(kFires)) == 0) return false;
  ++place.fired;
  note(process.id(), "buggify " + place.name);
  return true;
}

// ---- knobs

std::int64_t RunChaos::drawn(std::string_view name, const host::KnobSpec& spec) const {
  const std::uint64_t key = text_key(name);
  const auto value = [&spec](std::uint64_t bits) {
    const Split moved = split(bits, kMoved.out_of);
    if (moved.number >= kMoved.times) return spec.standard;
    if (spec.type == KnobType::flag) return spec.standard ^ 1;
    const Split at_end = split(moved.rest, kAtAnEnd.out_of);
    if (at_end.number < kAtAnEnd.times)
      return split(at_end.rest, 2).number == 0 ? spec.least : spec.most;
    const std::uint64_t rest = mix(at_end.rest, 0);
    if (spec.least < 0 || spec.most < 1) return between(rest, spec.least, spec.most);
    return log_uniform(rest, std::max<std::int64_t>(1, spec.least), spec.most);
  };
  return core_.choices.choose(ChoiceKind::knob, key, 0, 0, spec.standard, value);
}

std::int64_t RunChaos::set_by_hand(const std::string& text, const host::KnobSpec& spec) {
  const Result<std::int64_t> value = value_of(spec.type, text);
  const std::string what = "knob " + std::string(spec.name) + "=" + text + ": ";
  if (!value) {
    problem_ = what + value.error().message;
    return spec.standard;
  }
  if (*value < spec.least || *value > spec.most) {
    problem_ = what + "it goes from " + text_of(spec.type, spec.least) + " to " +
               text_of(spec.type, spec.most);
    return spec.standard;
  }
  return *value;
}

std::int64_t RunChaos::knob(const host::KnobSpec& spec) {
  if (const auto found = knobs_.find(spec.name); found != knobs_.end()) {
    const Knob& known = found->second;
    NORN_ASSERT(known.type == spec.type && known.standard == spec.standard &&
                    known.least == spec.least && known.most == spec.most,
                "knob(\"" + std::string(spec.name) + "\") is asked for with two ranges");
    return known.value;
  }
  const std::string name(spec.name);
  Knob knob{.type = spec.type,
            .standard = spec.standard,
            .least = spec.least,
            .most = spec.most,
            .value = spec.standard};
  if (const auto set = options_.knobs.find(name); set != options_.knobs.end()) {
    knob.value = set_by_hand(set->second, spec);
  } else if (options_.move_knobs) {
    knob.value = drawn(name, spec);
  }
  note(name, knob);
  return knobs_.emplace(name, knob).first->second.value;
}

void RunChaos::begin() {
  for (const auto& [name, knob] : knobs_) note(name, knob);
}

std::optional<std::string> RunChaos::unasked() const {
  for (const auto& [name, text] : options_.knobs) {
    if (knobs_.contains(name)) continue;
    std::string asked;
    for (const auto& [other, knob] : knobs_) asked += (asked.empty() ? "" : ", ") + other;
    return "knob " + name + ": nobody asks for it (" +
           (asked.empty() ? "there are no knobs" : "there is " + asked) + ")";
  }
  return std::nullopt;
}

// What is as usual is not worth a line.
void RunChaos::note(const std::string& name, const Knob& knob) {
  if (core_.recorder == nullptr || knob.value == knob.standard) return;
  note(0, "knob " + name + " " + text_of(knob.type, knob.value) + " (usually " +
              text_of(knob.type, knob.standard) + ")");
}

void RunChaos::note(trace::NodeId node, const std::string& text) {
  trace::Event event;
  event.kind = trace::EventKind::log;
  event.node = node;
  if (const host::Fiber* const fiber = core_.scheduler->running(); fiber != nullptr && node != 0)
    event.fiber = fiber->id;
  event.cause = core_.scheduler->cause();
  event.a = static_cast<std::uint64_t>(Log::info);
  event.payload = std::as_bytes(std::span(text));
  core_.recorder->record(event);
}

// ---- what is told of it

std::vector<KnobValue> RunChaos::knobs() const {
  std::vector<KnobValue> values;
  for (const auto& [name, knob] : knobs_) {
    values.push_back({.name = name,
                      .value = text_of(knob.type, knob.value),
                      .standard = text_of(knob.type, knob.standard),
                      .moved = knob.value != knob.standard});
  }
  return values;
}

std::vector<BuggifyCount> RunChaos::places() const {
  std::vector<BuggifyCount> counts;
  for (const auto& [key, place] : places_) {
    counts.push_back({.place = place.name,
                      .where = place.where,
                      .armed = place.armed ? 1U : 0U,
                      .passed = place.passed,
                      .fired = place.fired});
  }
  std::sort(counts.begin(), counts.end(),
            [](const BuggifyCount& a, const BuggifyCount& b) { return a.place < b.place; });
  return counts;
}

}  // namespace norn::sim
