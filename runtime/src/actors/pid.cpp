#include "norn/runtime/pid.hpp"

#include <ostream>

#include "norn/runtime/host/scheduler.hpp"

namespace norn {

std::string to_string(const Pid& pid) {
  if (!pid.valid()) return "<nobody>";
  host::Scheduler* const scheduler = host::Scheduler::current();
  std::string node = "#" + std::to_string(pid.node);
  if (scheduler != nullptr) node = scheduler->world().node_name(pid.node);
  return "<" + node + "." + std::to_string(pid.id) + "." + std::to_string(pid.incarnation) + ">";
}

std::ostream& operator<<(std::ostream& out, const Pid& pid) {
  return out << to_string(pid);
}

}  // namespace norn
