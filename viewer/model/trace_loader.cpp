#include "model/trace_loader.hpp"

#include <utility>

#include "model/trace_file.hpp"

namespace norn::viewer {

Result<std::unique_ptr<TraceLoader>> TraceLoader::open(const std::string& path,
                                                       std::function<void()> wake,
                                                       std::uint64_t first_events) {
  auto source = open_trace_file(path);
  if (!source) return source.error();
  auto loader = std::make_unique<TraceLoader>();
  loader->wake_ = std::move(wake);
  loader->events_ = (*source)->event_count();
  auto first = TraceModel::build(std::move(source).value(), {.most_events = first_events});
  if (!first) return first.error();
  loader->first_ = std::move(first).value();
  if (loader->first_->partial()) {
    loader->thread_ = std::thread([self = loader.get(), path] { self->read_on(path); });
  }
  return loader;
}

TraceLoader::~TraceLoader() {
  cancel_ = true;
  if (thread_.joinable()) thread_.join();
}

void TraceLoader::read_on(const std::string& path) {
  // A reader keeps the chunks it decoded last, so each thread has its own.
  auto source = open_trace_file(path);
  auto whole =
      source ? TraceModel::build(std::move(source).value(), {.done = &done_, .cancel = &cancel_})
             : Result<TraceModel>(source.error());
  {
    const std::lock_guard lock(mutex_);
    whole_ = std::move(whole);
  }
  ready_.notify_all();
  if (wake_) wake_();
}

double TraceLoader::progress() const {
  if (!loading() || events_ == 0) return 1;
  return static_cast<double>(done_.load(std::memory_order_relaxed)) / static_cast<double>(events_);
}

std::optional<Result<TraceModel>> TraceLoader::take_whole() {
  if (!thread_.joinable()) return std::nullopt;
  {
    const std::lock_guard lock(mutex_);
    if (!whole_) return std::nullopt;
  }
  thread_.join();
  return std::exchange(whole_, std::nullopt);
}

void TraceLoader::wait() {
  if (!thread_.joinable()) return;
  std::unique_lock lock(mutex_);
  ready_.wait(lock, [&] { return whole_.has_value(); });
}

}  // namespace norn::viewer
