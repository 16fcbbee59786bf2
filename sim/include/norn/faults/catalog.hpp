// The catalogue of faults: every kind with what it does, its parameters, their units and defaults,
// and an example. Plans are read, written and explained by it.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "norn/faults/bite.hpp"
#include "norn/faults/kind.hpp"

namespace norn {

enum class FaultFamily : std::uint8_t { network, process, disk, clock };

// How a parameter is written in a plan:
enum class FaultValueType : std::uint8_t {
  duration,  // "250ms"
  share,     // "1/1000"
  number,    // 4096
  word,      // "drop"; one of FaultParameter::words, if it has any
};

struct FaultParameter {
  std::string_view name{};
  FaultValueType type = FaultValueType::duration;
  std::string_view unit{};      // of a number: "bytes", "bytes a second", "ppm"
  std::string_view standard{};  // the default, as in a plan, without quotes; empty: it is required
  std::string_view meaning{};
  std::int64_t least = 0;  // of a number as it is, of a duration in nanoseconds
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  std::span<const std::string_view> words{};
  bool may_be_empty = false;  // a word; its default is then the empty one
};

// Which lists of nodes a fault has.
enum class FaultSides : std::uint8_t {
  none,
  one,
  two,
  one_or_two,  // side_b may be left out: then it is every node
};
enum class FaultLasts : std::uint8_t { optional, required, none };

struct FaultSpec {
  FaultKind kind{};
  std::string_view name{};
  FaultFamily family{};
  FaultSides sides = FaultSides::one;
  FaultLasts lasts = FaultLasts::optional;
  std::string_view meaning{};  // one or two sentences, with side_a and side_b and parameters named
  std::span<const FaultParameter> parameters{};
  std::span<const Bite> bites{};  // what it can do to somebody; their sum is "bit"
  std::string_view example{};     // one fault of a plan, as JSON
  bool exclusive = false;         // two of it must not overlap on a node of side_a
};

// fault_catalog() is in the order of FaultKind.
std::span<const FaultSpec> fault_catalog();
const FaultSpec& spec_of(FaultKind kind);
// find_fault() returns nullptr for an unknown name.
const FaultSpec* find_fault(std::string_view name);
const FaultParameter* find_parameter(const FaultSpec& spec, std::string_view name);

std::string_view name(FaultKind kind);
std::string_view name(FaultFamily family);
std::string_view name(FaultValueType type);

}  // namespace norn
