#include "model/campaign_folder.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "model/time_text.hpp"

namespace norn::viewer {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 20'000;
constexpr std::uintmax_t kMostFileBytes = 16U << 20U;
constexpr std::size_t kMostHeatColumns = 100'000;
constexpr std::size_t kMostProblems = 100;
constexpr std::string_view kCaseFileEnding = ".case.json";

Result<std::string> whole_file(const std::string& path) {
  std::error_code problem;
  const std::uintmax_t size = fs::file_size(path, problem);
  if (problem) return Error{Errc::io_error, problem.message()};
  if (size > kMostFileBytes) return Error{Errc::too_large, "larger than 16 MiB"};
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file) return Error{Errc::io_error, "it cannot be read"};
  return text;
}

// Members of files may be missing or of another kind: these give what is there.
const nlohmann::json& member(const nlohmann::json& json, const char* name) {
  static const nlohmann::json kNothing;
  const auto found = json.is_object() ? json.find(name) : json.end();
  return json.is_object() && found != json.end() ? *found : kNothing;
}
std::string text_in(const nlohmann::json& json, const char* name) {
  const nlohmann::json& found = member(json, name);
  return found.is_string() ? found.get<std::string>() : std::string();
}
std::uint64_t number_of_member(const nlohmann::json& json, const char* name) {
  const nlohmann::json& found = member(json, name);
  return found.is_number_unsigned() ? found.get<std::uint64_t>() : 0;
}
std::optional<std::int64_t> time_in(const nlohmann::json& json, const char* name) {
  const auto time = parse_duration(text_in(json, name));
  if (!time) return std::nullopt;
  return *time;
}

std::string existing(const std::string& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) ? path : std::string();
}

bool ends_with_any(std::string_view text, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return text.ends_with(ending); });
}

std::string counted(std::uint64_t count, const std::string& one, const std::string& many) {
  return format_count(count) + " " + (count == 1 ? one : many);
}

}  // namespace

std::string masked_numbers(const std::string& text) {
  const auto is_digit = [&](std::size_t at, bool hexadecimal) {
    const auto c = static_cast<unsigned char>(at < text.size() ? text[at] : ' ');
    return (hexadecimal ? std::isxdigit(c) : std::isdigit(c)) != 0;
  };
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const bool hexadecimal = text.compare(at, 2, "0x") == 0 && is_digit(at + 2, true);
    if (!hexadecimal && !is_digit(at, false)) {
      out += text[at++];
      continue;
    }
    out += '#';
    if (hexadecimal) at += 2;
    while (is_digit(at, hexadecimal)) ++at;
  }
  return out;
}

void CampaignFolder::complain(const std::string& file, const std::string& why) {
  if (problems_.size() < kMostProblems) problems_.push_back(file + ": " + why);
}

void CampaignFolder::list(const std::string& folder, bool cases) {
  std::error_code problem;
  std::vector<std::string> files;
  for (fs::directory_iterator at(folder, problem), end; !problem && at != end;
       at.increment(problem)) {
    if (files.size() == kMostFiles) {
      complain(folder, "only the first " + format_count(kMostFiles) + " files are shown");
      break;
    }
    std::error_code ignored;
    if (at->is_regular_file(ignored)) files.push_back(at->path().string());
  }
  std::sort(files.begin(), files.end());
  for (std::string& file : files) {
    // The shrunk and the nearest case belong to the row of the case itself.
    const bool derived = ends_with_any(file, {".min.case.json", ".near.case.json"});
    if (file.ends_with(kCaseFileEnding)) {
      if (!derived) case_files_.push_back(std::move(file));
    } else if (!cases && file.ends_with(".json")) {
      other_files_.push_back(std::move(file));
    }
  }
}

