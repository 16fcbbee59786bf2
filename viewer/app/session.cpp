#include "app/session.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

#include "model/campaign_folder.hpp"
#include "panels/difference_panel.hpp"
#include "panels/panel.hpp"
#include "panels/popups.hpp"
#include "panels/shell.hpp"
#include "panels/space_time.hpp"

namespace norn::viewer {

Session::Session(const Fonts& fonts, Settings settings, std::function<void()> wake)
    : fonts_(fonts), settings_(std::move(settings)), wake_(std::move(wake)) {
  main_ = make(TraceModel::nothing());
  fill_panels(main_);
  apply(*main_.context->theme);
}

Session::~Session() {
  close_beside();
}

Session::Opened Session::make(TraceModel model) {
  Opened opened;
  opened.model = std::make_unique<TraceModel>(std::move(model));
  opened.nav = std::make_unique<Navigator>(*opened.model);
  opened.nav->set_ordinal(main_.nav == nullptr ? settings_.ordinal : main_.nav->ordinal());
  opened.context = std::make_unique<PanelContext>(
      PanelContext{.nav = *opened.nav,
                   .theme = settings_.dark ? &dark_theme() : &light_theme(),
                   .fonts = fonts_});
  opened.context->marks = &marks_;
  opened.context->recent = settings_.recent;
  opened.context->ask = [this](const Request& request) {
    // Answered between frames: the answer may destroy who asked.
    request_ = request;
    wake_();
  };
  return opened;
}

void Session::fill_panels(Opened& opened) {
  const auto before = opened.context->panels;
  opened.context->panels = make_panels();
  PanelSet& panels = *opened.context->panels;
  panels.shown = before == nullptr ? settings_.panel : before->shown;
  panels.height = before == nullptr ? settings_.dock_height : before->height;
}

Result<Session::Opened> Session::load(const std::string& path) {
  auto loader = TraceLoader::open(path, wake_);
  if (!loader) return loader.error();
  Opened opened = make((*loader)->take_first());
  opened.path = path;
  opened.context->name = std::filesystem::path(path).filename().string();
  if ((*loader)->loading()) {
    opened.loader = std::move(loader).value();
  } else {
    prepare_causality(opened);
  }
  return opened;
}

Result<void> Session::open(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    if (auto runs = CampaignFolder::open(path); !runs) return runs.error();
    main_.context->folder = path;
    if (!show_panel(*main_.context, "runs")) return {Errc::invalid, path + ": is a folder"};
    return {};
  }
  auto opened = load(path);
  if (!opened) return opened.error();
  close_beside();
  settings_ = this->settings();
  settings_.opened(path);
  opened->context->recent = settings_.recent;
  opened->context->panels = main_.context->panels;
  opened->context->folder = main_.context->folder;
  fill_panels(*opened);
  marks_ = {};
  if (auto marks = Marks::load(path)) {
    marks_ = std::move(marks).value();
  } else {
    opened->context->notice = marks.error().message;
  }
  main_.context.reset();
  main_ = std::move(opened).value();
  return {};
}

void Session::try_open(const std::string& path) {
  if (auto opened = open(path); !opened) main_.context->notice = opened.error().message;
}

Result<void> Session::open_beside(const std::string& path) {
  auto opened = load(path);
  if (!opened) return opened.error();
  forget_difference(*main_.context);
  beside_.context.reset();
  beside_ = std::move(opened).value();
  link();
  return {};
}

void Session::close_beside() {
  forget_difference(*main_.context);
  beside_.context.reset();
  beside_ = {};
  link();
}

void Session::link() {
  main_.context->other = beside_.context.get();
  if (beside_.context != nullptr) beside_.context->other = main_.context.get();
  ++main_.context->picture_version;
}

void Session::take_whole(Opened& opened) {
  if (opened.loader == nullptr) return;
  opened.context->loading = opened.loader->progress();
  auto whole = opened.loader->take_whole();
  if (!whole) return;
  opened.loader.reset();
  opened.context->loading = 1;
  if (!*whole) {
    opened.context->notice = "only the beginning is shown: " + whole->error().message;
    return;
  }
  // The old model goes last: whoever points to it is told first.
  auto model = std::make_unique<TraceModel>(std::move(*whole).value());
  opened.nav->set_model(*model);
  PanelContext& context = *opened.context;
  context.inspector = {};
  context.causal = {};
  forget_difference(context);
  context.hovered = kNone;
  context.diagram.reset();
  if (context.filter != nullptr) {
    auto filter = std::make_shared<EventFilter>(*model, EventFilter::Options{.indexed = true});
    filter->set(context.filter->spec());
    context.filter = std::move(filter);
    opened.nav->set_filter(context.filter);
  }
  if (context.panels != nullptr) fill_panels(opened);
  opened.model = std::move(model);
  prepare_causality(opened);
}

