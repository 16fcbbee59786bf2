// What node code meets when it calls the standard library's time and chance.
#pragma once

namespace norn {

// A program that links norn::intercept (every program with norn::main does) answers these calls for
// node code, and passes them on to the system for everybody else:
//
// - Time of day: std::chrono::system_clock, time, gettimeofday, clock_gettime(CLOCK_REALTIME),
//   timespec_get: the node's WallClock. localtime and mktime take UTC for the local time.
// - Monotonic time: steady_clock, high_resolution_clock, clock_gettime(CLOCK_MONOTONIC and the
//   like), clock: the node's now().
// - Sleeping: std::this_thread::sleep_for and sleep_until, nanosleep, clock_nanosleep, usleep,
//   sleep block the fiber only, and throw Killed and Cancelled.
// - Chance: std::random_device, getrandom, getentropy, arc4random and its kin, rand, random: keyed
//   choices of the run. rand and random follow their seed once srand or srandom was called, for
//   each life of a node by itself.
// - Who one is: getpid, getppid, gethostname, uname: the name of the node, and a number of its own
//   for each life.
//
// What would leave the simulation is refused with EPERM and ends the run as a violation of "node
// code keeps to its world" that names the fiber and the call, unless SimOptions::outside_calls:
// threads (std::thread, pthread_create), processes (fork), sockets of the machine (socket), its
// files for writing and its random devices (open, creat, fopen and their kin), and changes of its
// names (mkdir, rmdir, rename, unlink, remove, truncate, link, symlink).
//
// Not caught: raw system calls and instructions (syscall(), rdtsc, rdrand), what a statically
// linked library inlines, drand48 and its kin, waiting on descriptors of the machine (poll,
// select), and locks of the operating system (a std::mutex that is contended blocks all nodes: see
// SimOptions::stall_limit). With a sanitizer pthread_create itself is not watched, std::thread is.

// intercepts_standard_calls() is whether this program does so.
bool intercepts_standard_calls();

}  // namespace norn
