// eventfd and timerfd.
#include "conformance/support/calls.hpp"

using namespace norn::test;

namespace {

constexpr long kMillisecond = 1'000'000;

// The number that a read gives; minus an errno value.
template <class Arm>
std::int64_t take(Arm& arm, int fd) {
  std::uint64_t value = 0;
  const ssize_t count = arm.read(fd, &value, sizeof(value));
  return count < 0 ? -errno : static_cast<std::int64_t>(value);
}

template <class Arm>
int add(Arm& arm, int fd, std::uint64_t value) {
  return error(arm.write(fd, &value, sizeof(value)));
}

template <class Arm>
void counter(Arm& arm) {
  const int fd = arm.eventfd(3, EFD_NONBLOCK);
  CHECK(take(arm, fd) == 3);
  CHECK(take(arm, fd) == -EAGAIN);
  CHECK(add(arm, fd, 2) == 0);
  CHECK(add(arm, fd, 5) == 0);
  CHECK(take(arm, fd) == 7);
  arm.close(fd);
}

template <class Arm>
void semaphore(Arm& arm) {
  const int fd = arm.eventfd(2, EFD_NONBLOCK | EFD_SEMAPHORE);
  CHECK(take(arm, fd) == 1);
  CHECK(take(arm, fd) == 1);
  CHECK(take(arm, fd) == -EAGAIN);
  CHECK(add(arm, fd, 1) == 0);
  CHECK(take(arm, fd) == 1);
  arm.close(fd);
}

template <class Arm>
void event_sizes(Arm& arm) {
  const int fd = arm.eventfd(1, EFD_NONBLOCK);
  std::uint64_t value = 1;
  CHECK(error(arm.read(fd, &value, 7)) == EINVAL);
  CHECK(error(arm.write(fd, &value, 7)) == EINVAL);
  std::uint64_t more[2] = {};
  CHECK(arm.read(fd, more, sizeof(more)) == 8);
  arm.close(fd);
}

template <class Arm>
void event_limit(Arm& arm) {
  const int fd = arm.eventfd(0, EFD_NONBLOCK);
  CHECK(add(arm, fd, ~std::uint64_t{0}) == EINVAL);
  CHECK(add(arm, fd, ~std::uint64_t{0} - 1) == 0);
  CHECK(add(arm, fd, 1) == EAGAIN);
  CHECK(add(arm, fd, 0) == 0);
  CHECK(polled(arm, fd, POLLIN | POLLOUT) == POLLIN);
  CHECK(static_cast<std::uint64_t>(take(arm, fd)) == ~std::uint64_t{0} - 1);
  CHECK(polled(arm, fd, POLLIN | POLLOUT) == POLLOUT);
  arm.close(fd);
}

template <class Arm>
void event_flags(Arm& arm) {
  CHECK(error(arm.eventfd(0, 0x40)) == EINVAL);
  CHECK(error(arm.eventfd(1, EFD_NONBLOCK | 0x40)) == EINVAL);
}

template <class Arm>
void event_reader_waits(Arm& arm) {
  const int fd = arm.eventfd(0, 0);
  arm.beside(
      [&] {
        arm.pause();
        add(arm, fd, 4);
      },
      [&] { CHECK(take(arm, fd) == 4); });
  arm.close(fd);
}

template <class Arm>
void event_writer_waits(Arm& arm) {
  const int fd = arm.eventfd(0, 0);
  CHECK(add(arm, fd, ~std::uint64_t{0} - 1) == 0);
  std::int64_t taken = 0;
  arm.beside(
      [&] {
        arm.pause();
        taken = take(arm, fd);
      },
      [&] { CHECK(add(arm, fd, 9) == 0); });
  CHECK(taken == -2);
  CHECK(take(arm, fd) == 9);
  arm.close(fd);
}

// ---- timers

itimerspec every(long first_ms, long period_ms) {
  const auto spec = [](long ms) {
    return timespec{.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * kMillisecond};
  };
  return {.it_interval = spec(period_ms), .it_value = spec(first_ms)};
}

template <class Arm>
int set_timer(Arm& arm, int fd, const itimerspec& value) {
  return error(arm.timerfd_settime(fd, 0, &value, nullptr));
}

template <class Arm>
void timer_once(Arm& arm) {
  const int fd = arm.timerfd_create(CLOCK_MONOTONIC, 0);
  CHECK(set_timer(arm, fd, every(5, 0)) == 0);
  CHECK(polled(arm, fd, POLLIN) == 0);
  CHECK(take(arm, fd) == 1);
  CHECK(make_nonblocking(arm, fd) == 0);
  CHECK(take(arm, fd) == -EAGAIN);
  itimerspec left{};
  CHECK(arm.timerfd_gettime(fd, &left) == 0);
  CHECK(left.it_value.tv_sec == 0);
  CHECK(left.it_value.tv_nsec == 0);
  arm.close(fd);
}

template <class Arm>
void timer_disarmed(Arm& arm) {
  const int fd = arm.timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  CHECK(take(arm, fd) == -EAGAIN);
  CHECK(set_timer(arm, fd, every(5, 0)) == 0);
  CHECK(set_timer(arm, fd, every(0, 0)) == 0);
  arm.pause();
  CHECK(take(arm, fd) == -EAGAIN);
  arm.close(fd);
}

template <class Arm>
void timer_periodic(Arm& arm) {
  const int fd = arm.timerfd_create(CLOCK_MONOTONIC, 0);
  CHECK(set_timer(arm, fd, every(2, 2)) == 0);
  arm.pause();
  CHECK(take(arm, fd) >= 5);  // all that passed, at once
  CHECK(take(arm, fd) >= 1);
  arm.close(fd);
}

template <class Arm>
void timer_left(Arm& arm) {
  const int fd = arm.timerfd_create(CLOCK_MONOTONIC, 0);
  CHECK(set_timer(arm, fd, every(100'000, 3'000)) == 0);
  itimerspec left{};
  CHECK(arm.timerfd_gettime(fd, &left) == 0);
  CHECK(left.it_value.tv_sec >= 90);
  CHECK(left.it_value.tv_sec <= 100);
  CHECK(left.it_interval.tv_sec == 3);
  const itimerspec next = every(1, 0);
  itimerspec before{};
  CHECK(arm.timerfd_settime(fd, 0, &next, &before) == 0);
  CHECK(before.it_value.tv_sec >= 90);
  CHECK(before.it_interval.tv_sec == 3);
  CHECK(take(arm, fd) == 1);
  arm.close(fd);
}

template <class Arm>
void timer_absolute(Arm& arm) {
  const int fd = arm.timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  itimerspec past{};
  past.it_value.tv_nsec = 1;
  CHECK(arm.timerfd_settime(fd, TFD_TIMER_ABSTIME, &past, nullptr) == 0);
  CHECK(polled(arm, fd, POLLIN, kPatience) == POLLIN);
  CHECK(take(arm, fd) == 1);
  itimerspec far{};
  far.it_value.tv_sec = 1'000'000'000;
  CHECK(arm.timerfd_settime(fd, TFD_TIMER_ABSTIME, &far, nullptr) == 0);
  CHECK(take(arm, fd) == -EAGAIN);
  arm.close(fd);
}

template <class Arm>
void timer_mistakes(Arm& arm) {
  CHECK(error(arm.timerfd_create(77, 0)) == EINVAL);
  CHECK(error(arm.timerfd_create(CLOCK_MONOTONIC, 0x40)) == EINVAL);
  const int fd = arm.timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  itimerspec bad = every(1, 0);
  bad.it_value.tv_nsec = 1'000'000'000;
  CHECK(set_timer(arm, fd, bad) == EINVAL);
  bad.it_value.tv_nsec = -1;
  CHECK(set_timer(arm, fd, bad) == EINVAL);
  CHECK(error(arm.timerfd_settime(fd, 0x40, &bad, nullptr)) == EINVAL);
  const int event = arm.eventfd(0, 0);
  CHECK(set_timer(arm, event, every(1, 0)) == EINVAL);
  CHECK(error(arm.write(fd, "12345678", 8)) == EINVAL);
  char small[4] = {};
  CHECK(error(arm.read(fd, small, sizeof(small))) == EINVAL);
  arm.close(fd);
  arm.close(event);
  CHECK(set_timer(arm, fd, every(1, 0)) == EBADF);
}

template <class Arm>
void timer_set_again(Arm& arm) {
  const int fd = arm.timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  CHECK(set_timer(arm, fd, every(1, 0)) == 0);
  CHECK(polled(arm, fd, POLLIN, kPatience) == POLLIN);
  CHECK(set_timer(arm, fd, every(100'000, 0)) == 0);
  CHECK(polled(arm, fd, POLLIN) == 0);  // what it had counted is forgotten
  CHECK(take(arm, fd) == -EAGAIN);
  arm.close(fd);
}

template <class Arm>
void timer_wakes_poll(Arm& arm) {
  const int fd = arm.timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  CHECK(set_timer(arm, fd, every(10, 0)) == 0);
  CHECK(polled(arm, fd, POLLIN, kPatience) == POLLIN);
  CHECK(polled(arm, fd, POLLIN | POLLOUT) == POLLIN);
  CHECK(take(arm, fd) == 1);
  CHECK(polled(arm, fd, POLLIN) == 0);
  arm.close(fd);
}

template <class Arm>
void timer_of_a_copy(Arm& arm) {
  const int fd = arm.timerfd_create(CLOCK_MONOTONIC, 0);
  const int copy = arm.dup(fd);
  CHECK(set_timer(arm, fd, every(5, 0)) == 0);
  arm.close(fd);
  CHECK(take(arm, copy) == 1);
  arm.close(copy);
}

}  // namespace

NORN_CONFORMS("an eventfd adds up, and a read takes all", counter)
NORN_CONFORMS("a semaphore eventfd gives one at a time", semaphore)
NORN_CONFORMS("an eventfd is read and written by eight bytes", event_sizes)
NORN_CONFORMS("an eventfd holds 2^64-2 at most", event_limit)
NORN_CONFORMS("an eventfd refuses flags it does not know", event_flags)
NORN_CONFORMS("a reader of an eventfd waits", event_reader_waits)
NORN_CONFORMS("a writer to a full eventfd waits", event_writer_waits)
NORN_CONFORMS("a timer rings once", timer_once)
NORN_CONFORMS("a timer set to 0 does not ring", timer_disarmed)
NORN_CONFORMS("a periodic timer counts the periods that nobody read", timer_periodic)
NORN_CONFORMS("a timer tells what is left, and what it was set to before", timer_left)
NORN_CONFORMS("an absolute time that has passed rings at once", timer_absolute)
NORN_CONFORMS("a timer says what is wrong with its times", timer_mistakes)
NORN_CONFORMS("setting a timer anew forgets what it counted", timer_set_again)
NORN_CONFORMS("poll waits for a timer", timer_wakes_poll)
NORN_CONFORMS("a timer rings for as long as a descriptor leads to it", timer_of_a_copy)
