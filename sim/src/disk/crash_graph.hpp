// CrashGraph: what was not synced, in the pieces that a crash may keep or lose, and what each
// needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace norn::sim {

class Inode;

// A piece that reaches the medium whole or not at all:
// - data: bytes within one sector (or page) of a file. Needs the bytes written before to the same
//   sector, and a truncation since that cut into it.
// - size: the file's size becomes `size`. Needs the size before it. A write that makes a file
// longer
//   is data and size, and neither needs the other: size without data reads as zeros, data without
//   size is not seen.
// - names: entries of directories change together. A new or removed name is one entry, a rename is
//   two. Needs the changes before it of the same names.
// Nothing else is in any order: this is the weakest file system that POSIX allows, as in Pillai et
// al., "All file systems are not created equal" (2014), whose tool found what applications get
// wrong with it.
struct CrashUnit {
  enum class Kind : std::uint8_t { data, size, names };
  Kind kind = Kind::data;
  std::uint32_t call = 0;  // units of one call (a write, a rename) have the same, ascending
  std::uint32_t file = 0;  // data, size: in CrashGraph::files
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::vector<std::byte> bytes{};
  // By path: the file that it names from now on, or none.
  std::vector<std::pair<std::string, std::shared_ptr<Inode>>> names{};
  std::vector<std::uint32_t> needs{};  // units before it, by number
};

// In order of calls, so that a unit needs only units before it.
struct CrashGraph {
  std::vector<std::shared_ptr<Inode>> files;
  std::vector<std::string> paths;  // of each file, for who makes choices by it
  std::vector<CrashUnit> units;
};

// is_allowed() is whether unit `number` has all it needs among `kept`.
bool is_allowed(const CrashGraph& graph, std::size_t number, const std::vector<bool>& kept);

// next_closed_subset() goes on to the next of all the sets of units that have all they need; the
// first is the empty one (all false). Returns false when there are no more.
bool next_closed_subset(const CrashGraph& graph, std::vector<bool>& kept);

// PendingNames: changes of names that are not durable.
class PendingNames {
 public:
  using File = std::shared_ptr<Inode>;

  // add() notes what one call did: names, each with its file (nullptr: none).
  void add(std::vector<std::pair<std::string, File>> changes);
  // forget() drops the calls that touch a name for which `durable` says so.
  template <class Durable>
  void forget(Durable&& durable) {
    std::erase_if(calls_, [&](const Call& call) {
      for (const Change& change : call) {
        if (durable(change.path)) return true;
      }
      return false;
    });
  }
  void clear() { calls_.clear(); }
  bool empty() const { return calls_.empty(); }
  // add_units() appends a unit a call. Files that are gone meanwhile count as no file.
  void add_units(CrashGraph& graph, std::uint32_t& call) const;
  // files() calls f(path, file) for each file that a change names and that is still there.
  template <class F>
  void files(F&& f) const {
    for (const Call& call : calls_) {
      for (const Change& change : call) {
        if (File file = change.file.lock()) f(change.path, file);
      }
    }
  }

 private:
  struct Change {
    std::string path;
    std::weak_ptr<Inode> file;  // a file without a name and a descriptor takes no space
  };
  using Call = std::vector<Change>;
  void merge_oldest();

  std::vector<Call> calls_;
};

}  // namespace norn::sim
