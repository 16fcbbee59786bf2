#include "kernel/epoll.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace norn::sim {

namespace {
constexpr std::uint32_t kModes = EPOLLET | EPOLLONESHOT;
constexpr std::uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLERR | EPOLLHUP |
                                  EPOLLRDNORM | EPOLLRDBAND | EPOLLWRNORM | EPOLLWRBAND;
constexpr std::uint32_t kAlways = EPOLLERR | EPOLLHUP;
}  // namespace

// What holds of the events that an item is about. One that was shot is about nothing.
std::uint32_t Epoll::holds(const Item& item) {
  const std::shared_ptr<Description> target = item.target.lock();
  if (target == nullptr || (item.event.events & ~kModes) == 0) return 0;
  return target->ready() & item.event.events & ~kModes;
}

Epoll::Items::iterator Epoll::find(int descriptor, const Description& target) {
  auto [at, end] = items_.equal_range(descriptor);
  while (at != end && at->second->identity != &target) ++at;
  return at == end ? items_.end() : at;
}

int Epoll::control(int operation, int descriptor, const std::shared_ptr<Description>& target,
                   const epoll_event* event) {
  if (!target->can_be_polled()) return -EPERM;
  if (target.get() == this) return -EINVAL;
  const auto found = find(descriptor, *target);
  if (operation == EPOLL_CTL_DEL) {
    if (found == items_.end()) return -ENOENT;
    erase(found);
    return 0;
  }
  if (event == nullptr) return -EFAULT;
  if ((event->events & ~(kModes | kEvents)) != 0) return -EINVAL;
  if (operation == EPOLL_CTL_ADD)
    return found == items_.end() ? add(descriptor, target, *event) : -EEXIST;
  if (operation != EPOLL_CTL_MOD) return -EINVAL;
  if (found == items_.end()) return -ENOENT;
  Item& item = *found->second;
  item.event = *event;
  item.event.events |= kAlways;
  if (holds(item) != 0) queue(item);
  return 0;
}

int Epoll::add(int descriptor, const std::shared_ptr<Description>& target,
               const epoll_event& event) {
  if (const auto* const inner = dynamic_cast<const Epoll*>(target.get());
      inner != nullptr && inner->depth(this) >= kMaxNesting)
    return -ELOOP;
  auto item = std::make_unique<Item>(*this, descriptor, target);
  item->event = event;
  item->event.events |= kAlways;
  item->watch(target->readiness);
  Item& added = *items_.emplace(descriptor, std::move(item))->second;
  if (holds(added) != 0) queue(added);
  return 0;
}

// An epoll cannot watch itself and no more than five deep, so this ends.
// tidy: allow recursion
int Epoll::depth(const Epoll* sought) const {
  if (this == sought) return kMaxNesting;
  int deepest = 0;
  for (const auto& [descriptor, item] : items_) {
    const auto inner = std::dynamic_pointer_cast<Epoll>(item->target.lock());
    if (inner != nullptr) deepest = std::max(deepest, inner->depth(sought) + 1);
  }
  return deepest;
}

void Epoll::erase(Items::iterator at) {
  std::erase(queue_, at->second.get());
  items_.erase(at);
}

void Epoll::queue(Item& item) {
  if (!item.queued) {
    item.queued = true;
    queue_.push_back(&item);
  }
  waiting_.notify_one();
  readiness.changed(EPOLLIN | EPOLLRDNORM);
}

void Epoll::item_changed(Item& item, std::uint32_t events) {
  if ((item.event.events & ~kModes & events) != 0) queue(item);
}

void Epoll::item_gone(Item& item) {
  auto [at, end] = items_.equal_range(item.descriptor);
  while (at != end && at->second.get() != &item) ++at;
  if (at != end) erase(at);
}

std::size_t Epoll::collect(std::span<epoll_event> events) {
  std::size_t count = 0;
  for (std::size_t left = queue_.size(); left > 0 && count < events.size(); --left) {
    Item& item = *queue_.front();
    queue_.pop_front();
    item.queued = false;
    const std::uint32_t now = holds(item);
    if (now == 0) continue;
    events[count].events = now;
    events[count].data = item.event.data;
    ++count;
    if ((item.event.events & EPOLLONESHOT) != 0) {
      item.event.events &= kModes;
    } else if ((item.event.events & EPOLLET) == 0) {
      item.queued = true;
      queue_.push_back(&item);
    }
  }
  if (!queue_.empty()) waiting_.notify_one();
  return count;
}

int Epoll::wait(host::Process& process, std::span<epoll_event> events, bool waits,
                std::optional<TimePoint> deadline) {
  for (;;) {
    if (const std::size_t count = collect(events); count > 0) return static_cast<int>(count);
    if (!waits) return 0;
    const int over = block(process, waiting_, deadline);
    if (over == -EAGAIN) return 0;
    if (over != 0) return over;
  }
}

std::uint32_t Epoll::ready() {
  const auto is_ready = [](const Item* item) { return holds(*item) != 0; };
  return std::any_of(queue_.begin(), queue_.end(), is_ready) ? std::uint32_t{EPOLLIN} | EPOLLRDNORM
                                                             : 0;
}

int Epoll::status(host::Process& process, struct stat& status) {
  static_cast<void>(process);
  status.st_mode = S_IRUSR | S_IWUSR;
  return 0;
}

void Epoll::closed(host::Process& process) {
  static_cast<void>(process);
  queue_.clear();
  items_.clear();
  waiting_.notify_all();
}

}  // namespace norn::sim
