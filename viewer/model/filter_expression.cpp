#include "model/filter_expression.hpp"

#include <algorithm>
#include <cctype>
#include <limits>
#include <optional>
#include <utility>

#include "model/time_text.hpp"

namespace norn::viewer {
namespace {

using PredicatePtr = std::unique_ptr<Predicate>;

// Deeper than this, a text is no filter but an attack on the stack.
constexpr int kMostNestedFilters = 60;

class NotPredicate final : public Predicate {
 public:
  explicit NotPredicate(PredicatePtr inner) : inner_(std::move(inner)) {}
  Answer test(const FilterRow& row) override {
    const Answer answer = inner_->test(row);
    if (answer == Answer::need) return answer;
    return answer == Answer::yes ? Answer::no : Answer::yes;
  }
  int cost() const override { return inner_->cost(); }

 private:
  PredicatePtr inner_;
};

// AllOf and AnyOf in one: `decisive` is the answer that ends the asking.
class JoinedPredicate final : public Predicate {
 public:
  JoinedPredicate(std::vector<PredicatePtr> parts, Answer decisive)
      : parts_(std::move(parts)), decisive_(decisive) {
    std::sort(parts_.begin(), parts_.end(),
              [](const PredicatePtr& x, const PredicatePtr& y) { return x->cost() < y->cost(); });
  }
  Answer test(const FilterRow& row) override {
    bool needs = false;
    for (const PredicatePtr& part : parts_) {
      const Answer answer = part->test(row);
      if (answer == decisive_) return answer;
      needs = needs || answer == Answer::need;
    }
    if (needs) return Answer::need;
    return decisive_ == Answer::no ? Answer::yes : Answer::no;
  }
  int cost() const override { return parts_.back()->cost(); }

 private:
  std::vector<PredicatePtr> parts_;
  Answer decisive_;
};

struct PrecededOptions {
  std::int64_t within_ns = std::numeric_limits<std::int64_t>::max();
  bool same_node = false;
};

class PrecededPredicate final : public Precedence {
 public:
  PrecededPredicate(const TraceModel& model, PredicatePtr what, PredicatePtr before,
                    const PrecededOptions& options)
      : events_(&model.events()),
        what_(std::move(what)),
        before_(std::move(before)),
        options_(options),
        last_(options.same_node ? model.lanes().node_count() + 1 : 1, kNever) {}

  Answer test(const FilterRow& row) override {
    const Answer answer = what_->test(row);
    if (answer != Answer::yes) return answer;
    const std::int64_t last = last_[slot(row.index)];
    if (last == kNever) return Answer::no;
    return events_->time_ns(row.index) - last <= options_.within_ns ? Answer::yes : Answer::no;
  }
  int cost() const override { return std::max(what_->cost(), before_->cost()); }
  Answer prepare(const FilterRow& row) override {
    const Answer before = before_->test(row);
    return before == Answer::need ? before : what_->test(row);
  }
  void note(const FilterRow& row) override { held_ = before_->test(row) == Answer::yes; }
  void commit(const FilterRow& row) override {
    if (held_) last_[slot(row.index)] = events_->time_ns(row.index);
  }

 private:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();
  std::size_t slot(Index event) const { return options_.same_node ? events_->node(event) : 0; }

  const EventTable* events_;
  PredicatePtr what_;
  PredicatePtr before_;
  PrecededOptions options_;
  std::vector<std::int64_t> last_;  // when `before_` held last, by node where that counts
  bool held_ = false;
};

struct FilterToken {
  enum class Kind : std::uint8_t { end, word, text, pattern, op, open, close };
  Kind kind = Kind::end;
  std::size_t at = 0;
  std::string text;
  FilterOp op = FilterOp::equal;
  bool ignores_case = false;
};

bool is_word_letter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) != 0 ||
         std::string_view("_.-+#/%@*").find(c) != std::string_view::npos;
}

class FilterParser {
 public:
  FilterParser(std::string_view text, const TraceModel& model) : text_(text), model_(model) {}

  bool parse(FilterExpression& out);
  const FilterProblem& problem() const { return problem_; }

 private:
  using Kind = FilterToken::Kind;

