#include "campaign/journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <tuple>

namespace norn::command {

namespace {

Error system_error(const std::string& path, int problem) {
  Errc code = problem == ENOSPC ? Errc::no_space : Errc::io_error;
  if (problem == ENOENT) code = Errc::not_found;
  return {code, path + ": " + std::strerror(problem)};
}

// Where a line of a journal stands, and which seeds it is about.
struct Entry {
  std::size_t file = 0;
  std::uint64_t offset = 0;
  Range range;  // of a part, or of a seed that died; empty for other lines
};

class Reader {
 public:
  Reader(std::vector<std::string> paths, std::string* joined)
      : paths_(std::move(paths)), joined_(joined) {}
  Result<Folded> read();

 private:
  Result<void> scan(std::size_t file);
  void take(const Json& line, Entry entry);
  Result<void> add_up();
  void join_others();

  std::vector<std::string> paths_;
  std::string* joined_;
  std::vector<Entry> entries_;   // parts and deaths
  std::vector<Ranges> covered_;  // by file
  std::vector<std::uint64_t> checked_;
  Folded folded_;
};

std::uint64_t number(const Json& json, const char* name) {
  return json.at(name).get<std::uint64_t>();
}

void Reader::take(const Json& line, Entry entry) {
  if (line.contains("part")) {
    const std::uint64_t first = number(line.at("part"), "first");
    entry.range = {first, first + number(line.at("part"), "count")};
  } else if (line.contains("died")) {
    const Json& death = line.at("died");
    const std::uint64_t index = number(death, "index");
    if (!death.at("repeated").get<bool>()) {
      folded_.unrepeated.emplace(index, death);
      return;
    }
    entry.range = {index, index + 1};
  } else if (line.contains("checked")) {
    for (const Json& index : line.at("checked").at("indexes")) checked_.push_back(index);
    for (const Json& one : line.at("checked").at("differing"))
      folded_.differing.emplace(number(one, "index"), one);
    return;
  } else {
    folded_.cases = line.at("cases");
    return;
  }
  covered_[entry.file].add(entry.range);
  entries_.push_back(entry);
}

Result<void> Reader::scan(std::size_t file) {
  errno = 0;
  std::ifstream in(paths_[file], std::ios::binary);
  if (!in) return system_error(paths_[file], errno == 0 ? EIO : errno);
  covered_.emplace_back();
  std::uint64_t offset = 0;
  std::uint64_t count = 0;
  std::string text;
  while (std::getline(in, text)) {
    if (in.eof()) break;  // without its end, a line was not written to its end
    ++count;
    try {
      take(Json::parse(text), {file, offset, {}});
    } catch (const nlohmann::json::exception&) {
      if (in.peek() == std::ifstream::traits_type::eof()) break;
      return Error{Errc::invalid, paths_[file] + ":" + std::to_string(count) +
                                      ": this is no line of a campaign's journal"};
    }
    offset += text.size() + 1;
  }
  return {};
}

Result<void> Reader::add_up() {
  // Whoever has most comes first, so that a shard that was begun twice counts as a whole.
  std::sort(entries_.begin(), entries_.end(), [&](const Entry& one, const Entry& other) {
    const auto rank = [&](const Entry& each) {
      return std::tuple(~covered_[each.file].size(), each.file, each.range.begin, each.offset);
    };
    return rank(one) < rank(other);
  });
  std::vector<Entry> taken;
  for (const Entry& entry : entries_) {
    if (folded_.done.overlap(entry.range) > 0) continue;
    folded_.done.add(entry.range);
    taken.push_back(entry);
  }
  std::sort(taken.begin(), taken.end(), [](const Entry& one, const Entry& other) {
    return one.range.begin < other.range.begin;
  });
  std::vector<std::ifstream> files;
  for (const std::string& path : paths_) files.emplace_back(path, std::ios::binary);
  std::string text;
  for (const Entry& entry : taken) {
    std::ifstream& in = files[entry.file];
    in.clear();
    in.seekg(static_cast<std::streamoff>(entry.offset));
    if (!std::getline(in, text)) return system_error(paths_[entry.file], EIO);
    const Json line = Json::parse(text);
    if (joined_ != nullptr) *joined_ += text + "\n";
    if (line.contains("died")) {
      folded_.tally.add_death(line.at("died"));
      continue;
    }
    folded_.tally.add_part(line.at("part"));
    for (const Json& one : line.at("part").at("hashes"))
      folded_.unchecked.emplace(one.at(0).get<std::uint64_t>(), one.at(1).get<std::string>());
  }
  return {};
}

// The lines that are not about who did what, made anew.
void Reader::join_others() {
  std::sort(checked_.begin(), checked_.end());
  checked_.erase(std::unique(checked_.begin(), checked_.end()), checked_.end());
  Json differing = Json::array();
  for (const auto& [index, one] : folded_.differing) differing.push_back(one);
  *joined_ +=
      text_of({{"checked", {{"indexes", checked_}, {"differing", std::move(differing)}}}}) + "\n";
  for (const auto& [index, death] : folded_.unrepeated)
    *joined_ += text_of({{"died", death}}) + "\n";
  if (!folded_.cases.empty()) *joined_ += text_of({{"cases", folded_.cases}}) + "\n";
}

Result<Folded> Reader::read() {
  for (std::size_t file = 0; file < paths_.size(); ++file) {
    if (Result<void> done = scan(file); !done) return done.error();
  }
  try {
    if (Result<void> done = add_up(); !done) return done.error();
  } catch (const nlohmann::json::exception&) {
    return Error{Errc::invalid, paths_.front() + ": a part of the journal lacks what it must have"};
  }
  for (const std::uint64_t index : checked_) {
    if (folded_.unchecked.erase(index) > 0) ++folded_.checked;
  }
  if (joined_ != nullptr) join_others();
  return std::move(folded_);
}

// How much of the file is whole lines of JSON. Only the last line can be anything else.
Result<std::uint64_t> whole_size(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return system_error(path, EIO);
  std::uint64_t size = 0;
  std::string text;
  while (std::getline(in, text) && !in.eof()) {
    const bool is_last = in.peek() == std::ifstream::traits_type::eof();
    if (is_last && !nlohmann::json::accept(text)) break;
    size += text.size() + 1;
  }
  return size;
}

}  // namespace

Journal::~Journal() {
  if (file_ >= 0) ::close(file_);
}

Result<void> Journal::open(const std::string& path) {
  path_ = path;
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file_ < 0) return system_error(path, errno);
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_error(path, errno);
    return Error{Errc::address_in_use, path + ": another campaign is writing it"};
  }
  const Result<std::uint64_t> whole = whole_size(path);
  if (!whole) return whole.error();
  if (::ftruncate(file_, static_cast<off_t>(*whole)) != 0) return system_error(path, errno);
  // The file's name must last, too.
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const int above = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC);
  if (above >= 0) {
    ::fsync(above);
    ::close(above);
  }
  return {};
}

void Journal::append(const Json& line) {
  waiting_ += text_of(line) + "\n";
}

Result<void> Journal::sync() {
  if (waiting_.empty()) return {};
  std::string_view left = waiting_;
  while (!left.empty()) {
    const ssize_t done = ::write(file_, left.data(), left.size());
    if (done < 0 && errno != EINTR) return system_error(path_, errno);
    if (done > 0) left.remove_prefix(static_cast<std::size_t>(done));
  }
  if (::fdatasync(file_) != 0) return system_error(path_, errno);
  waiting_.clear();
  return {};
}

Result<Folded> fold(std::vector<std::string> paths, std::string* joined) {
  return Reader(std::move(paths), joined).read();
}

}  // namespace norn::command