Result<CampaignFolder> CampaignFolder::open(const std::string& path) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) return Error{Errc::not_found, path + ": no such folder"};
  CampaignFolder folder;
  folder.path_ = path;
  const fs::path root(path);
  folder.list(path, false);
  if (fs::is_directory(root / "cases", ignored)) folder.list((root / "cases").string(), true);
  if (fs::is_regular_file(root / "journal.jsonl", ignored)) {
    folder.is_campaign_ = true;
    folder.journal_.open(root / "journal.jsonl", std::ios::binary);
    folder.journal_read_ = false;
  }
  if (folder.case_files_.empty() && folder.other_files_.empty() && !folder.is_campaign_)
    return Error{Errc::invalid, path + ": no case, journal or report of Norn is in this folder"};
  return folder;
}

std::size_t CampaignFolder::way_of(const std::string& kind, const std::string& property,
                                   const std::string& message) {
  const auto [found, is_new] =
      way_by_text_.try_emplace(kind + "\n" + property + "\n" + message, ways_.size());
  if (is_new) ways_.push_back({.kind = kind, .property = property, .message = message});
  return found->second;
}

std::size_t CampaignFolder::heat_row_of(const std::string& kind, const std::string& property) {
  const auto [found, is_new] =
      heat_row_by_text_.try_emplace(kind + "\n" + property, heat_rows_.size());
  if (is_new) heat_rows_.push_back({.property = property, .kind = kind});
  return found->second;
}

RunRow& CampaignFolder::row_for(std::uint64_t seed, std::size_t way) {
  const auto [found, is_new] = row_by_seed_.try_emplace({seed, way}, rows_.size());
  if (is_new) {
    RunRow& row = rows_.emplace_back();
    row.seed = seed;
    row.way = way;
    row.property = ways_[way].property;
    row.verdict = ways_[way].kind == "violation" ? "violated" : ways_[way].kind;
  }
  return rows_[found->second];
}

void CampaignFolder::read_case(const std::string& file) {
  const auto text = whole_file(file);
  if (!text) return complain(file, text.error().message);
  const Json json = Json::parse(*text, nullptr, false);
  if (json.is_discarded()) return complain(file, "not JSON");
  if (!json.is_object() || !json.contains("norn_case")) return complain(file, "not a case");
  const Json& violation = member(json, "violation");
  const std::string detail = text_in(violation, "detail");
  const std::size_t way =
      way_of("violation", text_in(violation, "property"), masked_numbers(detail));
  RunRow& row = row_for(number_of_member(json, "seed"), way);
  row.detail = detail;
  row.at = text_in(violation, "at");
  row.events = number_of_member(member(json, "trace"), "events");
  const std::string stem = file.substr(0, file.size() - kCaseFileEnding.size());
  row.case_file = file;
  row.trace = existing(stem + ".norn");
  row.smallest_case = existing(stem + ".min.case.json");
  row.smallest = existing(stem + ".min.norn");
  row.nearest = existing(stem + ".near.norn");
  if (scenario_.empty()) scenario_ = text_in(json, "scenario");
  if (!is_campaign_ && variant_.empty()) variant_ = text_in(member(json, "options"), "variant");
}

void CampaignFolder::read_other(const std::string& file) {
  const auto text = whole_file(file);
  if (!text) return complain(file, text.error().message);
  const Json json = Json::parse(*text, nullptr, false);
  if (json.is_discarded()) return complain(file, "not JSON");
  if (!json.is_object()) return;
  if (json.contains("norn_campaign_result")) read_result(json);
  if (json.contains("norn_campaign")) read_manifest(json);
  if (json.contains("norn_report") && text_in(json, "command") == "branch") read_branch(file, json);
}

void CampaignFolder::read_result(const Json& result) {
  verdict_ = text_in(result, "verdict");
  asked_ = number_of_member(result, "asked");
  done_seeds_ = number_of_member(result, "done");
}

void CampaignFolder::read_manifest(const Json& manifest) {
  is_campaign_ = true;
  scenario_ = text_in(manifest, "scenario");
  variant_ = text_in(member(manifest, "options"), "variant");
  const Json& seeds = member(manifest, "seeds");
  const Json& literal = member(seeds, "literal");
  literal_seeds_ = literal.is_boolean() ? literal.get<bool>() : seeds.contains("first");
  first_seed_ = number_of_member(seeds, "first");
  if (asked_ == 0) asked_ = number_of_member(seeds, "count");
}

