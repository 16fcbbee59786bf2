#include "check/transactions/contradictions.hpp"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "check/transactions/words.hpp"

namespace norn::check::txn {

namespace {

std::uint32_t number_of(const Index& index, const Op& op) {
  return static_cast<std::uint32_t>(&op - index.all_ops().data());
}

// State is what a transaction must find at a key, after what it did there so far.
struct State {
  std::uint32_t transaction = kNone;
  std::uint32_t read = kNone;            // the last op that read it
  std::vector<std::int64_t> appended{};  // since
};

// fits() is whether a list is what was read before with what was appended since; without a read,
// whether it ends with that.
bool fits(const ListVersions& versions, const State& state, std::span<const std::int64_t> list) {
  const std::size_t own = state.appended.size();
  if (list.size() < own) return false;
  const auto rest = list.first(list.size() - own);
  if (!std::equal(state.appended.begin(), state.appended.end(), list.end() - std::ptrdiff_t(own)))
    return false;
  if (state.read == kNone) return true;
  const auto base = versions.read(state.read).list;
  return std::equal(base.begin(), base.end(), rest.begin(), rest.end());
}

std::string expected_text(const Index& index, const ListVersions& versions, const State& state) {
  std::vector<std::int64_t> list;
  if (state.read != kNone) {
    const auto base = versions.read(state.read).list;
    list.assign(base.begin(), base.end());
  }
  list.insert(list.end(), state.appended.begin(), state.appended.end());
  return (state.read == kNone ? "what ends with " : "") + list_text(index.history(), list);
}

void find_internal(const Index& index, const ListVersions& versions, std::uint32_t transaction,
                   std::vector<State>& states, Findings& findings) {
  for (const Op& op : index.ops(transaction)) {
    State& state = states[op.key];
    if (state.transaction != transaction) state = {transaction, kNone, {}};
    if (op.write != kNone) {
      state.appended.push_back(op.source->value);
      continue;
    }
    const std::uint32_t number = number_of(index, op);
    if (!fits(versions, state, versions.read(number).list)) {
      findings.add(Anomaly::internal, {transaction}, [&] {
        return Story{read_text(index.history(), transaction, *op.source) +
                     ", and should have found " + expected_text(index, versions, state)};
      });
      return;
    }
    state.read = number;
    state.appended.clear();
  }
}

// `reads` is, by key, what some transaction read there so far.
void find_future_read(const Index& index, const ListVersions& versions, std::uint32_t transaction,
                      std::vector<std::vector<std::uint32_t>>& reads, Findings& findings) {
  for (const Op& op : index.ops(transaction)) {
    auto& earlier = reads[op.key];
    if (!earlier.empty() && index.all_ops()[earlier.front()].transaction != transaction)
      earlier.clear();
    if (op.write == kNone) {
      earlier.push_back(number_of(index, op));
      continue;
    }
    for (const std::uint32_t read : earlier) {
      if (!versions.contains(read, op.write)) continue;
      findings.add(Anomaly::future_read, {transaction}, [&] {
        return Story{read_text(index.history(), transaction, *index.all_ops()[read].source) +
                     ", and appended " + value_text(index.history(), op.source->value) +
                     " only later"};
      });
      return;
    }
  }
}

}  // namespace

void find_list_contradictions(const Index& index, const ListVersions& versions,
                              Findings& findings) {
  std::vector<State> states(index.keys());
  std::vector<std::vector<std::uint32_t>> reads(index.keys());
  for (std::uint32_t i = 0; i < index.transactions(); ++i) {
    if (!index.is_ok(i)) continue;
    find_internal(index, versions, i, states, findings);
    find_future_read(index, versions, i, reads, findings);
  }
}

void find_register_contradictions(const Index& index, Findings& findings) {
  struct Known {
    std::uint32_t transaction = kNone;
    std::optional<std::int64_t> value{};
  };
  std::vector<Known> known(index.keys());
  for (std::uint32_t i = 0; i < index.transactions(); ++i) {
    if (!index.is_ok(i)) continue;
    bool internal = false;
    bool future = false;
    for (const Op& op : index.ops(i)) {
      const MicroOp& source = *op.source;
      const std::optional<std::int64_t> now = op.write == kNone ? source.seen : source.value;
      Known& here = known[op.key];
      if (op.write == kNone && here.transaction == i && here.value != now && !internal) {
        internal = true;
        findings.add(Anomaly::internal, {i}, [&] {
          return Story{read_text(index.history(), i, source) + ", and should have found " +
                       value_text(index.history(), here.value)};
        });
      }
      here = {i, now};
      if (op.write != kNone || !now || future) continue;
      const std::uint32_t write = index.find_write(op.key, *now);
      if (write == kNone || index.writes()[write].transaction != i) continue;
      const auto later = index.ops(i).subspan(std::size_t(&op - index.ops(i).data()));
      future = std::any_of(later.begin(), later.end(),
                           [&](const Op& each) { return each.write == write; });
      if (!future) continue;
      findings.add(Anomaly::future_read, {i}, [&] {
        return Story{read_text(index.history(), i, source) + ", and wrote that only later"};
      });
    }
  }
}

// ---- updates

namespace {

// A transaction that read a version of a key and wrote the key later.
struct Update {
  std::uint32_t key = 0;
  std::uint32_t version = 0;
  std::uint32_t op = 0;  // that read it
};

// `version_of` gives a number of what a read saw, or kNone where that is not known.
template <class VersionOf>
std::vector<Update> updates(const Index& index, VersionOf&& version_of) {
  struct First {
    std::uint32_t transaction = kNone;
    std::uint32_t op = kNone;  // the first on the key, if it read
  };
  std::vector<First> first(index.keys());
  std::vector<Update> found;
  for (const Op& op : index.all_ops()) {
    if (!index.is_ok(op.transaction)) continue;
    First& here = first[op.key];
    if (here.transaction != op.transaction)
      here = {op.transaction, op.write == kNone ? number_of(index, op) : kNone};
    if (op.write == kNone || here.op == kNone) continue;
    const std::uint32_t version = version_of(here.op);
    if (version != kNone) found.push_back({op.key, version, here.op});
    here.op = kNone;
  }
  return found;
}

void report_lost(const Index& index, std::vector<Update> all, Findings& findings) {
  const auto less = [](const Update& a, const Update& b) {
    return std::tie(a.key, a.version, a.op) < std::tie(b.key, b.version, b.op);
  };
  std::sort(all.begin(), all.end(), less);
  for (auto first = all.begin(); first != all.end();) {
    const auto end = std::find_if(first, all.end(), [&](const Update& each) {
      return each.key != first->key || each.version != first->version;
    });
    if (end - first > 1) {
      std::vector<std::size_t> transactions;
      for (auto each = first; each != end; ++each)
        transactions.push_back(index.all_ops()[each->op].transaction);
      findings.add(Anomaly::lost_update, transactions, [&] {
        Story story;
        for (auto each = first; each != end; ++each) {
          const Op& op = index.all_ops()[each->op];
          story.push_back(read_text(index.history(), op.transaction, *op.source) +
                          ", and wrote the key then");
        }
        return story;
      });
    }
    first = end;
  }
}

}  // namespace

void find_lost_updates(const Index& index, const ListVersions& versions, Findings& findings) {
  report_lost(index,
              updates(index,
                      [&](std::uint32_t op) {
                        const ListRead& read = versions.read(op);
                        return read.agrees ? static_cast<std::uint32_t>(read.list.size()) : kNone;
                      }),
              findings);
}

void find_lost_updates(const Index& index, const RegisterVersions& versions, Findings& findings) {
  const auto all = updates(index, [&](std::uint32_t op) { return versions.version_read(op); });
  for (const Update& update : all) {
    if (update.version >= index.writes().size()) continue;
    const std::uint32_t writer = index.writes()[update.version].transaction;
    if (index.committed(writer)) continue;
    const Op& read = index.all_ops()[update.op];
    findings.add(Anomaly::dirty_update, {writer, read.transaction}, [&] {
      return Story{transaction_name(writer) + " failed, and " +
                   read_text(index.history(), read.transaction, *read.source) +
                   ", which it had written, and wrote the key then"};
    });
  }
  report_lost(index, all, findings);
}

}  // namespace norn::check::txn
