// BadInput: what a person gave does not fit the scenario.
#pragma once

#include <stdexcept>
#include <string>

namespace norn {

// BadInput is thrown out of Simulation::run(), run_for() and run_until() when the options turn out
// to make no sense for this cluster, which is known only then: a fault plan that names a node that
// is not there. The message is one line that says what and where. The scenario program prints it
// and exits with 2; run_seeds() lets it pass.
class BadInput : public std::runtime_error {
 public:
  explicit BadInput(const std::string& message) : std::runtime_error(message) {}
};

}  // namespace norn
