// Actors: fibers with an address and a mailbox, as Erlang's processes.
#pragma once

#include <source_location>
#include <string_view>
#include <type_traits>
#include <utility>

#include "norn/runtime/after.hpp"
#include "norn/runtime/codec.hpp"
#include "norn/runtime/exit_reason.hpp"
#include "norn/runtime/message.hpp"
#include "norn/runtime/pid.hpp"
#include "norn/runtime/time.hpp"

namespace norn {

// What actors promise each other:
// - Messages and signals from one actor to another arrive in the order of their sending, each at
//   most once. On one node none is lost. Between nodes they go through a connection, which numbers
//   them and sends again what the network loses, doubles or delays.
// - A connection breaks when the other node did not answer for ActorOptions::heartbeat_timeout, or
//   turns out to have been restarted. Then what was under way is lost, all monitors and links
//   across it tell `noconnection`, on both sides, and the next message makes a new one.
// - Messages are encoded, on one node as well, so that actors share nothing by accident.
// - Mailboxes have no limit, unless one is set (mailbox_limit.hpp).

// spawn_actor() starts an actor on the calling node that runs `function`; it ends when that returns
// or throws. It runs at this instant of virtual time, once the caller blocks. An exception is the
// reason `error` for those who are linked to the actor or monitor it; when there is nobody, it ends
// the run as a violation, as with any other fiber.
template <class F>
Pid spawn_actor(std::string_view name, F&& function,
                std::source_location where = std::source_location::current());

// spawn_link() is spawn_actor() and link() in one step.
template <class F>
Pid spawn_link(std::string_view name, F&& function,
               std::source_location where = std::source_location::current());

struct Monitored {
  Pid pid;
  MonitorRef ref;
};
// spawn_monitor() is spawn_actor() and monitor() in one step.
template <class F>
Monitored spawn_monitor(std::string_view name, F&& function,
                        std::source_location where = std::source_location::current());

// ActorScope makes the calling fiber (a node's main function, say) an actor while it lives. Not for
// a fiber that is one already. An exit signal ends the fiber, with Cancelled out of its blocking
// calls.
class ActorScope {
 public:
  explicit ActorScope(std::string_view name = "scope");
  ActorScope(const ActorScope&) = delete;
  ActorScope& operator=(const ActorScope&) = delete;
  ~ActorScope();
  Pid pid() const { return pid_; }

 private:
  Pid pid_;
  int exceptions_;
};

// self_pid() is the calling actor. Asserts when the fiber is none.
Pid self_pid();
// is_alive() tells whether that actor of the calling node has not ended yet.
bool is_alive(const Pid& pid);

// send() encodes a message and gives it to an actor on this or another node. Never blocks, and
// tells nothing of its fate; what is for an actor that has ended is dropped.
template <class M>
void send(const Pid& to, const M& message);

// match<M>(f) takes a message of type M and calls f(const M&). match_if<M>(p, f) takes one for
// which p(const M&) holds; p must not block.
template <class M, class F>
auto match(F function);
template <class M, class P, class F>
auto match_if(P predicate, F function);

// receive(clauses...) takes the first message in the mailbox that one of the clauses takes, calls
// the first such clause, and returns what it returns (all clauses: a common type, or void). Other
// messages stay, in order. It blocks until there is one, or until the time of an after(d, f) has
// passed; after(0s, f) does not block. A message of a fitting class whose bytes do not decode is
// dropped, with a warning in the log.
template <class... Clauses>
  requires(sizeof...(Clauses) > 0)
auto receive(Clauses&&... clauses);

// link() ties the calling actor and another: when one ends other than normally, the other gets an
// exit signal with its reason. A link to an actor that is gone gives the signal `noproc`.
void link(const Pid& pid);
// unlink() unties them: from now on no exit signal of that link comes.
void unlink(const Pid& pid);

// monitor() asks for one message Down when that actor ends; at once, with `noproc`, when it is
// gone.
MonitorRef monitor(const Pid& pid);
// demonitor() takes it back: no Down comes any more. One that is in the mailbox is removed.
void demonitor(MonitorRef ref);

// exit(pid, reason) sends an exit signal. `kill` ends the actor with the reason `killed`, whatever
// it does. Others come as the message ExitSignal to an actor that traps exits; else `normal` does
// nothing and all others end the actor, out of its present or next blocking call.
void exit(const Pid& pid, const ExitReason& reason);
// exit(reason) ends the calling actor.
[[noreturn]] void exit(const ExitReason& reason);
// trap_exits(true) makes exit signals to the calling actor messages of type ExitSignal.
void trap_exits(bool on);

// started() tells who waits for the start of the calling actor (a supervisor) that it is ready. The
// first receive() that blocks says the same.
void started();

// How a node watches the nodes that its actors deal with. Each node has its own.
struct ActorOptions {
  // Between two questions to a node whose answer matters: one with links, monitors or messages that
  // were not acknowledged yet.
  Duration heartbeat_interval = std::chrono::milliseconds(250);
  // Without an answer for so long the connection is broken. Erlang's net_ticktime is 60 s, for
  // networks and machines of 1998; eight lost heartbeats in a row are a sign.
  Duration heartbeat_timeout = std::chrono::seconds(2);
  // A message that was not acknowledged is sent again after this.
  Duration resend_interval = std::chrono::milliseconds(150);
  // What came is acknowledged after this, many messages at once.
  Duration acknowledge_delay = std::chrono::milliseconds(20);
};
// actor_options() are those of the calling node, to be changed before its actors talk to others.
ActorOptions& actor_options();

}  // namespace norn

#include "norn/runtime/detail/actor_impl.hpp"
