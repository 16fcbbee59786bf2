#include "program/crash_note.hpp"

#include <array>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include <unistd.h>

#include "norn/sim/fault_plan.hpp"

#include "explore/text.hpp"
#include "program/output.hpp"

namespace norn::program {

namespace {

constexpr std::array kFatal = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr std::size_t kStack = 64 * 1024;

// All that a signal handler may use: memory that is there already.
struct Note {
  std::array<char, 256> head{};   // "scenario-raft: "
  std::array<char, 2048> tail{};  // what follows the seed
  std::array<struct sigaction, kFatal.size()> before{};
};
Note note;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): for a signal handler

// A fiber that ran over its stack cannot run the handler on it.
struct Current {
  bool known = false;
  std::uint64_t seed = 0;
  std::unique_ptr<std::byte[]> stack;
};
thread_local Current current;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

void put(std::string_view text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

void put_note() {
  if (!current.known) return;
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), current.seed).ptr;
  const std::string_view seed(digits.data(), static_cast<std::size_t>(end - digits.data()));
  put(note.head.data());
  put("this happened in seed ");
  put(seed);
  put("; alone: ");
  put(note.tail.data());
  put(" --seed ");
  put(seed);
  put("\n");
}

void on_fatal(int signal) {
  put_note();
  for (std::size_t i = 0; i < kFatal.size(); ++i) {
    if (kFatal[i] == signal) ::sigaction(signal, &note.before[i], nullptr);
  }
  // Returning runs the faulty instruction again, under whatever was in force before; what was
  // raised is raised again.
  if (signal == SIGABRT) ::raise(signal);
}

template <std::size_t size>
void copy_text(std::array<char, size>& to, const std::string& text) {
  const std::size_t length = std::min(text.size(), size - 1);
  std::memcpy(to.data(), text.data(), length);
  to[length] = '\0';
}

}  // namespace

void install_crash_note(const Settings& settings, const Invocation& invocation) {
  copy_text(note.head, invocation.name + ": ");
  copy_text(note.tail, invocation.program + same_run_options(settings));
  struct sigaction action{};
  action.sa_handler = &on_fatal;
  action.sa_flags = SA_ONSTACK;
  for (std::size_t i = 0; i < kFatal.size(); ++i) ::sigaction(kFatal[i], &action, &note.before[i]);
  norn::detail::set_assertion_note(&put_note);
}

void note_seed(std::uint64_t seed) {
  current.seed = seed;
  if (current.known) return;
  current.known = true;
  stack_t there{};
  if (::sigaltstack(nullptr, &there) == 0 && (there.ss_flags & SS_DISABLE) == 0) return;
  current.stack = std::make_unique<std::byte[]>(kStack);
  stack_t stack{};
  stack.ss_sp = current.stack.get();
  stack.ss_size = kStack;
  ::sigaltstack(&stack, nullptr);
}

}  // namespace norn::program
