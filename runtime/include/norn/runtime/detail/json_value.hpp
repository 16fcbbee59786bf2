// Values as JSON and back, for Codec: what has its own to_json and from_json uses them, the rest is
// taken apart. Everything depends on the template parameter Json, so that only code that sends such
// a type needs <nlohmann/json.hpp>.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "norn/runtime/detail/aggregate.hpp"

namespace norn::detail {

// What is wrong with a value that came, and in which part of it.
struct Problem {
  std::string where;
  std::string what;

  bool say(std::string text) {
    what = std::move(text);
    return false;
  }
  bool in_field(std::string_view name) {
    where = std::string(name) + (where.empty() || where.front() == '[' ? "" : ".") + where;
    return false;
  }
  bool in_item(std::size_t index) {
    where = "[" + std::to_string(index) + "]" + (where.empty() || where.front() == '[' ? "" : ".") +
            where;
    return false;
  }
  std::string text() const { return where.empty() ? what : where + ": " + what; }
};

template <class Json, class T>
concept HasOwnJson = requires(Json& json, const Json& from, const T& value, T& into) {
  to_json(json, value);
  from_json(from, into);
};
template <class Json, class T>
concept LibraryKnows = requires(Json json, const T& value) {
  json = value;
  json.template get<T>();
};

template <class T>
inline constexpr bool kIsDuration = false;
template <class Rep, class Period>
inline constexpr bool kIsDuration<std::chrono::duration<Rep, Period>> = true;
template <class T>
inline constexpr bool kIsTimePoint = false;
template <class C, class D>
inline constexpr bool kIsTimePoint<std::chrono::time_point<C, D>> = true;
template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsVariant = false;
template <class... Ts>
inline constexpr bool kIsVariant<std::variant<Ts...>> = true;

template <class T>
concept MapLike = requires { typename T::mapped_type; };
template <class T>
concept Hashed = requires { typename T::hasher; };
template <class T>
concept KeyedByText = MapLike<T> && std::is_same_v<typename T::key_type, std::string>;
template <class T>
inline constexpr bool kIsArray = std::is_bounded_array_v<T>;
template <class T, std::size_t Size>
inline constexpr bool kIsArray<std::array<T, Size>> = true;
template <class T>
concept Growing = requires(T& into, typename T::value_type item) {
  into.insert(into.end(), std::move(item));
  into.clear();
  into.begin();
};
template <class T>
concept TupleLike = requires { std::tuple_size<T>::value; };
template <class T>
concept PlainAggregate = std::is_class_v<T> && std::is_aggregate_v<T>;

template <class>
inline constexpr bool kNever = false;

template <class Json, class T>
void to_value(Json& json, const T& value);
template <class Json, class T>
bool from_value(const Json& json, T& value, Problem& problem);

// ---- to JSON

template <class Json, class T>
Json value_of(const T& value) {
  Json json;
  to_value(json, value);
  return json;
}

template <class Json, class T>
void map_to_value(Json& json, const T& map) {
  if constexpr (KeyedByText<T>) {
    json = Json::object();
    for (const auto& [key, value] : map) json[key] = value_of<Json>(value);
  } else {
    static_assert(!Hashed<T>,
                  "the order of a hash table differs between libraries: send a std::map");
    json = Json::array();
    for (const auto& entry : map) json.push_back(value_of<Json>(entry));
  }
}

template <class Json, class T>
void bytes_to_value(Json& json, const T* bytes, std::size_t size) {
  std::vector<std::uint8_t> binary(size);
  if (size > 0) std::memcpy(binary.data(), bytes, size);
  json = Json::binary(std::move(binary));
}

template <class Json, class T, std::size_t... I>
void tuple_to_value(Json& json, const T& tuple, std::index_sequence<I...>) {
  json = Json::array();
  (json.push_back(value_of<Json>(std::get<I>(tuple))), ...);
}

template <class Json, class T, std::size_t... I>
void aggregate_to_value(Json& json, const T& value, std::index_sequence<I...>) {
  json = Json::object();
  const auto fields = fields_of(value);
  (to_value(json[std::string(field_name<T, I>())], std::get<I>(fields)), ...);
}

template <class Json, class T>
void compound_to_value(Json& json, const T& value) {
  if constexpr (kIsOptional<T>) {
    json = value ? value_of<Json>(*value) : Json(nullptr);
  } else if constexpr (kIsVariant<T>) {
    json = Json::array();
    json.push_back(value.index());
    json.push_back(std::visit([](const auto& held) { return value_of<Json>(held); }, value));
  } else if constexpr (MapLike<T>) {
    map_to_value(json, value);
  } else if constexpr (kIsArray<T> || Growing<T>) {
    static_assert(!Hashed<T>,
                  "the order of a hash table differs between libraries: send a std::set");
    json = Json::array();
    for (const auto& item : value) json.push_back(value_of<Json>(item));
  } else if constexpr (TupleLike<T>) {
    tuple_to_value(json, value, std::make_index_sequence<std::tuple_size_v<T>>{});
  } else if constexpr (LibraryKnows<Json, T>) {
    json = value;
  } else if constexpr (PlainAggregate<T>) {
    aggregate_to_value(json, value, std::make_index_sequence<kFieldCount<T>>{});
  } else {
    static_assert(kNever<T>,
                  "no way is known to encode this type (a pointer, or a class with parts "
                  "of its own): give it to_json and from_json "
                  "(NLOHMANN_DEFINE_TYPE_INTRUSIVE writes both)");
  }
}

template <class Json, class T>
void to_value(Json& json, const T& value) {
  if constexpr (std::is_same_v<T, Json> ||
                (!HasOwnJson<Json, T> &&
                 (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>))) {
    json = value;
  } else if constexpr (HasOwnJson<Json, T>) {
    to_json(json, value);
  } else if constexpr (std::is_enum_v<T>) {
    json = static_cast<std::underlying_type_t<T>>(value);
  } else if constexpr (kIsDuration<T>) {
    json = value.count();
  } else if constexpr (kIsTimePoint<T>) {
    json = value.time_since_epoch().count();
  } else if constexpr (std::is_same_v<T, std::monostate>) {
    json = nullptr;
  } else if constexpr (std::is_same_v<T, std::vector<std::byte>>) {
    bytes_to_value(json, value.data(), value.size());
  } else {
    compound_to_value(json, value);
  }
}

// ---- from JSON

// Whether a whole number fits into a T: `raw` are its bits, of an int64_t if it has a sign.
template <class T>
constexpr bool fits(std::uint64_t raw, bool has_sign) {
  using Limits = std::numeric_limits<T>;
  if (has_sign && static_cast<std::int64_t>(raw) < 0)
    return Limits::is_signed &&
           static_cast<std::int64_t>(raw) >= static_cast<std::int64_t>(Limits::min());
  return raw <= static_cast<std::uint64_t>(Limits::max());
}

template <class Json, class T>
bool number_from_value(const Json& json, T& value, Problem& problem) {
  if constexpr (std::is_same_v<T, bool>) {
    if (!json.is_boolean()) return problem.say("true or false is expected");
    value = json.template get<bool>();
  } else if constexpr (std::is_floating_point_v<T>) {
    if (!json.is_number()) return problem.say("a number is expected");
    value = json.template get<T>();
  } else {
    if (!json.is_number_integer()) return problem.say("a whole number is expected");
    const auto raw = json.template get<std::uint64_t>();
    if (!fits<T>(raw, !json.is_number_unsigned()))
      return problem.say("the number " + json.dump() + " does not fit");
    value = static_cast<T>(raw);
  }
  return true;
}

template <class Json, class T>
bool items_from_value(const Json& json, T& value, Problem& problem) {
  if (!json.is_array()) return problem.say("an array is expected");
  std::size_t index = 0;
  if constexpr (kIsArray<T>) {
    if (json.size() != std::size(value))
      return problem.say("an array of " + std::to_string(std::size(value)) + " is expected");
    for (auto& item : value) {
      if (!from_value(json[index], item, problem)) return problem.in_item(index);
      ++index;
    }
  } else {
    value.clear();
    for (const auto& each : json) {
      typename T::value_type item{};
      if (!from_value(each, item, problem)) return problem.in_item(index);
      value.insert(value.end(), std::move(item));
      ++index;
    }
  }
  return true;
}

template <class Json, class T>
bool map_from_value(const Json& json, T& map, Problem& problem) {
  map.clear();
  if constexpr (KeyedByText<T>) {
    if (!json.is_object()) return problem.say("an object is expected");
    for (auto each = json.begin(); each != json.end(); ++each) {
      if (!from_value(each.value(), map[each.key()], problem)) return problem.in_field(each.key());
    }
    return true;
  } else {
    std::vector<std::pair<typename T::key_type, typename T::mapped_type>> entries;
    if (!items_from_value(json, entries, problem)) return false;
    for (auto& [key, value] : entries) map.emplace(std::move(key), std::move(value));
    return true;
  }
}

template <class Json>
bool bytes_from_value(const Json& json, void* into, std::size_t size, Problem& problem) {
  if (!json.is_binary() || json.get_binary().size() != size)
    return problem.say(std::to_string(size) + " bytes are expected");
  if (size > 0) std::memcpy(into, json.get_binary().data(), size);
  return true;
}

template <class Json, class T, std::size_t... I>
bool tuple_from_value(const Json& json, T& tuple, Problem& problem, std::index_sequence<I...>) {
  if (!json.is_array() || json.size() != sizeof...(I))
    return problem.say("an array of " + std::to_string(sizeof...(I)) + " is expected");
  return ((from_value(json[I], std::get<I>(tuple), problem) || problem.in_item(I)) && ...);
}

template <class Json, class T, std::size_t I = 0>
bool variant_from_value(const Json& json, std::size_t index, T& variant, Problem& problem) {
  if constexpr (I == std::variant_size_v<T>) {
    return problem.say("there is no alternative " + std::to_string(index));
  } else {
    if (index != I) return variant_from_value<Json, T, I + 1>(json, index, variant, problem);
    return from_value(json, variant.template emplace<I>(), problem);
  }
}

// A field that is missing keeps its value; a field that is not known is passed over. So either side
// may be of an older version.
template <class Json, class Field>
bool field_from_value(const Json& json, std::string_view name, Field& field, Problem& problem) {
  const auto found = json.find(std::string(name));
  if (found == json.end()) return true;
  return from_value(*found, field, problem) || problem.in_field(name);
}

template <class Json, class T, std::size_t... I>
bool aggregate_from_value(const Json& json, T& value, Problem& problem, std::index_sequence<I...>) {
  if (!json.is_object()) return problem.say("an object is expected");
  const auto fields = fields_of(value);
  return (field_from_value(json, field_name<T, I>(), std::get<I>(fields), problem) && ...);
}

// to_json and from_json of others say what is wrong by throwing.
template <class Json, class T>
bool from_library(const Json& json, T& value, Problem& problem) {
  try {
    if constexpr (HasOwnJson<Json, T>) {
      from_json(json, value);
    } else {
      value = json.template get<T>();
    }
    return true;
  } catch (const std::exception& thrown) {
    return problem.say(thrown.what());
  }
}

template <class Json, class T>
bool compound_from_value(const Json& json, T& value, Problem& problem) {
  if constexpr (kIsOptional<T>) {
    if (!json.is_null()) return from_value(json, value.emplace(), problem);
    value.reset();
    return true;
  } else if constexpr (kIsVariant<T>) {
    std::size_t index = 0;
    if (!json.is_array() || json.size() != 2)
      return problem.say("the number of an alternative and its value are expected");
    return number_from_value(json[0], index, problem) &&
           variant_from_value(json[1], index, value, problem);
  } else if constexpr (MapLike<T>) {
    return map_from_value(json, value, problem);
  } else if constexpr (kIsArray<T> || Growing<T>) {
    return items_from_value(json, value, problem);
  } else if constexpr (TupleLike<T>) {
    return tuple_from_value(json, value, problem, std::make_index_sequence<std::tuple_size_v<T>>{});
  } else if constexpr (LibraryKnows<Json, T>) {
    return from_library(json, value, problem);
  } else {
    return aggregate_from_value(json, value, problem, std::make_index_sequence<kFieldCount<T>>{});
  }
}

template <class Json, class T>
bool from_value(const Json& json, T& value, Problem& problem) {
  if constexpr (std::is_same_v<T, Json>) {
    value = json;
  } else if constexpr (HasOwnJson<Json, T>) {
    return from_library(json, value, problem);
  } else if constexpr (std::is_arithmetic_v<T>) {
    return number_from_value(json, value, problem);
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!json.is_string()) return problem.say("a string is expected");
    value = json.template get<std::string>();
  } else if constexpr (std::is_enum_v<T>) {
    std::underlying_type_t<T> number{};
    if (!number_from_value(json, number, problem)) return false;
    value = static_cast<T>(number);
  } else if constexpr (kIsDuration<T>) {
    typename T::rep count{};
    if (!number_from_value(json, count, problem)) return false;
    value = T(count);
  } else if constexpr (kIsTimePoint<T>) {
    auto since = value.time_since_epoch();
    if (!from_value(json, since, problem)) return false;
    value = T(since);
  } else if constexpr (std::is_same_v<T, std::monostate>) {
    if (!json.is_null()) return problem.say("nothing is expected");
  } else if constexpr (std::is_same_v<T, std::vector<std::byte>>) {
    if (!json.is_binary()) return problem.say("bytes are expected");
    value.resize(json.get_binary().size());
    return bytes_from_value(json, value.data(), value.size(), problem);
  } else {
    return compound_from_value(json, value, problem);
  }
  return true;
}

}  // namespace norn::detail
