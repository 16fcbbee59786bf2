"use strict";

// The events of the page in columns, and the indexes that drawing needs: lanes, lives, messages,
// faults, published state. Positions are in order of sequence number and of time; -1 is "none".

const Kind = Object.fromEntries(
  ["none", "node_start", "node_exit", "node_crash", "fiber_start", "fiber_end", "fiber_block", "timer", "send",
    "deliver", "drop", "duplicate", "hold", "file_op", "fault_begin", "fault_end", "choice", "log", "state",
    "op_call", "op_return", "property", "violation", "disk_loss", "run_end", "connection"]
    .map((name, value) => [name, value]));
const DROP_PARTITION = 1;
const WARNING = 2;

function base64Bytes(text) {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < characters.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

// The numbers of a column (LEB128). Those that a double cannot hold are also kept in `exact`.
function column(text, count, exact) {
  const bytes = base64Bytes(text);
  const values = new Float64Array(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const begin = at;
    let value = 0;
    let unit = 1;
    while (bytes[at] >= 128) {
      value += (bytes[at++] - 128) * unit;
      unit *= 128;
    }
    value += bytes[at++] * unit;
    values[i] = value;
    if (value > Number.MAX_SAFE_INTEGER && exact) exact.set(i, exactNumber(bytes, begin, at));
  }
  return values;
}

function exactNumber(bytes, begin, end) {
  let value = 0n;
  for (let i = end - 1; i >= begin; i--) value = (value << 7n) | BigInt(bytes[i] & 127);
  return value;
}

function sums(values) {
  let sum = 0;
  for (let i = 0; i < values.length; i++) values[i] = sum += values[i];
  return values;
}

// The first of the sorted values[0..length) that is not below (or, `after`, that is above) x.
function lowerBound(length, x, value, after = false) {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const v = value(middle);
    if (v < x || (after && v === x)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function refersBack(kind) {
  return kind >= Kind.deliver && kind <= Kind.hold;
}

// What happens on the way of a message: its node does not notice it.
function orderedByNode(kind) {
  return kind !== Kind.drop && kind !== Kind.duplicate && kind !== Kind.hold;
}

class Trace {
  constructor(data) {
    const n = (this.count = data.count);
    this.earlier = data.earlier;
    this.facts = data.facts;
    this.nodes = data.nodes;
    this.texts = data.texts;
    this.fibers = data.fibers;
    this.names = data.names;
    this.payloads = data.payloads;
    this.seq = sums(column(data.seq, n));
    this.time = sums(column(data.time, n));
    this.kind = Uint8Array.from(column(data.kind, n));
    this.node = Uint32Array.from(column(data.node, n));
    this.fiber = Uint32Array.from(column(data.fiber, n));
    this.exact = { a: new Map(), b: new Map(), c: new Map(), d: new Map() };
    for (const name of ["a", "b", "c", "d"]) this[name] = column(data[name], n, this.exact[name]);
    this.text = Uint32Array.from(column(data.text, n));
    this.payload = Uint32Array.from(column(data.payload, n));
    const distance = column(data.cause, n);
    this.cause = new Int32Array(n).fill(-1);
    for (let i = 0; i < n; i++) {
      if (refersBack(this.kind[i])) this.a[i] = this.seq[i] - this.a[i];
      if (distance[i] > 0) this.cause[i] = this.indexOf(this.seq[i] - distance[i]);
      const ends = this.kind[i] === Kind.deliver || this.kind[i] === Kind.drop;
      if (ends && this.cause[i] < 0) this.cause[i] = this.indexOf(this.a[i]);
    }
    // The page's time begins with its own first event.
    this.begin = n > this.earlier ? this.time[this.earlier] : 0;
    this.end = n > 0 ? this.time[n - 1] : 0;
    this.buildIndexes();
  }

  indexOf(seq) {
    const i = lowerBound(this.count, seq, (k) => this.seq[k]);
    return i < this.count && this.seq[i] === seq ? i : -1;
  }
  firstAt(t) { return lowerBound(this.count, t, (i) => this.time[i]); }
  firstAfter(t) { return lowerBound(this.count, t, (i) => this.time[i], true); }

  textOf(i) { return this.texts[this.text[i]]; }
  // The payload's form ("C" CBOR, "B" bytes, "T" text) and text; null: it was left out for its size.
  payloadOf(i) { return this.payloads[this.payload[i]]; }
  payloadText(i) { return (this.payloadOf(i) || "").slice(1); }

  buildIndexes() {
    this.lanes = this.nodes.map((name, node) => ({ node, name, lives: [], events: [], notable: [], states: new Map() }));
    this.faults = [];
    this.violations = [];
    this.runEnd = -1;
    this.lost = [];
    const messages = new MessageBuilder(this);
    const faults = new FaultBuilder(this);
    for (let i = 0; i < this.count; i++) {
      this.addToLane(i);
      messages.add(i);
      if (this.kind[i] === Kind.fault_begin) faults.begin(i);
      if (this.kind[i] === Kind.fault_end) faults.end(i);
      if (this.kind[i] === Kind.violation) this.violations.push(i);
      if (this.kind[i] === Kind.run_end) this.runEnd = i;
    }
    messages.finish();
    faults.finish();
    this.hasRoles = this.lanes.some((lane) => lane.states.has("role"));
    this.buildEffects();
  }

  addToLane(i) {
    const lane = this.lanes[this.node[i]];
    const kind = this.kind[i];
    if (!lane || kind === Kind.drop) return;
    const last = lane.lives[lane.lives.length - 1];
    const endLife = (how) => {
      if (last && last.end < 0) Object.assign(last, { end: i, how });
    };
    if (kind === Kind.node_start) {
      endLife("exited");
      lane.lives.push({ incarnation: this.a[i], begin: i, end: -1, how: "running" });
    }
    if (kind === Kind.node_crash) endLife("crashed");
    if (kind === Kind.node_exit) endLife("exited");
    if (kind === Kind.state) this.addState(lane, i);
    if (i < this.earlier) return;
    lane.events.push(i);
    if (this.isNotable(i)) lane.notable.push(i);
  }

  addState(lane, i) {
    const key = this.textOf(i);
    if (!lane.states.has(key)) lane.states.set(key, { key, events: [], values: [] });
    const track = lane.states.get(key);
    track.events.push(i);
    track.values.push(stateValue(this.payloadText(i)));
  }

  isNotable(i) {
    switch (this.kind[i]) {
      case Kind.state: case Kind.op_call: case Kind.op_return: case Kind.disk_loss: case Kind.violation:
        return true;
      case Kind.connection: return this.a[i] >= 4;
      case Kind.log: return this.a[i] >= WARNING;
      default: return false;
    }
  }

  // effects of i: effect[effectFrom[i] .. effectFrom[i + 1]).
  buildEffects() {
    const from = (this.effectFrom = new Uint32Array(this.count + 1));
    for (const cause of this.cause) if (cause >= 0) from[cause + 1]++;
    for (let i = 0; i < this.count; i++) from[i + 1] += from[i];
    this.effect = new Uint32Array(from[this.count]);
    const next = from.slice();
    this.cause.forEach((cause, i) => {
      if (cause >= 0) this.effect[next[cause]++] = i;
    });
  }
  effectsOf(i) { return this.effect.subarray(this.effectFrom[i], this.effectFrom[i + 1]); }

  chainOf(i, limit) {
    const events = [];
    let more = 0;
    for (let at = i; at >= 0; at = this.cause[at]) {
      if (events.length < limit) events.push(at);
      else more++;
    }
    return { events, more };
  }

  // What happened before event i: its causes, theirs, and all that the nodes concerned did before.
  // Walked backwards, each event's place is decided before it is reached.
  pastOf(i) {
    const mark = new Uint8Array(this.count);
    const frontier = new Int32Array(this.nodes.length).fill(-1);
    mark[i] = 1;
    for (let k = i; k >= 0; k--) {
      const node = this.node[k];
      const ordered = node !== 0 && node < frontier.length && orderedByNode(this.kind[k]);
      if (!mark[k] && !(ordered && k <= frontier[node])) continue;
      mark[k] = 1;
      if (ordered && frontier[node] < k) frontier[node] = k;
      if (this.cause[k] >= 0) mark[this.cause[k]] = 1;
    }
    return { event: i, mark, frontier };
  }

  lifeAt(lane, i) {
    const at = lowerBound(lane.lives.length, i, (k) => lane.lives[k].begin, true) - 1;
    if (at < 0) return null;
    const life = lane.lives[at];
    return life.end < 0 || i <= life.end ? life : null;
  }

  // The value of a track after event i: its position, or -1.
  stateAt(track, i) {
    return track ? lowerBound(track.events.length, i, (k) => track.events[k], true) - 1 : -1;
  }
}

// A JSON string without its quotes, anything else as it is.
function stateValue(text) {
  if (!text.startsWith('"')) return text;
  try {
    const value = JSON.parse(text);
    return typeof value === "string" ? value : text;
  } catch {
    return text;
  }
}
