// The templates behind select.hpp.
#pragma once

#include "norn/runtime/select.hpp"

namespace norn::detail {

template <class Case>
bool is_ready(const Case& one) {
  if constexpr (CaseTraits<Case>::kWaits) {
    return one.ready();
  } else {
    return false;
  }
}

template <class Case>
decltype(auto) act_on(Case& one) {
  if constexpr (CaseTraits<Case>::kWaits) {
    return one.act();
  } else {
    return one.action();
  }
}

template <class Case>
void commit_to(Case& one) {
  if constexpr (CaseTraits<Case>::kWaits) one.commit();
}

template <class Case>
std::optional<Duration> patience_of(const Case& one) {
  if constexpr (requires { one.duration; }) return one.duration;
  return std::nullopt;
}

template <class... Cases>
class Select {
 public:
  static constexpr std::size_t kCases = sizeof...(Cases);
  static constexpr bool kHasOtherwise = (CaseTraits<Cases>::kIsOtherwise || ...);
  using Result = std::common_type_t<decltype(act_on(std::declval<Cases&>()))...>;

  explicit Select(std::tuple<Cases...>& cases) : cases_(cases) {}

  // decide() returns the index of the case to act on; what it takes or gives is done.
  std::size_t decide() {
    if (const std::optional<std::size_t> ready = choose_ready()) return *ready;
    if constexpr (kHasOtherwise) return index_of_otherwise();
    return wait();
  }

  Result act(std::size_t chosen) { return act_from<0>(chosen); }

 private:
  template <std::size_t... i>
  std::array<bool, kCases> readiness(std::index_sequence<i...>) const {
    return {is_ready(std::get<i>(cases_))...};
  }
  template <std::size_t... i>
  void commit(std::size_t chosen, std::index_sequence<i...>) {
    ((i == chosen ? commit_to(std::get<i>(cases_)) : void()), ...);
  }
  static constexpr std::size_t index_of_otherwise() {
    constexpr std::array<bool, kCases> kOtherwise = {CaseTraits<Cases>::kIsOtherwise...};
    std::size_t i = 0;
    while (i < kCases - 1 && !kOtherwise[i]) ++i;
    return i;
  }

  std::optional<std::size_t> choose_ready() {
    const std::array<bool, kCases> ready = readiness(std::make_index_sequence<kCases>{});
    const auto count = static_cast<std::size_t>(std::count(ready.begin(), ready.end(), true));
    if (count == 0) return std::nullopt;
    std::size_t left = count == 1 ? 0 : choose_case(count);
    std::size_t chosen = 0;
    while (!ready[chosen] || left-- > 0) ++chosen;
    commit(chosen, std::make_index_sequence<kCases>{});
    return chosen;
  }

  std::size_t wait() { return wait_in(std::make_index_sequence<kCases>{}); }

  template <std::size_t... i>
  std::size_t wait_in(std::index_sequence<i...>) {
    host::Fiber& fiber = host::this_fiber("select()");
    host::Selection selection;
    std::array<host::Waiter, kCases> waiters = {((void)i, host::Waiter(fiber))...};
    (enlist(waiters[i], i, selection, std::get<i>(cases_)), ...);
    std::optional<Duration> patience;
    std::size_t patient = 0;
    const auto look = [&](std::size_t index, std::optional<Duration> own) {
      if (!own || (patience && *patience <= *own)) return;
      patience = own;
      patient = index;
    };
    (look(i, patience_of(std::get<i>(cases_))), ...);
    std::optional<TimePoint> deadline;
    if (patience) deadline = now() + *patience;
    return wait_for_cases(fiber, selection, deadline) ? selection.index : patient;
  }

  template <class Case>
  static void enlist(host::Waiter& waiter, std::size_t index, host::Selection& selection,
                     Case& one) {
    waiter.selection = &selection;
    waiter.index = static_cast<std::uint32_t>(index);
    if constexpr (CaseTraits<Case>::kWaits) one.enlist(waiter);
  }

  template <std::size_t i>
  Result act_from(std::size_t chosen) {
    if constexpr (i + 1 < kCases) {
      if (i != chosen) return act_from<i + 1>(chosen);
    }
    return act_on(std::get<i>(cases_));
  }

  std::tuple<Cases...>& cases_;
};

}  // namespace norn::detail

namespace norn {

template <class... Cases>
auto select(Cases... cases) {
  static_assert(sizeof...(Cases) > 0, "select() without cases would block for ever");
  std::tuple<Cases...> all(std::move(cases)...);
  detail::Select<Cases...> selection(all);
  return selection.act(selection.decide());
}

}  // namespace norn
