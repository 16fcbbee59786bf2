#include "os/node_files.hpp"

#include <sys/socket.h>

#include <algorithm>

namespace norn::real {

using host::SocketDirection;

DescriptorPtr NodeFiles::find(const host::Process& process, int number, int& error) {
  if (!process.alive) {
    error = -ESRCH;
    return nullptr;
  }
  DescriptorPtr found = table(process).find(number);
  error = found == nullptr ? -EBADF : 0;
  return found;
}

DescriptorPtr NodeFiles::find_socket(const host::Process& process, int number, int& error) {
  DescriptorPtr found = find(process, number, error);
  if (found == nullptr) return nullptr;
  const OpenKind kind = found->file->kind;
  if (kind == OpenKind::stream || kind == OpenKind::datagrams) return found;
  error = -ENOTSOCK;
  return nullptr;
}

int NodeFiles::install(const host::Process& process, int machine_fd, OpenFile file,
                       bool close_on_exec) {
  if (machine_fd < 0) return machine_fd;
  auto descriptor =
      std::make_shared<Descriptor>(machine_fd, std::make_shared<OpenFile>(std::move(file)));
  descriptor->close_on_exec = close_on_exec;
  return table(process).install(std::move(descriptor));
}

// A file may be in use by a worker: it is closed when the last call on it has ended. Everything
// else is closed at once, for others see it.
void NodeFiles::end(const DescriptorPtr& descriptor) {
  descriptor->closed = true;
  loop_.forget(*descriptor);
  const OpenKind kind = descriptor->file->kind;
  if (kind == OpenKind::file || kind == OpenKind::directory) return;
  if (descriptor->file->lingers && descriptor->file.use_count() == 1) {
    const int fd = descriptor->fd.release();
    away([fd] { return ::close(fd); });
    return;
  }
  descriptor->fd.reset();
}

int NodeFiles::close(const host::Process& process, int number) {
  if (!process.alive) return -ESRCH;
  const DescriptorPtr descriptor = table(process).remove(number);
  if (descriptor == nullptr) return -EBADF;
  end(descriptor);
  return 0;
}

void NodeFiles::close_all(const host::Process& process) {
  const std::vector<DescriptorPtr> all = std::exchange(table(process), {}).all();
  for (const DescriptorPtr& descriptor : all) {
    if (descriptor == nullptr) continue;
    descriptor->file->lingers = false;  // the machine goes on sending
    end(descriptor);
  }
}

Terms NodeFiles::terms_of(const Descriptor& descriptor, SocketDirection direction,
                          int flags) const {
  const OpenFile& file = *descriptor.file;
  const std::optional<Duration>& patience =
      direction == SocketDirection::read ? file.read_patience : file.write_patience;
  Terms terms{.direction = direction,
              .blocks = file.blocks && (flags & MSG_DONTWAIT) == 0,
              .patience = {},
              .look_again = {}};
  if (patience && terms.blocks) terms.patience = loop_.now() + *patience;
  return terms;
}

bool NodeFiles::is_late(const Descriptor& descriptor, SocketDirection direction) const {
  const OpenFile& file = *descriptor.file;
  const std::optional<TimePoint>& deadline =
      direction == SocketDirection::read ? file.read_deadline : file.write_deadline;
  return deadline && *deadline <= loop_.now();
}

int NodeFiles::wait(const host::Process& process, Descriptor& descriptor, const Terms& terms) {
  if (!terms.blocks) return -EAGAIN;
  const OpenFile& file = *descriptor.file;
  std::optional<TimePoint> deadline =
      terms.direction == SocketDirection::read ? file.read_deadline : file.write_deadline;
  if (terms.patience && (!deadline || *terms.patience < *deadline)) deadline = terms.patience;
  if (deadline && *deadline <= loop_.now()) return -EAGAIN;
  if (terms.look_again) {
    const TimePoint soon = loop_.now() + *terms.look_again;
    deadline = deadline ? std::min(*deadline, soon) : soon;
  }
  loop_.wait(descriptor, terms.direction, deadline);
  if (!process.alive) return -ESRCH;
  return descriptor.closed ? -EBADF : 0;
}

}  // namespace norn::real
