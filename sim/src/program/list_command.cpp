#include <cstdio>

#include "program/commands.hpp"
#include "program/help_text.hpp"

namespace norn::program {

int run_list(const Settings& settings) {
  std::fputs((settings.json ? list_json() : list_text()).c_str(), stdout);
  return kExitPassed;
}

}  // namespace norn::program
