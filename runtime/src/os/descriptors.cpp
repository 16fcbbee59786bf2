#include "os/descriptors.hpp"

#include <utility>

namespace norn::real {

bool DescriptorTable::has_room(int count) const {
  for (int number = kFirst; number < kMost && count > 0; ++number) {
    if (find(number) == nullptr) --count;
  }
  return count <= 0;
}

int DescriptorTable::install(DescriptorPtr descriptor, int from) {
  int number = from;
  while (find(number) != nullptr) ++number;
  if (number >= kMost) return -EMFILE;
  put(number, std::move(descriptor));
  return number;
}

void DescriptorTable::put(int number, DescriptorPtr descriptor) {
  const auto index = static_cast<std::size_t>(number);
  if (index >= entries_.size()) entries_.resize(index + 1);
  entries_[index] = std::move(descriptor);
}

DescriptorPtr DescriptorTable::remove(int number) {
  DescriptorPtr removed = find(number);
  if (removed != nullptr) entries_[static_cast<std::size_t>(number)] = nullptr;
  return removed;
}

}  // namespace norn::real
