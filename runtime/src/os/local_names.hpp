// LocalNames: paths of local sockets, which are paths of a node's folder and none of the machine.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <deque>
#include <map>
#include <string>

#include "os/folder.hpp"

namespace norn::real {

// A name as the machine takes it. Its path goes through the open folder that holds the socket
// (/proc/self/fd), so that it stays short and beneath the node's root.
struct MachineName {
  sockaddr_storage name{};
  socklen_t length = 0;
  UniqueFd folder;       // open while the name is in use
  std::string path;      // as the machine knows it; empty: abstract, or of another family
  std::string own_path;  // as the node knows it

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&name); }
};

// Abstract names and names of the Internet are passed on as they are.
class LocalNames {
 public:
  // translate() may wait for the disk; `make` makes the directories of a name that is to be bound.
  static int translate(const Folder& folder, const sockaddr* name, socklen_t length, bool make,
                       MachineName& out);
  // bound() remembers a name for tell(): the latest few thousand.
  void bound(const MachineName& name);
  // tell() copies a name that the machine gave out as the calls do: cut off where there is no room,
  // with its whole length.
  void tell(const sockaddr_storage& name, socklen_t length, sockaddr* into,
            socklen_t* into_length) const;

 private:
  std::map<std::string, std::string> own_paths_;  // by the machine's
  std::deque<std::string> in_order_;
};

}  // namespace norn::real
