// The handlers of process faults that have a file of their own.
#pragma once

#include <memory>

#include "faults/fault_effect.hpp"

namespace norn::sim {

using BegunEffect = std::shared_ptr<FaultEffect>;

BegunEffect crash_loop(const FaultScene& scene, const BegunFault& begun);
BegunEffect crash_in_recovery(const FaultScene& scene, const BegunFault& begun);
BegunEffect pause(const FaultScene& scene, const BegunFault& begun);
BegunEffect slow_cpu(const FaultScene& scene, const BegunFault& begun);
BegunEffect memory_limit(const FaultScene& scene, const BegunFault& begun);
BegunEffect shutdown(const FaultScene& scene, const BegunFault& begun);
BegunEffect upgrade(const FaultScene& scene, const BegunFault& begun);
BegunEffect wipe_disk(const FaultScene& scene, const BegunFault& begun);
BegunEffect swap_disk(const FaultScene& scene, const BegunFault& begun);

}  // namespace norn::sim