  bool cut();
  bool cut_quoted(char quote, FilterToken& token);
  bool cut_op(FilterToken& token);
  bool fail(std::size_t at, std::string message) {
    problem_ = {at, std::move(message)};
    return false;
  }
  PredicatePtr wrong(std::size_t at, std::string message) {
    fail(at, std::move(message));
    return nullptr;
  }
  const FilterToken& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(next_ + ahead, tokens_.size() - 1)];
  }
  bool is_word(std::string_view word, std::size_t ahead = 0) const {
    return peek(ahead).kind == Kind::word && peek(ahead).text == word;
  }
  bool take_word(std::string_view word) {
    if (!is_word(word)) return false;
    ++next_;
    return true;
  }

  PredicatePtr filter();
  PredicatePtr side();
  PredicatePtr part();
  PredicatePtr preceded(PredicatePtr what);
  PredicatePtr simple();
  PredicatePtr field();
  PredicatePtr text_test(const FilterToken& token);

  std::string_view text_;
  const TraceModel& model_;
  std::vector<FilterToken> tokens_;
  std::size_t next_ = 0;
  int depth_ = 0;
  FilterProblem problem_;
  std::vector<Precedence*> precedence_;
};

bool FilterParser::cut_quoted(char quote, FilterToken& token) {
  std::size_t at = token.at + 1;
  for (; at < text_.size() && text_[at] != quote; ++at) {
    const bool escapes = text_[at] == '\\' && at + 1 < text_.size();
    // In a regular expression only an escaped slash loses its backslash.
    if (escapes && (quote == '"' || text_[at + 1] == quote)) {
      ++at;
    } else if (escapes) {
      token.text += text_[at++];
    }
    token.text += text_[at];
  }
  if (at >= text_.size())
    return fail(token.at, std::string("the closing ") + quote + " is missing");
  next_ = at + 1;
  token.kind = quote == '"' ? Kind::text : Kind::pattern;
  if (quote == '/' && next_ < text_.size() && text_[next_] == 'i') {
    token.ignores_case = true;
    ++next_;
  }
  if (token.text.empty()) return fail(token.at, "there is nothing to look for");
  return true;
}

bool FilterParser::cut_op(FilterToken& token) {
  static constexpr std::pair<std::string_view, FilterOp> kOps[] = {
      {"!=", FilterOp::unequal}, {"<=", FilterOp::less_equal}, {">=", FilterOp::greater_equal},
      {"==", FilterOp::equal},   {"=", FilterOp::equal},       {"<", FilterOp::less},
      {">", FilterOp::greater},  {":", FilterOp::contains},    {"~", FilterOp::matches}};
  for (const auto& [sign, op] : kOps) {
    if (!text_.substr(token.at).starts_with(sign)) continue;
    token.kind = Kind::op;
    token.op = op;
    token.text = sign;
    next_ = token.at + sign.size();
    return true;
  }
  return fail(token.at, std::string("'") + text_[token.at] + "' means nothing here");
}

bool FilterParser::cut() {
  for (next_ = 0;;) {
    while (next_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[next_])) != 0)
      ++next_;
    FilterToken token{.at = next_, .text = {}};
    if (next_ == text_.size()) {
      tokens_.push_back(token);
      next_ = 0;
      return true;
    }
    const char c = text_[next_];
    if (c == '(' || c == ')') {
      token.kind = c == '(' ? Kind::open : Kind::close;
      ++next_;
    } else if (c == '"' || c == '/') {
      if (!cut_quoted(c, token)) return false;
    } else if (is_word_letter(c)) {
      token.kind = Kind::word;
      while (next_ < text_.size() && is_word_letter(text_[next_])) token.text += text_[next_++];
    } else if (!cut_op(token)) {
      return false;
    }
    tokens_.push_back(std::move(token));
  }
}

PredicatePtr FilterParser::filter() {
  if (++depth_ > kMostNestedFilters) return wrong(peek().at, "nested too deep");
  std::vector<PredicatePtr> sides;
  do {
    sides.push_back(side());
    if (sides.back() == nullptr) return nullptr;
  } while (take_word("or"));
  --depth_;
  if (sides.size() == 1) return std::move(sides.front());
  return std::make_unique<JoinedPredicate>(std::move(sides), Answer::yes);
}

PredicatePtr FilterParser::side() {
  std::vector<PredicatePtr> parts;
  for (;;) {
    parts.push_back(part());
    if (parts.back() == nullptr) return nullptr;
    if (take_word("and")) continue;
    if (peek().kind == Kind::end || peek().kind == Kind::close || is_word("or")) break;
  }
  if (parts.size() == 1) return std::move(parts.front());
  return std::make_unique<JoinedPredicate>(std::move(parts), Answer::no);
}

PredicatePtr FilterParser::part() {
  if (take_word("not")) {
    if (++depth_ > kMostNestedFilters) return wrong(peek().at, "nested too deep");
    PredicatePtr inner = part();
    --depth_;
    return inner == nullptr ? nullptr : std::make_unique<NotPredicate>(std::move(inner));
  }
  PredicatePtr what = simple();
  if (what == nullptr || !is_word("preceded")) return what;
  return preceded(std::move(what));
}

