// The project's own files, for tests that read them.
#pragma once

#include <string>

namespace norn::test {

// source_folder() is the path of the project, without a slash at its end. Only the file that
// defines it knows the path: tests of another checkout compile to the same objects.
std::string source_folder();

}  // namespace norn::test
