// Server: one of the two copies of the log.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <norn/runtime.hpp>

#include "master_backup/messages.hpp"

namespace master_backup {

inline constexpr norn::Duration kLease = std::chrono::milliseconds(80);

// What the scenario sees of the servers from outside.
struct Copies {
  bool empty[2] = {true, true};
};

struct ServerOptions {
  std::uint64_t number = 0;  // 0 or 1
  std::string peer{};
  bool promotes_itself = false;  // planted: variant promotes-itself
  bool answers_alone = false;    // planted: variant answers-alone
};

// The master serves while it has the lease of the witness, and answers a client once the backup has
// the entry as well, or the witness knows that it does not. The backup asks the witness for the
// lease when it has not heard from the master for a while.
class Server {
 public:
  Server(ServerOptions options, Copies& copies);
  [[noreturn]] void run();

 private:
  bool serves() const;
  bool append(std::uint64_t entry);
  Copied take(const Replicate& from);
  [[noreturn]] void keep_lease();
  [[noreturn]] void replicate_always();
  bool replicate();
  bool tell_witness(bool misses);
  void not_empty();

  ServerOptions options_;
  Copies& copies_;
  std::vector<std::uint64_t> log_;
  std::uint64_t term_ = 0;
  bool master_ = false;
  bool empty_ = true;
  bool alone_ = false;  // the witness knows that the backup misses entries
  std::uint64_t changes_ = 0;
  std::uint64_t life_ = 0;       // different each time that the server starts
  std::uint64_t peer_life_ = 0;  // what the other one said last
  norn::TimePoint lease_until_{};
  norn::TimePoint heard_at_{};
};

}  // namespace master_backup
