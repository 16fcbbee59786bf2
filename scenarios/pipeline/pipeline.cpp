// A pipeline, as Go has them: stages are fibers, channels join them, a context ends them.
// Invariants: an answer is whole; no stage outlives its request.     Faults: stores crash or are
// cut off.
#include <norn/sim.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kDocuments = 40;
constexpr std::uint64_t kStores = 3;
constexpr int kFetchers = 4;
constexpr norn::Duration kDeadline = 150ms;  // of a request

struct Fetch {
  using Reply = std::uint64_t;
  std::uint64_t document = 0;
};

std::uint64_t content_of(std::uint64_t document) {
  return document * document;
}

// What the properties look at. Owned by the nodes together.
struct Seen {
  int stages = 0;          // of the request, alive
  bool asking = false;     // a request is under way
  std::string incomplete;  // an answer that was given as whole and was not
  std::uint64_t whole = 0;
  std::uint64_t given_up = 0;
};

struct Counted {
  explicit Counted(std::shared_ptr<Seen> all) : seen(std::move(all)) { ++seen->stages; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --seen->stages; }
  std::shared_ptr<Seen> seen;
};

struct Document {
  std::uint64_t number = 0;
  std::uint64_t content = 0;
};

// The channels of one request. Shared, so that even a stage that is left behind has them.
struct Pipes {
  norn::Channel<std::uint64_t> todo;
  norn::Channel<Document> fetched{2};
  norn::WaitGroup fetching;
};

void list(const std::shared_ptr<Pipes>& pipes) {
  for (std::uint64_t document = 0; document < kDocuments; ++document) pipes->todo.send(document);
  pipes->todo.close();
}

void fetch(const std::shared_ptr<Pipes>& pipes) {
  const norn::Defer done([&] { pipes->fetching.done(); });
  while (const std::optional<std::uint64_t> document = pipes->todo.receive()) {
    const norn::Address store("store" + std::to_string(*document % kStores));
    norn::Result<std::uint64_t> content = norn::Error{norn::Errc::timeout, "not asked yet"};
    while (!content) content = norn::call(store, Fetch{*document}, {.timeout = 20ms});
    if (norn::Context::current().over()) return;  // nobody takes it, and the channel may be closed
    pipes->fetched.send({*document, *content});
  }
}

// Asks the stores for all documents. The error timeout when that took too long.
norn::Result<std::vector<Document>> gather(const std::shared_ptr<Seen>& seen,
                                           const std::string& mistake) {
  const auto pipes = std::make_shared<Pipes>();
  const norn::Context request = norn::Context::current().with_timeout(kDeadline);
  std::vector<Document> documents;
  {
    const norn::Context outside = norn::Context::current();
    const norn::Context::Scope scope(request);
    norn::TaskGroup stages;
    pipes->fetching.add(kFetchers);
    const auto stage = [&](const char* name, void (*work)(const std::shared_ptr<Pipes>&)) {
      auto body = [pipes, work, counted = std::make_unique<Counted>(seen)] { work(pipes); };
      if (mistake == "leaky-stage") {
        const norn::Context::Scope forgotten(outside);
        norn::spawn(name, std::move(body)).detach();  // planted: nothing ends it
        return;
      }
      stages.spawn(name, std::move(body));
    };
    stage("list", list);
    for (int i = 0; i < kFetchers; ++i) stage("fetch", fetch);
    stages.spawn("close", [pipes] {
      const norn::Defer close([&] { pipes->fetched.close(); });
      pipes->fetching.wait();
    });
    const norn::Context::Scope collecting(outside);  // takes what is there, whatever the others do
    while (std::optional<Document> document = pipes->fetched.receive())
      documents.push_back(*document);
  }
  // A closed channel says that no more will come, not that all has come.
  if (request.over() && mistake != "cancelled-is-done")  // planted: variant cancelled-is-done
    return norn::Error{*request.error(), "the documents did not come in time"};
  return documents;
}

void check(Seen& seen, const std::vector<Document>& documents) {
  std::map<std::uint64_t, std::uint64_t> content;
  for (const Document& document : documents) content[document.number] = document.content;
  bool whole = documents.size() == kDocuments && content.size() == kDocuments;
  for (const auto& [number, value] : content) whole = whole && value == content_of(number);
  ++seen.whole;
  if (!whole)
    seen.incomplete = "an answer has " + std::to_string(documents.size()) + " documents of " +
                      std::to_string(kDocuments);
}

void frontend(const std::shared_ptr<Seen>& seen, const std::string& mistake) {
  for (;;) {
    if (!norn::operation_wanted()) continue;
    norn::sleep_for(norn::random().between(10ms, 50ms));
    struct Asking {
      Seen& seen;
      explicit Asking(Seen& all) : seen(all) { seen.asking = true; }
      ~Asking() { seen.asking = false; }
    } asking(*seen);
    const norn::Result<std::vector<Document>> documents = gather(seen, mistake);
    if (documents) {
      check(*seen, *documents);
    } else {
      ++seen->given_up;
    }
  }
}

}  // namespace

NORN_SCENARIO(pipeline, "a Go-style pipeline with a deadline for each request",
              {.time = 20s,
               .faults = "default",
               .variants = {
                   {"leaky-stage", "stages are not ended with their request, and block for ever"},
                   {"cancelled-is-done", "a channel closed by a cancellation is taken for the end"},
               }}) {
  const auto seen = std::make_shared<Seen>();
  const std::string mistake = sim.variant();
  sim.node("frontend", [=] { frontend(seen, mistake); });
  for (std::uint64_t i = 0; i < kStores; ++i) {
    sim.node("store" + std::to_string(i),
             [] { norn::serve([](const Fetch& fetch) { return content_of(fetch.document); }); });
  }
  sim.always(
      "no stage outlives its request", [=] { return seen->asking || seen->stages == 0; },
      [=] { return std::to_string(seen->stages) + " stages are left"; });
  sim.always(
      "an answer is whole", [=] { return seen->incomplete.empty(); },
      [=] { return seen->incomplete; });
  sim.sometimes("an answer is given", [=] { return seen->whole > 0; });
  sim.sometimes("a request runs out of time", [=] { return seen->given_up > 0; });
  sim.run();
}
