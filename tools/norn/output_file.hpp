// A file that is there whole or not at all.
#pragma once

#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "descriptor_output.hpp"
#include "norn/runtime/result.hpp"

namespace norn::command {

// OutputFile is written beside its path, as `path`.partial, and renamed by keep(). Without keep()
// nothing of it stays.
class OutputFile {
 public:
  // Errors: already_exists unless `overwrite`, io_error.
  static Result<std::unique_ptr<OutputFile>> create(const std::string& path, bool overwrite);

  OutputFile(int descriptor, std::string path, bool overwrite);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  std::ostream& stream() { return stream_; }
  Result<void> keep();

 private:
  int descriptor_;
  std::string path_;
  bool overwrite_;
  bool kept_ = false;
  DescriptorOutput output_;
  std::ostream stream_;
};

}  // namespace norn::command
