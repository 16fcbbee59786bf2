#include "app/options.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>

#include "model/time_text.hpp"

namespace norn::viewer {
namespace {

// The words of the command line as they stand.
struct Words {
  std::string file, screenshot, script, out, beside, panel, size, from, to, select, theme, scale;
  bool overwrite = false, help = false, version = false;
};

void add_options(CLI::App& app, Words& words) {
  app.set_help_flag();
  app.add_option("file", words.file, "The trace to look at (.norn), or a folder of runs")
      ->type_name("FILE");
  const char* group = "What to show";
  app.add_option("--from", words.from, "Virtual time at the left edge: 1.5s, 250ms")
      ->type_name("TIME")
      ->group(group);
  app.add_option("--to", words.to, "Virtual time at the right edge")
      ->type_name("TIME")
      ->group(group);
  app.add_option("--select", words.select, "The number of an event to select")
      ->type_name("SEQ")
      ->group(group);
  app.add_option("--theme", words.theme, "light (default) or dark")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--beside", words.beside, "Another trace, to be compared with the first")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--panel", words.panel, "The panel to open below the diagram: log, plots, ...")
      ->type_name("NAME")
      ->group(group);
  group = "A picture instead of a window";
  app.add_option("--screenshot", words.screenshot, "Write a PNG; needs no display")
      ->type_name("OUT.png")
      ->group(group);
  app.add_option("--script", words.script,
                 "Do what a file says: open, click, type, press keys, make pictures, expect")
      ->type_name("FILE.json")
      ->group(group);
  app.add_option("--out", words.out, "With --script: where its pictures go (default: here)")
      ->type_name("DIR")
      ->group(group);
  app.add_option("--size", words.size, "Its size in pixels (default 1600x900)")
      ->type_name("WxH")
      ->group(group);
  app.add_option("--scale", words.scale,
                 "Draw everything so many times larger, 0.5 to 4 (default 1)")
      ->type_name("X")
      ->group(group);
  app.add_flag("--overwrite,--force", words.overwrite, "Replace a picture that is there")
      ->group(group);
  group = "About";
  app.add_flag("--help,-h", words.help, "Print this")->group(group);
  app.add_flag("--version", words.version, "Print the version")->group(group);
}

std::unique_ptr<CLI::App> make_app(Words& words) {
  auto app = std::make_unique<CLI::App>(
      "Shows a trace: who sent what to whom, what broke, and why.", "norn-viewer");
  add_options(*app, words);
  return app;
}

Error usage(const std::string& what) {
  return {Errc::invalid, what + " (--help shows the options)"};
}

template <class Number>
bool parse_number(const std::string& text, Number& out) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

Result<std::optional<std::int64_t>> parse_time(const char* option, const std::string& text) {
  if (text.empty()) return std::optional<std::int64_t>();
  const auto time = parse_duration(text);
  if (!time) return usage(std::string(option) + ": " + time.error().message);
  return std::optional<std::int64_t>(*time);
}

Result<void> read_view(const Words& words, ScreenshotOptions& view) {
  const auto from = parse_time("--from", words.from);
  if (!from) return from.error();
  const auto to = parse_time("--to", words.to);
  if (!to) return to.error();
  view.from_ns = *from;
  view.to_ns = *to;
  if (view.to_ns && *view.to_ns <= view.from_ns.value_or(0))
    return usage("--to must be later than --from");
  if (!words.select.empty()) {
    trace::Seq seq = 0;
    if (!parse_number(words.select, seq) || seq == 0) {
      return usage("--select: '" + words.select + "' is not the number of an event");
    }
    view.select = seq;
  }
  if (!words.theme.empty() && words.theme != "light" && words.theme != "dark") {
    return usage("--theme: '" + words.theme + "' is not light or dark");
  }
  view.dark = words.theme == "dark";
  if (!words.scale.empty() &&
      (!parse_number(words.scale, view.scale) || !(view.scale >= 0.5F && view.scale <= 4))) {
    return usage("--scale: '" + words.scale + "' is not a number from 0.5 to 4");
  }
  if (!words.size.empty()) {
    const auto size = parse_size(words.size);
    if (!size) return size.error();
    view.size = *size;
  }
  return {};
}

}  // namespace

Result<PixelSize> parse_size(const std::string& text) {
  const std::size_t times = text.find('x');
  PixelSize size;
  const bool read = times != std::string::npos && parse_number(text.substr(0, times), size.width) &&
                    parse_number(text.substr(times + 1), size.height);
  if (!read) return usage("--size: '" + text + "' is not a size like 1600x900");
  constexpr std::uint32_t kLeast = 200;
  const auto [least, most] = std::minmax(size.width, size.height);
  if (least < kLeast || most > Offscreen::kMostPixels) {
    return usage("--size: each side has " + std::to_string(kLeast) + " to " +
                 std::to_string(Offscreen::kMostPixels) + " pixels");
  }
  return size;
}

Result<Options> parse_options(const std::vector<std::string>& arguments) {
  Words words;
  const auto app = make_app(words);
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app->parse(reversed);
  } catch (const CLI::ParseError& problem) {
    std::string text = problem.what();
    std::replace(text.begin(), text.end(), '\n', ' ');
    return usage(text);
  }
  Options options;
  options.help = words.help;
  options.version = words.version;
  if (options.help || options.version) return options;
  options.file = words.file;
  options.script = words.script;
  options.out = words.out.empty() ? "." : words.out;
  options.view.beside = words.beside;
  options.view.panel = words.panel;
  if (app->count("--script") > 0 && words.script.empty()) return usage("--script needs a file");
  if (!words.script.empty() && !words.screenshot.empty())
    return usage("--script makes its own pictures: --screenshot does not go with it");
  if (app->count("--screenshot") > 0 && words.file.empty())
    return usage("which trace? give a .norn file");
  if (!words.beside.empty() && words.file.empty()) return usage("--beside what? give two traces");
  if (app->count("--screenshot") > 0 && words.screenshot.empty())
    return usage("--screenshot needs a file name");
  options.screenshot = words.screenshot;
  options.overwrite = words.overwrite;
  for (const char* only : {"--size", "--scale", "--overwrite"}) {
    if (options.screenshot.empty() && options.script.empty() && app->count(only) > 0)
      return usage(std::string(only) + " goes with --screenshot or --script");
  }
  for (const char* view : {"--from", "--to", "--select", "--beside", "--panel"}) {
    if (!options.script.empty() && app->count(view) > 0)
      return usage(std::string(view) + " does not go with --script: the script says what is shown");
  }
  if (options.script.empty() && app->count("--out") > 0) return usage("--out goes with --script");
  if (auto read = read_view(words, options.view); !read) return read.error();
  return options;
}

std::string help_text() {
  Words words;
  return make_app(words)->help();
}

}  // namespace norn::viewer
