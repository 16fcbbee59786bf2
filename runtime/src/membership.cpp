#include "norn/runtime/membership.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "caller.hpp"
#include "norn/runtime/codec_json.hpp"
#include "norn/runtime/hash_ring.hpp"
#include "norn/runtime/log.hpp"
#include "norn/runtime/random.hpp"
#include "norn/runtime/task_group.hpp"

namespace norn {

namespace {

struct MemberRecord {
  Address address;
  std::uint64_t life = 0;
  std::uint64_t heartbeat = 0;
  MemberStatus status = MemberStatus::joining;  // joining, up or left
  std::uint64_t view = 0;                       // whom it had in the cluster, as a digest
};

struct Gossip {
  std::vector<MemberRecord> members;
  bool wants_answer = false;
};

struct Known {
  MemberRecord record;
  MemberStatus status = MemberStatus::joining;
  PhiAccrual detector;
  TimePoint since{};      // of the status
  std::uint64_t key = 0;  // of this life of the member, in digests
};

// As addresses differ between worlds, names do not.
std::uint64_t key_of(const MemberRecord& record) {
  return HashRing::position(std::string(record.address.name()) + '#' + std::to_string(record.life));
}

Known first_seen(const MemberRecord& record, const PhiOptions& detector) {
  return {record, record.status, PhiAccrual(detector), now(), key_of(record)};
}

bool newer(const MemberRecord& a, const MemberRecord& b) {
  return std::tie(a.life, a.heartbeat) > std::tie(b.life, b.heartbeat);
}

bool is_gone(MemberStatus status) {
  return status == MemberStatus::down || status == MemberStatus::left;
}

bool counts(MemberStatus status) {
  return status == MemberStatus::up || status == MemberStatus::suspect;
}

}  // namespace

std::string_view name(MemberStatus status) {
  switch (status) {
    case MemberStatus::joining:
      return "joining";
    case MemberStatus::up:
      return "up";
    case MemberStatus::suspect:
      return "suspect";
    case MemberStatus::down:
      return "down";
    case MemberStatus::left:
      return "left";
  }
  return "unknown";
}

class Membership::Core {
 public:
  explicit Core(MembershipOptions options);
  void start() {
    group_.spawn("membership", [this] { run(); });
  }
  void leave();

  std::vector<Member> members() const;
  std::vector<Address> in_cluster() const;
  std::optional<MemberStatus> status_of(Address member) const;
  bool converged() const;
  std::shared_ptr<Channel<MemberEvent>> subscribe(std::size_t capacity);

 private:
  void run();
  void round();
  void judge();
  void gossip_to(Address to, bool wants_answer);
  std::vector<Address> targets();
  void take(const Gossip& gossip);
  void take(const MemberRecord& record);
  void take_own(const MemberRecord& record);
  void set_status(Known& known, MemberStatus status);
  void tell(const Known& known, std::optional<MemberStatus> before);
  std::uint64_t view() const;
  Known& own() { return known_.at(self_); }
  static Member member_of(const Known& known) {
    return {known.record.address, known.record.life, known.status};
  }

