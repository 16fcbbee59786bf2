// Logs for ShiViz. Its rules (github.com/DistributedClocks/shiviz, "Log format"): the expression
// has the groups host, clock and event; the clock is JSON, {"host": count, …}; a host's own count
// begins at 1 and grows by one with each of its events.
#include <algorithm>
#include <charconv>
#include <map>
#include <queue>
#include <regex>
#include <unordered_map>

#include "norn/trace/import.hpp"
#include "trace/bytes.hpp"
#include "trace/import/recording.hpp"
#include "trace/json_text.hpp"

namespace norn::trace {

namespace {

constexpr std::string_view kShivizDefault = R"((?<host>\S*) (?<clock>{.*})\n(?<event>.*))";
constexpr std::size_t kLongestEntry = 16 * 1024;
// The library needs stack for each group inside another, and time for each state.
constexpr std::size_t kLongestExpression = 4 * 1024;
constexpr std::size_t kDeepestGroups = 50;
constexpr std::int64_t kStepNs = 1'000'000;

// An expression with named groups, which the library's have not.
struct NamedExpression {
  std::regex expression;
  std::map<std::string, std::size_t> groups;
  std::size_t lines = 1;  // that one match spans
};

// Whether "{3}", "{3,}" or "{3,4}" begins here; other braces stand for themselves.
bool is_repetition(std::string_view pattern, std::size_t at) {
  const std::size_t end = pattern.find('}', at);
  if (end == std::string_view::npos || end == at + 1) return false;
  const std::string_view inside = pattern.substr(at + 1, end - at - 1);
  return inside.find_first_not_of("0123456789,") == std::string_view::npos && inside[0] != ',';
}

// Groups inside groups; more than are there where an expression is odd.
bool is_nested_too_deep(const std::string& pattern) {
  std::size_t depth = 0;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] == '\\') {
      ++at;
    } else if (pattern[at] == '(') {
      if (++depth > kDeepestGroups) return true;
    } else if (pattern[at] == ')' && depth > 0) {
      --depth;
    }
  }
  return false;
}

std::regex_constants::syntax_option_type expression_options() {
  auto options = std::regex::ECMAScript | std::regex::optimize;
#ifdef __GLIBCXX__
  // Without backtracking: no expression takes for ever, or all of the stack.
  options |= std::regex_constants::__polynomial;
#endif
  return options;
}

Result<NamedExpression> named_expression(const std::string& pattern) {
  if (pattern.size() > kLongestExpression) {
    return Error{Errc::invalid,
                 "it has more than " + std::to_string(kLongestExpression) + " characters"};
  }
  if (is_nested_too_deep(pattern)) {
    return Error{Errc::invalid, "it has groups more than " + std::to_string(kDeepestGroups) +
                                    " deep inside each other"};
  }
  NamedExpression named;
  std::string plain;
  std::size_t groups = 0;
  bool in_class = false;
  std::size_t repetition_end = std::string::npos;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (c == '\\' && at + 1 < pattern.size()) {
      if (pattern[at + 1] == 'n') ++named.lines;
      plain += c;
      plain += pattern[++at];
      continue;
    }
    if (c == '[') in_class = true;
    if (c == ']') in_class = false;
    if (!in_class && c == '(' && pattern.compare(at, 3, "(?<") == 0) {
      const std::size_t end = pattern.find('>', at);
      if (end == std::string::npos) return Error{Errc::invalid, "a group's name has no end"};
      named.groups[pattern.substr(at + 3, end - at - 3)] = ++groups;
      plain += '(';
      at = end;
      continue;
    }
    if (!in_class && c == '(' && pattern.compare(at, 2, "(?") != 0) ++groups;
    if (!in_class && c == '{' && is_repetition(pattern, at)) repetition_end = pattern.find('}', at);
    if (!in_class && (c == '{' || c == '}') &&
        (repetition_end == std::string::npos || at > repetition_end))
      plain += '\\';
    plain += c;
  }
  for (const char* const name : {"host", "clock", "event"}) {
    if (!named.groups.contains(name))
      return Error{Errc::invalid, "the group (?<" + std::string(name) + ">…) is missing"};
  }
  try {
    named.expression.assign(plain, expression_options());
  } catch (const std::regex_error& error) {
    return Error{Errc::invalid, std::string("it is not a regular expression: ") + error.what()};
  }
  return named;
}

