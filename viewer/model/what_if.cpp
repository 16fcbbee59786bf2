#include "model/what_if.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <string_view>
#include <utility>

#include "model/faults.hpp"
#include "model/json_file.hpp"
#include "model/time_text.hpp"

namespace norn::viewer {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view kTraceSuffix = ".norn";
constexpr std::string_view kCaseSuffix = ".case.json";

bool is_file(const std::string& path) {
  std::error_code ignored;
  return !path.empty() && fs::is_regular_file(path, ignored);
}

std::string absolute_path(const std::string& path) {
  std::error_code problem;
  const fs::path absolute = fs::absolute(path, problem);
  return problem ? path : absolute.lexically_normal().string();
}

Result<std::int64_t> time_member(const json& fault, const char* name, const std::string& place) {
  const auto found = fault.find(name);
  if (found == fault.end()) return Error{Errc::invalid, place + "." + name + ": is missing"};
  if (!found->is_string())
    return Error{Errc::invalid, place + "." + name + ": a time is expected, like \"1.5s\""};
  const auto time = parse_duration(found->get<std::string>());
  if (!time) return Error{Errc::invalid, place + "." + name + ": " + time.error().message};
  return *time;
}

// The case that a replay line names.
std::string case_of_line(const std::vector<std::string>& words) {
  const auto option = std::find(words.begin(), words.end(), "--replay");
  return option == words.end() || option + 1 == words.end() ? std::string() : *(option + 1);
}

}  // namespace

std::string plan_time(std::int64_t ns) {
  std::string digits = std::to_string(ns % 1'000'000'000);
  digits.insert(0, 9 - digits.size(), '0');
  while (!digits.empty() && digits.back() == '0') digits.pop_back();
  return std::to_string(ns / 1'000'000'000) + (digits.empty() ? "" : "." + digits) + "s";
}

Result<WhatIf> WhatIf::load(const RunFacts& facts) {
  if (facts.path.empty()) return Error{Errc::not_found, "no trace file is open"};
  WhatIf out;
  out.trace_ = absolute_path(facts.path);
  const std::vector<std::string> words = shell_words(facts.replay);
  const fs::path beside_trace = fs::path(out.trace_).parent_path();
  std::vector<std::string> tried;
  if (out.trace_.ends_with(kTraceSuffix)) {
    tried.push_back(out.trace_.substr(0, out.trace_.size() - kTraceSuffix.size()) +
                    std::string(kCaseSuffix));
  }
  if (const std::string named = case_of_line(words); !named.empty()) {
    tried.push_back(absolute_path(named));
    tried.push_back((beside_trace / fs::path(named).filename()).string());
  }
  const auto found = std::find_if(tried.begin(), tried.end(), is_file);
  if (found == tried.end()) {
    return Error{Errc::not_found, "there is no case beside this trace" +
                                      (tried.empty() ? std::string() : " (" + tried.front() + ")") +
                                      ": a failing run leaves one, with --out"};
  }
  out.case_file_ = *found;
  // A program that was named by a path is looked for from here; another one along PATH.
  if (!words.empty()) out.program_ = words.front();
  const bool has_path = out.program_.find('/') != std::string::npos;
  if (has_path && is_file(absolute_path(out.program_))) out.program_ = absolute_path(out.program_);
  auto read = read_json_file(out.case_file_);
  if (!read) return read.error();
  if (!*read) return Error{Errc::not_found, out.case_file_ + ": no such file"};
  out.case_ = std::move(**read);
  if (auto faults = out.read_faults(); !faults) return faults.error();
  return out;
}

Result<void> WhatIf::read_faults() {
  const auto wrong = [&](const std::string& what) {
    return Error{Errc::invalid, case_file_ + ": " + what};
  };
  if (!case_.is_object() || !case_.contains("norn_case")) return wrong("this is no case of Norn");
  const auto plan = case_.find("fault_plan");
  if (plan == case_.end() || !plan->is_object()) return wrong("fault_plan: an object is expected");
  const auto list = plan->find("faults");
  if (list == plan->end()) return {};
  if (!list->is_array()) return wrong("fault_plan.faults: a list is expected");
  for (std::size_t i = 0; i < list->size(); ++i) {
    const json& fault = (*list)[i];
    const std::string place = case_file_ + ": fault_plan.faults[" + std::to_string(i) + "]";
    if (!fault.is_object()) return Error{Errc::invalid, place + ": an object is expected"};
    if (!fault.contains("kind") || !fault["kind"].is_string())
      return Error{Errc::invalid, place + ".kind: a text is expected"};
    PlannedFault planned{.kind = fault["kind"].get<std::string>(),
                         .label = fault_label(fault["kind"].get<std::string>(), fault),
                         .lasts_ns = {},
                         .original_lasts_ns = {}};
    const auto at = time_member(fault, "at", place);
    if (!at) return at.error();
    planned.at_ns = *at;
    if (fault.contains("lasts")) {
      const auto lasts = time_member(fault, "lasts", place);
      if (!lasts) return lasts.error();
      planned.lasts_ns = *lasts;
    }
    planned.original_at_ns = planned.at_ns;
    planned.original_lasts_ns = planned.lasts_ns;
    faults_.push_back(std::move(planned));
  }
  // A run counts its faults in the order of their times.
  std::vector<std::size_t> order(faults_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
    return std::pair(faults_[x].at_ns, x) < std::pair(faults_[y].at_ns, y);
  });
  for (std::size_t i = 0; i < order.size(); ++i) faults_[order[i]].plan_index = i;
  return {};
}

std::optional<std::size_t> WhatIf::fault_of(std::uint64_t plan_index, std::string_view kind) const {
  const auto found = std::find_if(faults_.begin(), faults_.end(), [&](const PlannedFault& fault) {
    return fault.plan_index == plan_index && fault.kind == kind;
  });
  if (found == faults_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - faults_.begin());
}

void WhatIf::set_on(std::size_t fault, bool on) {
  ++version_;
  faults_[fault].on = on;
}

void WhatIf::move(std::size_t fault, std::int64_t to_ns) {
  ++version_;
  faults_[fault].at_ns = std::max<std::int64_t>(0, to_ns);
}

void WhatIf::set_lasts(std::size_t fault, std::int64_t lasts_ns) {
  ++version_;
  if (faults_[fault].lasts_ns) faults_[fault].lasts_ns = std::max<std::int64_t>(0, lasts_ns);
}

void WhatIf::reset() {
  ++version_;
  for (PlannedFault& fault : faults_) {
    fault.on = true;
    fault.at_ns = fault.original_at_ns;
    fault.lasts_ns = fault.original_lasts_ns;
  }
}

bool WhatIf::changed() const {
  return std::any_of(faults_.begin(), faults_.end(),
                     [](const PlannedFault& fault) { return fault.changed(); });
}

std::string WhatIf::program_problem() const {
  if (program_.empty()) return "the trace does not say which program made it: give its path";
  if (program_.find('/') == std::string::npos) return {};
  if (!is_file(program_)) return program_ + " is not there: give the path of the program";
  if (::access(program_.c_str(), X_OK) != 0) return program_ + " may not be run";
  return {};
}

json WhatIf::edited() const {
  json out = case_;
  // Another build's case may run differently; that of this build must not.
  out["build"] = "edited";
  if (out.contains("trace") && out["trace"].is_object()) out["trace"]["file"] = trace_;
  json& list = out["fault_plan"]["faults"];
  json kept = json::array();
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    const PlannedFault& fault = faults_[i];
    if (!fault.on) continue;
    json one = list[i];
    if (fault.at_ns != fault.original_at_ns) one["at"] = plan_time(fault.at_ns);
    if (fault.lasts_ns != fault.original_lasts_ns) one["lasts"] = plan_time(*fault.lasts_ns);
    kept.push_back(std::move(one));
  }
  list = std::move(kept);
  return out;
}