  MembershipOptions options_;
  Address self_;
  TimePoint began_;
  std::map<Address, Known> known_;
  std::vector<std::weak_ptr<Channel<MemberEvent>>> subscribers_;
  TaskGroup group_;  // last: its fibers use the rest
};

Membership::Core::Core(MembershipOptions options)
    : options_(std::move(options)), self_(self()), began_(now()) {
  NORN_ASSERT(options_.interval > Duration::zero() && options_.fanout >= 1,
              "Membership: gossip needs an interval above zero and somebody to go to");
  NORN_ASSERT(!options_.seeds.empty(), "Membership: without a seed nobody is ever found");
  const host::Caller caller = host::caller("Membership");
  const MemberRecord record{.address = self_, .life = caller.process.incarnation()};
  const auto [place, is_new] = known_.emplace(self_, first_seen(record, options_.detector));
  tell(place->second, std::nullopt);
}

void Membership::Core::run() {
  TimePoint next = now();
  for (;;) {
    if (now() >= next) {
      round();
      next += options_.interval;
      continue;
    }
    const Result<Received<Gossip>> gossip = receive_for<Gossip>(next - now());
    if (!gossip) continue;
    take(gossip->value);
    if (gossip->value.wants_answer) gossip_to(gossip->from, false);
  }
}

void Membership::Core::round() {
  const bool first_seed = options_.seeds.front() == self_;
  const bool only_seed = first_seed && options_.seeds.size() == 1;
  if (own().status == MemberStatus::joining && first_seed &&
      (only_seed || now() - began_ >= options_.alone_after)) {
    own().record.status = MemberStatus::up;
    set_status(own(), MemberStatus::up);
  }
  judge();
  ++own().record.heartbeat;
  own().record.view = view();
  for (const Address target : targets()) gossip_to(target, true);
}

// Whom this round goes to: some of the living, and now and then one that is thought gone.
std::vector<Address> Membership::Core::targets() {
  std::vector<Address> living;
  std::vector<Address> others;
  for (const auto& [address, known] : known_) {
    if (address == self_ || known.status == MemberStatus::left) continue;
    (known.status == MemberStatus::down ? others : living).push_back(address);
  }
  for (const Address seed : options_.seeds) {
    if (seed != self_ && !known_.contains(seed)) others.push_back(seed);
  }
  if (living.empty()) return others;
  std::vector<Address> chosen;
  Random draw = random("gossip");
  while (!living.empty() && chosen.size() < options_.fanout) {
    const std::size_t index = draw.below(living.size());
    chosen.push_back(living[index]);
    living.erase(living.begin() + static_cast<std::ptrdiff_t>(index));
  }
  constexpr std::uint64_t kCallAtTheGone = 4;  // one round in so many
  if (!others.empty() && draw.chance(1, kCallAtTheGone))
    chosen.push_back(others[draw.below(others.size())]);
  return chosen;
}

void Membership::Core::gossip_to(Address to, bool wants_answer) {
  Gossip gossip{.members = {}, .wants_answer = wants_answer};
  for (const auto& [address, known] : known_) {
    // A record of the dead would come back from others as news.
    if (known.status != MemberStatus::down) gossip.members.push_back(known.record);
  }
  send(to, gossip);
}

void Membership::Core::judge() {
  for (auto each = known_.begin(); each != known_.end();) {
    Known& known = each->second;
    const bool is_self = each->first == self_;
    ++each;
    if (is_self) continue;
    if (is_gone(known.status)) {
      if (now() - known.since >= options_.forget_after) known_.erase(known.record.address);
    } else if (known.status == MemberStatus::suspect) {
      if (now() - known.since >= options_.down_after) set_status(known, MemberStatus::down);
    } else if (known.detector.is_suspect(now())) {
      set_status(known, MemberStatus::suspect);
    }
  }
}

void Membership::Core::take(const Gossip& gossip) {
  for (const MemberRecord& record : gossip.members) {
    if (!record.address.known() || record.status == MemberStatus::suspect ||
        record.status == MemberStatus::down)
      continue;  // no member writes that of itself
    if (record.address == self_) {
      take_own(record);
    } else {
      take(record);
    }
  }
}

// Somebody else speaks of this node, in this life: it has joined.
void Membership::Core::take_own(const MemberRecord& record) {
  Known& known = own();
  if (record.life != known.record.life || known.status != MemberStatus::joining) return;
  known.record.status = MemberStatus::up;
  ++known.record.heartbeat;
  set_status(known, MemberStatus::up);
}

void Membership::Core::take(const MemberRecord& record) {
  const auto found = known_.find(record.address);
  if (found == known_.end()) {
    const auto place = known_.emplace(record.address, first_seen(record, options_.detector)).first;
    Known& known = place->second;
    known.detector.heartbeat(now());
    tell(known, std::nullopt);
    return;
  }
  Known& known = found->second;
  if (!newer(record, known.record)) return;
  if (record.life != known.record.life) {
    if (!is_gone(known.status)) set_status(known, MemberStatus::down);
    known.detector = PhiAccrual(options_.detector);
  }
  known.record = record;
  known.key = key_of(record);
  known.detector.heartbeat(now());
  set_status(known, record.status);
}

void Membership::Core::set_status(Known& known, MemberStatus status) {
  if (known.status == status) return;
  const MemberStatus before = std::exchange(known.status, status);
  known.since = now();
  tell(known, before);
}

void Membership::Core::tell(const Known& known, std::optional<MemberStatus> before) {
  std::string text;
  for (const auto& [address, each] : known_) {
    if (!text.empty()) text += ", ";
    text.append(address.name()).append(" ").append(name(each.status));
  }
  publish("members", std::string_view(text));
  std::erase_if(subscribers_, [](const auto& subscriber) { return subscriber.expired(); });
  for (const auto& weak : subscribers_) {
    const auto channel = weak.lock();
    const MemberEvent event{member_of(known), before};
    while (!channel->try_send(event)) static_cast<void>(channel->try_receive());
  }
}

std::uint64_t Membership::Core::view() const {
  std::uint64_t sum = 0;
  for (const auto& [address, known] : known_) {
    if (counts(known.status)) sum += known.key;
  }
  return sum;
}

std::vector<Member> Membership::Core::members() const {
  std::vector<Member> members;
  for (const auto& [address, known] : known_) members.push_back(member_of(known));
  return members;
}

std::vector<Address> Membership::Core::in_cluster() const {
  std::vector<Address> addresses;
  for (const auto& [address, known] : known_) {
    if (counts(known.status)) addresses.push_back(address);
  }
  return addresses;
}

std::optional<MemberStatus> Membership::Core::status_of(Address member) const {
  const auto found = known_.find(member);
  if (found == known_.end()) return std::nullopt;
  return found->second.status;
}

bool Membership::Core::converged() const {
  const std::uint64_t mine = view();
  return std::all_of(known_.begin(), known_.end(), [&](const auto& entry) {
    const Known& known = entry.second;
    if (is_gone(known.status)) return true;
    return known.status == MemberStatus::up && (entry.first == self_ || known.record.view == mine);
  });
}

std::shared_ptr<Channel<MemberEvent>> Membership::Core::subscribe(std::size_t capacity) {
  NORN_ASSERT(capacity >= 1, "Membership: a subscriber needs room for one event at least");
  auto channel = std::make_shared<Channel<MemberEvent>>(capacity);
  subscribers_.push_back(channel);
  for (const auto& [address, known] : known_) {
    const MemberEvent event{member_of(known), std::nullopt};
    while (!channel->try_send(event)) static_cast<void>(channel->try_receive());
  }
  return channel;
}

void Membership::Core::leave() {
  group_.cancel();
  own().record.status = MemberStatus::left;
  set_status(own(), MemberStatus::left);
  for (int i = 0; i < 2; ++i) {  // twice, as a message may be lost
    ++own().record.heartbeat;
    for (const auto& [address, known] : known_) {
      if (address != self_ && !is_gone(known.status)) gossip_to(address, false);
    }
    sleep_for(options_.interval);
  }
}

Membership::Membership(MembershipOptions options)
    : core_(std::make_unique<Core>(std::move(options))) {
  core_->start();
}

Membership::~Membership() = default;

std::vector<Member> Membership::members() const {
  return core_->members();
}

std::vector<Address> Membership::in_cluster() const {
  return core_->in_cluster();
}

std::optional<MemberStatus> Membership::status_of(Address member) const {
  return core_->status_of(member);
}

bool Membership::converged() const {
  return core_->converged();
}

std::shared_ptr<Channel<MemberEvent>> Membership::subscribe(std::size_t capacity) {
  return core_->subscribe(capacity);
}

void Membership::leave() {
  core_->leave();
}

}  // namespace norn
