// main() of every scenario program.
#include <cstdio>
#include <exception>
#include <string_view>

#include "norn/runtime/assert.hpp"
#include "norn/sim/bad_input.hpp"

#include "program/command_line.hpp"
#include "program/commands.hpp"
#include "program/crash_note.hpp"
#include "program/option_values.hpp"
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
    case Command::exhaustive:
      return run_exhaustive(settings, invocation);
    case Command::check_determinism:
      return run_determinism_check(settings, invocation);
    case Command::hashes:
      return run_hashes(settings);
    case Command::list:
      return run_list(settings);
    case Command::worker:
      return run_worker(settings, invocation);
  }
  return kExitUsage;
}

// A campaign starts this program with "--worker FILE" as the last two words. They are no option of
// people, so the command line need not know them.
struct Words {
  int count;
  const char* const* words;
  Result<int> page;  // -1: this is no worker

  Words(int argc, const char* const* argv) : count(argc), words(argv), page(-1) {
    if (argc < 3 || std::string_view(argv[argc - 2]) != "--worker") return;
    count = argc - 2;
    page = parse_worker(argv[argc - 1]);
  }
};

// What was printed may be what a script waits for: a full disk or a closed pipe must not look like
// success.
int flushed(int exit_code, const Invocation& invocation) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return exit_code;
  return complain(invocation, "standard output could not be written");
}

int guarded_main(int argc, const char* const* argv) {
  const Invocation invocation = invocation_of(argc > 0 ? argv[0] : nullptr);
  try {
    const Words words(argc, argv);
    if (!words.page) return complain(invocation, words.page.error().message);
    Result<CommandLine> line = parse_command_line(words.count, words.words, invocation);
    if (!line) return complain(invocation, line.error().message);
    if (line->print) {
      std::fputs(line->print->c_str(), stdout);
      return flushed(kExitPassed, invocation);
    }
    if (*words.page >= 0) {
      line->settings.command = Command::worker;
      line->settings.worker_page = *words.page;
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