std::string WhatIf::stem() const {
  std::error_code ignored;
  const std::string folder =
      folder_.empty() ? (fs::temp_directory_path(ignored) / "norn-what-if-XXXXXX").string()
                      : folder_;
  return folder + "/run-" + std::to_string(runs_ + 1);
}

std::vector<std::string> WhatIf::command() const {
  if (child_ != nullptr && child_->running()) return ran_;
  return {program_, "--replay", stem() + std::string(kCaseSuffix), "--trace",
          stem() + std::string(kTraceSuffix)};
}

Result<void> WhatIf::make_folder() {
  if (!folder_.empty()) return {};
  std::error_code problem;
  const fs::path under = fs::temp_directory_path(problem);
  if (problem) return Error{Errc::io_error, "no folder for temporary files: " + problem.message()};
  std::string made = (under / "norn-what-if-XXXXXX").string();
  if (::mkdtemp(made.data()) == nullptr)
    return Error{Errc::io_error, made + ": the folder cannot be made"};
  folder_ = std::move(made);
  return {};
}

Result<void> WhatIf::run() {
  if (child_ != nullptr && child_->running())
    return Error{Errc::invalid, "it is running: stop it first"};
  if (const std::string problem = program_problem(); !problem.empty())
    return Error{Errc::not_found, problem};
  if (auto made = make_folder(); !made) return made;
  const std::vector<std::string> words = command();
  if (auto written = write_json_file(words[2], edited()); !written) return written;
  auto child = ChildProgram::start(words);
  ++runs_;
  if (!child) return child.error();
  child_ = std::move(*child);
  ran_ = words;
  return {};
}

bool WhatIf::poll() {
  return child_ != nullptr && child_->running() && !child_->poll();
}

std::string WhatIf::verdict() const {
  if (child_ == nullptr || child_->running()) return {};
  static constexpr std::string_view kBegins[] = {
      "still fails", "no longer fails", "fails in another way",
      "replayed:",   "incomplete:",     "NOT DETERMINISTIC"};
  const std::string& output = child_->output();
  for (std::size_t from = 0; from < output.size();) {
    const std::size_t end = std::min(output.find('\n', from), output.size());
    const std::string_view line = std::string_view(output).substr(from, end - from);
    if (std::any_of(std::begin(kBegins), std::end(kBegins),
                    [&](std::string_view begin) { return line.starts_with(begin); }))
      return std::string(line);
    from = end + 1;
  }
  return child_->end_text();
}

std::string WhatIf::new_trace() const {
  if (child_ == nullptr || child_->running() || !is_file(ran_.back())) return {};
  return ran_.back();
}

}  // namespace norn::viewer
