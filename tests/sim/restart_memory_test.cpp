// A node that crashes ten thousand times costs what it cost after a hundred.
#include <malloc.h>

#include <chrono>
#include <cstddef>
#include <span>
#include <string>

#include "norn/runtime.hpp"
#include "support/catch.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;

namespace {

struct Ping {
  using Reply = int;
};

// Bytes in use of the heap; nothing under AddressSanitizer, which has a heap of its own.
std::size_t heap_in_use() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

// Dies with fibers parked in every way, messages under way, a lock held, and a file half synced.
void doomed() {
  norn::Mutex mutex;
  norn::Channel<std::string> channel(4);
  for (int i = 0; i < 3; ++i) {
    norn::spawn([] { norn::call("peer", Ping{}, {.timeout = 1h}).ok(); }).detach();
    norn::spawn([&] { channel.receive(); }).detach();
    norn::spawn([&] {
      mutex.lock();
      norn::sleep_for(1h);
    }).detach();
  }
  auto file = norn::File::open("log").value();
  for (int i = 0;; ++i) {
    const std::string large(10'000, 'x');
    file.write_at(0, std::as_bytes(std::span(large))).value();
    if (i % 2 == 0) file.sync().value();
    norn::sleep_for(2ms);
  }
}

}  // namespace

TEST_CASE("memory after ten thousand crashes is what it was after a hundred") {
  norn::Simulation simulation(norn::test::options());
  simulation.node("doomed", doomed);
  simulation.node("peer", [] {
    norn::serve([](const Ping&) {
      norn::sleep_for(1h);
      return 1;
    });
  });
  const auto crash = [&](int times) {
    for (int i = 0; i < times; ++i) {
      simulation.run_for(7ms);
      simulation.restart("doomed");
      if (i % 10 == 9) simulation.restart("peer");
    }
  };
  crash(100);
  const std::size_t after_hundred = heap_in_use();
#if defined(__SANITIZE_THREAD__)
  crash(100);  // ThreadSanitizer itself keeps what it knew of each fiber
#else
  crash(9'900);
#endif
  const std::size_t after_all = heap_in_use();
  INFO(after_hundred << " bytes, then " << after_all);
  CHECK(after_all <= after_hundred + 128 * 1024);
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
}
