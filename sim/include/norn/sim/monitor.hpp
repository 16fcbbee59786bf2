// Monitor: states of a run that must not last.
#pragma once

#include <cstddef>
#include <string_view>

namespace norn {

class Simulation;
namespace sim {
class Engine;
}

// Monitor is told, by node code or by the scenario, when something begins that must end: a request
// without an answer, a replica behind its leader. Such a state is hot until it is cold. Its
// temperature is the time for which it was hot while no fault was active and none was to come;
// a state that reaches the limit of its monitor violates the run. (After the liveness monitors of
// P#, Desai et al. 2013, and the temperature of Coyote.) Copies are the same monitor, which lives
// as long as its simulation.
class Monitor {
 public:
  // hot() begins the state of this name, unless it is hot. cold() ends it, if it is.
  void hot(std::string_view state);
  void cold(std::string_view state);
  // again() ends the state and begins it anew: something went on.
  void again(std::string_view state) {
    cold(state);
    hot(state);
  }

 private:
  friend class Simulation;
  Monitor(sim::Engine& engine, std::size_t number) : engine_(&engine), number_(number) {}

  sim::Engine* engine_;
  std::size_t number_;
};

}  // namespace norn
