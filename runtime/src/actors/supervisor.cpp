#include "norn/runtime/supervisor.hpp"

#include <map>
#include <optional>
#include <set>

#include "actors/actor_system.hpp"
#include "actors/supervision.hpp"
#include "norn/runtime/codec_json.hpp"
#include "norn/runtime/node_local.hpp"
#include "norn/runtime/server.hpp"

namespace norn {

namespace {

// A start may take long.
constexpr CallOptions kPatient{.timeout = std::chrono::hours(24 * 365)};

// What a supervisor answers: a child, or why not.
struct ChildReply {
  Pid child;
  std::optional<std::uint8_t> error;
  std::string text;
};

enum class Act : std::uint8_t { add, add_with, terminate, restart, forget };

struct ChildRequest {
  using Reply = ChildReply;
  Act act = Act::add;
  std::string id;
  Pid child;
  std::uint64_t parcel = 0;
  Bytes args;
};

struct WhichChildren {
  using Reply = std::vector<ChildInfo>;
};

// Functions cannot be sent: what start_child() was given waits here for the supervisor.
struct Parcels {
  std::map<std::uint64_t, ChildSpec> specs;
  std::uint64_t last = 0;
};

template <class T>
ChildReply reply_of(const Result<T>& result) {
  ChildReply reply;
  if (!result.ok()) {
    reply.error = static_cast<std::uint8_t>(result.error().code);
    reply.text = result.error().message;
  } else if constexpr (!std::is_void_v<T>) {
    reply.child = *result;
  }
  return reply;
}

ChildReply serve_request(detail::Supervision& supervision, const ChildRequest& request) {
  switch (request.act) {
    case Act::add: {
      auto node = node_local<Parcels>().specs.extract(request.parcel);
      if (node.empty()) return reply_of(Result<Pid>(Errc::invalid, "the request came twice"));
      return reply_of(supervision.add(std::move(node.mapped())));
    }
    case Act::add_with:
      return reply_of(supervision.add_with(request.args));
    case Act::terminate:
      return reply_of(supervision.terminate(request.id, request.child));
    case Act::restart:
      return reply_of(supervision.restart(request.id));
    case Act::forget:
      return reply_of(supervision.forget(request.id));
  }
  return reply_of(Result<Pid>(Errc::invalid, "an unknown request"));
}

void run_supervisor(SupervisorOptions options, std::vector<ChildSpec> children) {
  detail::Supervision supervision(options);
  supervision.begin(std::move(children));
  Server(on_call([&](const ChildRequest& request) { return serve_request(supervision, request); }),
         on_call([&](const WhichChildren&) { return supervision.infos(); }),
         on_info([&](const ExitSignal& signal) { supervision.child_ended(signal); }),
         on_stop([&](const ExitReason&) { supervision.stop_all(); }))
      .run();
}

void check(const SupervisorOptions& options, const std::vector<ChildSpec>& children) {
  if (options.strategy == Strategy::simple_one_for_one) {
    NORN_ASSERT(children.size() == 1 && children.front().start_with != nullptr,
                "a simple_one_for_one supervisor takes one child, made by dynamic_child()");
    return;
  }
  std::set<std::string> ids;
  for (const ChildSpec& child : children) {
    NORN_ASSERT(child.start != nullptr, "child '" + child.id + "' has no function to start");
    NORN_ASSERT(ids.insert(child.id).second, "two children have the id '" + child.id + "'");
  }
}

Result<Pid> ask(const Pid& supervisor, const ChildRequest& request) {
  const Result<ChildReply> reply = call(supervisor, request, kPatient);
  if (!reply) return reply.error();
  if (reply->error) return Error{static_cast<Errc>(*reply->error), reply->text};
  return reply->child;
}

Result<void> ask_only(const Pid& supervisor, const ChildRequest& request) {
  const Result<Pid> reply = ask(supervisor, request);
  if (!reply) return reply.error();
  return {};
}

}  // namespace

Result<Pid> start_supervisor(std::string_view name, SupervisorOptions options,
                             std::vector<ChildSpec> children) {
  check(options, children);
  const Pid pid = spawn_actor(name, [options, children = std::move(children)]() mutable {
    run_supervisor(options, std::move(children));
  });
  if (const auto failure = detail::await_start(pid, kInfinity))
    return Error{Errc::closed, "supervisor '" + std::string(name) + "': " + failure->text};
  if (detail::ActorSystem::here("start_supervisor()").calling_or_null() != nullptr) link(pid);
  return pid;
}

ChildSpec supervisor_child(std::string id, SupervisorOptions options,
                           std::vector<ChildSpec> children) {
  check(options, children);
  ChildSpec spec;
  spec.id = std::move(id);
  spec.start = [options, children = std::move(children)] { run_supervisor(options, children); };
  spec.shutdown = kInfinity;
  spec.start_timeout = kInfinity;
  return spec;
}

Result<Pid> start_child(const Pid& supervisor, ChildSpec child) {
  NORN_ASSERT(child.start != nullptr, "child '" + child.id + "' has no function to start");
  if (!detail::ActorSystem::here("start_child()").is_mine(supervisor))
    return Error{Errc::invalid, "start_child(): the supervisor " + to_string(supervisor) +
                                    " is of another node or life, and functions cannot be sent"};
  auto& parcels = node_local<Parcels>();
  ChildRequest request;
  request.parcel = ++parcels.last;
  parcels.specs.emplace(request.parcel, std::move(child));
  const Result<Pid> reply = ask(supervisor, request);
  parcels.specs.erase(request.parcel);
  return reply;
}

Result<void> terminate_child(const Pid& supervisor, std::string_view id) {
  ChildRequest request;
  request.act = Act::terminate;
  request.id = id;
  return ask_only(supervisor, request);
}

Result<void> terminate_child(const Pid& supervisor, const Pid& child) {
  ChildRequest request;
  request.act = Act::terminate;
  request.child = child;
  return ask_only(supervisor, request);
}

Result<Pid> restart_child(const Pid& supervisor, std::string_view id) {
  ChildRequest request;
  request.act = Act::restart;
  request.id = id;
  return ask(supervisor, request);
}

Result<void> delete_child(const Pid& supervisor, std::string_view id) {
  ChildRequest request;
  request.act = Act::forget;
  request.id = id;
  return ask_only(supervisor, request);
}

Result<std::vector<ChildInfo>> which_children(const Pid& supervisor) {
  return call(supervisor, WhichChildren{}, kPatient);
}

namespace detail {

Result<Pid> start_child_with_bytes(const Pid& supervisor, Bytes args) {
  ChildRequest request;
  request.act = Act::add_with;
  request.args = std::move(args);
  return ask(supervisor, request);
}

void bad_arguments(const Error& error) {
  exit(ExitReason::error("its arguments do not decode: " + error.message));
}

}  // namespace detail
}  // namespace norn
