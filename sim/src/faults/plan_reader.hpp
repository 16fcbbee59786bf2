// PlanReader: one JSON object of a fault plan, read member by member.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "norn/faults/catalog.hpp"
#include "norn/faults/value.hpp"
#include "norn/runtime/time.hpp"

namespace norn::sim {

// The first thing wrong in a document, with its JSON path. Readers of one document share it; once
// it is set they read nothing more.
struct PlanProblem {
  std::optional<std::string> text;

  void set(const std::string& path, const std::string& what) {
    if (!text) text = path.empty() ? what : path + ": " + what;
  }
};

// shown() is a value for a message: lists and objects, which may be deep, by their kind only.
std::string shown(const nlohmann::json& value);

// PlanReader refuses members that are not among `known`, at once. A member that is missing leaves
// the value as it was, unless it is required.
class PlanReader {
 public:
  PlanReader(const nlohmann::json& json, std::string path, PlanProblem& problem,
             const std::vector<std::string_view>& known);

  enum class Need { optional, required };

  // find() returns the member, or nullptr when it is missing or something is wrong already.
  const nlohmann::json* find(std::string_view member, Need need = Need::optional);
  // has() is whether the member is there.
  bool has(std::string_view member);

  const std::string* text(std::string_view member, Need need);
  void duration(std::string_view member, Duration& value, Need need = Need::optional);
  void ratio(std::string_view member, Ratio& value);
  void names(std::string_view member, std::vector<std::string>& value);
  // value() reads a parameter of a fault, or takes its default.
  void value(const FaultParameter& parameter, FaultValues& values);

  std::string path_of(std::string_view member) const;
  void fail(std::string_view member, const std::string& what) {
    problem_.set(path_of(member), what);
  }

 private:
  const nlohmann::json& json_;
  std::string path_;
  PlanProblem& problem_;
};

}  // namespace norn::sim
