// Opens a trace so that its beginning can be looked at while the rest is being read.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "model/trace_model.hpp"
#include "norn/runtime/result.hpp"

namespace norn::viewer {

// TraceLoader builds a model of the first part of a trace at once and, when there is more, another
// one of the whole on a thread of its own. Models never change, so that neither waits for the
// other; positions of events are the same in both.
class TraceLoader {
 public:
  static constexpr std::uint64_t kFirstEvents = 500'000;

  // open() reads the first part before it returns (a small part of a second). `wake` is called on
  // the other thread when the whole is there. Errors are those of
  // open_trace_file() and of TraceModel::build() for the first part.
  static Result<std::unique_ptr<TraceLoader>> open(const std::string& path,
                                                   std::function<void()> wake,
                                                   std::uint64_t first_events = kFirstEvents);
  // For open() alone.
  TraceLoader() = default;
  // Ends the reading.
  ~TraceLoader();
  TraceLoader(const TraceLoader&) = delete;
  TraceLoader& operator=(const TraceLoader&) = delete;

  // take_first() gives the model of the first part; it is the whole when loading() is false.
  TraceModel take_first() { return std::move(*first_); }
  bool loading() const { return thread_.joinable(); }
  // progress() is the share that has been read, 0 to 1.
  double progress() const;
  // take_whole() gives the whole model, or why there is none, once it is there.
  std::optional<Result<TraceModel>> take_whole();
  // wait() blocks until take_whole() has something to give, or nothing is being read.
  void wait();

 private:
  void read_on(const std::string& path);

  std::optional<TraceModel> first_;
  std::function<void()> wake_;
  std::uint64_t events_ = 0;
  std::atomic<std::uint64_t> done_ = 0;
  std::atomic<bool> cancel_ = false;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::optional<Result<TraceModel>> whole_;
  std::thread thread_;
};

}  // namespace norn::viewer
