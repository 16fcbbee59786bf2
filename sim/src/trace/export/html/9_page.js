// The page itself: what is selected and seen, and what hands do to it.

const KEYS = [
  ["wheel, W S", "zoom at the cursor (Ctrl: finer, Shift: coarser)"],
  ["drag, A D", "move; two fingers zoom"],
  ["Home", "show everything"],
  ["click", "select an event or a message"],
  ["\u2190 \u2192", "previous, next event on the lane"],
  ["\u2191 \u2193", "the nearest event on the lane above, below"],
  ["F", "focus on what is selected, or on the violation"],
  ["[ ]", "go to the cause, to the first effect"],
  [", .", "previous, next fault"],
  ["V", "go to the violation; again: to the next one"],
  ["P", "fade what is not in the causal past of the selection"],
  ["/, Ctrl+F", "search"],
  ["T", "light or dark"],
  ["wheel over the names", "scroll the lanes"],
  ["Esc", "clear the selection"],
  ["?", "this help"],
];

class Page {
  constructor(data) {
    this.trace = new Trace(data);
    this.words = new Words(this.trace);
    this.view = new TimeView(this.trace.begin, this.trace.end);
    this.selected = -1;
    this.hovered = -1;
    this.scroll = 0;
    this.fadesOthers = true;
    this.frames = [];
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.setTheme(this.dark.matches);
    this.dark.addEventListener("change", () => this.setTheme(this.dark.matches));
    this.diagram = new Diagram(this);
    this.overview = new Overview(this);
    this.panel = new Panel(this);
    this.showHeader();
    this.showNotice();
    this.listen();
    const linked = this.trace.indexOf(Number(location.hash.slice("#event-".length)));
    if (linked >= 0) this.selectAndShow(linked);
  }

  byId(id) { return document.getElementById(id); }

  setTheme(dark) {
    this.theme = dark ? THEMES.dark : THEMES.light;
    document.documentElement.style.colorScheme = dark ? "dark" : "light";
    for (const [name, value] of Object.entries(this.theme)) {
      document.documentElement.style.setProperty("--" + name.replace(/[A-Z]/g, (c) => "-" + c.toLowerCase()), value);
    }
    this.byId("theme").textContent = dark ? "Light" : "Dark";
    this.byId("theme").setAttribute("aria-label", dark ? "Light theme" : "Dark theme");
    if (!this.panel) return;
    this.panel.showFaults();
    this.showHeader();
    this.redraw();
  }

  showHeader() {
    const { trace } = this;
    const scenario = trace.facts.scenario || "trace";
    this.byId("scenario").textContent = oneLine(scenario, 60);
    this.byId("variant").textContent = oneLine(trace.facts.variant || "", 60);
    const seed = trace.facts.seed ? `seed ${oneLine(trace.facts.seed, 30)}` : "";
    this.byId("summary").replaceChildren(seed, element("span", {
      className: "less",
      textContent: `   ${grouped(trace.nodes.length - 1)} nodes   ${durationText(Number(trace.facts.last_time_ns))}   ${grouped(trace.facts.events)} events`,
    }));
    document.title = `${oneLine(scenario, 60)} ${seed} \u2013 Norn`;
    const [text, colour] = this.verdict();
    const verdict = this.byId("verdict");
    verdict.hidden = text === "";
    verdict.textContent = text;
    verdict.style.color = colour;
    verdict.style.background = colour + "24";
    this.byId("violation").disabled = trace.violations.length === 0;
    for (const id of ["previous-fault", "next-fault"]) this.byId(id).disabled = trace.faults.length === 0;
    this.showLegend();
  }

  verdict() {
    const { trace, theme } = this;
    if (trace.violations.length > 0) return ["violation", theme.violation];
    if (!trace.facts.finished) return ["recording cut short", theme.lost];
    if (trace.runEnd < 0) return ["", theme.text];
    return [["passed", theme.good], ["violation", theme.violation], ["stopped at a limit", theme.lost], ["stopped", theme.textDim]][trace.a[trace.runEnd]] || ["", theme.text];
  }

