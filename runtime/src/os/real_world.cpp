#include "norn/runtime/real_world.hpp"

#include <utility>

#include "os/world.hpp"

namespace norn {

RealWorld::RealWorld(RealOptions options)
    : world_(std::make_unique<real::World>(std::move(options))) {}

RealWorld::~RealWorld() = default;

void RealWorld::node(std::string name, std::function<void()> main, RealNodeOptions options) {
  world_->add_node(std::move(name), std::move(main), std::move(options));
}

RealResult RealWorld::run() {
  return world_->run();
}

void RealWorld::request_stop() {
  world_->request_stop();
}

RealResult run_for_real(std::function<void()> main, RealRunOptions options) {
  RealWorld world(std::move(options.world));
  RealNodeOptions node;
  node.root = std::move(options.root);
  world.node(std::move(options.name), std::move(main), std::move(node));
  return world.run();
}

}  // namespace norn
