// Reads a trace without the simulator, as a tool of one's own would.
#include <norn/trace/reader.hpp>

#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto reader = norn::trace::Reader::open(argv[1]);
  if (!reader.ok()) {
    std::fprintf(stderr, "%s\n", reader.error().message.c_str());
    return 2;
  }
  std::printf("%s\n", reader.value().complete() ? "complete" : "incomplete");
  return 0;
}
