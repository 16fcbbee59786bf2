// A program that simulates, and so intercepts the standard library, may also run nodes for real.
// tidy: allow-file wall-clock (it is what is intercepted)
#include <chrono>
#include <random>
#include <thread>

#include <norn/runtime/real_world.hpp>
#include <norn/sim.hpp>
#include <norn/sim/intercept.hpp>

#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

using namespace norn;
using namespace norn::test;
using namespace std::chrono_literals;

TEST_CASE("intercepted calls of a node of the real world are answered by the machine") {
  const ScratchFolder folder;
  const auto outside = std::chrono::system_clock::now();
  const RealResult run = run_for_real(
      [&] {
        const TimePoint begin = now();
        const auto steady = std::chrono::steady_clock::now();
        std::this_thread::sleep_for(5ms);
        CHECK(now() - begin >= 5ms);
        CHECK(std::chrono::steady_clock::now() - steady >= 5ms);
        CHECK(WallClock::now() - outside < 24h);  // no simulated time of day
        CHECK(norn::random("a").bits() != norn::random("b").bits());
        std::random_device device;
        static_cast<void>(device());
        CHECK(blocking([] { return 7; }) == 7);
        const auto listener = TcpListener::listen(0);
        REQUIRE(listener.ok());
        CHECK(TcpStream::connect("localhost", listener->local_address().port).ok());
        CHECK(write_file("f", {}).ok());
      },
      {.root = folder.path()});
  INFO(run.problem);
  CHECK(run.end == RealEnd::finished);
}
