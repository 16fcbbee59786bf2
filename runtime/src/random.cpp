#include "norn/runtime/random.hpp"

#include "caller.hpp"
#include "norn/runtime/host/message.hpp"

namespace norn {

Random random() {
  return Random(0);
}

Random random(std::string_view label) {
  const std::uint64_t stream = host::hash_name(label);
  return Random(stream == 0 ? 1 : stream);
}

std::uint64_t Random::bits() {
  const host::Caller self = host::caller("random()");
  if (stream_ == 0) return self.world.draw(self.process, self.fiber.key, self.fiber.draws++);
  return self.world.draw(self.process, stream_, self.process.next_draw(stream_));
}

std::uint64_t Random::below(std::uint64_t bound) {
  NORN_ASSERT(bound > 0, "random().below(0): there is no number below zero");
  // The high half of a 64 x 64 bit product (Lemire 2019, without the rejection: the bias is below
  // bound / 2^64).
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((Wide{bits()} * bound) >> 64U);
}

std::int64_t Random::between(std::int64_t low, std::int64_t high) {
  NORN_ASSERT(low <= high, "random().between(low, high): low exceeds high");
  const auto span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
  const std::uint64_t offset = span == 0 ? bits() : below(span);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + offset);
}

Duration Random::between(Duration low, Duration high) {
  return Duration(between(low.count(), high.count()));
}

bool Random::chance(std::uint64_t times, std::uint64_t out_of) {
  NORN_ASSERT(out_of > 0 && times <= out_of,
              "random().chance(times, out_of): give a fraction between 0 and 1");
  return below(out_of) < times;
}

}  // namespace norn
