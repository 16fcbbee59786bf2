// Ring: a queue in one piece of memory, for values that need not be default constructible.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

namespace norn::detail {

template <class T>
class Ring {
 public:
  Ring() = default;
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  ~Ring() {
    while (!empty()) pop();
    if (values_ != nullptr) std::allocator<T>().deallocate(values_, room_);
  }

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  T& front() { return values_[first_]; }
  void push(T&& value) {
    if (size_ == room_) [[unlikely]]
      grow();
    std::construct_at(values_ + ((first_ + size_) & (room_ - 1)), std::move(value));
    ++size_;
  }
  void pop() {
    std::destroy_at(values_ + first_);
    first_ = (first_ + 1) & (room_ - 1);
    --size_;
  }

 private:
  void grow() {
    constexpr std::size_t kFirst = 4;
    const std::size_t room = room_ == 0 ? kFirst : 2 * room_;
    T* const values = std::allocator<T>().allocate(room);
    for (std::size_t i = 0; i < size_; ++i) {
      T& value = values_[(first_ + i) & (room_ - 1)];
      std::construct_at(values + i, std::move(value));
      std::destroy_at(&value);
    }
    if (values_ != nullptr) std::allocator<T>().deallocate(values_, room_);
    values_ = values;
    room_ = room;
    first_ = 0;
  }

  T* values_ = nullptr;
  std::size_t room_ = 0;  // a power of two
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace norn::detail
