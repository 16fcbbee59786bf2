// How far a campaign is, for a person who waits.
#pragma once

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>

namespace norn::command {

// Look is whether standard error is a terminal and whether text on it may have colours: NO_COLOR
// (https://no-color.org) forbids them, CLICOLOR_FORCE (https://bixense.com/clicolors) asks for them
// anywhere.
struct Look {
  bool terminal = false;
  bool colours = false;
  unsigned columns = 80;
};
Look look_of(int file);

// Progress shows done seeds, their rate and the time that is left: a line that is kept up to date
// on a terminal, a line a minute elsewhere.
class Progress {
 public:
  Progress(std::ostream& stream, Look look, std::uint64_t asked, std::uint64_t done);
  void add(std::uint64_t seeds, std::uint64_t failures);
  // show() is called often. `running` are seeds that are done, but not yet told.
  void show(std::uint64_t running);
  // hide() takes the line away.
  void hide();
  double seconds() const;
  std::uint64_t ran() const { return ran_; }

 private:
  std::string line(std::uint64_t running) const;

  std::ostream& stream_;
  const Look look_;
  const std::uint64_t asked_;
  const std::uint64_t before_;  // done when this process began
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point shown_ = begin_;
  std::uint64_t ran_ = 0;
  std::uint64_t failures_ = 0;
  bool visible_ = false;
};

// grouped() is 1,234,567.
std::string grouped(std::uint64_t number);
// counted() is "1 seed", "2 seeds".
std::string counted(std::uint64_t number, const std::string& noun);
// time_left() is "50 s", "12 min", "3.5 h".
std::string time_left(double seconds);

}  // namespace norn::command
