// What imports write to.
#pragma once

#include <unistd.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>

#include "norn/trace/encoding.hpp"
#include "norn/trace/import.hpp"

namespace norn::trace {

// ImportRecording is a Recorder with nodes by their names. Unless it is finished nothing of its
// file stays.
class ImportRecording {
 public:
  static Result<std::unique_ptr<ImportRecording>> open(const RecorderOptions& options,
                                                       const nlohmann::json& header) {
    auto recorder = Recorder::open(options, header);
    if (!recorder.ok()) return recorder.error();
    return std::make_unique<ImportRecording>(std::move(*recorder), options);
  }

  ImportRecording(std::unique_ptr<Recorder> recorder, const RecorderOptions& options)
      : recorder_(std::move(recorder)), options_(options) {}
  ~ImportRecording() {
    recorder_.reset();
    if (!finished_ && options_.mode == RecorderOptions::Mode::file)
      ::unlink((options_.path + ".partial").c_str());
  }
  ImportRecording(const ImportRecording&) = delete;
  ImportRecording& operator=(const ImportRecording&) = delete;

  Recorder& recorder() { return *recorder_; }

  // The node of this name, a new one if there is none yet; the simulation for its own name and for
  // no name. Nothing when there are too many.
  std::optional<NodeId> node(const std::string& name) {
    if (name.empty() || name == "simulation") return NodeId{0};
    const auto found = nodes_.find(name);
    if (found != nodes_.end()) return found->second;
    if (nodes_.size() + 2 >= encoding::kMaxNodes) return std::nullopt;
    const auto number = static_cast<NodeId>(nodes_.size() + 1);
    nodes_.emplace(name, number);
    recorder_->name_node(number, name);
    return number;
  }

  Result<ImportReport> finish(const nlohmann::json& result) {
    if (auto done = recorder_->finish(result); !done.ok()) return done.error();
    finished_ = true;
    return ImportReport{.events = recorder_->events(),
                        .nodes = nodes_.size(),
                        .hash = recorder_->hash(),
                        .lost_references = 0};
  }

 private:
  std::unique_ptr<Recorder> recorder_;
  RecorderOptions options_;
  std::unordered_map<std::string, NodeId> nodes_;
  bool finished_ = false;
};

}  // namespace norn::trace
