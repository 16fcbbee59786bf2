// What the smaller models share: classes made of a kind and two numbers.
#pragma once

#include <cstdint>
#include <string>

#include "check/models/tables.hpp"
#include "norn/check/model.hpp"

namespace norn::check {

template <class Kind>
struct SimpleClass {
  Kind kind{};
  bool unknown = false;
  std::uint32_t a = 0;
  std::uint32_t b = 0;

  std::uint64_t hash() const {
    return mix_hash(pair_hash(a, b) ^ (static_cast<std::uint64_t>(kind) * 2 + (unknown ? 1 : 0)));
  }
  bool operator==(const SimpleClass&) const = default;
};

// Sums and differences wrap around at 64 bits: whatever a history says is judged.
inline std::int64_t wrapped_sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
inline std::int64_t wrapped_difference(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

inline Error no_such_function(const Operation& operation) {
  return {Errc::invalid,
          "the function " + to_json(Value(operation.function)) + " is not one of this model"};
}

inline Error wrong_argument(const Operation& operation, const char* expected) {
  return {Errc::invalid, operation.function + " of " + to_json(operation.argument) + ": " +
                             expected + " was expected"};
}

inline Error wrong_result(const Operation& operation, const char* expected) {
  return {Errc::invalid, operation.function + " gave " + to_json(operation.result) + ": " +
                             expected + " was expected"};
}

}  // namespace norn::check
