// A membership by gossip, and one job that must run on one node only.
// Invariants: at most one node does the job; in the end all see all, and one does it.
// Faults: partitions (also one-way), crashes, held links: what a failure detector gets wrong.
#include <norn/runtime/membership.hpp>
#include <norn/sim.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

constexpr std::size_t kNodes = 5;
constexpr norn::Duration kStep = 100ms;

// Who takes over waits for so long: until then a leader that the others do not hear any more has
// noticed that, or has heard from them that they go on without it.
constexpr norn::Duration kMargin = 2s;

struct Seen {
  std::map<std::string, bool> leads;        // by node
  std::map<std::string, std::size_t> sees;  // how many it has in its cluster
  bool suspected = false;
  bool came_back = false;

  std::size_t leaders() const {
    return static_cast<std::size_t>(
        std::count_if(leads.begin(), leads.end(), [](const auto& each) { return each.second; }));
  }
  bool all_see_all() const {
    return sees.size() == kNodes && std::all_of(sees.begin(), sees.end(), [](const auto& each) {
             return each.second == kNodes;
           });
  }
};

// Says what is so while it lives; a node that dies leads no more.
struct Presence {
  std::shared_ptr<Seen> seen;
  std::string name;

  Presence(std::shared_ptr<Seen> all, std::string node)
      : seen(std::move(all)), name(std::move(node)) {}
  Presence(const Presence&) = delete;
  Presence& operator=(const Presence&) = delete;
  ~Presence() {
    seen->leads.erase(name);
    seen->sees.erase(name);
  }
};

// Whether this node may do the job: it is the first of a majority that agrees on who is there.
bool is_first(const norn::Membership& membership, const std::string& mistake) {
  const std::vector<norn::Address> members = membership.in_cluster();
  if (members.empty() || members.front() != norn::self()) return false;
  if (mistake == "split-brain") return true;  // planted: the smaller side goes on as well
  return membership.converged() && 2 * members.size() > kNodes;
}

void watch(norn::Channel<norn::MemberEvent>& events, Seen& seen) {
  while (const std::optional<norn::MemberEvent> event = events.receive()) {
    using enum norn::MemberStatus;
    seen.suspected = seen.suspected || event->member.status == suspect;
    seen.came_back = seen.came_back || (event->before == down && event->member.status == up);
    norn::log(std::string(event->member.address.name()) + " is " +
              std::string(name(event->member.status)));
  }
}

void member(const std::shared_ptr<Seen>& seen, const std::string& mistake) {
  norn::MembershipOptions options;
  for (std::size_t i = 1; i <= kNodes; ++i) options.seeds.emplace_back("n" + std::to_string(i));
  // Quicker to judge than the defaults, so that a partition of a few seconds has its effect.
  options.detector = {.expected = 300ms, .pause = 300ms};
  options.down_after = 1s;
  norn::Membership membership(options);
  const Presence presence(seen, std::string(norn::self().name()));
  const auto events = membership.subscribe();
  norn::spawn("watch", [events, seen] { watch(*events, *seen); }).detach();

  norn::Duration first_for{};
  for (;;) {
    norn::sleep_for(kStep);
    first_for = is_first(membership, mistake) ? first_for + kStep : norn::Duration{};
    const norn::Duration margin = mistake == "no-margin" ? kStep : kMargin;  // planted
    const bool leads = first_for >= margin;
    if (leads != seen->leads[presence.name]) norn::publish("role", leads ? "leader" : "member");
    seen->leads[presence.name] = leads;
    seen->sees[presence.name] = membership.in_cluster().size();
  }
}

}  // namespace

NORN_SCENARIO(gossip, "a membership by gossip, and a job that must run on one node only",
              {.time = 120s,
               .faults = "default",
               .variants = {
                   {"split-brain", "each side of a partition does the job"},
                   {"no-margin", "who finds the others gone takes over at once"},
               }}) {
  const auto seen = std::make_shared<Seen>();
  const std::string mistake = sim.variant();
  for (std::size_t i = 1; i <= kNodes; ++i)
    sim.node("n" + std::to_string(i), [=] { member(seen, mistake); });
  sim.always(
      "at most one node does the job", [=] { return seen->leaders() <= 1; },
      [=] {
        std::string text;
        for (const auto& [name, leads] : seen->leads) text += leads ? name + " leads; " : "";
        return text;
      });
  sim.eventually("all see all", [=] { return seen->all_see_all(); }, {.within = 20s});
  sim.eventually("one node does the job", [=] { return seen->leaders() == 1; }, {.within = 20s});
  sim.sometimes("a member is suspected", [=] { return seen->suspected; });
  sim.sometimes("a member that was down comes back", [=] { return seen->came_back; });
  sim.run();
}
