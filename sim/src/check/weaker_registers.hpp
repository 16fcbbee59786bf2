// Histories of reads and writes in which every value tells who wrote it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "check/models/tables.hpp"
#include "norn/check/history.hpp"
#include "norn/check/weaker.hpp"

namespace norn::check {

// An access is a read or a write. They are numbered by process, then in the order of the process. A
// write of unknown outcome is before nothing, for it may have taken effect at any time: unless it
// is the last of its process, it counts as a process of its own that goes on from there.
struct Access {
  OperationId id = kNone;
  std::uint32_t process = 0;  // from 0
  std::uint32_t place = 0;    // in its process, from 0
  std::uint32_t key = 0;
  bool write = false;
  std::uint32_t from = kNone;  // of a read: the write it saw; kNone: nothing was written before
};

// RegisterHistory finds out who read from whom. Reads that did not complete are left out, and so
// are writes of unknown outcome that nobody read.
class RegisterHistory {
 public:
  static Result<RegisterHistory> make(const History& history);

  const History& history() const { return *history_; }
  const std::vector<Access>& accesses() const { return accesses_; }
  std::uint32_t processes() const { return static_cast<std::uint32_t>(begins_.size() - 1); }
  // The accesses of a process: [begin, end).
  std::uint32_t begin(std::uint32_t process) const { return begins_[process]; }
  std::uint32_t end(std::uint32_t process) const { return begins_[process + 1]; }
  const Operation& operation(std::uint32_t access) const {
    return history_->operation(accesses_[access].id);
  }
  // The access after which a process begins, of those that are one write; kNone.
  std::uint32_t begins_after(std::uint32_t process) const { return begins_after_[process]; }
  // The last write of a process to a key among its first `count` accesses; kNone.
  std::uint32_t last_write(std::uint32_t process, std::uint32_t key, std::uint32_t count) const;

  // A read of what nobody wrote.
  const std::optional<ConsistencyBreach>& thin_air() const { return thin_air_; }

  // "client 1: write(x, 1) (FILE:3)", and a breach that names some accesses.
  std::string text(std::uint32_t access) const;
  ConsistencyBreach breach(std::string pattern, std::string story,
                           const std::vector<std::uint32_t>& accesses) const;

 private:
  void add_access(OperationId id, std::uint32_t key);
  void end_process(std::uint32_t begins_after);

  const History* history_ = nullptr;
  std::vector<Access> accesses_;
  std::vector<std::uint32_t> begins_;
  std::vector<std::uint32_t> begins_after_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::uint32_t>> writes_;
  std::optional<ConsistencyBreach> thin_air_;
};

// Each is one promise, or some of them; nothing if it is kept.
std::optional<ConsistencyBreach> find_causal_breach(const RegisterHistory& registers);
std::optional<ConsistencyBreach> find_pram_breach(const RegisterHistory& registers);
std::optional<ConsistencyBreach> find_session_breach(const RegisterHistory& registers,
                                                     Consistency guarantee);
std::optional<ConsistencyBreach> find_regularity_breach(const RegisterHistory& registers);

}  // namespace norn::check
