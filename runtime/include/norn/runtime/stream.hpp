// Pipe: a stream of values, from where they come from to where they go, at the pace of the slowest.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "norn/runtime/channel.hpp"
#include "norn/runtime/message.hpp"
#include "norn/runtime/remote_pipe_options.hpp"
#include "norn/runtime/result.hpp"
#include "norn/runtime/time.hpp"

namespace norn {

// A Pipe<T> is the description of a stream: a source and what is done to its values. Nothing
// happens until an end is put to it (for_each, collect, fold, into, send_to), which runs it in the
// calling fiber and blocks until the source is exhausted or the end wants no more. A stage pushes a
// value to the next one and goes on only when that has taken it, so a slow end slows the source; no
// stage holds more values than it says. Stages without a number to hold run in the fiber of the
// end; buffer(), batch(), merge() and map_async() start fibers, which end with the Pipe. An
// exception in a stage stops all and comes out at the end.
//
//   Pipe<Order>::receive_from("orders").filter(is_paid).batch(100, 1s).for_each(store);
template <class T>
class Pipe {
 public:
  // Takes a value; false: no more are wanted.
  using Emit = std::function<bool(T)>;
  // Gives values to the Emit until there are none, or none are wanted.
  using Run = std::function<void(const Emit&)>;

  explicit Pipe(Run run) : run_(std::move(run)) {}

  // ---- sources
  static Pipe from(std::vector<T> values);
  // generate() calls `next` until it returns nothing.
  static Pipe generate(std::function<std::optional<T>()> next);
  // from() a channel takes its values until it is closed and empty. It must outlive the run.
  static Pipe from(Channel<T>& channel);
  // receive_from() is the end of a stream that another node sends under this name with send_to().
  // At each time one stream of a name and type can be received on a node: a second one asserts.
  // Throws PipeBroken.
  static Pipe receive_from(std::string name, RemotePipeOptions options = {});

  // ---- stages
  template <class F>
  auto map(F function) const -> Pipe<std::invoke_result_t<F&, T>>;
  template <class F>
  Pipe filter(F keep) const;
  // take() ends the stream after `count` values, skip() leaves out the first.
  Pipe take(std::size_t count) const;
  Pipe skip(std::size_t count) const;
  template <class F>
  Pipe take_while(F wanted) const;
  // then() gives the values of `next` after its own.
  Pipe then(Pipe next) const;

  // throttle() lets `count` values pass in each `per`, evenly spaced after a pause.
  Pipe throttle(std::size_t count, Duration per) const;
  // buffer() runs what is before it in a fiber of its own, up to `size` values ahead.
  Pipe buffer(std::size_t size) const;
  // batch() gathers up to `size` values, but keeps none waiting for longer than `within`.
  Pipe<std::vector<T>> batch(std::size_t size, Duration within) const;
  // merge() gives the values of both, each as it comes.
  Pipe merge(Pipe other) const;
  // map_async() calls `function` for up to `at_once` values at a time, each in a fiber of its own,
  // and gives the results in the order of the values.
  template <class F>
  auto map_async(std::size_t at_once, F function) const -> Pipe<std::invoke_result_t<F&, T>>;

  // ---- ends
  template <class F>
  void for_each(F function) const;
  std::vector<T> collect() const;
  template <class State, class F>
  State fold(State state, F function) const;
  // into() sends all to a channel, and leaves it open.
  void into(Channel<T>& channel) const;

  // send_to() sends all to another node, where receive_from() with the same name and type takes
  // them: each once and in order, whatever the network loses, doubles or reorders. The receiver
  // grants credit as its stream is consumed, so a slow consumer there slows the source here; no
  // more than 2 * credit values are on the way. Blocks until the receiver has all of them, in
  // memory: a receiver that must not lose them in a crash answers by other means. Errors: closed
  // (the receiver wants no more, lost its memory in a crash, or was silent for give_up_after); some
  // values may have arrived.
  Result<void> send_to(Address to, std::string name, RemotePipeOptions options = {}) const;

  const Run& run() const { return run_; }

 private:
  Run run_;
};

}  // namespace norn

#include "norn/runtime/detail/pipe_impl.hpp"
