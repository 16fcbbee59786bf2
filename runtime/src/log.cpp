#include "norn/runtime/log.hpp"

#include "caller.hpp"

namespace norn {

void log(Log level, std::string_view text) {
  const host::Caller self = host::caller("log()");
  if (self.process.alive) self.world.log(self.process, static_cast<int>(level), text);
}

void publish(std::string_view key, const nlohmann::json& value) {
  const host::Caller self = host::caller("publish()");
  if (self.process.alive)
    self.world.publish(self.process, key,
                       value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace norn
