/* The tree of a trace with its waterfall. Only the rows in sight are in the page, so 30,000 spans scroll like 30. */
"use strict";

(() => {
  const gw = window.groundwire;
  const ROW = 26;
  const SPARE = 8;
  const INDENT = 14;
  const MOST_INDENT = 14;
  const LABEL_ROOM = 74;

  class Waterfall {
    /** `choose(row)` is told of the chosen row. */
    constructor(root, spans, choose) {
      this.root = root;
      this.spans = spans;
      this.tellChosen = choose;
      this.critical = new Map();
      for (const [row, start, length] of spans.critical) {
        if (!this.critical.has(row)) this.critical.set(row, []);
        this.critical.get(row).push([start, length]);
      }
      this.orphans = new Set(spans.orphan);
      this.folded = new Set();
      this.hits = null;
      this.chosen = -1;
      this.from = 0;
      this.until = Math.max(1, spans.length);
      this.hasChildren = new Uint8Array(spans.count);
      spans.parent.forEach((parent) => parent >= 0 && (this.hasChildren[parent] = 1));
      this.build();
      this.reflow();
    }

    get(column, row) {
      return this.spans[column] ? this.spans[column][row] : undefined;
    }

    build() {
      this.search = gw.h("input", { type: "search", class: "gw-input", id: "trace-search", placeholder: "Find in this trace", "aria-label": "Find in this trace", oninput: gw.later(80, () => this.find()), onkeydown: (event) => this.searchKey(event) });
      this.found = gw.h("span", { class: "gw-dim gw-found", role: "status" });
      const button = (label, title, work) => gw.h("button", { class: "gw-link", type: "button", title, onclick: work }, label);
      this.path = gw.h("button", { class: "gw-chip gw-chip-path", type: "button", "aria-pressed": "false", title: "The spans that decide when the trace ends", onclick: () => this.togglePath() }, "Critical path");
      this.zoomer = button("Zoom", "Fit the time axis to the chosen span, or to all (z)", () => this.zoom());
      const bar = gw.h("div", { class: "gw-waterfall-bar" },
        gw.h("div", { class: "gw-search" }, gw.icon("search"), this.search), this.found, gw.h("span", { class: "gw-space" }), this.path,
        this.zoomer, button("Fold", "Fold everything under the top", () => this.foldAll()), button("Unfold", "Unfold everything", () => this.unfoldAll()));
      this.axis = gw.h("div", { class: "gw-axis-row" });
      this.sizer = gw.h("div", { class: "gw-rows-sizer" });
      this.rows = gw.h("div", { class: "gw-rows" });
      this.view = gw.h("div", { class: "gw-rows-view", tabindex: 0, role: "tree", id: "span-tree", "aria-label": "Spans of the trace" }, this.sizer, this.rows);
      this.view.addEventListener("scroll", () => this.ask(), { passive: true });
      this.view.addEventListener("keydown", (event) => this.key(event));
      this.rows.addEventListener("click", (event) => this.click(event));
      this.root.replaceChildren(bar, this.axis, this.view);
      const size = new ResizeObserver(() => this.draw());
      size.observe(this.view);
      gw.onLeave(() => size.disconnect());
    }

    /* ---- which rows there are ---- */

    /** Work out the rows that no folded span hides. */
    reflow() {
      const { parent, count } = this.spans;
      const hidden = new Uint8Array(count);
      this.shown = [];
      for (let row = 0; row < count; row += 1) {
        const up = parent[row];
        hidden[row] = up >= 0 && (hidden[up] || this.folded.has(up)) ? 1 : 0;
        if (!hidden[row]) this.shown.push(row);
      }
      this.place = new Map(this.shown.map((row, place) => [row, place]));
      this.sizer.style.height = `${this.shown.length * ROW}px`;
      this.draw();
    }

    fold(row, folded) {
      if (!this.hasChildren[row]) return;
      if (folded) this.folded.add(row);
      else this.folded.delete(row);
      this.reflow();
    }

    foldAll() {
      for (let row = 0; row < this.spans.count; row += 1) if (this.hasChildren[row] && this.spans.depth[row] > 0) this.folded.add(row);
      this.reflow();
    }

    unfoldAll() {
      this.folded.clear();
      this.reflow();
    }

    /** Unfold everything above a row. */
    reveal(row) {
      let changed = false;
      for (let up = this.spans.parent[row]; up >= 0; up = this.spans.parent[up]) changed = this.folded.delete(up) || changed;
      if (changed) this.reflow();
      const place = this.place.get(row);
      const { scrollTop, clientHeight } = this.view;
      if (place * ROW < scrollTop + ROW) this.view.scrollTop = Math.max(0, place * ROW - ROW * 2);
      else if ((place + 2) * ROW > scrollTop + clientHeight) this.view.scrollTop = (place + 3) * ROW - clientHeight;
    }

    togglePath() {
      const on = this.root.classList.toggle("gw-path-on");
      this.path.setAttribute("aria-pressed", String(on));
    }

    /** Fit the time axis to the chosen span; once more, to the whole trace. */
    zoom() {
      const whole = Math.max(1, this.spans.length);
      const isZoomed = this.from > 0 || this.until < whole;
      const start = this.chosen >= 0 ? this.spans.start[this.chosen] : 0;
      const length = this.chosen >= 0 ? this.get("duration", this.chosen) || 1 : whole;
      this.setTimes(isZoomed ? 0 : start, isZoomed ? whole : start + length);
    }

    setTimes(from, until) {
      [this.from, this.until] = [Math.max(0, from), Math.max(from + 1, until)];
      this.zoomer.textContent = this.from > 0 || this.until < this.spans.length ? "Whole trace" : "Zoom";
      this.drawnWidth = 0;
      this.draw();
    }

    /** Drag over the axis to look at a part of the time. */
    startBrush() {
      const chosen = gw.h("i", { class: "gw-axis-brush" });
      const time = this.axis.querySelector(".gw-axis-time");
      const at = (event) => Math.min(this.timeWidth, Math.max(0, event.clientX - time.getBoundingClientRect().left));
      let begin = null;
      time.append(chosen);
      time.onpointerdown = (event) => {
        begin = at(event);
        time.setPointerCapture(event.pointerId);
      };
      time.onpointermove = (event) => {
        if (begin === null) return;
        chosen.style.left = `${Math.min(begin, at(event))}px`;
        chosen.style.width = `${Math.abs(at(event) - begin)}px`;
      };
      time.onpointerup = (event) => {
        const [left, right] = [Math.min(begin, at(event)), Math.max(begin, at(event))];
        const scale = (this.until - this.from) / this.timeWidth;
        begin = null;
        chosen.style.width = 0;
        if (right - left > 4) this.setTimes(this.from + left * scale, this.from + right * scale);
      };
    }

    x(time) {
      return ((time - this.from) / (this.until - this.from)) * this.timeWidth;
    }

    /* ---- drawing ---- */

    ask() {
      if (this.asked) return;
      this.asked = true;
      requestAnimationFrame(() => {
        this.asked = false;
        this.draw();
      });
    }

    draw() {
      const height = this.view.clientHeight;
      if (!height || !this.shown) return;
      const first = Math.max(0, Math.floor(this.view.scrollTop / ROW) - SPARE);
      const last = Math.min(this.shown.length, Math.ceil((this.view.scrollTop + height) / ROW) + SPARE);
      this.drawAxis();
      this.rows.style.transform = `translateY(${first * ROW}px)`;
      this.rows.replaceChildren(...this.shown.slice(first, last).map((row) => this.drawRow(row)));
    }

    drawAxis() {
      const width = this.view.clientWidth;
      this.timeWidth = Math.max(60, width * (1 - this.treeShare()) - LABEL_ROOM);
      if (this.drawnWidth === width) return;
      this.drawnWidth = width;
      this.root.style.setProperty("--gw-tree", `${this.treeShare() * 100}%`);
      const ticks = Math.max(2, Math.floor(this.timeWidth / 96));
      const marks = [];
      for (let i = 0; i <= ticks; i += 1)
        marks.push(gw.h("span", { class: "gw-tick", style: `left:${(this.timeWidth * i) / ticks}px` }, this.tick(this.from + ((this.until - this.from) * i) / ticks)));
      const many = this.spans.count === 1 ? "1 span" : `${gw.count(this.spans.count)} spans`;
      this.axis.replaceChildren(gw.h("div", { class: "gw-axis-tree" }, many), gw.h("div", { class: "gw-axis-time", title: "Drag to zoom" }, ...marks));
      this.startBrush();
    }

    tick(time) {
      return time ? gw.duration(time) : "0";
    }

    treeShare() {
      return this.view.clientWidth < 620 ? 0.5 : 0.44;
    }

    drawRow(row) {
      const depth = Math.min(this.spans.depth[row], MOST_INDENT);
      const classes = ["gw-row"];
      if (row === this.chosen) classes.push("gw-row-chosen");
      if (this.critical.has(row)) classes.push("gw-row-critical");
      if (this.hits && !this.hits.has(row)) classes.push("gw-row-off");
      if (this.get("status", row) === "error") classes.push("gw-row-error");
      return gw.h("div", { class: classes.join(" "), role: "treeitem", id: `span-row-${row}`, "data-row": row, "aria-level": this.spans.depth[row] + 1, "aria-selected": String(row === this.chosen), "aria-expanded": this.hasChildren[row] ? String(!this.folded.has(row)) : null },
        gw.h("div", { class: "gw-row-tree", style: `padding-left:${6 + depth * INDENT}px` }, this.twisty(row), ...this.label(row)),
        gw.h("div", { class: "gw-row-time" }, ...this.bar(row)));
    }

    twisty(row) {
      if (!this.hasChildren[row]) return gw.h("span", { class: "gw-twisty" });
      return gw.h("span", { class: `gw-twisty gw-twisty-${this.folded.has(row) ? "closed" : "open"}`, "data-fold-row": row });
    }

    label(row) {
      const subject = ["model", "tool", "agent", "engine"].map((column) => this.get(column, row)).find(Boolean) || "";
      const name = this.spans.name[row] || "(unnamed)";
      const title = `${name}${subject ? `\n${subject}` : ""}\n${this.get("service", row) || ""}${this.orphans.has(row) ? "\nIts parent has not come" : ""}`;
      return [
        gw.h("i", { class: `gw-op gw-op-${(this.get("operation", row) || "none").replace(/[^a-z_]/g, "")}`, title: this.get("operation", row) || this.get("kind", row) || "" }),
        gw.h("span", { class: "gw-row-name", title }, name),
        subject && !name.includes(subject) ? gw.h("span", { class: "gw-row-subject" }, subject) : null,
        ...this.marks(row),
      ];
    }

    marks(row) {
      const mark = (text, title, kind) => gw.h("span", { class: `gw-mark gw-mark-${kind}`, title }, text);
      const verdict = this.get("verdict", row);
      return [
        this.get("status", row) === "error" ? mark("!", `${this.get("error", row) || "error"}\n${this.get("error_message", row) || ""}`, "error") : null,
        ["fail", "modified"].includes(verdict) ? mark("G", `Guardrail ${this.get("guardrail", row) || ""}: ${verdict}`, "error") : null,
        this.get("cache_hit", row) ? mark("C", "Cache hit", "good") : null,
        this.get("fallback", row) ? mark("F", "Fallback", "warn") : null,
        this.get("retries", row) ? mark("R", `Retry ${this.get("retries", row)}`, "warn") : null,
        this.get("documents", row) ? mark(`${this.get("documents", row)} ${this.get("documents", row) === 1 ? "doc" : "docs"}`, "Documents retrieved", "plain") : null,
      ];
    }

    bar(row) {
      const start = this.spans.start[row];
      const left = this.x(start);
      const width = Math.max(2, this.x(start + (this.get("duration", row) || 0)) - left);
      const operation = (this.get("operation", row) || "none").replace(/[^a-z_]/g, "");
      const bar = gw.h("span", { class: `gw-span-bar gw-op-${operation}`, style: `left:${left}px;width:${width}px` }, ...this.segments(row, width));
      const end = left + width;
      const beside = end < 0 ? 2 : Math.min(end, this.timeWidth) + 5;
      const label = gw.h("span", { class: "gw-span-duration", style: `left:${beside}px` }, gw.duration(this.get("duration", row) || 0));
      return [bar, ...this.waits(row), label];
    }

    /** Where the trace waited for this span itself. */
    waits(row) {
      return (this.critical.get(row) || []).map(([start, length]) =>
        gw.h("i", { class: "gw-wait", title: `On the critical path for ${gw.duration(length)}`, style: `left:${this.x(start)}px;width:${Math.max(1, this.x(start + length) - this.x(start))}px` }));
    }

    /** Queue, prefill and decode inside the bar, or where the first token came. */
    segments(row, width) {
      const whole = (this.get("duration", row) || 0) / 1e9;
      if (!whole || width < 8) return [];
      const parts = ["queue", "prefill", "decode"].map((name) => [name, this.get(name, row)]).filter(([, s]) => s);
      if (!parts.length) {
        const first = this.get("ttft", row);
        return first && first < whole ? [gw.h("i", { class: "gw-first-token", title: `First token after ${gw.seconds(first)}`, style: `left:${(first / whole) * 100}%` })] : [];
      }
      const known = parts.reduce((sum, [, s]) => sum + s, 0);
      const scale = Math.min(1, whole / known) / whole;
      let at = 0;
      return parts.map(([name, s]) => {
        const piece = gw.h("i", { class: `gw-segment gw-slice-${name}`, title: `${name} ${gw.seconds(s)}`, style: `left:${at * 100}%;width:${s * scale * 100}%` });
        at += s * scale;
        return piece;
      });
    }

    /* ---- choosing, finding, keys ---- */

    choose(row, { tell = true } = {}) {
      this.chosen = row;
      this.reveal(row);
      this.view.setAttribute("aria-activedescendant", `span-row-${row}`);
      this.draw();
      if (tell) this.tellChosen(row);
    }

    rowOf(spanId) {
      return this.spans.id.indexOf(spanId);
    }

    step(steps) {
      const place = this.place.has(this.chosen) ? this.place.get(this.chosen) : -1;
      this.choose(this.shown[Math.min(this.shown.length - 1, Math.max(0, place + steps))]);
    }

    click(event) {
      const twisty = event.target.closest("[data-fold-row]");
      if (twisty) {
        const row = Number(twisty.dataset.foldRow);
        this.fold(row, !this.folded.has(row));
        return;
      }
      const row = event.target.closest("[data-row]");
      if (row) this.choose(Number(row.dataset.row));
    }

    key(event) {
      const page = Math.max(1, Math.floor(this.view.clientHeight / ROW) - 1);
      const work = {
        ArrowDown: () => this.step(1),
        ArrowUp: () => this.step(-1),
        PageDown: () => this.step(page),
        PageUp: () => this.step(-page),
        Home: () => this.choose(this.shown[0]),
        End: () => this.choose(this.shown[this.shown.length - 1]),
        ArrowRight: () => (this.folded.has(this.chosen) ? this.fold(this.chosen, false) : this.hasChildren[this.chosen] && this.step(1)),
        ArrowLeft: () => (this.hasChildren[this.chosen] && !this.folded.has(this.chosen) ? this.fold(this.chosen, true) : this.spans.parent[this.chosen] >= 0 && this.choose(this.spans.parent[this.chosen])),
      }[event.key];
      if (!work || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      work();
    }

    find() {
      const words = this.search.value.trim().toLowerCase();
      if (words === this.words) return;
      this.words = words;
      this.hits = null;
      this.order = null;
      this.found.textContent = "";
      if (words) {
        const columns = ["name", "model", "tool", "agent", "service", "operation", "error", "error_message", "id", "guardrail"];
        const hits = [];
        for (let row = 0; row < this.spans.count; row += 1)
          if (columns.some((column) => String(this.get(column, row) || "").toLowerCase().includes(words))) hits.push(row);
        this.hits = new Set(hits);
        this.order = hits;
        this.hit = -1;
        this.found.textContent = hits.length ? `${gw.count(hits.length)} found` : "none found";
      }
      this.draw();
    }

    searchKey(event) {
      if (event.key === "Escape") {
        this.search.value = "";
        this.find();
        this.view.focus();
      }
      if (event.key !== "Enter") return;
      this.find(); // the words may be newer than the last look
      if (!this.order || !this.order.length) return;
      this.hit = (this.hit + (event.shiftKey ? this.order.length - 1 : 1)) % this.order.length;
      this.found.textContent = `${this.hit + 1} of ${gw.count(this.order.length)}`;
      this.choose(this.order[this.hit]);
    }
  }

  gw.Waterfall = Waterfall;
})();
