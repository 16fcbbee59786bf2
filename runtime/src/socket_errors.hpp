// From errno values of socket calls to errors.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "norn/runtime/result.hpp"

namespace norn::detail {

// socket_error() is the error of a call that returned `result` (minus an errno value); `what` says
// what was tried.
Error socket_error(std::int64_t result, std::string_view what);

}  // namespace norn::detail
