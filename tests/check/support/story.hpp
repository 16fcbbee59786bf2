// Histories written down as they happen.
#pragma once

#include <string>
#include <utility>

#include "norn/check/history.hpp"
#include "support/catch.hpp"

namespace norn::check::testing {

class Story {
 public:
  Story& call(std::int64_t process, std::string function, Value argument = {}) {
    const auto called = history_.call({.process = process,
                                       .function = std::move(function),
                                       .key = key_,
                                       .argument = std::move(argument)});
    REQUIRE(called.ok());
    return *this;
  }
  Story& ok(std::int64_t process, Value result = {}) {
    return ret(process, Outcome::ok, std::move(result));
  }
  Story& lost(std::int64_t process) { return ret(process, Outcome::unknown, {}); }
  Story& failed(std::int64_t process) { return ret(process, Outcome::failed, {}); }
  // A call and its return with nothing between.
  Story& did(std::int64_t process, std::string function, Value argument = {}, Value result = {}) {
    call(process, std::move(function), std::move(argument));
    return ok(process, std::move(result));
  }
  Story& crash() {
    REQUIRE(history_.crash().ok());
    return *this;
  }
  // The key of the calls that follow.
  Story& on(Value key) {
    key_ = std::move(key);
    return *this;
  }
  const History& history() const { return history_; }

 private:
  Story& ret(std::int64_t process, Outcome outcome, Value result) {
    const OperationId open = history_.open(process);
    REQUIRE(open != kNone);
    const auto returned = history_.ret(open, {.outcome = outcome, .result = std::move(result)});
    REQUIRE(returned.ok());
    return *this;
  }

  History history_;
  std::optional<Value> key_;
};

}  // namespace norn::check::testing
