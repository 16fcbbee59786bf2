#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "commands.hpp"
#include "norn/trace/import.hpp"
#include "output_file.hpp"

namespace norn::command {

namespace {

Error export_file_error(const std::string& path, int problem) {
  return {Errc::io_error, path + ": " + std::strerror(problem)};
}

Result<const trace::ExportFormat*> find_format(const std::string& name) {
  if (const auto* const found = trace::find_export_format(name)) return found;
  std::string known;
  for (const trace::ExportFormat& each : trace::export_formats())
    known += " " + std::string(each.name);
  return Error{Errc::invalid, "--to: '" + name + "' is none of:" + known};
}

Result<trace::ExportOptions> part_of(const trace::Reader& reader,
                                     const ExportCommandOptions& options) {
  trace::ExportOptions part = options.part;
  for (const std::string& text : options.nodes) {
    const auto node = find_node(reader, text);
    if (!node.ok()) return node.error();
    part.nodes.push_back(*node);
  }
  for (const std::string& text : options.kinds) {
    const auto kind = find_kind(text);
    if (!kind.ok()) return kind.error();
    part.kinds.push_back(*kind);
  }
  const auto from = time_option("--from", options.from);
  if (!from.ok()) return from.error();
  const auto until = time_option("--until", options.until);
  if (!until.ok()) return until.error();
  if (*from && *until && **from > **until)
    return Error{Errc::invalid, "--from is later than --until"};
  part.from_ns = *from;
  part.until_ns = *until;
  return part;
}

bool is_terminal(const std::ostream& out) {
  const auto* const output = dynamic_cast<const DescriptorOutput*>(out.rdbuf());
  return output != nullptr && ::isatty(output->descriptor()) == 1;
}

}  // namespace

Result<void> export_trace(const trace::Reader& reader, const ExportCommandOptions& options,
                          std::ostream& out) {
  const auto format = find_format(options.format);
  if (!format.ok()) return format.error();
  const auto part = part_of(reader, options);
  if (!part.ok()) return part.error();
  if (options.output.empty() || options.output == "-") {
    if ((*format)->binary && is_terminal(out)) {
      return {Errc::invalid,
              "--to " + options.format + " is not text for a terminal: name a file with -o FILE"};
    }
    return (*format)->write(reader, *part, out);
  }
  auto file = OutputFile::create(options.output, options.overwrite);
  if (!file.ok()) return file.error();
  if (auto written = (*format)->write(reader, *part, (*file)->stream()); !written.ok())
    return written;
  return (*file)->keep();
}

Result<void> import_trace(const ImportCommandOptions& options, std::ostream& out) {
  if (options.format != "jsonl" && options.format != "shiviz")
    return {Errc::invalid, "--from: '" + options.format + "' is none of: jsonl shiviz"};
  if (options.format != "shiviz" && !options.parser.empty())
    return {Errc::invalid, "--parser belongs to --from shiviz"};
  std::error_code ignored;
  if (std::filesystem::is_directory(options.file, ignored))
    return export_file_error(options.file, EISDIR);
  errno = 0;
  std::ifstream in(options.file, std::ios::binary);
  if (!in) return export_file_error(options.file, errno == 0 ? EIO : errno);
  const trace::RecorderOptions recording = {.mode = trace::RecorderOptions::Mode::file,
                                            .path = options.output,
                                            .overwrite = options.overwrite};
  const auto report = options.format == "jsonl"
                          ? trace::import_json_lines(in, options.file, recording)
                          : trace::import_shiviz(in, options.file, options.parser, recording);
  if (!report.ok()) return report.error();
  out << options.output << ": " << report->events << " events of " << report->nodes
      << " nodes, hash " << hash_text(report->hash) << "\n";
  if (report->lost_references != 0) {
    out << report->lost_references
        << " causes and sends that events name are not in the file: left out\n";
  }
  return {};
}

Result<std::unique_ptr<OutputFile>> OutputFile::create(const std::string& path, bool overwrite) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return export_file_error(path, EISDIR);
  if (!overwrite && std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) {
    return Error{Errc::already_exists,
                 path + ": exists already; choose another name or say --overwrite"};
  }
  const std::string beside = path + ".partial";
  const int descriptor =
      ::open(beside.c_str(), O_WRONLY | O_CREAT | (overwrite ? O_TRUNC : O_EXCL) | O_CLOEXEC, 0666);
  if (descriptor < 0 && errno == EEXIST) {
    return Error{Errc::already_exists, beside + ": exists already; remove it or say --overwrite"};
  }
  if (descriptor < 0) return export_file_error(path, errno);
  return std::make_unique<OutputFile>(descriptor, path, overwrite);
}

OutputFile::OutputFile(int descriptor, std::string path, bool overwrite)
    : descriptor_(descriptor),
      path_(std::move(path)),
      overwrite_(overwrite),
      output_(descriptor),
      stream_(&output_) {}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!kept_) ::unlink((path_ + ".partial").c_str());
}

Result<void> OutputFile::keep() {
  stream_.flush();
  if (output_.error() != 0) return export_file_error(path_, output_.error());
  const int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) return export_file_error(path_, errno);
  std::error_code ignored;
  if (!overwrite_ && std::filesystem::exists(std::filesystem::symlink_status(path_, ignored))) {
    return {Errc::already_exists, path_ + ": was made by someone else meanwhile"};
  }
  if (std::rename((path_ + ".partial").c_str(), path_.c_str()) != 0)
    return export_file_error(path_, errno);
  kept_ = true;
  return {};
}

}  // namespace norn::command
