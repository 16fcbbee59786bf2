#include "norn/check/history_file.hpp"

#include <fstream>
#include <iterator>
#include <ostream>

#include "check/history_lines.hpp"

namespace norn::check {

namespace {

Result<HistoryFormat> detect(std::string_view text, const std::string& name) {
  std::uint32_t line = 1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') ++line;
    if (text[i] == ';') {  // a comment of EDN
      i = std::min(text.find('\n', i), text.size()) - 1;
      continue;
    }
    if (static_cast<unsigned char>(text[i]) <= 0x20U) continue;
    const std::string_view rest = text.substr(i);
    if (rest.starts_with("#jepsen.")) return HistoryFormat::edn;
    if (text[i] != '{') break;
    const std::size_t next = rest.find_first_not_of(" \t\r", 1);
    if (next == std::string_view::npos) break;
    if (rest[next] == ':') return HistoryFormat::edn;
    if (rest[next] == '"') return HistoryFormat::json_lines;
    break;
  }
  return Error{Errc::invalid, name + ":" + std::to_string(line) +
                                  ": neither JSON lines nor EDN: a line begins with {\" or {:"};
}

Error at_line(const HistoryReadOptions& options, std::uint32_t line, const std::string& what) {
  return {Errc::invalid, options.name + ":" + std::to_string(line) + ": " + what};
}

}  // namespace

Result<History> read_history(std::string_view text, const HistoryReadOptions& options) {
  HistoryFormat format = options.format;
  // A byte order mark may be ignored (RFC 8259, section 8.1).
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return Error{Errc::invalid, options.name + ": the history is empty"};
  if (format == HistoryFormat::detect) {
    const Result<HistoryFormat> detected = detect(text, options.name);
    if (!detected) return detected.error();
    format = *detected;
  }
  History history;
  history.set_name(options.name);
  LineReader reader(history, format, options.keys_in_values);
  std::uint32_t number = 0;
  while (!text.empty()) {
    if (++number == kNone) return at_line(options, number, "too many lines");
    const std::size_t end = std::min(text.find('\n'), text.size());
    const bool last_without_end = end == text.size();
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    if (const std::size_t bad = find_invalid_utf8(line); bad != std::string_view::npos)
      return at_line(options, number, "byte " + std::to_string(bad + 1) + ": not UTF-8");
    if (auto read = reader.read(line, number); !read) {
      const std::string cut = last_without_end ? " (the last line has no end: is it cut?)" : "";
      return at_line(options, number, read.error().message + cut);
    }
  }
  if (auto finished = reader.finish(); !finished)
    return at_line(options, number, finished.error().message);
  return history;
}

Result<History> read_history_file(const std::string& path, HistoryReadOptions options) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{Errc::io_error, path + ": the file cannot be read"};
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.bad()) return Error{Errc::io_error, path + ": the file cannot be read"};
  options.name = path;
  return read_history(text, options);
}

}  // namespace norn::check
