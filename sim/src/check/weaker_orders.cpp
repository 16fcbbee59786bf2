// Causal memory and PRAM: for each process an order of its own, which must have no cycle.
//
// What is before an access is, with each access of a process, all that the process did before it:
// so a vector of counts, one a process, says all of it (Mattern, Virtual time and global states of
// distributed systems, 1989).
#include <algorithm>
#include <utility>
#include <vector>

#include "check/weaker_registers.hpp"

namespace norn::check {

namespace {

using Edge = std::pair<std::uint32_t, std::uint32_t>;

// Order is a relation on accesses that contains the order of each process, and its closure.
class Order {
 public:
  explicit Order(const RegisterHistory& registers)
      : registers_(registers),
        width_(registers.processes()),
        clocks_(registers.accesses().size() * registers.processes(), 0) {
    for (std::uint32_t process = 0; process < width_; ++process) {
      const std::uint32_t after = registers.begins_after(process);
      if (after != kNone) add(after, registers.begin(process));
    }
  }

  void add(std::uint32_t before, std::uint32_t after) { edges_.emplace_back(before, after); }

  // close() computes the closure; false if there is a cycle, which `cycle` then holds.
  bool close(std::vector<std::uint32_t>& cycle);

  bool precedes(std::uint32_t a, std::uint32_t b) const {
    const Access& access = registers_.accesses()[a];
    return clock(b, access.process) > access.place;
  }
  // How many accesses of the process are before an access.
  std::uint32_t clock(std::uint32_t access, std::uint32_t process) const {
    return clocks_[std::size_t{access} * width_ + process];
  }

 private:
  std::vector<std::uint32_t> successors(std::uint32_t access) const;
  std::vector<std::uint32_t> find_cycle(const std::vector<std::uint32_t>& waiting) const;

