#include "model/filter_content.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "model/describe.hpp"
#include "norn/trace/describe.hpp"

namespace norn::viewer {
namespace {

using nlohmann::json;
using trace::EventKind;

char lower_letter(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

bool contains_folded(std::string_view text, std::string_view wanted_lower) {
  const auto same = [](char x, char y) { return lower_letter(x) == y; };
  return std::search(text.begin(), text.end(), wanted_lower.begin(), wanted_lower.end(), same) !=
         text.end();
}

// The longest run of plain letters that every match must have; a cheap look before the expression.
std::string literal_in(std::string_view pattern) {
  if (pattern.find('|') != std::string_view::npos) return {};
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
    if (c == '(' || c == '[') ++depth;
    if (c == ')' || c == ']') --depth;
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

class TextPredicate final : public Predicate {
 public:
  TextPredicate(const TraceModel& model, TextTest test) : model_(&model), test_(std::move(test)) {}
  Answer test(const FilterRow& row) override {
    if (row.event == nullptr) return Answer::need;
    return test_.holds(search_text(*model_, *row.event)) ? Answer::yes : Answer::no;
  }
  int cost() const override { return 2; }

 private:
  const TraceModel* model_;
  TextTest test_;
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
    if (node.after > 0 && changes[node.after - 1].event > row.index) node.after = 0;
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
  PayloadPredicate(const TraceModel& model, TextTest test, std::string_view path)
      : model_(&model), test_(std::move(test)) {
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
      model_->source().with_event(row.event->a,
                                  [&](const trace::Event& send) { held = holds(send); });
    }
    return held ? Answer::yes : Answer::no;
  }
  int cost() const override { return 2; }

 private:
  static constexpr std::size_t kMostParsed = 256 * 1024;
  bool holds(const trace::Event& event) const;

  const TraceModel* model_;
  TextTest test_;
  std::vector<std::string> path_;
};

bool PayloadPredicate::holds(const trace::Event& event) const {
  if (event.payload.empty() || event.payload.size() > kMostParsed) return false;
  const auto* const begin = reinterpret_cast<const char*>(event.payload.data());
  std::string_view text(begin, event.payload.size());
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
  if (!test.ignores_case) literal_ = literal_in(test.value);
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

bool TextTest::holds(std::string_view text) const {
  switch (op_) {
    case FilterOp::contains:
      return contains_folded(text, value_);
    case FilterOp::matches:
      return (literal_.empty() || text.find(literal_) != std::string_view::npos) &&
             std::regex_search(text.begin(), text.end(), *regex_);
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
    return std::make_unique<PayloadPredicate>(model, std::move(text), member);
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
