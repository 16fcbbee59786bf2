// An output stream to a file descriptor that remembers why it failed.
#pragma once

#include <array>
#include <streambuf>

namespace norn::command {

// DescriptorOutput is the buffer of a std::ostream. After the first failed write the stream is bad,
// and error() is the errno value of it. It does not own the descriptor.
class DescriptorOutput : public std::streambuf {
 public:
  explicit DescriptorOutput(int descriptor);
  int error() const { return error_; }
  int descriptor() const { return descriptor_; }

 protected:
  int_type overflow(int_type character) override;
  int sync() override;

 private:
  bool write_out();

  int descriptor_;
  int error_ = 0;
  std::array<char, 64 * 1024> buffer_;
};

}  // namespace norn::command
