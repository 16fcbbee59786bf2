// Notes that a person leaves in a trace, kept in a file beside it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "norn/runtime/result.hpp"
#include "norn/trace/event.hpp"

namespace norn::viewer {

struct Mark {
  std::int64_t time_ns = 0;
  trace::Seq event = 0;  // 0: a moment, not an event
  std::string note = {};
  bool operator==(const Mark&) const = default;
};

// Marks are in order of time. The file is TRACE.marks.json: {"norn_marks": 1, "marks":
// [{"time_ns": …, "event": …, "note": "…"}, …]}.
class Marks {
 public:
  static std::string file_of(const std::string& trace) { return trace + ".marks.json"; }

  // load() reads the marks of a trace; without a file there are none. Errors: one line that names
  // the file and what is wrong in it.
  static Result<Marks> load(const std::string& trace);

  const std::vector<Mark>& all() const { return marks_; }
  // put() sets the mark of that event (or moment); an empty note takes it away.
  void put(Mark mark);
  // at() is the mark of that event, or of that moment when `event` is 0; nullptr when there is
  // none.
  const Mark* at(trace::Seq event, std::int64_t time_ns) const;
  // save() writes the file whole, beside it and then in its place; with no marks it is removed.
  // Marks that were not loaded belong to no file and are not saved.
  Result<void> save() const;

 private:
  std::string path_;
  std::vector<Mark> marks_;
};

}  // namespace norn::viewer
