// What makes two failures of a campaign the same one.
#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace norn::command {

// Signature names a way to fail. Of a violation: the property, the nodes and the message; of a
// process that died: how, and the line of its last words that says most.
struct Signature {
  std::string kind;      // violation, crash, hang, memory
  std::string property;  // of a crash: "signal SIGSEGV", "exit code 5"
  std::string subject;   // nodes
  std::string message;   // masked
  friend auto operator<=>(const Signature&, const Signature&) = default;
};

// masked() replaces each number, decimal or hexadecimal, by "#": "17 of 0x1f" is "# of #". An
// offset in a program ("+0x1f") stays.
std::string masked(std::string_view text);

// without_addresses() replaces what differs from one process to the next: addresses and the process
// ids of sanitizers.
std::string without_addresses(std::string_view text);

// telling_line() is the line of a dead process's last words that tells why it died: an assertion,
// what a sanitizer found, what was thrown, where it crashed, or else the last one. Lines that name
// the seed are passed over.
std::string telling_line(const std::vector<std::string>& lines);

}  // namespace norn::command
