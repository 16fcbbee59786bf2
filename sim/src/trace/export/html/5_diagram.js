// The diagram: lanes with lives and roles, the axis. Messages and faults stand in files of their own.

const FOLD_PX = 3;
const ROOMY_ROW = 40;
const RANK = { role: 0, crash: 1, loss: 2, state: 3, message: 4 };

class Diagram {
  constructor(page) {
    this.page = page;
    this.drawnMessages = [];
  }

  // Everything is drawn anew from what the page says: the stretch of time, the selection, the theme.
  draw(g, width, height) {
    const { trace, view, theme } = this.page;
    Object.assign(this, { g, width, height, trace, view, theme });
    this.place();
    g.fillStyle = theme.background;
    g.fillRect(0, 0, width, height);
    this.labels = new Labels(g, { left: this.left, right: this.right, top: this.lanesTop, bottom: this.layout.bottom });
    this.drawBacks();
    this.drawAxis();
    this.clipped(this.left, this.lanesTop, this.right, this.layout.bottom, () => {
      for (const i of trace.violations) this.labels.keepFree(this.xOf(i) - 2, this.lanesTop, this.xOf(i) + 2, this.height);
      this.drawBands();
      const past = this.page.activePast();
      this.visible = visibleMessages(trace, { begin: view.begin, end: view.end, widthPx: this.right - this.left, seen: this.seenLinks() });
      this.drawBundles(past);
      this.drawLanes();
      if (past) this.drawVeil(past);
      this.drawWalls();
      this.drawMessages(past);
      this.drawSelection();
      this.labels.draw(theme);
    });
    this.drawFaultStrip();
    this.drawNames();
    this.drawViolations();
  }

  place() {
    const { trace, g, width, height } = this;
    g.font = "600 13px system-ui, 'DejaVu Sans', sans-serif";
    const longest = trace.nodes.slice(1, 200).reduce((most, name) => Math.max(most, g.measureText(name.slice(0, 24)).width), 0);
    this.left = Math.round(Math.min(width < 600 ? 84 : 150, Math.max(width < 600 ? 64 : 104, longest + 32)));
    this.right = width - 4;
    this.faultTop = 2;
    const faultHeight = trace.faults.length ? trace.faultRows * 19 + 4 : 0;
    this.axisTop = this.faultTop + faultHeight;
    this.lanesTop = this.axisTop + 24;
    const verdict = trace.violations.length ? 54 : 0;
    const nodes = trace.nodes.length - 1;
    const room = Math.max(22, height - this.lanesTop - verdict);
    this.layout = new LaneLayout(nodes, this.lanesTop, room, this.page.scroll);
    this.page.scroll = this.layout.scroll;
    this.verdictTop = height - verdict;
  }

  // A message to nobody (0) stays at its lane.
  seenLinks() {
    const { firstVisible: first, lastVisible: last } = this.layout;
    return ({ from, to }) => Math.min(from, to || from) <= last && Math.max(from, to) >= first;
  }

  clipped(x0, y0, x1, y1, draw) {
    this.g.save();
    this.g.beginPath();
    this.g.rect(x0, y0, x1 - x0, y1 - y0);
    this.g.clip();
    draw();
    this.g.restore();
  }

  x(t) { return this.left + this.view.fraction(t) * (this.right - this.left); }
  // Canvases do not like to draw far outside.
  clampedX(t) { return Math.min(Math.max(this.x(t), this.left - 4), this.right + 4); }
  xOf(i) { return this.x(this.trace.time[i]); }
  timeAt(x) { return this.view.timeAt((x - this.left) / (this.right - this.left)); }
  get nsPerPx() { return this.view.span / (this.right - this.left); }

  line(x0, y0, x1, y1, colour, width = 1, dash = null) {
    const g = this.g;
    g.strokeStyle = colour;
    g.lineWidth = width;
    g.setLineDash(dash || []);
    g.beginPath();
    g.moveTo(x0, y0);
    g.lineTo(x1, y1);
    g.stroke();
    if (dash) g.setLineDash([]);
  }
  ring(x, y, radius, colour, width = 1.5, fill = null) {
    const g = this.g;
    g.beginPath();
    g.arc(x, y, radius, 0, 2 * Math.PI);
    if (fill) {
      g.fillStyle = fill;
      g.fill();
    }
    g.strokeStyle = colour;
    g.lineWidth = width;
    if (width > 0) g.stroke();
  }
  cross(x, y, r, colour, width) {
    this.line(x - r, y - r, x + r, y + r, colour, width);
    this.line(x - r, y + r, x + r, y - r, colour, width);
  }
  fitted(text, x, y, room) {
    const g = this.g;
    if (room < 8) return;
    let shown = text;
    if (g.measureText(shown).width > room) {
      const letters = Array.from(shown.slice(0, 200));
      const fits = lowerBound(letters.length + 1, room, (n) => g.measureText(letters.slice(0, n).join("") + "\u2026").width, true) - 1;
      if (fits < 1) return;
      shown = letters.slice(0, fits).join("").trimEnd() + "\u2026";
    }
    g.fillText(shown, x, y);
  }

