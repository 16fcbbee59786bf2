// Memory that a node may run out of.
#pragma once

#include <cstdint>
#include <memory_resource>

namespace norn {

// memory() is the memory of the calling node: give it to containers of std::pmr, to caches and
// buffers, to whatever should cope with too little of it. allocate() throws std::bad_alloc when the
// node would have more in use than NodeOptions::memory_limit or a fault `memory_limit` allows, and
// when such a fault lets it fail. Everything else is the standard heap: a plain `new` is neither
// counted nor refused. What was allocated must be given back before the node's main and fibers have
// ended. Outside a simulation nothing is limited.
std::pmr::memory_resource& memory();

// memory_in_use() is how many bytes of memory() the calling node has in use.
std::uint64_t memory_in_use();

}  // namespace norn
