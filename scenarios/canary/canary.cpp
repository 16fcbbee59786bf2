// A canary: it dies in one run of a hundred. A campaign that does not see that sees nothing.
// Invariant: the canary lives.          Faults: none are needed.
#include <norn/sim.hpp>

using namespace std::chrono_literals;

NORN_SCENARIO(canary, "a canary that dies in one run of a hundred, whatever the faults",
              {.time = 1s, .faults = "calm"}) {
  sim.node("canary",
           [&sim] {
             for (int breath = 1; breath <= 10; ++breath) {
               norn::sleep_for(50ms);
               // 1 - (1 - 1/1000)^10 is very nearly 1/100.
               if (norn::random("gas").chance(1, 1000))
                 sim.violation("the canary lives", "it died at breath " + std::to_string(breath));
             }
           },
           {.may_fail = false});
  sim.run();
}
