#include "model/filter_content.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/describe.hpp"
#include "norn/trace/describe.hpp"

namespace norn::viewer {
namespace {

using nlohmann::json;
using trace::EventKind;

constexpr std::array<char, 256> kLower = [] {
  std::array<char, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i)
    table[i] = static_cast<char>(i >= 'A' && i <= 'Z' ? i + 32 : i);
  return table;
}();

char lower_letter(char c) {
  return kLower[static_cast<unsigned char>(c)];
}

bool contains_folded(std::string_view text, std::string_view wanted_lower) {
  if (wanted_lower.empty()) return true;
  if (text.size() < wanted_lower.size()) return false;
  const char first = wanted_lower.front();
  const char* const last = text.data() + (text.size() - wanted_lower.size());
  for (const char* at = text.data(); at <= last; ++at) {
    if (lower_letter(*at) != first) continue;
    std::size_t same = 1;
    while (same < wanted_lower.size() && lower_letter(at[same]) == wanted_lower[same]) ++same;
    if (same == wanted_lower.size()) return true;
  }
  return false;
}

// The longest run of plain letters that every match must have; a cheap look before the expression.
std::string literal_in(std::string_view pattern) {
  std::string best;
  std::string run;
  int depth = 0;
  const auto end_run = [&] {
    if (run.size() > best.size()) best = run;
    run.clear();
  };
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const char next = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
    const bool optional = next == '?' || next == '*' || next == '{';
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ' ';
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    if (c == '\\') ++i;
    if (plain && depth == 0 && !optional) {
      run += c;
    } else {
      end_run();
    }
  }
  end_run();
  return best;
}

// Of each alternative one; none at all when one of them has none. A '|' in parentheses does not
// part the whole, and nothing in parentheses is taken for a literal.
std::vector<std::string> literals_in(std::string_view pattern) {
  std::vector<std::string> out;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= pattern.size(); ++i) {
    const char c = i < pattern.size() ? pattern[i] : '|';
    if (c == '\\') ++i;
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    if (c != '|' || (depth != 0 && i < pattern.size())) continue;
    out.push_back(literal_in(pattern.substr(begin, i - begin)));
    if (out.back().empty()) return {};
    begin = i + 1;
  }
  return out;
}

// AnswerCache keeps the answers of the texts that were asked about last. The same payload comes
// again and again: with a delivery comes what its send carried, and much is said more than once.
class AnswerCache {
 public:
  template <class Ask>
  bool get(std::string_view text, Ask ask) {
    if (text.size() > kLongest) return ask();
    if (kept_.empty()) kept_.resize(kKept);
    Kept& kept = kept_[std::hash<std::string_view>()(text) % kKept];
    if (!kept.known || kept.text != text) {
      kept.held = ask();
      kept.text = text;
      kept.known = true;
    }
    return kept.held;
  }

 private:
  static constexpr std::size_t kKept = 8192;
  static constexpr std::size_t kLongest = 1024;
  struct Kept {
    std::string text;
    bool known = false;
    bool held = false;
  };
  std::vector<Kept> kept_;
};

// What titles of many events have in common, so that each is put together and looked through once.
struct TitleKey {
  std::uint64_t what = 0;
  std::uint64_t whom = 0;
  bool operator==(const TitleKey&) const = default;
};
struct TitleHash {
  std::size_t operator()(const TitleKey& key) const {
    return static_cast<std::size_t>((key.what * 0x9e3779b97f4a7c15ULL ^ key.whom) *
                                    0xff51afd7ed558ccdULL);
  }
};

std::optional<TitleKey> title_key(const EventTable& events, const trace::Event& event) {
  const auto key = [&](std::uint64_t text, std::uint64_t detail, std::uint64_t whom) {
    return TitleKey{
        text << 32U | (detail & 0xffffffU) << 8U | static_cast<std::uint64_t>(event.kind), whom};
  };
  switch (event.kind) {
    case EventKind::send:
      if (event.text == 0) return std::nullopt;
      return key(event.text, 0, event.a);
    case EventKind::deliver:
    case EventKind::drop: {
      const Index send = events.index_of(event.a);
      if (send == kNone) return std::nullopt;
      const bool lost = event.kind == EventKind::drop;
      return key(event.text != 0 ? event.text : events.text(send), lost ? event.b : 0,
                 events.node(send));
    }
    case EventKind::timer:
    case EventKind::fiber_end:
    case EventKind::fiber_block:
      return key(0, event.kind == EventKind::timer ? 0 : event.b, event.a);
    case EventKind::file_op:
      return key(event.text, event.d == 0 ? 0 : 1, event.a);
    default:
      return std::nullopt;
  }
}

