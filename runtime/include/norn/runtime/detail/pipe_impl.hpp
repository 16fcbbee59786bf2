// The templates behind stream.hpp: what happens within a node.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>

#include "norn/runtime/cancelled.hpp"
#include "norn/runtime/detail/remote_pipe.hpp"
#include "norn/runtime/stream.hpp"
#include "norn/runtime/task.hpp"
#include "norn/runtime/task_group.hpp"

namespace norn::detail {

// Runs sources in fibers of their own, which put their values into one channel; `consume` reads it
// in the calling fiber, and ends all when it returns.
template <class T, class Consume>
void run_apart(const std::vector<typename Pipe<T>::Run>& sources, std::size_t size,
               Consume consume) {
  Channel<T> channel(size);
  std::size_t running = sources.size();
  TaskGroup group;
  for (const auto& source : sources) {
    group.spawn("pipe", [&channel, &running, &source] {
      struct Last {
        Channel<T>& channel;
        std::size_t& running;
        ~Last() {
          if (--running == 0) channel.close();
        }
      } last{channel, running};
      source([&](T value) {
        channel.send(std::move(value));
        return true;
      });
    });
  }
  consume(channel);
  if (running > 0) group.cancel();
  group.join();
}

}  // namespace norn::detail

namespace norn {

template <class T>
Pipe<T> Pipe<T>::from(std::vector<T> values) {
  return Pipe([values = std::move(values)](const Emit& emit) {
    for (const T& value : values) {
      if (!emit(value)) return;
    }
  });
}

template <class T>
Pipe<T> Pipe<T>::generate(std::function<std::optional<T>()> next) {
  return Pipe([next = std::move(next)](const Emit& emit) {
    while (std::optional<T> value = next()) {
      if (!emit(std::move(*value))) return;
    }
  });
}

template <class T>
Pipe<T> Pipe<T>::from(Channel<T>& channel) {
  return generate([&channel] { return channel.receive(); });
}

template <class T>
template <class F>
auto Pipe<T>::map(F function) const -> Pipe<std::invoke_result_t<F&, T>> {
  using To = std::invoke_result_t<F&, T>;
  return Pipe<To>([run = run_, function](const typename Pipe<To>::Emit& emit) {
    run([&, f = function](T value) mutable { return emit(f(std::move(value))); });
  });
}

template <class T>
template <class F>
Pipe<T> Pipe<T>::filter(F keep) const {
  return Pipe([run = run_, keep](const Emit& emit) {
    run([&, k = keep](T value) mutable {
      return !k(std::as_const(value)) || emit(std::move(value));
    });
  });
}

template <class T>
Pipe<T> Pipe<T>::take(std::size_t count) const {
  return Pipe([run = run_, count](const Emit& emit) {
    if (count == 0) return;
    run([&, left = count](T value) mutable { return emit(std::move(value)) && --left > 0; });
  });
}

template <class T>
Pipe<T> Pipe<T>::skip(std::size_t count) const {
  return Pipe([run = run_, count](const Emit& emit) {
    run([&, left = count](T value) mutable {
      if (left == 0) return emit(std::move(value));
      --left;
      return true;
    });
  });
}

template <class T>
template <class F>
Pipe<T> Pipe<T>::take_while(F wanted) const {
  return Pipe([run = run_, wanted](const Emit& emit) {
    run([&, w = wanted](T value) mutable {
      return w(std::as_const(value)) && emit(std::move(value));
    });
  });
}

template <class T>
Pipe<T> Pipe<T>::then(Pipe next) const {
  return Pipe([first = run_, second = next.run_](const Emit& emit) {
    bool wanted = true;
    first([&](T value) { return wanted = emit(std::move(value)); });
    if (wanted) second(emit);
  });
}

template <class T>
Pipe<T> Pipe<T>::throttle(std::size_t count, Duration per) const {
  NORN_ASSERT(count >= 1 && per > Duration::zero(), "Pipe::throttle(): at least one in some time");
  const Duration apart = per / static_cast<Duration::rep>(count);
  return Pipe([run = run_, apart](const Emit& emit) {
    run([&, next = TimePoint{}](T value) mutable {
      if (now() < next) sleep_until(next);
      next = std::max(next, now()) + apart;
      return emit(std::move(value));
    });
  });
}

template <class T>
Pipe<T> Pipe<T>::buffer(std::size_t size) const {
  return Pipe([run = run_, size](const Emit& emit) {
    detail::run_apart<T>({run}, size, [&](Channel<T>& channel) {
      while (std::optional<T> value = channel.receive()) {
        if (!emit(std::move(*value))) return;
      }
    });
  });
}

template <class T>
Pipe<std::vector<T>> Pipe<T>::batch(std::size_t size, Duration within) const {
  NORN_ASSERT(size >= 1, "Pipe::batch(): a batch holds at least one");
  using Batch = std::vector<T>;
  return Pipe<Batch>([run = run_, size, within](const typename Pipe<Batch>::Emit& emit) {
    detail::run_apart<T>({run}, 0, [&](Channel<T>& channel) {
      while (std::optional<T> first = channel.receive()) {
        Batch batch;
        batch.push_back(std::move(*first));
        const TimePoint until = now() + within;
        while (batch.size() < size && now() < until) {
          std::optional<T> more = channel.receive_for(until - now());
          if (!more) break;  // nothing came in time, or nothing will
          batch.push_back(std::move(*more));
        }
        if (!emit(std::move(batch))) return;
      }
    });
  });
}

template <class T>
Pipe<T> Pipe<T>::merge(Pipe other) const {
  return Pipe([one = run_, two = other.run_](const Emit& emit) {
    detail::run_apart<T>({one, two}, 0, [&](Channel<T>& channel) {
      while (std::optional<T> value = channel.receive()) {
        if (!emit(std::move(*value))) return;
      }
    });
  });
}

template <class T>
template <class F>
auto Pipe<T>::map_async(std::size_t at_once, F function) const
    -> Pipe<std::invoke_result_t<F&, T>> {
  NORN_ASSERT(at_once >= 1, "Pipe::map_async(): at least one at once");
  using To = std::invoke_result_t<F&, T>;
  // A fiber that runs holds a place: in the channel, in the hands of the source or of the end.
  using Started = std::shared_ptr<Channel<To>>;
  return Pipe<To>([run = run_, at_once, function](const typename Pipe<To>::Emit& emit) {
    TaskGroup workers;
    F f = function;
    const typename Pipe<Started>::Run start = [&](const typename Pipe<Started>::Emit& give) {
      run([&](T value) {
        auto result = std::make_shared<Channel<To>>(1);
        workers.spawn("map_async", [result, &f, v = std::move(value)]() mutable {
          struct Close {
            Channel<To>& channel;
            ~Close() { channel.close(); }
          } close{*result};
          result->send(f(std::move(v)));
        });
        return give(result);
      });
    };
    const auto take_results = [&](Channel<Started>& started) {
      while (const std::optional<Started> next = started.receive()) {
        std::optional<To> value = (*next)->receive();
        if (!value || !emit(std::move(*value))) return;
      }
    };
    // One is with the end and one with the source, beside those in the channel.
    if (at_once == 1) {
      run([&](T value) { return emit(f(std::move(value))); });
    } else {
      detail::run_apart<Started>({start}, at_once - 2, take_results);
    }
    workers.cancel();
    workers.join();
  });
}

template <class T>
template <class F>
void Pipe<T>::for_each(F function) const {
  run_([&](T value) {
    function(std::move(value));
    return true;
  });
}

template <class T>
std::vector<T> Pipe<T>::collect() const {
  std::vector<T> all;
  for_each([&](T value) { all.push_back(std::move(value)); });
  return all;
}

template <class T>
template <class State, class F>
State Pipe<T>::fold(State state, F function) const {
  for_each([&](T value) { state = function(std::move(state), std::move(value)); });
  return state;
}

template <class T>
void Pipe<T>::into(Channel<T>& channel) const {
  for_each([&](T value) { channel.send(std::move(value)); });
}

template <class T>
Pipe<T> Pipe<T>::receive_from(std::string name, RemotePipeOptions options) {
  return Pipe([name = std::move(name), options](const Emit& emit) {
    detail::RemoteReceiver<T> receiver(name, options);
    while (std::optional<T> value = receiver.receive()) {
      if (!emit(std::move(*value))) return;
    }
  });
}

template <class T>
Result<void> Pipe<T>::send_to(Address to, std::string name, RemotePipeOptions options) const {
  detail::RemoteSender<T> sender(to, std::move(name), options);
  run_([&](T value) { return sender.push(std::move(value)); });
  return sender.finish();
}

}  // namespace norn
