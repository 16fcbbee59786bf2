#include "disk/disk.hpp"

#include <fcntl.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace norn::sim {
namespace {

constexpr int kCreate = O_RDWR | O_CREAT;

std::string read_all(const Disk& disk, int descriptor) {
  std::string bytes(static_cast<std::size_t>(disk.size(descriptor)), '?');
  REQUIRE(disk.pread(descriptor, bytes.data(), bytes.size(), 0) ==
          static_cast<std::int64_t>(bytes.size()));
  return bytes;
}

// The content of a file by name, or "-" when there is none.
std::string content(Disk& disk, std::string_view path) {
  const int descriptor = disk.open(path, O_RDONLY);
  if (descriptor < 0) return "-";
  std::string bytes = read_all(disk, descriptor);
  REQUIRE(disk.close(descriptor) == 0);
  return bytes;
}

void write(Disk& disk, int descriptor, std::string_view text, std::uint64_t offset = 0) {
  REQUIRE(disk.pwrite(descriptor, text.data(), text.size(), offset) ==
          static_cast<std::int64_t>(text.size()));
}

// Makes a file whose content and name are durable.
void make_durable(Disk& disk, std::string_view path, std::string_view text) {
  const int descriptor = disk.open(path, kCreate | O_TRUNC);
  REQUIRE(descriptor >= 0);
  write(disk, descriptor, text);
  REQUIRE(disk.fsync(descriptor) == 0);
  REQUIRE(disk.close(descriptor) == 0);
  const std::size_t slash = path.rfind('/');
  REQUIRE(disk.fsync_directory(slash == std::string_view::npos ? "" : path.substr(0, slash)) == 0);
}

std::vector<std::string> list(const Disk& disk, std::string_view path) {
  std::vector<std::string> names;
  REQUIRE(disk.list(path, names) == 0);
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("what is written is read back at once, and gaps read as zeros") {
  Disk disk;
  const int file = disk.open("log", kCreate);
  REQUIRE(file == 0);
  write(disk, file, "abc", 2);
  CHECK(disk.size(file) == 5);
  CHECK(read_all(disk, file) == std::string("\0\0abc", 5));
  write(disk, file, "X", 3);
  CHECK(read_all(disk, file) == std::string("\0\0aXc", 5));
  char buffer[8];
  CHECK(disk.pread(file, buffer, 8, 4) == 1);
  CHECK(disk.pread(file, buffer, 8, 5) == 0);
  CHECK(disk.pread(file, buffer, 8, 1'000'000) == 0);
}

TEST_CASE("a gap takes no space, however large") {
  Disk disk;
  const int file = disk.open("sparse", kCreate);
  write(disk, file, "end", std::uint64_t{1} << 50);
  CHECK(disk.size(file) == (std::int64_t{1} << 50) + 3);
  CHECK(disk.used_bytes() == 4096);
  char byte = 'x';
  CHECK(disk.pread(file, &byte, 1, 12345) == 1);
  CHECK(byte == '\0');
}

TEST_CASE("writes after the last sync are lost at a crash and counted") {
  Disk disk;
  make_durable(disk, "log", "one");
  int file = disk.open("log", O_RDWR);
  write(disk, file, "two", 3);
  write(disk, file, "O", 0);
  CHECK(content(disk, "log") == "Onetwo");
  CHECK(disk.unsynced_bytes(file) == 4);
  CHECK(disk.crash() == DiskLoss{.writes_lost = 2, .bytes_lost = 4, .names_lost = 0});
  CHECK(content(disk, "log") == "one");
  file = disk.open("log", O_RDWR);
  write(disk, file, "three", 3);
  REQUIRE(disk.fsync(file) == 0);
  CHECK(disk.crash() == DiskLoss{});
  CHECK(content(disk, "log") == "onethree");
}

TEST_CASE("a truncation without a sync is undone by a crash, whatever was written since") {
  Disk disk;
  const std::string text(10'000, 'a');
  make_durable(disk, "log", text);
  const int file = disk.open("log", O_RDWR);
  REQUIRE(disk.ftruncate(file, 5'000) == 0);
  REQUIRE(disk.ftruncate(file, 9'000) == 0);
  CHECK(content(disk, "log") == std::string(5'000, 'a') + std::string(4'000, '\0'));
  write(disk, file, "zzz", 8'500);
  REQUIRE(disk.ftruncate(file, 0) == 0);
  write(disk, file, std::string(20'000, 'b'));
  CHECK(disk.crash() == DiskLoss{.writes_lost = 5, .bytes_lost = 20'003, .names_lost = 0});
  CHECK(content(disk, "log") == text);
}

TEST_CASE("opening with O_TRUNC is a truncation that a crash undoes") {
  Disk disk;
  make_durable(disk, "vote", "7");
  REQUIRE(disk.open("vote", kCreate | O_TRUNC) >= 0);
  CHECK(content(disk, "vote").empty());
  CHECK(disk.crash().writes_lost == 1);
  CHECK(content(disk, "vote") == "7");
}

TEST_CASE("a new file is lost with its synced content unless its directory was synced") {
  Disk disk;
  const int file = disk.open("snap/1", kCreate);
  write(disk, file, "state");
  REQUIRE(disk.fsync(file) == 0);
  REQUIRE(disk.fsync_directory("") == 0);  // the wrong directory
  CHECK(disk.crash() == DiskLoss{.writes_lost = 0, .bytes_lost = 0, .names_lost = 1});
  CHECK(content(disk, "snap/1") == "-");
  CHECK(disk.used_bytes() == 0);
}

TEST_CASE("a synced directory without synced content leaves an empty file") {
  Disk disk;
  const int file = disk.open("new", kCreate);
  write(disk, file, "state");
  REQUIRE(disk.fsync_directory("") == 0);
  CHECK(disk.crash() == DiskLoss{.writes_lost = 1, .bytes_lost = 5, .names_lost = 0});
  CHECK(content(disk, "new").empty());
}

TEST_CASE("a rename is undone by a crash until the directory is synced") {
  Disk disk;
  make_durable(disk, "current", "old");
  make_durable(disk, "current.new", "new");
  REQUIRE(disk.rename("current.new", "current") == 0);
  CHECK(content(disk, "current") == "new");
  CHECK(content(disk, "current.new") == "-");
  CHECK(disk.crash().names_lost == 2);
  CHECK(content(disk, "current") == "old");
  CHECK(content(disk, "current.new") == "new");
  REQUIRE(disk.rename("current.new", "current") == 0);
  REQUIRE(disk.fsync_directory("") == 0);
  CHECK(disk.crash() == DiskLoss{});
  CHECK(content(disk, "current") == "new");
  CHECK(list(disk, "") == Names{"current"});
}

TEST_CASE("renaming over a file before its content is synced loses both contents") {
  Disk disk;
  make_durable(disk, "current", "old");
  const int file = disk.open("current.new", kCreate);
  write(disk, file, "new");
  REQUIRE(disk.rename("current.new", "current") == 0);
  REQUIRE(disk.fsync_directory("") == 0);
  CHECK(disk.crash().writes_lost == 1);
  CHECK(content(disk, "current").empty());
}

TEST_CASE("a removed file comes back at a crash until the directory is synced") {
  Disk disk;
  make_durable(disk, "a", "text");
  REQUIRE(disk.unlink("a") == 0);
  CHECK(content(disk, "a") == "-");
  CHECK(disk.used_bytes() == 4096);
  CHECK(disk.crash().names_lost == 1);
  CHECK(content(disk, "a") == "text");
  REQUIRE(disk.unlink("a") == 0);
  REQUIRE(disk.fsync_directory("/") == 0);
  CHECK(disk.used_bytes() == 0);
  CHECK(disk.crash() == DiskLoss{});
  CHECK(content(disk, "a") == "-");
}

TEST_CASE("a rename between directories is durable whole once either is synced") {
  for (const char* synced : {"a", "b"}) {
    Disk disk;
    make_durable(disk, "a/x", "text");
    REQUIRE(disk.rename("a/x", "b/x") == 0);
    SECTION(std::string("undone before ") + synced) {
      CHECK(disk.crash().names_lost == 2);
      CHECK(content(disk, "a/x") == "text");
      CHECK(content(disk, "b/x") == "-");
    }
    SECTION(std::string("done after ") + synced) {
      REQUIRE(disk.fsync_directory(synced) == 0);
      CHECK(disk.crash() == DiskLoss{});
      CHECK(content(disk, "a/x") == "-");
      CHECK(content(disk, "b/x") == "text");
    }
  }
}

TEST_CASE("a name made and removed again is no loss") {
  Disk disk;
  REQUIRE(disk.close(disk.open("tmp", kCreate)) == 0);
  REQUIRE(disk.unlink("tmp") == 0);
  CHECK(disk.crash() == DiskLoss{});
}

TEST_CASE("a removed or replaced file lives on while a descriptor is open on it") {
  Disk disk;
  make_durable(disk, "a", "first");
  make_durable(disk, "b", "second");
  const int first = disk.open("a", O_RDONLY);
  REQUIRE(disk.rename("b", "a") == 0);
  REQUIRE(disk.unlink("a") == 0);
  REQUIRE(disk.fsync_directory("") == 0);
  CHECK(read_all(disk, first) == "first");
  CHECK(disk.files() == 0);
  CHECK(disk.used_bytes() == 4096);
  REQUIRE(disk.close(first) == 0);
  CHECK(disk.used_bytes() == 0);
}

TEST_CASE("descriptors are the lowest free numbers and die with the process") {
  Disk disk({.max_open_files = 3});
  CHECK(disk.open("a", kCreate) == 0);
  CHECK(disk.open("a", O_RDONLY) == 1);
  CHECK(disk.open("a", O_RDONLY) == 2);
  CHECK(disk.open("a", O_RDONLY) == -EMFILE);
  CHECK(disk.open("b", kCreate) == -EMFILE);
  CHECK(content(disk, "b") == "-");
  CHECK(disk.close(1) == 0);
  CHECK(disk.close(1) == -EBADF);
  CHECK(disk.open("a", O_RDONLY) == 1);
  disk.close_all();
  CHECK(disk.open_files() == 0);
  CHECK(disk.fsync(0) == -EBADF);
  CHECK(disk.open("a", O_RDONLY) == 0);
  disk.crash();
  CHECK(disk.close(0) == -EBADF);
}

TEST_CASE("open tells what is wrong as POSIX does") {
  Disk disk;
  make_durable(disk, "file", "x");
  make_durable(disk, "snap/3", "x");
  CHECK(disk.open("none", O_RDWR) == -ENOENT);
  CHECK(disk.open("file", kCreate | O_EXCL) == -EEXIST);
  CHECK(disk.open("snap", O_RDONLY) == -EISDIR);
  CHECK(disk.open("snap/", kCreate) == -EISDIR);
  CHECK(disk.open("", kCreate) == -ENOENT);
  CHECK(disk.open("/", O_RDONLY) == -EISDIR);
  CHECK(disk.open("file/x", kCreate) == -ENOTDIR);
  CHECK(disk.open("file/", O_RDONLY) == -ENOTDIR);
  CHECK(disk.open("file", O_RDWR | O_APPEND) == -EINVAL);
  CHECK(disk.open("file", O_ACCMODE) == -EINVAL);
  CHECK(disk.open(std::string(256, 'n'), kCreate) == -ENAMETOOLONG);
  CHECK(disk.open(std::string(255, 'n'), kCreate) >= 0);
  std::string long_path;
  while (long_path.size() < 4096) long_path += "d/";
  CHECK(disk.open(long_path, kCreate) == -ENAMETOOLONG);
  CHECK(disk.open(std::string_view("a\0b", 3), kCreate) == -EINVAL);
}

TEST_CASE("an access mode is kept to") {
  Disk disk;
  make_durable(disk, "file", "x");
  char byte = 'y';
  const int reader = disk.open("file", O_RDONLY | O_CLOEXEC);
  CHECK(disk.pwrite(reader, &byte, 1, 0) == -EBADF);
  CHECK(disk.ftruncate(reader, 0) == -EINVAL);
  const int writer = disk.open("file", O_WRONLY);
  CHECK(disk.pread(writer, &byte, 1, 0) == -EBADF);
  CHECK(disk.pwrite(writer, &byte, 1, 0) == 1);
  CHECK(content(disk, "file") == "y");
}

TEST_CASE("offsets and sizes beyond those of POSIX are refused") {
  Disk disk;
  const int file = disk.open("file", kCreate);
  char byte = 'x';
  CHECK(disk.pwrite(file, &byte, 1, std::uint64_t{1} << 63) == -EINVAL);
  CHECK(disk.pwrite(file, &byte, 1, (std::uint64_t{1} << 63) - 1) == -EFBIG);
  CHECK(disk.pread(file, &byte, 1, std::uint64_t{1} << 63) == -EINVAL);
  CHECK(disk.ftruncate(file, std::uint64_t{1} << 63) == -EINVAL);
  CHECK(disk.pwrite(file, nullptr, 0, 100) == 0);
  CHECK(disk.size(file) == 0);
  CHECK(disk.size(99) == -EBADF);
  CHECK(disk.ftruncate(-1, 0) == -EBADF);
}

TEST_CASE("paths are resolved before they are compared") {
  Disk disk;
  make_durable(disk, "/snap//3", "x");
  CHECK(content(disk, "snap/3") == "x");
  CHECK(content(disk, "./snap/../snap/3") == "x");
  CHECK(content(disk, "../../snap/3") == "x");
  CHECK(disk.rename("snap/3", "/snap/./3") == 0);
  CHECK(content(disk, "snap/3") == "x");
}

TEST_CASE("rename and unlink tell what is wrong as POSIX does") {
  Disk disk;
  make_durable(disk, "file", "x");
  make_durable(disk, "snap/3", "y");
  CHECK(disk.rename("none", "other") == -ENOENT);
  CHECK(disk.rename("file", "snap") == -EISDIR);
  CHECK(disk.rename("snap", "other") == -EISDIR);
  CHECK(disk.rename("file", "snap/3/x") == -ENOTDIR);
  CHECK(disk.rename("file", "file/x") == -ENOTDIR);
  CHECK(disk.rename("file", "other/") == -EISDIR);
  CHECK(disk.unlink("none") == -ENOENT);
  CHECK(disk.unlink("snap") == -EISDIR);
  CHECK(disk.unlink("file/x") == -ENOTDIR);
  CHECK(content(disk, "file") == "x");
  CHECK(content(disk, "snap/3") == "y");
}

TEST_CASE("list gives the names of one directory in order, directories with a slash") {
  Disk disk;
  for (const char* path : {"log", "snap/3", "snap/12", "snap-x", "snap/old/1", "a"}) {
    make_durable(disk, path, "x");
  }
  CHECK(list(disk, "") == Names{"a", "log", "snap-x", "snap/"});
  CHECK(list(disk, "snap") == Names{"12", "3", "old/"});
  CHECK(list(disk, "snap/old/") == Names{"1"});
  CHECK(list(disk, "none").empty());
  Names names;
  CHECK(disk.list("log", names) == -ENOTDIR);
  CHECK(disk.list("log/x", names) == -ENOTDIR);
  CHECK(disk.fsync_directory("log") == -ENOTDIR);
  CHECK(disk.fsync_directory("none") == 0);
}

TEST_CASE("a name turns from file to directory only once its removal is durable") {
  Disk disk;
  make_durable(disk, "a", "x");
  REQUIRE(disk.unlink("a") == 0);
  CHECK(disk.open("a/b", kCreate) == -ENOTDIR);
  REQUIRE(disk.fsync_directory("") == 0);
  make_durable(disk, "a/b", "y");
  REQUIRE(disk.unlink("a/b") == 0);
  CHECK(disk.open("a", kCreate) == -EISDIR);
  REQUIRE(disk.fsync_directory("a") == 0);
  CHECK(disk.open("a", kCreate) >= 0);
}

TEST_CASE("a full disk writes what fits, then says ENOSPC") {
  Disk disk({.capacity_bytes = 3 * 4096});
  const int file = disk.open("log", kCreate);
  const std::string text(4 * 4096, 't');
  CHECK(disk.pwrite(file, text.data(), text.size(), 0) == 3 * 4096);
  CHECK(disk.pwrite(file, text.data(), 1, 3 * 4096) == -ENOSPC);
  CHECK(disk.size(file) == 3 * 4096);
  // What is there can be overwritten, durable or not.
  REQUIRE(disk.fsync(file) == 0);
  REQUIRE(disk.fsync_directory("") == 0);
  write(disk, file, std::string(3 * 4096, 'u'));
  CHECK(disk.used_bytes() == 3 * 4096);
  CHECK(disk.crash().bytes_lost == 3 * 4096);
  CHECK(content(disk, "log") == std::string(3 * 4096, 't'));
}

TEST_CASE("space of a truncated or removed file is free once that is durable") {
  Disk disk({.capacity_bytes = 2 * 4096});
  make_durable(disk, "old", std::string(2 * 4096, 'o'));
  const int old_file = disk.open("old", O_RDWR);
  const int new_file = disk.open("new", kCreate);
  REQUIRE(disk.ftruncate(old_file, 100) == 0);
  CHECK(disk.pwrite(new_file, "n", 1, 0) == -ENOSPC);
  REQUIRE(disk.fsync(old_file) == 0);
  CHECK(disk.pwrite(new_file, "n", 1, 0) == 1);
  REQUIRE(disk.close(old_file) == 0);
  REQUIRE(disk.unlink("old") == 0);
  CHECK(disk.pwrite(new_file, "n", 1, 4096) == -ENOSPC);
  REQUIRE(disk.fsync_directory("") == 0);
  CHECK(disk.pwrite(new_file, "n", 1, 4096) == 1);
}

TEST_CASE("memory of a log that is rewritten for ever is bounded") {
  Disk disk;
  const int log = disk.open("log", kCreate);
  const std::string record(1000, 'r');
  for (int round = 0; round < 1000; ++round) {
    for (int i = 0; i < 10; ++i) write(disk, log, record, static_cast<std::uint64_t>(i) * 1000);
    if (round % 7 == 0) {
      REQUIRE(disk.fsync(log) == 0);
    }
    REQUIRE(disk.ftruncate(log, 0) == 0);
    REQUIRE(disk.used_bytes() <= 6 * 4096);
  }
}

TEST_CASE("a disk can be moved with its open files") {
  Disk disk;
  make_durable(disk, "a", "text");
  const int file = disk.open("a", O_RDWR);
  Disk moved = std::move(disk);
  CHECK(read_all(moved, file) == "text");
  Disk other;
  make_durable(other, "b", "other");
  other = std::move(moved);
  CHECK(read_all(other, file) == "text");
  CHECK(content(other, "b") == "-");
  CHECK(other.used_bytes() == 4096);
}

}  // namespace norn::sim
