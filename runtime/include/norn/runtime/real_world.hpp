// The real world: node code on this machine's clock, sockets and files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace norn {

namespace real {
class World;
}

struct RealOptions {
  std::size_t stack_size = std::size_t{256} * 1024;  // bytes of address space a fiber
  bool guard_pages = false;  // a fault where a stack ends, at the price of kernel mappings
  std::size_t workers = 16;  // threads at most, for the disk, name look-ups and blocking()
  // Signals that ask the nodes to stop (request_stop()), {SIGINT, SIGTERM} for a server. They are
  // blocked in the thread that runs the world, meanwhile; other threads of the program must have
  // them blocked too, or the machine gives the signal to one of those.
  std::vector<int> stop_signals = {};
  // Takes what nodes log and publish, a line without its end at a time; by default stderr. A line
  // is the time of day (UTC), the node, the level (debug, info, warning, error) and the text; or
  // "state", the key, "=" and the value as JSON, of publish().
  std::function<void(std::string_view line)> log = nullptr;
};

struct RealNodeOptions {
  // The folder that holds the node's files; it is made if it is missing. Paths of node code begin
  // there and never lead out of it: ".." stops at it, symbolic links are not followed.
  std::string root = ".";
  // A daemon serves others: the world does not wait for its end, but ends it (its fibers see
  // Killed) once all nodes that are none have ended.
  bool daemon = false;
  std::uint32_t mailbox_limit = 65'536;  // messages waiting; those that come then are lost
};

// How a run of the real world ended.
enum class RealEnd : std::uint8_t {
  finished,  // every node ended by itself, daemons apart
  stopped,   // it was asked to stop, and did
  failed,    // an exception left a fiber, or a fiber swallowed Killed
  deadlock,  // nothing could ever wake any of the fibers again
  refused,   // it did not begin: a folder cannot be opened, or a world runs on this thread already
};

struct RealResult {
  RealEnd end = RealEnd::finished;
  std::string problem;  // what went wrong and where: the fiber, or the fibers that wait
  bool ok() const { return end == RealEnd::finished || end == RealEnd::stopped; }
};

// RealWorld runs nodes on the thread that calls run(), each with fibers as in a simulation: now()
// is the monotonic clock of the machine (from the start of the run), files and sockets are the
// machine's, and blocking calls block a fiber only. All of runtime.hpp works, with these
// differences from a simulation:
// - Messages (send, call, serve, actors) reach the nodes of the same RealWorld, in memory and in
//   order; one to a name that is not there, or to a node that has ended, is lost. Programs talk to
//   other processes and machines by sockets.
// - The names of the world's nodes resolve to 127.0.0.1, which all of them share with its ports;
//   other names are asked of the machine (getaddrinfo, IPv4), which blocks the fiber; the error
//   `timeout` says that no name server answers. node_name() of an address knows only a node that is
//   alone in its world.
// - fsync() and its like are the machine's; a directory stays when its last file is removed.
// - random() begins at a seed of the machine (getrandom). consume() takes no time, buggify() never
//   fires, a knob() is what it usually is, nothing limits memory().
// - Work given to blocking() runs on another thread.
//
// A fiber that computes for long holds up all others: give such work to blocking(). Fibers that
// are ready run in the order in which they became so.
class RealWorld {
 public:
  explicit RealWorld(RealOptions options = {});
  RealWorld(const RealWorld&) = delete;
  RealWorld& operator=(const RealWorld&) = delete;
  ~RealWorld();

  // node() adds a node, before run(). Names are unique.
  void node(std::string name, std::function<void()> main, RealNodeOptions options = {});

  // run() starts the nodes and blocks this thread until they have ended. It can be called once; a
  // thread runs one world at a time, a process as many as it has threads. SIGPIPE is blocked
  // meanwhile: a broken connection is an error of the call. When it returns, no fiber lives, and
  // all descriptors of the nodes are closed. It waits for work that is under way in blocking().
  //
  // A deadlock is found when no fiber is ready, no time, socket, pipe or work is waited for, and no
  // message is under way. A fiber that waits for a socket that will never speak is not one.
  RealResult run();

  // request_stop() asks all nodes to stop, as SIGTERM does a program: those that ever called
  // wait_for_stop() or stop_requested() are told, the others die at once. The second time all die.
  // From any thread, and from signal handlers.
  void request_stop();

 private:
  std::unique_ptr<real::World> world_;
};

struct RealRunOptions {
  std::string name = "node";
  std::string root = ".";
  RealOptions world = {};
};

// run_for_real() is a RealWorld with one node.
RealResult run_for_real(std::function<void()> main, RealRunOptions options = {});

}  // namespace norn
