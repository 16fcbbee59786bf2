#include "support/source_folder.hpp"

namespace norn::test {

std::string source_folder() {
  return NORN_TEST_SOURCE_DIR;
}

}  // namespace norn::test
