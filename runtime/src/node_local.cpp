#include "norn/runtime/node_local.hpp"

#include "caller.hpp"

namespace norn::detail {

host::Process& calling_process(const char* what) {
  return host::caller(what).process;
}

}  // namespace norn::detail
