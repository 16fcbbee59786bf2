// Sets, and banks: models whose state is a set or an array of numbers.
#include <algorithm>
#include <optional>
#include <vector>

#include "check/models/cells.hpp"
#include "check/models/ready.hpp"
#include "check/models/simple.hpp"
#include "check/models/values.hpp"

namespace norn::check {

namespace {

// Of a machine that does not know its operations beforehand.
constexpr std::uint32_t kMostItems = 1U << 24U;
constexpr std::uint32_t kMostAccounts = 1U << 16U;
constexpr std::size_t kMostShown = 12;

class SetMachine final : public Machine {
 public:
  Result<ClassId> compile(const Operation& operation) override {
    Class made{.kind = Kind::add, .unknown = operation.outcome != Outcome::ok};
    const std::string& function = operation.function;
    if (function == "read") return compile_read(operation, made);
    made.a = items_.number(operation.argument);
    if (made.a >= kMostItems) return Error{Errc::too_large, "more than 16,777,216 items"};
    if (function == "remove") {
      made.kind = Kind::remove;
      removes_ = true;
    } else if (function == "contains") {
      made.kind = Kind::contains;
      if (!made.unknown && !operation.result.is_boolean())
        return wrong_result(operation, "true or false");
      made.b = !made.unknown && operation.result.boolean() ? 1 : 0;
      if (made.b == 1) note_seen(made.a);
    } else if (function != "add") {
      return no_such_function(operation);
    }
    return classes_.number(made);
  }

  void prepare() override { prepared_ = true; }
  StateId initial() override { return 0; }

  Effect effect(ClassId operation) const override {
    const Class& what = classes_[operation];
    if (what.kind == Kind::read || what.kind == Kind::contains || what.kind == Kind::never)
      return what.unknown ? Effect::nothing : Effect::observes;
    const bool seen = !prepared_ || (what.a < seen_.size() && seen_[what.a] != 0);
    return what.kind == Kind::add && what.unknown && !seen ? Effect::nothing : Effect::may_change;
  }

  bool step(StateId state, ClassId operation, StateId& next) override {
    const Class& what = classes_[operation];
    next = state;
    switch (what.kind) {
      case Kind::add:
        next = sets().add(state, what.a);
        return true;
      case Kind::remove:
        next = sets().remove(state, what.a);
        return true;
      case Kind::contains:
        return what.unknown || sets().has(state, what.a) == (what.b == 1);
      case Kind::read:
        return what.unknown || state == wanted(what);
      case Kind::never:
        return false;
    }
    return false;
  }

  bool viable(StateId state, ClassId operation, std::span<const std::uint32_t>) override {
    const Class& what = classes_[operation];
    if (!prepared_) return true;
    if (what.kind == Kind::never) return false;
    return removes_ || what.kind != Kind::read || sets().is_subset(state, wanted(what));
  }

  bool answer_varies(ClassId operation) const override {
    const Kind kind = classes_[operation].kind;
    return kind != Kind::add && kind != Kind::remove;
  }

  std::string describe(StateId state) const override {
    if (!sets_) return "{}";
    const std::vector<std::uint32_t> items = sets_->items(state);
    std::string text = "{";
    for (std::size_t i = 0; i < items.size() && i < kMostShown; ++i)
      text += (i == 0 ? "" : ", ") + items_.describe(items[i]);
    if (items.size() > kMostShown) text += ", … " + std::to_string(items.size()) + " in all";
    return text + "}";
  }

 private:
  enum class Kind : std::uint8_t { add, remove, contains, read, never };
  using Class = SimpleClass<Kind>;

  Result<ClassId> compile_read(const Operation& operation, Class made) {
    made.kind = Kind::read;
    if (made.unknown) return classes_.number(made);
    if (!operation.result.is_list()) return wrong_result(operation, "a list");
    std::vector<std::uint32_t> items;
    for (const Value& item : operation.result.list()) items.push_back(items_.number(item));
    for (const std::uint32_t item : items) note_seen(item);
    std::sort(items.begin(), items.end());
    // No set has an item twice.
    if (std::adjacent_find(items.begin(), items.end()) != items.end()) made.kind = Kind::never;
    made.a = static_cast<std::uint32_t>(reads_.size());
    reads_.push_back({.items = std::move(items)});
    return classes_.number(made);
  }

  void note_seen(std::uint32_t item) {
    if (item >= seen_.size()) seen_.resize(item + 1, 0);
    seen_[item] = 1;
  }

  NumberSets& sets() {
    if (!sets_) sets_.emplace(prepared_ ? items_.size() : kMostItems);
    return *sets_;
  }

  StateId wanted(const Class& read) {
    Read& what = reads_[read.a];
    if (!what.set) {
      StateId set = 0;
      for (const std::uint32_t item : what.items) set = sets().add(set, item);
      what.set = set;
      what.items = {};
    }
    return *what.set;
  }

  struct Read {
    std::vector<std::uint32_t> items;
    std::optional<StateId> set{};  // once it was asked for
  };
  Interner<Class> classes_;
  ValueTable items_{false};
  std::vector<Read> reads_;
  std::vector<std::uint8_t> seen_;  // by item: some answer has it
  std::optional<NumberSets> sets_;
  bool removes_ = false;
  bool prepared_ = false;
};

class BankMachine final : public Machine {
 public:
  explicit BankMachine(const BankOptions& options) : options_(options), arrays_(kMostAccounts) {
    amounts_.number({0});  // what an array holds at first
    first_ = array_of(options_.initial).value_or(0);
  }

