#include "actors/signal.hpp"

#include <array>
#include <nlohmann/json.hpp>

namespace norn::detail {

namespace {

constexpr host::MessageClass class_named(std::string_view name) {
  return {name, host::hash_name(name), true};
}

constexpr std::array kClasses{
    class_named("Link"),    class_named("Unlink"),       class_named("LinkExit"),
    class_named("Monitor"), class_named("Demonitor"),    class_named("DownSignal"),
    class_named("Exit"),    class_named("DirectoryAdd"), class_named("DirectoryRemove"),
};

}  // namespace

const host::MessageClass& signal_class(SignalKind kind) {
  return kClasses.at(static_cast<std::size_t>(kind));
}

std::optional<SignalKind> signal_kind(const host::MessageClass& message_class) {
  for (std::size_t i = 0; i < kClasses.size(); ++i) {
    if (kClasses[i].hash == message_class.hash) return static_cast<SignalKind>(i);
  }
  return std::nullopt;
}

Bytes encode_signal(const Signal& signal) {
  nlohmann::json json{{"from", signal.from}, {"to", signal.to}};
  if (signal.ref != 0) json["ref"] = signal.ref;
  if (!signal.name.empty()) json["name"] = signal.name;
  if (signal.kind == SignalKind::link_exit || signal.kind == SignalKind::down ||
      signal.kind == SignalKind::exit) {
    json["why"] = static_cast<unsigned>(signal.reason.kind);
    if (!signal.reason.text.empty()) json["text"] = signal.reason.text;
  }
  const std::vector<std::uint8_t> cbor = nlohmann::json::to_cbor(json);
  const auto bytes = std::as_bytes(std::span(cbor));
  return {bytes.begin(), bytes.end()};
}

std::optional<Signal> decode_signal(const host::Message& message) {
  const std::optional<SignalKind> kind = signal_kind(*message.message_class);
  if (!kind || !check_cbor(message.bytes())) return std::nullopt;
  try {
    const auto* const data = reinterpret_cast<const std::uint8_t*>(message.bytes().data());
    const nlohmann::json json = nlohmann::json::from_cbor(data, data + message.size);
    Signal signal;
    signal.kind = *kind;
    signal.from = json.at("from").get<Pid>();
    signal.to = json.at("to").get<Pid>();
    signal.ref = json.value("ref", std::uint64_t{0});
    signal.name = json.value("name", std::string());
    const unsigned why = json.value("why", 0U);
    if (why > static_cast<unsigned>(ExitKind::noconnection)) return std::nullopt;
    signal.reason.kind = static_cast<ExitKind>(why);
    signal.reason.text = json.value("text", std::string());
    return signal;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

}  // namespace norn::detail
