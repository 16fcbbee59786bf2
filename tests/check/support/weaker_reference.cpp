#include "check/support/weaker_reference.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "norn/runtime/assert.hpp"

namespace norn::check::testing {

namespace {

using Mask = std::uint32_t;          // a set of operations
using Relation = std::vector<Mask>;  // what is before each operation
// What has taken effect, and the state; true ends the search.
using Visit = std::function<bool(Mask done, const Value& states)>;

constexpr Mask bit(OperationId id) {
  return Mask{1} << id;
}

// The parts of a history that the definitions speak of.
struct Facts {
  const History& history;
  const Reference& reference;
  Mask sure = 0;                    // completed
  Mask maybe = 0;                   // of unknown outcome
  Mask writes = 0;                  // sure or maybe
  std::vector<OperationId> source;  // of each read: the write of its value; kNone
  Relation
      program;    // what the same client did before; what is of unknown outcome is before nothing
  Relation time;  // what returned before the call

  Facts(const History& of, const Reference& how) : history(of), reference(how) {
    const std::span<const Operation> all = history.operations();
    NORN_ASSERT(all.size() <= 16, "a history that is too long to try everything");
    for (OperationId id = 0; id < all.size(); ++id) {
      if (all[id].outcome == Outcome::ok) sure |= bit(id);
      if (all[id].outcome == Outcome::unknown) maybe |= bit(id);
      if (is_write(id)) writes |= bit(id);
    }
    writes &= sure | maybe;
    for (OperationId id = 0; id < all.size(); ++id) {
      source.push_back(kNone);
      program.push_back(0);
      time.push_back(0);
      for (OperationId other = 0; other < all.size(); ++other) {
        const bool written = has(writes, other) && !is_write(id) && all[other].key == all[id].key;
        if (written && all[other].argument == all[id].result) source[id] = other;
        if (!has(sure, other)) continue;
        if (other < id && all[other].process == all[id].process) program[id] |= bit(other);
        if (all[other].return_event < all[id].call_event) time[id] |= bit(other);
      }
    }
  }

  static bool has(Mask set, OperationId id) { return (set & bit(id)) != 0; }
  bool is_write(OperationId id) const { return history.operation(id).function == "write"; }
  OperationId size() const { return static_cast<OperationId>(source.size()); }
  Mask of_process(OperationId like) const {
    Mask set = 0;
    for (OperationId id = 0; id < size(); ++id) {
      if (history.operation(id).process == history.operation(like).process) set |= bit(id);
    }
    return set;
  }
};

// Orders visits every beginning of every order of a set that keeps a relation and fits.
class Orders {
 public:
  Orders(const Facts& facts, Mask set, const Relation& before, const Visit& visit)
      : facts_(facts), set_(set), before_(before), visit_(visit) {}

  bool from(const Value& states) { return extend(0, states); }

 private:
  bool extend(Mask done, const Value& states) {
    if (!seen_.insert({done, to_json(states)}).second) return false;
    if (visit_(done, states)) return true;
    for (OperationId id = 0; id < facts_.size(); ++id) {
      if (!Facts::has(set_ & ~done, id) || (before_[id] & set_ & ~done) != 0) continue;
      const auto next = step_among_keys(facts_.reference, states, facts_.history.operation(id));
      if (next && extend(done | bit(id), *next)) return true;
    }
    return false;
  }

  const Facts& facts_;
  Mask set_;
  const Relation& before_;
  const Visit& visit_;
  std::set<std::pair<Mask, std::string>> seen_;
};

const Value kNothing = Value(Value::Map{});

// Whether some order of `must`, and of what one likes of `may`, keeps the relation and fits.
bool some_order(const Facts& facts, Mask must, Mask may, const Relation& before) {
  const Visit whole = [must](Mask done, const Value&) { return (must & ~done) == 0; };
  return Orders(facts, must | may, before, whole).from(kNothing);
}

// Each client has an order of its own of all writes and what it did.
bool some_order_for_each(const Facts& facts, const Relation& before) {
  for (OperationId id = 0; id < facts.size(); ++id) {
    const Mask seen = facts.writes | facts.of_process(id);
    if (!some_order(facts, facts.sure & seen, facts.maybe & seen, before)) return false;
  }
  return true;
}

bool keeps_causal(const Facts& facts) {
  Relation causal = facts.program;
  for (OperationId id = 0; id < facts.size(); ++id) {
    if (Facts::has(facts.sure, id) && facts.source[id] != kNone)
      causal[id] |= bit(facts.source[id]);
  }
  for (OperationId through = 0; through < facts.size(); ++through) {
    for (Mask& before : causal) before |= Facts::has(before, through) ? causal[through] : 0;
  }
  for (OperationId id = 0; id < facts.size(); ++id) {
    if (Facts::has(causal[id], id)) return false;
  }
  return some_order_for_each(facts, causal);
}

bool keeps_regular(const Facts& facts) {
  for (OperationId id = 0; id < facts.size(); ++id) {
    if (!Facts::has(facts.sure & ~facts.writes, id)) continue;
    const Mask seen = facts.writes | bit(id);
    if (!some_order(facts, facts.sure & seen, facts.maybe & seen, facts.time)) return false;
  }
  return true;
}

// For a client: is there an order of all writes, and for each of its reads a set of writes that it
// sees, so that it gives the last of them on its key?
class Session {
 public:
  Session(const Facts& facts, Consistency guarantee, bool monotonic)
      : facts_(facts), guarantee_(guarantee), monotonic_(monotonic), needs_(facts.size(), 0) {
    for (OperationId id = 0; id < facts.size(); ++id) {
      if (!Facts::has(facts.writes, id)) continue;
      for (OperationId other = 0; other < facts.size(); ++other) {
        if (!Facts::has(facts.program[id], other)) continue;
        if (guarantee == Consistency::monotonic_writes) needs_[id] |= bit(other) & facts.writes;
        const bool read = !facts.is_write(other) && facts.source[other] != kNone;
        if (guarantee == Consistency::writes_follow_reads && read)
          needs_[id] |= bit(facts.source[other]);
      }
    }
  }

