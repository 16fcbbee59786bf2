#include "faults/fault_values.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "faults/plan_reader.hpp"
#include "norn/runtime/assert.hpp"

namespace norn::sim {
namespace {

template <class Number>
bool read_number(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

std::string expected(const FaultParameter& parameter, const nlohmann::json& json) {
  std::string text;
  switch (parameter.type) {
    case FaultValueType::duration:
      text = "a time with its unit (\"250ms\") is expected";
      break;
    case FaultValueType::share:
      text = "a share (\"1/1000\") is expected";
      break;
    case FaultValueType::number:
      text = "a whole number";
      if (!parameter.unit.empty()) text += " of " + std::string(parameter.unit);
      text += " is expected";
      break;
    case FaultValueType::word:
      text = "a string is expected";
      break;
  }
  return text + ", not " + shown(json);
}

Result<FaultValue> in_range(const FaultParameter& parameter, std::int64_t number,
                            const std::string& written, FaultValue value) {
  if (number >= parameter.least && number <= parameter.most) return value;
  const bool is_time = parameter.type == FaultValueType::duration;
  const auto text = [is_time](std::int64_t bound) {
    return is_time ? format_duration(Duration(bound)) : std::to_string(bound);
  };
  if (number < parameter.least)
    return {Errc::invalid, written + " is less than " + text(parameter.least)};
  return {Errc::invalid, written + " is more than " + text(parameter.most)};
}

Result<FaultValue> read_word(const FaultParameter& parameter, std::string_view text) {
  if (text.empty() && !parameter.may_be_empty) return {Errc::invalid, "an empty string"};
  const auto& words = parameter.words;
  if (words.empty() || (text.empty() && parameter.may_be_empty) ||
      std::find(words.begin(), words.end(), text) != words.end()) {
    return FaultValue(std::string(text));
  }
  std::string known;
  for (const std::string_view word : words)
    known += (known.empty() ? "" : ", ") + std::string(word);
  return {Errc::invalid, "unknown word \"" + std::string(text) + "\" (known are: " + known + ")"};
}

Result<FaultValue> read_text(const FaultParameter& parameter, std::string_view text) {
  const std::string written(text);
  switch (parameter.type) {
    case FaultValueType::duration: {
      const Result<Duration> time = parse_duration(text);
      if (!time) return time.error();
      return in_range(parameter, time->count(), written, *time);
    }
    case FaultValueType::share: {
      const Result<Ratio> share = parse_share(text);
      if (!share) return share.error();
      return FaultValue(*share);
    }
    case FaultValueType::number: {
      std::int64_t number = 0;
      if (!read_number(text, number)) return {Errc::invalid, "not a whole number: " + written};
      return in_range(parameter, number, written, number);
    }
    case FaultValueType::word:
      return read_word(parameter, text);
  }
  return {Errc::invalid, "of no type"};
}

const FaultParameter& parameter_of(const Fault& fault, std::string_view parameter) {
  const FaultParameter* const found = find_parameter(spec_of(fault.kind), parameter);
  NORN_ASSERT(found != nullptr, "a " + std::string(name(fault.kind)) + " has no parameter '" +
                                    std::string(parameter) + "'");
  return *found;
}

}  // namespace

Result<Ratio> parse_share(std::string_view text) {
  const std::size_t slash = text.find('/');
  Ratio ratio;
  if (slash == std::string_view::npos || !read_number(text.substr(0, slash), ratio.times) ||
      !read_number(text.substr(slash + 1), ratio.out_of) || ratio.out_of == 0 ||
      ratio.times > ratio.out_of) {
    return {Errc::invalid,
            "not a share: \"" + std::string(text) + "\" (a fraction from 0/1 to 1/1: \"1/1000\")"};
  }
  return ratio;
}

std::string format_share(Ratio share) {
  return std::to_string(share.times) + '/' + std::to_string(share.out_of);
}

FaultValue standard_of(const FaultParameter& parameter) {
  Result<FaultValue> value = read_text(parameter, parameter.standard);
  NORN_ASSERT(value.ok(), "the default of the parameter '" + std::string(parameter.name) +
                              "' of a fault: " + value.error().message);
  return std::move(*value);
}

FaultValue value_of(const Fault& fault, const FaultParameter& parameter) {
  const auto found = fault.with.find(parameter.name);
  if (found == fault.with.end()) return standard_of(parameter);
  NORN_ASSERT(found->second.index() == static_cast<std::size_t>(parameter.type),
              "the parameter '" + std::string(parameter.name) + "' of a " +
                  std::string(name(fault.kind)) + " is a " + std::string(name(parameter.type)));
  return found->second;
}

Result<FaultValue> value_from_json(const FaultParameter& parameter, const nlohmann::json& json) {
  if (parameter.type == FaultValueType::number) {
    if (!json.is_number_integer()) return {Errc::invalid, expected(parameter, json)};
    return in_range(parameter, json.get<std::int64_t>(), json.dump(), json.get<std::int64_t>());
  }
  const auto* text = json.get_ptr<const std::string*>();
  if (text == nullptr) return {Errc::invalid, expected(parameter, json)};
  return read_text(parameter, *text);
}

nlohmann::json to_json(const FaultValue& value) {
  if (const auto* time = std::get_if<Duration>(&value)) return format_duration(*time);
  if (const auto* share = std::get_if<Ratio>(&value)) return format_share(*share);
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  return std::get<std::string>(value);
}

}  // namespace norn::sim

namespace norn {

Duration duration_of(const Fault& fault, std::string_view parameter) {
  return std::get<Duration>(sim::value_of(fault, sim::parameter_of(fault, parameter)));
}

Ratio share_of(const Fault& fault, std::string_view parameter) {
  return std::get<Ratio>(sim::value_of(fault, sim::parameter_of(fault, parameter)));
}

std::int64_t number_of(const Fault& fault, std::string_view parameter) {
  return std::get<std::int64_t>(sim::value_of(fault, sim::parameter_of(fault, parameter)));
}

std::string word_of(const Fault& fault, std::string_view parameter) {
  return std::get<std::string>(sim::value_of(fault, sim::parameter_of(fault, parameter)));
}

}  // namespace norn