  Result<ClassId> compile(const Operation& operation) override {
    Class made{.kind = Kind::transfer, .unknown = operation.outcome != Outcome::ok};
    if (operation.function == "read") {
      made.kind = Kind::read;
      if (made.unknown) return classes_.number(made);
      const std::optional<StateId> wanted = array_of(operation.result);
      if (!wanted) return wrong_result(operation, "a map of whole numbers");
      made.a = *wanted;
      return classes_.number(made);
    }
    if (operation.function != "transfer") return no_such_function(operation);
    if (!made.unknown && operation.result == Value(false)) made.kind = Kind::refused;
    const auto transfer = transfer_of(operation.argument);
    if (!transfer) return wrong_argument(operation, "from, to and amount");
    made.a = transfers_.number(*transfer);
    return classes_.number(made);
  }

  StateId initial() override { return first_; }

  Effect effect(ClassId operation) const override {
    const Class& what = classes_[operation];
    if (what.kind == Kind::transfer) return Effect::may_change;
    return what.unknown ? Effect::nothing : Effect::observes;
  }

  bool step(StateId state, ClassId operation, StateId& next) override {
    const Class& what = classes_[operation];
    next = state;
    if (what.kind == Kind::read) return what.unknown || state == what.a;
    const Transfer transfer = transfers_[what.a];
    const std::int64_t from = balance(state, transfer.from);
    const bool enough = from >= transfer.amount;
    if (what.kind == Kind::refused) return !enough;
    if (!enough && !options_.may_be_negative) return what.unknown;
    next = with(next, transfer.from, wrapped_difference(from, transfer.amount));
    next = with(next, transfer.to, wrapped_sum(balance(next, transfer.to), transfer.amount));
    return true;
  }

  std::string describe(StateId state) const override {
    std::string text;
    for (std::uint32_t account = 0; account < accounts_.size(); ++account) {
      const std::int64_t amount = amounts_[arrays_.get(state, account)].value;
      if (amount == 0) continue;
      text +=
          (text.empty() ? "" : ", ") + accounts_.describe(account) + ": " + std::to_string(amount);
    }
    return text.empty() ? "nothing on any account" : text;
  }

 private:
  enum class Kind : std::uint8_t { transfer, refused, read };
  using Class = SimpleClass<Kind>;
  struct Transfer {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    std::int64_t amount = 0;
    std::uint64_t hash() const {
      return mix_hash(pair_hash(from, to) ^ mix_hash(static_cast<std::uint64_t>(amount)));
    }
    bool operator==(const Transfer&) const = default;
  };

  // Accounts are named by texts; whole numbers stand for the texts that they are as keys of a map.
  std::uint32_t account(const Value& name) {
    names_.push_back(name.is_string() ? name : Value(to_json(name)));
    const std::uint32_t known = accounts_.size();
    const std::uint32_t number = accounts_.number(names_.back());
    if (accounts_.size() == known) names_.pop_back();
    return number;
  }

  std::optional<Transfer> transfer_of(const Value& argument) {
    const Value* from = nullptr;
    const Value* to = nullptr;
    const Value* amount = nullptr;
    if (argument.is_map()) {
      from = argument.at("from");
      to = argument.at("to");
      amount = argument.at("amount");
    } else if (argument.is_list() && argument.list().size() == 3) {
      from = &argument.list()[0];
      to = &argument.list()[1];
      amount = &argument.list()[2];
    }
    if (from == nullptr || to == nullptr || amount == nullptr || !amount->is_integer())
      return std::nullopt;
    const std::uint32_t giver = account(*from);
    const std::uint32_t taker = account(*to);
    if (std::max(giver, taker) >= kMostAccounts) return std::nullopt;
    return Transfer{.from = giver, .to = taker, .amount = amount->integer()};
  }

  std::optional<StateId> array_of(const Value& balances) {
    if (!balances.is_map()) return std::nullopt;
    StateId array = 0;
    for (const Value::Entry& entry : balances.map()) {
      const std::uint32_t owner = account(Value(entry.key));
      if (!entry.value.is_integer() || owner >= kMostAccounts) return std::nullopt;
      array = with(array, owner, entry.value.integer());
    }
    return array;
  }

  std::int64_t balance(StateId state, std::uint32_t owner) const {
    return amounts_[arrays_.get(state, owner)].value;
  }
  StateId with(StateId state, std::uint32_t owner, std::int64_t amount) {
    return arrays_.set(state, owner, amounts_.number({amount}));
  }

  BankOptions options_;
  Interner<Class> classes_;
  std::deque<Value> names_;
  ValueTable accounts_{false};
  Interner<Integer> amounts_;
  Interner<Transfer> transfers_;
  NumberArrays arrays_;
  StateId first_ = 0;
};

}  // namespace

std::unique_ptr<Machine> make_set() {
  return std::make_unique<SetMachine>();
}

std::unique_ptr<Machine> make_bank(const BankOptions& options) {
  return std::make_unique<BankMachine>(options);
}

}  // namespace norn::check
