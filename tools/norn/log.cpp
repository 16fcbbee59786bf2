#include <algorithm>
#include <array>
#include <charconv>
#include <ostream>
#include <regex>
#include <vector>

#include "commands.hpp"
#include "norn/trace/describe.hpp"
#include "norn/trace/event_json.hpp"

namespace norn::command {

namespace {

using trace::Chunk;
using trace::Event;
using trace::EventKind;
using trace::NodeId;
using trace::Reader;

// The options, looked up in the trace.
struct Filter {
  std::vector<NodeId> nodes;
  std::array<bool, trace::kEventKinds> kinds{};
  std::int64_t from_ns = 0;
  std::int64_t to_ns = 0;
  std::optional<std::regex> grep;

  bool on_wanted_node(NodeId node) const {
    return nodes.empty() || std::find(nodes.begin(), nodes.end(), node) != nodes.end();
  }
  bool wants(const Event& event) const {
    return event.time_ns >= from_ns && event.time_ns <= to_ns &&
           kinds[static_cast<std::size_t>(event.kind)] && on_wanted_node(event.node);
  }
  bool may_want(const Reader& reader, std::size_t chunk) const {
    return nodes.empty() || std::any_of(nodes.begin(), nodes.end(), [&](NodeId node) {
             return reader.chunk_concerns(chunk, node);
           });
  }
};

Result<Filter> make_filter(const Reader& reader, const LogOptions& options) {
  Filter filter;
  filter.kinds.fill(options.kinds.empty());
  for (const std::string& text : options.kinds) {
    const auto kind = find_kind(text);
    if (!kind.ok()) return kind.error();
    filter.kinds[static_cast<std::size_t>(*kind)] = true;
  }
  for (const std::string& text : options.nodes) {
    const auto node = find_node(reader, text);
    if (!node.ok()) return node.error();
    filter.nodes.push_back(*node);
  }
  filter.from_ns = options.from_ns.value_or(0);
  filter.to_ns = options.to_ns.value_or(reader.last_time_ns());
  if (options.grep.empty()) return filter;
  try {
    filter.grep.emplace(options.grep, std::regex::ECMAScript | std::regex::optimize);
  } catch (const std::regex_error& error) {
    return Error{Errc::invalid,
                 "--grep: '" + options.grep + "' is no regular expression: " + error.what()};
  }
  return filter;
}

// Columns as a terminal counts them: bytes that continue a UTF-8 sequence take no room.
void pad_to(std::string& line, std::size_t column) {
  const auto width = static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
  if (width < column) line.append(column - width, ' ');
  line += ' ';
}

std::string who(const Reader& reader, const Event& event) {
  if (event.node == 0) return "-";
  return trace::printable(reader.node_name(event.node)) + "/" + std::to_string(event.incarnation);
}

std::string which_fiber(const Reader& reader, const Event& event) {
  if (event.fiber == 0) return "-";
  const auto info = reader.fiber(event.fiber);
  std::string text = "#" + std::to_string(event.fiber);
  if (info && info->name != 0) text = trace::printable(reader.string(info->name)) + text;
  return text;
}

// seq, time, node/incarnation, fiber, kind, description, cause: fields in columns of a usual width.
std::string event_line(const Reader& reader, const Event& event, bool payloads) {
  std::string line = std::to_string(event.seq);
  pad_to(line, 8);
  line += trace::time_text(event.time_ns);
  pad_to(line, 24);
  line += who(reader, event);
  pad_to(line, 34);
  line += which_fiber(reader, event);
  pad_to(line, 48);
  line += trace::name(event.kind);
  pad_to(line, 60);
  line += trace::describe(reader, event);
  if (event.cause != 0) line += "  ← " + std::to_string(event.cause);
  if (payloads && event.kind == EventKind::send && !event.payload.empty())
    line += "  " + trace::payload_text(event);
  return line;
}

bool matches(const Filter& filter, const std::string& line) {
  if (!filter.grep) return true;
  try {
    return std::regex_search(line, *filter.grep);
  } catch (const std::regex_error&) {  // too complex for this line
    return false;
  }
}

}  // namespace

Result<NodeId> find_node(const Reader& reader, const std::string& text) {
  if (const auto found = reader.find_node(text)) return *found;
  NodeId number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number <= reader.node_count())
    return number;
  std::string known;
  constexpr NodeId kShown = 12;
  for (NodeId node = 1; node <= std::min(reader.node_count(), kShown); ++node)
    known += " " + reader.node_name(node);
  if (reader.node_count() > kShown) known += " …";
  return Error{Errc::invalid,
               "--node: there is no node '" + text + "' in " + reader.name() + "; it has:" + known};
}

Result<EventKind> find_kind(const std::string& text) {
  std::string known;
  for (int i = 1; i < trace::kEventKinds; ++i) {
    const auto kind = static_cast<EventKind>(i);
    if (trace::name(kind) == text) return kind;
    known += " " + std::string(trace::name(kind));
  }
  return Error{Errc::invalid, "--kind: '" + text + "' is none of:" + known};
}

std::string json_fields_help() {
  return R"(With --json each line is an object with these fields:
  seq, time_ns, kind, node (name; null: the simulation itself), incarnation, fiber (number; 0: none),
  cause (seq of the event that brought it about; 0: none), and, by kind:
  send                   from, to, class, bytes; payload (if it is CBOR) or payload_hex
  deliver, hold, duplicate, drop   send (seq), from, to, class, bytes; drop: reason
  timer                  woken (fiber)
  fiber_start            started, parent, name      fiber_end  ended, how      fiber_block  blocked, on
  file_op                operation, path, offset, size, errno
  connection             operation, port, peer, peer_port
  fault_begin, fault_end fault (index in the plan), fault_kind; detail or bit
  choice                 label, key (a string), options, taken
  log                    level, text                state      key, value
  op_call, op_return     client, operation; function, arguments or outcome, result
  property, violation    name, detail; property: result
  disk_loss              writes, bytes              run_end    how)";
}

Result<void> print_log(const Reader& reader, const LogOptions& options, std::ostream& out) {
  const auto filter = make_filter(reader, options);
  if (!filter.ok()) return filter.error();
  Chunk chunk;
  for (std::size_t i = reader.chunk_at(filter->from_ns); i < reader.chunk_count() && out; ++i) {
    if (reader.chunk(i).first_time_ns > filter->to_ns) break;
    if (!filter->may_want(reader, i)) continue;
    if (auto decoded = reader.decode(i, chunk); !decoded.ok()) return decoded;
    for (const Event& event : chunk.events()) {
      if (!filter->wants(event)) continue;
      std::string line;
      if (options.json) {
        trace::append_event_json(line, reader, event);
      } else {
        line = event_line(reader, event, options.payloads);
      }
      if (matches(*filter, line)) out << line << '\n';
      if (!out) break;
    }
  }
  return {};
}

}  // namespace norn::command
