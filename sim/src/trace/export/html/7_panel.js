// The panel beside the diagram: the run, the selected event, faults, search. Texts of a trace go
// into the page as text only.

function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

class Panel {
  constructor(page) {
    this.page = page;
    this.tabs = ["run", "event", "faults", "search"];
    for (const name of this.tabs) {
      this.tab(name).addEventListener("click", () => this.open(name));
      this.tab(name).addEventListener("keydown", (event) => this.walkTabs(event, name));
    }
    this.showRun();
    this.showFaults();
    this.showEvent();
    this.open("run");
    this.search = new Search(page);
  }

  tab(name) { return document.getElementById(`tab-${name}`); }

  open(name) {
    this.current = name;
    for (const each of this.tabs) {
      document.getElementById(each).hidden = each !== name;
      this.tab(each).setAttribute("aria-selected", String(each === name));
      this.tab(each).tabIndex = each === name ? 0 : -1;
    }
  }

  walkTabs(event, name) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.stopPropagation();
    const next = this.tabs[(this.tabs.indexOf(name) + step + this.tabs.length) % this.tabs.length];
    this.open(next);
    this.tab(next).focus();
  }

  list(fields) {
    return element("dl", {}, ...fields.flatMap(([name, value]) => [
      element("dt", { textContent: name }),
      value instanceof Node ? element("dd", {}, value) : element("dd", { textContent: value }),
    ]));
  }

  // A line that selects an event.
  row(i, title, small, extra = {}) {
    const { page } = this;
    const parts = [];
    if (small) parts.push(element("small", { textContent: small }));
    if (extra.colour) {
      const sign = element("span", { className: "kind" });
      sign.style.background = extra.colour;
      parts.push(sign);
    }
    parts.push(element("span", { textContent: title, className: extra.bad ? "bad" : "" }));
    const button = element("button", { className: "row", type: "button" }, ...parts);
    button.dataset.event = i;
    if (i === page.selected) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => page.selectAndShow(i, extra.keepTab));
    return element("li", {}, button);
  }

  showRun() {
    const { trace, words } = this.page;
    const { facts } = trace;
    const out = [element("h2", { textContent: "The run" })];
    out.push(this.list([
      ["scenario", facts.scenario || ""], ["variant", facts.variant || ""],
      ["seed", facts.seed || ""], ["nodes", String(trace.nodes.length - 1)], ["lasted", exactText(Number(facts.last_time_ns))],
      ["events", grouped(facts.events)], ["messages", grouped(trace.messageCount)], ["lost", grouped(trace.lost.length)],
      ["build", facts.build || ""], ["hash", `0x${BigInt(facts.hash).toString(16).padStart(16, "0")}`],
      ["ended", trace.runEnd < 0 ? facts.unfinished : words.name("run_end", trace.a[trace.runEnd])],
    ].filter(([, value]) => value !== "")));
    if (facts.replay) {
      const copy = element("button", { className: "copy", type: "button", textContent: "Copy", title: "Copy the replay line" });
      copy.addEventListener("click", () => this.copy(copy, facts.replay));
      out.push(element("h3", {}, "Replay", copy), element("pre", { id: "replay", textContent: facts.replay }));
    }
    out.push(element("h3", { textContent: "Violations" }));
    if (trace.violations.length === 0) out.push(element("p", { className: "note", textContent: "none" }));
    out.push(element("ol", { id: "violations" }, ...trace.violations.flatMap((i) => {
      const row = this.row(i, oneLine(trace.textOf(i), 300), exactText(trace.time[i]), { bad: true });
      const detail = trace.payloadText(i);
      return detail ? [row, element("li", {}, element("pre", { textContent: detail }))] : [row];
    })));
    document.getElementById("run").replaceChildren(...out);
  }

  // Browsers give the clipboard to pages from a network only, so there is the older way as well.
  async copy(button, text) {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      const range = document.createRange();
      range.selectNodeContents(document.getElementById("replay"));
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      button.textContent = document.execCommand("copy") ? "Copied" : "Selected: press Ctrl+C";
    }
  }

  showFaults() {
    const { trace, theme } = this.page;
    const rows = trace.faults.map((fault) => {
      const until = fault.end >= 0 ? ` to ${exactText(trace.time[fault.end])}` : fault.instant ? "" : " to the end";
      const bit = fault.bit === null ? "" : `, bit ${grouped(fault.bit)}`;
      const look = faultLook(theme, fault);
      return this.row(fault.begin, fault.label, exactText(trace.time[fault.begin]) + until + bit, { colour: look.edge, keepTab: true });
    });
    document.getElementById("faults").replaceChildren(
      element("h2", { textContent: trace.faults.length ? `Faults (${grouped(trace.faults.length)})` : "No faults" }),
      element("ol", { id: "fault-list" }, ...rows));
  }

  markCurrent() {
    for (const row of document.querySelectorAll("aside .row")) {
      const current = Number(row.dataset.event) === this.page.selected;
      if (current) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
      if (current && row.offsetParent && this.current === "faults") row.scrollIntoView({ block: "nearest" });
    }
  }

  showEvent() {
    const { trace, words, selected } = this.page;
    const box = document.getElementById("event");
    if (selected < 0) {
      box.replaceChildren(element("p", { className: "note", textContent: "Click on a message or an event of the diagram." }));
      return;
    }
    const who = trace.node[selected] > 0 ? `${words.node(trace.node[selected])}: ` : "";
    const out = [element("h2", { id: "event-title", textContent: who + words.title(selected) }), this.list(words.fields(selected))];
    const payload = payloadWords(trace, selected);
    if (payload) out.push(element("h3", { textContent: `Payload (${payload.form})` }), element("pre", { id: "payload", textContent: payload.text }));
    out.push(...this.chain(), ...this.effects(), ...this.state());
    box.replaceChildren(...out);
    box.scrollTop = 0;
  }

  eventRow(i) {
    const { trace, words } = this.page;
    const who = trace.node[i] > 0 ? `${words.node(trace.node[i])}  ` : "";
    return this.row(i, who + words.title(i, 90), exactText(trace.time[i]));
  }

  chain() {
    const { events, more } = this.page.trace.chainOf(this.page.selected, 25);
    if (events.length < 2) return [];
    const out = [element("h3", { textContent: "Causes" }), element("ol", { id: "chain" }, ...events.slice(1).map((i) => this.eventRow(i)))];
    if (more > 0) out.push(element("p", { className: "note", textContent: `and ${grouped(more)} before these` }));
    return out;
  }

  effects() {
    const effects = this.page.trace.effectsOf(this.page.selected);
    if (effects.length === 0) return [];
    const out = [element("h3", { textContent: "Led to" }), element("ol", { id: "effects" }, ...[...effects.subarray(0, 12)].map((i) => this.eventRow(i)))];
    if (effects.length > 12) out.push(element("p", { className: "note", textContent: `and ${grouped(effects.length - 12)} more` }));
    return out;
  }

  // What the node had published then; what this very instant changed is marked.
  state() {
    const { trace, words, selected } = this.page;
    const lane = trace.lanes[trace.node[selected]];
    if (!lane || lane.node === 0 || lane.states.size === 0) return [];
    const instant = trace.firstAt(trace.time[selected]);
    const rows = [];
    for (const track of lane.states.values()) {
      const now = trace.stateAt(track, selected);
      if (now < 0) continue;
      const before = trace.stateAt(track, instant - 1);
      const value = oneLine(track.values[now], 120);
      if (now === before) rows.push([track.key, value]);
      else rows.push([track.key, element("span", {}, element("s", { textContent: before < 0 ? "" : oneLine(track.values[before], 60) }), element("strong", { textContent: value }))]);
    }
    if (rows.length === 0) return [];
    return [element("h3", { textContent: `${words.node(lane.node)} says` }), this.list(rows)];
  }
}

