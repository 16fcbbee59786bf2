// Events, times and payloads in words.

function spaced(name) { return (name || "?").replaceAll("_", " "); }

// Digits in groups: 1,234,567.
function grouped(n) { return String(n).replace(/\B(?=(\d{3})+$)/g, ","); }

// At most four significant digits with the fitting unit: "1.5 s", "250 ms".
function durationText(ns) {
  const units = [[60e9, "min"], [1e9, "s"], [1e6, "ms"], [1e3, "\u00b5s"], [1, "ns"]];
  if (Math.abs(ns) >= 600e9) return `${Number((ns / 60e9).toPrecision(4))} min`;
  const [unit, name] = units.slice(1).find(([each]) => Math.abs(ns) >= each) || units[4];
  return `${Number((ns / unit).toPrecision(4))} ${name}`;
}

// Seconds, to the precision that a step of the axis asks for.
function instantText(ns, step) {
  const digits = Math.min(9, Math.max(0, 9 - Math.floor(Math.log10(Math.max(1, step)))));
  return `${(ns / 1e9).toFixed(digits)} s`;
}

// All digits that matter.
function exactText(ns) {
  const whole = Math.floor(ns / 1e9);
  const rest = String(ns - whole * 1e9).padStart(9, "0").replace(/0+$/, "");
  return `${whole}${rest ? "." + rest : ""} s`;
}

function oneLine(text, limit) {
  const line = text.replace(/[\s\u0000-\u001f\u007f\u2028\u2029]+/g, " ");
  return line.length <= limit ? line : Array.from(line.slice(0, limit)).slice(0, -1).join("") + "\u2026";
}

// JSON on several lines, its digits untouched.
function indented(text) {
  let out = "";
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (inString) {
      out += c;
      if (c === "\\") out += text[++i] ?? "";
      else if (c === '"') inString = false;
      continue;
    }
    if (c === '"') {
      inString = true;
      out += c;
    } else if (c === "{" || c === "[") {
      const close = c === "{" ? "}" : "]";
      if (text[i + 1] === close) {
        out += c + close;
        i++;
      } else {
        depth++;
        out += c + "\n" + "  ".repeat(Math.min(depth, 40));
      }
    } else if (c === "}" || c === "]") {
      depth = Math.max(0, depth - 1);
      out += "\n" + "  ".repeat(Math.min(depth, 40)) + c;
    } else if (c === ",") {
      out += ",\n" + "  ".repeat(Math.min(depth, 40));
    } else {
      out += c === ":" ? ": " : c;
    }
  }
  return out;
}

