// serve_concurrently(): many requests at once, each in a fiber of its own, called off when its
// caller gives up.
#pragma once

#include <cstddef>
#include <cstdint>

#include "norn/runtime/message.hpp"

namespace norn {

struct ConcurrentServeOptions {
  std::size_t limit = 64;  // handlers that run at once; further messages wait in the mailbox
  std::size_t remember = ServeOptions{}.remember;
};

// serve_concurrently() is serve() with a fiber for each message, started in order of arrival. A
// handler of a call works in a Context whose deadline is the caller's:
// Context::current().deadline() says how long an answer is of use. When it passes, or when the
// caller is cancelled, the handler's blocking calls throw Cancelled, and nobody is answered. A
// request that is called off while it waits in the mailbox is not begun. The word of the caller's
// cancellation may be lost, as every message; its deadline was there with the request.
//
// What a handler throws calls off the others and comes out of serve_concurrently(), and so does
// Cancelled when the caller's Context is over. Otherwise it never returns.
template <class... Handlers>
[[noreturn]] void serve_concurrently(ConcurrentServeOptions options, Handlers&&... handlers);

}  // namespace norn

#include "norn/runtime/detail/rpc_impl.hpp"
