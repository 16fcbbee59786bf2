// A chat, as OTP has them: a supervisor, a directory, a room; members that are monitored.
// Invariants: members read a room in order, each line once; in the end everybody is in the room,
// and nobody who is gone.     Faults: actors are killed, nodes crash, links are cut.
#include <norn/actors.hpp>
#include <norn/sim.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kMembers = 3;

// ---- what they say to each other

struct Register {  // a room to the directory
  using Reply = std::uint64_t;
  norn::Pid room;
};
struct Lookup {  // which room is open; a Pid of nobody when there is none
  using Reply = norn::Pid;
};
struct Find {  // Lookup, for who knows the node only
  using Reply = norn::Pid;
};
struct Join {  // answered with the number of the last line
  using Reply = std::uint64_t;
  norn::Pid member;
};
struct Post {
  using Reply = std::uint64_t;
  norn::Pid from;
};
struct Line {
  norn::Pid room;
  std::uint64_t number = 0;
};

// ---- what the properties look at

struct Seen {
  std::string wrong;                        // a line that came out of order, or twice
  std::map<std::string, norn::Pid> joined;  // by node: the room that its member is in
  norn::Pid room;                           // the room that is open
  std::vector<norn::Pid> listed;            // whom it takes for its members
  std::uint64_t lines = 0;

  bool everybody_is_in() const {
    std::uint64_t there = 0;
    for (const auto& [node, where] : joined) there += where == room && room.valid() ? 1U : 0U;
    return there == kMembers && listed.size() == kMembers;
  }
};

// ---- the server's node

struct Names {
  norn::Pid directory;
};

void directory() {
  norn::Pid room;
  norn::node_local<Names>().directory = norn::self_pid();
  norn::Server(norn::on_call([&](const Register& entry) {
                 room = entry.room;
                 return std::uint64_t{1};
               }),
               norn::on_call([&](const Lookup&) { return room; }))
      .run();
}

class Room {
 public:
  Room(std::shared_ptr<Seen> seen, bool forgets_down)
      : seen_(std::move(seen)), forgets_down_(forgets_down) {}

  void run() {
    const auto known = norn::call(norn::node_local<Names>().directory, Register{norn::self_pid()});
    if (!known) norn::exit(norn::ExitReason::error("no directory: " + known.error().message));
    seen_->room = norn::self_pid();
    tell();
    norn::Server(norn::on_call([this](const Join& join) { return add(join.member); }),
                 norn::on_call([this](const Post&) { return say(); }),
                 norn::on_info([this](const norn::Down& down) { remove(down); }))
        .run();
  }

 private:
  std::uint64_t add(const norn::Pid& member) {
    for (const auto& [pid, ref] : members_) {
      if (pid == member && !forgets_down_) return last_;
    }
    members_.emplace_back(member, norn::monitor(member));
    tell();
    return last_;
  }
  std::uint64_t say() {
    ++last_;
    for (const auto& [pid, ref] : members_) norn::send(pid, Line{norn::self_pid(), last_});
    return last_;
  }
  void remove(const norn::Down& down) {
    if (forgets_down_) return;  // planted: variant forgets-down
    std::erase_if(members_, [&](const auto& member) { return member.second == down.ref; });
    tell();
  }
  void tell() {
    seen_->listed.clear();
    for (const auto& [pid, ref] : members_) seen_->listed.push_back(pid);
    norn::publish("members", members_.size());
  }

  std::shared_ptr<Seen> seen_;
  bool forgets_down_;
  std::vector<std::pair<norn::Pid, norn::MonitorRef>> members_;
  std::uint64_t last_ = 0;
};

// Kills an actor now and then, as a mistake in its code would.
void kill_at_random(const norn::Pid& supervisor, norn::Duration until) {
  while (norn::now().time_since_epoch() < until) {
    norn::sleep_for(norn::random().between(1s, 10s));
    const auto children = norn::which_children(supervisor);
    if (!children || children->empty()) continue;
    const std::uint64_t victim = norn::random().below(children->size());
    norn::exit((*children)[victim].pid, norn::ExitKind::kill);
  }
}

