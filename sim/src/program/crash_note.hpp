// When node code crashes the whole process, the person still learns which seed did it.
#pragma once

#include <cstdint>

#include "program/settings.hpp"

namespace norn::program {

// install_crash_note() makes fatal signals (and a failed NORN_ASSERT) print the seed that the
// thread was running and the command that runs it alone. The process then dies as it would have.
void install_crash_note(const Settings& settings, const Invocation& invocation);

// note_seed() says what this thread runs from now on.
void note_seed(std::uint64_t seed);

}  // namespace norn::program
