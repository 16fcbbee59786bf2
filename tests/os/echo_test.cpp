// A small server with many clients, all on fibers of one thread.
#include <string>
#include <vector>

#include "os/support.hpp"

using namespace norn;
using namespace norn::test;
using namespace std::chrono_literals;

namespace {

constexpr int kClients = 200;
constexpr int kRounds = 5;

void echo(TcpStream stream) {
  std::vector<std::byte> buffer(4096);
  for (;;) {
    const auto count = stream.read(buffer);
    if (!count || *count == 0) return;
    if (!stream.write_all(std::span(buffer).first(*count)).ok()) return;
  }
}

bool talks(std::uint16_t port, int number) {
  auto stream = TcpStream::connect("localhost", port);
  if (!stream) return false;
  for (int round = 0; round < kRounds; ++round) {
    const std::string line = std::to_string(number * kRounds + round) + std::string(100, '.');
    if (!stream->write_all(bytes_of(line)).ok()) return false;
    if (read_all(*stream, line.size()) != line) return false;
    sleep_for(1ms);
  }
  return true;
}

}  // namespace

TEST_CASE("an echo server answers two hundred clients at once") {
  int answered = 0;
  const RealResult run = run_one([&] {
    TcpListener listener = std::move(*TcpListener::listen(0, {.backlog = kClients}));
    Task<void> server = spawn("server", [&] {
      for (int i = 0; i < kClients; ++i) {
        spawn("echo", [stream = std::move(*listener.accept())]() mutable {
          echo(std::move(stream));
        }).detach();
      }
    });
    std::vector<Task<bool>> clients;
    for (int i = 0; i < kClients; ++i) {
      clients.push_back(
          spawn("client", [port = listener.local_address().port, i] { return talks(port, i); }));
    }
    for (Task<bool>& client : clients) answered += client.join() ? 1 : 0;
    server.join();
  });
  INFO(run.problem);
  CHECK(run.end == RealEnd::finished);
  CHECK(answered == kClients);
}
