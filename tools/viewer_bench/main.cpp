#include <chrono>
#include <cstdio>
#include <cstdlib>
#include "made_trace.hpp"
#include "model/trace_file.hpp"
#include "model/trace_model.hpp"
#include "norn/trace/reader.hpp"
#include "app/gui.hpp"
#include "panels/panel.hpp"
#include "panels/shell.hpp"
using namespace norn;
int main(int argc, char** argv) {
  const std::uint64_t n = std::strtoull(argv[1], nullptr, 10);
  auto now = [] { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); };
  std::string path = argv[2];
  double t = now();
  if (auto m = viewer_bench::make_trace({.events = n}, path); !m) std::printf("%s\n", m.error().message.c_str());
  std::printf("make %.2f s\n", now() - t);
  t = now();
  auto r = trace::Reader::open(path);
  std::printf("reader open %.3f\n", now() - t);
  std::uint64_t k = 0;
  (void)r->for_each([&](const trace::Event& e) { k += e.a; });
  std::printf("decode %.3f s (%lu)\n", now() - t, k);
  t = now();
  auto s = viewer::open_trace_file(path);
  auto m = viewer::TraceModel::build(std::move(s).value());
  std::printf("model %.2f s, %.1f B/event: events %.1f lanes %.1f messages %.1f state %.1f\n", now() - t, double(m->bytes()) / double(n),
     double(m->events().bytes())/double(n), double(m->lanes().bytes())/double(n), double(m->messages().bytes())/double(n), double(m->state().bytes())/double(n));

  viewer::Navigator nav(*m);
  viewer::Gui gui(1);
  viewer::PanelContext context{.nav = nav, .theme = &viewer::light_theme(), .fonts = gui.fonts()};
  ImGui::GetIO().DisplaySize = {1600, 900};
  ImGui::GetIO().BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
  viewer::compat::prepare_fonts();
  viewer::apply(*context.theme);
  viewer::compat::set_mouse(-1e4F, -1e4F);
  auto frame = [&] {
    ImGui::GetIO().DeltaTime = 1.0F / 60;
    ImGui::NewFrame();
    viewer::draw_shell(context);
    ImGui::Render();
    viewer::compat::accept_textures();
  };
  frame(); frame();
  if (argc > 3) { for (int i = 0; i < 100; ++i) { nav.view().show(-1.0 - i, 2.1e11); frame(); } return 0; }
  for (double span = nav.view().span_ns(); span > 1e5; span /= 4) {
    const double mid = double(m->events().end_ns()) * 0.61;
    nav.view().show(mid - span / 2, mid + span / 2);
    t = now(); frame(); double a = now() - t;
    t = now(); frame(); double b = now() - t;
    auto* d = ImGui::GetDrawData();
    std::printf("span %12.3f ms: first %.2f ms, again %.2f ms, %d vertices, %lu messages %lu bundles\n", span / 1e6, a * 1e3, b * 1e3, d->TotalVtxCount, context.drawn.messages, context.drawn.bundles);
  }
}
