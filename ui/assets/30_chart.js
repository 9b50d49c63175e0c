/* Volume (errors stacked) and latency over time, side by side; drag over either to zoom into a time. */
"use strict";

(() => {
  const gw = window.groundwire;
  const HEIGHT = 64;
  const AXIS = 16;
  const LEFT = 44;

  const niceTop = (value) => {
    if (value <= 0) return 1;
    const unit = 10 ** Math.floor(Math.log10(value));
    return [1, 2, 2.5, 5, 10].map((m) => m * unit).find((top) => top >= value);
  };

  class Chart {
    constructor(root) {
      this.root = root;
      this.tip = gw.h("div", { class: "gw-tip", role: "tooltip", hidden: true });
      this.panels = ["volume", "latency"].map((kind) => ({ kind, frame: gw.h("figure", { class: `gw-chart-panel gw-chart-${kind}` }) }));
      root.replaceChildren(...this.panels.map((panel) => panel.frame), this.tip);
      gw.view.onChange((changed) => {
        if (["q", "filter", "range", "from", "to", "project"].some((key) => changed.has(key))) this.load();
        else if (changed.has("problem") && !gw.view.problem && this.problem) this.load();
      });
      const size = new ResizeObserver(() => this.draw());
      size.observe(root);
      gw.onLeave(() => size.disconnect());
      gw.every(10000, () => gw.view.query.live === "1" && !document.hidden && this.load());
      this.draw();
      this.load();
    }

    async load() {
      if (this.abort) this.abort.abort();
      this.abort = new AbortController();
      this.root.setAttribute("aria-busy", "true");
      try {
        this.data = await gw.ask("histogram", { ...gw.view.question(), buckets: gw.BUCKETS }, this.abort.signal);
        this.problem = null;
      } catch (problem) {
        if (problem.name === "AbortError") return;
        this.data = null;
        this.problem = problem;
      }
      this.root.removeAttribute("aria-busy");
      if (this.root.isConnected) this.draw();
    }

    draw() {
      for (const panel of this.panels) {
        const width = panel.frame.clientWidth;
        if (width) panel.frame.replaceChildren(this.head(panel.kind), this.plot(panel.kind, width));
      }
    }

    head(kind) {
      const buckets = this.data ? this.data.buckets : [];
      const sum = (key) => buckets.reduce((total, b) => total + (b[key] || 0), 0);
      const key = (look, text) => gw.h("span", { class: "gw-key" }, gw.h("i", { class: `gw-key-${look}` }), text);
      if (kind === "volume") {
        const zoom = gw.view.query.from
          ? gw.h("button", { class: "gw-link", type: "button", onclick: () => this.zoomOut() }, "Zoom out") : null;
        return gw.h("figcaption", {}, gw.h("b", {}, "Traces"), this.data ? gw.count(sum("traces")) : "",
          this.data ? key("error", `${gw.count(sum("errors"))} ${sum("errors") === 1 ? "error" : "errors"}`) : null, zoom);
      }
      return gw.h("figcaption", {}, gw.h("b", {}, "Latency"), key("p50", "p50"), key("p95", "p95"));
    }

    plot(kind, width) {
      const svg = gw.h("svg", { width, height: HEIGHT + AXIS, class: "gw-plot", role: "img",
        "aria-label": kind === "volume" ? "Traces and errors over time" : "Latency p50 and p95 over time" });
      const inner = width - LEFT - 6;
      if (!this.data) {
        svg.append(gw.h("line", { x1: LEFT, x2: width - 6, y1: HEIGHT, y2: HEIGHT, class: "gw-axis-line" }));
        if (this.problem) svg.append(gw.h("text", { x: LEFT + 8, y: HEIGHT / 2, class: "gw-axis" }, "Not available"));
        return svg;
      }
      const { start, end, buckets } = this.data;
      const x = (time) => LEFT + ((time - start) / (end - start)) * inner;
      const step = inner / buckets.length;
      const top = niceTop(Math.max(...buckets.map((b) => (kind === "volume" ? b.traces : b.p95 || 0))));
      const y = (value) => HEIGHT - (value / top) * (HEIGHT - 6);
      this.axes(svg, width, top, kind, x);
      if (kind === "volume") this.bars(svg, buckets, step, y);
      else this.lines(svg, buckets, step, y);
      this.brush(svg, { x, inner, step, kind });
      return svg;
    }

    axes(svg, width, top, kind, x) {
      const text = kind === "volume" ? gw.short : (s) => gw.seconds(s).replace(/\.0+ /, " ").replace(/(\.\d*?)0+ /, "$1 ");
      for (const part of [0, 0.5, 1]) {
        const y = HEIGHT - part * (HEIGHT - 6);
        svg.append(gw.h("line", { x1: LEFT, x2: width - 6, y1: y, y2: y, class: part ? "gw-grid-line" : "gw-axis-line" }));
        if (part === 1 || (part === 0.5 && !(kind === "volume" && top < 2)))
          svg.append(gw.h("text", { x: LEFT - 5, y: y + 3.5, class: "gw-axis gw-axis-y" }, text(top * part)));
      }
      const { start, end } = this.data;
      const labels = Math.max(2, Math.floor((width - LEFT) / 110));
      for (let i = 0; i <= labels; i += 1) {
        const time = start + ((end - start) * i) / labels;
        const anchor = i === 0 ? "start" : i === labels ? "end" : "middle";
        svg.append(gw.h("text", { x: x(time), y: HEIGHT + 12, class: "gw-axis", "text-anchor": anchor }, gw.axisTime(time, end - start)));
      }
    }

    bars(svg, buckets, step, y) {
      const gap = step > 5 ? 1 : 0.4;
      buckets.forEach((bucket, i) => {
        if (!bucket.traces) return;
        const at = { x: LEFT + i * step, width: Math.max(0.6, step - gap) };
        const top = Math.min(y(bucket.traces), HEIGHT - 1.5);
        svg.append(gw.h("rect", { ...at, y: top, height: HEIGHT - top, class: "gw-bar-ok", rx: 1 }));
        if (!bucket.errors) return;
        const error = Math.max(2, HEIGHT - y(bucket.errors));
        svg.append(gw.h("rect", { ...at, y: HEIGHT - error, height: error, class: "gw-bar-error", rx: 1 }));
      });
    }

    lines(svg, buckets, step, y) {
      for (const key of ["p95", "p50"]) {
        let run = [];
        const flush = () => {
          if (run.length > 1) svg.append(gw.h("polyline", { points: run.map((p) => p.join(",")).join(" "), class: `gw-line-${key}` }));
          else if (run.length) svg.append(gw.h("circle", { cx: run[0][0], cy: run[0][1], r: 2, class: `gw-dot-${key}` }));
          run = [];
        };
        buckets.forEach((bucket, i) => {
          if (bucket[key] === null) flush();
          else run.push([LEFT + (i + 0.5) * step, y(bucket[key])]);
        });
        flush();
      }
    }

    brush(svg, { inner, step }) {
      const area = gw.h("rect", { x: LEFT, y: 0, width: inner, height: HEIGHT, class: "gw-brush-area" });
      const chosen = gw.h("rect", { y: 0, height: HEIGHT, width: 0, class: "gw-brush" });
      svg.append(chosen, area);
      const { start, end, buckets } = this.data;
      const timeAt = (x) => start + (Math.min(Math.max(x - LEFT, 0), inner) / inner) * (end - start);
      let from = null;
      const at = (event) => event.clientX - svg.getBoundingClientRect().left;
      area.addEventListener("pointerdown", (event) => {
        from = at(event);
        area.setPointerCapture(event.pointerId);
        this.tip.hidden = true;
      });
      area.addEventListener("pointermove", (event) => {
        const x = at(event);
        if (from === null) {
          this.showTip(buckets[Math.min(buckets.length - 1, Math.max(0, Math.floor((x - LEFT) / step)))], event);
          return;
        }
        const [left, right] = [Math.max(LEFT, Math.min(from, x)), Math.min(LEFT + inner, Math.max(from, x))];
        chosen.setAttribute("x", left);
        chosen.setAttribute("width", Math.max(0, right - left));
      });
      area.addEventListener("pointerup", (event) => {
        const [left, right] = [Math.min(from, at(event)), Math.max(from, at(event))];
        from = null;
        chosen.setAttribute("width", 0);
        if (right - left > 4) this.zoom(timeAt(left), timeAt(right));
      });
      area.addEventListener("pointerleave", () => {
        this.tip.hidden = true;
      });
    }

    zoom(from, to) {
      if (!gw.view.query.from) this.before = gw.view.query.range || "24h";
      const text = (ms) => new Date(Math.round(ms)).toISOString();
      gw.view.set({ from: text(from), to: text(Math.max(to, from + 1000)), range: "" });
    }

    zoomOut() {
      gw.view.set({ from: "", to: "", range: this.before || "24h" });
    }

    showTip(bucket, event) {
      if (!bucket) return;
      const step = this.data.buckets.length > 1 ? this.data.buckets[1].time - this.data.buckets[0].time : 0;
      const row = (name, value) => gw.h("div", { class: "gw-tip-row" }, gw.h("span", {}, name), gw.h("b", {}, value));
      this.tip.replaceChildren(
        gw.h("div", { class: "gw-tip-time" }, `${gw.shortTime(bucket.time)} – ${gw.shortTime(bucket.time + step)}`),
        row("Traces", gw.count(bucket.traces)), row("Errors", gw.count(bucket.errors)),
        row("p50", gw.seconds(bucket.p50)), row("p95", gw.seconds(bucket.p95)),
        row("Tokens", gw.short(bucket.tokens)), row("Cost", gw.cost(bucket.cost)),
      );
      this.tip.hidden = false;
      const box = this.root.getBoundingClientRect();
      const x = event.clientX - box.left;
      this.tip.style.left = `${x > box.width - 190 ? x - 176 : x + 14}px`;
    }
  }

  gw.startChart = () => new Chart(document.getElementById("traces-chart"));
})();