  // What is not in the page is said at its top.
  showNotice() {
    const { facts, earlier, count } = this.trace;
    const shown = count - earlier;
    const parts = [];
    if (facts.wanted > shown) parts.push(`A page has room for ${grouped(shown)} events: these are the last of ${grouped(facts.wanted)}.`);
    if (!facts.whole) parts.push(`Only a part of the trace was exported: ${grouped(facts.wanted)} of ${grouped(facts.events)} events.`);
    if (!facts.finished) parts.push(`The recording was cut short: ${facts.unfinished}.`);
    if (!facts.has_payloads) parts.push("It was recorded without payloads.");
    if (facts.payloads_left_out > 0) parts.push(`The ${grouped(facts.payloads_left_out)} oldest payloads were left out for their size.`);
    if (count === 0) parts.push("There is no event in it.");
    this.byId("notice").textContent = parts.join(" ");
    this.byId("notice").hidden = parts.length === 0;
  }

  showLegend() {
    const { trace, theme } = this;
    const entries = [];
    const add = (text, draw) => {
      const canvas = element("canvas", { width: 48, height: 32 });
      canvas.setAttribute("aria-hidden", "true");
      const g = canvas.getContext("2d");
      g.scale(2, 2);
      const tool = Object.assign(new Diagram(this), { g, theme });
      draw(tool, g);
      entries.push(element("li", {}, canvas, text));
    };
    if (trace.hasRoles) {
      for (const name of ["leader", "candidate", "follower"]) {
        const look = roleLook(theme, name);
        add(name, (tool, g) => {
          g.fillStyle = look.colour;
          g.fillRect(0, 8 - look.thickness / 2, 24, look.thickness);
        });
      }
    }
    add("message", (tool) => {
      tool.line(1, 13, 22, 3, theme.message, 1.5);
      tool.arrowHead(1, 13, 22, 3, theme.message, false);
    });
    if (trace.lost.length) add("lost", (tool) => {
      tool.line(1, 13, 18, 4, theme.lost, 1.7);
      tool.cross(18, 5, 4, theme.lost, 2);
    });
    if (trace.flagsSeen & (HELD | SLOW)) add("late", (tool) => {
      tool.line(1, 13, 22, 3, theme.late, 1.5);
      tool.ring(12, 8, 3.5, theme.late, 1.5, theme.panel);
    });
    if (trace.flagsSeen & DUPLICATE) add("duplicate", (tool) => tool.line(1, 13, 22, 3, theme.duplicate, 1.5, [5, 3]));
    if (trace.faults.some((fault) => fault.isPartition)) add("partition", (tool, g) => {
      g.fillStyle = theme.partitionFill;
      g.fillRect(0, 0, 24, 16);
      tool.line(0, 8, 24, 8, theme.partitionWall, 2.5, [6, 3]);
    });
    if (trace.faults.some((fault) => fault.kind === "hold")) add("hold", (tool, g) => {
      g.fillStyle = theme.holdFill;
      g.fillRect(0, 0, 24, 16);
      for (const x of [1, 23]) tool.line(x, 0, x, 16, theme.holdEdge, 1, [4, 3]);
    });
    if (trace.lanes.some((lane) => lane.lives.some((life) => life.how === "crashed"))) add("node down", (tool, g) => {
      g.fillStyle = theme.downFill;
      g.fillRect(0, 2, 24, 12);
      for (let x = 0; x < 30; x += 6) tool.line(x - 6, 14, x + 6, 2, theme.downHatch, 1.2);
    });
    this.byId("legend").replaceChildren(...entries);
  }

  // ---- selection

