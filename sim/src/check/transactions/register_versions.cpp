#include "check/transactions/register_versions.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "check/transactions/words.hpp"

namespace norn::check::txn {

RegisterVersions::RegisterVersions(Index& index, const TransactionOptions& options,
                                   Findings& findings)
    : index_(index), findings_(findings), version_read_(index.all_ops().size(), kNone) {
  for (std::uint32_t key = 0; key < index.keys(); ++key) {
    for (const std::uint32_t op : index.reads_of(key)) {
      const auto seen = index.all_ops()[op].source->seen;
      version_read_[op] = seen ? index.find_write(key, *seen) : nothing(key);
      if (seen && version_read_[op] != kNone)
        index.prove(index.writes()[version_read_[op]].transaction);
    }
  }
  for (std::uint32_t key = 0; key < index.keys(); ++key) {
    for (const std::uint32_t op : index.reads_of(key)) judge_read(op);
    follow_initial(key);
    if (options.linearizable_keys) follow_time(key);
  }
  if (options.writes_follow_reads) {
    std::vector<std::uint32_t> first(index.keys(), kNone);
    for (std::uint32_t i = 0; i < index.transactions(); ++i) {
      if (index.is_ok(i)) follow_reads(i, first);
    }
  }
  std::sort(orders_.begin(), orders_.end());
  orders_.erase(std::unique(orders_.begin(), orders_.end()), orders_.end());
  drop_circles();
}

bool RegisterVersions::counts(std::uint32_t version) const {
  if (version == kNone) return false;
  if (version >= index_.writes().size()) return true;
  const Write& write = index_.writes()[version];
  return write.last && index_.committed(write.transaction);
}

std::uint32_t RegisterVersions::key_of(std::uint32_t version) const {
  const std::size_t writes = index_.writes().size();
  return version < writes ? index_.writes()[version].key
                          : version - static_cast<std::uint32_t>(writes);
}

void RegisterVersions::add(std::uint32_t before, std::uint32_t after) {
  if (before != after && counts(before) && counts(after)) orders_.push_back({before, after});
}

// ---- single reads

void RegisterVersions::judge_read(std::uint32_t op) {
  const std::uint32_t version = version_read_[op];
  if (version != kNone && version >= index_.writes().size()) return;
  const Op& read = index_.all_ops()[op];
  const std::uint32_t writer = version == kNone ? kNone : index_.writes()[version].transaction;
  if (writer == read.transaction) return;
  const auto report = [&](Anomaly anomaly, const std::string& why) {
    std::vector<std::size_t> transactions{read.transaction};
    if (writer != kNone) transactions.push_back(writer);
    findings_.add(anomaly, std::move(transactions), [&] {
      return Story{read_text(index_.history(), read.transaction, *read.source) + ", and " + why};
    });
  };
  if (version == kNone) return report(Anomaly::garbage_read, "nobody wrote that");
  if (!index_.committed(writer))
    report(Anomaly::g1a, transaction_name(writer) + ", which wrote that, failed");
  if (!index_.writes()[version].last) {
    report(Anomaly::g1b, "that is not the last that " + transaction_name(writer) + " wrote to " +
                             read.source->key);
  }
}

// ---- orders

void RegisterVersions::follow_initial(std::uint32_t key) {
  for (const std::uint32_t write : index_.writes_to(key)) add(nothing(key), write);
}

// What the transaction read of a key before it wrote to it, and its last write. `first` is, by key,
// some transaction's first op on it.
void RegisterVersions::follow_reads(std::uint32_t transaction, std::vector<std::uint32_t>& first) {
  const auto& all = index_.all_ops();
  for (const Op& op : index_.ops(transaction)) {
    std::uint32_t& earlier = first[op.key];
    if (earlier == kNone || all[earlier].transaction != transaction)
      earlier = static_cast<std::uint32_t>(&op - all.data());
    if (op.write != kNone && all[earlier].write == kNone) add(version_read_[earlier], op.write);
  }
}

std::vector<RegisterVersions::Touch> RegisterVersions::touches_of(std::uint32_t key) const {
  std::vector<Touch> touches;
  for (const std::uint32_t op : index_.reads_of(key)) {
    const std::uint32_t version = version_read_[op];
    if (counts(version) &&
        (touches.empty() || touches.back().transaction != index_.all_ops()[op].transaction))
      touches.push_back({index_.all_ops()[op].transaction, version, version});
  }
  const std::size_t readers = touches.size();
  for (const std::uint32_t write : index_.writes_to(key)) {
    if (!counts(write)) continue;
    const std::uint32_t writer = index_.writes()[write].transaction;
    const auto end = touches.begin() + static_cast<std::ptrdiff_t>(readers);
    const auto same =
        std::lower_bound(touches.begin(), end, writer,
                         [](const Touch& touch, std::uint32_t t) { return touch.transaction < t; });
    if (same != end && same->transaction == writer) {
      same->last = write;
    } else {
      touches.push_back({writer, write, write});
    }
  }
  return touches;
}

// In real time each version comes before those that were only touched later. Of the transactions
// that were over before another one was called, only those count that no other of them followed.
void RegisterVersions::follow_time(std::uint32_t key) {
  struct Event {
    std::int64_t time = 0;
    bool returns = false;
    std::uint32_t touch = 0;
  };
  const std::vector<Touch> touches = touches_of(key);
  std::vector<Event> events;
  for (std::uint32_t i = 0; i < touches.size(); ++i) {
    const Transaction& transaction = index_.history().transactions[touches[i].transaction];
    events.push_back({transaction.called, false, i});
    if (index_.is_ok(touches[i].transaction)) events.push_back({transaction.returned, true, i});
    add(touches[i].first, touches[i].last);
  }
  std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
    return std::tie(a.time, a.returns, a.touch) < std::tie(b.time, b.returns, b.touch);
  });
  std::vector<std::uint32_t> over;
  std::vector<std::vector<std::uint32_t>> before(touches.size());
  for (const Event& event : events) {
    if (!event.returns) {
      for (const std::uint32_t each : over) add(touches[each].last, touches[event.touch].first);
      before[event.touch] = over;
      continue;
    }
    std::erase_if(over, [&](std::uint32_t each) {
      const auto& covered = before[event.touch];
      return std::find(covered.begin(), covered.end(), each) != covered.end();
    });
    over.push_back(event.touch);
    before[event.touch] = {};
  }
}

