// A key-value store with a write-ahead log, on a machine that crashes and a disk that lies.
// README.md lists what is checked, what goes wrong, and the mistakes that can be planted.
#include <chrono>
#include <memory>
#include <string>

#include <norn/runtime/codec_json.hpp>
#include <norn/sim.hpp>

#include "wal_store/store.hpp"
#include "wal_store/trouble.hpp"
#include "wal_store/workload.hpp"

using namespace std::chrono_literals;

namespace {

using namespace wal_store;

// Set by a store that cannot go on; who looks after the machine then turns it off and on again.
struct Panel {
  bool stopped = false;
};

[[noreturn]] void stop(Panel& panel, const std::string& why) {
  norn::log(norn::Log::error, why + ": this machine must be restarted");
  norn::publish("store", "stopped");
  panel.stopped = true;
  for (;;) norn::sleep_for(1h);
}

void serve_store(const StoreOptions& options, Panel& panel) {
  panel.stopped = false;
  norn::publish("store", "recovers");
  norn::Result<Store> opened = Store::open(options);
  if (!opened) stop(panel, opened.error().message);
  Store& store = *opened;
  norn::publish("store", "serves");
  norn::serve(
      [&](const Put& put) {
        // An old put may come behind a newer one.
        const auto present = version_of(put.key, store.get(put.key).value_or(""));
        if (present && *present >= put.version) return true;
        const norn::Result<void> done = store.put(put.key, value_of(put.key, put.version));
        if (!done) stop(panel, done.error().message);
        return true;
      },
      [&](const Get& get) {
        if (store.failed()) stop(panel, "the store has failed");
        return Get::Reply{true, store.get(get.key).value_or("")};
      });
}

}  // namespace

NORN_SCENARIO(
    wal_store, "a key-value store with a write-ahead log, on disks that fail",
    {.time = 4s,
     .faults = "calm",
     .variants = {
         {"no-fsync", "a put is acknowledged before it is on the disk"},
         {"no-directory-fsync", "a new segment is synced, and the directory that names it is not"},
         {"no-checksum", "recovery believes whatever has the form of a record"},
         {"trusts-length", "a length is believed before its checksum: rot looks like the end"},
         {"truncates-middle", "recovery cuts the log at the first bad record, wherever it is"},
         {"ignores-failed-fsync", "a failed fsync is ignored, as if the next could repair it"},
         {"rename-without-sync", "a snapshot is renamed into place before it is on the disk"},
     }}) {
  const std::optional<Mistake> mistake = mistake_of(sim.variant());
  NORN_ASSERT(mistake.has_value(), "no such variant of this scenario: see --list");
  Expectations expectations(sim);
  Panel panel;
  const StoreOptions options{.mistake = *mistake};

  sim.node("store", [&] { serve_store(options, panel); });
  for (const char* const name : {"c1", "c2", "c3"})
    sim.node(name, [&expectations, name] { client(name, expectations); }, {.may_fail = false});
  sim.node("operator",
           [&] {
             for (;;) {
               norn::sleep_for(20ms);
               if (panel.stopped && sim.is_up("store")) sim.restart("store");
             }
           },
           {.may_fail = false});
  const norn::TimePoint calm(sim.time() * 3 / 4);
  sim.eventually("the store comes back", [&] { return expectations.last_answer() > calm; },
                 {.within = 800ms});
  sim.sometimes("the store is stopped", [&] { return panel.stopped; });
  sim.sometimes("a hundred puts are acknowledged",
                [&] { return expectations.acknowledged() >= 100; });

  cause_trouble(sim, calm);
  sim.run_for(norn::TimePoint(sim.time()) - sim.now());
}
