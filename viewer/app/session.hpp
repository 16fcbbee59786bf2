// What is open in the viewer: a trace, perhaps another beside it, and the panels over them. No
// window: a test, a script or a window drives it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "model/marks.hpp"
#include "model/navigator.hpp"
#include "model/settings.hpp"
#include "model/trace_loader.hpp"
#include "panels/panel_context.hpp"

namespace norn::viewer {

class Session {
 public:
  // `wake` is called, from any thread, when there is something new to draw.
  Session(const Fonts& fonts, Settings settings, std::function<void()> wake = [] {});
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // open() shows a trace instead of the one that was open, or the runs of a folder. Errors are
  // returned; ask() from panels shows them in the window instead. What was open then stays.
  Result<void> open(const std::string& path);
  // open_beside() shows another trace below the first.
  Result<void> open_beside(const std::string& path);
  void close_beside();
  // try_open() is open(), with the error shown in the window.
  void try_open(const std::string& path);

  // poll() takes over what other threads have finished; true when the picture has changed.
  bool poll();
  // loading() while the rest of a trace is being read; wait() blocks until it has been.
  bool loading() const;
  void wait();
  // wants_frame() says that something moves, so that the next frame should come at once.
  bool wants_frame() const;

  // draw() draws one frame, between ImGui::NewFrame() and ImGui::Render().
  void draw();
  // press() is a key pressed by a person, a test or a script; keys that write into a text field are
  // not for here.
  void press(Key key, Modifiers modifiers);

  PanelContext& context() { return *main_.context; }
  const PanelContext& context() const { return *main_.context; }
  Navigator& nav() { return *main_.nav; }
  const TraceModel& model() const { return *main_.model; }
  // The file that is open; "" when none is.
  const std::string& path() const { return main_.path; }
  // settings() as they are now, to be remembered.
  Settings settings() const;
  void set_dark(bool dark);
  // scale() is how large a person wants letters and everything else; who owns the Gui follows it,
  // and hands the new fonts to set_fonts().
  float scale() const { return settings_.scale; }
  void set_fonts(const Fonts& fonts);
  // set_ordinal() chooses the diagram's axis: one step an event, or true time.
  void set_ordinal(bool ordinal);

 private:
  // The context goes first: what it keeps may have threads that read the model.
  struct Opened {
    std::string path;
    std::unique_ptr<TraceLoader> loader;
    std::unique_ptr<TraceModel> model;
    std::unique_ptr<Navigator> nav;
    std::unique_ptr<PanelContext> context;
  };
  Opened make(TraceModel model);
  Result<Opened> load(const std::string& path);
  void take_whole(Opened& opened);
  static void prepare_causality(Opened& opened);
  void answer(const Request& request);
  void fill_panels(Opened& opened);
  void link();
  bool press_look(Key key);

  Fonts fonts_;
  Settings settings_;
  std::function<void()> wake_;
  Marks marks_;
  Opened main_;
  Opened beside_;  // without a context when there is none
  std::optional<Request> request_;
};

}  // namespace norn::viewer
