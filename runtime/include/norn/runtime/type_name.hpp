// type_name<T>(): the name of a type without its namespaces, the same from every compiler.
#pragma once

#include <string_view>

namespace norn {

namespace detail {

template <class T>
constexpr std::string_view pretty_type() {
#if defined(__clang__)
  constexpr std::string_view start = "[T = ";
#else
  constexpr std::string_view start = "[with T = ";
#endif
  std::string_view text = __PRETTY_FUNCTION__;
  text.remove_prefix(text.find(start) + start.size());
  return text.substr(0, text.find_first_of(";]"));
}

// Cuts everything before the last "::" that stands outside angle brackets.
constexpr std::string_view unqualified(std::string_view text) {
  const std::size_t open = text.find('<');
  const std::string_view head = text.substr(0, open);
  const std::size_t colons = head.rfind("::");
  return colons == std::string_view::npos ? text : text.substr(colons + 2);
}

}  // namespace detail

// A type may name itself with `static constexpr std::string_view kMessageName`; a template with
// arguments that compilers spell differently (unsigned long) should.
template <class T>
constexpr std::string_view type_name() {
  if constexpr (requires { T::kMessageName; }) {
    return T::kMessageName;
  } else {
    return detail::unqualified(detail::pretty_type<T>());
  }
}

}  // namespace norn
