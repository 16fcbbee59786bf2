// Queues and logs: models whose state is a sequence.
#include <algorithm>
#include <optional>
#include <vector>

#include "check/models/chains.hpp"
#include "check/models/ready.hpp"
#include "check/models/simple.hpp"
#include "check/models/values.hpp"

namespace norn::check {

namespace {

constexpr std::size_t kMostShown = 12;  // items of a sequence, in words

std::string describe_items(const ValueTable& values, const std::vector<std::uint32_t>& items) {
  std::string text = "[";
  for (std::size_t i = 0; i < items.size() && i < kMostShown; ++i)
    text += (i == 0 ? "" : ", ") + values.describe(items[i]);
  if (items.size() > kMostShown) text += ", … " + std::to_string(items.size()) + " in all";
  return text + "]";
}

class LogMachine final : public Machine {
 public:
  Result<ClassId> compile(const Operation& operation) override {
    Class made{.kind = Kind::append, .unknown = operation.outcome != Outcome::ok};
    if (operation.function == "append") {
      made.a = values_.number(operation.argument);
      return classes_.number(made);
    }
    if (operation.function != "read") return no_such_function(operation);
    made.kind = Kind::read;
    if (made.unknown) return classes_.number(made);
    if (!operation.result.is_list()) return wrong_result(operation, "a list");
    for (const Value& item : operation.result.list()) {
      const std::uint32_t number = values_.number(item);
      made.a = chains_.push(made.a, number);
      if (number >= read_.size()) read_.resize(number + 1, 0);
      read_[number] = 1;
    }
    return classes_.number(made);
  }

  void prepare() override { prepared_ = true; }
  StateId initial() override { return 0; }

  Effect effect(ClassId operation) const override {
    const Class& what = classes_[operation];
    if (what.kind == Kind::read) return what.unknown ? Effect::nothing : Effect::observes;
    // Where nobody reads an item, nobody read after it was appended.
    const bool seen = !prepared_ || (what.a < read_.size() && read_[what.a] != 0);
    return what.unknown && !seen ? Effect::nothing : Effect::changes;
  }

  bool step(StateId state, ClassId operation, StateId& next) override {
    const Class& what = classes_[operation];
    next = state;
    if (what.kind == Kind::read) return what.unknown || state == what.a;
    next = chains_.push(state, what.a);
    return true;
  }

  bool viable(StateId state, ClassId operation, std::span<const std::uint32_t>) override {
    if (!prepared_) return true;
    const std::uint32_t wanted = classes_[operation].a;
    const std::uint32_t length = chains_.length(state);
    return length <= chains_.length(wanted) && chains_.prefix(wanted, length) == state;
  }

  bool answer_varies(ClassId operation) const override {
    return classes_[operation].kind != Kind::append;
  }

  std::string describe(StateId state) const override {
    std::vector<std::uint32_t> items;
    for (; state != 0; state = chains_.parent(state)) items.push_back(chains_.last(state));
    std::reverse(items.begin(), items.end());
    return describe_items(values_, items);
  }

 private:
  enum class Kind : std::uint8_t { append, read };
  using Class = SimpleClass<Kind>;

  Interner<Class> classes_;
  ValueTable values_{false};
  Chains chains_;
  std::vector<std::uint8_t> read_;  // by number of the item
  bool prepared_ = false;
};

// A queue is the chain of all that was ever put in, and how many of those were taken out. Two are
// equal if what is left is: compared from the end, up to where the chains meet.
class QueueMachine final : public Machine {
 public:
  QueueMachine() { number(0, 0); }

  Result<ClassId> compile(const Operation& operation) override {
    Class made{.kind = Kind::enqueue, .unknown = operation.outcome != Outcome::ok};
    if (operation.function == "enqueue") {
      if (operation.argument.is_nil()) return wrong_argument(operation, "an item that is not nil");
      made.a = values_.number(operation.argument);
    } else if (operation.function == "dequeue") {
      made.kind = Kind::dequeue;
      if (!made.unknown) made.a = values_.number(operation.result);
      vague_ = vague_ || made.unknown;
    } else {
      return no_such_function(operation);
    }
    return classes_.number(made);
  }

