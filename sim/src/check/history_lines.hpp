// One line of a history file after the other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "norn/check/history_file.hpp"

namespace norn::check {

// LineReader adds what a line says to a history. Its errors lack the place.
class LineReader {
 public:
  LineReader(History& history, HistoryFormat format, bool keys_in_values)
      : history_(history), format_(format), keys_in_values_(keys_in_values) {}

  Result<void> read(std::string_view line, std::uint32_t number);
  // finish() is for what can only be seen at the end.
  Result<void> finish() const;

 private:
  Result<void> read_json(const Value& object, std::uint32_t number);
  Result<void> read_json_frame(const Value& object);
  Result<void> read_json_event(const Value& object, std::uint32_t number);
  Result<void> read_edn(const Value& object, std::uint32_t number);
  Result<void> read_edn_event(const Value& object, std::uint32_t number);
  // The time to give to the history: by :index if the file has one, for Jepsen's clocks may differ.
  Result<std::optional<std::int64_t>> edn_time(const Value& object);
  // Takes [key value] apart if the values have that form.
  Result<void> take_key(std::optional<Value>& key, Value& value) const;

  History& history_;
  HistoryFormat format_;
  bool keys_in_values_;
  bool begun_ = false;  // by {"norn_history":1}
  bool any_line_ = false;
  bool ended_ = false;  // by {"events":N}
  std::optional<std::int64_t> last_index_;
};

}  // namespace norn::check
