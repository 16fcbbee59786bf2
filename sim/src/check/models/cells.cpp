#include "check/models/cells.hpp"

#include <algorithm>
#include <tuple>

namespace norn::check {

namespace {

// A read that could have been made by more operations than this is not looked at closely.
constexpr std::size_t kMostMakers = 16;
// Reads times writes that are compared while preparing, so that it stays linear.
constexpr std::uint64_t kMostComparisons = 4'000'000;
// With more answers than this it would take too long to find out what nobody sees.
constexpr std::size_t kMostSeen = 4'096;
constexpr std::uint32_t kMostCells = 1U << 16U;

bool is_one_of(std::string_view word, std::string_view a, std::string_view b) {
  return word == a || word == b;
}

bool is_refused(const Operation& operation) {
  return operation.result.is_boolean() && !operation.result.boolean();
}

}  // namespace

CellMachine::CellMachine(const Options& options)
    : options_(options), values_(options.store), arrays_(options.whole ? kMostCells : 1) {}

std::uint32_t CellMachine::cell_of(const Operation& operation) {
  if (!options_.whole) return 0;
  static const Value kNoKey;
  const std::uint32_t key = keys_.number(operation.key ? *operation.key : kNoKey);
  if (key >= cell_of_key_.size()) cell_of_key_.resize(key + 1, kNone);
  if (cell_of_key_[key] == kNone) {
    cell_of_key_[key] = static_cast<std::uint32_t>(keys_of_cells_.size());
    keys_of_cells_.push_back(key);
  }
  return cell_of_key_[key];
}

Result<ClassId> CellMachine::compile(const Operation& operation) {
  Class made{.cell = cell_of(operation)};
  if (made.cell >= kMostCells) return Error{Errc::too_large, "more than 65,536 keys: check by key"};
  const bool unknown = operation.outcome != Outcome::ok;
  const std::string_view function = operation.function;
  if (is_one_of(function, "read", "get")) {
    made.kind = unknown ? Kind::nothing : Kind::read;
    if (!unknown) made.a = values_.number(operation.result);
  } else if (is_one_of(function, "write", "put")) {
    made.kind = Kind::write;
    made.a = values_.number(operation.argument);
    made.b = unknown ? 1 : 0;
  } else if (options_.store && function == "delete") {
    made.kind = Kind::write;
    made.b = unknown ? 1 : 0;
  } else if (options_.store && function == "append") {
    if (!operation.argument.is_string())
      return Error{Errc::invalid, "append of " + to_json(operation.argument) + ", not of a string"};
    made.kind = Kind::append;
    made.a = values_.number(operation.argument);
    made.b = unknown ? 1 : 0;
  } else if (options_.compare_and_set && function == "cas") {
    return compile_cas(operation, made);
  } else {
    return Error{Errc::invalid,
                 "the function '" + operation.function + "' is not one of this model"};
  }
  return number(made);
}

Result<ClassId> CellMachine::compile_cas(const Operation& operation, Class made) {
  const Value& argument = operation.argument;
  if (!argument.is_list() || argument.list().size() != 2)
    return Error{Errc::invalid, "cas of " + to_json(argument) + ": [old, new] was expected"};
  made.a = values_.number(argument.list()[0]);
  made.b = values_.number(argument.list()[1]);
  made.kind = Kind::cas;
  if (operation.outcome != Outcome::ok) {
    made.kind = Kind::unknown_cas;
  } else if (is_refused(operation)) {
    made.kind = Kind::failed_cas;
  }
  return number(made);
}

Result<ClassId> CellMachine::compile_answered(const Operation& operation, ClassId unanswered) {
  Class made = classes_[unanswered];
  if (made.kind == Kind::nothing) {
    made.kind = Kind::read;
    made.a = values_.number(operation.result);
  } else if (made.kind == Kind::unknown_cas) {
    made.kind = is_refused(operation) ? Kind::failed_cas : Kind::cas;
  } else {
    return unanswered;  // that it may not have happened matters to prepare() alone
  }
  return number(made);
}

// Of one cell, reads and writes are found by their value.
ClassId CellMachine::number(const Class& made) {
  if (!options_.whole && (made.kind == Kind::read || made.kind == Kind::write)) {
    const std::size_t at = std::size_t{made.a} * 3 + (made.kind == Kind::read ? 2 : made.b);
    if (at >= by_value_.size()) by_value_.resize(std::max(at + 1, by_value_.size() * 2), kNone);
    if (by_value_[at] == kNone) by_value_[at] = classes_.push(made);
    return by_value_[at];
  }
  const std::uint64_t hash = mix_hash(pair_hash(made.a, made.b) ^
                                      pair_hash(made.cell, static_cast<std::uint32_t>(made.kind)));
  const std::uint32_t found = class_index_.find(hash, [&](std::uint32_t i) {
    const Class& other = classes_[i];
    return other.kind == made.kind && other.cell == made.cell && other.a == made.a &&
           other.b == made.b;
  });
  if (found != kNone) return found;
  class_index_.add(hash, classes_.size());
  return classes_.push(made);
}

StateId CellMachine::initial() {
  return 0;
}

std::uint32_t CellMachine::value_of(StateId state, std::uint32_t cell) const {
  return options_.whole ? arrays_.get(state, cell) : state;
}

StateId CellMachine::with(StateId state, std::uint32_t cell, std::uint32_t value) {
  return options_.whole ? arrays_.set(state, cell, value) : value;
}

Effect CellMachine::effect(ClassId operation) const {
  const Class& what = classes_[operation];
  if (what.dropped) return Effect::nothing;
  switch (what.kind) {
    case Kind::read:
    case Kind::failed_cas:
      return Effect::observes;
    case Kind::append:  // it may stand behind something that is not a text
    case Kind::write:
    case Kind::cas:
    case Kind::unknown_cas:
      return Effect::may_change;
    case Kind::nothing:
      return Effect::nothing;
  }
  return Effect::may_change;
}

bool CellMachine::step(StateId state, ClassId operation, StateId& next) {
  const Class& what = classes_[operation];
  const std::uint32_t value = value_of(state, what.cell);
  next = state;
  switch (what.kind) {
    case Kind::read:
      return value == what.a;
    case Kind::write:
      next = with(state, what.cell, what.a);
      return true;
    case Kind::append:
      if (!values_.is_text(value)) return false;
      if (value != ValueTable::kOther)
        next = with(state, what.cell, reduced(what.cell, values_.append(value, what.a)));
      return true;
    case Kind::cas:
      if (value != what.a) return false;
      next = with(state, what.cell, what.b);
      return true;
    case Kind::failed_cas:
      return value != what.a;
    case Kind::unknown_cas:
      if (value == what.a) next = with(state, what.cell, what.b);
      return true;
    case Kind::nothing:
      return true;
  }
  return false;
}

void CellMachine::prepare() {
  prepared_ = true;
  if (options_.whole)
    arrays_ =
        NumberArrays(static_cast<std::uint32_t>(std::max<std::size_t>(keys_of_cells_.size(), 1)));
  find_seen();
  find_makers();
  find_readers();
  drop_unseen();
  reduce_writes();
}

void CellMachine::find_seen() {
  seen_.resize(std::max<std::size_t>(keys_of_cells_.size(), 1));
  for (ClassId each = 0; each < classes_.size(); ++each) {
    const Class& what = classes_[each];
    if (what.kind == Kind::write || what.kind == Kind::append || what.kind == Kind::nothing)
      continue;
    seen_[what.cell].push_back(what.a);
  }
  for (auto& list : seen_) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  }
}

