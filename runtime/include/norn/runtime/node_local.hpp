// node_local(): what would be a global variable in a program of its own.
#pragma once

#include <memory>
#include <utility>

#include "norn/runtime/host/process.hpp"

namespace norn {

namespace detail {

template <class T>
struct NodeLocalValue final : host::NodeLocal {
  T value{};
};

template <class T>
inline constexpr char kNodeLocalTag = 0;  // its address stands for T; never compared for order

host::Process& calling_process(const char* what);

}  // namespace detail

// node_local<T>() is the calling node's own T. It is made by the first call in each life of the
// node and destroyed when that life ends, after the fibers; objects that were made later go first.
// One program simulates many nodes and many clusters, so a static variable is shared by all of
// them; this is not.
template <class T>
T& node_local() {
  host::Process& process = detail::calling_process("node_local()");
  const void* const tag = &detail::kNodeLocalTag<T>;
  host::NodeLocal* object = process.local(tag).get();
  if (object == nullptr) {
    auto made = std::make_unique<detail::NodeLocalValue<T>>();  // may call node_local() itself
    object = made.get();
    process.local(tag) = std::move(made);
  }
  return static_cast<detail::NodeLocalValue<T>*>(object)->value;
}

}  // namespace norn
