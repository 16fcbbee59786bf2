// Epoll: a set of descriptors of which one wants to know which are ready (epoll(7)).
#pragma once

#include <sys/epoll.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>

#include "kernel/description.hpp"

namespace norn::sim {

// Descriptors that changed queue up; a wait looks at those in order of their change, as Linux does:
// what is level-triggered goes to the end of the queue for as long as it is ready. An item goes
// when the last descriptor of its description is closed, not before.
class Epoll final : public Description {
 public:
  static constexpr int kMaxNesting = 5;  // epolls that watch epolls (EP_MAX_NESTS)

  Epoll() : Description(O_RDWR) {}

  // -EEXIST, -ENOENT, -EPERM (a file), -EINVAL, -ELOOP.
  int control(int operation, int descriptor, const std::shared_ptr<Description>& target,
              const epoll_event* event);
  // wait() returns how many events there were: 0 when `deadline` has passed, or at once if it does
  // not wait.
  int wait(host::Process& process, std::span<epoll_event> events, bool waits,
           std::optional<TimePoint> deadline);

  std::uint32_t ready() override;
  int status(host::Process& process, struct stat& status) override;
  void closed(host::Process& process) override;

 private:
  struct Item final : Watcher {
    Item(Epoll& of, int number, std::shared_ptr<Description> watched)
        : owner(of), descriptor(number), target(watched), identity(watched.get()) {}
    void changed(std::uint32_t events) override { owner.item_changed(*this, events); }
    void gone() override { owner.item_gone(*this); }

    Epoll& owner;
    int descriptor;
    std::weak_ptr<Description> target;
    const Description* identity;  // to be compared, not followed
    epoll_event event{};
    bool queued = false;
  };
  using Items = std::multimap<int, std::unique_ptr<Item>>;

  static std::uint32_t holds(const Item& item);
  Items::iterator find(int descriptor, const Description& target);
  int add(int descriptor, const std::shared_ptr<Description>& target, const epoll_event& event);
  void erase(Items::iterator at);
  void queue(Item& item);
  void item_changed(Item& item, std::uint32_t events);
  void item_gone(Item& item);
  std::size_t collect(std::span<epoll_event> events);
  // depth() is how many epolls stand one in the other below this one; `sought` among them is more
  // than any limit.
  int depth(const Epoll* sought) const;

  Items items_;  // by descriptor
  std::deque<Item*> queue_;
  host::WaitList waiting_;
};

}  // namespace norn::sim