bool CellMachine::is_seen(std::uint32_t cell, std::uint32_t value) {
  const std::vector<std::uint32_t>& seen = seen_[cell];
  if (appends_[cell] == 0) return std::binary_search(seen.begin(), seen.end(), value);
  if (seen.size() > kMostSeen) return true;
  const std::uint32_t known = is_seen_.find(cell, value);
  if (known != kNone) return known != 0;
  const bool found = std::any_of(seen.begin(), seen.end(), [&](std::uint32_t whole) {
    return whole == value || values_.begins_with(whole, value);
  });
  is_seen_.set(cell, value, found ? 1 : 0);
  return found;
}

std::uint32_t CellMachine::reduced(std::uint32_t cell, std::uint32_t value) {
  // Where appends may fail, what a value is matters even if nobody sees it.
  if (!prepared_ || (appends_[cell] != 0 && mixed_[cell] != 0)) return value;
  return is_seen(cell, value) ? value : ValueTable::kOther;
}

void CellMachine::reduce_writes() {
  unseen_.assign(seen_.size() * 2, kNone);
  for (ClassId each = 0; each < classes_.size(); ++each) {
    Class& what = classes_[each];
    if (what.kind == Kind::write) {
      what.a = reduced(what.cell, what.a);
      if (what.a == ValueTable::kOther) {
        ClassId& first = unseen_[std::size_t{what.cell} * 2 + what.b];
        if (first == kNone) first = each;
      }
    }
    if (what.kind == Kind::cas || what.kind == Kind::unknown_cas)
      what.b = reduced(what.cell, what.b);
  }
}