  // ---- what lies behind

  drawBacks() {
    const { g, theme, layout } = this;
    g.fillStyle = theme.lane;
    this.clipped(0, this.lanesTop, this.width, layout.bottom, () => {
      for (let node = layout.firstVisible; node <= layout.lastVisible; node++) {
        if (node % 2 === 1) g.fillRect(0, layout.topOf(node), this.width, layout.row);
      }
    });
  }

  drawAxis() {
    const { g, theme, view, layout } = this;
    const { step, ticks } = axisTicks(view.begin, view.end, this.right - this.left, 92);
    const minor = step / 5;
    const from = Math.ceil(view.begin / minor);
    for (let k = from; k * minor <= view.end && k - from < 400; k++) {
      if (k < 0) continue;
      const x = Math.round(this.x(k * minor)) + 0.5;
      this.line(x, this.lanesTop, x, layout.bottom, theme.gridMinor);
    }
    g.font = "12px system-ui, 'DejaVu Sans', sans-serif";
    for (const t of ticks) {
      if (t < 0) continue;
      const x = Math.round(this.x(t)) + 0.5;
      this.line(x, this.lanesTop - 5, x, layout.bottom, theme.grid);
      const text = instantText(t, step);
      const width = g.measureText(text).width;
      g.fillStyle = theme.textDim;
      if (x - width / 2 > this.left - 24 && x + width / 2 < this.right) g.fillText(text, x - width / 2, this.lanesTop - 9);
    }
    this.line(this.left - 0.5, this.lanesTop, this.left - 0.5, layout.bottom, theme.border);
    this.line(this.left, this.lanesTop - 0.5, this.right, this.lanesTop - 0.5, theme.border);
  }

  // ---- lanes

  drawLanes() {
    const { layout } = this;
    const marks = [];
    let most = 0;
    for (let node = layout.firstVisible; node <= layout.lastVisible; node++) {
      const lane = this.trace.lanes[node];
      this.drawLives(lane);
      this.drawActivity(lane);
      if (layout.row < ROOMY_ROW) continue;
      const notable = this.notableMarks(lane);
      marks.push([lane, notable]);
      most = Math.max(most, notable.length);
    }
    for (const [lane, notable] of marks) this.drawNotable(lane, notable, most > 40);
  }

  drawLives(lane) {
    const { trace, view } = this;
    if (lane.lives.length === 0) {
      if (lane.events.length) this.drawLife(lane, { begin: 0, end: -1 }, this.clampedX(trace.begin), this.clampedX(trace.end));
      return;
    }
    const first = trace.firstAt(view.begin);
    const lastX = this.clampedX(trace.end);
    let k = Math.max(0, lowerBound(lane.lives.length, first, (i) => lane.lives[i].begin, true) - 1);
    for (; k < lane.lives.length; k++) {
      const life = lane.lives[k];
      const x0 = this.clampedX(Math.max(trace.time[life.begin], trace.begin));
      if (x0 > this.right) break;
      const x1 = life.end < 0 ? lastX : this.clampedX(trace.time[life.end]);
      this.drawLife(lane, life, x0, x1);
      this.markBirth(lane, life, this.xOf(life.begin));
      if (life.end < 0) break;
      const next = lane.lives[k + 1];
      const up = next ? this.clampedX(trace.time[next.begin]) : lastX;
      this.drawGap(lane, life, x1, up);
      this.markCrash(lane, life, this.xOf(life.end), up);
    }
  }

  laneLine(y, x0, x1, look) {
    const scale = Math.min(1, Math.max(0.5, this.layout.row / 60));
    const half = Math.max(1, look.thickness * scale) / 2;
    this.g.fillStyle = look.colour;
    this.g.fillRect(x0, y - half, x1 - x0, 2 * half);
  }