void RegisterVersions::drop_circles() {
  EdgeList edges(static_cast<std::uint32_t>(index_.writes().size()) + index_.keys());
  for (const VersionOrder& order : orders_) edges.add(order.before, order.after, kWw);
  const Graph graph(edges.nodes(), edges.edges());
  const Components found = components({graph, kWw});
  std::vector<bool> bad(index_.keys());
  for (std::uint32_t version = 0; version < graph.size(); ++version) {
    const std::uint32_t key = key_of(version);
    if (!found.cyclic(version) || bad[key]) continue;
    bad[key] = true;
    std::vector<std::size_t> writers;
    std::string circle = found.cyclic(nothing(key)) ? "nothing" : "";
    for (const std::uint32_t write : index_.writes_to(key)) {
      if (!found.same(write, version)) continue;
      writers.push_back(index_.writes()[write].transaction);
      circle +=
          (circle.empty() ? "" : ", ") + value_text(index_.history(), index_.writes()[write].value);
    }
    findings_.add(Anomaly::cyclic_versions, std::move(writers), [&] {
      return Story{"of the versions of " + std::string(index_.key_name(key)) +
                   " each comes before the others: " + circle};
    });
  }
  std::erase_if(orders_, [&](const VersionOrder& order) { return bad[key_of(order.before)]; });
}

// ---- edges

namespace {

using VersionReader = std::pair<std::uint32_t, std::uint32_t>;  // a version, and who read it

std::vector<VersionReader> add_read_edges(const Index& index, const RegisterVersions& versions,
                                          EdgeList& edges) {
  std::vector<VersionReader> readers;
  for (std::uint32_t key = 0; key < index.keys(); ++key) {
    for (const std::uint32_t op : index.reads_of(key)) {
      const std::uint32_t version = versions.version_read(op);
      if (version == kNone) continue;
      const std::uint32_t reader = index.all_ops()[op].transaction;
      readers.emplace_back(version, reader);
      if (version >= index.writes().size()) continue;
      const std::uint32_t writer = index.writes()[version].transaction;
      if (index.committed(writer)) edges.add(writer, reader, kWr, key);
    }
  }
  std::sort(readers.begin(), readers.end());
  readers.erase(std::unique(readers.begin(), readers.end()), readers.end());
  return readers;
}

}  // namespace

void add_register_edges(const Index& index, const RegisterVersions& versions, EdgeList& edges) {
  const std::vector<VersionReader> readers = add_read_edges(index, versions, edges);
  const std::size_t writes = index.writes().size();
  auto reader = readers.begin();
  std::vector<std::uint32_t> from;
  std::vector<std::uint32_t> to;
  const auto& orders = versions.orders();
  for (auto first = orders.begin(); first != orders.end();) {
    const std::uint32_t version = first->before;
    from.clear();
    to.clear();
    for (; first != orders.end() && first->before == version; ++first) {
      if (first->after < writes) to.push_back(first->after);
    }
    if (to.empty()) continue;
    const std::uint32_t key = index.writes()[to.front()].key;
    for (std::uint32_t& write : to) write = index.writes()[write].transaction;
    while (reader != readers.end() && reader->first < version) ++reader;
    for (; reader != readers.end() && reader->first == version; ++reader)
      from.push_back(reader->second);
    if (version < writes) {
      for (const std::uint32_t writer : to)
        edges.add(index.writes()[version].transaction, writer, kWw, key);
    }
    edges.add_product(from, to, kRw, key);
  }
}

}  // namespace norn::check::txn
