#include <norn/sim.hpp>
#include "norn/sim/exhaustive.hpp"
#include <span>
using namespace std::chrono_literals;
void write_durably(const char* name) {
  auto file = norn::File::open(name);
  if (!file.ok()) return;
  static_cast<void>(file->append(std::as_bytes(std::span("x", 1))));
  static_cast<void>(file->sync());
  static_cast<void>(norn::sync_directory());
}
NORN_SCENARIO(two_files, "x", {.time = 1s, .faults="calm"}) {
    bool torn = false;
    sim.node("store", [&torn] {
      const bool left = norn::read_file("left").ok();
      const bool right = norn::read_file("right").ok();
      norn::log(left ? "left" : "no left");
      if (left && !right) torn = true;
      if (left) return;
      write_durably("left");
      write_durably("right");
    });
    sim.always("what is recovered is whole", [&] { return !torn; });
    sim.run_for(1s);
}
