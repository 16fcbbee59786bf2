#include "program/progress.hpp"

#include <cmath>
#include <cstdio>

#include "explore/text.hpp"

namespace norn::program {

namespace {

constexpr auto kRedraw = std::chrono::milliseconds(100);

std::string rate_text(double per_second) {
  if (per_second < 10) {
    char text[32];
    std::snprintf(text, sizeof(text), "%.1f", per_second);
    return text;
  }
  return explore::grouped(static_cast<std::uint64_t>(std::llround(per_second)));
}

}  // namespace

Progress::Progress(SeedRange seeds, bool enabled) : asked_(seeds.last - seeds.first + 1) {
  if (enabled && terminal_.is_terminal()) thread_ = std::thread([this] { draw_for_ever(); });
}

Progress::~Progress() {
  hide();
}

void Progress::hide() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  wake_.notify_all();
  thread_.join();
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
}

void Progress::print(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (thread_.joinable()) std::fputs("\r\033[K", stderr);
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

void Progress::add(const RunSummary& run) {
  {
    const std::lock_guard lock(mutex_);
    shrinking_.clear();
  }
  done_.fetch_add(1, std::memory_order_relaxed);
  simulated_ns_.fetch_add(run.simulated.count(), std::memory_order_relaxed);
  if (run.verdict == Verdict::violated) failed_.fetch_add(1, std::memory_order_relaxed);
}

void Progress::show(const ShrinkProgress& shrinking) {
  const std::lock_guard lock(mutex_);
  shrinking_ = "  shrinking: " + explore::counted(shrinking.size.faults, "fault") + ", " +
               explore::counted(shrinking.size.events, "event") + " after " +
               explore::counted(shrinking.replays, "replay");
}

double Progress::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
}

void Progress::draw_for_ever() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kRedraw, [this] { return over_; })) draw();
}

void Progress::draw() {
  const std::string text = line().substr(0, terminal_.columns() - 1);
  std::fprintf(stderr, "\r%s\033[K", text.c_str());
  std::fflush(stderr);
}

std::string Progress::line() const {
  const std::uint64_t done = done_.load(std::memory_order_relaxed);
  if (!shrinking_.empty()) return "seeds " + explore::grouped(done) + shrinking_;
  const double passed = seconds();
  const double rate = static_cast<double>(done) / passed;
  const double simulated =
      static_cast<double>(simulated_ns_.load(std::memory_order_relaxed)) / passed;
  std::string text = "seeds " + explore::grouped(done);
  if (asked_ != 0) text += " of " + explore::grouped(asked_);
  text += "  " + rate_text(rate) + "/s  " +
          explore::rough_duration(Duration(static_cast<std::int64_t>(simulated))) +
          " simulated/s  " + explore::counted(failed_.load(std::memory_order_relaxed), "failure");
  if (asked_ > done && rate > 0) {
    const double left = static_cast<double>(asked_ - done) / rate * 1e9;
    // Beyond a year nobody waits, and the sum would not fit.
    if (left < 3e16)
      text += "  " + explore::rough_duration(Duration(static_cast<std::int64_t>(left))) + " to go";
  }
  return text;
}

}  // namespace norn::program
