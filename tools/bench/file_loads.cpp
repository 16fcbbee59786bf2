#include "file_loads.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "norn/runtime.hpp"
#include "norn/runtime/assert.hpp"
#include "norn/sim.hpp"

namespace norn::bench {

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kAnInstant = 10'000;
constexpr std::uint64_t kFileBytes = 4 << 20;

// One node does `operation` over and over; every so many of them an instant of virtual time passes.
class FileLoad final : public Load {
 public:
  using Operation = std::function<void(File& file, std::uint64_t number)>;

  FileLoad(Operation operation, std::optional<FaultKind> fault)
      : operation_(std::move(operation)), simulation_(options()) {
    simulation_.node("n1", [this] { work(); });
    if (fault) simulation_.begin_fault({.kind = *fault, .side_a = {"n1"}});
    // The file is there, and warm.
    simulation_.run_for(1s);
  }

  std::uint64_t run() override {
    constexpr std::uint64_t kBatch = 100'000;
    const std::uint64_t before = done_;
    while (done_ < before + kBatch) simulation_.run_for(100ms);
    return done_ - before;
  }

 private:
  static SimOptions options() {
    SimOptions options;
    options.scenario = "bench";
    options.max_events = ~std::uint64_t{0} >> 1U;
    return options;
  }

  [[noreturn]] void work() {
    File file = File::open("data").value();
    file.write_at(0, Bytes(kFileBytes)).value();
    file.sync().value();
    for (std::uint64_t number = 0;; ++number) {
      operation_(file, number);
      ++done_;
      if (number % kAnInstant == kAnInstant - 1) {
        file.sync().value();
        sleep_for(1ms);
      }
    }
  }

  Operation operation_;
  std::uint64_t done_ = 0;
  Simulation simulation_;
};

// Places all over the file, as a log or a table has them.
std::uint64_t place(std::uint64_t number, std::size_t size) {
  return number * 2'654'435'761U % (kFileBytes - size);
}

MakeLoad load(FileLoad::Operation operation, std::optional<FaultKind> fault = std::nullopt) {
  return [operation = std::move(operation), fault] {
    return std::make_unique<FileLoad>(operation, fault);
  };
}

template <std::size_t Size>
void write(File& file, std::uint64_t number) {
  static const Bytes kBytes(Size);
  file.write_at(place(number, Size), kBytes).value();
}

template <std::size_t Size>
void read(File& file, std::uint64_t number) {
  Bytes bytes(Size);
  file.read_at(place(number, Size), bytes).value();
}

void write_and_sync(File& file, std::uint64_t number) {
  write<100>(file, number);
  file.sync().value();
}

}  // namespace

std::vector<Row> file_rows() {
  return {
      {"file write of 100 bytes",
       nullptr,
       {{"no fault", load(write<100>)},
        {"torn_writes on", load(write<100>, FaultKind::torn_writes)},
        {"bit_rot on", load(write<100>, FaultKind::bit_rot)}}},
      {"file write of 4096 bytes", nullptr, {{"no fault", load(write<4096>)}}},
      {"file read of 100 bytes",
       nullptr,
       {{"no fault", load(read<100>)}, {"bit_rot on", load(read<100>, FaultKind::bit_rot)}}},
      {"file write of 100 bytes and sync", nullptr, {{"no fault", load(write_and_sync)}}},
  };
}

}  // namespace norn::bench
