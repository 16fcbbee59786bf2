// File, Directory and the functions on names.
#include <algorithm>
#include <array>
#include <vector>

#include "conformance/support/native.hpp"

using namespace norn;
using namespace norn::test;

namespace {

using Names = std::vector<std::string>;

File file_at(std::string_view path, OpenOptions options = {}) {
  return std::move(*File::open(path, options));
}

std::string content(std::string_view path) {
  const auto bytes = read_file(path);
  return bytes ? text_of(*bytes) : "error: " + bytes.error().message;
}

template <class Arm>
void appending(Arm&) {
  File file = file_at("f");
  CHECK(file.append(bytes_of("abc")).ok());
  CHECK(file.append(bytes_of("def")).ok());
  CHECK(file.write_at(1, bytes_of("X")).ok());
  CHECK(file.append(bytes_of("g")).ok());
  CHECK(content("f") == "aXcdefg");
}

template <class Arm>
void holes(Arm&) {
  File file = file_at("f");
  CHECK(file.write_at(5000, bytes_of("x")).ok());
  CHECK(file.size().value() == 5001);
  std::array<std::byte, 4> four{};
  CHECK(file.read_at(4998, four).value() == 3);
  CHECK(text_of(std::span(four).first(3)) == std::string("\0\0x", 3));
  CHECK(file.read_at(0, four).value() == 4);
  CHECK(text_of(four) == std::string(4, '\0'));
}

template <class Arm>
void truncating(Arm&) {
  File file = file_at("f");
  CHECK(file.append(bytes_of("abcdef")).ok());
  CHECK(file.truncate(3).ok());
  CHECK(content("f") == "abc");
  CHECK(file.truncate(5).ok());
  CHECK(content("f") == std::string("abc\0\0", 5));
  CHECK(file.truncate(0).ok());
  CHECK(file.size().value() == 0);
}

template <class Arm>
void past_the_end(Arm&) {
  File file = file_at("f");
  std::array<std::byte, 4> four{};
  CHECK(file.read_at(0, four).value() == 0);
  CHECK(file.append(bytes_of("abc")).ok());
  CHECK(file.read_at(2, four).value() == 1);
  CHECK(file.read_at(3, four).value() == 0);
  CHECK(file.read_at(1'000'000, four).value() == 0);
  CHECK(file.read_at(0, {}).value() == 0);
}

template <class Arm>
void only_for_reading(Arm&) {
  CHECK(write_file("f", bytes_of("abc")).ok());
  File file = file_at("f", {.write = false});
  CHECK(why(file.write_at(0, bytes_of("x"))) == Errc::closed);  // EBADF
  CHECK(why(file.truncate(0)) == Errc::invalid);
  CHECK(content("f") == "abc");
}

template <class Arm>
void exclusive(Arm&) {
  CHECK(File::open("f", {.exclusive = true}).ok());
  CHECK(why(File::open("f", {.exclusive = true})) == Errc::already_exists);
  CHECK(File::open("f").ok());
}

template <class Arm>
void missing(Arm&) {
  CHECK(why(File::open("f", {.create = false})) == Errc::not_found);
  CHECK(why(File::open("f", {.write = false})) == Errc::not_found);
  CHECK(why(File::open("a/b/f", {.create = false})) == Errc::not_found);
  CHECK(why(File::open("")) == Errc::not_found);
  CHECK(why(remove_file("f")) == Errc::not_found);
  CHECK(why(rename_file("f", "g")) == Errc::not_found);
  CHECK(why(read_file("f")) == Errc::not_found);
  CHECK_FALSE(file_exists("f"));
}

template <class Arm>
void truncated_by_opening(Arm&) {
  CHECK(write_file("f", bytes_of("a long content")).ok());
  CHECK(write_file("f", bytes_of("short")).ok());
  CHECK(content("f") == "short");
  CHECK(File::open("f", {.truncate = true}).ok());
  CHECK(content("f").empty());
}

template <class Arm>
void renamed_over(Arm&) {
  CHECK(write_file("f", bytes_of("old")).ok());
  CHECK(write_file("g", bytes_of("new")).ok());
  File old = file_at("f");
  CHECK(rename_file("g", "f").ok());
  CHECK(content("f") == "new");
  CHECK_FALSE(file_exists("g"));
  std::array<std::byte, 3> three{};
  CHECK(old.read_at(0, three).value() == 3);  // it lives while it is open
  CHECK(text_of(three) == "old");
  CHECK(rename_file("f", "f").ok());
  CHECK(content("f") == "new");
}

template <class Arm>
void removed_while_open(Arm&) {
  File file = file_at("f");
  CHECK(file.append(bytes_of("abc")).ok());
  CHECK(remove_file("f").ok());
  CHECK_FALSE(file_exists("f"));
  CHECK(file.append(bytes_of("def")).ok());
  CHECK(file.sync().ok());
  CHECK(file.size().value() == 6);
  CHECK(write_file("f", bytes_of("another")).ok());
  CHECK(file.size().value() == 6);
}

template <class Arm>
void two_handles(Arm&) {
  File one = file_at("f");
  File other = file_at("f");
  CHECK(one.append(bytes_of("abc")).ok());
  CHECK(other.size().value() == 3);
  CHECK(other.write_at(0, bytes_of("X")).ok());
  std::array<std::byte, 3> three{};
  CHECK(one.read_at(0, three).value() == 3);
  CHECK(text_of(three) == "Xbc");
  one.close();
  CHECK(why(one.append(bytes_of("x"))) == Errc::closed);
  CHECK(other.append(bytes_of("d")).ok());
}

template <class Arm>
void listing(Arm&) {
  CHECK(list_directory()->empty());
  for (const std::string_view path : {"b", "a", "d/z", "d/e/f"})
    CHECK(write_file(path, bytes_of("x")).ok());
  CHECK(*list_directory() == Names{"a", "b", "d/"});
  CHECK(*list_directory("d") == Names{"e/", "z"});
  CHECK(*list_directory("/d/./e/") == Names{"f"});
  CHECK(list_directory("not/there")->empty());
  CHECK(why(list_directory("a")) == Errc::invalid);
}

template <class Arm>
void directories_are_no_files(Arm&) {
  CHECK(write_file("d/f", bytes_of("x")).ok());
  CHECK(why(File::open("d")) == Errc::invalid);
  CHECK(why(File::open("d/")) == Errc::invalid);
  CHECK(why(File::open("d/f/g")) == Errc::invalid);
  CHECK(why(remove_file("d")) == Errc::invalid);
  CHECK(why(rename_file("d", "e")) == Errc::invalid);
  CHECK(why(rename_file("d/f", "d")) == Errc::invalid);
}

template <class Arm>
void no_way_out(Arm&) {
  CHECK(write_file("../../../f", bytes_of("inside")).ok());
  CHECK(content("f") == "inside");
  CHECK(content("/f") == "inside");
  CHECK(content("d/../f") == "inside");
  CHECK(*list_directory("..") == Names{"f"});
  CHECK(why(File::open(std::string(300, 'x'))) == Errc::invalid);
  CHECK(why(File::open(std::string_view("a\0b", 3))) == Errc::invalid);
}

template <class Arm>
void syncing(Arm&) {
  File file = file_at("d/f");
  CHECK(file.append(bytes_of("abc")).ok());
  CHECK(file.sync().ok());
  CHECK(sync_directory("d").ok());
  CHECK(sync_directory().ok());
  CHECK(sync_directory("not/there").ok());
  CHECK(why(sync_directory("d/f")) == Errc::invalid);
  file.close();
  CHECK(why(file.sync()) == Errc::closed);
}

template <class Arm>
void replacing(Arm&) {
  CHECK(replace_file("d/f", bytes_of("one")).ok());
  CHECK(content("d/f") == "one");
  CHECK(replace_file("d/f", bytes_of("another")).ok());
  CHECK(content("d/f") == "another");
  CHECK(*list_directory("d") == Names{"f"});
}

template <class Arm>
void moving(Arm&) {
  Directory from = std::move(*Directory::open("from"));
  const Directory to = std::move(*Directory::open("to/below"));
  CHECK(write_file(from.path_of("f"), bytes_of("x")).ok());
  CHECK(from.move("f", to, "g").ok());
  CHECK(to.contains("g"));
  CHECK_FALSE(from.contains("f"));
  CHECK(*to.list() == Names{"g"});
  CHECK(from.sync().ok());
  CHECK(why(Directory::open("to/below/g")) == Errc::invalid);
}

template <class Arm>
void large(Arm&) {
  constexpr std::size_t kSize = std::size_t{4} << 20U;
  std::vector<std::byte> bytes(kSize);
  for (std::size_t i = 0; i < kSize; ++i) bytes[i] = static_cast<std::byte>(i * 31 + i / 4093);
  CHECK(write_file("f", bytes).ok());
  const auto read = read_file("f");
  REQUIRE(read.ok());
  CHECK(std::equal(read->begin(), read->end(), bytes.begin(), bytes.end()));
}

}  // namespace

NORN_NATIVE("a file grows by what is appended", appending)
NORN_NATIVE("what was never written reads as zeros", holes)
NORN_NATIVE("a file is cut and stretched", truncating)
NORN_NATIVE("nothing is read past the end of a file", past_the_end)
NORN_NATIVE("a file opened for reading is not written", only_for_reading)
NORN_NATIVE("exclusive opening finds that a file exists", exclusive)
NORN_NATIVE("what is missing is not found", missing)
NORN_NATIVE("opening with truncate forgets the content", truncated_by_opening)
NORN_NATIVE("a file that is renamed over lives while it is open", renamed_over)
NORN_NATIVE("a file that is removed lives while it is open", removed_while_open)
NORN_NATIVE("two openings of a file see each other's writes", two_handles)
NORN_NATIVE("directories are listed in order", listing)
NORN_NATIVE("directories are no files", directories_are_no_files)
NORN_NATIVE("no path leads out of the root", no_way_out)
NORN_NATIVE("files and directories are synced", syncing)
NORN_NATIVE("replace_file leaves the new content and nothing else", replacing)
NORN_NATIVE("a file moves between directories", moving)
NORN_NATIVE("a file of four mebibytes", large)
