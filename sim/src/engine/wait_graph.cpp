#include "engine/wait_graph.hpp"

#include <algorithm>
#include <span>
#include <tuple>

#include "engine/in_words.hpp"
#include "norn/runtime/host/context_state.hpp"

namespace norn::sim {

using host::BlockReason;

WaitGraph::WaitGraph(const World& world) : cluster_(world.cluster) {
  add_fibers(world);
  world.network.for_each_under_way([this](const host::Message& message) {
    if (message.request == 0 || message.to_actor || message.to_kernel) return;
    under_way_.insert({message.is_reply ? message.to : message.from, message.request});
  });
  for (Waiting& waiting : fibers_) look(world, waiting);
}

void WaitGraph::add_fibers(const World& world) {
  parts_.resize(cluster_.size() + 1);
  node_stirs_.resize(cluster_.size() + 1);
  for (host::NodeId node = 1; node <= cluster_.size(); ++node) {
    parts_[node].first = static_cast<Vertex>(fibers_.size());
    node_stirs_[node] = world.stirs(node);
    const host::Process* const process = cluster_.process(node);
    for (const host::Fiber* fiber = process == nullptr ? nullptr : process->first_fiber;
         fiber != nullptr; fiber = fiber->next_in_process) {
      const auto vertex = static_cast<Vertex>(fibers_.size());
      by_id_.emplace_hint(by_id_.end(), fiber->id, vertex);
      for (const host::Serving* at = fiber->serving; at != nullptr; at = at->outer) {
        if (at->request != 0) at_[{at->caller, at->request}].push_back(vertex);
      }
      fibers_.push_back({.fiber = fiber, .node = node});
    }
    parts_[node].second = static_cast<Vertex>(fibers_.size());
  }
}

const host::OpenCall* WaitGraph::call_of(const Waiting& waiting) const {
  const host::Fiber& fiber = *waiting.fiber;
  if (fiber.state != host::FiberState::parked || fiber.reason != BlockReason::call) return nullptr;
  return fiber.waits_for.call;
}

void WaitGraph::look(const World& world, Waiting& waiting) {
  const host::Fiber& fiber = *waiting.fiber;
  if (fiber.state != host::FiberState::parked) {
    waiting.stirs = true;
    return;
  }
  waiting.timed = fiber.has_deadline ||
                  (fiber.context != nullptr && fiber.context->deadline && !fiber.context->over);
  switch (fiber.reason) {
    case BlockReason::call:
      if (fiber.waits_for.call != nullptr)
        return look_at_call(world, waiting, *fiber.waits_for.call);
      waiting.stirs = true;
      return;
    case BlockReason::mutex:
    case BlockReason::join:
      if (fiber.waits_for.fiber != nullptr) return wait_for_fiber(waiting, *fiber.waits_for.fiber);
      break;
    case BlockReason::sleep:
    case BlockReason::receive:
    case BlockReason::file:
    case BlockReason::yield:
    case BlockReason::cpu:
    case BlockReason::mailbox:
    case BlockReason::socket:
      waiting.stirs = true;
      return;
    default:
      break;
  }
  waiting.on.push_back(any_of(waiting.node));
}

void WaitGraph::wait_for_fiber(Waiting& waiting, const host::Fiber* other) {
  const auto found = other == nullptr ? by_id_.end() : by_id_.find(other->id);
  if (found == by_id_.end()) {
    waiting.stirs = true;  // what it waited for has come to be
    return;
  }
  waiting.known = true;
  waiting.on.push_back(found->second);
}

bool WaitGraph::lies_in_mailbox(const host::Process& process, const Request& request,
                                host::MessagePool& pool) {
  for (const host::Message* message = process.mailbox_first; message != nullptr;
       message = message->next == 0 ? nullptr : &pool.at(message->next - 1)) {
    if (!message->is_reply && message->from == request.first && message->request == request.second)
      return true;
  }
  return false;
}

namespace {

bool serves(const host::Fiber& fiber, const host::MessageClass& request_class) {
  for (const host::Serving* frame = fiber.serving; frame != nullptr; frame = frame->outer) {
    const std::span classes(frame->classes, frame->class_count);
    if (std::find(classes.begin(), classes.end(), request_class.hash) != classes.end()) return true;
  }
  return false;
}

}  // namespace

void WaitGraph::look_at_call(const World& world, Waiting& waiting, const host::OpenCall& call) {
  any_endless_ = any_endless_ || call.endless;
  const host::Process* const process =
      call.to == 0 || call.to > cluster_.size() ? nullptr : cluster_.process(call.to);
  if (process == nullptr) {
    waiting.stage = Stage::node_down;
    return;
  }
  const Request request{waiting.node, call.request};
  waiting.stage = Stage::unseen;
  if (call.actor == 0 && under_way_.contains(request)) {
    waiting.stage = Stage::under_way;
  } else if (const auto at = at_.find(request); call.actor == 0 && at != at_.end()) {
    waiting.stage = Stage::at_it;
    waiting.on = at->second;
  } else if (call.actor == 0 && lies_in_mailbox(*process, request, world.pool)) {
    waiting.stage = Stage::in_mailbox;
    for (Vertex other = parts_[call.to].first; other < parts_[call.to].second; ++other) {
      if (serves(*fibers_[other].fiber, *call.request_class)) waiting.on.push_back(other);
    }
  }
  waiting.known = !waiting.on.empty();
  if (!waiting.known) waiting.on.push_back(any_of(call.to));
}

std::vector<WaitGraph::Vertex> WaitGraph::next(Vertex vertex) const {
  if (vertex < fibers_.size()) return fibers_[vertex].on;
  std::vector<Vertex> fibers;
  const auto [first, last] = parts_[vertex - fibers_.size()];
  for (Vertex fiber = first; fiber < last; ++fiber) fibers.push_back(fiber);
  return fibers;
}

// Each vertex that nothing can wake any more: what is left when all that can be woken, step by
// step, is taken out.
std::vector<bool> WaitGraph::stuck() const {
  const std::size_t count = fibers_.size() + parts_.size();
  std::vector<std::vector<Vertex>> woken_by(count);
  std::vector<bool> stuck(count, true);
  std::vector<Vertex> awake;
  const auto wake = [&](Vertex vertex) {
    if (!stuck[vertex]) return;
    stuck[vertex] = false;
    awake.push_back(vertex);
  };
  for (Vertex fiber = 0; fiber < fibers_.size(); ++fiber) {
    const Waiting& waiting = fibers_[fiber];
    for (const Vertex other : waiting.on) woken_by[other].push_back(fiber);
    woken_by[fiber].push_back(any_of(waiting.node));
    if (waiting.stirs || waiting.timed || waiting.stage == Stage::under_way) wake(fiber);
  }
  for (host::NodeId node = 1; node < parts_.size(); ++node) {
    if (node_stirs_[node]) wake(any_of(node));
  }
  while (!awake.empty()) {
    const Vertex vertex = awake.back();
    awake.pop_back();
    for (const Vertex other : woken_by[vertex]) wake(other);
  }
  return stuck;
}

// Circles among the vertices that are allowed, by depth-first search (Tarjan 1972): one for each
// way back to where the search stands, which is at least one for each set of vertices that wait for
// each other.
template <class Allowed, class Next>
std::vector<std::vector<WaitGraph::Vertex>> WaitGraph::circles(const Allowed& allowed,
                                                               const Next& next) const {
  enum class Colour : std::uint8_t { fresh, open, done };
  struct Step {
    Vertex vertex;
    std::vector<Vertex> next;
    std::size_t at = 0;
  };
  std::vector<Colour> colours(fibers_.size() + parts_.size(), Colour::fresh);
  std::vector<std::vector<Vertex>> found;
  std::vector<Step> path;
  const auto enter = [&](Vertex vertex) {
    colours[vertex] = Colour::open;
    path.push_back({vertex, next(vertex)});
  };
  for (Vertex start = 0; start < fibers_.size(); ++start) {
    if (colours[start] != Colour::fresh || !allowed(start)) continue;
    enter(start);
    while (!path.empty()) {
      Step& step = path.back();
      if (step.at == step.next.size()) {
        colours[step.vertex] = Colour::done;
        path.pop_back();
        continue;
      }
      const Vertex to = step.next[step.at++];
      if (!allowed(to)) continue;
      if (colours[to] == Colour::fresh) {
        enter(to);
      } else if (colours[to] == Colour::open) {
        std::vector<Vertex> circle;
        for (auto each = std::find_if(path.begin(), path.end(),
                                      [to](const Step& s) { return s.vertex == to; });
             each != path.end(); ++each) {
          if (each->vertex < fibers_.size()) circle.push_back(each->vertex);
        }
        found.push_back(std::move(circle));
      }
    }
  }
  return found;
}

std::optional<std::string> WaitGraph::deadlock() const {
  if (!any_endless_) return std::nullopt;
  const std::vector<bool> is_stuck = stuck();
  const auto all = circles([&](Vertex vertex) { return is_stuck[vertex]; },
                           [this](Vertex vertex) { return next(vertex); });
  for (const std::vector<Vertex>& circle : all) {
    const auto calls = [this](Vertex each) { return call_of(fibers_[each]) != nullptr; };
    const auto counts = [this](Vertex each) {
      return cluster_.at(fibers_[each].node).options.deadlock_is_violation;
    };
    if (std::any_of(circle.begin(), circle.end(), calls) &&
        std::all_of(circle.begin(), circle.end(), counts))
      return describe(circle);
  }
  return std::nullopt;
}

// ---- in words

namespace {

std::string quoted(const host::Fiber& fiber) {
  return "'" + std::string(fiber.name_view()) + "'";
}

}  // namespace

std::string WaitGraph::name_of(const Waiting& waiting, host::NodeId seen_from) const {
  if (waiting.node == seen_from) return quoted(*waiting.fiber);
  return cluster_.at(waiting.node).name + " " + quoted(*waiting.fiber);
}

std::string WaitGraph::describe(const Waiting& waiting) const {
  const host::Fiber& fiber = *waiting.fiber;
  std::string text = name_of(waiting, 0) + " waits ";
  std::string more;
  std::int64_t since_ns = fiber.parked_since_ns;
  if (const host::OpenCall* const call = call_of(waiting)) {
    since_ns = call->since_ns;
    const std::string to = call->to == 0 || call->to > cluster_.size() ? "a node that there is not"
                                                                       : cluster_.at(call->to).name;
    text += "for " + to + " to answer " +
            (call->actor != 0 ? "its actor " + std::to_string(call->actor)
                              : std::string(call->request_class->name));
    if (call->sent > 1) more = ", sent " + std::to_string(call->sent) + " times";
    switch (waiting.stage) {
      case Stage::at_it:
        more += ", " + name_of(fibers_[waiting.on.front()], call->to) + " is at it";
        break;
      case Stage::in_mailbox:
        more += ", it lies in the mailbox";
        break;
      case Stage::under_way:
        more += ", a message is under way";
        break;
      case Stage::node_down:
        more += ", " + to + " is down";
        break;
      case Stage::unseen:
        if (call->actor == 0) more += ", nobody is seen at it";
        break;
      case Stage::no_call:
        break;
    }
  } else if (waiting.known) {
    const Waiting& other = fibers_[waiting.on.front()];
    text += fiber.reason == BlockReason::join ? "for the end of " : "for the Mutex of ";
    text += name_of(other, waiting.node);
  } else {
    text += "(" + std::string(name(fiber.reason)) + ")";
  }
  return text + " (since " + in_seconds(since_ns) + more + ")";
}

std::string WaitGraph::describe(const std::vector<Vertex>& circle) const {
  std::string text;
  bool timed = false;
  for (const Vertex each : circle) {
    text += (text.empty() ? "" : "; ") + describe(fibers_[each]);
    timed = timed || fibers_[each].timed;
  }
  return text + (timed ? ": a cycle, until a deadline ends it" : ": a cycle");
}

std::string WaitGraph::report() const {
  constexpr std::size_t kTold = 10;
  constexpr std::size_t kCircles = 3;
  const auto known = [this](Vertex vertex) { return vertex < fibers_.size(); };
  const auto all = circles(known, [this](Vertex vertex) {
    return fibers_[vertex].known ? fibers_[vertex].on : std::vector<Vertex>{};
  });
  std::string text;
  std::set<Vertex> told;
  for (std::size_t i = 0; i < std::min(all.size(), kCircles); ++i) {
    text += (text.empty() ? "" : "; ") + describe(all[i]);
    told.insert(all[i].begin(), all[i].end());
  }
  // Those first of whom it is known for whom they wait, then those who wait longest.
  std::vector<Vertex> others;
  for (Vertex each = 0; each < fibers_.size(); ++each) {
    if (!fibers_[each].stirs && !told.contains(each)) others.push_back(each);
  }
  const auto key = [this](Vertex each) {
    const Waiting& waiting = fibers_[each];
    const host::OpenCall* const call = call_of(waiting);
    return std::tuple(call == nullptr && !waiting.known,
                      call != nullptr ? call->since_ns : waiting.fiber->parked_since_ns, each);
  };
  std::sort(others.begin(), others.end(), [&](Vertex a, Vertex b) { return key(a) < key(b); });
  for (std::size_t i = 0; i < std::min(others.size(), kTold); ++i)
    text += (text.empty() ? "" : "; ") + describe(fibers_[others[i]]);
  if (others.size() > kTold) text += "; and " + std::to_string(others.size() - kTold) + " more";
  return text;
}

std::optional<std::string> WaitGraph::overdue(std::int64_t limit_ns, std::int64_t now_ns) const {
  const Waiting* longest = nullptr;
  for (const Waiting& waiting : fibers_) {
    const host::OpenCall* const call = call_of(waiting);
    if (call == nullptr || now_ns - call->since_ns < limit_ns) continue;
    if (longest == nullptr || call->since_ns < call_of(*longest)->since_ns) longest = &waiting;
  }
  if (longest == nullptr) return std::nullopt;
  return describe(*longest);
}

}  // namespace norn::sim
