// The strip above: the whole trace, and what of it the diagram shows.

class Overview {
  constructor(page) {
    this.page = page;
    this.cache = null;
  }

  x(t) { return this.left + ((t - this.begin) / (this.end - this.begin)) * (this.right - this.left); }
  timeAt(x) { return this.begin + ((x - this.left) / (this.right - this.left)) * (this.end - this.begin); }

  draw(g, width, height, left) {
    const { trace, theme } = this.page;
    const whole = Math.max(100, trace.end - trace.begin);
    Object.assign(this, { left, right: width - 4, begin: trace.begin - whole * 0.015, end: trace.begin + whole * 1.015 });
    g.fillStyle = theme.panel;
    g.fillRect(0, 0, width, height);
    g.fillStyle = theme.background;
    g.fillRect(left, 0, this.right - left, height);
    this.drawDensity(g, height);
    const [x0, x1] = this.brush();
    g.globalAlpha = 0.66;
    g.fillStyle = theme.panel;
    g.fillRect(left, 0, x0 - left, height);
    g.fillRect(x1, 0, this.right - x1, height);
    g.globalAlpha = 1;
    this.drawFaults(g, height);
    g.strokeStyle = theme.accent;
    g.lineWidth = 1.5;
    g.beginPath();
    g.roundRect(x0, 1, Math.max(3, x1 - x0), height - 2, 2);
    g.stroke();
    g.fillStyle = theme.accent;
    for (const x of [x0, x1]) g.fillRect(x - 2, height / 2 - 8, 4, 16);
    g.fillStyle = theme.textDim;
    g.font = "12px system-ui, 'DejaVu Sans', sans-serif";
    const fits = g.measureText("whole run").width < left - 20;
    if (fits) g.fillText(trace.facts.whole && trace.facts.wanted <= trace.count ? "whole run" : "this part", 21, height / 2 + 4);
  }

  brush() {
    const { view } = this.page;
    const bounded = (x) => Math.min(Math.max(x, this.left), this.right);
    const x0 = bounded(this.x(view.begin));
    return [x0, Math.max(x0 + 3, bounded(this.x(view.end)))];
  }

  // Columns of event density; the height is a root, so that quiet stretches stay visible.
  columns() {
    const { trace } = this.page;
    const count = Math.max(1, Math.floor((this.right - this.left) / 2));
    if (this.cache && this.cache.count === count) return this.cache;
    const heights = new Float64Array(count);
    const lossy = new Uint8Array(count);
    const step = (this.end - this.begin) / count;
    let from = trace.firstAt(this.begin);
    let lostFrom = 0;
    for (let i = 0; i < count; i++) {
      const t = this.begin + (i + 1) * step;
      const to = trace.firstAt(t);
      heights[i] = Math.sqrt(to - from);
      const lostTo = lowerBound(trace.lost.length, t, (k) => trace.lost[k]);
      lossy[i] = lostTo > lostFrom ? 1 : 0;
      [from, lostFrom] = [to, lostTo];
    }
    return (this.cache = { count, heights, lossy, most: heights.reduce((x, y) => Math.max(x, y), 1) });
  }

  drawDensity(g, height) {
    const { theme } = this.page;
    const { heights, lossy, most } = this.columns();
    const room = height - 18;
    g.fillStyle = theme.textDim;
    g.globalAlpha = 0.42;
    heights.forEach((each, i) => {
      const tall = (each / most) * room;
      if (tall > 0) g.fillRect(this.left + 2 * i, height - 5 - tall, 2, tall);
    });
    g.globalAlpha = 1;
    g.fillStyle = theme.lost;
    lossy.forEach((each, i) => {
      if (each) g.fillRect(this.left + 2 * i, height - 5, 2, 4);
    });
  }

  drawFaults(g, height) {
    const { trace, theme } = this.page;
    for (const fault of trace.faults) {
      const x0 = Math.max(this.left, this.x(trace.time[fault.begin]));
      const end = fault.end >= 0 ? this.x(trace.time[fault.end]) : fault.instant ? x0 : this.x(trace.end);
      g.fillStyle = faultLook(theme, fault).edge;
      g.globalAlpha = 0.75;
      g.fillRect(x0, 3, Math.max(2, end - x0), 7);
    }
    g.globalAlpha = 1;
    g.fillStyle = theme.violation;
    for (const i of trace.violations) g.fillRect(this.x(trace.time[i]) - 1.2, 0, 2.5, height);
  }

  // The brush can be moved, widened at its ends, and drawn anew beside it.
  listen(canvas) {
    let drag = null;
    const at = (event) => event.clientX - canvas.getBoundingClientRect().left;
    canvas.addEventListener("pointerdown", (event) => {
      const [x0, x1] = this.brush();
      const x = at(event);
      canvas.setPointerCapture(event.pointerId);
      const how = Math.abs(x - x0) < 7 ? "begin" : Math.abs(x - x1) < 7 ? "end" : x > x0 && x < x1 ? "move" : "new";
      drag = { how, from: this.timeAt(x), x, begin: this.page.view.begin, end: this.page.view.end };
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!drag) return;
      const t = this.timeAt(at(event));
      const { view } = this.page;
      if (drag.how === "move") view.show(drag.begin + t - drag.from, drag.end + t - drag.from);
      if (drag.how === "begin") view.show(Math.min(t, drag.end - 100), drag.end);
      if (drag.how === "end") view.show(drag.begin, Math.max(t, drag.begin + 100));
      if (drag.how === "new" && Math.abs(at(event) - drag.x) > 4) view.show(Math.min(t, drag.from), Math.max(t, drag.from));
      this.page.redraw();
    });
    canvas.addEventListener("pointerup", (event) => {
      if (drag && drag.how === "new" && Math.abs(at(event) - drag.x) <= 4) this.page.view.centreOn(drag.from);
      drag = null;
      this.page.redraw();
    });
    canvas.addEventListener("pointercancel", () => (drag = null));
  }
}
