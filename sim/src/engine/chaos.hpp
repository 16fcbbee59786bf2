// RunChaos: the knobs, the buggify places and the clients' operations of one run.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/client_operations.hpp"
#include "engine/core.hpp"
#include "norn/runtime/host/chaos.hpp"
#include "norn/sim/sim_options.hpp"

namespace norn::sim {

// Knobs become known when they are asked for; each keeps its value for the run. A place of
// buggify() is armed or not when it is first passed. All of it are keyed choices, by name.
class RunChaos final : public host::Chaos {
 public:
  RunChaos(Core& core, const SimOptions& options)
      : core_(core), options_(options), operations_(core, options) {}

  bool buggify(const host::Process& process, const host::BuggifyPlace& place) override;
  std::int64_t knob(const host::KnobSpec& spec) override;
  host::OperationTurn operation(host::Fiber& fiber) override { return operations_.next(fiber); }

  // begin() records the knobs that were asked for before there was a trace.
  void begin();
  // value_problem() is what is wrong with a value that was set; unasked() names a knob that was set
  // and that nobody asked for.
  const std::optional<std::string>& value_problem() const { return problem_; }
  std::optional<std::string> unasked() const;

  std::vector<KnobValue> knobs() const;      // by name
  std::vector<BuggifyCount> places() const;  // by name
  const ClientOperations& operations() const { return operations_; }

 private:
  struct Knob {
    host::KnobType type = host::KnobType::number;
    std::int64_t standard = 0;
    std::int64_t least = 0;
    std::int64_t most = 0;
    std::int64_t value = 0;
  };
  struct Place {
    std::string name;
    std::string where;
    bool armed = false;
    std::uint64_t passed = 0;
    std::uint64_t fired = 0;
    std::map<host::NodeId, std::uint64_t> passes;
  };

  std::int64_t drawn(std::string_view name, const host::KnobSpec& spec) const;
  std::int64_t set_by_hand(const std::string& text, const host::KnobSpec& spec);
  void note(const std::string& name, const Knob& knob);
  void note(trace::NodeId node, const std::string& text);

  Core& core_;
  const SimOptions& options_;
  std::map<std::string, Knob, std::less<>> knobs_;
  std::map<std::uint64_t, Place> places_;  // by key
  std::optional<std::string> problem_;
  ClientOperations operations_;
};

}  // namespace norn::sim
