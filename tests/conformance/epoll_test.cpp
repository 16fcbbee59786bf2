// epoll: level, edge and one-shot; its set; epolls in epolls.
#include "conformance/support/calls.hpp"

using namespace norn::test;

namespace {

struct Ends {
  int read = -1;
  int write = -1;
};

template <class Arm>
Ends make_pipe(Arm& arm) {
  int ends[2] = {};
  REQUIRE(arm.pipe2(ends, O_NONBLOCK) == 0);
  return {.read = ends[0], .write = ends[1]};
}

template <class Arm>
int control(Arm& arm, int epoll, int operation, int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  return error(arm.epoll_ctl(epoll, operation, fd, &event));
}

template <class Arm>
int add(Arm& arm, int epoll, int fd, std::uint32_t events) {
  return control(arm, epoll, EPOLL_CTL_ADD, fd, events);
}

// The events of the only descriptor that is ready; 0: none; -1: more than one.
template <class Arm>
int waited(Arm& arm, int epoll, int timeout = 0) {
  epoll_event events[8] = {};
  const int count = arm.epoll_wait(epoll, events, 8, timeout);
  if (count == 1) return static_cast<int>(events[0].events);
  return count == 0 ? 0 : -1;
}

template <class Arm>
void level(Arm& arm) {
  const int epoll = arm.epoll_create1(0);
  const Ends ends = make_pipe(arm);
  CHECK(add(arm, epoll, ends.read, EPOLLIN) == 0);
  CHECK(waited(arm, epoll) == 0);
  CHECK(put(arm, ends.write, "ab") == 2);
  CHECK(waited(arm, epoll) == EPOLLIN);
  CHECK(waited(arm, epoll) == EPOLLIN);
  CHECK(get(arm, ends.read, 1) == "a");
  CHECK(waited(arm, epoll) == EPOLLIN);
  CHECK(get(arm, ends.read, 1) == "b");
  CHECK(waited(arm, epoll) == 0);
  for (const int fd : {epoll, ends.read, ends.write}) arm.close(fd);
}

template <class Arm>
void edge(Arm& arm) {
  const int epoll = arm.epoll_create1(0);
  const Ends ends = make_pipe(arm);
  CHECK(add(arm, epoll, ends.read, EPOLLIN | EPOLLET) == 0);
  CHECK(put(arm, ends.write, "ab") == 2);
  CHECK(waited(arm, epoll) == EPOLLIN);
  CHECK(waited(arm, epoll) == 0);
  CHECK(get(arm, ends.read, 1) == "a");
  CHECK(waited(arm, epoll) == 0);  // what is left is no news
  CHECK(put(arm, ends.write, "c") == 1);
  CHECK(waited(arm, epoll) == EPOLLIN);  // what comes is
  for (const int fd : {epoll, ends.read, ends.write}) arm.close(fd);
}

template <class Arm>
void edge_when_added(Arm& arm) {
  const int epoll = arm.epoll_create1(0);
  const Ends ends = make_pipe(arm);
  CHECK(put(arm, ends.write, "a") == 1);
  CHECK(add(arm, epoll, ends.read, EPOLLIN | EPOLLET) == 0);
  CHECK(waited(arm, epoll) == EPOLLIN);
  CHECK(waited(arm, epoll) == 0);
  CHECK(control(arm, epoll, EPOLL_CTL_MOD, ends.read, EPOLLIN | EPOLLET) == 0);
  CHECK(waited(arm, epoll) == EPOLLIN);
  for (const int fd : {epoll, ends.read, ends.write}) arm.close(fd);
}

template <class Arm>
void edges_are_one(Arm& arm) {
  const int epoll = arm.epoll_create1(0);
  const Ends ends = make_pipe(arm);
  CHECK(add(arm, epoll, ends.read, EPOLLIN | EPOLLET) == 0);
  for (int i = 0; i < 5; ++i) CHECK(put(arm, ends.write, "a") == 1);
  CHECK(waited(arm, epoll) == EPOLLIN);
  CHECK(waited(arm, epoll) == 0);
  for (const int fd : {epoll, ends.read, ends.write}) arm.close(fd);
}

template <class Arm>
void edge_gone_before(Arm& arm) {
  const int epoll = arm.epoll_create1(0);
  const Ends ends = make_pipe(arm);
  CHECK(add(arm, epoll, ends.read, EPOLLIN | EPOLLET) == 0);
  CHECK(put(arm, ends.write, "a") == 1);
  CHECK(get(arm, ends.read, 1) == "a");
  CHECK(waited(arm, epoll) == 0);  // it does not hold any more
  for (const int fd : {epoll, ends.read, ends.write}) arm.close(fd);
}

template <class Arm>
void edge_of_room(Arm& arm) {
  const int epoll = arm.epoll_create1(0);
  const Ends ends = make_pipe(arm);
  CHECK(add(arm, epoll, ends.write, EPOLLOUT | EPOLLET) == 0);
  CHECK(waited(arm, epoll) == EPOLLOUT);
  const std::string page(4096, 'x');
  for (int i = 0; i < 16; ++i) CHECK(put(arm, ends.write, page) == 4096);
  CHECK(waited(arm, epoll) == 0);
  CHECK(get(arm, ends.read, 4096).size() == 4096);
  CHECK(waited(arm, epoll) == EPOLLOUT);
  CHECK(get(arm, ends.read, 4096).size() == 4096);
  CHECK(waited(arm, epoll) == 0);  // it was not full
  for (const int fd : {epoll, ends.read, ends.write}) arm.close(fd);
}

template <class Arm>
void one_shot(Arm& arm) {
  const int epoll = arm.epoll_create1(0);
  const Ends ends = make_pipe(arm);
  CHECK(add(arm, epoll, ends.read, EPOLLIN | EPOLLONESHOT) == 0);
  CHECK(put(arm, ends.write, "a") == 1);
  CHECK(waited(arm, epoll) == EPOLLIN);
  CHECK(put(arm, ends.write, "b") == 1);
  CHECK(waited(arm, epoll) == 0);
  CHECK(control(arm, epoll, EPOLL_CTL_MOD, ends.read, EPOLLIN | EPOLLONESHOT) == 0);
  CHECK(waited(arm, epoll) == EPOLLIN);
  CHECK(waited(arm, epoll) == 0);
  arm.close(ends.write);
  CHECK(waited(arm, epoll) == 0);  // not even the end is told
  arm.close(epoll);
  arm.close(ends.read);
}

template <class Arm>
void hang_up_unasked(Arm& arm) {
  const int epoll = arm.epoll_create1(0);
  const Ends ends = make_pipe(arm);
  CHECK(add(arm, epoll, ends.read, 0) == 0);
  CHECK(put(arm, ends.write, "a") == 1);
  CHECK(waited(arm, epoll) == 0);
  arm.close(ends.write);
  CHECK(waited(arm, epoll) == EPOLLHUP);
  arm.close(epoll);
  arm.close(ends.read);
}

template <class Arm>
void set_mistakes(Arm& arm) {
  const int epoll = arm.epoll_create1(0);
  const int event = arm.eventfd(0, 0);
  CHECK(control(arm, epoll, EPOLL_CTL_MOD, event, EPOLLIN) == ENOENT);
  CHECK(control(arm, epoll, EPOLL_CTL_DEL, event, EPOLLIN) == ENOENT);
  CHECK(add(arm, epoll, event, EPOLLIN) == 0);
  CHECK(add(arm, epoll, event, EPOLLIN) == EEXIST);
  CHECK(add(arm, epoll, epoll, EPOLLIN) == EINVAL);
  CHECK(control(arm, epoll, 77, event, EPOLLIN) == EINVAL);
  CHECK(add(arm, event, epoll, EPOLLIN) == EINVAL);
  CHECK(add(arm, epoll, -1, EPOLLIN) == EBADF);
  CHECK(add(arm, -1, event, EPOLLIN) == EBADF);
  epoll_event out{};
  CHECK(error(arm.epoll_wait(epoll, &out, 0, 0)) == EINVAL);
  CHECK(error(arm.epoll_wait(event, &out, 1, 0)) == EINVAL);
  CHECK(error(arm.epoll_wait(-1, &out, 1, 0)) == EBADF);
  CHECK(error(arm.epoll_create1(77)) == EINVAL);
  arm.close(epoll);
  arm.close(event);
}

template <class Arm>
void no_files(Arm& arm) {
  const int epoll = arm.epoll_create1(0);
  const int file = arm.open("f", O_RDWR | O_CREAT);
  CHECK(add(arm, epoll, file, EPOLLIN) == EPERM);
  arm.close(epoll);
  arm.close(file);
}

template <class Arm>
void removed(Arm& arm) {
  const int epoll = arm.epoll_create1(0);
  const int event = arm.eventfd(1, 0);
  CHECK(add(arm, epoll, event, EPOLLIN) == 0);
  CHECK(waited(arm, epoll) == EPOLLIN);
  CHECK(error(arm.epoll_ctl(epoll, EPOLL_CTL_DEL, event, nullptr)) == 0);
  CHECK(waited(arm, epoll) == 0);
  CHECK(add(arm, epoll, event, EPOLLIN) == 0);
  arm.close(epoll);
  arm.close(event);
}

template <class Arm>
void closed_leaves(Arm& arm) {
  const int epoll = arm.epoll_create1(0);
  const int event = arm.eventfd(1, 0);
  CHECK(add(arm, epoll, event, EPOLLIN) == 0);
  arm.close(event);
  CHECK(waited(arm, epoll) == 0);
  const int again = arm.eventfd(1, 0);
  CHECK(again == event);
  CHECK(add(arm, epoll, again, EPOLLIN) == 0);
  arm.close(epoll);
  arm.close(again);
}

template <class Arm>
void copies_stay(Arm& arm) {
  const int epoll = arm.epoll_create1(0);
  const int event = arm.eventfd(1, 0);
  const int copy = arm.dup(event);
  CHECK(add(arm, epoll, event, EPOLLIN) == 0);
  arm.close(event);
  CHECK(waited(arm, epoll) == EPOLLIN);  // the description is open: a lesson of epoll(7)
  arm.close(copy);
  CHECK(waited(arm, epoll) == 0);
  arm.close(epoll);
}

template <class Arm>
void copies_are_two(Arm& arm) {
  const int epoll = arm.epoll_create1(0);
  const int event = arm.eventfd(1, 0);
  const int copy = arm.dup(event);
  CHECK(add(arm, epoll, event, EPOLLIN) == 0);
  CHECK(add(arm, epoll, copy, EPOLLIN) == 0);
  CHECK(waited(arm, epoll) == -1);
  for (const int fd : {event, copy, epoll}) arm.close(fd);
}

template <class Arm>
void in_turn(Arm& arm) {
  const int epoll = arm.epoll_create1(0);
  const int first = arm.eventfd(1, 0);
  const int second = arm.eventfd(1, 0);
  CHECK(add(arm, epoll, first, EPOLLIN) == 0);
  CHECK(add(arm, epoll, second, EPOLLIN) == 0);
  std::string turns;
  for (int i = 0; i < 4; ++i) {
    epoll_event event{};
    CHECK(arm.epoll_wait(epoll, &event, 1, 0) == 1);
    turns += event.data.fd == first ? 'a' : 'b';
  }
  CHECK(turns == "abab");  // nobody starves
  for (const int fd : {first, second, epoll}) arm.close(fd);
}

template <class Arm>
void data_is_kept(Arm& arm) {
  const int epoll = arm.epoll_create1(0);
  const int fd = arm.eventfd(1, 0);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = 0x123456789abcdefU;
  CHECK(arm.epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
  epoll_event out{};
  CHECK(arm.epoll_wait(epoll, &out, 1, 0) == 1);
  const std::uint64_t told = out.data.u64;
  CHECK(told == 0x123456789abcdefU);
  arm.close(fd);
  arm.close(epoll);
}

template <class Arm>
void waits(Arm& arm) {
  const int epoll = arm.epoll_create1(0);
  const Ends ends = make_pipe(arm);
  CHECK(add(arm, epoll, ends.read, EPOLLIN) == 0);
  CHECK(waited(arm, epoll, 5) == 0);
  arm.beside(
      [&] {
        arm.pause();
        put(arm, ends.write, "a");
      },
      [&] { CHECK(waited(arm, epoll, kPatience) == EPOLLIN); });
  for (const int fd : {epoll, ends.read, ends.write}) arm.close(fd);
}

template <class Arm>
void added_while_waiting(Arm& arm) {
  const int epoll = arm.epoll_create1(0);
  const int event = arm.eventfd(1, 0);
  arm.beside(
      [&] {
        arm.pause();
        add(arm, epoll, event, EPOLLIN);
      },
      [&] { CHECK(waited(arm, epoll, kPatience) == EPOLLIN); });
  arm.close(epoll);
  arm.close(event);
}

template <class Arm>
void two_waiters_of_an_edge(Arm& arm) {
  const int epoll = arm.epoll_create1(0);
  const int event = arm.eventfd(0, 0);
  CHECK(add(arm, epoll, event, EPOLLIN | EPOLLET) == 0);
  int other = 0;
  int mine = 0;
  arm.beside([&] { other = waited(arm, epoll, 1000); },
             [&] {
               arm.pause();
               const std::uint64_t one = 1;
               CHECK(arm.write(event, &one, sizeof(one)) == 8);
               mine = waited(arm, epoll, 1000);
             });
  CHECK(other + mine == EPOLLIN);  // one of them
  arm.close(epoll);
  arm.close(event);
}

template <class Arm>
void nested(Arm& arm) {
  const int inner = arm.epoll_create1(0);
  const int outer = arm.epoll_create1(0);
  const int event = arm.eventfd(0, 0);
  CHECK(add(arm, outer, inner, EPOLLIN) == 0);
  CHECK(add(arm, inner, event, EPOLLIN) == 0);
  CHECK(waited(arm, outer) == 0);
  const std::uint64_t one = 1;
  CHECK(arm.write(event, &one, sizeof(one)) == 8);
  CHECK(polled(arm, inner, POLLIN) == POLLIN);
  CHECK(waited(arm, outer) == EPOLLIN);
  CHECK(waited(arm, inner) == EPOLLIN);
  CHECK(add(arm, inner, outer, EPOLLIN) == ELOOP);
  for (const int fd : {inner, outer, event}) arm.close(fd);
}

template <class Arm>
void stream_edges(Arm& arm) {
  const int epoll = arm.epoll_create1(0);
  const Connection made = connection(arm);
  CHECK(make_nonblocking(arm, made.server) == 0);
  CHECK(add(arm, epoll, made.server, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET) == 0);
  CHECK(waited(arm, epoll, kPatience) == EPOLLOUT);
  CHECK(put(arm, made.client, "abc") == 3);
  CHECK(waited(arm, epoll, kPatience) == (EPOLLIN | EPOLLOUT));
  CHECK(waited(arm, epoll) == 0);
  CHECK(arm.shutdown(made.client, SHUT_WR) == 0);
  CHECK(waited(arm, epoll, kPatience) == (EPOLLIN | EPOLLOUT | EPOLLRDHUP));
  CHECK(waited(arm, epoll) == 0);
  arm.close(epoll);
  close_all(arm, made);
}

template <class Arm>
void acknowledgments_are_no_edges(Arm& arm) {
  const int epoll = arm.epoll_create1(0);
  const Connection made = connection(arm);
  CHECK(add(arm, epoll, made.client, EPOLLOUT | EPOLLET) == 0);
  CHECK(waited(arm, epoll, kPatience) == EPOLLOUT);
  CHECK(put(arm, made.client, "abc") == 3);
  CHECK(get(arm, made.server, 3) == "abc");
  arm.pause();
  CHECK(waited(arm, epoll) == 0);  // it never was full
  arm.close(epoll);
  close_all(arm, made);
}

template <class Arm>
void listener_level(Arm& arm) {
  const int epoll = arm.epoll_create1(0);
  const int listening = listener(arm);
  CHECK(add(arm, epoll, listening, EPOLLIN) == 0);
  const int client = arm.socket(AF_INET, SOCK_STREAM, 0);
  CHECK(connect_to(arm, client, port_of(arm, listening)) == 0);
  CHECK(waited(arm, epoll, kPatience) == EPOLLIN);
  const int server = arm.accept(listening, nullptr, nullptr);
  CHECK(waited(arm, epoll) == 0);
  for (const int fd : {epoll, listening, client, server}) arm.close(fd);
}

}  // namespace

NORN_CONFORMS("level-triggered: told for as long as it holds", level)
NORN_CONFORMS("edge-triggered: told once for all that came", edge)
NORN_CONFORMS("edge-triggered: what holds when it is added or changed is told", edge_when_added)
NORN_CONFORMS("edge-triggered: several edges before a wait are one", edges_are_one)
NORN_CONFORMS("edge-triggered: what does not hold any more is not told", edge_gone_before)
NORN_CONFORMS("edge-triggered: room is news only after a full pipe", edge_of_room)
NORN_CONFORMS("one-shot: told once, until it is armed again", one_shot)
NORN_CONFORMS("a hang-up is told unasked", hang_up_unasked)
NORN_CONFORMS("epoll_ctl and epoll_wait say what is wrong", set_mistakes)
NORN_CONFORMS("epoll refuses files", no_files)
NORN_CONFORMS("what is taken out of an epoll is not told, and may come back", removed)
NORN_CONFORMS("what is closed leaves its epoll", closed_leaves)
NORN_CONFORMS("what is closed and has a copy stays in its epoll", copies_stay)
NORN_CONFORMS("a descriptor and its copy are two to an epoll", copies_are_two)
NORN_CONFORMS("epoll_wait of one at a time takes turns", in_turn)
NORN_CONFORMS("epoll gives the data back", data_is_kept)
NORN_CONFORMS("epoll_wait waits", waits)
NORN_CONFORMS("what is added while somebody waits wakes him", added_while_waiting)
NORN_CONFORMS("an edge wakes one of two who wait", two_waiters_of_an_edge)
NORN_CONFORMS("an epoll can be polled and watched, in no circle", nested)
NORN_CONFORMS("edges of a stream: bytes and the end", stream_edges)
NORN_CONFORMS("edges of a stream: acknowledgments are none", acknowledgments_are_no_edges)
NORN_CONFORMS("epoll of a listener tells of connections", listener_level)
