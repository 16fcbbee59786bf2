#include "master_backup/server.hpp"

#include <utility>

using namespace std::chrono_literals;

namespace master_backup {
namespace {

constexpr norn::CallOptions kSoon{.timeout = 30ms};

}  // namespace

Server::Server(ServerOptions options, Copies& copies)
    : options_(std::move(options)), copies_(copies) {
  copies_.empty[options_.number] = true;
}

void Server::run() {
  life_ = 1 + norn::random("life").below(1'000'000'000);
  // At the start the first one is the master; who starts later is heard or not.
  heard_at_ = norn::now() + (options_.number == 0 ? 0ms : 200ms);
  norn::spawn("lease", [this] { keep_lease(); }).detach();
  norn::spawn("replicate", [this] { replicate_always(); }).detach();
  norn::serve([this](const Append& request) { return append(request.entry); },
              [this](const Count&) {
                return serves() ? static_cast<std::int64_t>(log_.size()) : std::int64_t{-1};
              },
              [this](const Replicate& from) { return take(from); });
}

bool Server::serves() const {
  if (!master_) return false;
  return options_.promotes_itself || norn::now() < lease_until_;
}

void Server::not_empty() {
  empty_ = false;
  copies_.empty[options_.number] = false;
}

bool Server::append(std::uint64_t entry) {
  if (!serves()) return false;
  log_.push_back(entry);
  const std::uint64_t term = term_;
  const bool kept = replicate() || alone_ || options_.promotes_itself || options_.answers_alone ||
                    tell_witness(true);
  return kept && term == term_ && serves();
}

// The backup takes what a master of its term or a later one has. An old message is shorter than
// what it knows, or for an earlier life of it, and changes nothing.
Copied Server::take(const Replicate& from) {
  const Copied refused{0, life_};
  if (from.life != life_) return refused;
  if (from.term < term_ || (master_ && from.term == term_)) return refused;
  if (from.term == term_ && from.log.size() < log_.size()) return refused;
  term_ = from.term;
  log_ = from.log;
  master_ = false;
  heard_at_ = norn::now();
  not_empty();
  return {1, life_};
}

// Asks the witness for the lease again and again: as the master, or when the master is silent.
void Server::keep_lease() {
  const norn::Duration silence = norn::knob("silence", 60ms, {10ms, 500ms});
  for (;; norn::sleep_for(20ms)) {
    if (norn::buggify("renews late")) norn::sleep_for(70ms);
    const norn::TimePoint asked = norn::now();
    if (!master_ && asked < heard_at_ + silence) continue;
    if (options_.promotes_itself) {
      if (!master_) ++term_;
      master_ = true;
      not_empty();
      continue;
    }
    const auto term = norn::call("witness", Claim{options_.number, empty_ ? 1U : 0U}, kSoon);
    if (!term) continue;
    if (*term == 0 || *term < term_) {
      if (*term == 0) master_ = false;
      continue;
    }
    if (!master_ || *term != term_) alone_ = false;
    term_ = *term;
    master_ = true;
    lease_until_ = asked + kLease;
    not_empty();
  }
}

void Server::replicate_always() {
  for (;; norn::sleep_for(10ms)) {
    if (serves()) replicate();
  }
}

bool Server::replicate() {
  for (;;) {
    const Replicate all{term_, peer_life_, log_};
    const auto copied = norn::call(options_.peer, all, kSoon);
    if (!copied) return false;
    if (copied->taken != 0) break;
    if (copied->life == all.life) return false;
    peer_life_ = copied->life;  // it has started again: this is its first log
  }
  // From now on the backup counts again, whether or not the witness hears of it.
  if (std::exchange(alone_, false)) tell_witness(false);
  return true;
}

bool Server::tell_witness(bool misses) {
  const BackupMisses news{term_, ++changes_, misses ? 1U : 0U};
  const bool known = norn::call("witness", news, kSoon).value_or(false);
  if (misses && known) alone_ = true;
  return known;
}

}  // namespace master_backup
