#include "socket_errors.hpp"

#include <cerrno>
#include <cstring>

namespace norn::detail {

namespace {

Errc code_of(int error) {
  switch (error) {
    case EAGAIN:
    case ETIMEDOUT:
      return Errc::timeout;
    case ECONNREFUSED:
      return Errc::refused;
    case ECONNRESET:
      return Errc::reset;
    case EADDRINUSE:
    case EADDRNOTAVAIL:
      return Errc::address_in_use;
    case EHOSTUNREACH:
    case ENETUNREACH:
      return Errc::unreachable;
    case EBADF:
    case EPIPE:
    case ENOTCONN:
      return Errc::closed;
    case ENOENT:
      return Errc::not_found;
    case EMSGSIZE:
      return Errc::too_large;
    case EMFILE:
    case ENOBUFS:
      return Errc::no_space;
    case ESRCH:
      return Errc::dead;
    default:
      return Errc::invalid;
  }
}

const char* text_of(int error) {
  switch (error) {
    case EAGAIN:
      return "the deadline has passed";
    case EBADF:
      return "it is closed";
    case ESRCH:
      return "the node is dead";
    default:
      return std::strerror(error);
  }
}

}  // namespace

Error socket_error(std::int64_t result, std::string_view what) {
  const int error = static_cast<int>(-result);
  return {code_of(error), std::string(what) + ": " + text_of(error)};
}

}  // namespace norn::detail
