#include "check/transactions/list_versions.hpp"

#include <algorithm>
#include <unordered_set>

#include "check/transactions/words.hpp"

namespace norn::check::txn {

namespace {

using List = std::span<const std::int64_t>;

std::size_t common_beginning(List a, List b) {
  const auto end = a.begin() + static_cast<std::ptrdiff_t>(std::min(a.size(), b.size()));
  return static_cast<std::size_t>(std::mismatch(a.begin(), end, b.begin()).first - a.begin());
}

bool has_repetition(List list) {
  std::vector<std::int64_t> sorted(list.begin(), list.end());
  std::sort(sorted.begin(), sorted.end());
  return std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end();
}

}  // namespace

ListVersions::ListVersions(Index& index, Findings& findings)
    : index_(index),
      findings_(findings),
      keys_(index.keys()),
      reads_(index.all_ops().size()),
      position_(index.writes().size(), kNone) {
  for (std::uint32_t key = 0; key < index.keys(); ++key) order_key(key);
  for (std::uint32_t key = 0; key < index.keys(); ++key) prove_writers(key);
  for (std::uint32_t key = 0; key < index.keys(); ++key) {
    for (const std::uint32_t write : index.writes_to(key)) {
      if (position_[write] == kNone && index.committed(index.writes()[write].transaction))
        keys_[key].behind.push_back(write);
    }
    judge_reads(key);
    find_dirty_updates(key);
  }
}

void ListVersions::order_key(std::uint32_t key) {
  const std::span<const std::uint32_t> reads = index_.reads_of(key);
  if (reads.empty()) return;
  const auto longest = [&] {
    return *std::max_element(reads.begin(), reads.end(), [&](std::uint32_t a, std::uint32_t b) {
      return reads_[a].list.size() < reads_[b].list.size();
    });
  };
  for (const std::uint32_t op : reads) reads_[op].list = index_.all_ops()[op].source->list;
  if (has_repetition(reads_[longest()].list)) {
    for (const std::uint32_t op : reads) remove_repetitions(op);
  }
  const std::uint32_t model = longest();
  const List order = reads_[model].list;
  std::size_t agreed = order.size();
  for (const std::uint32_t op : reads) {
    std::size_t common = common_beginning(reads_[op].list, order);
    if (common == reads_[op].list.size()) continue;
    if (remove_repetitions(op)) common = common_beginning(reads_[op].list, order);
    if (common == reads_[op].list.size()) continue;
    agreed = std::min(agreed, common);
    const std::size_t other = index_.all_ops()[model].transaction;
    const std::size_t here = index_.all_ops()[op].transaction;
    findings_.add(Anomaly::incompatible_order, {here, other}, [&] {
      const auto& history = index_.history();
      return Story{read_text(history, here, *index_.all_ops()[op].source) + ", and " +
                   read_text(history, other, *index_.all_ops()[model].source) +
                   ": neither is the beginning of the other"};
    });
  }
  keys_[key].order = order.first(agreed);
  for (const std::uint32_t op : reads) reads_[op].agrees = reads_[op].list.size() <= agreed;
}

bool ListVersions::remove_repetitions(std::uint32_t op) {
  const List list = reads_[op].list;
  if (!has_repetition(list)) return false;
  std::unordered_set<std::int64_t> seen;
  std::vector<std::int64_t>& rest = shortened_.emplace_back();
  std::int64_t twice = 0;
  for (const std::int64_t element : list) {
    if (seen.insert(element).second) {
      rest.push_back(element);
    } else {
      twice = element;
    }
  }
  reads_[op].list = rest;
  const Op& read = index_.all_ops()[op];
  findings_.add(Anomaly::duplicate_elements, {read.transaction}, [&] {
    return Story{read_text(index_.history(), read.transaction, *read.source) + ", with " +
                 value_text(index_.history(), twice) + " more than once"};
  });
  return true;
}

void ListVersions::prove_writers(std::uint32_t key) {
  ListKey& at = keys_[key];
  at.writes.reserve(at.order.size());
  const auto prove = [this](std::uint32_t write) {
    if (write != kNone) index_.prove(index_.writes()[write].transaction);
  };
  for (const std::int64_t element : at.order) {
    const std::uint32_t write = index_.find_write(key, element);
    if (write != kNone) position_[write] = static_cast<std::uint32_t>(at.writes.size());
    at.writes.push_back(write);
    prove(write);
  }
  for (const std::uint32_t op : index_.reads_of(key)) {
    if (reads_[op].agrees) continue;
    for (const std::int64_t element : reads_[op].list) prove(index_.find_write(key, element));
  }
}

bool ListVersions::contains(std::uint32_t op, std::uint32_t write) const {
  const ListRead& read = reads_[op];
  if (read.agrees) return position_[write] < read.list.size();
  return std::find(read.list.begin(), read.list.end(), index_.writes()[write].value) !=
         read.list.end();
}

// ---- reads that no committed state explains

void ListVersions::report_element(Anomaly anomaly, std::uint32_t op, std::int64_t element,
                                  std::uint32_t writer) {
  const Op& read = index_.all_ops()[op];
  std::vector<std::size_t> transactions{read.transaction};
  if (writer != kNone) transactions.push_back(writer);
  findings_.add(anomaly, std::move(transactions), [&] {
    const auto& history = index_.history();
    const std::string value = value_text(history, element);
    std::string line = read_text(history, read.transaction, *read.source) + ", and ";
    if (anomaly == Anomaly::garbage_read) {
      line += "nobody appended " + value + " to " + read.source->key;
    } else if (anomaly == Anomaly::g1a) {
      line += transaction_name(writer) + ", which appended " + value + ", failed";
    } else {
      line += value + " is not the last that " + transaction_name(writer) + " appended to " +
              read.source->key;
    }
    return Story{line};
  });
}

void ListVersions::judge_reads(std::uint32_t key) {
  const ListKey& at = keys_[key];
  const auto first = [&](auto&& is_bad) {
    return static_cast<std::size_t>(std::find_if(at.writes.begin(), at.writes.end(), is_bad) -
                                    at.writes.begin());
  };
  const std::size_t garbage = first([](std::uint32_t write) { return write == kNone; });
  const std::size_t aborted = first([&](std::uint32_t write) {
    return write != kNone && !index_.committed(index_.writes()[write].transaction);
  });
  for (const std::uint32_t op : index_.reads_of(key)) {
    const ListRead& read = reads_[op];
    if (!read.agrees) {
      judge_read(op);
    } else {
      if (read.list.size() > garbage)
        report_element(Anomaly::garbage_read, op, at.order[garbage], kNone);
      if (read.list.size() > aborted) {
        report_element(Anomaly::g1a, op, at.order[aborted],
                       index_.writes()[at.writes[aborted]].transaction);
      }
    }
    judge_last(op);
  }
}

// A read that is not in the order of its key, element by element.
void ListVersions::judge_read(std::uint32_t op) {
  bool garbage = false;
  bool aborted = false;
  for (const std::int64_t element : reads_[op].list) {
    const std::uint32_t write = index_.find_write(index_.all_ops()[op].key, element);
    if (write == kNone) {
      if (!garbage) report_element(Anomaly::garbage_read, op, element, kNone);
      garbage = true;
    } else if (const std::uint32_t writer = index_.writes()[write].transaction;
               !index_.committed(writer)) {
      if (!aborted) report_element(Anomaly::g1a, op, element, writer);
      aborted = true;
    }
  }
}

void ListVersions::judge_last(std::uint32_t op) {
  const ListRead& read = reads_[op];
  if (read.list.empty()) return;
  const Op& here = index_.all_ops()[op];
  const std::uint32_t write = read.agrees ? keys_[here.key].writes[read.list.size() - 1]
                                          : index_.find_write(here.key, read.list.back());
  if (write == kNone || index_.writes()[write].last) return;
  const std::uint32_t writer = index_.writes()[write].transaction;
  if (writer != here.transaction) report_element(Anomaly::g1b, op, read.list.back(), writer);
}

void ListVersions::find_dirty_updates(std::uint32_t key) {
  std::uint32_t aborted = kNone;
  for (const std::uint32_t write : keys_[key].writes) {
    if (write == kNone) continue;
    if (!index_.committed(index_.writes()[write].transaction)) {
      aborted = write;
      continue;
    }
    if (aborted == kNone) continue;
    const Write from = index_.writes()[aborted];
    const Write to = index_.writes()[write];
    findings_.add(Anomaly::dirty_update, {from.transaction, to.transaction}, [&] {
      const auto& history = index_.history();
      return Story{transaction_name(from.transaction) + ", which appended " +
                   value_text(history, from.value) + " to " + std::string(index_.key_name(key)) +
                   ", failed, and " + transaction_name(to.transaction) + " appended " +
                   value_text(history, to.value) + " behind it"};
    });
    aborted = kNone;
  }
}

}  // namespace norn::check::txn
