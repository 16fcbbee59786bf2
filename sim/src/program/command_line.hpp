// The command line of a scenario program.
#pragma once

#include <optional>
#include <string>

#include "norn/runtime/result.hpp"

#include "program/settings.hpp"

namespace norn::program {

struct CommandLine {
  // Text that was asked for instead of a run (--help, --version).
  std::optional<std::string> print;
  Settings settings;
};

// parse_command_line() errors (invalid, not_found) are one line for the person: exit code 2.
Result<CommandLine> parse_command_line(int argc, const char* const* argv,
                                       const Invocation& invocation);

}  // namespace norn::program