// Long before something is selected, so that nobody waits for it then.
void Session::prepare_causality(Opened& opened) {
  opened.context->causal.causality = std::make_shared<const Causality>(*opened.model);
}

bool Session::poll() {
  bool changed = loading();
  take_whole(main_);
  if (beside_.context != nullptr) take_whole(beside_);
  if (request_) {
    answer(*std::exchange(request_, std::nullopt));
    changed = true;
  }
  return changed;
}

void Session::answer(const Request& request) {
  Result<void> done;
  switch (request.what) {
    case Request::What::open:
      done = open(request.path);
      break;
    case Request::What::open_beside:
      done = open_beside(request.path);
      break;
    case Request::What::close_beside:
      close_beside();
      break;
  }
  if (!done) main_.context->notice = done.error().message;
}

bool Session::loading() const {
  return main_.loader != nullptr || beside_.loader != nullptr;
}

void Session::wait() {
  for (Opened* opened : {&main_, &beside_}) {
    if (opened->loader != nullptr) opened->loader->wait();
  }
  poll();
}

bool Session::wants_frame() const {
  const PanelSet* const panels = main_.context->panels.get();
  const Panel* const shown = panels == nullptr ? nullptr : panels->find(panels->shown);
  const auto& filter = main_.context->filter;
  const bool waiting = main_.context->causal.waiting ||
                       (beside_.context != nullptr && beside_.context->causal.waiting);
  const bool told = main_.context->inspector.is_whole() &&
                    (beside_.context == nullptr || beside_.context->inspector.is_whole());
  return waiting || !told || (filter != nullptr && !filter->done()) ||
         (shown != nullptr && shown->wants_frame());
}

void Session::draw() {
  poll();
  draw_shell(*main_.context);
}

void Session::set_dark(bool dark) {
  settings_.dark = dark;
  const Theme& theme = dark ? dark_theme() : light_theme();
  main_.context->theme = &theme;
  if (beside_.context != nullptr) beside_.context->theme = &theme;
  apply(theme);
}

void Session::set_fonts(const Fonts& fonts) {
  fonts_ = fonts;
  for (PanelContext* context : {main_.context.get(), beside_.context.get()}) {
    if (context == nullptr) continue;
    context->fonts = fonts;
    context->diagram.reset();
    ++context->picture_version;
  }
}

// True for the keys that say how things look, whatever is open.
bool Session::press_look(Key key) {
  switch (key) {
    case Key::theme:
      set_dark(!main_.context->theme->dark);
      return true;
    case Key::larger:
      settings_.larger();
      return true;
    case Key::smaller:
      settings_.smaller();
      return true;
    case Key::normal_size:
      settings_.scale = 1;
      return true;
    default:
      return false;
  }
}

void Session::press(Key key, Modifiers modifiers) {
  PanelContext& context = *main_.context;
  if (ImGui::GetIO().WantTextInput && key != Key::escape) return;
  if (press_popup(context, key, modifiers)) return;
  if (press_look(key)) return;
  if (key == Key::escape && context.fault_drag && !context.fault_drag->cancelled) {
    context.fault_drag->cancelled = true;
    return;
  }
  if (key == Key::remove && switch_fault(context)) return;
  if (key == Key::escape && !context.notice.empty()) {
    context.notice.clear();
    return;
  }
  if (key == Key::escape) context.measured.reset();
  if (key == Key::find) show_panel(context, "log");
  if (key == Key::play) show_panel(context, "topology");
  if (context.panels != nullptr) {
    Panel* const shown = context.panels->find(context.panels->shown);
    if (shown != nullptr && shown->press(context, key, modifiers)) return;
  }
  nav().press(key, modifiers);
  if (beside_.nav != nullptr) beside_.nav->set_ordinal(nav().ordinal());
}

void Session::set_ordinal(bool ordinal) {
  for (Opened* opened : {&main_, &beside_}) {
    if (opened->nav != nullptr) opened->nav->set_ordinal(ordinal);
  }
}

Settings Session::settings() const {
  Settings settings = settings_;
  settings.dark = main_.context->theme->dark;
  settings.ordinal = main_.nav->ordinal();
  if (const auto& panels = main_.context->panels; panels != nullptr) {
    settings.panel = panels->shown;
    settings.dock_height = panels->height;
  }
  return settings;
}

}  // namespace norn::viewer