  drawLife(lane, life, x0, x1) {
    const { trace, theme, view } = this;
    const y = this.layout.centre(lane.node);
    this.laneLine(y, x0, x1, { colour: theme.alive, thickness: 3 });
    const roles = lane.states.get("role");
    if (!roles) return;
    const length = roles.events.length;
    const lifeEnd = life.end < 0 ? trace.count : life.end;
    let k = Math.max(trace.stateAt(roles, trace.firstAt(view.begin)), 0);
    while (k < length && roles.events[k] < life.begin) k++;
    while (k < length && roles.events[k] < lifeEnd) {
      const from = Math.max(x0, this.clampedX(trace.time[roles.events[k]]));
      if (from > this.right) break;
      // Changes within one pixel are folded: the last of them is what one sees.
      const beyond = Math.min(trace.firstAt(this.timeAt(from + 0.5)), lifeEnd);
      k = Math.max(k, lowerBound(length, beyond, (i) => roles.events[i]) - 1);
      const next = k + 1 < length && roles.events[k + 1] < lifeEnd ? roles.events[k + 1] : -1;
      const to = next < 0 ? x1 : Math.min(x1, this.clampedX(trace.time[next]));
      const look = roleLook(theme, roles.values[k]);
      this.laneLine(y, from, Math.max(to, from + 1), look);
      this.labelRole(lane, roles, k, look, from, to);
      k++;
    }
  }

  labelRole(lane, roles, k, look, x0, x1) {
    if (this.layout.row < ROOMY_ROW || !look.labelled || x1 - x0 < 4) return;
    const { trace } = this;
    let text = oneLine(roles.values[k], 40);
    const terms = lane.states.get("term");
    // Who publishes its role and then its term does so in one instant: look at the end of it.
    const term = trace.stateAt(terms, trace.firstAfter(trace.time[roles.events[k]]) - 1);
    if (term >= 0) text += `  term ${oneLine(terms.values[term], 20)}`;
    const y = this.layout.centre(lane.node);
    const x = Math.max(x0, this.left) + 2;
    this.labels.add({
      rank: RANK.role, text, colour: this.theme.text, bold: true,
      places: (width, height) =>
        x + width > x1 && look.thickness < 9 ? [] : [[x, y - height - 7], [x, y + 7], [x1 - width, y - height - 7]],
    });
  }

  drawGap(lane, life, x0, x1) {
    const { g, theme } = this;
    const y = this.layout.centre(lane.node);
    if (life.how === "exited") {
      this.line(x0, y, x1, y, theme.alive, 1, [2, 4]);
      return;
    }
    const half = Math.max(5, this.layout.row * 0.26);
    const left = Math.max(x0, this.left - 2);
    const right = Math.min(x1, this.right + 2);
    if (right - left < 1) return;
    g.fillStyle = theme.downFill;
    g.fillRect(left, y - half, right - left, 2 * half);
    if (right - left > 4) {
      this.clipped(left, y - half, right, y + half, () => {
        g.strokeStyle = theme.downHatch;
        g.lineWidth = 1.2;
        g.beginPath();
        for (let x = Math.floor(left / 8) * 8 - 2 * half; x < right; x += 8) {
          g.moveTo(x, y + half);
          g.lineTo(x + 2 * half, y - half);
        }
        g.stroke();
      });
    }
    g.strokeStyle = theme.downHatch;
    g.lineWidth = 1;
    g.strokeRect(left, y - half, right - left, 2 * half);
  }

  markCrash(lane, life, x, upX) {
    if (life.how !== "crashed" || this.layout.row < 20) return;
    const y = this.layout.centre(lane.node);
    if (x >= this.left && x <= this.right) {
      this.ring(x, y, 8, this.theme.text, 1.5, this.theme.background);
      this.cross(x, y, 4, this.theme.text, 2);
    }
    const left = Math.max(x, this.left) + 11;
    this.labels.add({
      rank: RANK.crash, text: "crashed", colour: this.theme.text,
      places: (width, height) => (left + width > upX - 2 ? [] : [[left, y - height / 2]]),
    });
  }

  markBirth(lane, life, x) {
    if (life.incarnation <= 1 || this.layout.row < ROOMY_ROW || x < this.left || x > this.right) return;
    const y = this.layout.centre(lane.node);
    this.ring(x, y, 5, this.theme.text, 1.5, this.theme.background);
    this.labels.add({
      rank: RANK.crash, text: `life ${life.incarnation}`, colour: this.theme.text,
      places: (width, height) => [[x + 5, y + 8], [x + 5, y - height - 8], [x + 5, y + 8 + height], [x - width - 8, y + 8]],
    });
  }

