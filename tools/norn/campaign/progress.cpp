#include "campaign/progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace norn::command {

namespace {

using std::chrono::steady_clock;

constexpr auto kRedraw = std::chrono::milliseconds(100);
constexpr auto kLine = std::chrono::seconds(60);

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

}  // namespace

Look look_of(int file) {
  Look look;
  look.terminal = ::isatty(file) == 1;
  const char* const term = std::getenv("TERM");
  const bool dumb = term == nullptr || std::string(term) == "dumb";
  const char* const force = std::getenv("CLICOLOR_FORCE");
  const bool forced = force != nullptr && *force != '\0' && std::string(force) != "0";
  look.colours = !is_set("NO_COLOR") && (forced || (look.terminal && !dumb));
  winsize size{};
  if (::ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) look.columns = size.ws_col;
  return look;
}

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, ",");
  }
  return text;
}

std::string counted(std::uint64_t number, const std::string& noun) {
  return grouped(number) + " " + noun + (number == 1 ? "" : "s");
}

std::string time_left(double seconds) {
  char text[48];
  if (seconds < 100) {
    std::snprintf(text, sizeof(text), seconds < 10 ? "%.1f s" : "%.0f s", seconds);
  } else if (seconds < 6000) {
    std::snprintf(text, sizeof(text), "%.0f min", seconds / 60);
  } else {
    std::snprintf(text, sizeof(text), "%.1f h", seconds / 3600);
  }
  return text;
}

Progress::Progress(std::ostream& stream, Look look, std::uint64_t asked, std::uint64_t done)
    : stream_(stream), look_(look), asked_(asked), before_(done) {}

void Progress::add(std::uint64_t seeds, std::uint64_t failures) {
  ran_ += seeds;
  failures_ += failures;
}

void Progress::show(std::uint64_t running) {
  const auto now = steady_clock::now();
  if (now - shown_ < (look_.terminal ? steady_clock::duration(kRedraw) : kLine)) return;
  shown_ = now;
  if (!look_.terminal) {
    stream_ << line(running) << std::endl;
    return;
  }
  visible_ = true;
  stream_ << "\r" << line(running).substr(0, look_.columns - 1) << "\033[K" << std::flush;
}

void Progress::hide() {
  if (visible_) stream_ << "\r\033[K" << std::flush;
  visible_ = false;
}

double Progress::seconds() const {
  return std::chrono::duration<double>(steady_clock::now() - begin_).count();
}

std::string Progress::line(std::uint64_t running) const {
  const std::uint64_t done = std::min(asked_, before_ + ran_ + running);
  const double rate = static_cast<double>(ran_ + running) / seconds();
  std::string text = "seeds " + grouped(done) + " of " + grouped(asked_) + "  " +
                     grouped(static_cast<std::uint64_t>(std::llround(rate))) + "/s  " +
                     counted(failures_, "failure");
  if (asked_ > done && rate > 0)
    text += "  " + time_left(static_cast<double>(asked_ - done) / rate) + " to go";
  return text;
}

}  // namespace norn::command
