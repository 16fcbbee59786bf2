// The formats: each function does what ExportFunction says.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>

#include "norn/trace/export.hpp"

namespace norn::trace {

Result<void> export_json_lines(const Reader& reader, const ExportOptions& options,
                               std::ostream& out);
Result<void> export_html(const Reader& reader, const ExportOptions& options, std::ostream& out);
Result<void> export_pcapng(const Reader& reader, const ExportOptions& options, std::ostream& out);
Result<void> export_chrome(const Reader& reader, const ExportOptions& options, std::ostream& out);
Result<void> export_shiviz(const Reader& reader, const ExportOptions& options, std::ostream& out);
Result<void> export_otlp(const Reader& reader, const ExportOptions& options, std::ostream& out);
Result<void> export_mermaid(const Reader& reader, const ExportOptions& options, std::ostream& out);
Result<void> export_svg(const Reader& reader, const ExportOptions& options, std::ostream& out);
Result<void> export_dot(const Reader& reader, const ExportOptions& options, std::ostream& out);
Result<void> export_perfetto(const Reader& reader, const ExportOptions& options, std::ostream& out);

// TextBatch collects text and passes it on in large pieces: a stream's own buffer costs too much
// for each small write.
class TextBatch {
 public:
  explicit TextBatch(std::ostream& out) : out_(out) {}
  TextBatch(const TextBatch&) = delete;
  TextBatch& operator=(const TextBatch&) = delete;
  ~TextBatch() { pass_on(); }

  std::string& text() { return text_; }
  // Call it after each record. False: the stream has failed.
  bool keep_going() {
    if (text_.size() >= kPiece) pass_on();
    return out_.good();
  }

 private:
  static constexpr std::size_t kPiece = std::size_t{64} * 1024;
  void pass_on() {
    out_.write(text_.data(), static_cast<std::streamsize>(text_.size()));
    text_.clear();
  }

  std::ostream& out_;
  std::string text_;
};

}  // namespace norn::trace
