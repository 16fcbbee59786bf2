#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>
#include <ostream>
#include <string>
#include <vector>

#include "descriptor_output.hpp"
#include "norn_command.hpp"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  norn::command::DescriptorOutput output(STDOUT_FILENO);
  std::ostream out(&output);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const int code = norn::command::run(arguments, NORN_VERSION, out, std::cerr);
  out.flush();
  // A reader that has seen enough (`norn log x | head`) closes the pipe: that is no failure.
  if (output.error() == 0 || output.error() == EPIPE) return code;
  std::cerr << "norn: the output cannot be written: " << std::strerror(output.error()) << "\n";
  return norn::command::kBadInput;
}
