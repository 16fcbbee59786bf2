// Server: an actor that answers calls, as Erlang's gen_server.
#pragma once

#include <chrono>
#include <tuple>
#include <type_traits>
#include <utility>

#include "norn/runtime/actor.hpp"
#include "norn/runtime/message.hpp"
#include "norn/runtime/result.hpp"

namespace norn {

// From<Request> is who waits for the reply to a request. It may be kept for later and sent to
// another actor: whoever has it can answer.
template <class Request>
struct From {
  Pid caller;    // the actor that called; of number 0 when a fiber that is no actor did
  Pid reply_to;  // for reply()
};

// reply() answers a request. The second answer, and one that comes too late, are dropped.
template <class Request>
void reply(const From<Request>& from, const typename Request::Reply& answer);

// call() sends a request to a Server or StateMachine on any node and blocks until its reply comes;
// the reply's type is Request::Reply. The server is monitored meanwhile, so that a dead one fails
// at once. Errors: closed (it ended before it answered, or had ended before: the message says with
// which reason, noproc or noconnection), timeout (it may or may not have acted), bad_message,
// invalid (it calls itself). The caller need not be an actor.
template <class Request>
Result<typename Request::Reply> call(const Pid& server, const Request& request,
                                     CallOptions options = {});

// cast() sends a message to a server's on_cast() handler; nobody waits.
template <class M>
void cast(const Pid& server, const M& message);

struct StopOptions {
  ExitReason reason{};                         // what it ends with
  Duration timeout = std::chrono::seconds(5);  // how long stop() waits
};
// stop() asks a Server or StateMachine to end and blocks until it has. Errors: closed (it is not
// there, or ended with another reason), timeout.
Result<void> stop(const Pid& server, StopOptions options = {});

// The handlers of a Server. A handler of calls takes (const Request&) and returns the reply, or
// takes (const Request&, From<Request>) and answers with reply(), then or later.
template <class F>
auto on_call(F handler);
// on_cast() is for what cast() sent, on_info() for what send() sent: both take (const M&).
template <class F>
auto on_cast(F handler);
template <class F>
auto on_info(F handler);
// on_stop(f) calls f(const ExitReason&) before the server ends: after stop(), exit(reason) or a
// std::exception in one of its handlers, or when it traps exits and its parent sends an exit
// signal. Not when an exit signal ends it that it does not trap.
template <class F>
auto on_stop(F handler);

// Server takes the messages of the calling actor one after the other, in order of arrival, and
// gives each to its handler. after(d, f) among the handlers calls f when no message has come for
// `d`. Messages without a handler, and those that do not decode, are dropped, with a warning in the
// log (their callers run into their timeout). To end itself a handler says exit(reason). State
// lives in the function around it:
//
//   norn::spawn_actor("counter", [] {
//     int value = 0;
//     norn::Server(norn::on_call([&](const Add& add) { return value += add.by; }),
//                  norn::on_cast([&](const Reset&) { value = 0; })).run();
//   });
template <class... Handlers>
class Server {
 public:
  explicit Server(Handlers... handlers) : handlers_(std::move(handlers)...) {}

  // run() serves until the actor ends; it does not return. Its beginning says started().
  [[noreturn]] void run();

 private:
  void serve_one();
  void stop(const ExitReason& reason);

  std::tuple<Handlers...> handlers_;
};

}  // namespace norn

#include "norn/runtime/detail/server_impl.hpp"
