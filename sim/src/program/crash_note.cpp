#include "program/crash_note.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include <link.h>
#include <ucontext.h>
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
  std::array<char, 32> how{};     // "; alone: "
  std::array<char, 2048> tail{};  // the command that runs it again, up to the seed
  std::array<struct sigaction, kFatal.size()> before{};
  std::uintptr_t begin = 0, end = 0;  // where the program's own code lies
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
  put(note.how.data());
  put(note.tail.data());
  put(seed);
  put("\n");
}

// Where the processor was; 0 where that is not known.
std::uintptr_t place_in(const void* context) {
  [[maybe_unused]] const auto& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(machine.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return static_cast<std::uintptr_t>(machine.pc);
#else
  return 0;
#endif
}

// The place as an offset in the program's file is the same in each process.
void put_place(std::uintptr_t place) {
  if (place < note.begin || place >= note.end) return;
  std::array<char, 24> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), place - note.begin, 16).ptr;
  put(note.head.data());
  put("crashed at +0x");
  put({digits.data(), static_cast<std::size_t>(end - digits.data())});
  put(" of its file\n");
}

int find_program(dl_phdr_info* info, std::size_t, void*) {
  note.begin = info->dlpi_addr;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    if (segment.p_type == PT_LOAD)
      note.end = std::max(note.end, note.begin + segment.p_vaddr + segment.p_memsz);
  }
  return 1;  // the first object is the program itself
}

void on_fatal(int signal, siginfo_t*, void* context) {
  if (signal != SIGABRT) put_place(place_in(context));
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
  // What a seed means under feedback follows from those before it.
  const bool alone = settings.run.strategy != kFeedback;
  copy_text(note.how, alone ? "; alone: " : "; again: ");
  copy_text(note.tail, invocation.program + same_run_options(settings) +
                           (alone ? std::string(" --seed ")
                                  : " --keep-going --seeds " +
                                        std::to_string(settings.run.seeds.first) + ".."));
  dl_iterate_phdr(&find_program, nullptr);
  struct sigaction action{};
  action.sa_sigaction = &on_fatal;
  action.sa_flags = SA_ONSTACK | SA_SIGINFO;
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