void server(const std::shared_ptr<Seen>& seen, const std::string& mistake, norn::Duration calm) {
  // The room is known to the directory only: when that is started anew, so must the room be.
  norn::SupervisorOptions options{.strategy = norn::Strategy::rest_for_one, .intensity = 10};
  if (mistake == "one-for-one") options.strategy = norn::Strategy::one_for_one;  // planted
  const auto supervisor = norn::start_supervisor(
      "chat", options,
      {{.id = "directory", .start = directory},
       {.id = "room", .start = [=] { Room(seen, mistake == "forgets-down").run(); }}});
  if (!supervisor) return;
  norn::spawn("killer", [pid = *supervisor, calm] { kill_at_random(pid, calm); }).detach();
  norn::serve([](const Find&) {
    return norn::call(norn::node_local<Names>().directory, Lookup{}).value_or(norn::Pid{});
  });
}

// ---- a member's node

class Member {
 public:
  explicit Member(std::shared_ptr<Seen> seen)
      : seen_(std::move(seen)), node_(norn::self().name()) {}

  void run() {
    for (;;) {
      seen_->joined.erase(node_);
      const norn::Pid room = norn::call("server", Find{}).value_or(norn::Pid{});
      if (room.valid() && join(room)) read();
      norn::sleep_for(100ms);
    }
  }

 private:
  bool join(const norn::Pid& room) {
    room_ = room;
    watch_ = norn::monitor(room);
    const auto last = norn::call(room, Join{norn::self_pid()});
    if (!last) {
      norn::demonitor(watch_);
      return false;
    }
    joined_at_ = last_ = *last;
    seen_->joined[node_] = room;
    return true;
  }
  // Until the room is gone.
  void read() {
    for (bool there = true; there;) {
      norn::receive(
          norn::match<Line>([this](const Line& line) { take(line); }),
          norn::match<norn::Down>([&](const norn::Down& down) { there = down.ref != watch_; }),
          norn::after(norn::random().between(100ms, 2s),
                      [this] { static_cast<void>(norn::call(room_, Post{norn::self_pid()})); }));
    }
  }
  void take(const Line& line) {
    if (line.room != room_) return;  // said in a room that is gone
    // A call that timed out may have joined all the same: its lines lie in the mailbox.
    if (line.number <= joined_at_) return;
    ++seen_->lines;
    if (line.number != last_ + 1)
      seen_->wrong = node_ + " reads line " + std::to_string(line.number) + " after line " +
                     std::to_string(last_);
    last_ = line.number;
  }

  std::shared_ptr<Seen> seen_;
  std::string node_;
  norn::Pid room_;
  norn::MonitorRef watch_;
  std::uint64_t joined_at_ = 0;
  std::uint64_t last_ = 0;
};

}  // namespace

NORN_SCENARIO(chat, "a supervised chat in the manner of OTP",
              {.time = 60s,
               .faults = "default",
               .variants = {
                   {"one-for-one", "the room is not started anew with the directory that knows it"},
                   {"forgets-down", "the room keeps members that are gone"},
               }}) {
  const auto seen = std::make_shared<Seen>();
  const std::string mistake = sim.variant();
  const norn::Duration calm = sim.time() / 2;  // no actor is killed after it
  sim.node("server", [=] { server(seen, mistake, calm); });
  for (std::uint64_t i = 1; i <= kMembers; ++i) {
    sim.node("member" + std::to_string(i), [=] {
      const norn::ActorScope actor("member");
      Member(seen).run();
    });
  }
  sim.always(
      "lines are read in order, each once", [=] { return seen->wrong.empty(); },
      [=] { return seen->wrong; });
  sim.eventually("everybody is in the room, and nobody else",
                 [=] { return seen->everybody_is_in(); }, {.within = 10s});
  sim.sometimes("a line is read", [=] { return seen->lines > 0; });
  sim.run();
}