// "1.25s" or a whole number of nanoseconds.
std::optional<std::int64_t> entry_time(std::string text) {
  const bool seconds = text.ends_with('s');
  if (seconds) text.pop_back();
  const std::size_t point = seconds ? text.find('.') : std::string::npos;
  std::string digits = text.substr(0, point);
  if (seconds) {
    std::string fraction = point == std::string::npos ? "" : text.substr(point + 1);
    if (fraction.size() > 9) return std::nullopt;
    fraction.resize(9, '0');
    digits += fraction;
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size() || value < 0)
    return std::nullopt;
  return value;
}

using HostNumber = std::uint32_t;

struct Entry {
  std::uint64_t line = 0;
  HostNumber host = 0;
  std::vector<std::pair<HostNumber, std::uint32_t>> clock;  // by host, without its own
  std::uint32_t own = 0;
  std::int64_t time_ns = 0;
  std::string text;
  std::vector<std::size_t> from;  // entries that a message to this one left
  std::vector<std::size_t> to;
};

class ShivizImport {
 public:
  ShivizImport(const std::string& name, const RecorderOptions& options)
      : name_(name), options_(options) {}

  Result<ImportReport> run(std::istream& in, const std::string& parser);

 private:
  Error at_line(std::uint64_t line, const std::string& problem) const {
    return {Errc::invalid, name_ + ": line " + std::to_string(line) + ": " + problem};
  }
  HostNumber host_number(const std::string& host) {
    const auto [place, is_new] = numbers_.try_emplace(host, static_cast<HostNumber>(hosts_.size()));
    if (is_new) hosts_.push_back(host);
    return place->second;
  }

  Result<std::size_t> choose_expression(const std::string& parser);
  Result<void> read_entries(std::size_t first);
  Result<void> add_entry(std::size_t line, const std::smatch& match);
  Result<void> check_counts();
  std::uint32_t count_of(std::size_t entry, HostNumber host) const;
  std::size_t entry_of(HostNumber host, std::uint32_t count) const {
    return of_host_[host][count - 1];
  }
  void find_messages(std::size_t entry);
  Result<std::vector<std::size_t>> order();
  Result<ImportReport> write(const std::vector<std::size_t>& order);

  std::string name_;
  RecorderOptions options_;
  std::vector<std::string> lines_;
  NamedExpression expression_;
  std::vector<std::string> hosts_;
  std::unordered_map<std::string, HostNumber> numbers_;
  std::vector<Entry> entries_;
  std::vector<std::vector<std::size_t>> of_host_;  // entries by their own count
  bool has_times_ = true;
};

// Gives the first line of the log itself.
Result<std::size_t> ShivizImport::choose_expression(const std::string& parser) {
  const bool own = lines_[0].find("(?<host>") != std::string::npos;
  const std::string pattern = !parser.empty() ? parser
                              : own           ? lines_[0]
                                              : std::string(kShivizDefault);
  auto expression = named_expression(pattern);
  if (!expression.ok()) {
    if (!parser.empty()) return Error{Errc::invalid, "--parser: " + expression.error().message};
    return at_line(1, "the expression: " + expression.error().message);
  }
  expression_ = std::move(*expression);
  if (!own) return std::size_t{0};
  if (lines_.size() > 1 && lines_[1].find_first_not_of(" \t") != std::string::npos)
    return at_line(2, "a log of several executions: give each a file of its own");
  return std::size_t{2};
}

Result<void> ShivizImport::read_entries(std::size_t first) {
  for (std::size_t line = first; line < lines_.size();) {
    if (lines_[line].find_first_not_of(" \t") == std::string::npos) {
      ++line;
      continue;
    }
    std::string text = lines_[line];
    for (std::size_t i = 1; i < expression_.lines && line + i < lines_.size(); ++i)
      text += '\n' + lines_[line + i];
    if (text.size() > kLongestEntry) {
      return at_line(line + 1,
                     "an entry of more than " + std::to_string(kLongestEntry) + " characters");
    }
    std::smatch match;
    bool matches = false;
    try {
      matches = std::regex_search(text, match, expression_.expression);
    } catch (const std::regex_error&) {
      return at_line(line + 1, "too complex for the expression");
    }
    if (!matches || match[0].length() == 0) {
      return at_line(line + 1, "the expression does not match: " + lines_[line].substr(0, 60));
    }
    if (auto added = add_entry(line + 1, match); !added.ok()) return added;
    const std::string through = match.prefix().str() + match[0].str();
    line += 1 + static_cast<std::size_t>(std::count(through.begin(), through.end(), '\n'));
  }
  if (entries_.empty()) return {Errc::invalid, name_ + ": there is no event in it"};
  return {};
}

