#include "wal_store/workload.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include <norn/runtime/codec_json.hpp>

using namespace std::chrono_literals;

namespace wal_store {

std::string value_of(std::string_view key, std::uint64_t version) {
  std::string value = std::string(key) + ':' + std::to_string(version) + ':';
  const std::size_t filling = version * 37 % 300;
  for (std::size_t i = 0; i < filling; ++i)
    value += static_cast<char>('a' + (version * 7 + i * (key.size() + 3)) % 26);
  return value;
}

std::optional<std::uint64_t> version_of(std::string_view key, std::string_view value) {
  if (value.empty()) return 0;
  const std::string begin = std::string(key) + ':';
  if (!value.starts_with(begin)) return std::nullopt;
  std::uint64_t version = 0;
  std::from_chars(value.data() + begin.size(), value.data() + value.size(), version);
  if (version == 0 || value != value_of(key, version)) return std::nullopt;
  return version;
}

void Expectations::promised(const std::string& key, std::uint64_t version) {
  Key& expected = keys_[key];
  expected.promised = std::max(expected.promised, version);
  last_answer_ = norn::now();
  ++acknowledged_;
}

std::uint64_t Expectations::next_version(const std::string& key) const {
  const auto found = keys_.find(key);
  return found == keys_.end() ? 1 : found->second.asked + 1;
}

void Expectations::read(const std::string& key, std::string_view value) {
  const std::optional<std::uint64_t> version = version_of(key, value);
  const Key& expected = keys_[key];
  if (!version || *version > expected.asked) {
    return sim_.violation("every value was put by a client",
                          "'" + key + "' reads as '" + std::string(value.substr(0, 60)) + "'");
  }
  if (*version < expected.promised) {
    return sim_.violation("what was acknowledged is never lost",
                          "'" + key + "' is back at version " + std::to_string(*version) +
                              ", and version " + std::to_string(expected.promised) +
                              " was acknowledged");
  }
  promised(key, *version);
}

void client(const std::string& name, Expectations& expectations) {
  norn::Random random = norn::random();
  for (;;) {
    if (!norn::operation_wanted()) continue;
    norn::sleep_for(random.between(2ms, 20ms));
    const std::string key = name + (random.chance(1, 2) ? ".a" : ".b");
    if (random.chance(1, 3)) {
      const auto answer = norn::call("store", Get{key}, {.timeout = 200ms});
      if (answer && answer->served) expectations.read(key, answer->value);
      continue;
    }
    const std::uint64_t version = expectations.next_version(key);
    expectations.asked(key, version);
    const auto put = norn::call("store", Put{key, version}, {.timeout = 200ms});
    if (put.value_or(false)) expectations.promised(key, version);
  }
}

}  // namespace wal_store
