// The norn command: reads traces and prints what is in them, and checks histories.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace norn::command {

// Exit codes of the command (those of all Norn programs).
inline constexpr int kPassed = 0;
inline constexpr int kViolated = 1;    // what was checked does not hold
inline constexpr int kBadInput = 2;    // bad usage, or a file that cannot be read or believed
inline constexpr int kIncomplete = 3;  // the recording was interrupted: what is there was printed

// run() does what the arguments (without the program's name) say and gives the exit code. Errors
// are one line on `err`. It stops early and quietly when `out` fails.
int run(std::vector<std::string> arguments, const std::string& version, std::ostream& out,
        std::ostream& err);

}  // namespace norn::command
