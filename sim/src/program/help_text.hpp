// What --help, --version and --list say.
#pragma once

#include <string>

#include "norn/sim/scenario.hpp"

#include "program/settings.hpp"

namespace norn::program {

std::string help_head();
std::string help_foot(const Invocation& invocation);
std::string version_text(const Invocation& invocation);

// list_text() names the scenarios with their variants; list_json() is the same for programs.
std::string list_text();
std::string list_json();

}  // namespace norn::program
