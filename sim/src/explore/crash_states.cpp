#include "norn/sim/crash_states.hpp"

#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "disk/disk.hpp"
#include "disk/disk_path.hpp"
#include "engine/choice_hash.hpp"
#include "engine/engine.hpp"
#include "norn/runtime/assert.hpp"
#include "norn/sim/simulation.hpp"

namespace norn {
namespace {

constexpr Duration kLongest = std::chrono::minutes(10);

// Fills an empty disk; all of it is durable.
void fill(sim::Disk& disk, const std::map<std::string, Bytes>& files) {
  std::set<std::string> directories;
  for (const auto& [path, bytes] : files) {
    const int descriptor = disk.open(path, O_RDWR | O_CREAT);
    NORN_ASSERT(descriptor >= 0, "a disk cannot hold a file called '" + path + "'");
    static_cast<void>(disk.pwrite(descriptor, bytes.data(), bytes.size(), 0));
    static_cast<void>(disk.fsync(descriptor));
    static_cast<void>(disk.close(descriptor));
    directories.emplace(sim::directory_of(path));
  }
  for (const std::string& directory : directories)
    static_cast<void>(disk.fsync_directory(directory));
}

SimOptions calm_options(std::uint64_t seed) {
  SimOptions options;
  options.scenario = "crash states";
  options.seed = seed;
  options.stack_size = std::size_t{256} * 1024;  // a test's assertions in it are deep
  return options;
}

}  // namespace

namespace sim {

// CrashWatch keeps what a crash could leave, after each change of the disk.
class CrashWatch final : public DiskTrouble {
 public:
  // A moment at which the node might crash.
  struct Moment {
    CrashGraph graph;
    std::vector<Bytes> durable;                  // by file of the graph
    std::map<std::string, std::uint32_t> names;  // durable ones
    std::string note;
    std::uint64_t change = 0;
  };

  explicit CrashWatch(std::uint32_t grain) : grain_(grain) {}

  void watch(const Disk& disk) {
    disk_ = &disk;
    keep_moment();
  }
  void note(std::string text) {
    note_ = std::move(text);
    keep_moment();
  }
  void changed(const Disk& disk) override {
    static_cast<void>(disk);
    ++changes_;
    keep_moment();
  }

  const std::vector<Moment>& moments() const { return moments_; }
  std::uint64_t changes() const { return changes_; }

 private:
  void keep_moment() {
    Moment& moment = moments_.emplace_back();
    moment.graph = disk_->crash_graph(grain_);
    moment.note = note_;
    moment.change = changes_;
    std::map<const Inode*, std::uint32_t> numbers;  // for look-ups only
    for (const std::shared_ptr<Inode>& file : moment.graph.files) {
      numbers.emplace(file.get(), static_cast<std::uint32_t>(moment.durable.size()));
      moment.durable.push_back(file->durable_bytes());
    }
    for (const auto& [path, file] : disk_->durable_files())
      moment.names.emplace(path, numbers.at(file.get()));
  }

  std::uint32_t grain_;
  const Disk* disk_ = nullptr;
  std::string note_;
  std::uint64_t changes_ = 0;
  std::vector<Moment> moments_;
};

namespace {

using Digest = std::pair<std::uint64_t, std::uint64_t>;

class Digester {
 public:
  void add(std::span<const std::byte> bytes) {
    add(bytes.size());
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      word = word << 8U | std::to_integer<std::uint64_t>(bytes[i]);
      if (i % 8 == 7) add(std::exchange(word, 0));
    }
    add(word);
  }
  void add(std::uint64_t word) {
    digest_.first = mix(digest_.first, word);
    digest_.second = mix(word, digest_.second);
  }
  Digest digest() const { return digest_; }