  const RegisterHistory& registers_;
  std::size_t width_;
  std::vector<std::uint32_t> clocks_;
  std::vector<Edge> edges_;
  std::vector<std::uint32_t> first_;  // of edges_, sorted, by their beginning
};

std::vector<std::uint32_t> Order::successors(std::uint32_t access) const {
  std::vector<std::uint32_t> next;
  const Access& here = registers_.accesses()[access];
  if (access + 1 < registers_.end(here.process)) next.push_back(access + 1);
  for (std::uint32_t i = first_[access]; i < first_[access + 1]; ++i)
    next.push_back(edges_[i].second);
  return next;
}

bool Order::close(std::vector<std::uint32_t>& cycle) {
  const auto count = static_cast<std::uint32_t>(registers_.accesses().size());
  std::sort(edges_.begin(), edges_.end());
  first_.assign(count + 1, 0);
  for (const Edge& edge : edges_) ++first_[edge.first + 1];
  for (std::uint32_t i = 0; i < count; ++i) first_[i + 1] += first_[i];
  std::vector<std::uint32_t> waiting(count, 0);
  for (const Edge& edge : edges_) ++waiting[edge.second];
  for (const Access& access : registers_.accesses()) {
    if (access.place != 0) ++waiting[registers_.begin(access.process) + access.place];
  }
  std::vector<std::uint32_t> ready;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (waiting[i] == 0) ready.push_back(i);
  }
  std::fill(clocks_.begin(), clocks_.end(), 0);
  std::uint32_t done = 0;
  while (!ready.empty()) {
    const std::uint32_t from = ready.back();
    ready.pop_back();
    ++done;
    const Access& here = registers_.accesses()[from];
    for (const std::uint32_t to : successors(from)) {
      for (std::size_t i = 0; i < width_; ++i) {
        std::uint32_t& known = clocks_[std::size_t{to} * width_ + i];
        known = std::max(known, clocks_[std::size_t{from} * width_ + i]);
      }
      std::uint32_t& known = clocks_[std::size_t{to} * width_ + here.process];
      known = std::max(known, here.place + 1);
      if (--waiting[to] == 0) ready.push_back(to);
    }
  }
  if (done == count) return true;
  cycle = find_cycle(waiting);
  return false;
}

// What still waits for something has a predecessor that waits too: going back ends in a circle.
std::vector<std::uint32_t> Order::find_cycle(const std::vector<std::uint32_t>& waiting) const {
  const auto count = static_cast<std::uint32_t>(waiting.size());
  std::vector<std::uint32_t> before(count, kNone);
  std::uint32_t at = kNone;
  for (std::uint32_t from = 0; from < count; ++from) {
    if (waiting[from] == 0) continue;
    at = from;
    for (const std::uint32_t to : successors(from)) {
      if (waiting[to] != 0) before[to] = from;
    }
  }
  std::vector<std::uint8_t> met(count, 0);
  for (; met[at] == 0; at = before[at]) met[at] = 1;
  std::vector<std::uint32_t> cycle{at};
  for (std::uint32_t each = before[at]; each != at; each = before[each]) cycle.push_back(each);
  std::reverse(cycle.begin(), cycle.end());
  return cycle;
}

std::string listed(const RegisterHistory& registers, const std::vector<std::uint32_t>& accesses) {
  std::string text;
  for (const std::uint32_t each : accesses) text += "\n  " + registers.text(each);
  return text;
}

// The last write to a key before an access, by process; kNone.
std::uint32_t last_write(const RegisterHistory& registers, const Order& order,
                         std::uint32_t process, std::uint32_t key, std::uint32_t access) {
  return registers.last_write(process, key, order.clock(access, process));
}

// The patterns that concern one order of all: WriteCOInitRead and WriteCORead.
std::optional<ConsistencyBreach> find_overwritten(const RegisterHistory& registers,
                                                  const Order& order) {
  const std::vector<Access>& all = registers.accesses();
  for (std::uint32_t read = 0; read < all.size(); ++read) {
    if (all[read].write) continue;
    for (std::uint32_t process = 0; process < registers.processes(); ++process) {
      const std::uint32_t write = last_write(registers, order, process, all[read].key, read);
      if (write == kNone || write == all[read].from) continue;
      if (all[read].from == kNone) {
        return registers.breach(
            "WriteCOInitRead",
            "a write is causally before a read of nothing:" + listed(registers, {write, read}),
            {write, read});
      }
      if (!order.precedes(all[read].from, write)) continue;
      return registers.breach("WriteCORead",
                              "what was read is causally overwritten before the read:" +
                                  listed(registers, {all[read].from, write, read}),
                              {all[read].from, write, read});
    }
  }
  return std::nullopt;
}

// The order of one process: whatever is before one of its reads, and writes the same key, is before
// the write that was read. `base` are the edges beside those of the processes.
std::optional<ConsistencyBreach> find_in_order_of(const RegisterHistory& registers,
                                                  std::uint32_t process,
                                                  const std::vector<Edge>& base) {
  const std::vector<Access>& all = registers.accesses();
  Order order(registers);
  for (const Edge& edge : base) order.add(edge.first, edge.second);
  while (true) {
    std::vector<std::uint32_t> cycle;
    if (!order.close(cycle)) {
      return registers.breach("CyclicHB",
                              "no order explains what one client saw, each must be before the "
                              "next:" +
                                  listed(registers, cycle),
                              cycle);
    }
    bool grew = false;
    for (std::uint32_t read = registers.begin(process); read < registers.end(process); ++read) {
      if (all[read].write) continue;
      for (std::uint32_t other = 0; other < registers.processes(); ++other) {
        const std::uint32_t write = last_write(registers, order, other, all[read].key, read);
        if (write == kNone || write == all[read].from) continue;
        if (all[read].from == kNone) {
          return registers.breach(
              "WriteHBInitRead",
              "a write must be before a read of nothing:" + listed(registers, {write, read}),
              {write, read});
        }
        if (order.precedes(write, all[read].from)) continue;
        order.add(write, all[read].from);
        grew = true;
      }
    }
    if (!grew) return std::nullopt;
  }
}

}  // namespace

std::optional<ConsistencyBreach> find_causal_breach(const RegisterHistory& registers) {
  const std::vector<Access>& all = registers.accesses();
  std::vector<Edge> reads;
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    if (all[i].from != kNone) reads.emplace_back(all[i].from, i);
  }
  Order causal(registers);
  for (const Edge& edge : reads) causal.add(edge.first, edge.second);
  std::vector<std::uint32_t> cycle;
  if (!causal.close(cycle)) {
    return registers.breach(
        "CyclicCO", "what was read was written because of the read:" + listed(registers, cycle),
        cycle);
  }
  if (auto found = find_overwritten(registers, causal)) return found;
  for (std::uint32_t process = 0; process < registers.processes(); ++process) {
    // Only what the process' last access depends on.
    const std::uint32_t last = registers.end(process) - 1;
    std::vector<Edge> past;
    for (const Edge& edge : reads) {
      if (edge.second == last || causal.precedes(edge.second, last)) past.push_back(edge);
    }
    if (auto found = find_in_order_of(registers, process, past)) return found;
  }
  return std::nullopt;
}

std::optional<ConsistencyBreach> find_pram_breach(const RegisterHistory& registers) {
  const std::vector<Access>& all = registers.accesses();
  for (std::uint32_t process = 0; process < registers.processes(); ++process) {
    std::vector<Edge> own;
    for (std::uint32_t i = registers.begin(process); i < registers.end(process); ++i) {
      if (all[i].from != kNone) own.emplace_back(all[i].from, i);
    }
    if (auto found = find_in_order_of(registers, process, own)) return found;
  }
  return std::nullopt;
}

}  // namespace norn::check
