#include "explore/json_object.hpp"

#include <utility>

#include "norn/sim/fault_plan.hpp"

#include "explore/text.hpp"

namespace norn::explore {

using nlohmann::json;

JsonObject::JsonObject(const json& object, std::string path, JsonProblem& problem)
    : json_(object), path_(std::move(path)), problem_(problem) {
  if (!json_.is_object() && !failed()) {
    problem_ = (path_.empty() ? "" : path_ + ": ") + std::string("an object is expected, not ") +
               json_.type_name();
  }
}

void JsonObject::fail(const std::string& name, const std::string& what) {
  if (failed()) return;
  problem_ = (path_.empty() ? name : path_ + "." + name) + ": " + what;
}

const json* JsonObject::any(const std::string& name) {
  if (failed()) return nullptr;
  asked_.insert(name);
  const auto found = json_.find(name);
  if (found == json_.end()) {
    fail(name, "is missing");
    return nullptr;
  }
  return &*found;
}

const json* JsonObject::member(const std::string& name, bool (json::*is_right)() const noexcept,
                               std::string_view expected) {
  const json* found = any(name);
  if (found == nullptr || (found->*is_right)()) return found;
  fail(name, std::string(expected) + " is expected, not " + found->dump());
  return nullptr;
}

void JsonObject::text(const std::string& name, std::string& value) {
  if (const json* found = member(name, &json::is_string, "a string")) {
    value = found->get<std::string>();
  }
}

void JsonObject::texts(const std::string& name, std::vector<std::string>& value) {
  const json* found = member(name, &json::is_array, "a list of strings");
  if (found == nullptr) return;
  for (std::size_t i = 0; i < found->size(); ++i) {
    if (!(*found)[i].is_string()) {
      return fail(name + "[" + std::to_string(i) + "]", "a string is expected");
    }
    value.push_back((*found)[i].get<std::string>());
  }
}

void JsonObject::flag(const std::string& name, bool& value) {
  if (const json* found = member(name, &json::is_boolean, "true or false")) {
    value = found->get<bool>();
  }
}

void JsonObject::number(const std::string& name, std::uint64_t& value) {
  if (const json* found = member(name, &json::is_number_unsigned, "a whole number of at least 0")) {
    value = found->get<std::uint64_t>();
  }
}

void JsonObject::signed_number(const std::string& name, std::int64_t& value) {
  if (const json* found = member(name, &json::is_number_integer, "a whole number")) {
    value = found->get<std::int64_t>();
  }
}

void JsonObject::duration(const std::string& name, Duration& value) {
  std::string written;
  text(name, written);
  if (failed()) return;
  const Result<Duration> read = parse_duration(written);
  if (read) {
    value = *read;
  } else {
    fail(name, read.error().message);
  }
}

void JsonObject::hash(const std::string& name, std::uint64_t& value) {
  std::string written;
  text(name, written);
  if (failed()) return;
  const auto read = parse_hash(written);
  if (read) {
    value = *read;
  } else {
    fail(name, "a hash is 0x and up to 16 hexadecimal digits, not \"" + written + "\"");
  }
}

void JsonObject::object(const std::string& name, const std::function<void(JsonObject&)>& read) {
  const json* found = any(name);
  if (found == nullptr) return;
  JsonObject part(*found, path_.empty() ? name : path_ + "." + name, problem_);
  read(part);
  part.no_other_names();
}

std::vector<std::string> JsonObject::names() const {
  std::vector<std::string> all;
  if (failed()) return all;
  for (const auto& item : json_.items()) all.push_back(item.key());
  return all;
}

void JsonObject::no_other_names() {
  if (failed()) return;
  for (const std::string& name : names()) {
    if (asked_.contains(name)) continue;
    const std::string meant = nearest(name, std::vector<std::string>(asked_.begin(), asked_.end()));
    return fail(name, meant.empty() ? "is not known here" : "is not known here (" + meant + "?)");
  }
}

}  // namespace norn::explore
