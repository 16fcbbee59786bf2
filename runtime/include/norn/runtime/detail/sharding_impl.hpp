// The templates behind sharding.hpp.
#pragma once

#include <algorithm>
#include <exception>
#include <mutex>
#include <utility>

#include "norn/runtime/backoff.hpp"
#include "norn/runtime/cancelled.hpp"
#include "norn/runtime/sharding.hpp"

namespace norn::detail {

inline constexpr std::string_view kToEntitySuffix = ".ToEntity";
inline constexpr std::string_view kClaimSuffix = ".Claim";

// An answer, or nothing when the entity does not run there.
template <class Request>
struct ToEntity {
  static constexpr std::string_view kMessageName = kPartNameView<Request, kToEntitySuffix>;
  using Reply = std::optional<typename Request::Reply>;
  std::string entity;
  Request request{};
};

// Asks a member to let go of an entity: the answer is whether it does not run there any more.
template <class Entity>
struct ClaimEntity {
  static constexpr std::string_view kMessageName = kPartNameView<Entity, kClaimSuffix>;
  using Reply = bool;
  std::string entity;
  std::vector<Address> asked;  // the claimant and all whom it asks
};

}  // namespace norn::detail

namespace norn {

template <class Entity, class... Requests>
Sharding<Entity, Requests...>::Sharding(Membership& membership, Factory factory,
                                        ShardingOptions options)
    : router_(membership, options.min_members),
      factory_(std::move(factory)),
      options_(options),
      changes_(membership.subscribe()) {
  group_.spawn("sharding", [this] { serve(); });
  group_.spawn("hand-off", [this] { hand_off(); });
}

template <class Entity, class... Requests>
std::vector<std::string> Sharding<Entity, Requests...>::running() const {
  std::vector<std::string> names;
  for (const auto& [name, slot] : slots_) {
    if (slot->entity != nullptr) names.push_back(name);
  }
  return names;
}

template <class Entity, class... Requests>
template <class Request>
Result<typename Request::Reply> Sharding<Entity, Requests...>::ask(std::string_view entity,
                                                                   const Request& request,
                                                                   CallOptions options) {
  const TimePoint deadline = now() + options.timeout;
  const detail::ToEntity<Request> message{std::string(entity), request};
  Backoff backoff({.first = std::chrono::milliseconds(20), .max = std::chrono::milliseconds(500)});
  for (;;) {
    options.timeout = deadline - now();
    if (options.timeout <= Duration::zero())
      return Error{Errc::timeout, "entity '" + message.entity + "' did not answer in time"};
    if (const std::optional<Address> target = owner(entity)) {
      auto answer = call(*target, message, options);
      if (!answer) return answer.error();
      if (*answer) return std::move(**answer);
    }
    sleep_for(std::min(backoff.next(), std::max(deadline - now(), Duration(1))));
  }
}

template <class Entity, class... Requests>
template <class Request>
auto Sharding<Entity, Requests...>::serve_request(const std::string& id, const Request& request) {
  using Answer = std::optional<typename Request::Reply>;
  if (!router_.mine(id)) return Answer();
  SlotPointer& place = slots_[id];
  if (place == nullptr) place = std::make_shared<Slot>();
  const SlotPointer slot = place;
  const std::lock_guard lock(slot->mutex);
  if (slot->over) return Answer();
  if (slot->entity == nullptr && !start(id, *slot)) return Answer();
  if (!router_.mine(id)) {
    stop(id, *slot);
    return Answer();
  }
  slot->last_used = now();
  const Shield to_its_end;
  return Answer(slot->entity->handle(request));
}

// Called with the slot locked.
template <class Entity, class... Requests>
bool Sharding<Entity, Requests...>::start(const std::string& id, Slot& slot) {
  struct Claiming {
    Slot& slot;
    explicit Claiming(Slot& s) : slot(s) { s.claiming = true; }
    Claiming(const Claiming&) = delete;
    Claiming& operator=(const Claiming&) = delete;
    ~Claiming() { slot.claiming = false; }
  };
  bool claimed = false;
  {
    const Claiming claiming(slot);
    claimed = claim(id);
  }
  if (!claimed || slot.voided || !router_.mine(id)) {
    stop(id, slot);
    return false;
  }
  slot.entity = factory_(id);
  NORN_ASSERT(slot.entity != nullptr, "Sharding: the factory made no entity");
  return true;
}

template <class Entity, class... Requests>
bool Sharding<Entity, Requests...>::claim(const std::string& id) {
  bool all = true;
  const detail::ClaimEntity<Entity> claim{id, router_.members()};
  TaskGroup group;
  for (const Address member : claim.asked) {
    if (member == self()) continue;
    group.spawn("claim", [&, member] {
      const auto released =
          call(member, claim, {.timeout = options_.claim_timeout, .retry = {.attempts = 4}});
      if (!released.value_or(false)) all = false;
    });
  }
  group.join();
  return all;
}

// Called with the slot locked, or by nobody else.
template <class Entity, class... Requests>
void Sharding<Entity, Requests...>::stop(const std::string& id, Slot& slot) {
  slot.over = true;
  const auto place = slots_.find(id);
  const SlotPointer keep = place == slots_.end() ? nullptr : place->second;
  if (keep.get() == &slot) slots_.erase(place);
  slot.entity.reset();
}

template <class Entity, class... Requests>
bool Sharding<Entity, Requests...>::let_go(const std::string& id,
                                           const std::vector<Address>& asked) {
  // One that was not asked may run it, or be about to.
  if (!router_.knows_none_but(asked)) return false;
  const auto place = slots_.find(id);
  if (place == slots_.end()) return true;
  if (router_.mine(id)) return false;
  const SlotPointer slot = place->second;
  if (slot->claiming) {
    slot->voided = true;  // waiting for it would wait for each other
    return true;
  }
  const std::lock_guard lock(slot->mutex);
  if (!slot->over) stop(id, *slot);
  return true;
}

template <class Entity, class... Requests>
void Sharding<Entity, Requests...>::serve() {
  try {
    serve_concurrently(
        {.limit = options_.limit},
        [this](const detail::ClaimEntity<Entity>& claim) {
          return let_go(claim.entity, claim.asked);
        },
        [this](const detail::ToEntity<Requests>& message) {
          return serve_request(message.entity, message.request);
        }...);
  } catch (const std::exception&) {
    // Nobody joins the group before its end: show what an entity threw as a failure of this node.
    norn::spawn("entity", [problem = std::current_exception()] {
      std::rethrow_exception(problem);
    }).detach();
  }
}

template <class Entity, class... Requests>
void Sharding<Entity, Requests...>::hand_off() {
  const bool idle_ends = options_.idle_after > Duration::zero();
  for (;;) {
    if (idle_ends) {
      static_cast<void>(changes_->receive_for(options_.idle_after / 2));
    } else {
      static_cast<void>(changes_->receive());
    }
    stop_what_is_not_ours();
  }
}

template <class Entity, class... Requests>
void Sharding<Entity, Requests...>::stop_what_is_not_ours() {
  const std::map<std::string, SlotPointer> slots = slots_;
  for (const auto& each : slots) {
    const std::string& id = each.first;
    const SlotPointer& slot = each.second;
    const auto unwanted = [&] {
      const bool idle = options_.idle_after > Duration::zero() && slot->entity != nullptr &&
                        now() - slot->last_used >= options_.idle_after;
      return !slot->over && !slot->claiming && (idle || !router_.mine(id));
    };
    if (!unwanted()) continue;
    const std::lock_guard lock(slot->mutex);
    if (unwanted()) stop(id, *slot);
  }
}

}  // namespace norn