// Events that have all the words: each in the name of the kind or node, the text, or the payload.
class Search {
  constructor(page) {
    this.page = page;
    this.hits = [];
    this.at = -1;
    const input = document.getElementById("words");
    input.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.run(input.value), 120);
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.go(event.shiftKey ? -1 : 1, input.value);
      if (event.key === "Escape") input.blur();
    });
  }

  // Texts occur in many events: each is looked at once for each word.
  testOf(word) {
    const { trace } = this.page;
    const lower = word.toLowerCase();
    const has = (list) => Uint8Array.from(list, (each) => (each !== null && each.toLowerCase().includes(lower) ? 1 : 0));
    const [texts, nodes] = [has(trace.texts), has(trace.nodes)];
    const payloads = Uint8Array.from(trace.payloads, (each) => (each && each.slice(1).toLowerCase().includes(lower) ? 1 : 0));
    const kinds = has(trace.names.kind.map((name) => `${name} ${spaced(name)}`));
    const drops = has(trace.names.drop.map((name) => `${name} ${spaced(name)}`));
    const number = word.startsWith("#") ? Number(word.slice(1).replaceAll(",", "")) : NaN;
    // A delivery and a loss have the words of their message.
    const words = (i) => i >= 0 && (texts[trace.text[i]] || payloads[trace.payload[i]]);
    return (i) =>
      words(i) || (refersBack(trace.kind[i]) && words(trace.indexOf(trace.a[i]))) || kinds[trace.kind[i]] || nodes[trace.node[i]] ||
      (trace.kind[i] === Kind.drop && drops[trace.b[i]]) || (trace.kind[i] === Kind.send && nodes[trace.a[i]]) ||
      trace.seq[i] === number;
  }

  run(text) {
    const { trace, words, panel } = this.page;
    this.text = text;
    this.at = -1;
    this.hits = [];
    const tests = text.trim().split(/\s+/).filter(Boolean).map((word) => this.testOf(word));
    if (tests.length > 0) {
      for (let i = trace.earlier; i < trace.count; i++) if (tests.every((test) => test(i))) this.hits.push(i);
    }
    const most = 200;
    const found = this.hits.length === 0 ? (tests.length ? "nothing found" : "") :
      `${grouped(this.hits.length)} found` + (this.hits.length > most ? `, the first ${most} shown` : "") + " (Enter: next)";
    document.getElementById("found").textContent = found;
    document.getElementById("results").replaceChildren(...this.hits.slice(0, most).map((i) => {
      const who = trace.node[i] > 0 ? `${words.node(trace.node[i])}  ` : "";
      return panel.row(i, who + words.title(i, 90), exactText(trace.time[i]), { keepTab: true });
    }));
  }

  go(step, text) {
    clearTimeout(this.timer);
    if (text !== this.text) this.run(text);
    if (this.hits.length === 0) return;
    this.at = (this.at + step + this.hits.length) % this.hits.length;
    this.page.selectAndShow(this.hits[this.at], true);
  }
}