function isJson(text) {
  if (!/^[{["]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

// Rows of sixteen bytes, and their letters.
function hexRows(digits) {
  const cut = digits.endsWith("\u2026");
  const hex = cut ? digits.slice(0, -1) : digits;
  const rows = [];
  for (let at = 0; at < hex.length; at += 32) {
    const bytes = hex.slice(at, at + 32).match(/../g) || [];
    const letters = bytes.map((byte) => {
      const code = parseInt(byte, 16);
      return code >= 32 && code < 127 ? String.fromCharCode(code) : ".";
    }).join("");
    const spread = bytes.slice(0, 8).join(" ") + "  " + bytes.slice(8).join(" ");
    rows.push((at / 2).toString(16).padStart(4, "0") + "  " + spread.padEnd(49) + " " + letters);
  }
  if (cut) rows.push("\u2026");
  return rows.join("\n");
}

// The decoded payload and its form; of a delivery or a loss, that of its message.
function payloadWords(trace, i) {
  const carried = trace.kind[i] === Kind.deliver || trace.kind[i] === Kind.drop ? trace.indexOf(trace.a[i]) : i;
  if (carried < 0) return null;
  const payload = trace.payloadOf(carried);
  if (payload === null) return { form: "left out", text: "Left out: the page has room for 32 MB of payloads, and these are the oldest." };
  if (payload === "") {
    const hidden = !trace.facts.has_payloads && trace.kind[carried] === Kind.send && trace.b[carried] > 0;
    return hidden ? { form: "not recorded", text: "The trace was recorded without payloads." } : null;
  }
  const text = payload.slice(1);
  if (payload[0] === "C") return { form: "CBOR", text: indented(text) };
  if (payload[0] === "B") return { form: "bytes", text: hexRows(text) };
  return isJson(text) ? { form: "JSON", text: indented(text) } : { form: "text", text };
}

class Words {
  constructor(trace) { this.trace = trace; }

  node(id) { return (id > 0 && this.trace.nodes[id]) || "an unknown node"; }
  fiber(id) { return this.trace.fibers[id] || `fiber ${id}`; }
  name(list, value) { return spaced(this.trace.names[list][value]); }
  number(i, field) { return String(this.trace.exact[field].get(i) ?? this.trace[field][i]); }

  messageClass(i) {
    const trace = this.trace;
    const send = trace.kind[i] === Kind.send ? i : trace.indexOf(trace.a[i]);
    return trace.textOf(i) || (send >= 0 && trace.textOf(send)) || "message";
  }
  sender(i) {
    const send = this.trace.indexOf(this.trace.a[i]);
    return send < 0 ? "an unknown node" : this.node(this.trace.node[send]);
  }

  title(i, limit = 200) { return oneLine(this.wholeTitle(i), limit); }

  wholeTitle(i) {
    const t = this.trace;
    const [a, b, c, d] = [t.a[i], t.b[i], t.c[i], t.d[i]];
    const text = t.textOf(i);
    const payload = () => t.payloadText(i);
    switch (t.kind[i]) {
      case Kind.node_start: return `starts, life ${a}`;
      case Kind.node_exit: return "ends by itself";
      case Kind.node_crash: return `crashes, life ${a}`;
      case Kind.fiber_start: return `fiber ${text || this.fiber(a)} starts`;
      case Kind.fiber_end: return `fiber ${this.fiber(a)} ends: ${this.name("fiber_end", b)}`;
      case Kind.fiber_block: return `fiber ${this.fiber(a)} blocks: ${this.name("block", b)}`;
      case Kind.timer: return a === 0 ? "a deadline passes" : `timer wakes ${this.fiber(a)}`;
      case Kind.send: return `send ${this.messageClass(i)} to ${this.node(a)}`;
      case Kind.deliver: return `receive ${this.messageClass(i)} from ${this.sender(i)}`;
      case Kind.drop: return `${this.messageClass(i)} from ${this.sender(i)} lost: ${this.name("drop", b)}`;
      case Kind.duplicate: return `${this.messageClass(i)} duplicated`;
      case Kind.hold: return `${this.messageClass(i)} held back`;
      case Kind.file_op: return `${this.name("file", a)} ${text}${d === 0 ? "" : ": failed"}`;
      case Kind.connection:
        return `${this.name("connection", a)} :${b}` + (c === 0 ? "" : ` with ${this.node(c)}:${d}`);
      case Kind.fault_begin: return `${spaced(text)} begins`;
      case Kind.fault_end: return `${text ? spaced(text) : "fault"} ends`;
      case Kind.choice: return `choice ${text}`;
      case Kind.log: return payload();
      case Kind.state: return `${text} = ${payload()}`;
      case Kind.op_call: return `client ${a} calls ${text} #${b}`;
      case Kind.op_return: return `client ${a} gets ${this.name("outcome", c)} for #${b}`;
      case Kind.property: return `property ${text}: ${this.name("result", a)}`;
      case Kind.violation: return `violation: ${text}`;
      case Kind.disk_loss: return `crash loses ${a} unsynced writes`;
      case Kind.run_end: return `the run ended: ${this.name("run_end", a)}`;
      default: return this.name("kind", t.kind[i]);
    }
  }

  // A few words beside a mark.
  label(i) {
    const kind = this.trace.kind[i];
    if (kind === Kind.op_call) return this.trace.textOf(i);
    if (kind === Kind.op_return) return this.name("outcome", this.trace.c[i]);
    if (kind === Kind.state) return oneLine(`${this.trace.textOf(i)} = ${stateValue(this.trace.payloadText(i))}`, 40);
    return this.title(i, 40);
  }

  // Name and value, in the order to show them.
  fields(i) {
    const t = this.trace;
    const out = [["kind", this.name("kind", t.kind[i])], ["time", exactText(t.time[i])]];
    if (t.node[i] > 0) {
      const life = t.lifeAt(t.lanes[t.node[i]], i);
      out.push(["node", this.node(t.node[i]) + (life ? `  (life ${life.incarnation})` : "")]);
    }
    if (t.fiber[i] > 0) out.push(["fiber", this.fiber(t.fiber[i])]);
    switch (t.kind[i]) {
      case Kind.send: case Kind.deliver: out.push(["size", `${grouped(t.b[i])} bytes`]); break;
      case Kind.drop: out.push(["lost by", this.name("drop", t.b[i])]); break;
      case Kind.file_op:
        out.push(["offset", grouped(t.b[i])], ["size", `${grouped(t.c[i])} bytes`]);
        if (t.d[i] !== 0) out.push(["errno", String(t.d[i])]);
        break;
      case Kind.fault_end: out.push(["it bit", grouped(t.b[i])]); break;
      case Kind.choice:
        out.push(["key", this.number(i, "a")], ["options", t.b[i] === 0 ? "a number" : this.number(i, "b")],
          ["taken", this.number(i, "c")]);
        break;
      case Kind.log: out.push(["level", this.name("level", t.a[i])]); break;
      case Kind.disk_loss: out.push(["bytes lost", grouped(t.b[i])]); break;
      default: break;
    }
    this.addMessage(i, out);
    out.push(["event", `#${grouped(t.seq[i])}`]);
    return out;
  }

  addMessage(i, out) {
    const t = this.trace;
    const m = t.messageOf.get(i);
    if (!m) return;
    if (m.end >= 0) {
      out.push([m.flags & LOST ? "lost after" : "latency", durationText(t.time[m.end] - t.time[m.send])]);
      if (t.kind[i] === Kind.send && m.flags & LOST) out.push(["fate", `lost: ${this.name("drop", t.b[m.end])}`]);
    } else {
      out.push(["fate", "still under way where the trace ends"]);
    }
    if (m.flags & DUPLICATE) out.push(["copy", "a duplicate"]);
    if (m.flags & HELD) out.push(["held", "yes, by a hold on the link"]);
  }
}
