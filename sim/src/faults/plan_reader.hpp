// PlanReader: one JSON object of a fault plan, read member by member.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "norn/runtime/time.hpp"
#include "norn/sim/ratio.hpp"

namespace norn::sim {

// The first thing wrong in a document, with its JSON path. Readers of one document share it; once
// it is set they read nothing more.
struct PlanProblem {
  std::optional<std::string> text;

  void set(const std::string& path, const std::string& what) {
    if (!text) text = path.empty() ? what : path + ": " + what;
  }
};

// PlanReader refuses members that are not among `known`, at once. A member that is missing leaves
// the value as it was, unless it is required.
class PlanReader {
 public:
  PlanReader(const nlohmann::json& json, std::string path, PlanProblem& problem,
             std::initializer_list<std::string_view> known);

  enum class Need { optional, required };

  // find() returns the member, or nullptr when it is missing or something is wrong already.
  const nlohmann::json* find(std::string_view member, Need need = Need::optional);
  // has() is whether the member is there.
  bool has(std::string_view member);

  const std::string* text(std::string_view member, Need need);
  void duration(std::string_view member, Duration& value, Need need = Need::optional);
  void ratio(std::string_view member, Ratio& value);
  void names(std::string_view member, std::vector<std::string>& value);

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
