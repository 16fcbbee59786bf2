// resolve(): from names to addresses.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "norn/runtime/result.hpp"
#include "norn/runtime/socket_address.hpp"

namespace norn {

// resolve() gives the addresses of `name`, with `port` in each: the name of a node, "localhost", or
// an IPv4 address in dotted form. A name that the scenario gave (Simulation::set_name) comes with a
// time to live, for which the calling node remembers the answer: it may be old. Not empty when it
// succeeds. In the real world it blocks the fiber, for other names. Errors: not_found; there
// timeout.
Result<std::vector<SocketAddress>> resolve(std::string_view name, std::uint16_t port = 0);

}  // namespace norn
