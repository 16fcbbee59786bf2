// What the viewer costs: opening, memory, frames, pixels. Makes its own traces.
//   norn-viewer-bench [--events N] [--nodes N] [--pixels]
// Times are of the processor, of this thread, except for opening, which is what a person waits for.
#include <GL/gl.h>
#include <CLI/CLI.hpp>

#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "app/gui.hpp"
#include "app/session.hpp"
#include "app/stage.hpp"
#include "made_trace.hpp"
#include "panels/log_panel.hpp"
#include "panels/panel.hpp"
#include "panels/shell.hpp"

namespace {

using namespace norn;  // NOLINT(google-build-using-namespace): this file is the program itself
using namespace norn::viewer;  // NOLINT(google-build-using-namespace)

constexpr int kRounds = 9;

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// The median of some runs, in milliseconds of the processor.
template <class Work>
double median_ms(Work work) {
  std::vector<double> runs;
  for (int i = 0; i < kRounds; ++i) {
    const double begin = thread_seconds();
    work();
    runs.push_back((thread_seconds() - begin) * 1e3);
  }
  std::nth_element(runs.begin(), runs.begin() + kRounds / 2, runs.end());
  return runs[kRounds / 2];
}

// A session without any renderer: what it costs to decide what is drawn.
struct Headless {
  Gui gui{1};
  Session session{gui.fonts(), Settings{}};