Result<void> ShivizImport::add_entry(std::size_t line, const std::smatch& match) {
  const auto group = [&](const std::string& name) {
    const auto found = expression_.groups.find(name);
    return found == expression_.groups.end() ? std::string() : match[found->second].str();
  };
  Entry entry;
  entry.line = line;
  const std::string host = group("host");
  if (host.empty()) return at_line(line, "the host has no name");
  entry.host = host_number(host);
  entry.text = group("event");
  const auto clock = parse_json(group("clock"));
  if (!clock || !clock->is_object()) return at_line(line, "the clock is not a JSON object");
  for (const auto& [other, count] : clock->items()) {
    if (!count.is_number_unsigned() || count.get<std::uint64_t>() >= UINT32_MAX)
      return at_line(line, "the clock of '" + other + "' is not a count");
    const auto value = count.get<std::uint32_t>();
    if (value == 0) continue;
    if (other == host) {
      entry.own = value;
    } else {
      entry.clock.emplace_back(host_number(other), value);
    }
  }
  if (entry.own == 0) return at_line(line, "the clock does not count its own host '" + host + "'");
  std::sort(entry.clock.begin(), entry.clock.end());
  const auto time = entry_time(group("time"));
  has_times_ = has_times_ && time.has_value();
  entry.time_ns = time.value_or(0);
  entries_.push_back(std::move(entry));
  return {};
}

Result<void> ShivizImport::check_counts() {
  of_host_.resize(hosts_.size());
  for (std::size_t i = 0; i < entries_.size(); ++i) of_host_[entries_[i].host].push_back(i);
  for (auto& of_host : of_host_) {
    std::sort(of_host.begin(), of_host.end(), [&](std::size_t a, std::size_t b) {
      return entries_[a].own != entries_[b].own ? entries_[a].own < entries_[b].own : a < b;
    });
    for (std::size_t i = 0; i < of_host.size(); ++i) {
      const Entry& entry = entries_[of_host[i]];
      if (entry.own == i + 1) continue;
      return at_line(entry.line, "host '" + hosts_[entry.host] + "' counts " +
                                     std::to_string(entry.own) + " where " + std::to_string(i + 1) +
                                     " is next");
    }
  }
  for (const Entry& entry : entries_) {
    for (const auto& [host, count] : entry.clock) {
      if (count <= of_host_[host].size()) continue;
      return at_line(entry.line, "it comes after event " + std::to_string(count) + " of '" +
                                     hosts_[host] + "', which the log has not");
    }
  }
  return {};
}

std::uint32_t ShivizImport::count_of(std::size_t entry, HostNumber host) const {
  const Entry& each = entries_[entry];
  if (each.host == host) return each.own;
  const auto found = std::lower_bound(each.clock.begin(), each.clock.end(),
                                      std::pair<HostNumber, std::uint32_t>(host, 0));
  return found != each.clock.end() && found->first == host ? found->second : 0;
}

// What the host did not know before it learned directly of whoever else does not know more.
void ShivizImport::find_messages(std::size_t entry) {
  const Entry& each = entries_[entry];
  std::vector<std::size_t> candidates;
  for (const auto& [host, count] : each.clock) {
    const std::uint32_t known =
        each.own > 1 ? count_of(entry_of(each.host, each.own - 1), host) : 0;
    if (count > known) candidates.push_back(entry_of(host, count));
  }
  for (const std::size_t from : candidates) {
    const bool implied = std::any_of(candidates.begin(), candidates.end(), [&](std::size_t other) {
      return other != from && count_of(other, entries_[from].host) >= entries_[from].own;
    });
    if (implied) continue;
    entries_[entry].from.push_back(from);
    entries_[from].to.push_back(entry);
  }
}