  drawActivity(lane) {
    const { g, theme, view, layout } = this;
    const marks = foldMarks(this.trace, lane.events, view.begin, view.end, this.nsPerPx * FOLD_PX);
    const y = layout.centre(lane.node) + 6 * Math.min(1, Math.max(0.5, layout.row / 60));
    const most = Math.min(14, layout.row * 0.25);
    g.globalAlpha = 0.45;
    g.fillStyle = theme.textDim;
    for (const mark of marks) {
      const height = Math.min(most, 3 + 2 * Math.log2(mark.count));
      g.fillRect(this.x(mark.begin) - 0.5, y, Math.max(1.2, (mark.end - mark.begin) / this.nsPerPx), height);
    }
    g.globalAlpha = 1;
  }

  notableMarks(lane) {
    const { trace, view } = this;
    const tellsRole = (i) => trace.kind[i] === Kind.state && ["role", "term"].includes(trace.textOf(i));
    return foldMarks(trace, lane.notable, view.begin, view.end, this.nsPerPx * FOLD_PX)
      .filter((mark) => mark.count > 4 || !lane.notable.slice(mark.at, mark.at + mark.count).every(tellsRole));
  }

  // Warnings and errors are always marked, the rest only where there is little of it.
  drawNotable(lane, marks, crowded) {
    const { g, trace, theme } = this;
    const y = this.layout.centre(lane.node);
    for (const mark of marks) {
      const isLog = trace.kind[mark.first] === Kind.log;
      if (crowded && !isLog) continue;
      const x = this.x(mark.begin);
      g.fillStyle = isLog ? theme.late : theme.textDim;
      g.beginPath();
      g.moveTo(x, y - 11);
      g.lineTo(x + 3.5, y - 7.5);
      g.lineTo(x, y - 4);
      g.lineTo(x - 3.5, y - 7.5);
      g.fill();
      if (mark.count !== 1 || marks.length > 14) continue;
      this.labels.add({
        rank: RANK.state, text: this.page.words.label(mark.first), colour: theme.textDim,
        places: (width, height) => [[x + 5, y - height - 8]],
      });
    }
  }

  drawVeil(past) {
    const { g, layout, theme, trace } = this;
    g.fillStyle = theme.veil;
    for (let node = layout.firstVisible; node <= layout.lastVisible; node++) {
      const last = past.frontier[node];
      const x = last < 0 ? this.left : Math.max(this.left, this.clampedX(trace.time[last]) + 1);
      g.fillRect(x, layout.topOf(node), this.right - x, layout.row);
    }
  }

  // What a node is at the end of what is shown, or at the selection.
  drawNames() {
    const { g, theme, layout, trace } = this;
    g.fillStyle = theme.background;
    const at = this.page.selected >= 0 ? this.page.selected : trace.firstAfter(this.view.end) - 1;
    this.clipped(0, this.lanesTop, this.left - 1, layout.bottom, () => {
      for (let node = layout.firstVisible; node <= layout.lastVisible; node++) {
        const y = layout.centre(node);
        const { text, colour } = this.badge(trace.lanes[node], at);
        g.fillStyle = colour;
        g.fillRect(9, y - 8, 5, 16);
        const two = layout.row >= 34;
        g.fillStyle = theme.text;
        g.font = "600 13px system-ui, 'DejaVu Sans', sans-serif";
        this.fitted(oneLine(trace.nodes[node], 60), 21, two ? y - 1 : y + 5, this.left - 26);
        if (!two) continue;
        g.fillStyle = theme.textDim;
        g.font = "12px system-ui, 'DejaVu Sans', sans-serif";
        this.fitted(text, 21, y + 14, this.left - 26);
      }
    });
  }

  badge(lane, at) {
    const { trace, theme } = this;
    if (at < 0) return { text: "", colour: theme.alive };
    if (lane.lives.length && !trace.lifeAt(lane, at)) return { text: "down", colour: theme.downHatch };
    const roles = lane.states.get("role");
    const role = trace.stateAt(roles, at);
    if (role < 0) return { text: lane.lives.length || lane.events.length ? "up" : "", colour: theme.alive };
    const terms = lane.states.get("term");
    const term = trace.stateAt(terms, at);
    const value = oneLine(roles.values[role], 40);
    return { text: value + (term >= 0 ? `  ${oneLine(terms.values[term], 20)}` : ""), colour: roleLook(theme, value).colour };
  }
}