  bool run(OperationId like) {
    reads_.clear();
    order_.clear();
    for (OperationId id = like; id < facts_.size(); ++id) {
      if (Facts::has(facts_.sure & ~facts_.writes & facts_.of_process(like), id))
        reads_.push_back(id);
    }
    return some_write_order(0);
  }

 private:
  bool some_write_order(Mask done) {
    if (done == facts_.writes) return some_sets(0, 0);
    for (OperationId id = 0; id < facts_.size(); ++id) {
      if (!Facts::has(facts_.writes & ~done, id) || (needs_[id] & ~done) != 0) continue;
      order_.push_back(id);
      if (some_write_order(done | bit(id))) return true;
      order_.pop_back();
    }
    return false;
  }

  bool some_sets(std::size_t which, Mask before) {
    if (which == reads_.size()) return true;
    for (Mask seen = 0; seen <= facts_.writes; ++seen) {
      const bool allowed = (seen & ~facts_.writes) == 0 && is_allowed(reads_[which], before, seen);
      if (allowed && some_sets(which + 1, seen)) return true;
    }
    return false;
  }

  bool is_allowed(OperationId read, Mask before, Mask seen) const {
    if (monotonic_ && (before & ~seen) != 0) return false;
    const Mask own = facts_.program[read] & facts_.writes;
    if (guarantee_ == Consistency::read_your_writes && (own & ~seen) != 0) return false;
    Value last;
    for (const OperationId write : order_) {
      if (!Facts::has(seen, write)) continue;
      if ((needs_[write] & ~seen) != 0) return false;
      const Operation& operation = facts_.history.operation(write);
      if (operation.key == facts_.history.operation(read).key) last = operation.argument;
    }
    return last == facts_.history.operation(read).result;
  }

  const Facts& facts_;
  Consistency guarantee_;
  bool monotonic_;
  Relation needs_;  // the writes that are before each, and seen wherever it is
  std::vector<OperationId> reads_;
  std::vector<OperationId> order_;
};

bool keeps_session(const Facts& facts, Consistency guarantee, bool monotonic) {
  for (OperationId id = 0; id < facts.size(); ++id) {
    if (!Session(facts, guarantee, monotonic).run(id)) return false;
  }
  return true;
}

// From each crash on there is what some beginning of some order of the era left; each era as a
// whole has an order that goes on from what the crash before it left.
class Eras {
 public:
  explicit Eras(const Facts& facts) : facts_(facts), eras_(1, 0) {
    for (const HistoryEvent& event : facts.history.events()) {
      if (event.kind == HistoryEvent::Kind::crash) eras_.push_back(0);
      if (event.kind == HistoryEvent::Kind::call) eras_.back() |= bit(event.operation);
    }
  }

  // `gone` has taken effect, or never will.
  bool explain(std::size_t era, Mask gone, const Value& states) {
    if (era == eras_.size()) return true;
    if (!tried_.insert({era, gone & facts_.maybe, to_json(states)}).second) return false;
    Mask called = 0;
    for (std::size_t i = 0; i <= era; ++i) called |= eras_[i];
    const Mask must = eras_[era] & facts_.sure;
    const Mask set = must | (called & facts_.maybe & ~gone);
    bool whole = false;
    std::vector<std::pair<Mask, Value>> left;
    const Visit note = [&](Mask done, const Value& now) {
      whole = whole || (must & ~done) == 0;
      left.emplace_back(done, now);
      return false;
    };
    Orders(facts_, set, facts_.time, note).from(states);
    if (!whole) return false;
    if (era + 1 == eras_.size()) return true;
    return std::any_of(left.begin(), left.end(), [&](const auto& each) {
      return explain(era + 1, gone | each.first, each.second);
    });
  }

 private:
  const Facts& facts_;
  std::vector<Mask> eras_;
  std::set<std::tuple<std::size_t, Mask, std::string>> tried_;
};

}  // namespace

bool brute_force_keeps(const History& history, const Reference& reference,
                       Consistency consistency) {
  const Facts facts(history, reference);
  switch (consistency) {
    case Consistency::sequential:
      return some_order(facts, facts.sure, facts.maybe, facts.program);
    case Consistency::linearizable:
    case Consistency::durable:
      return some_order(facts, facts.sure, facts.maybe, facts.time);
    case Consistency::causal:
      return keeps_causal(facts);
    case Consistency::pram:
      return some_order_for_each(facts, facts.program);
    case Consistency::regular:
      return keeps_regular(facts);
    case Consistency::buffered_durable:
      return Eras(facts).explain(0, 0, kNothing);
    case Consistency::read_your_writes:
      return keeps_session(facts, consistency, false);
    default:
      return keeps_session(facts, consistency, true);
  }
}

bool brute_force_keeps_alone(const History& history, Consistency consistency) {
  return keeps_session(Facts(history, references().front()), consistency, false);
}

}  // namespace norn::check::testing