// For each value that is read or compared with, what writes it; with appends, what writes or
// appends its beginning. Only once all of those have taken effect can it be out of reach.
void CellMachine::find_makers() {
  struct Maker {
    ClassId of = 0;
    std::uint32_t value = 0;
  };
  std::vector<std::vector<Maker>> makers(std::max<std::size_t>(keys_of_cells_.size(), 1));
  appends_.assign(makers.size(), 0);
  mixed_.assign(makers.size(), 0);
  std::vector<std::uint64_t> reads(makers.size(), 0);
  for (ClassId each = 0; each < classes_.size(); ++each) {
    const Class& what = classes_[each];
    if (what.kind == Kind::append) appends_[what.cell] = 1;
    if (what.kind == Kind::write) makers[what.cell].push_back({.of = each, .value = what.a});
    if (what.kind == Kind::cas || what.kind == Kind::unknown_cas)
      makers[what.cell].push_back({.of = each, .value = what.b});
    if (what.kind == Kind::read || what.kind == Kind::cas) ++reads[what.cell];
    if (!values_.is_text(what.a) || (what.kind == Kind::cas && !values_.is_text(what.b)))
      mixed_[what.cell] = 1;
  }
  for (auto& list : makers) {
    std::sort(list.begin(), list.end(), [](const Maker& a, const Maker& b) {
      return a.value != b.value ? a.value < b.value : a.of < b.of;
    });
  }
  any_maker_.assign(classes_.size(), 0);
  maker_begin_.reserve(classes_.size() + 1);
  for (ClassId each = 0; each < classes_.size(); ++each) {
    const Class& what = classes_[each];
    maker_begin_.push_back(static_cast<std::uint32_t>(makers_.size()));
    if (what.kind != Kind::read && what.kind != Kind::cas) continue;
    const std::vector<Maker>& all = makers[what.cell];
    std::size_t found = 0;
    const auto take = [&](const Maker& maker) {
      if (++found <= kMostMakers) makers_.push_back(maker.of);
    };
    if (appends_[what.cell] == 0) {
      auto at =
          std::lower_bound(all.begin(), all.end(), what.a,
                           [](const Maker& m, std::uint32_t value) { return m.value < value; });
      for (; at != all.end() && at->value == what.a; ++at) take(*at);
    } else if (reads[what.cell] * all.size() <= kMostComparisons) {
      for (const Maker& maker : all) {
        // What is no text begins with nothing, and is itself.
        if (maker.value == what.a || values_.begins_with(what.a, maker.value)) take(maker);
      }
    } else {
      found = kMostMakers + 1;
    }
    if (found > kMostMakers) any_maker_[each] = 1;
  }
  maker_begin_.push_back(static_cast<std::uint32_t>(makers_.size()));
}

// A write of unknown outcome that no read shows can be left out: if it took effect, then something
// that hides it did so before anybody looked. Not where a failed cas may have seen it, or where it
// may have made an append possible.
void CellMachine::drop_unseen() {
  std::vector<std::uint8_t> blurred(seen_.size(), 0);
  for (ClassId each = 0; each < classes_.size(); ++each) {
    const Class& what = classes_[each];
    if (what.kind == Kind::failed_cas || what.kind == Kind::unknown_cas) blurred[what.cell] = 1;
    if (appends_[what.cell] != 0 && mixed_[what.cell] != 0) blurred[what.cell] = 1;
  }
  std::uint64_t comparisons = 0;
  for (ClassId each = 0; each < classes_.size(); ++each) {
    Class& what = classes_[each];
    if (blurred[what.cell] != 0 || what.b != 1) continue;
    if (what.kind != Kind::write && what.kind != Kind::append) continue;
    const std::vector<std::uint32_t>& values = seen_[what.cell];
    comparisons += values.size();
    if (comparisons > kMostComparisons) return;
    what.dropped = std::none_of(values.begin(), values.end(), [&](std::uint32_t value) {
      return value == what.a || values_.contains(value, what.a);
    });
  }
}