// Causes first; else by time and by place in the log (Kahn: Topological sorting of large networks,
// 1962).
Result<std::vector<std::size_t>> ShivizImport::order() {
  std::vector<std::uint32_t> missing(entries_.size());
  using Ready = std::pair<std::int64_t, std::size_t>;
  std::priority_queue<Ready, std::vector<Ready>, std::greater<>> ready;
  const auto make_ready = [&](std::size_t entry) {
    ready.emplace(has_times_ ? entries_[entry].time_ns : 0, entry);
  };
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    missing[i] =
        static_cast<std::uint32_t>(entries_[i].from.size()) + (entries_[i].own > 1 ? 1 : 0);
    if (missing[i] == 0) make_ready(i);
  }
  std::vector<std::size_t> order;
  while (!ready.empty()) {
    const std::size_t entry = ready.top().second;
    ready.pop();
    order.push_back(entry);
    const auto release = [&](std::size_t next) {
      if (--missing[next] == 0) make_ready(next);
    };
    for (const std::size_t next : entries_[entry].to) release(next);
    const auto& own = of_host_[entries_[entry].host];
    if (entries_[entry].own < own.size()) release(own[entries_[entry].own]);
  }
  if (order.size() == entries_.size()) return order;
  const auto stuck =
      std::find_if(missing.begin(), missing.end(), [](auto count) { return count > 0; });
  return at_line(entries_[static_cast<std::size_t>(stuck - missing.begin())].line,
                 "the clocks contradict each other: it comes before and after another event");
}

Result<ImportReport> ShivizImport::write(const std::vector<std::size_t>& order) {
  auto recording = ImportRecording::open(options_, {{"imported_from", name_}});
  if (!recording.ok()) return recording.error();
  Recorder& recorder = (*recording)->recorder();
  std::vector<NodeId> nodes;
  for (const std::string& host : hosts_) {
    // The simulation is no node; its lane of an exported log is.
    const auto node = (*recording)->node(host == "simulation" ? "simulation (log)" : host);
    if (!node) return Error{Errc::invalid, name_ + ": there are too many hosts"};
    nodes.push_back(*node);
  }
  const StringId message = recorder.intern("message");
  std::map<std::pair<std::size_t, std::size_t>, Seq> sends;  // by entries: from, to
  std::int64_t time_ns = 0;
  for (const std::size_t i : order) {
    const Entry& entry = entries_[i];
    time_ns = has_times_ ? std::max(time_ns, entry.time_ns) : time_ns + kStepNs;
    recorder.set_time(time_ns);
    const NodeId node = nodes[entry.host];
    Seq cause = 0;
    for (const std::size_t from : entry.from) {
      const auto send = sends.find({from, i});
      cause = recorder.deliver(send->second, node, message, 0);
      sends.erase(send);
    }
    const Seq log = recorder.record({.kind = EventKind::log,
                                     .node = node,
                                     .cause = cause,
                                     .a = static_cast<std::uint64_t>(LogLevel::info),
                                     .payload = as_bytes(entry.text)});
    for (const std::size_t to : entry.to) {
      recorder.set_context(node, 0, log);
      sends[{i, to}] = recorder.send(nodes[entries_[to].host], message, {}, false);
    }
  }
  return (*recording)->finish(nullptr);
}

Result<ImportReport> ShivizImport::run(std::istream& in, const std::string& parser) {
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines_.push_back(std::move(line));
  }
  if (in.bad()) return Error{Errc::io_error, name_ + ": cannot be read"};
  if (lines_.empty()) return Error{Errc::invalid, name_ + ": there is no event in it"};
  const auto first = choose_expression(parser);
  if (!first.ok()) return first.error();
  if (auto read = read_entries(*first); !read.ok()) return read.error();
  lines_.clear();
  if (auto checked = check_counts(); !checked.ok()) return checked.error();
  for (std::size_t i = 0; i < entries_.size(); ++i) find_messages(i);
  const auto ordered = order();
  if (!ordered.ok()) return ordered.error();
  return write(*ordered);
}

}  // namespace

Result<ImportReport> import_shiviz(std::istream& in, const std::string& name,
                                   const std::string& parser, const RecorderOptions& options) {
  return ShivizImport(name, options).run(in, parser);
}

}  // namespace norn::trace
