#include "viewer/support/record.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "norn/trace/recorder.hpp"

namespace norn::viewer::test {

using trace::EventKind;

void record(const MemorySource& source, const std::string& path) {
  const RunFacts facts = source.facts();
  nlohmann::json nodes = source.nodes;
  for (std::size_t i = 0; i < source.zones.size(); ++i)
    nodes[i] = {{"name", source.nodes[i]}, {"zone", source.zones[i]}};
  nlohmann::json header = {{"scenario", facts.scenario},
                           {"options", {{"variant", facts.variant}}},
                           {"replay", facts.replay},
                           {"nodes", nodes}};
  if (facts.seed) header["seed"] = *facts.seed;
  auto opened = trace::Recorder::open({.mode = trace::RecorderOptions::Mode::file, .path = path},
                                      std::move(header));
  if (!opened) throw std::runtime_error(opened.error().message);
  trace::Recorder& recorder = **opened;
  for (trace::NodeId node = 1; node <= source.node_count(); ++node)
    recorder.name_node(node, source.node_name(node));
  for (trace::Event event : source.events) {
    event.text = recorder.intern(source.string(event.text));
    recorder.set_time(event.time_ns);
    recorder.set_context(event.node, event.fiber, event.cause);
    if (event.kind == EventKind::send) {
      recorder.send(static_cast<trace::NodeId>(event.a), event.text, event.payload, false);
    } else {
      recorder.record(event);
    }
  }
  const auto finished = recorder.finish({{"verdict", "violation"}});
  if (!finished) throw std::runtime_error(finished.error().message);
}

}  // namespace norn::viewer::test
