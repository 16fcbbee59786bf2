// Messages between nodes: send, receive, serve, call. Datagrams: they may be lost, doubled or late.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "norn/runtime/codec.hpp"
#include "norn/runtime/host/message.hpp"
#include "norn/runtime/result.hpp"
#include "norn/runtime/time.hpp"
#include "norn/runtime/type_name.hpp"

namespace norn {

// Address names a node. From a name it looks the node up: a name that no node has gives an address
// to which everything is lost (known() is false). An Address may be kept and sent.
class Address {
 public:
  Address() = default;
  Address(std::string_view name);
  Address(const char* name) : Address(std::string_view(name)) {}
  Address(const std::string& name) : Address(std::string_view(name)) {}
  static Address from_id(host::NodeId id) {
    Address address;
    address.id_ = id;
    return address;
  }

  host::NodeId id() const { return id_; }
  bool known() const { return id_ != 0; }
  std::string_view name() const;
  friend bool operator==(const Address&, const Address&) = default;
  friend auto operator<=>(const Address&, const Address&) = default;

  // As JSON, an Address is the name of its node; null when there is none.
  template <class Json>
  friend void to_json(Json& json, const Address& address) {
    if (address.known()) {
      json = std::string(address.name());
    } else {
      json = nullptr;
    }
  }
  template <class Json>
  friend void from_json(const Json& json, Address& address) {
    address = json.is_null() ? Address() : Address(json.template get<std::string>());
  }

 private:
  host::NodeId id_ = 0;
};

// self() is the address of the calling node.
Address self();

// A message that came, and who sent it.
template <class M>
struct Received {
  M value;
  Address from;
  std::uint64_t request = 0;  // not 0: the sender waits in call(); answer with reply()
};

// send() encodes the message and gives it to the network; it never blocks and tells nothing of its
// fate.
template <class M>
void send(Address to, const M& message);

// receive() blocks until a message of type M is there and takes it. Messages of other types stay in
// the node's mailbox, in order; a full mailbox loses what comes. Bytes that do not decode as an M
// are dropped and logged as a warning.
template <class M>
Received<M> receive();

// receive_for() gives up after `timeout`: error timeout.
template <class M>
Result<Received<M>> receive_for(Duration timeout);

// How often call() sends a request that is not answered, and how long it waits in between:
// exponentially longer, each wait shortened by a drawn share of up to so many percent.
struct RetryPolicy {
  std::uint32_t attempts = 1;  // 1: it is sent once
  Duration first = std::chrono::milliseconds(50);
  Duration max = std::chrono::seconds(1);
  std::uint32_t factor = 2;
  std::uint32_t jitter_percent = 20;
};

struct CallOptions {
  // How long call() waits for the reply, in all. Duration::max(): for ever; calls that wait for
  // each other in a circle then end the run as a violation that names them.
  Duration timeout = std::chrono::seconds(1);
  RetryPolicy retry{};
  bool cancel_server = false;  // a timeout, too, tells the server that nobody waits any more
};

// call() sends a request and blocks until its reply comes. The reply's type is Request::Reply.
// Errors: timeout (the peer may or may not have acted), unknown_node, bad_message. Unless asked to
// by `retry`, it does not try again. All attempts of one call have the same number: any answer
// counts, and a server that uses serve() acts on the request at most once in each of its lives (see
// ServeOptions::remember); without the memory, at least once if the call succeeds. When the
// caller's Context is over, call() throws Cancelled and the server is told, which takes the request
// out of its mailbox or cancels its handler (see serve_concurrently() in rpc.hpp).
template <class Request>
Result<typename Request::Reply> call(Address to, const Request& request, CallOptions options = {});

// reply() answers a request that was taken with receive().
template <class Request>
void reply(const Received<Request>& request, const typename Request::Reply& answer);

struct ServeOptions {
  // How many answers to repeatable requests (of call() with a RetryPolicy) are remembered in this
  // life of the node: a repeated request gets the answer again, and no handler sees it. The oldest
  // is forgotten first. 0: every request that comes is acted upon.
  std::size_t remember = 1024;
};

// serve() takes messages for ever and gives each to the handler of its type, one after the other,
// in order of arrival. Bytes that do not decode are dropped, as by receive(). A handler is callable
// with (const M&) or (const M&, Address from); what it returns for a type M with M::Reply is the
// reply.
template <class... Handlers>
[[noreturn]] void serve(Handlers&&... handlers);
template <class... Handlers>
[[noreturn]] void serve(ServeOptions options, Handlers&&... handlers);

// serve_for() is serve() that returns after `duration`.
template <class... Handlers>
void serve_for(Duration duration, Handlers&&... handlers);

}  // namespace norn

#include "norn/runtime/detail/message_impl.hpp"
