#include "app/script.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "app/key_names.hpp"
#include "app/options.hpp"
#include "app/png.hpp"
#include "model/describe.hpp"
#include "model/json_file.hpp"
#include "model/time_text.hpp"
#include "panels/panel.hpp"
#include "panels/shell.hpp"

namespace norn::viewer {
namespace {

using nlohmann::json;

class Player {
 public:
  Player(Stage& stage, const ScriptOptions& options) : stage_(stage), options_(options) {}

  // step() does one; the error is what is wrong with it.
  Result<void> step(const json& step);
  const std::string& failure() const { return failure_; }

 private:
  using Action = Result<void> (Player::*)(const json& value, const json& step);
  static Action action_of(std::string_view name);

  Result<void> open(const json& value, const json& step);
  Result<void> open_beside(const json& value, const json& step);
  Result<void> close_beside(const json& value, const json& step);
  Result<void> size(const json& value, const json& step);
  Result<void> theme(const json& value, const json& step);
  Result<void> axis(const json& value, const json& step);
  Result<void> view(const json& value, const json& step);
  Result<void> select(const json& value, const json& step);
  Result<void> cursor(const json& value, const json& step);
  Result<void> panel(const json& value, const json& step);
  Result<void> dock(const json& value, const json& step);
  Result<void> press(const json& value, const json& step);
  Result<void> type(const json& value, const json& step);
  Result<void> click(const json& value, const json& step);
  Result<void> hover(const json& value, const json& step);
  Result<void> drag(const json& value, const json& step);
  Result<void> wheel(const json& value, const json& step);
  Result<void> screenshot(const json& value, const json& step);
  Result<void> expect(const json& value, const json& step);

  Result<ImVec2> place(const json& value);
  Result<int> button(const json& step);
  Result<double> time(const json& value);
  std::string beside_script(const json& value) const;
  bool holds(bool condition, const std::string& what);

