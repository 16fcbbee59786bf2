// Choices: every decision of a run, by key.
#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "engine/choice_hash.hpp"

namespace norn::sim {

// What can be told to a Choices besides the seed.
struct ChoiceOptions {
  std::uint64_t seed = 1;
  std::map<std::uint64_t, std::int64_t> overrides;  // by key: what is chosen
  bool dull = false;                                // without an override: the dullest value
  // Called for each choice when set: key, number of options (0: a number), taken.
  std::function<void(ChoiceKind, std::uint64_t, std::int64_t, std::int64_t)> observer;
};

// A choice is a function of the seed and of its key; nothing is drawn from a stream. With
// overrides, dullness or an observer each choice takes the long way round.
class Choices {
 public:
  explicit Choices(ChoiceOptions options)
      : seed_(options.seed),
        special_(!options.overrides.empty() || options.dull || options.observer != nullptr),
        options_(std::move(options)) {}

  std::uint64_t seed() const { return seed_; }

  // choose() is from_draw(64 fair bits), unless overridden. `options`: how many values there are
  // (0: a number); `dull`: the dullest of them.
  template <class FromDraw>
  std::int64_t choose(ChoiceKind kind, std::uint64_t base, std::uint64_t occurrence,
                      std::int64_t options, std::int64_t dull, FromDraw&& from_draw) const {
    const std::uint64_t key = choice_key(kind, base, occurrence);
    const std::int64_t drawn = from_draw(draw(seed_, key));
    if (!special_) [[likely]]
      return drawn;
    return special(kind, key, options, dull, drawn);
  }

  // order() ranks things that are ready at one instant. Dull: all alike, so first in line.
  std::uint64_t order(ChoiceKind kind, std::uint64_t base, std::uint64_t occurrence) const {
    const std::uint64_t key = choice_key(kind, base, occurrence);
    if (!special_) [[likely]]
      return draw(seed_, key) >> 1U;
    return static_cast<std::uint64_t>(
        special(kind, key, 0, 0, static_cast<std::int64_t>(draw(seed_, key) >> 1U)));
  }

 private:
  std::int64_t special(ChoiceKind kind, std::uint64_t key, std::int64_t options, std::int64_t dull,
                       std::int64_t drawn) const {
    std::int64_t taken = options_.dull ? dull : drawn;
    if (const auto found = options_.overrides.find(key); found != options_.overrides.end())
      taken = found->second;
    if (options_.observer) options_.observer(kind, key, options, taken);
    return taken;
  }

  std::uint64_t seed_;
  bool special_;
  ChoiceOptions options_;
};

}  // namespace norn::sim