PredicatePtr FilterParser::preceded(PredicatePtr what) {
  ++next_;
  if (!take_word("by")) return wrong(peek().at, "'by' is expected after 'preceded'");
  PredicatePtr before = simple();
  if (before == nullptr) return nullptr;
  PrecededOptions options;
  if (take_word("within")) {
    const FilterToken token = peek();
    std::string written = token.text;
    ++next_;
    // "50 ms" as well as "50ms"
    static constexpr std::string_view kUnits[] = {"ns", "us", "\xC2\xB5s", "ms", "s", "m", "min"};
    if (std::find(std::begin(kUnits), std::end(kUnits), peek().text) != std::end(kUnits)) {
      written += peek().text;
      ++next_;
    }
    const auto within = parse_duration(written);
    if (token.kind != Kind::word || !within)
      return wrong(token.at, "a time is expected after 'within': 50ms, 1.5s");
    options.within_ns = *within;
  }
  if (take_word("on")) {
    if (!take_word("the") || !take_word("same") || !take_word("node"))
      return wrong(peek().at, "'on the same node' is expected");
    options.same_node = true;
  }
  auto made =
      std::make_unique<PrecededPredicate>(model_, std::move(what), std::move(before), options);
  precedence_.push_back(made.get());
  return made;
}

PredicatePtr FilterParser::text_test(const FilterToken& token) {
  FieldTest test{.field = "text", .op = FilterOp::contains, .value = token.text};
  test.is_pattern = token.kind == Kind::pattern;
  test.ignores_case = token.ignores_case;
  if (test.is_pattern) test.op = FilterOp::matches;
  std::string message;
  bool about_value = true;
  PredicatePtr made = make_field_test(model_, test, message, about_value);
  return made != nullptr ? std::move(made) : wrong(token.at, message);
}

PredicatePtr FilterParser::field() {
  const FilterToken name = peek();
  const FilterToken op = peek(1);
  const FilterToken value = peek(2);
  next_ += 2;
  if (value.kind != Kind::word && value.kind != Kind::text && value.kind != Kind::pattern)
    return wrong(value.at, "a value is expected after '" + op.text + "'");
  ++next_;
  FieldTest test{.field = name.text, .op = op.op, .value = value.text};
  test.is_pattern = value.kind == Kind::pattern;
  test.ignores_case = value.ignores_case;
  if (test.is_pattern && op.op != FilterOp::matches)
    return wrong(op.at, "a /regular expression/ goes with '~'");
  std::string message;
  bool about_value = false;
  PredicatePtr made = make_field_test(model_, test, message, about_value);
  if (made == nullptr) return wrong(about_value ? value.at : name.at, message);
  return made;
}

PredicatePtr FilterParser::simple() {
  const FilterToken token = peek();
  switch (token.kind) {
    case Kind::open: {
      ++next_;
      PredicatePtr inner = filter();
      if (inner == nullptr) return nullptr;
      if (peek().kind != Kind::close) return wrong(token.at, "this '(' is never closed");
      ++next_;
      return inner;
    }
    case Kind::text:
    case Kind::pattern:
      ++next_;
      return text_test(token);
    case Kind::word: {
      if (peek(1).kind == Kind::op) return field();
      if (is_word("and") || is_word("or") || is_word("preceded") || is_word("within"))
        return wrong(token.at, "'" + token.text + "' needs something before it");
      ++next_;
      PredicatePtr kind = make_kind_test(model_, token.text);
      return kind != nullptr ? std::move(kind) : text_test(token);
    }
    case Kind::close:
      return wrong(token.at, "this ')' closes nothing");
    case Kind::op:
      return wrong(token.at, "'" + token.text + "' needs a field before it");
    case Kind::end:
      break;
  }
  return wrong(token.at, "something is missing at the end");
}

bool FilterParser::parse(FilterExpression& out) {
  if (!cut()) return false;
  if (peek().kind == Kind::end) return true;
  out.root = filter();
  if (out.root == nullptr) return false;
  if (peek().kind == Kind::close) return fail(peek().at, "this ')' closes nothing");
  out.precedence = std::move(precedence_);
  return true;
}

}  // namespace

FilterExpression parse_filter(std::string_view text, const TraceModel& model,
                              FilterProblem& problem, bool& ok) {
  FilterExpression out;
  FilterParser parser(text, model);
  ok = parser.parse(out);
  if (!ok) problem = parser.problem();
  return out;
}

}  // namespace norn::viewer
