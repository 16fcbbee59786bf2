#include "kernel/descriptor_table.hpp"

#include <algorithm>
#include <utility>

namespace norn::sim {

int DescriptorTable::install(std::shared_ptr<Description> description, bool close_on_exec,
                             int least) {
  auto place = static_cast<std::size_t>(std::max(least, kFirst));
  while (place < entries_.size() && entries_[place].description != nullptr) ++place;
  if (place >= static_cast<std::size_t>(kLimit)) return -EMFILE;
  if (place >= entries_.size()) entries_.resize(place + 1);
  ++description->descriptors;
  entries_[place] = {.description = std::move(description), .close_on_exec = close_on_exec};
  return static_cast<int>(place);
}

std::shared_ptr<Description> DescriptorTable::replace(int descriptor,
                                                      std::shared_ptr<Description> description,
                                                      bool close_on_exec) {
  const auto place = static_cast<std::size_t>(descriptor);
  if (place >= entries_.size()) entries_.resize(place + 1);
  ++description->descriptors;
  std::shared_ptr<Description> before = remove(descriptor);
  entries_[place] = {.description = std::move(description), .close_on_exec = close_on_exec};
  return before;
}

bool DescriptorTable::has_room(int count) const {
  int free = kLimit - std::max(kFirst, static_cast<int>(entries_.size()));
  for (std::size_t i = kFirst; i < entries_.size() && free < count; ++i) {
    if (entries_[i].description == nullptr) ++free;
  }
  return free >= count;
}

DescriptorTable::Entry* DescriptorTable::find(int descriptor) {
  if (descriptor < 0 || static_cast<std::size_t>(descriptor) >= entries_.size()) return nullptr;
  Entry& entry = entries_[static_cast<std::size_t>(descriptor)];
  return entry.description == nullptr ? nullptr : &entry;
}

std::shared_ptr<Description> DescriptorTable::description(int descriptor) const {
  if (descriptor < 0 || static_cast<std::size_t>(descriptor) >= entries_.size()) return nullptr;
  return entries_[static_cast<std::size_t>(descriptor)].description;
}

std::shared_ptr<Description> DescriptorTable::remove(int descriptor) {
  Entry* const entry = find(descriptor);
  if (entry == nullptr) return nullptr;
  std::shared_ptr<Description> description = std::move(entry->description);
  *entry = {};
  --description->descriptors;
  return description;
}

std::vector<int> DescriptorTable::descriptors() const {
  std::vector<int> open;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].description != nullptr) open.push_back(static_cast<int>(i));
  }
  return open;
}

}  // namespace norn::sim
