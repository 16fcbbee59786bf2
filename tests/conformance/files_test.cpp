// Files: offsets, appending, names.
#include "conformance/support/calls.hpp"

using namespace norn::test;

namespace {

constexpr int kNew = O_RDWR | O_CREAT;

template <class Arm>
void offset_moves(Arm& arm) {
  const int fd = arm.open("f", kNew);
  REQUIRE(fd >= 0);
  CHECK(put(arm, fd, "hello") == 5);
  CHECK(put(arm, fd, " world") == 6);
  CHECK(read_once(arm, fd) == 0);
  CHECK(arm.lseek(fd, 0, SEEK_SET) == 0);
  CHECK(get(arm, fd, 5) == "hello");
  CHECK(get(arm, fd, 100) == " world");
  arm.close(fd);
}

template <class Arm>
void end_of_file(Arm& arm) {
  const int fd = arm.open("f", kNew);
  CHECK(read_once(arm, fd) == 0);
  CHECK(put(arm, fd, "abc") == 3);
  CHECK(read_once(arm, fd) == 0);
  CHECK(arm.lseek(fd, 2, SEEK_SET) == 2);
  CHECK(read_once(arm, fd) == 1);
  CHECK(read_once(arm, fd) == 0);
  arm.close(fd);
}

template <class Arm>
void seeking(Arm& arm) {
  const int fd = arm.open("f", kNew);
  CHECK(put(arm, fd, "0123456789") == 10);
  CHECK(arm.lseek(fd, -3, SEEK_END) == 7);
  CHECK(get(arm, fd, 1) == "7");
  CHECK(arm.lseek(fd, -2, SEEK_CUR) == 6);
  CHECK(get(arm, fd, 1) == "6");
  CHECK(arm.lseek(fd, 0, SEEK_CUR) == 7);
  CHECK(error(arm.lseek(fd, -1, SEEK_SET)) == EINVAL);
  CHECK(error(arm.lseek(fd, 0, 77)) == EINVAL);
  CHECK(arm.lseek(fd, 0, SEEK_CUR) == 7);
  arm.close(fd);
}

template <class Arm>
void hole(Arm& arm) {
  const int fd = arm.open("f", kNew);
  CHECK(arm.lseek(fd, 5000, SEEK_SET) == 5000);
  CHECK(read_once(arm, fd) == 0);
  CHECK(put(arm, fd, "x") == 1);
  CHECK(arm.lseek(fd, 0, SEEK_END) == 5001);
  CHECK(arm.lseek(fd, 4998, SEEK_SET) == 4998);
  CHECK(get(arm, fd, 10) == std::string("\0\0x", 3));
  arm.close(fd);
}

template <class Arm>
void positional(Arm& arm) {
  const int fd = arm.open("f", kNew);
  CHECK(put(arm, fd, "abcdef") == 6);
  char two[2] = {};
  CHECK(arm.pread(fd, two, 2, 1) == 2);
  CHECK(std::string(two, 2) == "bc");
  CHECK(arm.pwrite(fd, "XY", 2, 4) == 2);
  CHECK(arm.lseek(fd, 0, SEEK_CUR) == 6);
  CHECK(arm.pread(fd, two, 2, 6) == 0);
  CHECK(error(arm.pread(fd, two, 2, -1)) == EINVAL);
  CHECK(error(arm.pwrite(fd, two, 2, -1)) == EINVAL);
  CHECK(arm.lseek(fd, 0, SEEK_SET) == 0);
  CHECK(get(arm, fd, 10) == "abcdXY");
  arm.close(fd);
}

template <class Arm>
void append(Arm& arm) {
  const int plain = arm.open("f", kNew);
  const int adding = arm.open("f", O_WRONLY | O_APPEND);
  CHECK(put(arm, plain, "one") == 3);
  CHECK(put(arm, adding, "two") == 3);
  CHECK(put(arm, plain, "X") == 1);
  CHECK(arm.lseek(adding, 0, SEEK_SET) == 0);
  CHECK(put(arm, adding, "three") == 5);
  CHECK(arm.lseek(adding, 0, SEEK_CUR) == 11);
  CHECK(arm.lseek(plain, 0, SEEK_SET) == 0);
  CHECK(get(arm, plain, 100) == "oneXwothree");
  arm.close(plain);
  arm.close(adding);
}

template <class Arm>
void append_reads_from_offset(Arm& arm) {
  const int fd = arm.open("f", kNew | O_APPEND);
  CHECK(put(arm, fd, "abc") == 3);
  CHECK(arm.lseek(fd, 0, SEEK_SET) == 0);
  CHECK(get(arm, fd, 1) == "a");
  CHECK(put(arm, fd, "d") == 1);
  CHECK(read_once(arm, fd) == 0);
  arm.close(fd);
}

template <class Arm>
void append_by_pwrite(Arm& arm) {
  const int fd = arm.open("f", kNew | O_APPEND);
  CHECK(put(arm, fd, "abc") == 3);
  CHECK(arm.pwrite(fd, "X", 1, 0) == 1);
  char all[8] = {};
  CHECK(arm.pread(fd, all, 8, 0) == 4);
  CHECK(std::string(all, 4) == "abcX");
  arm.close(fd);
}

template <class Arm>
void append_set_later(Arm& arm) {
  const int fd = arm.open("f", kNew);
  CHECK(put(arm, fd, "abc") == 3);
  CHECK(arm.lseek(fd, 0, SEEK_SET) == 0);
  CHECK(arm.fcntl(fd, F_SETFL, O_APPEND) == 0);
  CHECK((arm.fcntl(fd, F_GETFL) & (O_APPEND | O_ACCMODE)) == (O_APPEND | O_RDWR));
  CHECK(put(arm, fd, "d") == 1);
  CHECK(arm.lseek(fd, 0, SEEK_END) == 4);
  arm.close(fd);
}

template <class Arm>
void access_modes(Arm& arm) {
  arm.close(arm.open("f", kNew));
  const int reading = arm.open("f", O_RDONLY);
  const int writing = arm.open("f", O_WRONLY);
  CHECK(error(put(arm, reading, "x")) == EBADF);
  CHECK(read_once(arm, writing) == -EBADF);
  CHECK(error(arm.ftruncate(reading, 0)) == EINVAL);
  CHECK((arm.fcntl(reading, F_GETFL) & O_ACCMODE) == O_RDONLY);
  CHECK((arm.fcntl(writing, F_GETFL) & O_ACCMODE) == O_WRONLY);
  arm.close(reading);
  arm.close(writing);
}

template <class Arm>
void opening(Arm& arm) {
  CHECK(error(arm.open("none", O_RDONLY)) == ENOENT);
  const int fd = arm.open("f", kNew | O_EXCL);
  CHECK(fd >= 0);
  CHECK(error(arm.open("f", kNew | O_EXCL)) == EEXIST);
  CHECK(error(arm.open("f/g", O_RDONLY)) == ENOTDIR);
  CHECK(error(arm.open(std::string(300, 'n'), kNew)) == ENAMETOOLONG);
  CHECK(error(arm.open("f/", O_RDONLY)) == ENOTDIR);
  CHECK(error(arm.open("f", O_RDONLY | O_DIRECTORY)) == ENOTDIR);
  arm.close(fd);
}

template <class Arm>
void truncating_open(Arm& arm) {
  const int first = arm.open("f", kNew);
  CHECK(put(arm, first, "abc") == 3);
  const int second = arm.open("f", O_WRONLY | O_TRUNC);
  CHECK(arm.lseek(second, 0, SEEK_END) == 0);
  CHECK(read_once(arm, first) == 0);
  CHECK(put(arm, first, "d") == 1);  // where its offset was
  CHECK(arm.lseek(second, 0, SEEK_END) == 4);
  arm.close(first);
  arm.close(second);
}

template <class Arm>
void two_opens(Arm& arm) {
  const int first = arm.open("f", kNew);
  const int second = arm.open("f", O_RDONLY);
  CHECK(put(arm, first, "abc") == 3);
  CHECK(get(arm, second, 2) == "ab");
  CHECK(put(arm, first, "def") == 3);
  CHECK(get(arm, second, 10) == "cdef");
  arm.close(first);
  arm.close(second);
}

template <class Arm>
void truncation(Arm& arm) {
  const int fd = arm.open("f", kNew);
  CHECK(put(arm, fd, "abcdef") == 6);
  CHECK(arm.ftruncate(fd, 3) == 0);
  CHECK(arm.lseek(fd, 0, SEEK_CUR) == 6);
  CHECK(arm.ftruncate(fd, 5) == 0);
  CHECK(arm.lseek(fd, 0, SEEK_SET) == 0);
  CHECK(get(arm, fd, 10) == std::string("abc\0\0", 5));
  CHECK(error(arm.ftruncate(fd, -1)) == EINVAL);
  arm.close(fd);
}

template <class Arm>
void status(Arm& arm) {
  const int fd = arm.open("f", kNew);
  CHECK(put(arm, fd, "abc") == 3);
  struct stat found{};
  CHECK(arm.fstat(fd, &found) == 0);
  CHECK(S_ISREG(found.st_mode));
  CHECK(found.st_size == 3);
  CHECK(found.st_nlink == 1);
  arm.close(fd);
  CHECK(error(arm.fstat(fd, &found)) == EBADF);
}

template <class Arm>
void rename_over(Arm& arm) {
  const int old = arm.open("a", kNew);
  const int target = arm.open("b", kNew);
  CHECK(put(arm, old, "new") == 3);
  CHECK(put(arm, target, "old") == 3);
  CHECK(arm.rename("a", "b") == 0);
  CHECK(error(arm.open("a", O_RDONLY)) == ENOENT);
  const int again = arm.open("b", O_RDONLY);
  CHECK(get(arm, again, 10) == "new");
  CHECK(arm.lseek(target, 0, SEEK_SET) == 0);
  CHECK(get(arm, target, 10) == "old");  // it lives while it is open
  for (const int fd : {old, target, again}) arm.close(fd);
}

template <class Arm>
void rename_of_none(Arm& arm) {
  CHECK(error(arm.rename("none", "b")) == ENOENT);
  arm.close(arm.open("b", kNew));
  CHECK(error(arm.rename("none", "b")) == ENOENT);
  CHECK(arm.rename("b", "b") == 0);
  const int fd = arm.open("b", O_RDONLY);
  CHECK(fd >= 0);
  arm.close(fd);
}

template <class Arm>
void unlinked_and_open(Arm& arm) {
  const int fd = arm.open("f", kNew);
  CHECK(put(arm, fd, "abc") == 3);
  CHECK(arm.unlink("f") == 0);
  CHECK(error(arm.unlink("f")) == ENOENT);
  CHECK(put(arm, fd, "def") == 3);
  CHECK(arm.lseek(fd, 0, SEEK_SET) == 0);
  CHECK(get(arm, fd, 10) == "abcdef");
  const int other = arm.open("f", kNew | O_EXCL);
  CHECK(read_once(arm, other) == 0);
  arm.close(fd);
  arm.close(other);
}

template <class Arm>
void syncing(Arm& arm) {
  const int fd = arm.open("f", kNew);
  CHECK(put(arm, fd, "abc") == 3);
  CHECK(arm.fsync(fd) == 0);
  CHECK(arm.fdatasync(fd) == 0);
  const int folder = arm.open("", O_RDONLY | O_DIRECTORY);
  CHECK(folder >= 0);
  CHECK(arm.fsync(folder) == 0);
  struct stat found{};
  CHECK(arm.fstat(folder, &found) == 0);
  CHECK(S_ISDIR(found.st_mode));
  CHECK(read_once(arm, folder) == -EISDIR);
  arm.close(folder);
  arm.close(fd);
  CHECK(error(arm.fsync(fd)) == EBADF);
}

template <class Arm>
void directories_are_no_files(Arm& arm) {
  arm.close(arm.open("f", kNew));
  CHECK(error(arm.open("", O_RDWR)) == EISDIR);
  CHECK(error(arm.open("", O_WRONLY)) == EISDIR);
  const int folder = arm.open("", O_RDONLY);
  CHECK(folder >= 0);
  CHECK(error(put(arm, folder, "x")) == EBADF);
  CHECK(error(arm.ftruncate(folder, 0)) == EINVAL);
  arm.close(folder);
}

template <class Arm>
void nothing_is_done(Arm& arm) {
  const int fd = arm.open("f", kNew);
  CHECK(arm.write(fd, "x", 0) == 0);
  char none = 0;
  CHECK(arm.read(fd, &none, 0) == 0);
  CHECK(arm.lseek(fd, 0, SEEK_END) == 0);
  arm.close(fd);
}

template <class Arm>
void synchronous(Arm& arm) {
  const int fd = arm.open("f", kNew | O_SYNC);
  CHECK(put(arm, fd, "abc") == 3);
  CHECK((arm.fcntl(fd, F_GETFL) & O_SYNC) == O_SYNC);
  CHECK(arm.lseek(fd, 0, SEEK_CUR) == 3);
  arm.close(fd);
}

template <class Arm>
void unread_of_a_file(Arm& arm) {
  const int fd = arm.open("f", kNew);
  CHECK(put(arm, fd, "abcdef") == 6);
  CHECK(arm.lseek(fd, 2, SEEK_SET) == 2);
  int unread = -1;
  CHECK(arm.ioctl(fd, FIONREAD, &unread) == 0);
  CHECK(unread == 4);
  arm.close(fd);
}

template <class Arm>
void files_are_ready(Arm& arm) {
  const int fd = arm.open("f", kNew);
  CHECK(polled(arm, fd, POLLIN | POLLOUT) == (POLLIN | POLLOUT));
  arm.close(fd);
}

template <class Arm>
void files_are_no_sockets(Arm& arm) {
  const int fd = arm.open("f", kNew);
  CHECK(error(arm.listen(fd, 1)) == ENOTSOCK);
  CHECK(error(arm.send(fd, "x", 1, 0)) == ENOTSOCK);
  char one = 0;
  CHECK(error(arm.recv(fd, &one, 1, 0)) == ENOTSOCK);
  CHECK(error(arm.accept(fd, nullptr, nullptr)) == ENOTSOCK);
  CHECK(error(arm.shutdown(fd, SHUT_RD)) == ENOTSOCK);
  CHECK(connect_to(arm, fd, 80) == ENOTSOCK);
  CHECK(get_option(arm, fd, SOL_SOCKET, SO_ERROR) == -ENOTSOCK);
  CHECK(port_of(arm, fd) == -ENOTSOCK);
  arm.close(fd);
}

}  // namespace

