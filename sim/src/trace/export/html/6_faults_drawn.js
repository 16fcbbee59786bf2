// The diagram's strip of faults, the bands that they cast over the lanes, and the walls of partitions.

Object.assign(Diagram.prototype, {
  spanOf(fault) {
    const { trace } = this;
    const begin = this.xOf(fault.begin);
    const end = fault.end >= 0 ? this.xOf(fault.end) : fault.instant ? begin : this.x(trace.end);
    return { begin, end, x0: Math.max(begin, this.left - 4), x1: Math.min(end, this.right + 4), seen: end >= this.left && begin <= this.right };
  },
  faultsInView() { return this.trace.faults.filter((fault) => this.spanOf(fault).seen); },

  drawFaultStrip() {
    const { g, theme } = this;
    this.clipped(this.left, this.faultTop, this.right, this.axisTop, () => {
      const nextX = [this.right, this.right, this.right];
      g.font = "600 12px system-ui, 'DejaVu Sans', sans-serif";
      for (const fault of this.faultsInView().reverse()) {
        const { x0, x1 } = this.spanOf(fault);
        const y = this.faultTop + 1 + fault.row * 19;
        const width = Math.max(4, x1 - x0);
        const look = faultLook(theme, fault);
        g.fillStyle = look.fill;
        g.strokeStyle = look.edge;
        const { selected } = this.page;
        g.lineWidth = selected >= 0 && (fault.begin === selected || fault.end === selected) ? 2.5 : 1;
        g.beginPath();
        g.roundRect(x0 + 0.5, y + 0.5, width - 1, 16, 3);
        g.fill();
        g.stroke();
        g.fillStyle = look.edge;
        const labelWidth = g.measureText(fault.label).width;
        const inside = Math.max(x0, this.left) + 6;
        const beside = Math.max(x0 + width, this.left) + 5;
        if (inside + labelWidth > x0 + width - 4 && beside + labelWidth < nextX[fault.row] - 4) {
          g.fillText(fault.label, beside, y + 13);
        } else {
          this.fitted(fault.label, inside, y + 13, Math.min(x0 + width, nextX[fault.row]) - inside - 4);
        }
        nextX[fault.row] = x0;
      }
    });
  },

  drawBands() {
    const { g, theme, layout } = this;
    const faults = this.faultsInView();
    if (faults.length > 200) return;
    for (const fault of faults) {
      if ((!fault.isPartition && fault.kind !== "hold") || fault.nodes.length === 0) continue;
      const { x0, x1 } = this.spanOf(fault);
      const look = faultLook(theme, fault);
      g.fillStyle = look.fill;
      for (const node of fault.nodes) g.fillRect(x0, layout.topOf(node), x1 - x0, layout.row);
      const top = layout.topOf(fault.nodes[0]);
      const bottom = layout.topOf(fault.nodes[fault.nodes.length - 1]) + layout.row;
      for (const x of [x0, x1]) this.line(x, top, x, bottom, look.edge, 0.7, [4, 4]);
    }
  },

  drawWalls() {
    const { g, theme, layout } = this;
    const faults = this.faultsInView();
    if (faults.length > 200) return;
    for (const fault of faults) {
      if (!fault.isPartition) continue;
      const { x0, x1 } = this.spanOf(fault);
      for (const wall of wallsOf(fault, layout.nodes)) {
        const y = Math.round(layout.topOf(wall.below));
        this.line(x0, y, x1, y, theme.partitionWall, 2.5, [9, 5]);
        if (wall.down && wall.up) continue;
        // Teeth stand on the side from which nothing passes.
        const tooth = wall.down ? -6 : 6;
        g.fillStyle = theme.partitionWall;
        for (let x = x0 + 8; x < x1; x += 28) {
          g.beginPath();
          g.moveTo(x - 5, y + tooth);
          g.lineTo(x + 5, y + tooth);
          g.lineTo(x, y);
          g.fill();
        }
      }
    }
  },
});