  Stage& stage_;
  const ScriptOptions& options_;
  std::string failure_;
};

Error wrong(const std::string& what) {
  return {Errc::invalid, what};
}

Player::Action Player::action_of(std::string_view name) {
  struct Named {
    std::string_view name;
    Action action;
  };
  static constexpr std::array<Named, 19> kActions = {{
      {"open", &Player::open},
      {"open_beside", &Player::open_beside},
      {"close_beside", &Player::close_beside},
      {"size", &Player::size},
      {"theme", &Player::theme},
      {"axis", &Player::axis},
      {"view", &Player::view},
      {"select", &Player::select},
      {"cursor", &Player::cursor},
      {"panel", &Player::panel},
      {"dock", &Player::dock},
      {"press", &Player::press},
      {"type", &Player::type},
      {"click", &Player::click},
      {"hover", &Player::hover},
      {"drag", &Player::drag},
      {"wheel", &Player::wheel},
      {"screenshot", &Player::screenshot},
      {"expect", &Player::expect},
  }};
  const auto found = std::find_if(kActions.begin(), kActions.end(),
                                  [&](const Named& named) { return named.name == name; });
  return found == kActions.end() ? nullptr : found->action;
}

Result<void> Player::step(const json& step) {
  if (!step.is_object()) return wrong("is not an object");
  static constexpr std::array<std::string_view, 3> kWith = {"button", "shift", "control"};
  Action action = nullptr;
  const json* value = nullptr;
  for (const auto& [name, member] : step.items()) {
    if (std::find(kWith.begin(), kWith.end(), name) != kWith.end()) continue;
    const Action one = action_of(name);
    if (one == nullptr) return wrong("\"" + name + "\" is not known");
    if (action != nullptr) return wrong("does two things at once");
    action = one;
    value = &member;
  }
  if (action == nullptr) return wrong("does nothing");
  const auto held = [&](const char* name) { return step.value(name, json()) == true; };
  stage_.hold({.shift = held("shift"), .control = held("control")});
  auto done = (this->*action)(*value, step);
  stage_.hold({});
  stage_.settle();
  return done;
}

std::string Player::beside_script(const json& value) const {
  const std::filesystem::path path(value.get<std::string>());
  if (path.is_absolute()) return path.string();
  const auto beside_it = std::filesystem::path(options_.file).parent_path() / path;
  const auto beside_trace = std::filesystem::path(stage_.session().path()).parent_path() / path;
  std::error_code ignored;
  const bool there = std::filesystem::exists(beside_it, ignored);
  return there || !std::filesystem::exists(beside_trace, ignored) ? beside_it.string()
                                                                  : beside_trace.string();
}

Result<void> Player::open(const json& value, const json& /*step*/) {
  if (!value.is_string()) return wrong("\"open\" wants the name of a file");
  stage_.session().try_open(beside_script(value));
  stage_.session().wait();
  return {};
}

Result<void> Player::open_beside(const json& value, const json& /*step*/) {
  if (!value.is_string()) return wrong("\"open_beside\" wants the name of a file");
  if (auto opened = stage_.session().open_beside(beside_script(value)); !opened) return opened;
  stage_.session().wait();
  return {};
}

Result<void> Player::close_beside(const json& /*value*/, const json& /*step*/) {
  stage_.session().close_beside();
  return {};
}

Result<void> Player::size(const json& value, const json& /*step*/) {
  const auto size = parse_size(value.is_string() ? value.get<std::string>() : std::string());
  if (!size) return wrong("\"size\" wants a size like \"1600x900\"");
  return stage_.resize(*size);
}

Result<void> Player::theme(const json& value, const json& /*step*/) {
  if (value != "dark" && value != "light") return wrong("\"theme\" is \"light\" or \"dark\"");
  stage_.session().set_dark(value == "dark");
  return {};
}

Result<void> Player::axis(const json& value, const json& /*step*/) {
  if (value != "events" && value != "time") return wrong("\"axis\" is \"time\" or \"events\"");
  stage_.session().set_ordinal(value == "events");
  return {};
}

Result<double> Player::time(const json& value) {
  if (!value.is_string()) return wrong("a time is a text like \"1.5s\"");
  const auto time = parse_duration(value.get<std::string>());
  if (!time) return time.error();
  return static_cast<double>(*time);
}

Result<void> Player::view(const json& value, const json& /*step*/) {
  TimeView& view = stage_.session().nav().view();
  if (value == "all") {
    stage_.session().nav().show_all();
    return {};
  }
  if (!value.is_object()) return wrong("\"view\" wants {\"from\": …, \"to\": …} or \"all\"");
  const auto from = time(value.value("from", json()));
  if (!from) return from.error();
  const auto to = time(value.value("to", json()));
  if (!to) return to.error();
  if (*to <= *from) return wrong("\"to\" must be later than \"from\"");
  view.show(*from, *to);
  return {};
}

Result<void> Player::select(const json& value, const json& /*step*/) {
  Navigator& nav = stage_.session().nav();
  if (value == "violation") {
    if (nav.model().violations().empty()) return wrong("the trace has no violation");
    nav.select_and_show(nav.model().violations().front().event);
    return {};
  }
  if (!value.is_number_unsigned()) return wrong("\"select\" wants an event's number");
  const Index event = nav.model().events().index_of(value.get<trace::Seq>());
  if (event == kNone) return wrong("the trace has no event " + value.dump());
  nav.select_and_show(event);
  return {};
}

Result<void> Player::cursor(const json& value, const json& /*step*/) {
  const auto at = time(value);
  if (!at) return at.error();
  stage_.session().nav().set_cursor(*at);
  return {};
}

Result<void> Player::panel(const json& value, const json& /*step*/) {
  if (!value.is_string()) return wrong("\"panel\" wants the name of a panel");
  PanelContext& context = stage_.session().context();
  if (value == "") {
    context.panels->shown.clear();
    return {};
  }
  if (show_panel(context, value.get<std::string>())) return {};
  std::string known;
  for (const auto& one : context.panels->all) known += " " + std::string(one->id());
  return wrong("there is no panel " + value.dump() + ", only:" + known);
}

Result<void> Player::dock(const json& value, const json& /*step*/) {
  if (!value.is_number()) return wrong("\"dock\" wants a height");
  stage_.session().context().panels->height = value.get<float>();
  return {};
}

Result<void> Player::press(const json& value, const json& /*step*/) {
  const auto key = key_named(value.is_string() ? value.get<std::string>() : std::string());
  if (!key) return wrong("there is no key " + value.dump());
  if (key->writes != ImGuiKey_COUNT) stage_.tap(key->writes);
  if (key->key != Key::none) stage_.session().press(key->key, key->modifiers);
  return {};
}

Result<void> Player::type(const json& value, const json& /*step*/) {
  if (!value.is_string()) return wrong("\"type\" wants a text");
  stage_.type(value.get<std::string>());
  return {};
}

Result<ImVec2> Player::place(const json& value) {
  Session& session = stage_.session();
  if (value.is_string()) {
    const auto spot = session.context().spots.find(value.get<std::string>());
    if (spot) return ImVec2((spot->x0 + spot->x1) / 2, (spot->y0 + spot->y1) / 2);
    std::string known;
    for (const std::string& name : session.context().spots.names()) known += " " + name;
    return wrong("there is no " + value.dump() + " on the screen, only:" + known);
  }
  if (value.is_array() && value.size() == 2 && value[0].is_number() && value[1].is_number())
    return ImVec2(value[0].get<float>(), value[1].get<float>());
  if (value.is_object() && value.value("event", json()).is_number_unsigned()) {
    const Index event = session.model().events().index_of(value["event"].get<trace::Seq>());
    if (event == kNone) return wrong("the trace has no event " + value["event"].dump());
    return place_of(session.context(), event);
  }
  return wrong("a place is the name of a control, {\"event\": N} or [x, y]");
}

Result<int> Player::button(const json& step) {
  const json name = step.value("button", json("left"));
  if (name == "left") return 0;
  if (name == "right") return 1;
  if (name == "middle") return 2;
  return wrong("\"button\" is \"left\", \"middle\" or \"right\"");
}

Result<void> Player::hover(const json& value, const json& /*step*/) {
  const auto at = place(value);
  if (!at) return at.error();
  stage_.move(at->x, at->y);
  return {};
}

Result<void> Player::click(const json& value, const json& step) {
  const auto which = button(step);
  if (!which) return which.error();
  if (auto moved = hover(value, step); !moved) return moved;
  stage_.frame();
  stage_.button(*which, true);
  stage_.frame();
  stage_.button(*which, false);
  stage_.frame();
  return {};
}

Result<void> Player::drag(const json& value, const json& step) {
  if (!value.is_object()) return wrong("\"drag\" wants {\"from\": place, \"to\": place}");
  const auto which = button(step);
  if (!which) return which.error();
  const auto to = place(value.value("to", json()));
  if (!to) return to.error();
  if (auto moved = hover(value.value("from", json()), step); !moved) return moved;
  stage_.frame();
  stage_.button(*which, true);
  stage_.frame();
  stage_.move(to->x, to->y);
  stage_.frame();
  stage_.frame();
  stage_.button(*which, false);
  stage_.frame();
  return {};
}

Result<void> Player::wheel(const json& value, const json& step) {
  if (!value.is_object() || !value.value("steps", json()).is_number())
    return wrong("\"wheel\" wants {\"at\": place, \"steps\": N}");
  if (auto moved = hover(value.value("at", json()), step); !moved) return moved;
  stage_.frame();
  stage_.wheel(value["steps"].get<float>());
  stage_.frame();
  return {};
}

Result<void> Player::screenshot(const json& value, const json& /*step*/) {
  if (!value.is_string()) return wrong("\"screenshot\" wants the name of a file");
  const auto path = std::filesystem::path(options_.out) / value.get<std::string>();
  stage_.settle();
  std::error_code problem;  // told by write_png(), which cannot write there then
  std::filesystem::create_directories(path.parent_path(), problem);
  return write_png(stage_.picture(), path.string(), options_.overwrite);
}

bool Player::holds(bool condition, const std::string& what) {
  if (!condition && failure_.empty()) failure_ = what;
  return condition;
}

Result<void> Player::expect(const json& value, const json& /*step*/) {
  if (!value.is_object()) return wrong("\"expect\" wants an object");
  const PanelContext& context = stage_.session().context();
  const Navigator& nav = stage_.session().nav();
  const Index selected = nav.selected();
  const json seq = selected == kNone ? json() : json(nav.model().events().seq(selected));
  for (const auto& [name, wanted] : value.items()) {
    const std::string text = wanted.is_string() ? wanted.get<std::string>() : std::string();
    const std::string told = "expected " + name + " " + wanted.dump() + ", but it is ";
    if (name == "selected") {
      holds(seq == wanted, told + seq.dump());
    } else if (name == "title") {
      const std::string title = selected == kNone ? "" : title_of(nav.model(), selected);
      holds(title.find(text) != std::string::npos, told + json(title).dump());
    } else if (name == "panel") {
      holds(context.panels->shown == text, told + json(context.panels->shown).dump());
    } else if (name == "spot") {
      holds(context.spots.find(text).has_value(), told + "not on the screen");
    } else if (name == "no_spot") {
      holds(!context.spots.find(text), told + "on the screen");
    } else if (name == "notice") {
      holds(text.empty() ? context.notice.empty() : context.notice.find(text) != std::string::npos,
            told + json(context.notice).dump());
    } else if (name == "axis") {
      const std::string axis = nav.ordinal() ? "events" : "time";
      holds(axis == text, told + json(axis).dump());
    } else if (name == "events") {
      holds(nav.model().events().size() == wanted,
            told + std::to_string(nav.model().events().size()));
    } else if (name == "messages") {
      holds(context.drawn.messages == wanted, told + std::to_string(context.drawn.messages));
    } else {
      return wrong("\"" + name + "\" cannot be expected");
    }
  }
  return {};
}

}  // namespace

Result<ScriptEnd> run_script(const ScriptOptions& options, std::string& failure) {
  const auto read = read_json_file(options.file);
  if (!read) return read.error();
  if (!read->has_value()) return {Errc::not_found, options.file + ": there is no such file"};
  const json& script = **read;
  if (!script.is_object() || script.value("norn_script", json()) != 1)
    return {Errc::invalid, options.file + ": not a script of this version (\"norn_script\": 1)"};
  const json steps = script.value("steps", json());
  if (!steps.is_array()) return {Errc::invalid, options.file + ": \"steps\" is not a list"};
  Settings settings;
  settings.dark = options.dark;
  auto stage = Stage::create(options.size, options.scale, settings);
  if (!stage) return stage.error();
  if (!options.trace.empty()) {
    if (auto opened = (*stage)->session().open(options.trace); !opened) return opened.error();
    (*stage)->session().wait();
  }
  (*stage)->settle();
  Player player(**stage, options);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::string where = options.file + ": step " + std::to_string(i + 1) + ": ";
    if (auto done = player.step(steps[i]); !done)
      return {done.error().code, where + done.error().message};
    if (player.failure().empty()) continue;
    failure = where + player.failure();
    return ScriptEnd::expectation_failed;
  }
  return ScriptEnd::done;
}

}  // namespace norn::viewer
