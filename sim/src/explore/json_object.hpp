// Reading a JSON object member by member, with the path of the first thing that is wrong.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "norn/runtime/time.hpp"

namespace norn::explore {

// The first problem of a document ("options.time: ..."), if there is one.
using JsonProblem = std::optional<std::string>;

// JsonObject reads the members of one object. Each must be there and of its type; the first that is
// not is noted in the problem that all objects of a document share, and everything after it is left
// as it was.
class JsonObject {
 public:
  JsonObject(const nlohmann::json& json, std::string path, JsonProblem& problem);

  void text(const std::string& name, std::string& value);
  void texts(const std::string& name, std::vector<std::string>& value);
  void flag(const std::string& name, bool& value);
  void number(const std::string& name, std::uint64_t& value);
  void signed_number(const std::string& name, std::int64_t& value);
  void duration(const std::string& name, Duration& value);   // a string: "1.5s"
  void hash(const std::string& name, std::uint64_t& value);  // a string: "0x..."
  void object(const std::string& name, const std::function<void(JsonObject&)>& read);
  const nlohmann::json* any(const std::string& name);  // null when it is missing

  bool has(const std::string& name) const { return json_.is_object() && json_.contains(name); }
  std::vector<std::string> names() const;
  // no_other_names() notes the first member that was not asked for: mostly a slip of the pen.
  void no_other_names();
  void fail(const std::string& name, const std::string& what);

 private:
  bool failed() const { return problem_.has_value(); }
  const nlohmann::json* member(const std::string& name,
                               bool (nlohmann::json::*is_right)() const noexcept,
                               std::string_view expected);

  const nlohmann::json& json_;
  const std::string path_;
  JsonProblem& problem_;
  std::set<std::string> asked_;
};

}  // namespace norn::explore
