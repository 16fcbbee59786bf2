// The diagram's messages, selection and violations, and what lies under the mouse.

const LOSS_WORDS = { chance: "lost", partition: "cut off", dead: "dead peer", other: "refused" };

function lossOf(reason) {
  switch (reason) {
    case 0: return "chance";
    case DROP_PARTITION: return "partition";
    case 2: case 5: return "dead";
    default: return "other";
  }
}

Object.assign(Diagram.prototype, {
  // From the sender's lane to the receiver's, or to where it died: at a partition's wall, midway,
  // or at the lane of who is dead. The slope is the one it had, or would have had.
  pathOf(m) {
    const { trace, layout } = this;
    const { from, to } = m.link;
    const typical = Math.max(1, trace.typical);
    const path = { t0: trace.time[m.send], t1: messageEnd(trace, m), y0: layout.centre(from), y1: 0, loss: "" };
    if (to === 0) {
      return Object.assign(path, { y1: path.y0 - layout.row / 3, t1: path.t0 + typical / 3, loss: "other" });
    }
    path.y1 = layout.centre(to);
    if (!(m.flags & LOST)) return path;
    path.loss = lossOf(trace.b[m.end]);
    const whole = path.y1 - path.y0;
    let share = 1;
    if (path.loss === "partition" && whole !== 0) share = (this.wallY(m.link, path.t1) - path.y0) / whole;
    else if (path.loss === "chance") share = this.midway(m.link);
    const wholeNs = path.t1 > path.t0 ? path.t1 - path.t0 : typical;
    path.y1 = path.y0 + share * whole;
    path.t1 = path.t0 + share * wholeNs;
    return path;
  },

  // About midway, but between two lanes: a mark there belongs to no other node.
  midway({ from, to }) {
    const lanes = Math.abs(to - from);
    return lanes === 0 ? 0.5 : (Math.floor(lanes / 2) + 0.5) / lanes;
  },

  wallY({ from, to }, t) {
    const { trace, layout } = this;
    for (const fault of trace.partitions) {
      if (trace.time[fault.begin] > t) continue;
      if (fault.end >= 0 && trace.time[fault.end] < t) continue;
      const side = sideOf(fault, from);
      const other = sideOf(fault, to);
      if (side < 0 || other < 0 || side === other) continue;
      const step = to > from ? 1 : -1;
      for (let node = from; node !== to; node += step) {
        const nextSide = sideOf(fault, node + step);
        if (nextSide >= 0 && nextSide !== side) return layout.topOf(step > 0 ? node + 1 : node);
      }
    }
    return (layout.centre(from) + layout.centre(to)) / 2;
  },

  inPast(past, m) { return past.mark[m.send] === 1 && m.end >= 0 && past.mark[m.end] === 1; },

  lookOf(m, past) {
    const { theme } = this;
    const crowd = this.visible.single.length;
    const opacity = crowd <= 120 ? 0.95 : crowd <= 300 ? 0.7 : 0.5;
    const look = { colour: theme.message, alpha: opacity, width: crowd <= 300 ? 1.4 : 1, dashed: false, head: true, layer: 0 };
    if (m.end < 0) {
      look.dashed = true;
      look.head = false;
    } else if (m.flags & LOST) {
      Object.assign(look, { colour: theme.lost, alpha: 1, width: crowd <= 300 ? 1.7 : 1.2, head: false, layer: 2 });
    } else if (m.flags & (HELD | SLOW)) {
      Object.assign(look, { colour: theme.late, layer: 1 });
    }
    if (m.flags & DUPLICATE) {
      look.dashed = true;
      look.layer = Math.max(look.layer, 1);
      if (!(m.flags & LOST)) look.colour = theme.duplicate;
    }
    if (!past) return look;
    if (this.inPast(past, m)) return Object.assign(look, { colour: theme.accent, alpha: 0.9, width: 1.8, layer: 3 });
    return Object.assign(look, { alpha: look.alpha * 0.22, faded: true });
  },

  drawBundles(past) {
    const { g, theme, layout } = this;
    // Those of many links lie over one another: each may hide only little.
    const covered = this.visible.bundles.reduce((sum, each) => sum + this.clampedX(each.sendEnd) - this.clampedX(each.sendBegin), 0);
    const most = Math.min(0.2, Math.max(0.03, (2 * (this.right - this.left)) / Math.max(1, covered)));
    for (const bundle of this.visible.bundles) {
      const { from, to } = bundle.link;
      if (to === 0 || from === to) continue;
      const a = this.clampedX(bundle.sendBegin);
      const b = Math.max(this.clampedX(bundle.sendEnd), a + 1);
      const c = this.clampedX(bundle.endBegin);
      const d = Math.max(this.clampedX(bundle.endEnd), c + 1);
      // One sees how dense messages are, so a wide bundle needs more of them to look the same.
      const opacity = Math.min(most, 0.04 + 0.03 * Math.log2(bundle.count / Math.max(1, b - a) + 1));
      const led = past && this.inPast(past, bundle.first);
      g.globalAlpha = past ? (led ? Math.min(0.3, opacity * 1.8) : opacity * 0.4) : opacity;
      g.fillStyle = led ? theme.accent : theme.message;
      g.beginPath();
      g.moveTo(a, layout.centre(from));
      g.lineTo(b, layout.centre(from));
      g.lineTo(d, layout.centre(to));
      g.lineTo(c, layout.centre(to));
      g.fill();
    }
    g.globalAlpha = 1;
  },

  drawMessages(past) {
    const { trace } = this;
    for (const bundle of this.visible.bundles) {
      const { from, to } = bundle.link;
      if (!bundle.lost || to === 0 || from === to) continue;
      const path = this.pathOf(bundle.lost);
      this.g.globalAlpha = past ? 0.3 : 1;
      this.markLoss(this.x(path.t1), path.y1, path.loss, bundle.lostCount < 4);
    }
    this.g.globalAlpha = 1;
    this.drawn = this.visible.single.map((message) => ({ message, path: this.pathOf(message), look: this.lookOf(message, past) }));
    this.drawn.sort((x, y) => x.look.layer - y.look.layer);
    const labelled = [];
    for (const each of this.drawn) {
      this.drawMessage(each);
      if (each.path.loss && !each.look.faded) this.labelLoss(each.path, labelled);
    }
    if (this.layout.row < 44) return;
    const named = this.drawn.filter(({ look }) => !look.faded);
    if (named.length <= 60) for (const each of named) this.labelMessage(each, trace.textOf(each.message.send));
  },

  drawMessage({ message, path, look }) {
    const { g, layout } = this;
    let [x0, x1] = [this.x(path.t0), this.x(path.t1)];
    let [y0, y1] = [path.y0, path.y1];
    g.globalAlpha = look.alpha;
    if (message.link.from === message.link.to) {
      const rise = layout.row * 0.35;
      g.strokeStyle = look.colour;
      g.lineWidth = look.width;
      g.beginPath();
      g.moveTo(x0, y0);
      g.bezierCurveTo(x0, y0 - rise, x1, y0 - rise, Math.min(x1, x0 + 1e5), y0);
      g.stroke();
      g.globalAlpha = 1;
      return;
    }
    // Far outside, positions lose their precision: cut the line at the sides.
    const cut = (x) => y0 + ((x - x0) / (x1 - x0)) * (y1 - y0);
    const [left, right] = [this.left - 50, this.right + 50];
    const tip = { x: x1, y: y1, seen: x1 >= left && x1 <= right };
    const ends = { x0, y0, x1, y1 };
    if (x0 < left && x1 > x0) [ends.x0, ends.y0] = [left, cut(left)];
    if (x1 > right && x1 > x0) [ends.x1, ends.y1] = [right, cut(right)];
    this.line(ends.x0, ends.y0, ends.x1, ends.y1, look.colour, look.width, look.dashed ? [5, 4] : null);
    const crowded = this.visible.single.length > 300;
    if (path.loss) {
      if (tip.seen) this.markLoss(tip.x, tip.y, path.loss, crowded);
    } else if (look.head && tip.seen && this.visible.single.length <= 400 && layout.row > 30) {
      this.arrowHead(x0, y0, x1, y1, look.colour, message.flags & DUPLICATE);
    }
    if (message.flags & (HELD | SLOW) && !crowded) {
      const share = this.midway(message.link);
      this.ring(x0 + share * (x1 - x0), y0 + share * (y1 - y0), 3.5, look.colour, 1.5, this.theme.background);
    }
    g.globalAlpha = 1;
  },

  arrowHead(x0, y0, x1, y1, colour, hollow) {
    const { g } = this;
    const length = Math.hypot(x1 - x0, y1 - y0) || 1;
    const [dx, dy] = [((x1 - x0) / length) * 7, ((y1 - y0) / length) * 7];
    g.beginPath();
    g.moveTo(x1, y1);
    g.lineTo(x1 - dx - dy * 0.4, y1 - dy + dx * 0.4);
    g.lineTo(x1 - dx + dy * 0.4, y1 - dy - dx * 0.4);
    g.closePath();
    g.fillStyle = hollow ? this.theme.background : colour;
    g.fill();
    if (!hollow) return;
    g.strokeStyle = colour;
    g.lineWidth = 1;
    g.stroke();
  },

  // The form tells the cause too: a ring for a dead peer, a bar for what is neither chance nor partition.
  markLoss(x, y, loss, crowded) {
    const r = crowded ? 3.2 : 4.5;
    const colour = this.theme.lost;
    this.cross(x, y, r, colour, crowded ? 1.6 : 2.2);
    this.labels.keepFree(x - r, y - r, x + r, y + r);
    if (loss === "dead") this.ring(x, y, r + 3, colour, 1.4);
    if (loss === "other") this.line(x - r - 2, y + r + 3, x + r + 2, y + r + 3, colour, 1.6);
  },

  // Losses of one cause that lie close together share one label.
  labelLoss(path, labelled) {
    const x = this.x(path.t1);
    if (labelled.length >= 60 || this.layout.row < 44 || x < this.left || x > this.right) return;
    if (labelled.some((each) => each.loss === path.loss && each.y === path.y1 && Math.abs(each.x - x) < 90)) return;
    labelled.push({ loss: path.loss, y: path.y1, x });
    const down = path.y1 > path.y0;
    this.labels.add({
      rank: RANK.loss, text: LOSS_WORDS[path.loss], colour: this.theme.lost,
      places: (width, height) => {
        const [above, below] = [path.y1 - height - 7, path.y1 + 6];
        const places = path.loss === "chance" ? [[x + 9, path.y1 - height / 2]] : [];
        for (const left of [x + 7, x - width / 2]) places.push([left, down ? below : above], [left, down ? above : below]);
        return places;
      },
    });
  },

  labelMessage({ path, look }, text) {
    const [x0, x1] = [this.x(path.t0), this.x(path.t1)];
    if (!text || Math.abs(path.y1 - path.y0) < 30 || Math.abs(x1 - x0) < 8) return;
    this.labels.add({
      rank: RANK.message, text: oneLine(text, 40), colour: look.colour,
      places: (width, height) => [0.3, 0.45, 0.6].map((share) =>
        [x0 + share * (x1 - x0) - width / 2, path.y0 + share * (path.y1 - path.y0) - height / 2]),
    });
  },

  // ---- selection

  anchorOf(i) {
    const { trace, layout } = this;
    const bounded = (x) => Math.min(Math.max(x, -1e4), 1e5);
    const m = trace.messageOf.get(i);
    if (trace.kind[i] === Kind.drop && m) {
      const path = this.pathOf(m);
      return { x: bounded(this.x(path.t1)), y: path.y1 };
    }
    const node = trace.node[i];
    return { x: bounded(this.xOf(i)), y: node === 0 || node > layout.nodes ? this.lanesTop + 8 : layout.centre(node) };
  },

  drawSelection() {
    const { g, theme, trace, page } = this;
    if (page.hovered >= 0 && page.hovered !== page.selected) {
      const at = this.anchorOf(page.hovered);
      this.ring(at.x, at.y, 7, theme.accent, 1.5);
    }
    const selected = page.selected;
    if (selected < 0) return;
    const chain = trace.chainOf(selected, 200).events.map((i) => this.anchorOf(i));
    const highlight = (from, to, width) => {
      this.line(from.x, from.y, to.x, to.y, theme.labelBack, width + 3);
      this.line(from.x, from.y, to.x, to.y, theme.accent, width);
    };
    for (let k = 1; k < chain.length; k++) highlight(chain[k], chain[k - 1], 2.2);
    const m = trace.messageOf.get(selected);
    if (m && m.link.from !== m.link.to) {
      const path = this.pathOf(m);
      highlight({ x: this.x(path.t0), y: path.y0 }, { x: this.x(path.t1), y: path.y1 }, 2.6);
    }
    for (let k = 1; k < chain.length; k++) this.ring(chain[k].x, chain[k].y, 3.5, theme.accent, 0, theme.accent);
    const at = chain[0];
    this.ring(at.x, at.y, 7, theme.accent, 2.5, theme.background);
    this.ring(at.x, at.y, 3.5, theme.accent, 0, theme.accent);
    g.globalAlpha = 1;
  },

  drawViolations() {
    const { g, theme, trace, layout } = this;
    if (trace.violations.length === 0) return;
    g.fillStyle = theme.panel;
    g.fillRect(0, this.verdictTop, this.width, this.height - this.verdictTop);
    g.fillStyle = theme.violationFill;
    g.fillRect(this.left, this.verdictTop, this.right - this.left, this.height - this.verdictTop);
    for (const i of trace.violations) {
      const x = this.xOf(i);
      if (x < this.left || x > this.right) continue;
      this.line(x, this.lanesTop, x, this.verdictTop + 4, theme.violation, 2.5);
      g.fillStyle = theme.violation;
      g.beginPath();
      g.moveTo(x - 7, this.verdictTop + 11);
      g.lineTo(x + 7, this.verdictTop + 11);
      g.lineTo(x, this.verdictTop);
      g.fill();
      if (trace.node[i] > 0) this.ring(x, layout.centre(trace.node[i]), 9, theme.violation, 3);
    }
    this.drawVerdict(trace.violations[0]);
  },

  drawVerdict(i) {
    const { g, theme, trace } = this;
    let title = `violation: ${oneLine(trace.textOf(i), 200)}`;
    const detail = oneLine(trace.payloadText(i), 300);
    const x = this.xOf(i);
    if (x < this.left) title = `\u25c0  ${instantText(trace.time[i], this.nsPerPx)}   ${title}`;
    if (x > this.right) title += `   ${instantText(trace.time[i], this.nsPerPx)}  \u25b6`;
    const middle = Math.min(Math.max(x, this.left), this.right);
    const write = (weight, y, colour, text) => {
      g.font = `${weight} 13px system-ui, 'DejaVu Sans', sans-serif`;
      g.fillStyle = colour;
      const room = this.right - this.left - 24;
      const width = Math.min(g.measureText(text).width, room);
      this.fitted(text, Math.min(Math.max(middle - width / 2, this.left + 12), this.right - 12 - width), y, room + 1);
    };
    write(600, this.verdictTop + (detail ? 28 : 36), theme.violation, title);
    if (detail) write(400, this.verdictTop + 45, theme.text, detail);
  },

  // ---- what lies at a place: an event, or -1

  eventAt(x, y) {
    const { trace, layout } = this;
    if (y < this.axisTop) return this.faultAt(x, y);
    if (y >= this.verdictTop && trace.violations.length) {
      return trace.violations.find((i) => Math.abs(this.xOf(i) - x) < 6) ?? trace.violations[0];
    }
    if (x < this.left || y < this.lanesTop || y > layout.bottom) return -1;
    const onLane = this.nearestOnLane(x, y);
    const message = this.nearestMessage(x, y);
    if (message < 0) return onLane >= 0 ? onLane : trace.violations.find((i) => Math.abs(this.xOf(i) - x) < 6) ?? -1;
    if (onLane < 0) return message;
    return Math.abs(y - layout.centre(layout.nodeAt(y))) <= 6 ? onLane : message;
  },

  faultAt(x, y) {
    const row = Math.floor((y - this.faultTop) / 19);
    const found = this.faultsInView().filter((fault) => {
      const { begin, end } = this.spanOf(fault);
      return x >= begin - 4 && x <= Math.max(end, begin + 4) + 4 && fault.row === row;
    });
    return found.length ? found[found.length - 1].begin : -1;
  },

  nearestMessage(x, y) {
    let best = 5;
    let found = -1;
    for (const { message, path, look } of this.drawn || []) {
      const [x0, x1] = [this.x(path.t0), this.x(path.t1)];
      const [dx, dy] = [x1 - x0, path.y1 - path.y0];
      const along = Math.min(1, Math.max(0, ((x - x0) * dx + (y - path.y0) * dy) / (dx * dx + dy * dy || 1)));
      const away = Math.hypot(x - x0 - along * dx, y - path.y0 - along * dy) + (look.faded ? 1.5 : 0);
      if (away > best) continue;
      best = away;
      // Nearer to its head, the line stands for the arrival.
      found = message.end >= 0 && (message.flags & LOST || along > 0.5) ? message.end : message.send;
    }
    return found;
  },

  nearestOnLane(x, y) {
    const { trace, layout } = this;
    const node = layout.nodeAt(y);
    if (node === 0 || Math.abs(y - layout.centre(node)) > Math.max(9, layout.row * 0.2)) return -1;
    const t = this.timeAt(x);
    // What is notable wins over the many small events around it.
    for (const positions of [trace.lanes[node].notable, trace.lanes[node].events]) {
      if (positions.length === 0) continue;
      const i = positions[nearest(trace, positions, t)];
      if (Math.abs(trace.time[i] - t) <= 6 * this.nsPerPx) return i;
    }
    return -1;
  },
});
