// Files that are no trace, or no longer one, as people come to have them.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace norn::test {

struct BadFile {
  std::string path;
  std::string says;  // what a message about it must say, besides the path
};

inline std::string bytes_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_file(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// with_other_byte() is the same with one byte altered.
inline std::string with_other_byte(std::string bytes, std::size_t at, unsigned flip) {
  bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ flip);
  return bytes;
}

// bad_files() makes them in a folder; `sound` are the bytes of a finished trace.
inline std::vector<BadFile> bad_files(const std::string& folder, const std::string& sound) {
  std::vector<BadFile> files;
  const auto content = [&](const std::string& name, std::string_view bytes, const char* says) {
    files.push_back({.path = folder + "/" + name, .says = says});
    write_file(files.back().path, bytes);
  };
  using namespace std::string_view_literals;
  constexpr const char* kForeign = "byte 0: this is not a Norn trace";
  content("empty.norn", "", "byte 0: the file is empty");
  content("picture.norn", "\x89PNG\r\n\x1A\n\0\0\0\rIHDR"sv, kForeign);
  content("case.norn", R"({"norn_case": 1, "seed": 60})", kForeign);
  content("program.norn",
          "\x7F"
          "ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\x3E\0"sv,
          kForeign);
  content("text.norn", std::string(5000, 'x'), kForeign);
  content("cut.norn", sound.substr(0, sound.size() / 2), "cut short");
  content("begin.norn", sound.substr(0, 12),
          "byte 12: the file ends here too early: it was cut short");
  // The schema's version is the number after the eight bytes that every trace begins with.
  content("newer.norn", with_other_byte(sound, 8, 3),
          "byte 8: schema version 2 is newer than this program knows (1): use a newer norn");
  content("damaged.norn", with_other_byte(sound, sound.size() / 2, 0x10), "byte ");
  files.push_back({.path = "/dev/null", .says = "is not a regular file"});
  files.push_back({.path = folder + "/pipe.norn", .says = "is not a regular file"});
  ::mkfifo(files.back().path.c_str(), 0600);
  files.push_back({.path = folder + "/missing.norn", .says = "No such file"});
  files.push_back({.path = folder + "/text.norn/run.norn", .says = "Not a directory"});
  files.push_back({.path = folder + "/circle.norn", .says = "symbolic links"});
  std::error_code ignored;
  std::filesystem::create_symlink(files.back().path, files.back().path, ignored);
  if (::geteuid() != 0) {  // who may read everything
    content("secret.norn", sound, "Permission denied");
    ::chmod(files.back().path.c_str(), 0);
  }
  return files;
}

}  // namespace norn::test