NORN_CONFORMS("reads and writes of a file move one offset", offset_moves)
NORN_CONFORMS("a read at the end of a file gives 0", end_of_file)
NORN_CONFORMS("lseek goes from the beginning, the offset and the end, and not before the beginning",
              seeking)
NORN_CONFORMS("what lies between the end and a later write reads as zeros", hole)
NORN_CONFORMS("pread and pwrite leave the offset alone", positional)
NORN_CONFORMS("O_APPEND writes at the end, wherever the offset is", append)
NORN_CONFORMS("O_APPEND is nothing to reads, and a write moves the offset to the end",
              append_reads_from_offset)
NORN_CONFORMS("pwrite to a file with O_APPEND appends", append_by_pwrite)
NORN_CONFORMS("O_APPEND can be set by fcntl", append_set_later)
NORN_CONFORMS("a descriptor allows what its access mode says", access_modes)
NORN_CONFORMS("open says what is wrong with a name", opening)
NORN_CONFORMS("O_TRUNC empties the file for everybody, and offsets stay", truncating_open)
NORN_CONFORMS("two opens of one file have two offsets and the same bytes", two_opens)
NORN_CONFORMS("ftruncate shortens and lengthens, and leaves the offset", truncation)
NORN_CONFORMS("fstat tells the type and the size", status)
NORN_CONFORMS("rename replaces a name, and the file that had it lives while it is open",
              rename_over)
NORN_CONFORMS("rename of what is not there changes nothing", rename_of_none)
NORN_CONFORMS("a removed file lives while it is open, and its name is free", unlinked_and_open)
NORN_CONFORMS("fsync takes files and directories", syncing)
NORN_CONFORMS("a directory can be opened for reading only, and not be read",
              directories_are_no_files)
NORN_CONFORMS("calls of zero bytes do nothing", nothing_is_done)
NORN_CONFORMS("a file with O_SYNC is written as any other", synchronous)
NORN_CONFORMS("FIONREAD tells how much of a file follows the offset", unread_of_a_file)
NORN_CONFORMS("poll finds a file ready for everything", files_are_ready)
NORN_CONFORMS("socket calls on a file are ENOTSOCK", files_are_no_sockets)