void CampaignFolder::read_branch(const std::string& file, const Json& report) {
  BranchCurve curve;
  curve.file = file;
  curve.case_file = text_in(report, "case");
  curve.seed = number_of_member(report, "seed");
  for (const Json& point : member(report, "points")) {
    const auto at = time_in(point, "at");
    if (!at) return complain(file, "a point of the branch has no time");
    curve.points.push_back({.at_ns = *at,
                            .futures = number_of_member(point, "futures"),
                            .failed = number_of_member(point, "failed")});
  }
  std::sort(curve.points.begin(), curve.points.end(),
            [](const auto& x, const auto& y) { return x.at_ns < y.at_ns; });
  const Json& steepest = member(report, "steepest");
  curve.steepest_from_ns = time_in(member(steepest, "before"), "at");
  curve.steepest_to_ns = time_in(member(steepest, "after"), "at");
  curve.events = text_in(steepest, "events");
  if (!curve.points.empty()) branches_.push_back(std::move(curve));
}

void CampaignFolder::read_part(const Json& part) {
  if (heat_columns_.size() == kMostHeatColumns) return;
  HeatColumn column;
  column.first = number_of_member(part, "first");
  column.count = number_of_member(part, "count");
  const auto cell = [&](const std::string& kind, const std::string& property) -> HeatCell& {
    const std::size_t row = heat_row_of(kind, property);
    if (row >= column.cells.size()) column.cells.resize(row + 1);
    return column.cells[row];
  };
  for (const Json& property : member(part, "properties")) {
    HeatCell& sum = cell(text_in(property, "kind"), text_in(property, "name"));
    sum.evaluated = number_of_member(property, "evaluated");
    sum.held = number_of_member(property, "held");
  }
  for (const Json& group : member(part, "groups")) {
    const std::string property = text_in(group, "property");
    const Json& smallest = member(group, "smallest");
    const std::size_t way = way_of(text_in(group, "kind"), property, text_in(group, "message"));
    const auto known = std::find_if(heat_rows_.begin(), heat_rows_.end(),
                                    [&](const HeatRow& row) { return row.property == property; });
    HeatCell& sum = cell(known == heat_rows_.end() ? "process" : known->kind, property);
    sum.failures += number_of_member(group, "count");
    sum.failing_seed = number_of_member(smallest, "seed");
    RunRow& row = row_for(sum.failing_seed, way);
    row.detail = text_in(smallest, "detail");
    row.at = text_in(smallest, "at");
    row.events = number_of_member(smallest, "events");
    ways_[way].count += number_of_member(group, "count");
    if (ways_[way].first_seed == 0) ways_[way].first_seed = number_of_member(group, "first_seed");
  }
  heat_columns_.push_back(std::move(column));
}

void CampaignFolder::read_death(const Json& death) {
  const Json& repeated = member(death, "repeated");
  if (repeated.is_boolean() && !repeated.get<bool>()) return;
  const std::string kind = text_in(death, "kind");
  const std::string property = text_in(death, "property");
  const std::uint64_t seed = number_of_member(death, "seed");
  const std::size_t way = way_of(kind, property, text_in(death, "message"));
  RunRow& row = row_for(seed, way);
  for (const Json& line : member(death, "last_words")) {
    if (line.is_string()) row.detail = line.get<std::string>();
  }
  ++ways_[way].count;
  if (ways_[way].first_seed == 0) ways_[way].first_seed = seed;
  HeatColumn column{.first = number_of_member(death, "index"), .count = 1, .cells = {}};
  const std::size_t heat = heat_row_of("process", kind + ": " + property);
  column.cells.resize(heat + 1);
  column.cells[heat] = {.failures = 1, .failing_seed = seed};
  heat_columns_.push_back(std::move(column));
}

