// Text and numbers compared as a filter says, and the fields that look into what events carry.
#pragma once

#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "model/filter_expression.hpp"

namespace norn::viewer {

// number_in() reads the whole text as a number.
std::optional<double> number_in(std::string_view text);

// TextTest compares as a FieldTest says.
class TextTest {
 public:
  // `message` is filled when the regular expression is wrong; the test is then of no use.
  TextTest(const FieldTest& test, std::string& message);

  bool holds(std::string_view text) const;
  bool holds(double number) const;
  // may_hold() is a cheap look before holds(): false only where that is false.
  bool may_hold(std::string_view text) const;
  bool is_slow() const { return op_ == FilterOp::matches; }
  bool is_negative() const { return op_ == FilterOp::unequal; }
  // ordered() is whether `x op y`; false for operators that compare no numbers.
  bool ordered(double x, double y) const;

 private:
  FilterOp op_;
  std::optional<double> number_;
  std::string value_;
  std::vector<std::string> literals_;  // every match has one of them; none are known when empty
  bool folds_literals_ = false;
  std::optional<std::regex> regex_;
};

// make_content_test() makes what looks into events: text, state.KEY, payload.PATH. Null with a
// message as of make_field_test().
std::unique_ptr<Predicate> make_content_test(const TraceModel& model, const FieldTest& test,
                                             std::string& message, bool& about_value);

}  // namespace norn::viewer
