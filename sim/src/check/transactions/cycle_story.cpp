#include "check/transactions/cycle_story.hpp"

#include <algorithm>

#include "check/transactions/words.hpp"

namespace norn::check::txn {

namespace {

// What one transaction did to one key.
struct Deeds {
  std::vector<std::uint32_t> reads;   // ops
  std::vector<std::uint32_t> writes;  // writes
};

class EdgeStory {
 public:
  EdgeStory(const Index& index, const Versions& versions, const Edge& edge)
      : index_(index),
        versions_(versions),
        edge_(edge),
        from_(transaction_name(edge.from)),
        to_(transaction_name(edge.to)) {}

  std::string text() const {
    switch (edge_.kind) {
      case kWw:
        return write_write();
      case kWr:
        return write_read();
      case kRw:
        return read_write();
      case kProcess:
        return from_ + " came before " + to_ + " in process " +
               std::to_string(index_.history().transactions[edge_.to].process);
      default:
        return from_ + " had returned before " + to_ + " was called";
    }
  }

 private:
  std::string key() const { return std::string(index_.key_name(edge_.key)); }
  const MicroOp& source(std::uint32_t op) const { return *index_.all_ops()[op].source; }

  Deeds deeds(std::uint32_t transaction) const {
    Deeds found;
    for (const Op& op : index_.ops(transaction)) {
      if (op.key != edge_.key) continue;
      if (op.write != kNone) {
        found.writes.push_back(op.write);
      } else if (index_.is_ok(transaction)) {
        found.reads.push_back(static_cast<std::uint32_t>(&op - index_.all_ops().data()));
      }
    }
    return found;
  }

  std::string wrote(const std::string& who, std::uint32_t write) const {
    const bool lists = versions_.lists != nullptr;
    return who + (lists ? " appended " : " wrote ") +
           value_text(index_.history(), index_.writes()[write].value) + " to ";
  }

  bool saw(std::uint32_t op, std::uint32_t write) const {
    return versions_.lists != nullptr ? versions_.lists->contains(op, write)
                                      : versions_.registers->version_read(op) == write;
  }

  // Of writes the last one that is `in order`, else the last.
  bool precedes(std::uint32_t a, std::uint32_t b) const {
    if (versions_.lists == nullptr) {
      const auto& orders = versions_.registers->orders();
      return std::binary_search(orders.begin(), orders.end(), VersionOrder{a, b});
    }
    return versions_.lists->position(a) < versions_.lists->position(b);
  }

  std::string write_write() const {
    const Deeds a = deeds(edge_.from);
    const Deeds b = deeds(edge_.to);
    for (const std::uint32_t second : b.writes) {
      for (auto first = a.writes.rbegin(); first != a.writes.rend(); ++first) {
        if (precedes(*first, second))
          return wrote(from_, *first) + key() + " before " + wrote(to_, second) + "it";
      }
    }
    return from_ + " wrote " + key() + " before " + to_;
  }

  std::string write_read() const {
    const Deeds a = deeds(edge_.from);
    const Deeds b = deeds(edge_.to);
    for (const std::uint32_t read : b.reads) {
      for (auto write = a.writes.rbegin(); write != a.writes.rend(); ++write) {
        if (saw(read, *write)) {
          return wrote(from_, *write) + key() + ", and " +
                 read_text(index_.history(), edge_.to, source(read));
        }
      }
    }
    return to_ + " read what " + from_ + " wrote to " + key();
  }

  std::string read_write() const {
    const Deeds a = deeds(edge_.from);
    const Deeds b = deeds(edge_.to);
    for (const std::uint32_t write : b.writes) {
      for (const std::uint32_t read : a.reads) {
        if (overwrites(write, read)) {
          return read_text(index_.history(), edge_.from, source(read)) + " before " +
                 wrote(to_, write) + "it";
        }
      }
    }
    return from_ + " read " + key() + " before " + to_ + " wrote it";
  }

  bool overwrites(std::uint32_t write, std::uint32_t read) const {
    if (versions_.lists != nullptr) return !versions_.lists->contains(read, write);
    return precedes(versions_.registers->version_read(read), write);
  }

  const Index& index_;
  const Versions& versions_;
  const Edge& edge_;
  std::string from_;
  std::string to_;
};

}  // namespace

Story cycle_story(const Index& index, const Versions& versions, const Cycle& cycle) {
  Story story;
  for (const Edge& edge : cycle.edges) {
    const bool last = story.size() + 1 == cycle.edges.size();
    story.push_back((last ? "yet " : "") + EdgeStory(index, versions, edge).text());
  }
  return story;
}

}  // namespace norn::check::txn
