#include "faults/plan_reader.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "faults/fault_values.hpp"
#include "norn/sim/fault_plan.hpp"

namespace norn::sim {

std::string shown(const nlohmann::json& value) {
  constexpr std::size_t at_most = 40;
  if (value.is_array()) return "a list";
  if (value.is_object()) return "an object";
  std::string text = value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  if (text.size() > at_most) text.replace(at_most, std::string::npos, "...");
  return text;
}

PlanReader::PlanReader(const nlohmann::json& json, std::string path, PlanProblem& problem,
                       const std::vector<std::string_view>& known)
    : json_(json), path_(std::move(path)), problem_(problem) {
  if (!json_.is_object()) {
    problem_.set(path_, "an object is expected, not " + shown(json_));
    return;
  }
  for (const auto& item : json_.items()) {
    if (std::find(known.begin(), known.end(), item.key()) != known.end()) continue;
    std::string members;
    for (const std::string_view member : known) {
      members += (members.empty() ? "" : ", ") + std::string(member);
    }
    problem_.set(path_of(item.key()), "unknown field (known are: " + members + ")");
    return;
  }
}

std::string PlanReader::path_of(std::string_view member) const {
  return path_.empty() ? std::string(member) : path_ + '.' + std::string(member);
}

const nlohmann::json* PlanReader::find(std::string_view member, Need need) {
  if (problem_.text) return nullptr;
  const auto found = json_.find(member);
  if (found != json_.end()) return &*found;
  if (need == Need::required) fail(member, "is missing");
  return nullptr;
}

bool PlanReader::has(std::string_view member) {
  return find(member) != nullptr;
}

const std::string* PlanReader::text(std::string_view member, Need need) {
  const nlohmann::json* found = find(member, need);
  if (found == nullptr) return nullptr;
  const auto* text = found->get_ptr<const std::string*>();
  if (text == nullptr) fail(member, "a string is expected, not " + shown(*found));
  return text;
}

void PlanReader::duration(std::string_view member, Duration& value, Need need) {
  const std::string* written = text(member, need);
  if (written == nullptr) return;
  const Result<Duration> read = parse_duration(*written);
  if (!read) return fail(member, read.error().message);
  if (*read < Duration::zero()) return fail(member, "negative time " + *written);
  value = *read;
}

void PlanReader::ratio(std::string_view member, Ratio& value) {
  const std::string* written = text(member, Need::optional);
  if (written == nullptr) return;
  const Result<Ratio> read = parse_share(*written);
  if (!read) return fail(member, read.error().message);
  value = *read;
}

void PlanReader::names(std::string_view member, std::vector<std::string>& value) {
  const nlohmann::json* found = find(member, Need::required);
  if (found == nullptr) return;
  if (!found->is_array()) return fail(member, "a list of nodes is expected, not " + shown(*found));
  if (found->empty()) return fail(member, "empty: at least one node is needed");
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < found->size(); ++i) {
    const std::string place = std::string(member) + '[' + std::to_string(i) + ']';
    const auto* name = (*found)[i].get_ptr<const std::string*>();
    if (name == nullptr) {
      return fail(place, "the name of a node is expected, not " + shown((*found)[i]));
    }
    if (name->empty()) return fail(place, "an empty name");
    if (!seen.insert(*name).second) return fail(place, "\"" + *name + "\" is named twice");
    value.push_back(*name);
  }
}

void PlanReader::value(const FaultParameter& parameter, FaultValues& values) {
  const nlohmann::json* found = find(parameter.name);
  if (problem_.text) return;
  if (found == nullptr) {
    if (parameter.standard.empty() && !parameter.may_be_empty)
      return fail(parameter.name, "is missing");
    values.insert_or_assign(std::string(parameter.name), standard_of(parameter));
    return;
  }
  Result<FaultValue> read = value_from_json(parameter, *found);
  if (!read) return fail(parameter.name, read.error().message);
  values.insert_or_assign(std::string(parameter.name), std::move(*read));
}

}  // namespace norn::sim
