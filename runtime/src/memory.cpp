#include "norn/runtime/memory.hpp"

#include <new>

#include "caller.hpp"
#include "norn/runtime/host/message.hpp"
#include "norn/runtime/node_local.hpp"

namespace norn {

namespace {

class NodeMemory final : public std::pmr::memory_resource {
 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    const host::Caller self = host::caller("memory()");
    host::MemoryRules& rules = self.process.memory;
    if (bytes > rules.limit || rules.used > rules.limit - bytes || fails(self, rules)) {
      ++rules.refused;
      throw std::bad_alloc();
    }
    void* const place = std::pmr::new_delete_resource()->allocate(bytes, alignment);
    rules.used += bytes;
    in_use_ = &rules.used;
    return place;
  }

  void do_deallocate(void* place, std::size_t bytes, std::size_t alignment) override {
    if (in_use_ != nullptr) *in_use_ -= bytes;
    std::pmr::new_delete_resource()->deallocate(place, bytes, alignment);
  }

  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  static bool fails(const host::Caller& self, host::MemoryRules& rules) {
    if (rules.fail_times == 0) return false;
    __extension__ using Wide = unsigned __int128;
    const std::uint64_t bits =
        self.world.draw(self.process, host::hash_name("memory"), rules.allocations++);
    return static_cast<std::uint64_t>((Wide{bits} * rules.fail_out_of) >> 64U) < rules.fail_times;
  }

  std::uint64_t* in_use_ = nullptr;
};

}  // namespace

std::pmr::memory_resource& memory() {
  return node_local<NodeMemory>();
}

std::uint64_t memory_in_use() {
  return host::caller("memory_in_use()").process.memory.used;
}

}  // namespace norn