void CellMachine::find_readers() {
  for (ClassId each = 0; each < classes_.size(); ++each) {
    const Kind kind = classes_[each].kind;
    if (kind == Kind::read || kind == Kind::cas) readers_.push_back(each);
  }
  std::sort(readers_.begin(), readers_.end(), [&](ClassId x, ClassId y) {
    const Class& a = classes_[x];
    const Class& b = classes_[y];
    return std::tie(a.cell, a.a, x) < std::tie(b.cell, b.a, y);
  });
  for (std::uint32_t i = 0; i < readers_.size(); ++i) {
    const Class& what = classes_[readers_[i]];
    if (reader_begin_.find(what.cell, what.a) == kNone) reader_begin_.set(what.cell, what.a, i);
  }
}

bool CellMachine::maker_left(ClassId reader, std::span<const std::uint32_t> left) const {
  for (std::uint32_t i = maker_begin_[reader]; i != maker_begin_[reader + 1]; ++i) {
    if (makers_[i] != reader && left[makers_[i]] != 0) return true;
  }
  return false;
}

bool CellMachine::viable(StateId state, ClassId operation, std::span<const std::uint32_t> left) {
  const Class& what = classes_[operation];
  if (!prepared_ || any_maker_[operation] != 0) return true;
  if (what.kind != Kind::read && what.kind != Kind::cas) return true;
  if (maker_left(operation, left)) return true;
  const std::uint32_t value = value_of(state, what.cell);
  return appends_[what.cell] != 0 && value != ValueTable::kOther &&
         values_.begins_with(what.a, value);
}

bool CellMachine::may_leave(StateId state, ClassId operation, std::span<const std::uint32_t> left) {
  if (!prepared_) return true;
  const std::uint32_t cell = classes_[operation].cell;
  const std::uint32_t value = value_of(state, cell);
  const std::uint32_t begin = reader_begin_.find(cell, value);
  if (begin == kNone) return true;
  for (std::uint32_t i = begin; i < readers_.size(); ++i) {
    const ClassId reader = readers_[i];
    if (classes_[reader].cell != cell || classes_[reader].a != value) break;
    const std::uint32_t others = left[reader] - (reader == operation ? 1 : 0);
    if (others != 0 && any_maker_[reader] == 0 && !maker_left(reader, left)) return false;
  }
  return true;
}

ClassId CellMachine::maker_of(ClassId reader) const {
  if (!prepared_ || any_maker_[reader] != 0 || appends_[classes_[reader].cell] != 0) return kNone;
  const std::uint32_t begin = maker_begin_[reader];
  return maker_begin_[reader + 1] == begin + 1 ? makers_[begin] : kNone;
}

bool CellMachine::answer_varies(ClassId operation) const {
  const Kind kind = classes_[operation].kind;
  return kind != Kind::write && kind != Kind::append;
}

bool CellMachine::own_values() {
  values_.own();
  keys_.own();
  return true;
}

bool CellMachine::start_anew() {
  if (prepared_ || options_.whole) return false;
  values_.clear();
  classes_.clear();
  std::fill(by_value_.begin(), by_value_.end(), kNone);
  class_index_.clear();
  return true;
}

bool CellMachine::resets(ClassId operation, StateId& state) const {
  const Class& what = classes_[operation];
  state = what.a;
  return what.kind == Kind::write && !options_.whole;
}

ClassId CellMachine::setter(StateId state) {
  return number({.kind = Kind::write, .a = state});
}

ClassId CellMachine::same_as(ClassId operation) const {
  const Class& what = classes_[operation];
  const bool unseen = prepared_ && what.kind == Kind::write && what.a == ValueTable::kOther;
  return unseen ? unseen_[std::size_t{what.cell} * 2 + what.b] : operation;
}

bool CellMachine::save(StateId state, Value& out) const {
  if (options_.whole) return false;
  out = values_.value(state);
  return true;
}

StateId CellMachine::restore(const Value& saved) {
  return values_.number(saved);
}

std::string CellMachine::describe(StateId state) const {
  if (!options_.whole) return values_.describe(state);
  std::string text;
  for (std::uint32_t cell = 0; cell < keys_of_cells_.size(); ++cell) {
    const std::uint32_t value = arrays_.get(state, cell);
    if (value == 0) continue;
    text += (text.empty() ? "" : ", ") + keys_.describe(keys_of_cells_[cell]) + ": " +
            values_.describe(value);
  }
  return text.empty() ? "nothing" : text;
}

}  // namespace norn::check
