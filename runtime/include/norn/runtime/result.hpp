// Result<T>: a value, or an error that node code must handle.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "norn/runtime/assert.hpp"

namespace norn {

// The kinds of failure that code can observe and handle.
enum class Errc : std::uint8_t {
  timeout,         // a deadline passed; for a call: the peer may or may not have acted
  unknown_node,    // no node of that name
  closed,          // the channel, file or peer is closed
  bad_message,     // bytes that the codec of the expected type refuses
  not_found,       // no such file or key
  already_exists,  // it is there already
  io_error,        // the device failed (EIO)
  no_space,        // the device is full (ENOSPC)
  invalid,         // the input makes no sense; the message says what and where
  too_large,       // a message or write beyond its documented limit
  dead,            // the caller's node has crashed: nothing was done
  cancelled,       // the work was called off by its Context or Task
  refused,         // nobody listens at that address
  reset,           // the peer has broken the connection, or knows nothing of it
  address_in_use,  // the port is taken
  unreachable,     // there is no way to that address
};

// name() is the enumerator's own name.
inline std::string_view name(Errc code);

// An error code with a message for people.
struct Error {
  Errc code = Errc::invalid;
  std::string message;
};

// Result<T> holds a T or an Error. Asking for the one that is not there is misuse and asserts.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  Result(Errc code, std::string message) : Result(Error{code, std::move(message)}) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() &;
  const T& value() const&;
  T&& value() &&;
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // value_or() returns the value, or `other` when there is an error.
  T value_or(T other) const& { return ok() ? std::get<0>(state_) : std::move(other); }
  T value_or(T other) && { return ok() ? std::get<0>(std::move(state_)) : std::move(other); }

  const Error& error() const;

 private:
  std::variant<T, Error> state_;
};

// Result<void> is a success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)) {}
  Result(Errc code, std::string message) : error_(Error{code, std::move(message)}) {}

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  void value() const { NORN_ASSERT(ok(), "value() of a failed Result: " + error_->message); }
  const Error& error() const {
    NORN_ASSERT(!ok(), "error() of a Result that succeeded: test ok() first");
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

inline std::string_view name(Errc code) {
  switch (code) {
    case Errc::timeout:
      return "timeout";
    case Errc::unknown_node:
      return "unknown_node";
    case Errc::closed:
      return "closed";
    case Errc::bad_message:
      return "bad_message";
    case Errc::not_found:
      return "not_found";
    case Errc::already_exists:
      return "already_exists";
    case Errc::io_error:
      return "io_error";
    case Errc::no_space:
      return "no_space";
    case Errc::invalid:
      return "invalid";
    case Errc::too_large:
      return "too_large";
    case Errc::dead:
      return "dead";
    case Errc::cancelled:
      return "cancelled";
    case Errc::refused:
      return "refused";
    case Errc::reset:
      return "reset";
    case Errc::address_in_use:
      return "address_in_use";
    case Errc::unreachable:
      return "unreachable";
  }
  return "unknown";
}

template <class T>
T& Result<T>::value() & {
  NORN_ASSERT(ok(), "value() of a failed Result: " + error().message);
  return std::get<0>(state_);
}

template <class T>
const T& Result<T>::value() const& {
  NORN_ASSERT(ok(), "value() of a failed Result: " + error().message);
  return std::get<0>(state_);
}

template <class T>
T&& Result<T>::value() && {
  NORN_ASSERT(ok(), "value() of a failed Result: " + error().message);
  return std::get<0>(std::move(state_));
}

template <class T>
const Error& Result<T>::error() const {
  NORN_ASSERT(!ok(), "error() of a Result that succeeded: test ok() first");
  return std::get<1>(state_);
}

}  // namespace norn