// The words of an event and its payload, each looked through for itself.
class TextPredicate final : public Predicate {
 public:
  TextPredicate(const TraceModel& model, TextTest test) : model_(&model), test_(std::move(test)) {}
  Answer test(const FilterRow& row) override {
    if (row.event == nullptr) return Answer::need;
    const trace::Event& event = *row.event;
    const bool negative = test_.is_negative();  // then it must hold for both
    bool held = title_holds(event);
    if (held == negative && !has_payload_in_title(event.kind)) {
      held = payload_holds(event);
      if (held == negative && event.kind == EventKind::deliver)
        row.lookup->with_event(event.a,
                               [&](const trace::Event& send) { held = payload_holds(send); });
    }
    return held ? Answer::yes : Answer::no;
  }
  int cost() const override { return 2; }

 private:
  static constexpr std::size_t kMostTitles = 200'000;

  bool title_holds(const trace::Event& event) {
    if (has_payload_in_title(event.kind)) {
      room_.clear();
      if (event.kind == EventKind::state)
        room_.append(model_->source().string(event.text)).append(" = ");
      room_.append(reinterpret_cast<const char*>(event.payload.data()), event.payload.size());
      return ask(room_);
    }
    const auto key = title_key(model_->events(), event);
    if (!key) return test_.holds(full_title(*model_, event));
    if (titles_.size() > kMostTitles) titles_.clear();
    const auto [found, is_new] = titles_.try_emplace(*key, false);
    if (is_new) found->second = test_.holds(full_title(*model_, event));
    return found->second;
  }
  bool payload_holds(const trace::Event& event) {
    if (event.payload.empty()) return test_.is_negative();
    return ask(searched_payload(event, room_));
  }
  bool ask(std::string_view text) {
    if (!test_.may_hold(text)) return false;
    if (!test_.is_slow()) return test_.holds(text);
    return cache_.get(text, [&] { return test_.holds(text); });
  }

  const TraceModel* model_;
  TextTest test_;
  std::unordered_map<TitleKey, bool, TitleHash> titles_;
  AnswerCache cache_;
  std::string room_;
};

// What the node had published by then. Events come in order, so each node's place is remembered.
class StatePredicate final : public Predicate {
 public:
  StatePredicate(const TraceModel& model, TextTest test, std::string_view key)
      : model_(&model), test_(std::move(test)), nodes_(model.lanes().node_count() + 1) {
    for (trace::NodeId node = 1; node < nodes_.size(); ++node) {
      for (const StateTrack* track : model.state().tracks_of(node)) {
        if (model.source().string(track->key) != key) continue;
        nodes_[node].track = track;
        found_ = true;
      }
    }
  }
  bool found() const { return found_; }
  Answer test(const FilterRow& row) override {
    const trace::NodeId id = model_->events().node(row.index);
    if (id >= nodes_.size() || nodes_[id].track == nullptr) return Answer::no;
    Node& node = nodes_[id];
    const auto& changes = node.track->changes;
    if (node.after > 0 && changes[node.after - 1].event > row.index) {
      const auto after =
          std::upper_bound(changes.begin(), changes.end(), row.index,
                           [](Index at, const StateChange& change) { return at < change.event; });
      node.after = static_cast<std::size_t>(after - changes.begin());
    }
    while (node.after < changes.size() && changes[node.after].event <= row.index) ++node.after;
    if (node.after == 0) return Answer::no;
    const StateChange* const change = &changes[node.after - 1];
    if (node.last != change) {
      node.last = change;
      node.held = change->text == 0 ? test_.holds(static_cast<double>(change->number))
                                    : test_.holds(model_->state().value(*change));
    }
    return node.held ? Answer::yes : Answer::no;
  }

 private:
  struct Node {
    const StateTrack* track = nullptr;
    std::size_t after = 0;              // the first change that is still to come
    const StateChange* last = nullptr;  // of which `held` tells
    bool held = false;
  };
  const TraceModel* model_;
  TextTest test_;
  std::vector<Node> nodes_;
  bool found_ = false;
};

class PayloadPredicate final : public Predicate {
 public:
  PayloadPredicate(TextTest test, std::string_view path) : test_(std::move(test)) {
    for (std::size_t at = 0; at <= path.size();) {
      const std::size_t dot = std::min(path.find('.', at), path.size());
      path_.emplace_back(path.substr(at, dot - at));
      at = dot + 1;
    }
  }
  Answer test(const FilterRow& row) override {
    if (row.event == nullptr) return Answer::need;
    bool held = holds(*row.event);
    if (row.event->kind == EventKind::deliver && row.event->payload.empty()) {
      row.lookup->with_event(row.event->a, [&](const trace::Event& send) { held = holds(send); });
    }
    return held ? Answer::yes : Answer::no;
  }
  int cost() const override { return 2; }

 private:
  static constexpr std::size_t kMostParsed = 256 * 1024;
  bool holds(const trace::Event& event) {
    if (event.payload.empty() || event.payload.size() > kMostParsed) return false;
    const std::string_view bytes(reinterpret_cast<const char*>(event.payload.data()),
                                 event.payload.size());
    const bool is_cbor = event.kind == EventKind::send && event.c != 0;
    return cache_[is_cbor ? 1 : 0].get(bytes, [&] { return holds_in(event, bytes); });
  }
  bool holds_in(const trace::Event& event, std::string_view text) const;