void CampaignFolder::read_journal_line(const std::string& line) {
  ++journal_lines_;
  const Json json = Json::parse(line, nullptr, false);
  if (json.is_discarded()) {
    complain(path_ + "/journal.jsonl:" + std::to_string(journal_lines_), "not a line of a journal");
    return;
  }
  if (json.is_object() && json.contains("part")) read_part(json["part"]);
  if (json.is_object() && json.contains("died")) read_death(json["died"]);
}

void CampaignFolder::advance(double milliseconds) {
  const auto begin = std::chrono::steady_clock::now();
  const std::chrono::duration<double, std::milli> budget(milliseconds);
  const auto is_over = [&] { return std::chrono::steady_clock::now() - begin >= budget; };
  // The manifest first: it says what the rest is about. Cases last: they know more than a journal.
  while (!other_files_.empty()) {
    const std::string file = std::move(other_files_.back());
    other_files_.pop_back();
    read_other(file);
    if (is_over()) return;
  }
  std::string line;
  while (!journal_read_) {
    // A last line without its end was torn by an interruption.
    if (!std::getline(journal_, line) || journal_.eof()) {
      journal_read_ = true;
      break;
    }
    read_journal_line(line);
    if (is_over()) return;
  }
  while (!case_files_.empty()) {
    const std::string file = std::move(case_files_.back());
    case_files_.pop_back();
    read_case(file);
    if (is_over()) return;
  }
  if (!finished_) finish();
}

void CampaignFolder::finish() {
  finished_ = true;
  std::sort(heat_columns_.begin(), heat_columns_.end(),
            [](const HeatColumn& x, const HeatColumn& y) { return x.first < y.first; });
  for (const RunRow& row : rows_) {
    WayToFail& way = ways_[row.way];
    if (is_campaign_ && way.count > 0) continue;
    // Without a journal, what is in the folder is counted.
    ++way.count;
    way.first_seed = way.first_seed == 0 ? row.seed : std::min(way.first_seed, row.seed);
  }
  std::sort(rows_.begin(), rows_.end(), [](const RunRow& x, const RunRow& y) {
    return std::pair(x.seed, x.way) < std::pair(y.seed, y.way);
  });
  row_by_seed_.clear();
}

bool CampaignFolder::done() const {
  return finished_;
}

void CampaignFolder::run() {
  while (!done()) advance(1000);
}

std::string CampaignFolder::title() const {
  std::string text = scenario_.empty() ? path_ : scenario_;
  if (!variant_.empty()) text += ", variant " + variant_;
  text += ": ";
  if (is_campaign_) {
    std::uint64_t seen = 0;
    for (const HeatColumn& column : heat_columns_) seen += column.count;
    const std::uint64_t done_now = done_seeds_ == 0 ? seen : done_seeds_;
    text += format_count(done_now) + " of " + counted(asked_, "seed", "seeds") + ", ";
  }
  std::uint64_t failed = 0;
  for (const WayToFail& way : ways_) failed += way.count;
  text += format_count(failed) + " failed";
  if (failed > 0) text += " in " + counted(ways_.size(), "way", "ways");
  return verdict_.empty() ? text : text + " \xE2\x80\x94 " + verdict_;
}

std::string CampaignFolder::seeds_text(const HeatColumn& column) const {
  const std::uint64_t from = column.first + (literal_seeds_ ? first_seed_ : 0);
  const std::string what = literal_seeds_ ? "seed" : "run";
  if (column.count <= 1) return what + " " + std::to_string(from);
  return what + "s " + std::to_string(from) + " to " + std::to_string(from + column.count - 1);
}

std::size_t CampaignFolder::row_of(std::uint64_t seed) const {
  const auto found =
      std::find_if(rows_.begin(), rows_.end(), [&](const RunRow& row) { return row.seed == seed; });
  return static_cast<std::size_t>(found - rows_.begin());
}

}  // namespace norn::viewer
