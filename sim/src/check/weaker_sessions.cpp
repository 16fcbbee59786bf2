// The session guarantees. For each session (process) there must be one order of the writes in which
// every read gives the last of those that the guarantee makes it see. A single read of a single key
// cannot show that a write came without its forerunners: so for these the session's own reads are
// taken to be monotonic.
#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "check/weaker_registers.hpp"

namespace norn::check {

namespace {

class Sessions {
 public:
  Sessions(const RegisterHistory& registers, Consistency guarantee)
      : registers_(registers), all_(registers.accesses()), guarantee_(guarantee) {
    add_orders_of_all();
  }

  std::optional<ConsistencyBreach> find() {
    for (std::uint32_t process = 0; process < registers_.processes(); ++process) {
      if (auto found = find_in(process)) return found;
    }
    return std::nullopt;
  }

 private:
  using Edges = std::map<std::uint32_t, std::set<std::uint32_t>>;

  // What the guarantee says of writes alone.
  void add_orders_of_all() {
    for (std::uint32_t process = 0; process < registers_.processes(); ++process) {
      const std::uint32_t after = registers_.begins_after(process);
      std::set<std::uint32_t> before;
      if (after != kNone) {
        for (std::uint32_t i = registers_.begin(all_[after].process); i <= after; ++i)
          follow(i, before);
      }
      for (std::uint32_t i = registers_.begin(process); i < registers_.end(process); ++i) {
        if (all_[i].write && !before.empty()) {
          for (const std::uint32_t each : before) of_all_[each].insert(i);
          needs_[i] = before;
        }
        follow(i, before);
      }
    }
  }

  // What is before the next write of a session, after one more of its accesses.
  void follow(std::uint32_t access, std::set<std::uint32_t>& before) const {
    const Access& here = all_[access];
    if (here.write && guarantee_ == Consistency::monotonic_writes) before = {access};
    if (here.from != kNone && guarantee_ == Consistency::writes_follow_reads)
      before.insert(here.from);
  }

  // The writes to the key of a read that it must see beside the one that it gave.
  std::set<std::uint32_t> must_see(std::uint32_t read) const {
    const Access& here = all_[read];
    std::set<std::uint32_t> seen;
    const auto take = [&](std::uint32_t write) {
      if (write != kNone && write != here.from && all_[write].key == here.key) seen.insert(write);
    };
    std::vector<std::uint32_t> open;  // what the session saw, up to this read
    for (std::uint32_t i = registers_.begin(here.process); i <= read; ++i) {
      if (guarantee_ == Consistency::read_your_writes && all_[i].write) take(i);
      if (!all_[i].write && all_[i].from != kNone) open.push_back(all_[i].from);
    }
    if (guarantee_ == Consistency::read_your_writes) return seen;
    std::set<std::uint32_t> met;
    while (!open.empty()) {
      const std::uint32_t write = open.back();
      open.pop_back();
      if (!met.insert(write).second) continue;
      take(write);
      if (const auto before = needs_.find(write); before != needs_.end())
        open.insert(open.end(), before->second.begin(), before->second.end());
    }
    return seen;
  }

  std::optional<ConsistencyBreach> find_in(std::uint32_t process) {
    Edges edges = of_all_;
    std::uint32_t last_read = kNone;
    for (std::uint32_t read = registers_.begin(process); read < registers_.end(process); ++read) {
      if (all_[read].write) continue;
      last_read = read;
      for (const std::uint32_t write : must_see(read)) {
        if (all_[read].from == kNone) {
          return registers_.breach(std::string(name(guarantee_)),
                                   "what must be seen is not:\n  " + registers_.text(write) +
                                       "\n  " + registers_.text(read),
                                   {write, read});
        }
        edges[write].insert(all_[read].from);
      }
    }
    if (last_read == kNone) return std::nullopt;
    return find_cycle(edges, process);
  }

  // Writes that have nothing after them are taken away, until none is left or all are in circles.
  std::optional<ConsistencyBreach> find_cycle(const Edges& edges, std::uint32_t process) const {
    std::map<std::uint32_t, std::size_t> out;
    std::map<std::uint32_t, std::vector<std::uint32_t>> into;
    for (const auto& [from, targets] : edges) {
      out[from] += targets.size();
      for (const std::uint32_t to : targets) {
        out.emplace(to, 0);
        into[to].push_back(from);
      }
    }
    std::vector<std::uint32_t> ready;
    for (const auto& [write, count] : out) {
      if (count == 0) ready.push_back(write);
    }
    std::size_t gone = 0;
    while (!ready.empty()) {
      const std::uint32_t write = ready.back();
      ready.pop_back();
      ++gone;
      for (const std::uint32_t from : into[write]) {
        if (--out[from] == 0) ready.push_back(from);
      }
    }
    if (gone == out.size()) return std::nullopt;
    std::uint32_t at = kNone;
    for (const auto& [write, count] : out) {
      if (count != 0) at = write;
    }
    std::vector<std::uint32_t> path;
    while (std::find(path.begin(), path.end(), at) == path.end()) {
      path.push_back(at);
      for (const std::uint32_t next : edges.at(at)) {
        if (out.at(next) != 0) {
          at = next;
          break;
        }
      }
    }
    path.erase(path.begin(), std::find(path.begin(), path.end(), at));
    std::string story = "client " +
                        std::to_string(registers_.operation(registers_.begin(process)).process) +
                        " saw these writes each after the one before, in a circle:";
    for (const std::uint32_t each : path) story += "\n  " + registers_.text(each);
    return registers_.breach(std::string(name(guarantee_)), std::move(story), path);
  }

  const RegisterHistory& registers_;
  const std::vector<Access>& all_;
  Consistency guarantee_;
  Edges of_all_;
  Edges needs_;  // what a write must be seen with
};

}  // namespace

std::optional<ConsistencyBreach> find_session_breach(const RegisterHistory& registers,
                                                     Consistency guarantee) {
  return Sessions(registers, guarantee).find();
}

}  // namespace norn::check
