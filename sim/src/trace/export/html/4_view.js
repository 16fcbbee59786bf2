// What the page shows: the stretch of time, the theme, the place of lanes and labels.

const THEMES = {
  light: {
    dark: false, background: "#ffffff", panel: "#f5f6f8", lane: "#f8f9fb", border: "#d5dae1", grid: "#e1e5eb",
    gridMinor: "#f0f2f5", text: "#1b2330", textDim: "#5b6675", labelBack: "#ffffffe1", accent: "#0b63b5",
    message: "#3a7cb8", duplicate: "#56b4e9", late: "#c98500", lost: "#d55e00", alive: "#8ca0b8", follower: "#a9bbd1",
    candidate: "#e69f00", leader: "#009e73", downFill: "#e3e5e9", downHatch: "#9aa3af", partitionFill: "#cc79a72e",
    partitionWall: "#a63e7c", holdFill: "#e69f0024", holdEdge: "#a87400", faultOther: "#6b7685", faultFill: "#6b76852e",
    violation: "#b00020", violationFill: "#b0002014", good: "#00704f", chosen: "#0b63b51f", notice: "#fff3d6",
    veil: "#ffffffb0",
  },
  dark: {
    dark: true, background: "#12161c", panel: "#1a2028", lane: "#161b22", border: "#343d49", grid: "#28303a",
    gridMinor: "#1c222a", text: "#e8ecf1", textDim: "#9aa6b4", labelBack: "#12161cdc", accent: "#6cb6ff",
    message: "#5c9fd6", duplicate: "#8fd0f5", late: "#f0b429", lost: "#ff7a1a", alive: "#6c7c90", follower: "#566a84",
    candidate: "#f0b429", leader: "#17c493", downFill: "#262b32", downHatch: "#5c6672", partitionFill: "#cc79a734",
    partitionWall: "#e39bc4", holdFill: "#e69f0028", holdEdge: "#e6b450", faultOther: "#93a0af", faultFill: "#93a0af2e",
    violation: "#ff5468", violationFill: "#ff546814", good: "#2bd6a3", chosen: "#6cb6ff2b", notice: "#3a3320",
    veil: "#12161cb0",
  },
};

// The colour and thickness of a lane while its node has a role.
function roleLook(theme, name) {
  switch (name) {
    case "leader": case "primary": return { colour: theme.leader, thickness: 9, labelled: true };
    case "candidate": return { colour: theme.candidate, thickness: 6, labelled: true };
    case "pre-candidate": return { colour: theme.candidate, thickness: 4, labelled: true };
    case "follower": case "backup": return { colour: theme.follower, thickness: 4, labelled: false };
    default: return { colour: theme.message, thickness: 5, labelled: true };
  }
}

function faultLook(theme, fault) {
  if (fault.isPartition) return { fill: theme.partitionFill, edge: theme.partitionWall };
  if (fault.kind === "hold") return { fill: theme.holdFill, edge: theme.holdEdge };
  return { fill: theme.faultFill, edge: theme.faultOther };
}

// Virtual time as a fraction of the width. The span stays between 100 ns and a little more than
// the whole, and never leaves it altogether.
class TimeView {
  constructor(first, last) {
    this.first = first;
    this.last = Math.max(last, first + 100);
    this.showAll();
  }
  get whole() { return this.last - this.first; }
  get end() { return this.begin + this.span; }
  fraction(t) { return (t - this.begin) / this.span; }
  timeAt(fraction) { return this.begin + fraction * this.span; }
  showAll() { this.show(this.first - this.whole * 0.015, this.last + this.whole * 0.015); }
  show(begin, end) {
    this.begin = begin;
    this.span = end - begin;
    this.clamp();
  }
  zoom(factor, anchor) {
    const t = this.timeAt(anchor);
    this.span = Math.min(Math.max(this.span * factor, 100), this.whole * 1.03);
    this.begin = t - anchor * this.span;
    this.clamp();
  }
  pan(share) {
    this.begin += share * this.span;
    this.clamp();
  }
  centreOn(t) {
    this.begin = t - this.span / 2;
    this.clamp();
  }
  reveal(t) {
    const at = this.fraction(t);
    if (at < 0.08 || at > 0.92) this.centreOn(t);
  }
  clamp() {
    this.span = Math.min(Math.max(this.span, 100), this.whole * 1.03);
    const margin = Math.max(this.whole * 0.015, this.span * 0.25);
    this.begin = Math.min(Math.max(this.begin, this.first - margin), this.last + margin - this.span);
    if (this.span >= this.whole) this.begin = this.first - (this.span - this.whole) / 2;
  }
}

