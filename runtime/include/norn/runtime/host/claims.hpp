// Claims: the properties that node code states, and who is told of them.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>
#include <vector>

namespace norn::host {

enum class ClaimKind : std::uint8_t { always, sometimes, reachable, unreachable };
std::string_view name(ClaimKind kind);

// Claim is a property of the program's text. It is known from before main() on, for as long as the
// program runs; two of one name and kind are one property.
class Claim {
 public:
  Claim(std::string_view name, ClaimKind kind);
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

  std::string_view name() const { return name_; }
  ClaimKind kind() const { return kind_; }
  std::uint32_t number() const { return number_; }  // from 0, in no order that means anything

 private:
  friend std::vector<const Claim*> claims();
  friend void claim(const Claim& claim, bool holds, std::string_view detail);

  std::string_view name_;
  ClaimKind kind_;
  std::uint32_t number_;
  const Claim* next_;
  mutable std::atomic<bool> told_{false};
};

// claims() are those of the whole program, by name and kind; of two that are one property, one.
std::vector<const Claim*> claims();

// What a claim was found to be, at one time that node code came by.
struct ClaimResult {
  bool holds = true;
  bool has_room = false;
  std::int64_t room = 0;  // by how much it holds; below 0: by how much it does not
  std::string_view detail{};
};

// Whoever is told of claims: a simulation, while it runs on this thread.
class ClaimSink {
 public:
  ClaimSink() = default;
  ClaimSink(const ClaimSink&) = delete;
  ClaimSink& operator=(const ClaimSink&) = delete;
  virtual ~ClaimSink() = default;
  virtual void claimed(const Claim& claim, const ClaimResult& result) = 0;
};

struct AttachedClaims {
  ClaimSink* sink = nullptr;
  // tidy: allow thread-local (a claim costs little more than the test of it)
  static constinit thread_local AttachedClaims here;
};
// tidy: allow thread-local (it)
inline constinit thread_local AttachedClaims AttachedClaims::here{};

// claim() tells the simulation of this thread. Outside of one a claim that does not hold is said on
// standard error, the first time of each claim, and the program goes on.
void claim(const Claim& claim, bool holds, std::string_view detail);
void claim_numbers(const Claim& claim, std::int64_t room, std::int64_t left, std::int64_t right);

}  // namespace norn::host
