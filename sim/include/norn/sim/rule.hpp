// Rules: what happens to chosen messages, said by the scenario.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "norn/runtime/time.hpp"

namespace norn {

namespace sim {
class RuleTable;
}

// Which messages a rule is for: those that everything here fits.
struct RuleMatch {
  std::vector<std::string> from{};  // names of nodes; empty: any
  std::vector<std::string> to{};
  // The unqualified name of the type that is sent, as in traces: "RequestVote", "tcp.SYN",
  // "udp.DATAGRAM"; empty: any.
  std::string message_class{};
  std::string content{};  // the payload has these bytes somewhere
  // Called with the payload, while the message is being sent; must not block nor send.
  std::function<bool(std::span<const std::byte>)> predicate{};
  // Of the messages that all this fits, only the nth since the rule was made, from 1. 0: each.
  std::uint64_t nth = 0;
};

// What is done with a message.
class RuleVerdict {
 public:
  enum class Kind : std::uint8_t { pass, drop, deliver_after, duplicate, corrupt };

  // pass(): the link treats it as ever, and no later rule sees it.
  static RuleVerdict pass() { return {Kind::pass, {}}; }
  static RuleVerdict drop() { return {Kind::drop, {}}; }
  // deliver_after(): it arrives exactly so much later, whatever the link would have done; only
  // partitions and holds still stand in its way.
  static RuleVerdict deliver_after(Duration delay) { return {Kind::deliver_after, delay}; }
  // duplicate(): one copy more, with a delay of its own.
  static RuleVerdict duplicate() { return {Kind::duplicate, {}}; }
  // corrupt(): one bit is flipped, which one is a keyed choice, and no checksum finds it.
  static RuleVerdict corrupt() { return {Kind::corrupt, {}}; }

  Kind kind() const { return kind_; }
  Duration delay() const { return delay_; }

 private:
  RuleVerdict(Kind kind, Duration delay) : kind_(kind), delay_(delay) {}
  Kind kind_;
  Duration delay_;
};

// Rule takes its rule away when it dies. It may outlive its simulation.
class [[nodiscard]] Rule {
 public:
  Rule() = default;
  Rule(Rule&& other) noexcept = default;
  Rule& operator=(Rule&& other) noexcept;
  Rule(const Rule&) = delete;
  Rule& operator=(const Rule&) = delete;
  ~Rule() { remove(); }

  void remove();
  // keep() leaves the rule in force to the end of the simulation.
  void keep() { table_.reset(); }
  // applied() is how many messages it has judged; 0 after remove() or keep().
  std::uint64_t applied() const;

 private:
  friend class Simulation;
  Rule(std::weak_ptr<sim::RuleTable> table, std::uint32_t number)
      : table_(std::move(table)), number_(number) {}

  std::weak_ptr<sim::RuleTable> table_;
  std::uint32_t number_ = 0;
};

}  // namespace norn