  activePast() {
    // A fault comes from the plan: nothing led to it.
    const { kind } = this.trace;
    const isFault = kind[this.selected] === Kind.fault_begin || kind[this.selected] === Kind.fault_end;
    if (this.selected < 0 || !this.fadesOthers || isFault) return null;
    if (!this.past || this.past.event !== this.selected) this.past = this.trace.pastOf(this.selected);
    return this.past;
  }

  select(i) {
    this.selected = i;
    this.panel.showEvent();
    this.panel.markCurrent();
    try {
      history.replaceState(null, "", i < 0 ? "#" : `#event-${this.trace.seq[i]}`);
    } catch {
      // Some places show files without letting them have an address.
    }
    this.redraw();
  }
  selectAndShow(i, keepTab = false) {
    if (i === undefined || i < 0) return;
    if (!keepTab) this.panel.open("event");
    this.view.reveal(this.trace.time[i]);
    const { layout } = this.diagram;
    const node = this.trace.node[i];
    if (layout && node > 0) {
      if (layout.topOf(node) < layout.top) this.scroll -= layout.top - layout.topOf(node);
      const below = layout.topOf(node) + layout.row - layout.top - layout.height;
      if (below > 0) this.scroll += below;
    }
    this.select(i);
  }

  goToViolation() {
    const { violations } = this.trace;
    if (violations.length) this.selectAndShow(violations[(violations.indexOf(this.selected) + 1) % violations.length]);
  }
  stepFault(step) {
    const { faults } = this.trace;
    const at = lowerBound(faults.length, this.selected, (k) => faults[k].begin, step > 0);
    const fault = faults[step > 0 ? at : at - 1];
    if (fault) this.selectAndShow(fault.begin, this.panel.current === "faults");
  }
  stepOnLane(step) {
    const { trace } = this;
    if (this.selected < 0) return this.selectFirstInView();
    const { events } = trace.lanes[trace.node[this.selected]];
    const at = lowerBound(events.length, this.selected, (k) => events[k], step > 0);
    return this.selectAndShow(events[step > 0 ? at : at - 1]);
  }
  stepLane(step) {
    const { trace } = this;
    if (this.selected < 0) return this.selectFirstInView();
    for (let node = trace.node[this.selected] + step; node >= 1 && node < trace.lanes.length; node += step) {
      const { events } = trace.lanes[node];
      if (events.length) return this.selectAndShow(events[nearest(trace, events, trace.time[this.selected])]);
    }
    return undefined;
  }
  selectFirstInView() {
    const { trace } = this;
    for (let i = Math.max(trace.earlier, trace.firstAt(this.view.begin)); i < trace.count; i++) {
      if (trace.node[i] > 0 && trace.kind[i] !== Kind.drop) return this.selectAndShow(i);
    }
    return undefined;
  }
  // A message fills a fifth of the width; an event alone is shown with what is near.
  focus() {
    const { trace } = this;
    if (this.selected < 0) {
      if (trace.violations.length === 0) return;
      this.selectAndShow(trace.violations[0]);
    }
    const m = trace.messageOf.get(this.selected);
    const first = m ? trace.time[m.send] : trace.time[this.selected];
    const last = m ? messageEnd(trace, m) : first;
    const around = Math.max((last - first) * 2, trace.typical * 8, 1000);
    this.view.show(first - around, last + around);
    this.redraw();
  }

  // ---- drawing

