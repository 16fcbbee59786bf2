// A scenario program run as another process, to compare with.
#pragma once

#include <string>
#include <vector>

#include "norn/runtime/result.hpp"
#include "norn/sim/determinism.hpp"

namespace norn::program {

// hashes_of() runs `program` with `arguments` and --hashes, and reads what it prints. Errors
// (invalid, io_error): it cannot be run, ends with another code than 0, or prints something else.
Result<std::vector<SeedHash>> hashes_of(const std::string& program,
                                        const std::vector<std::string>& arguments);

// run_quietly() runs a program to its end without its output, and returns its exit code.
Result<int> run_quietly(const std::string& program, const std::vector<std::string>& arguments);

}  // namespace norn::program
