// What the network may do in a swarm.
#include "faults/swarm_draws.hpp"

namespace norn::sim {
namespace {

using namespace std::chrono_literals;

// As FoundationDB's and TigerBeetle's simulators have it: one node alone as often as any two
// groups.
void divide_sides(SwarmFault& cut) {
  if (cut.chance("isolate", {1, 2})) {
    cut.isolate();
  } else {
    cut.split();
  }
}

void divide(SwarmFault& cut) {
  cut.lasts(20ms, 4s);
  divide_sides(cut);
}

Ratio up_to(const SwarmDraws& swarm, std::string_view name, std::int64_t most_ppm) {
  if (!swarm.on(name, "network", {1, 2})) return {};
  constexpr std::int64_t least_ppm = 100;
  const std::int64_t ppm = log_uniform(swarm.bits(name, "share"), least_ppm, most_ppm);
  return {static_cast<std::uint32_t>(ppm), 1'000'000};
}

// Cuts and holds of other shapes.
void draw_cuts(SwarmDraws& swarm) {
  swarm.draw(FaultKind::isolate, {.on = {1, 3}, .often = 2s, .seldom = 20s}, [](SwarmFault& cut) {
    cut.lasts(20ms, 4s);
    cut.one_node();
    cut.set_word("way", {"both", "out", "in"});
  });
  swarm.draw(FaultKind::split, {.on = {1, 3}, .often = 2s, .seldom = 20s}, [](SwarmFault& cut) {
    cut.lasts(20ms, 4s);
    cut.all_nodes();
  });
  swarm.draw(FaultKind::random_partition, {.on = {1, 3}, .often = 2s, .seldom = 20s},
             [](SwarmFault& cut) {
               cut.lasts(20ms, 4s);
               cut.all_nodes();
               cut.set_number("parts", 2, 5);
             });
  swarm.draw(FaultKind::ring, {.on = {1, 4}, .often = 4s, .seldom = 30s}, [](SwarmFault& cut) {
    cut.lasts(50ms, 4s);
    cut.all_nodes();
  });
  swarm.draw(FaultKind::flapping, {.on = {1, 4}, .often = 4s, .seldom = 30s}, [](SwarmFault& cut) {
    cut.lasts(500ms, 8s);
    divide_sides(cut);
    cut.set_time("cut", 5ms, 500ms);
    cut.set_time("open", 5ms, 1s);
  });
  // FoundationDB clogs an interface for up to 10 s e^(-10 u), u uniform: mostly shortly.
  swarm.draw(FaultKind::clog, {.on = {1, 3}, .often = 1s, .seldom = 20s}, [](SwarmFault& clog) {
    clog.lasts(1ms, 4s);
    clog.one_node();
  });
  swarm.draw(FaultKind::swizzle, {.on = {1, 4}, .often = 4s, .seldom = 30s},
             [](SwarmFault& swizzle) {
               swizzle.lasts(200ms, 6s);
               swizzle.all_nodes();
             });
}

// Links that are slow or narrow.
void draw_slowness(SwarmDraws& swarm) {
  swarm.draw(FaultKind::slow_node, {.on = {1, 3}, .often = 4s, .seldom = 30s},
             [](SwarmFault& slow) {
               slow.lasts(100ms, 8s);
               slow.one_node();
               slow.set_number("factor", 2, 100);
             });
  swarm.draw(FaultKind::slow_link, {.on = {1, 4}, .often = 4s, .seldom = 30s},
             [](SwarmFault& slow) {
               slow.lasts(100ms, 8s);
               slow.two_nodes();
               slow.set_number("factor", 2, 100);
             });
  swarm.draw(FaultKind::delay, {.on = {1, 4}, .often = 4s, .seldom = 30s}, [](SwarmFault& delay) {
    delay.lasts(100ms, 8s);
    delay.two_nodes();
    delay.set_time("extra", 1ms, 500ms);
    delay.set_time("jitter", 1ms, 500ms);
    delay.set_word("way", {"both", "out", "in"});
  });
  swarm.draw(FaultKind::bandwidth, {.on = {1, 4}, .often = 4s, .seldom = 30s},
             [](SwarmFault& narrow) {
               narrow.lasts(500ms, 8s);
               narrow.one_node();
               narrow.set_number("rate", 2'000, 1'000'000);
               narrow.set_number("queue", 4'000, 256'000);
               narrow.set_word("discipline", {"drop_tail", "codel"});
               narrow.set_word("shared_by", {"link", "sender", "receiver"});
             });
  swarm.draw(FaultKind::mtu, {.on = {1, 8}, .often = 8s, .seldom = 30s}, [](SwarmFault& mtu) {
    mtu.lasts(500ms, 8s);
    mtu.two_nodes();
    mtu.set_number("bytes", 296, 1500);  // 296: the least that RFC 1191 still counts as usual
  });
}

// Links that lose, copy, mix up and damage. What is damaged is always found: a system without
// checksums of its own does not survive more, and a plan by hand can ask for it.
void draw_damage(SwarmDraws& swarm) {
  const auto links = [](SwarmFault& fault) {
    fault.lasts(100ms, 8s);
    fault.one_to_some({1, 2});
    fault.set_word("way", {"both", "out", "in"});
  };
  const SwarmRate rate = {.on = {1, 4}, .often = 4s, .seldom = 30s};
  swarm.draw(FaultKind::loss, rate, [&links](SwarmFault& loss) {
    links(loss);
    loss.set_share("share", {1, 100}, {1, 2});
  });
  swarm.draw(FaultKind::loss_burst, rate, [&links](SwarmFault& burst) {
    links(burst);
    burst.set_share("begins", {1, 1000}, {1, 10});
    burst.set_share("ends", {1, 50}, {1, 2});
  });
  swarm.draw(FaultKind::duplicate, rate, [&links](SwarmFault& copies) {
    links(copies);
    copies.set_share("share", {1, 100}, {1, 2});
  });
  swarm.draw(FaultKind::reorder, rate, [&links](SwarmFault& mixed) {
    links(mixed);
    mixed.set_share("share", {1, 100}, {1, 2});
    mixed.set_time("by", 1ms, 500ms);
  });
  swarm.draw(FaultKind::corrupt, rate, [&links](SwarmFault& flips) {
    links(flips);
    flips.set_share("share", {1, 1000}, {1, 10});
  });
  swarm.draw(FaultKind::truncate, rate, [&links](SwarmFault& cuts) {
    links(cuts);
    cuts.set_share("share", {1, 1000}, {1, 10});
  });
  // By number only: what the types of messages are, no nemesis knows.
  swarm.draw(FaultKind::rule, {.on = {1, 4}, .often = 2s, .seldom = 30s}, [](SwarmFault& rule) {
    rule.lasts(500ms, 8s);
    rule.two_nodes();
    rule.set_number("nth", 1, 100);
    rule.set_word("verdict", {"drop", "deliver_after", "duplicate"});
    rule.set_time("delay", 10ms, 4s);
  });
}

void draw_connections(SwarmDraws& swarm) {
  swarm.draw(FaultKind::reset_connections, {.on = {1, 3}, .often = 1s, .seldom = 20s},
             [](SwarmFault& reset) {
               if (reset.chance("one link", {1, 2})) {
                 reset.two_nodes();
               } else {
                 reset.one_node();
               }
             });
  const auto unwilling = [](SwarmFault& fault) {
    fault.lasts(100ms, 4s);
    fault.two_nodes();
  };
  const SwarmRate rate = {.on = {1, 4}, .often = 4s, .seldom = 30s};
  swarm.draw(FaultKind::connect_hang, rate, unwilling);
  swarm.draw(FaultKind::connect_refused, rate, unwilling);
}

}  // namespace

void swarm_network(SwarmDraws& swarm) {
  swarm.draw(FaultKind::partition, {.often = 1s, .seldom = 20s, .storm_factor = 16}, divide);
  swarm.draw(FaultKind::partition_one_way, {.often = 1s, .seldom = 20s, .storm_factor = 16},
             [](SwarmFault& cut) {
               divide(cut);
               if (cut.chance("turn", {1, 2})) cut.turn();
             });
  swarm.draw(FaultKind::hold, {.often = 2s, .seldom = 20s}, [](SwarmFault& hold) {
    hold.lasts(10ms, 2s);
    hold.one_to_some({1, 2});
  });
  draw_cuts(swarm);
  draw_slowness(swarm);
  draw_damage(swarm);
  draw_connections(swarm);
}

LinkOptions swarm_links(const SwarmDraws& swarm) {
  LinkOptions links;
  links.loss = up_to(swarm, "loss", 200'000);
  links.duplicate = up_to(swarm, "duplicate", 300'000);
  if (!swarm.on("latency", "network", {3, 4})) return links;
  Latency& latency = links.latency;
  const auto grains = [](Duration time) { return time - time % NemesisDraws::kGrain; };
  latency.usual = grains(log_uniform(swarm.bits("latency", "usual"), 800us, Duration(80ms)));
  latency.slow = {
      static_cast<std::uint32_t>(log_uniform(swarm.bits("latency", "slow"), 100, 100'000)),
      1'000'000};
  latency.slow_max = grains(log_uniform(swarm.bits("latency", "slow_max"), Duration(100ms), 1s));
  return links;
}

}  // namespace norn::sim