  void prepare() override {
    prepared_ = true;
    std::vector<std::uint8_t> taken;
    for (ClassId each = 0; each < classes_.size(); ++each) {
      const Class& what = classes_[each];
      if (what.a >= taken.size()) {
        taken.resize(what.a + 1, 0);
        makers_.resize(what.a + 1);
      }
      if (what.kind == Kind::dequeue && !what.unknown) taken[what.a] = 1;
      if (what.kind == Kind::enqueue) makers_[what.a].push_back(each);
    }
    taken_ = std::move(taken);
  }

  StateId initial() override { return 0; }

  Effect effect(ClassId operation) const override {
    const Class& what = classes_[operation];
    if (what.kind == Kind::dequeue) return Effect::may_change;
    // What is never taken out lets nothing behind it be taken out either.
    const bool useless = what.unknown && prepared_ && !vague_ && taken_[what.a] == 0;
    return useless ? Effect::nothing : Effect::changes;
  }

  bool step(StateId state, ClassId operation, StateId& next) override {
    const Class& what = classes_[operation];
    const Window now = windows_[state];
    next = state;
    if (what.kind == Kind::enqueue) {
      next = number(chains_.push(now.chain, what.a), now.taken);
      return true;
    }
    if (chains_.length(now.chain) == now.taken) return what.unknown || what.a == 0;
    if (!what.unknown && chains_.last(chains_.prefix(now.chain, now.taken + 1)) != what.a)
      return false;
    next = number(now.chain, now.taken + 1);
    return true;
  }

  bool viable(StateId state, ClassId operation, std::span<const std::uint32_t> left) override {
    const Class& what = classes_[operation];
    if (!prepared_ || what.kind != Kind::dequeue || what.a == 0) return true;
    for (const ClassId each : makers_[what.a]) {
      if (left[each] != 0) return true;
    }
    const Window now = windows_[state];
    const std::uint32_t held = chains_.length(now.chain) - now.taken;
    if (held > kMostLookedAt) return true;
    std::uint32_t chain = now.chain;
    for (std::uint32_t i = 0; i < held; ++i, chain = chains_.parent(chain)) {
      if (chains_.last(chain) == what.a) return true;
    }
    return false;
  }

  bool answer_varies(ClassId operation) const override {
    return classes_[operation].kind != Kind::enqueue;
  }

  std::string describe(StateId state) const override {
    const Window now = windows_[state];
    std::vector<std::uint32_t> items;
    for (std::uint32_t chain = now.chain; chains_.length(chain) > now.taken;
         chain = chains_.parent(chain)) {
      items.push_back(chains_.last(chain));
    }
    std::reverse(items.begin(), items.end());
    return describe_items(values_, items);
  }

 private:
  static constexpr std::uint32_t kMostLookedAt = 64;
  enum class Kind : std::uint8_t { enqueue, dequeue };
  using Class = SimpleClass<Kind>;
  struct Window {
    std::uint32_t chain = 0;
    std::uint32_t taken = 0;
  };

  bool same(Window a, Window b) const {
    if (chains_.length(a.chain) - a.taken != chains_.length(b.chain) - b.taken) return false;
    for (std::uint32_t left = chains_.length(a.chain) - a.taken; left != 0; --left) {
      if (a.chain == b.chain) return true;
      if (chains_.last(a.chain) != chains_.last(b.chain)) return false;
      a.chain = chains_.parent(a.chain);
      b.chain = chains_.parent(b.chain);
    }
    return true;
  }

  StateId number(std::uint32_t chain, std::uint32_t taken) {
    Window now{.chain = chain, .taken = taken};
    if (chains_.length(chain) == taken) now = {};
    const std::uint64_t hash = mix_hash(chains_.suffix_hash(now.chain, now.taken));
    const std::uint32_t found =
        index_.find(hash, [&](std::uint32_t i) { return same(windows_[i], now); });
    if (found != kNone) return found;
    index_.add(hash, windows_.size());
    return windows_.push(now);
  }

  Interner<Class> classes_;
  ValueTable values_{false};
  Chains chains_;
  Pool<Window> windows_;
  HashIndex index_;
  std::vector<std::uint8_t> taken_;           // by number of the item
  std::vector<std::vector<ClassId>> makers_;  // by number of the item
  bool vague_ = false;                        // some dequeue has an unknown outcome
  bool prepared_ = false;
};

}  // namespace

std::unique_ptr<Machine> make_log() {
  return std::make_unique<LogMachine>();
}

std::unique_ptr<Machine> make_queue() {
  return std::make_unique<QueueMachine>();
}

}  // namespace norn::check
