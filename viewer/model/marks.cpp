#include "model/marks.hpp"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "model/json_file.hpp"

namespace norn::viewer {

using nlohmann::json;

Result<Marks> Marks::load(const std::string& trace) {
  Marks marks;
  marks.path_ = file_of(trace);
  auto read = read_json_file(marks.path_);
  if (!read) return read.error();
  if (!read->has_value()) return marks;
  const json& file = **read;
  const auto bad = [&](const std::string& what) {
    return Error{Errc::invalid, marks.path_ + ": " + what};
  };
  if (!file.is_object() || file.value("norn_marks", json()) != 1)
    return bad("not a file of marks, or of a newer version");
  const auto list = file.find("marks");
  if (list == file.end() || !list->is_array()) return bad("\"marks\" is not a list");
  for (std::size_t i = 0; i < list->size(); ++i) {
    const json& one = (*list)[i];
    const bool whole = one.is_object() && one.value("time_ns", json()).is_number_integer() &&
                       one.value("event", json()).is_number_unsigned() &&
                       one.value("note", json()).is_string();
    if (!whole) return bad("mark " + std::to_string(i + 1) + " has no time_ns, event and note");
    marks.put({.time_ns = one["time_ns"].get<std::int64_t>(),
               .event = one["event"].get<trace::Seq>(),
               .note = one["note"].get<std::string>()});
  }
  return marks;
}

const Mark* Marks::at(trace::Seq event, std::int64_t time_ns) const {
  const auto found = std::find_if(marks_.begin(), marks_.end(), [&](const Mark& mark) {
    return mark.event == event && (event != 0 || mark.time_ns == time_ns);
  });
  return found == marks_.end() ? nullptr : &*found;
}

void Marks::put(Mark mark) {
  if (const Mark* const old = at(mark.event, mark.time_ns); old != nullptr)
    marks_.erase(marks_.begin() + (old - marks_.data()));
  if (mark.note.empty()) return;
  const auto place =
      std::upper_bound(marks_.begin(), marks_.end(), mark.time_ns,
                       [](std::int64_t time, const Mark& other) { return time < other.time_ns; });
  marks_.insert(place, std::move(mark));
}

Result<void> Marks::save() const {
  if (path_.empty()) return {};
  if (marks_.empty()) {
    std::error_code problem;
    std::filesystem::remove(path_, problem);
    if (problem) return {Errc::io_error, path_ + ": cannot be removed: " + problem.message()};
    return {};
  }
  json list = json::array();
  for (const Mark& mark : marks_)
    list.push_back({{"time_ns", mark.time_ns}, {"event", mark.event}, {"note", mark.note}});
  return write_json_file(path_, {{"norn_marks", 1}, {"marks", std::move(list)}});
}

}  // namespace norn::viewer
