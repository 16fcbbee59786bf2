// main() of every scenario program.
#include <cstdio>
#include <exception>

#include "norn/runtime/assert.hpp"
#include "norn/sim/bad_input.hpp"

#include "program/command_line.hpp"
#include "program/commands.hpp"
#include "program/crash_note.hpp"
#include "program/output.hpp"

namespace norn::program {

namespace {

int run(const Settings& settings, const Invocation& invocation) {
  switch (settings.command) {
    case Command::campaign:
      return run_campaign(settings, invocation);
    case Command::replay:
      return run_replay(settings, invocation);
    case Command::shrink:
      return run_shrink(settings, invocation);
    case Command::branch:
      return run_branch(settings, invocation);
    case Command::check_determinism:
      return run_determinism_check(settings, invocation);
    case Command::hashes:
      return run_hashes(settings);
    case Command::list:
      return run_list(settings);
  }
  return kExitUsage;
}

// What was printed may be what a script waits for: a full disk or a closed pipe must not look like
// success.
int flushed(int exit_code, const Invocation& invocation) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return exit_code;
  return complain(invocation, "standard output could not be written");
}

int guarded_main(int argc, const char* const* argv) {
  const Invocation invocation = invocation_of(argc > 0 ? argv[0] : nullptr);
  try {
    const Result<CommandLine> line = parse_command_line(argc, argv, invocation);
    if (!line) return complain(invocation, line.error().message);
    if (line->print) {
      std::fputs(line->print->c_str(), stdout);
      return flushed(kExitPassed, invocation);
    }
    install_crash_note(line->settings, invocation);
    return flushed(run(line->settings, invocation), invocation);
  } catch (const BadInput& problem) {
    return complain(invocation, problem.what());
  } catch (const std::exception& problem) {
    complain(invocation, std::string("internal error: ") + problem.what());
    return kExitInternalError;
  }
}

}  // namespace

}  // namespace norn::program

int main(int argc, char** argv) {
  return norn::program::guarded_main(argc, argv);
}
