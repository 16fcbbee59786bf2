#include "app/options.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

namespace norn::viewer {

using Arguments = std::vector<std::string>;

TEST_CASE("the command line is read with its units") {
  const auto options = parse_options({"run.norn", "--screenshot", "out.png", "--size", "1280x720",
                                      "--from", "1.5s", "--to", "2500ms", "--select", "17",
                                      "--theme", "dark", "--scale", "1.5", "--force"});
  REQUIRE(options.ok());
  CHECK(options->file == "run.norn");
  CHECK(options->screenshot == "out.png");
  CHECK(options->view.size.width == 1280);
  CHECK(options->view.size.height == 720);
  CHECK(options->view.from_ns == 1'500'000'000);
  CHECK(options->view.to_ns == 2'500'000'000);
  CHECK(options->view.select == 17U);
  CHECK(options->view.dark);
  CHECK(options->view.scale == 1.5F);
  CHECK(options->overwrite);
}

TEST_CASE("a file alone opens a window on the whole trace") {
  const auto options = parse_options({"run.norn"});
  REQUIRE(options.ok());
  CHECK(options->screenshot.empty());
  CHECK_FALSE(options->view.from_ns.has_value());
  CHECK_FALSE(options->overwrite);
}

TEST_CASE("help and version need no file") {
  CHECK(parse_options({"--help"})->help);
  CHECK(parse_options({"--version"})->version);
  CHECK(help_text().find("--screenshot") != std::string::npos);
}

TEST_CASE("what makes no sense is refused in one line that says what") {
  struct Case {
    Arguments arguments;
    std::string says;
  };
  const std::vector<Case> cases = {
      {{"--screenshot", "o.png"}, "which trace"},
      {{"--beside", "b.norn"}, "--beside what"},
      {{"--script", "s.json", "--screenshot", "o.png"}, "--script makes its own"},
      {{"a.norn", "--script", "s.json", "--panel", "log"}, "--panel does not go with --script"},
      {{"a.norn", "--out", "pictures"}, "--out goes with --script"},
      {{"a.norn", "b.norn"}, "b.norn"},
      {{"a.norn", "--nonsense"}, "--nonsense"},
      {{"a.norn", "--from", "5"}, "no unit"},
      {{"a.norn", "--from", "2s", "--to", "1s"}, "--to must be later"},
      {{"a.norn", "--to", "0"}, "--to must be later"},
      {{"a.norn", "--select", "x"}, "--select"},
      {{"a.norn", "--select", "0"}, "--select"},
      {{"a.norn", "--theme", "blue"}, "--theme"},
      {{"a.norn", "--size", "800x600"}, "goes with --screenshot"},
      {{"a.norn", "--force"}, "goes with --screenshot"},
      {{"a.norn", "--screenshot", ""}, "--screenshot"},
      {{"a.norn", "--screenshot", "o.png", "--size", "800"}, "--size"},
      {{"a.norn", "--screenshot", "o.png", "--size", "8x8"}, "--size"},
      {{"a.norn", "--screenshot", "o.png", "--size", "99999x900"}, "--size"},
      {{"a.norn", "--screenshot", "o.png", "--size", "-5x900"}, "--size"},
      {{"a.norn", "--screenshot", "o.png", "--scale", "nan"}, "--scale"},
      {{"a.norn", "--screenshot", "o.png", "--scale", "9"}, "--scale"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.says);
    const auto options = parse_options(one.arguments);
    REQUIRE_FALSE(options.ok());
    CHECK(options.error().message.find(one.says) != std::string::npos);
    CHECK(options.error().message.find('\n') == std::string::npos);
  }
}

}  // namespace norn::viewer
