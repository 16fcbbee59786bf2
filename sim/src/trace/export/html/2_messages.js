// Messages by link, what of them is to be drawn, and faults.

const SLOW_FACTOR = 6;
const BLOCK = 64;
const MOST_SINGLE = 1000;
const MOST_BUNDLED_LINKS = 250;
const DUPLICATE = 1;
const HELD = 2;
const SLOW = 4;
const LOST = 8;

class MessageBuilder {
  constructor(trace) {
    this.trace = trace;
    this.links = new Map();
    this.open = new Map();
    trace.messageOf = new Map();
  }

  link(from, to) {
    const key = from * 4194304 + to;
    let link = this.links.get(key);
    if (!link) this.links.set(key, (link = { from, to, messages: [], lost: [], latestEnd: [] }));
    return link;
  }

  add(i) {
    const trace = this.trace;
    const kind = trace.kind[i];
    if (kind === Kind.send) {
      const to = trace.a[i] < trace.nodes.length ? trace.a[i] : 0;
      const message = { send: i, end: -1, flags: 0 };
      const link = this.link(trace.node[i], to);
      message.link = link;
      link.messages.push(message);
      this.open.set(i, message);
      trace.messageOf.set(i, message);
    } else if (kind === Kind.deliver || kind === Kind.drop) {
      this.close(i, kind);
    } else if (kind === Kind.hold) {
      const held = this.open.get(trace.indexOf(trace.a[i]));
      if (held) held.flags |= HELD;
    }
  }

  close(i, kind) {
    const trace = this.trace;
    const send = trace.indexOf(trace.a[i]);
    if (send < 0 || trace.kind[send] !== Kind.send) return;
    let message = this.open.get(send);
    if (message) {
      this.open.delete(send);
    } else {
      const link = this.link(trace.node[send], trace.node[i]);
      message = { send, end: -1, flags: DUPLICATE, link };
      link.messages.push(message);
    }
    message.end = i;
    if (kind === Kind.drop) {
      message.flags |= LOST;
      trace.lost.push(trace.time[i]);
    }
    trace.messageOf.set(i, message);
  }

  finish() {
    const trace = this.trace;
    trace.links = [...this.links.values()].sort((x, y) => x.from - y.from || x.to - y.to);
    trace.messageCount = trace.links.reduce((sum, link) => sum + link.messages.length, 0);
    trace.typical = this.typicalLatency();
    trace.flagsSeen = 0;
    for (const link of trace.links) this.finishLink(link);
  }

  typicalLatency() {
    const trace = this.trace;
    const stride = Math.max(1, Math.floor(trace.messageCount / 4096));
    const sample = [];
    for (const link of trace.links) {
      for (let i = 0; i < link.messages.length; i += stride) {
        const m = link.messages[i];
        if (m.end >= 0 && !(m.flags & LOST)) sample.push(trace.time[m.end] - trace.time[m.send]);
      }
    }
    sample.sort((x, y) => x - y);
    return sample.length ? sample[sample.length >> 1] : 0;
  }

  finishLink(link) {
    const trace = this.trace;
    link.messages.sort((x, y) => x.send - y.send);
    let latest = 0;
    link.messages.forEach((m, i) => {
      const end = messageEnd(trace, m);
      const took = end - trace.time[m.send];
      if (m.end >= 0 && !(m.flags & LOST) && trace.typical > 0 && took > SLOW_FACTOR * trace.typical) m.flags |= SLOW;
      if (m.flags & LOST) link.lost.push(i);
      trace.flagsSeen |= m.flags;
      latest = Math.max(latest, end);
      if (i % BLOCK === BLOCK - 1 || i + 1 === link.messages.length) link.latestEnd.push(latest);
    });
  }
}

// When the message arrived or died; for one still under way, when it should arrive.
function messageEnd(trace, m) {
  return m.end >= 0 ? trace.time[m.end] : trace.time[m.send] + trace.typical;
}

function sentAfter(trace, link, t) {
  return lowerBound(link.messages.length, t, (i) => trace.time[link.messages[i].send], true);
}

// What of the messages is drawn for a stretch of time: each alone, or bundled when they are many.
// seen(link) is false for links none of whose lanes are on the screen, or between those that are.
function visibleMessages(trace, { begin, end, widthPx, seen }, limit = MOST_SINGLE) {
  const ranges = [];
  let candidates = 0;
  for (const link of trace.links) {
    if (!seen(link)) continue;
    let from = lowerBound(link.latestEnd.length, begin, (i) => link.latestEnd[i]) * BLOCK;
    const length = link.messages.length;
    while (from < length && messageEnd(trace, link.messages[from]) < begin) from++;
    const to = sentAfter(trace, link, end);
    if (from >= to) continue;
    ranges.push({ link, from, to });
    candidates += to - from;
  }
  const out = { single: [], bundles: [], total: 0, hidden: 0 };
  if (candidates <= limit + ranges.length * BLOCK) {
    for (const { link, from, to } of ranges) {
      for (let i = from; i < to; i++) {
        if (messageEnd(trace, link.messages[i]) >= begin) out.single.push(link.messages[i]);
      }
    }
    out.total = out.single.length;
    if (out.total <= limit) return out;
    out.single = [];
    out.total = 0;
  }
  if (ranges.length > MOST_BUNDLED_LINKS) return sample(trace, ranges, begin, limit, out);
  const perLink = Math.max(1, limit / Math.max(1, ranges.length));
  const bucket = (end - begin) / Math.min(perLink, Math.max(1, widthPx / 4));
  for (const range of ranges) bundle(trace, range, bucket, out);
  return out;
}

