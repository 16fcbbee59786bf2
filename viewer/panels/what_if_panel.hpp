// What if: the faults of the case, switched off or moved, and the run with them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/what_if.hpp"
#include "panels/controls.hpp"
#include "panels/panel.hpp"

namespace norn::viewer {

// what_if() is the case of the trace, loaded when first asked for and kept in the context; null
// when there is none (the panel says why). The diagram moves faults by WhatIf::move().
WhatIf* what_if(PanelContext& context);

class WhatIfPanel final : public Panel {
 public:
  std::string_view id() const override { return "what_if"; }
  std::string_view title() const override { return "What if"; }
  void draw(PanelContext& context) override;
  bool wants_frame() const override { return running_; }

 private:
  // What stands in the boxes of a fault, and for which times it was written.
  struct Boxes {
    std::string at;
    std::string lasts;
    std::int64_t at_ns = -1;
    std::int64_t lasts_ns = -1;
    bool at_wrong = false;
    bool lasts_wrong = false;
  };

  void draw_faults(PanelContext& context, WhatIf& model);
  void draw_fault(PanelContext& context, WhatIf& model, std::size_t index);
  bool time_box(PanelContext& context, const std::string& spot, std::string& text, bool& wrong,
                std::int64_t& ns) const;
  void draw_run(PanelContext& context, WhatIf& model);
  void draw_output(PanelContext& context, const WhatIf& model);
  void draw_verdict(PanelContext& context, const WhatIf& model);

  const WhatIf* known_ = nullptr;
  std::vector<Boxes> boxes_;
  std::string program_;
  std::string problem_;
  bool running_ = false;
};

}  // namespace norn::viewer