 private:
  Digest digest_{1, 2};
};

Digest digest_of(const CrashState& state) {
  Digester digester;
  digester.add(std::as_bytes(std::span(state.note)));
  for (const auto& [path, bytes] : state.files) {
    digester.add(std::as_bytes(std::span(path)));
    digester.add(bytes);
  }
  return digester.digest();
}

void apply(const CrashUnit& unit, Bytes& content) {
  if (unit.kind == CrashUnit::Kind::size) {
    content.resize(unit.size);
    return;
  }
  if (unit.offset >= content.size()) return;
  const std::size_t length = std::min(unit.bytes.size(), content.size() - unit.offset);
  std::copy_n(unit.bytes.begin(), length,
              content.begin() + static_cast<std::ptrdiff_t>(unit.offset));
}

// What is left of a moment when `kept` survives.
CrashState state_of(const CrashWatch::Moment& moment, const std::vector<bool>& kept) {
  std::map<std::string, std::uint32_t> names = moment.names;
  std::vector<Bytes> contents = moment.durable;
  const std::vector<std::shared_ptr<Inode>>& files = moment.graph.files;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (!kept[i]) continue;
    const CrashUnit& unit = moment.graph.units[i];
    if (unit.kind != CrashUnit::Kind::names) {
      apply(unit, contents[unit.file]);
      continue;
    }
    for (const auto& [path, file] : unit.names) {
      const auto found = std::find(files.begin(), files.end(), file);
      if (file == nullptr || found == files.end()) {
        names.erase(path);
      } else {
        names.insert_or_assign(path, static_cast<std::uint32_t>(found - files.begin()));
      }
    }
  }
  CrashState state{.note = moment.note, .change = moment.change};
  for (const auto& [path, file] : names) state.files.emplace(path, contents[file]);
  return state;
}

}  // namespace
}  // namespace sim

void CrashHistory::note(std::string text) {
  watch_.note(std::move(text));
}

RunSummary CrashState::run(const std::function<void()>& recovery, std::uint64_t seed) const {
  Simulation simulation(calm_options(seed));
  simulation.node("n1", recovery);
  fill(simulation.engine().cluster().at(1).disk, files);
  simulation.run_for(kLongest);
  return simulation.summary();
}

Result<CrashStateCount> for_each_crash_state(const std::function<void(CrashHistory&)>& workload,
                                             const std::function<bool(const CrashState&)>& f,
                                             const CrashStateOptions& options) {
  NORN_ASSERT(options.grain == 512 || options.grain == 4096,
              "what a crash leaves whole is a sector of 512 bytes or a page of 4096");
  sim::Disk watched;  // outlives the moments, whose files refer to its space
  const auto watch = std::make_shared<sim::CrashWatch>(options.grain);
  {
    Simulation simulation(calm_options(options.seed));
    simulation.node("n1", [&] {
      CrashHistory history(*watch);
      workload(history);
    });
    sim::Disk& disk = simulation.engine().cluster().at(1).disk;
    fill(disk, options.files);
    watch->watch(disk);
    disk.set_trouble(watch);
    simulation.run_for(kLongest);
    disk.set_trouble(nullptr);
    watched = std::move(disk);
    const RunSummary summary = simulation.summary();
    if (summary.violation) {
      return Error{Errc::invalid, "the workload failed: " + summary.violation->property + ": " +
                                      summary.violation->detail};
    }
  }
  CrashStateCount count{.changes = watch->changes()};
  std::set<sim::Digest> seen;
  for (const sim::CrashWatch::Moment& moment : watch->moments()) {
    std::vector<bool> kept(moment.graph.units.size());
    do {
      if (++count.sets > options.most_sets) {
        return Error{Errc::too_large,
                     "more than " + std::to_string(options.most_sets) +
                         " sets of changes may survive: make the history shorter, or let it sync "
                         "more often (at change " +
                         std::to_string(moment.change) + " there are " +
                         std::to_string(moment.graph.units.size()) + " that are not synced)"};
      }
      const CrashState state = sim::state_of(moment, kept);
      if (!seen.insert(sim::digest_of(state)).second) continue;
      ++count.states;
      if (f(state)) continue;
      count.whole = false;
      return count;
    } while (sim::next_closed_subset(moment.graph, kept));
  }
  return count;
}

}  // namespace norn
