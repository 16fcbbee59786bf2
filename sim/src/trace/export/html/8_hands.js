// Wheel, mouse and fingers on the diagram.
class Hands {
  constructor(page, canvas) {
    Object.assign(this, { page, canvas, pointers: new Map(), moved: 0 });
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.up(event));
    canvas.addEventListener("pointercancel", (event) => this.pointers.delete(event.pointerId));
    canvas.addEventListener("pointerleave", () => this.leave());
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }
  fraction(x) {
    const { left, right } = this.page.diagram;
    return Math.min(1, Math.max(0, (x - left) / (right - left)));
  }

  wheel(event) {
    event.preventDefault();
    const { page } = this;
    page.byId("tip").hidden = true;
    const { x } = this.at(event);
    const steps = Math.max(-3, Math.min(3, -event.deltaY / (event.deltaMode === 0 ? 100 : 3)));
    if (x < page.diagram.left) {
      page.scroll -= steps * 40;
    } else {
      if (event.deltaX) page.view.pan(event.deltaX / 1000);
      const factor = event.ctrlKey ? 0.95 : event.shiftKey ? 0.5 : 0.8;
      page.view.zoom(factor ** steps, this.fraction(x));
    }
    page.redraw();
  }

  down(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.at(event));
    if (this.pointers.size === 1) this.moved = 0;
  }

  move(event) {
    const before = this.pointers.get(event.pointerId);
    const now = this.at(event);
    if (!before) return this.hover(event, now);
    const { page } = this;
    const { left, right } = page.diagram;
    if (this.pointers.size === 2) {
      const other = [...this.pointers].find(([id]) => id !== event.pointerId)[1];
      const spread = (point) => Math.max(20, Math.abs(point.x - other.x));
      page.view.zoom(spread(before) / spread(now), this.fraction((now.x + other.x) / 2));
      this.moved = 100;
    } else {
      this.moved += Math.abs(now.x - before.x) + Math.abs(now.y - before.y);
      if (this.moved > 4) {
        page.view.pan((before.x - now.x) / (right - left));
        page.scroll += before.y - now.y;
        this.canvas.classList.add("moving");
        page.byId("tip").hidden = true;
      }
    }
    this.pointers.set(event.pointerId, now);
    return page.redraw();
  }

  up(event) {
    const { page } = this;
    this.pointers.delete(event.pointerId);
    this.canvas.classList.remove("moving");
    if (this.moved > 4 || event.button > 0) return;
    const { x, y } = this.at(event);
    const found = page.diagram.eventAt(x, y);
    if (found >= 0) page.panel.open("event");
    page.select(found);
    if (y >= page.diagram.verdictTop && found >= 0) page.selectAndShow(found);
  }

  hover(event, { x, y }) {
    const { page } = this;
    page.cursor = x >= page.diagram.left ? this.fraction(x) : undefined;
    const found = page.diagram.layout ? page.diagram.eventAt(x, y) : -1;
    const tip = page.byId("tip");
    tip.hidden = found < 0 || event.pointerType === "touch";
    if (found >= 0) {
      const { trace, words } = page;
      const who = trace.node[found] > 0 ? `${words.node(trace.node[found])}: ` : "";
      tip.textContent = `${exactText(trace.time[found])}  ${who}${words.title(found, 100)}`;
      const { offsetTop, clientWidth } = this.canvas;
      tip.style.left = `${Math.min(x + 14, Math.max(0, clientWidth - tip.offsetWidth - 6))}px`;
      tip.style.top = `${offsetTop + y + (y > this.canvas.clientHeight - 60 ? -34 : 16)}px`;
    }
    if (found === page.hovered) return;
    page.hovered = found;
    page.redraw();
  }

  leave() {
    const { page } = this;
    page.byId("tip").hidden = true;
    page.cursor = undefined;
    if (page.hovered < 0) return;
    page.hovered = -1;
    page.redraw();
  }
}