// Bundles of very many links would only be a stain: some of the messages stand for all, and of the
// lost ones a larger share.
function sample(trace, ranges, begin, limit, out) {
  let [arrived, lost] = [0, 0];
  const seen = [];
  for (const { link, from, to } of ranges) {
    for (let i = from; i < to; i++) {
      const m = link.messages[i];
      if (messageEnd(trace, m) < begin) continue;
      seen.push(m);
      if (m.flags & LOST) lost++;
      else arrived++;
    }
  }
  const arrivedStep = Math.ceil((2 * arrived) / limit);
  const lostStep = Math.ceil((4 * lost) / limit);
  // By time, so that no link is favoured.
  seen.sort((x, y) => x.send - y.send);
  [arrived, lost] = [0, 0];
  for (const m of seen) {
    const drawn = m.flags & LOST ? lost++ % lostStep === 0 : arrived++ % arrivedStep === 0;
    if (drawn) out.single.push(m);
  }
  out.total = out.single.length;
  out.hidden = seen.length - out.total;
  return out;
}

// Buckets lie on a grid of absolute time, so that bundles stay where they are while one pans.
function bundle(trace, { link, from, to }, bucket, out) {
  const messages = link.messages;
  const sent = (i) => trace.time[messages[i].send];
  for (let i = from; i < to;) {
    const bucketEnd = (Math.floor(sent(i) / bucket) + 1) * bucket;
    const next = Math.max(i + 1, i + lowerBound(to - i, bucketEnd, (k) => sent(i + k)));
    const endBegin = messageEnd(trace, messages[i]);
    const firstLost = lowerBound(link.lost.length, i, (k) => link.lost[k]);
    const lastLost = lowerBound(link.lost.length, next, (k) => link.lost[k]);
    out.bundles.push({
      link, count: next - i, first: messages[i], last: messages[next - 1],
      sendBegin: sent(i), sendEnd: sent(next - 1),
      endBegin, endEnd: Math.max(endBegin, messageEnd(trace, messages[next - 1])),
      lost: firstLost < lastLost ? messages[link.lost[firstLost]] : null, lostCount: lastLost - firstLost,
    });
    out.total += next - i;
    i = next;
  }
}

// Faults over time, and whom they concern.
class FaultBuilder {
  constructor(trace) {
    this.trace = trace;
    this.open = new Map();
    this.nodeByName = new Map(trace.nodes.map((name, node) => [name, node]));
  }

  begin(i) {
    const trace = this.trace;
    const kind = trace.textOf(i);
    let spec = {};
    try {
      spec = JSON.parse(trace.payloadText(i)) || {};
    } catch {
      // A fault that says nothing about itself is shown by its kind.
    }
    const sides = [names(spec.side_a), names(spec.side_b)];
    if (kind === "partition") this.completeSides(sides);
    const ids = sides.map((side) => side.map((name) => this.nodeByName.get(name)).filter((node) => node > 0));
    const own = names(spec.node).concat(names(spec.nodes));
    const fault = {
      kind, begin: i, end: -1, instant: false, oneWay: kind === "partition_one_way", bit: null,
      sides: ids.filter((side) => side.length > 0),
      nodes: ids.flat().sort((x, y) => x - y),
      label: faultLabel(kind, sides, own), row: 0,
    };
    fault.sideByNode = new Map(fault.sides.flatMap((side, k) => side.map((node) => [node, k])));
    fault.isPartition = (kind === "partition" || fault.oneWay) && fault.sides.length === 2;
    this.open.set(trace.a[i], fault);
    trace.faults.push(fault);
  }

  // A partition that names one side cuts it off from all others.
  completeSides(sides) {
    const rest = this.trace.nodes.slice(1).filter((name) => !sides[0].includes(name) && !sides[1].includes(name));
    if (sides[0].length === 0) sides[0] = rest;
    else if (sides[1].length === 0) sides[1] = rest;
  }

  end(i) {
    const fault = this.open.get(this.trace.a[i]);
    if (!fault) return;
    fault.end = i;
    fault.bit = this.trace.b[i];
    this.open.delete(this.trace.a[i]);
  }

  finish() {
    const most = 3;
    const freeFrom = new Array(most).fill(-1);
    let rows = 1;
    for (const fault of this.trace.faults) {
      fault.instant = fault.end < 0 && (fault.kind === "crash" || fault.kind === "restart");
      while (fault.row + 1 < most && freeFrom[fault.row] > fault.begin) fault.row++;
      freeFrom[fault.row] = fault.instant ? fault.begin : fault.end < 0 ? this.trace.count : fault.end;
      rows = Math.max(rows, fault.row + 1);
    }
    this.trace.faultRows = rows;
    this.trace.partitions = this.trace.faults.filter((fault) => fault.isPartition);
  }
}

function names(value) {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

function faultLabel(kind, sides, own) {
  const joined = (list) => list.slice(0, 6).join(" ") + (list.length > 6 ? ` +${list.length - 6}` : "");
  let label = kind.replaceAll("_", " ");
  if (sides[0].length === 0 && own.length > 0) label += "  " + joined(own);
  if (sides[0].length > 0) label += "  " + joined(sides[0]);
  if (sides[1].length > 0) label += (kind === "partition" ? " | " : " \u2192 ") + joined(sides[1]);
  return label;
}

function sideOf(fault, node) {
  return fault.sideByNode.get(node) ?? -1;
}

// A wall separates two neighbouring lanes while a partition lasts.
function wallsOf(fault, nodes) {
  const walls = [];
  let above = -1;
  for (let node = 1; node <= nodes; node++) {
    const side = sideOf(fault, node);
    if (side < 0) continue;
    if (above >= 0 && side !== above) {
      walls.push({ below: node, down: !fault.oneWay || above === 0, up: !fault.oneWay || side === 0 });
    }
    above = side;
  }
  return walls;
}
