#include "norn/runtime/log.hpp"

#include <nlohmann/json.hpp>

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

void publish(std::string_view key, std::string_view value) {
  publish(key, nlohmann::json(value));
}

void publish(std::string_view key, const char* value) {
  publish(key, std::string_view(value));
}

void publish(std::string_view key, bool value) {
  publish(key, nlohmann::json(value));
}

void publish(std::string_view key, double value) {
  publish(key, nlohmann::json(value));
}

void publish(std::string_view key, std::int64_t value) {
  publish(key, nlohmann::json(value));
}

void publish(std::string_view key, std::uint64_t value) {
  publish(key, nlohmann::json(value));
}

}  // namespace norn