  Headless() {
    ImGuiIO& io = ImGui::GetIO();
    io.DisplaySize = {1600, 900};
    io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
    compat::prepare_fonts();
    compat::init_keys();
    compat::set_mouse(-1e4F, -1e4F);
  }
  void frame() {
    ImGui::GetIO().DeltaTime = 1.0F / 60;
    ImGui::NewFrame();
    session.draw();
    ImGui::Render();
    compat::accept_textures();
  }
};

void measure_opening(Headless& viewer, const std::string& path) {
  const double begin = wall_seconds();
  if (auto opened = viewer.session.open(path); !opened) {
    std::fprintf(stderr, "norn-viewer-bench: %s\n", opened.error().message.c_str());
    std::exit(2);
  }
  viewer.frame();
  const double first = wall_seconds();
  viewer.session.wait();
  viewer.frame();
  const double whole = wall_seconds();
  const TraceModel& model = viewer.session.model();
  const auto events = static_cast<double>(model.events().size());
  std::printf("open to first picture   %8.3f s\nopen to all of it       %8.3f s\n", first - begin,
              whole - begin);
  const auto a_event = [&](std::size_t bytes) { return static_cast<double>(bytes) / events; };
  std::printf(
      "memory of the indexes   %8.1f bytes an event (table %.1f, lanes %.1f, messages %.1f, "
      "state %.1f, fibers %.1f)\n",
      a_event(model.bytes()), a_event(model.events().bytes()), a_event(model.lanes().bytes()),
      a_event(model.messages().bytes()), a_event(model.state().bytes()),
      a_event(model.fibers().bytes()));
}

// An event that is selected as soon as the whole trace is there: what led to it is still being
// prepared.
void measure_first_selection(Headless& viewer) {
  Session& session = viewer.session;
  const double begin = wall_seconds();
  session.nav().select(session.model().events().size() / 10 * 9);
  double worst = 0;
  do {
    const double from = thread_seconds();
    viewer.frame();
    worst = std::max(worst, (thread_seconds() - from) * 1e3);
  } while (session.wants_frame());
  std::printf("first selection         %8.3f s, worst frame %.2f ms\n", wall_seconds() - begin,
              worst);
  session.nav().clear();
}

void measure_frames(Headless& viewer) {
  Navigator& nav = viewer.session.nav();
  const auto end = static_cast<double>(viewer.session.model().events().end_ns());
  std::printf("\n%14s %12s %12s %12s %10s\n", "shown", "new view ms", "same view ms", "messages",
              "vertices");
  double worst_new = 0;
  double worst_same = 0;
  for (double span = end * 1.03; span > 1e4; span /= 4) {
    const double middle = end * 0.61;
    double shift = 0;
    const double fresh = median_ms([&] {
      shift += span / 1600;
      nav.view().show(middle - span / 2 + shift, middle + span / 2 + shift);
      viewer.frame();
    });
    const double same = median_ms([&] { viewer.frame(); });
    worst_new = std::max(worst_new, fresh);
    worst_same = std::max(worst_same, same);
    std::printf("%11.3f ms %12.2f %12.2f %12llu %10d\n", span / 1e6, fresh, same,
                static_cast<unsigned long long>(viewer.session.context().drawn.messages),
                ImGui::GetDrawData()->TotalVtxCount);
  }
  std::printf("worst %21.2f %12.2f\n", worst_new, worst_same);
}

// As measure_frames(), with the diagram's axis in steps: one an event.
void measure_steps(Headless& viewer) {
  Navigator& nav = viewer.session.nav();
  const Index count = viewer.session.model().events().size();
  viewer.session.set_ordinal(true);
  nav.show_all();
  std::printf("\n%14s %12s %12s %12s %10s\n", "events shown", "new view ms", "same view ms",
              "messages", "vertices");
  double worst_new = 0;
  double worst_same = 0;
  for (double span = count * 1.03; span > StepView::kLeastSteps; span /= 4) {
    const double middle = count * 0.61;
    double shift = 0;
    const double fresh = median_ms([&] {
      shift += span / 1600;
      nav.show({.step = middle - span / 2 + shift}, {.step = middle + span / 2 + shift});
      viewer.frame();
    });
    const double same = median_ms([&] { viewer.frame(); });
    worst_new = std::max(worst_new, fresh);
    worst_same = std::max(worst_same, same);
    std::printf("%14.0f %12.2f %12.2f %12llu %10d\n", span, fresh, same,
                static_cast<unsigned long long>(viewer.session.context().drawn.messages),
                ImGui::GetDrawData()->TotalVtxCount);
  }
  std::printf("worst %21.2f %12.2f\n", worst_new, worst_same);
  viewer.session.set_ordinal(false);
  nav.show_all();
}

// What the cursor costs while it is dragged over the whole trace, with the cluster drawn at it; and
// what selecting costs, with everything before and after the event told apart.
void measure_scrubbing(Headless& viewer) {
  Session& session = viewer.session;
  Navigator& nav = session.nav();
  nav.view().show_all();
  const auto end = static_cast<double>(session.model().events().end_ns());
  double at = 0;
  show_panel(session.context(), "topology");
  viewer.frame();
  const double scrub = median_ms([&] {
    at += 0.1037;
    nav.set_cursor(end * (at - static_cast<double>(static_cast<int>(at))));
    viewer.frame();
  });
  session.context().panels->shown.clear();
  const Index count = session.model().events().size();
  Index event = count / 3;
  session.nav().select(event);
  while (session.wants_frame()) viewer.frame();
  const double select = median_ms([&] {
    event = static_cast<Index>((static_cast<std::uint64_t>(event) * 7 + 12'345) % count);
    nav.select(event);
    viewer.frame();
  });
  nav.clear();
  std::printf("\nscrub, cluster at cursor %6.2f ms\nselect, past and future  %6.2f ms\n", scrub,
              select);
}

// What a frame costs with each panel open: the first one, the worst one while the panel prepares
// itself, and when that is done.
void measure_panels(Headless& viewer) {
  Session& session = viewer.session;
  const auto end = static_cast<double>(session.model().events().end_ns());
  std::printf("\n%-12s %12s %14s %12s %12s %12s\n", "panel", "first ms", "preparing ms", "in all s",
              "new view ms", "same view ms");
  for (const char* const panel : {"log", "plots", "history", "topology"}) {
    session.nav().view().show_all();
    show_panel(session.context(), panel);
    const double begin = wall_seconds();
    const auto timed_frame = [&] {
      const double from = thread_seconds();
      viewer.frame();
      return (thread_seconds() - from) * 1e3;
    };
    const double first = timed_frame();
    double worst = timed_frame();
    while (session.wants_frame()) worst = std::max(worst, timed_frame());
    const double whole = wall_seconds() - begin;
    double fresh = 0;
    double same = 0;
    for (double span = end * 1.03; span > 1e5; span /= 16) {
      double shift = 0;
      fresh = std::max(fresh, median_ms([&] {
                         shift += span / 1600;
                         session.nav().view().show(end * 0.3 + shift, end * 0.3 + shift + span);
                         viewer.frame();
                       }));
      same = std::max(same, median_ms([&] { viewer.frame(); }));
    }
    std::printf("%-12s %12.2f %14.2f %12.2f %12.2f %12.2f\n", panel, first, worst, whole, fresh,
                same);
  }
  session.context().panels->shown.clear();
}

// How long a filter searches, what of it a frame has to do at most, and what a frame costs with it.
void measure_filters(Headless& viewer) {
  Session& session = viewer.session;
  const TraceModel& model = session.model();
  session.nav().view().show_all();
  session.context().panels->shown.clear();
  std::printf("\n%-38s %10s %12s %12s %10s\n", "filter", "in all s", "worst frame", "new view ms",
              "passing");
  for (const char* const text :
       {"drop and to = n2", "AppendReply", "nowhere", "/commit.:1[0-9]*7}/", "/reply|lost/i",
        "payload.term = 2", "state.term > 1 and deliver", "log preceded by drop within 1ms"}) {
    EventFilter& filter = shared_filter(session.context());
    EventFilter alone(model, {.indexed = true});
    const double begin = wall_seconds();
    alone.set({.text = text});
    alone.run();
    const double whole = wall_seconds() - begin;
    double worst = 0;
    const auto timed_frame = [&] {
      const double from = thread_seconds();
      viewer.frame();
      worst = std::max(worst, (thread_seconds() - from) * 1e3);
    };
    filter.set({.text = text});
    while (!filter.done()) timed_frame();
    timed_frame();
    double shift = 0;
    const double span = static_cast<double>(model.events().end_ns());
    const double fresh = median_ms([&] {
      shift += span / 1600;
      session.nav().view().show(shift, span + shift);
      viewer.frame();
    });
    std::printf("%-38s %10.2f %12.2f %12.2f %10u\n", text, whole, worst, fresh, filter.count());
  }
  shared_filter(session.context()).set({});
  session.nav().view().show_all();
  viewer.frame();
}

void measure_pixels(const std::string& path, int samples) {
  auto stage = Stage::create({1600, 900}, 1, Settings{}, samples);
  if (!stage) {
    std::fprintf(stderr, "norn-viewer-bench: %s\n", stage.error().message.c_str());
    std::exit(2);
  }
  Session& session = (*stage)->session();
  if (auto opened = session.open(path); !opened) std::exit(2);
  session.wait();
  const auto end = static_cast<double>(session.model().events().end_ns());
  std::printf("\n%14s %20s\n", "shown",
              samples == 1 ? "pictures a second" : "smooth ones a second");
  for (double span = end * 1.03; span > 1e5; span /= 16) {
    const double begin = wall_seconds();
    int frames = 0;
    for (; wall_seconds() - begin < 1; ++frames) {
      const double from = end * 0.3 + static_cast<double>(frames) * span / 1600;
      session.nav().view().show(from, from + span);
      (*stage)->frame();
      (*stage)->draw_pixels();
      glFinish();
    }
    std::printf("%11.3f ms %20.1f\n", span / 1e6, frames / (wall_seconds() - begin));
  }
}

}  // namespace

int main(int argc, char** argv) {
  viewer_bench::MadeTrace made;
  bool pixels = false;
  CLI::App app("Measures the viewer on a trace that it makes.", "norn-viewer-bench");
  app.add_option("--events", made.events, "How many events the trace has (default 1000000)");
  app.add_option("--nodes", made.nodes, "How many nodes (default 8)")->check(CLI::Range(2, 1000));
  app.add_flag("--pixels", pixels, "Draw the pixels too, with OpenGL and without a display");
  CLI11_PARSE(app, argc, argv);
  const std::string path = (std::filesystem::temp_directory_path() /
                            ("norn-viewer-bench-" + std::to_string(::getpid()) + ".norn"))
                               .string();
  if (auto wrote = viewer_bench::make_trace(made, path); !wrote) {
    std::fprintf(stderr, "norn-viewer-bench: %s\n", wrote.error().message.c_str());
    return 2;
  }
  std::printf("%llu events of %u nodes\n\n", static_cast<unsigned long long>(made.events),
              made.nodes);
  {
    Headless viewer;
    measure_opening(viewer, path);
    measure_first_selection(viewer);
    measure_frames(viewer);
    measure_steps(viewer);
    measure_panels(viewer);
    measure_scrubbing(viewer);
    measure_filters(viewer);
  }
  for (const int samples : {1, Offscreen::kSmooth}) {
    if (pixels) measure_pixels(path, samples);
  }
  std::filesystem::remove(path);
  return 0;
}
