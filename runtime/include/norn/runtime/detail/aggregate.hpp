// The fields of an aggregate: how many, which, and what they are called. C++20 has no reflection;
// this asks the compiler in ways that it answers.
#pragma once

#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace norn::detail {

inline constexpr std::size_t kMostFields = 16;

// Stands for any value in an initializer that is never evaluated.
struct AnyValue {
  template <class T>
  operator T() const;
};
template <std::size_t>
using AnyValueAt = AnyValue;

// Whether T{v, v, …} compiles, and whether T{v, …, {}, v, …} does.
template <class T, std::size_t... Before>
constexpr bool takes(std::index_sequence<Before...>) {
  return requires { T{AnyValueAt<Before>{}...}; };
}
template <class T, std::size_t... Before, std::size_t... After>
constexpr bool takes_braces(std::index_sequence<Before...>, std::index_sequence<After...>) {
  return requires { T{AnyValueAt<Before>{}..., {}, AnyValueAt<After>{}...}; };
}

// The most initializers that T takes: its fields, but each element of a C array by itself.
template <class T, std::size_t Try>
constexpr std::size_t initializer_count() {
  if constexpr (Try == 0 || takes<T>(std::make_index_sequence<Try>{})) {
    return Try;
  } else {
    return initializer_count<T, Try - 1>();
  }
}

// How many of these the field that begins at initializer `At` takes up: with `{}` for the whole
// field, so many fewer are left for the rest.
template <class T, std::size_t Total, std::size_t At, std::size_t Width = 1>
constexpr std::size_t field_width() {
  if constexpr (At + Width >= Total) {
    return Total - At;
  } else if constexpr (takes_braces<T>(std::make_index_sequence<At>{},
                                       std::make_index_sequence<Total - At - Width>{})) {
    return Width;
  } else {
    return field_width<T, Total, At, Width + 1>();
  }
}

template <class T, std::size_t Total, std::size_t At = 0>
constexpr std::size_t count_fields() {
  if constexpr (At >= Total) {
    return 0;
  } else {
    return 1 + count_fields<T, Total, At + field_width<T, Total, At>()>();
  }
}

// A struct may have arrays: look for more initializers than fields.
template <class T>
inline constexpr std::size_t kFieldCount =
    count_fields<T, initializer_count<T, 4 * kMostFields>()>();

// fields_of() is a tuple of references to the fields, in order of declaration.
template <class T>
constexpr auto fields_of(T& value) {
  constexpr std::size_t count = kFieldCount<std::remove_const_t<T>>;
  static_assert(count <= kMostFields,
                "an aggregate of more than 16 fields: group some of them in a struct of their own, "
                "or give it to_json and from_json");
  // clang-format off
  if constexpr (count == 0) { return std::tie(); }
  else if constexpr (count == 1) { auto& [a] = value; return std::tie(a); }
  else if constexpr (count == 2) { auto& [a, b] = value; return std::tie(a, b); }
  else if constexpr (count == 3) { auto& [a, b, c] = value; return std::tie(a, b, c); }
  else if constexpr (count == 4) { auto& [a, b, c, d] = value; return std::tie(a, b, c, d); }
  else if constexpr (count == 5) { auto& [a, b, c, d, e] = value; return std::tie(a, b, c, d, e); }
  else if constexpr (count == 6) { auto& [a, b, c, d, e, f] = value; return std::tie(a, b, c, d, e, f); }
  else if constexpr (count == 7) { auto& [a, b, c, d, e, f, g] = value; return std::tie(a, b, c, d, e, f, g); }
  else if constexpr (count == 8) { auto& [a, b, c, d, e, f, g, h] = value; return std::tie(a, b, c, d, e, f, g, h); }
  else if constexpr (count == 9) { auto& [a, b, c, d, e, f, g, h, i] = value; return std::tie(a, b, c, d, e, f, g, h, i); }
  else if constexpr (count == 10) { auto& [a, b, c, d, e, f, g, h, i, j] = value; return std::tie(a, b, c, d, e, f, g, h, i, j); }
  else if constexpr (count == 11) { auto& [a, b, c, d, e, f, g, h, i, j, k] = value; return std::tie(a, b, c, d, e, f, g, h, i, j, k); }
  else if constexpr (count == 12) { auto& [a, b, c, d, e, f, g, h, i, j, k, l] = value; return std::tie(a, b, c, d, e, f, g, h, i, j, k, l); }
  else if constexpr (count == 13) { auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = value; return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m); }
  else if constexpr (count == 14) { auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = value; return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n); }
  else if constexpr (count == 15) { auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = value; return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o); }
  else { auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = value; return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p); }
  // clang-format on
}

// An object that is declared and never defined: only the addresses of its fields are used, by
// compilers, to print their names.
template <class T>
struct Undefined {
  Undefined();
  T value;
};

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif

template <class T>
extern const Undefined<T> kUndefined;

template <class T, std::size_t I>
constexpr auto field_address() {
  return &std::get<I>(fields_of(kUndefined<T>.value));
}

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

// The name is the last identifier: g++ prints "(& kUndefined<T>.Undefined<T>::value.T::name)]",
// clang "&kUndefined<T>.value.name]".
template <auto Field>
constexpr std::string_view printed_field() {
  std::string_view text = __PRETTY_FUNCTION__;
#if !defined(__clang__)
  text = text.substr(0, text.find("; std::string_view"));
#endif
  while (text.ends_with(']') || text.ends_with(')')) text.remove_suffix(1);
  return text.substr(text.find_last_of(":.") + 1);
}

template <class T, std::size_t I>
constexpr std::string_view field_name() {
  constexpr std::string_view name = printed_field<field_address<T, I>()>();
  static_assert(!name.empty() && name.find_first_of(" &<>(){}[]") == std::string_view::npos,
                "this compiler prints the field in a way that is not known: give the type to_json "
                "and from_json");
  return name;
}

}  // namespace norn::detail
