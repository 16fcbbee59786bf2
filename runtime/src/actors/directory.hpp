// Directory: names and groups of the cluster, of which every member keeps a copy.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "actors/signal.hpp"
#include "norn/runtime/codec.hpp"
#include "norn/runtime/host/message.hpp"
#include "norn/runtime/pid.hpp"
#include "norn/runtime/time.hpp"

namespace norn::detail {

class ActorSystem;

// A question to the directory of another node; it is asked again until the answer has come.
struct NameQuestion {
  Pid reply_to;
  Pid claims;  // names nobody: the question is who has the name `name` on that node
  std::string name;
};
// Who has the name. After a claim: whether the claim stands.
struct NameAnswer {
  Pid holder;
};

// A fact is a key ("name:x", "group:y") and an actor that stands under it. The node of the actor
// owns it: only that node adds and removes it, and tells the others. The facts of a node that is
// lost are dropped; when it is up again both tell each other all they own.
class Directory {
 public:
  explicit Directory(ActorSystem& system) : system_(system) {}

  // ---- for the node's own fibers
  void add(const std::string& key, const Pid& own);
  bool remove(const std::string& key, const Pid& own);
  void forget(const Pid& own);
  std::vector<Pid> all(const std::string& key) const;
  // winner() is the one of several under a key that has it by the rule for conflicts.
  std::optional<Pid> winner(const std::string& key) const;
  // claim() decides about a name of the cluster, when this node is the one that decides.
  Pid claim(const std::string& key, const Pid& pid);
  // decider() is the member that decides about names now.
  host::NodeId decider() const;
  // settle() answers questions and gives up names that are lost. By the service fiber.
  void settle();
  // up() tells a member all facts of this node. By the service fiber.
  void up(host::NodeId node);

  // ---- on any stack
  void act_on(const Signal& signal);
  void lost(host::NodeId node);
  void asked(const host::Message& message);

 private:
  void tell_all(SignalKind kind, const std::string& key, const Pid& own);
  void tell(host::NodeId node, SignalKind kind, const std::string& key, const Pid& own);
  void answer(const NameQuestion& question);
  void give_up_lost_names();

  struct Claim {
    Pid pid;
    TimePoint until;
  };

  ActorSystem& system_;
  std::map<std::string, std::set<Pid>> facts_;
  std::map<std::string, Claim> claims_;  // granted, and not yet facts
  std::vector<NameQuestion> questions_;
  bool unsettled_ = false;
};

}  // namespace norn::detail