// Rows of equal height; when they do not fit at the least height, they scroll.
class LaneLayout {
  constructor(nodes, top, height, scroll) {
    this.nodes = nodes;
    this.top = top;
    this.height = height;
    this.row = Math.min(150, Math.max(22, height / Math.max(1, nodes)));
    this.scroll = Math.min(Math.max(0, scroll), Math.max(0, this.row * nodes - height));
  }
  topOf(node) { return this.top + (node - 1) * this.row - this.scroll; }
  centre(node) { return this.topOf(node) + this.row / 2; }
  nodeAt(y) {
    const node = Math.floor((y - this.top + this.scroll) / this.row) + 1;
    return y >= this.top && node >= 1 && node <= this.nodes ? node : 0;
  }
  get firstVisible() { return Math.max(1, Math.floor(this.scroll / this.row) + 1); }
  get lastVisible() { return Math.min(this.nodes, Math.ceil((this.scroll + this.height) / this.row)); }
  get bottom() { return Math.min(this.top + this.height, this.top + this.row * this.nodes); }
}

// 1-2-5 steps, so that labels of some width do not touch.
function axisTicks(begin, end, widthPx, labelPx) {
  const least = ((end - begin) * labelPx) / widthPx;
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1e-9)));
  const step = Math.max(1, [1, 2, 5, 10].find((each) => each * power >= least) * power);
  const ticks = [];
  for (let k = Math.ceil(begin / step); k * step <= end; k++) ticks.push(k * step);
  return { step, ticks };
}

const textWidths = new Map();  // measuring costs as much as drawing

function textWidth(g, text) {
  const key = g.font + text;
  let width = textWidths.get(key);
  if (width !== undefined) return width;
  if (textWidths.size > 5000) textWidths.clear();
  textWidths.set(key, (width = g.measureText(text).width));
  return width;
}

// Labels that would lie on another, or on what is kept free, are left out; the lower rank goes first.
class Labels {
  constructor(g, area) {
    this.g = g;
    this.area = area;
    this.requests = [];
    this.taken = [];
  }
  add(request) { this.requests.push(request); }
  keepFree(x0, y0, x1, y1) {
    if (this.taken.length < 800) this.taken.push([x0, y0, x1, y1]);
  }
  draw(theme) {
    const g = this.g;
    this.requests.sort((x, y) => x.rank - y.rank);
    for (const { text, colour, places, bold } of this.requests.slice(0, 250)) {
      g.font = (bold ? "600 " : "") + "12px system-ui, 'DejaVu Sans', sans-serif";
      const width = textWidth(g, text);
      const place = places(width, 14).find(([x, y]) => this.isFree(x - 3, y - 1, x + width + 3, y + 15));
      if (!place) continue;
      const [x, y] = place;
      this.taken.push([x - 3, y - 1, x + width + 3, y + 15]);
      g.fillStyle = theme.labelBack;
      g.fillRect(x - 3, y, width + 6, 15);
      g.fillStyle = colour;
      g.fillText(text, x, y + 12);
    }
  }
  isFree(x0, y0, x1, y1) {
    const { left, top, right, bottom } = this.area;
    if (x0 < left || y0 < top || x1 > right || y1 > bottom) return false;
    return !this.taken.some(([a, b, c, d]) => x0 < c && x1 > a && y0 < d && y1 > b);
  }
}

// Marks of events nearer than `near` to the first of a mark are one.
function foldMarks(trace, positions, begin, end, near) {
  const marks = [];
  let i = lowerBound(positions.length, begin, (k) => trace.time[positions[k]]);
  while (i < positions.length) {
    const t = trace.time[positions[i]];
    if (t > end) break;
    let step = 1;
    let low = i;
    while (low + step < positions.length && trace.time[positions[low + step]] <= t + near) {
      low += step;
      step *= 2;
    }
    const high = Math.min(low + step, positions.length);
    const next = low + lowerBound(high - low, t + near, (k) => trace.time[positions[low + k]], true);
    marks.push({ begin: t, end: trace.time[positions[next - 1]], first: positions[i], count: next - i, at: i });
    i = next;
  }
  return marks;
}

function nearest(trace, positions, t) {
  const after = lowerBound(positions.length, t, (k) => trace.time[positions[k]]);
  if (after === 0) return 0;
  if (after === positions.length) return after - 1;
  return t - trace.time[positions[after - 1]] <= trace.time[positions[after]] - t ? after - 1 : after;
}
