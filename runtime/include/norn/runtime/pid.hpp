// Pid: the identity of an actor, anywhere in the cluster and for ever.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>

#include "norn/runtime/host/message.hpp"

namespace norn {

// A Pid names one actor of one life (incarnation) of a node, and never another one: numbers are not
// used again. It may be kept, compared and sent, as its bytes or inside a message that goes as
// CBOR. A default Pid names nobody.
struct Pid {
  host::NodeId node = 0;
  std::uint32_t incarnation = 0;
  std::uint64_t id = 0;

  bool valid() const { return id != 0; }
  friend bool operator==(const Pid&, const Pid&) = default;
  friend auto operator<=>(const Pid&, const Pid&) = default;
};

// to_string() is "<n1.7.2>": the name of the node, the number of the actor and the life of the
// node. Outside of node code, where names are not known, the node is a number: "<#1.7.2>".
std::string to_string(const Pid& pid);
std::ostream& operator<<(std::ostream& out, const Pid& pid);

// Templates, so that only code that uses JSON needs it.
template <class Json>
  requires requires(Json& json) { json = Json::array(); }
void to_json(Json& json, const Pid& pid) {
  json = Json::array();
  json.push_back(pid.node);
  json.push_back(pid.id);
  json.push_back(pid.incarnation);
}

template <class Json>
  requires requires(const Json& json) { json.at(0).template get<std::uint64_t>(); }
void from_json(const Json& json, Pid& pid) {
  pid.node = json.at(0).template get<host::NodeId>();
  pid.id = json.at(1).template get<std::uint64_t>();
  pid.incarnation = json.at(2).template get<std::uint32_t>();
}

}  // namespace norn

template <>
struct std::hash<norn::Pid> {
  std::size_t operator()(const norn::Pid& pid) const noexcept {
    const std::uint64_t life = (std::uint64_t{pid.node} << 32U) | pid.incarnation;
    return static_cast<std::size_t>((life * 0x9e3779b97f4a7c15U) ^ pid.id);
  }
};
