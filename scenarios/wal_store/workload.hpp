// Clients of the store, and what they have a right to expect.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <norn/sim.hpp>

namespace wal_store {

struct Put {
  using Reply = bool;
  std::string key;
  std::uint64_t version = 0;
};
struct Get {
  struct Reply {
    bool served = false;
    std::string value;  // empty: there is none
  };
  std::string key;
};

// value_of() is what a client puts: the key, the version, and a filling that follows from both, so
// that one that nobody put is known.
std::string value_of(std::string_view key, std::uint64_t version);
// version_of() is nothing for a value that nobody can have put; 0 for an empty one.
std::optional<std::uint64_t> version_of(std::string_view key, std::string_view value);

// Expectations knows, for each key, what was asked and what was promised. Each key has one client,
// which puts one version after the other; a put without an answer may have happened or not.
class Expectations {
 public:
  explicit Expectations(norn::Simulation& sim) : sim_(sim) {}

  void asked(const std::string& key, std::uint64_t version) { keys_[key].asked = version; }
  // promised() is called when a put was acknowledged, or its value was read: the store shows only
  // what is safe.
  void promised(const std::string& key, std::uint64_t version);
  void read(const std::string& key, std::string_view value);
  std::uint64_t next_version(const std::string& key) const;

  std::uint64_t acknowledged() const { return acknowledged_; }
  norn::TimePoint last_answer() const { return last_answer_; }

 private:
  struct Key {
    std::uint64_t asked = 0;
    std::uint64_t promised = 0;
  };

  norn::Simulation& sim_;
  std::map<std::string, Key> keys_;
  std::uint64_t acknowledged_ = 0;
  norn::TimePoint last_answer_{};
};

// client() puts and gets two keys of its own, for ever.
[[noreturn]] void client(const std::string& name, Expectations& expectations);

}  // namespace wal_store