  TextTest test_;
  std::vector<std::string> path_;
  std::array<AnswerCache, 2> cache_;
};

bool PayloadPredicate::holds_in(const trace::Event& event, std::string_view text) const {
  std::optional<std::string> decoded;
  if (event.kind == EventKind::send && event.c != 0) {
    decoded = trace::cbor_json(event.payload);
    if (!decoded) return false;
    text = *decoded;
  }
  // A look for the last member's name is much cheaper than parsing.
  const bool is_index = number_in(path_.back()).has_value();
  if (!is_index && text.find(path_.back()) == std::string_view::npos) return false;
  const auto shallow = [](int depth, json::parse_event_t, json&) { return depth < 64; };
  const json whole = json::parse(text, shallow, false);
  const json* at = &whole;
  for (const std::string& step : path_) {
    const auto index = number_in(step);
    if (at->is_object() && at->contains(step)) {
      at = &(*at)[step];
    } else if (at->is_array() && index && *index >= 0 && *index < static_cast<double>(at->size())) {
      at = &(*at)[static_cast<std::size_t>(*index)];
    } else {
      return false;
    }
  }
  if (at->is_number()) return test_.holds(at->get<double>());
  return test_.holds(at->is_string() ? at->get<std::string>()
                                     : at->dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace

std::optional<double> number_in(std::string_view text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): the end is given
  const auto parsed = std::from_chars(text.data(), end, number);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return number;
}

TextTest::TextTest(const FieldTest& test, std::string& message)
    : op_(test.op), number_(number_in(test.value)), value_(test.value) {
  if (op_ == FilterOp::contains) {
    std::transform(value_.begin(), value_.end(), value_.begin(), lower_letter);
  }
  if (op_ != FilterOp::matches) return;
  auto flags = std::regex::ECMAScript | std::regex::optimize;
  if (test.ignores_case) flags |= std::regex::icase;
  literals_ = literals_in(test.value);
  folds_literals_ = test.ignores_case;
  if (folds_literals_) {
    for (std::string& literal : literals_)
      std::transform(literal.begin(), literal.end(), literal.begin(), lower_letter);
  }
#ifdef __GLIBCXX__
  // Without backtracking: no expression takes for ever, or all of the stack.
  flags |= std::regex_constants::__polynomial;
#endif
  try {
    regex_.emplace(test.value, flags);
  } catch (const std::regex_error& error) {
    message = std::string("this regular expression is not understood: ") + error.what();
  }
}

bool TextTest::may_hold(std::string_view text) const {
  return literals_.empty() ||
         std::any_of(literals_.begin(), literals_.end(), [&](const std::string& literal) {
           return folds_literals_ ? contains_folded(text, literal)
                                  : text.find(literal) != std::string_view::npos;
         });
}

bool TextTest::holds(std::string_view text) const {
  switch (op_) {
    case FilterOp::contains:
      return contains_folded(text, value_);
    case FilterOp::matches:
      return may_hold(text) && std::regex_search(text.begin(), text.end(), *regex_);
    default:
      break;
  }
  if (number_) {
    if (const auto number = number_in(text)) return ordered(*number, *number_);
  }
  if (op_ == FilterOp::equal) return text == value_;
  return op_ == FilterOp::unequal && text != value_;
}

bool TextTest::holds(double number) const {
  if (op_ == FilterOp::contains || op_ == FilterOp::matches) {
    return holds(std::string_view(std::to_string(static_cast<std::int64_t>(number))));
  }
  return number_ && ordered(number, *number_);
}

bool TextTest::ordered(double x, double y) const {
  switch (op_) {
    case FilterOp::equal:
      return x == y;
    case FilterOp::unequal:
      return x != y;
    case FilterOp::less:
      return x < y;
    case FilterOp::less_equal:
      return x <= y;
    case FilterOp::greater:
      return x > y;
    case FilterOp::greater_equal:
      return x >= y;
    default:
      return false;
  }
}
std::unique_ptr<Predicate> make_content_test(const TraceModel& model, const FieldTest& test,
                                             std::string& message, bool& about_value) {
  TextTest text(test, message);
  about_value = true;
  if (!message.empty()) return nullptr;
  const std::string_view field = test.field;
  if (field == "text") return std::make_unique<TextPredicate>(model, std::move(text));
  about_value = false;
  const std::size_t dot = field.find('.');
  const std::string_view member = field.substr(std::min(dot, field.size() - 1) + 1);
  if (field.starts_with("payload.") && !member.empty())
    return std::make_unique<PayloadPredicate>(std::move(text), member);
  if (field.starts_with("state.")) {
    auto made = std::make_unique<StatePredicate>(model, std::move(text), member);
    if (made->found()) return made;
    message = "no node publishes '" + std::string(member) + "'";
    return nullptr;
  }
  message = "there is no field '" + test.field +
            "' (there are: node kind name class from to bytes latency reason level op outcome "
            "client operation result time event fiber incarnation text state.KEY payload.PATH)";
  return nullptr;
}

}  // namespace norn::viewer