  redraw() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      const begin = performance.now();
      this.draw();
      this.frames.push(performance.now() - begin);
      if (this.frames.length > 1000) this.frames.shift();
    });
  }

  draw() {
    const context = (canvas) => {
      const scale = devicePixelRatio || 1;
      const { clientWidth: width, clientHeight: height } = canvas;
      if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
        canvas.width = Math.round(width * scale);
        canvas.height = Math.round(height * scale);
      }
      const g = canvas.getContext("2d");
      g.setTransform(scale, 0, 0, scale, 0, 0);
      return [g, width, height];
    };
    this.diagram.draw(...context(this.byId("diagram")));
    this.overview.draw(...context(this.byId("overview")), this.diagram.left);
    const { visible } = this.diagram;
    const bundles = visible.bundles.length ? ` in ${grouped(visible.bundles.length)} bundles` : "";
    const hidden = visible.hidden ? `, ${grouped(visible.hidden)} not drawn` : "";
    this.byId("shown").textContent = `${durationText(this.view.span)} shown,  ${grouped(visible.total)} messages${bundles}${hidden}`;
  }

  // ---- hands

  listen() {
    new ResizeObserver(() => this.redraw()).observe(this.byId("picture"));
    this.overview.listen(this.byId("overview"));
    const click = (id, act) => this.byId(id).addEventListener("click", act);
    click("violation", () => this.goToViolation());
    click("previous-fault", () => this.stepFault(-1));
    click("next-fault", () => this.stepFault(1));
    click("zoom-in", () => this.zoom(0.6));
    click("zoom-out", () => this.zoom(1 / 0.6));
    click("show-all", () => this.press("Home"));
    click("focus", () => this.focus());
    click("past", () => this.press("p"));
    click("theme", () => this.press("t"));
    click("help-button", () => this.press("?"));
    click("help-close", () => this.byId("help").close());
    this.byId("keys").replaceChildren(...KEYS.map(([keys, what]) =>
      element("tr", {}, element("th", { scope: "row", textContent: keys }), element("td", { textContent: what }))));
    document.addEventListener("keydown", (event) => this.onKey(event));
    new Hands(this, this.byId("diagram"));
  }

  zoom(factor) {
    const selected = this.selected >= 0 ? this.view.fraction(this.trace.time[this.selected]) : -1;
    this.view.zoom(factor, this.cursor ?? (selected >= 0 && selected <= 1 ? selected : 0.5));
    this.redraw();
  }

  onKey(event) {
    if (event.target instanceof HTMLInputElement || this.byId("help").open || event.altKey || event.metaKey) return;
    const search = event.key === "/" || (event.ctrlKey && event.key.toLowerCase() === "f");
    if (event.ctrlKey && !search && !"wasd".includes(event.key.toLowerCase())) return;
    if (this.press(search ? "/" : event.key, event)) event.preventDefault();
  }

  press(key, { shiftKey = false, ctrlKey = false } = {}) {
    const zoom = ctrlKey ? 0.95 : shiftKey ? 0.5 : 0.8;
    const pan = ctrlKey ? 0.0375 : shiftKey ? 0.6 : 0.15;
    const acts = {
      w: () => this.zoom(zoom), s: () => this.zoom(1 / zoom),
      a: () => this.view.pan(-pan), d: () => this.view.pan(pan),
      home: () => this.view.showAll(), f: () => this.focus(), v: () => this.goToViolation(),
      arrowleft: () => this.stepOnLane(-1), arrowright: () => this.stepOnLane(1),
      arrowup: () => this.stepLane(-1), arrowdown: () => this.stepLane(1),
      "[": () => this.selected >= 0 && this.selectAndShow(this.trace.cause[this.selected]),
      "]": () => this.selected >= 0 && this.selectAndShow(this.trace.effectsOf(this.selected)[0]),
      ",": () => this.stepFault(-1), ".": () => this.stepFault(1),
      p: () => {
        this.fadesOthers = !this.fadesOthers;
        this.byId("past").setAttribute("aria-pressed", String(this.fadesOthers));
      },
      t: () => this.setTheme(!this.theme.dark),
      "/": () => {
        this.panel.open("search");
        this.byId("words").focus();
        this.byId("words").select();
      },
      "?": () => this.byId("help").showModal(),
      escape: () => this.select(-1),
    };
    const act = acts[key.toLowerCase()];
    if (!act) return false;
    this.byId("tip").hidden = true;
    act();
    this.redraw();
    return true;
  }
}

// For tests and for the curious.
const page = new Page(JSON.parse(document.getElementById("data").textContent));
globalThis.nornPage = page;
