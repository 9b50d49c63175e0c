/* What pages about quality draw of figures with intervals: a value as a bar with whiskers, and over time with a band. */
"use strict";

(() => {
  const gw = window.groundwire;
  const HEIGHT = 150;
  const AXIS = 18;
  const LEFT = 48;
  const plots = {};

  plots.FEW = 10; // with fewer votes the interval says next to nothing

  /* ---- figures; a unit is "share", or else a plain number ---- */

  plots.figure = (unit, value) => (value === null || value === undefined ? "–" : unit === "share" ? gw.percent(value) : gw.scoreNumber(value));
  plots.interval = (unit, { low, high }) => (low === null || low === undefined ? "no interval" : `${plots.figure(unit, low)} to ${plots.figure(unit, high)}`);
  /** A difference with its sign; of shares, in percentage points. */
  plots.signed = (unit, value) => {
    const text = unit === "share" ? `${(Math.abs(value) * 100).toFixed(1)}\u2009pp` : gw.scoreNumber(Math.abs(value));
    return `${value < 0 ? "−" : "+"}${text}`;
  };

  /** Round numbers around some ends, four steps of them. */
  plots.round = (low, high) => {
    const rough = (high - low || Math.abs(high) || 1) / 4;
    const unitOf = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].map((m) => m * unitOf).find((one) => one >= rough);
    return [Math.floor(low / step) * step, Math.ceil(high / step + 1e-9) * step];
  };
  /** The ends of an axis: the whole of a share, else round numbers around the values and those intervals that tell something. */
  plots.axisOf = (unit, parts, zero) => {
    if (unit === "share") return [0, 1];
    const ends = parts.filter(({ n }) => n).flatMap(({ n, value, low, high }) => (n < plots.FEW || low === null ? [value] : [low, high]));
    return plots.round(Math.min(...ends, ...zero), Math.max(...ends, ...zero));
  };
  /** The same from nothing up, where shares are small. */
  plots.axisFromZero = (parts) => {
    const ends = parts.filter(({ n }) => n).flatMap(({ n, value, high }) => (n < plots.FEW || high === null ? [value] : [high]));
    return plots.round(0, Math.max(...ends, 1e-3));
  };

  /** The same over time: up to the values and a usual interval, as that of a step with few votes would hide all others. */
  plots.axisOverTime = (series) => {
    const highs = series.filter(({ n, high }) => n && high !== null).map(({ high }) => high).sort((a, b) => a - b);
    return plots.round(0, Math.max(...series.filter(({ n }) => n).map(({ value }) => value), highs[Math.floor(highs.length / 2)] || 0, 1e-3));
  };

  /* ---- one bar with whiskers ---- */

  /** The value of a group with its interval on an axis; `all` is where the value of everything together is. */
  plots.whisker = (unit, group, axis, all = null, width = 190) => {
    /* What reaches beyond the axis ends at its end; the words beside the bar say how far it goes. */
    const x = (value) => Math.min(1, Math.max(0, (value - axis[0]) / (axis[1] - axis[0]))) * (width - 4) + 2;
    const said = `${plots.figure(unit, group.value)}, 95 % interval ${plots.interval(unit, group)}`;
    const svg = gw.h("svg", { width, height: 18, class: `gw-whisker${group.n < plots.FEW ? " gw-whisker-few" : ""}`, role: "img", "aria-label": said }, gw.h("title", {}, said));
    const zero = x(Math.min(Math.max(0, axis[0]), axis[1]));
    svg.append(gw.h("line", { x1: zero, x2: zero, y1: 0, y2: 18, class: "gw-axis-line" }));
    if (all !== null) svg.append(gw.h("line", { x1: x(all), x2: x(all), y1: 0, y2: 18, class: "gw-whisker-all" }));
    if (group.value === null) return svg;
    const [left, right] = [Math.min(zero, x(group.value)), Math.max(zero, x(group.value))];
    svg.append(gw.h("rect", { x: left, y: 4, width: Math.max(1, right - left), height: 10, rx: 2, class: "gw-whisker-bar" }));
    if (group.low === null || group.low === undefined) return svg;
    const [from, to] = [x(group.low), x(group.high)];
    svg.append(gw.h("path", { d: `M${from} 9H${to}M${from} 5v8M${to} 5v8`, class: "gw-whisker-line" }));
    return svg;
  };

  /* ---- how many a step, as small bars ---- */

  plots.spark = (counts, label, width = 96, height = 22) => {
    const most = Math.max(...counts, 1);
    const wide = width / counts.length;
    const svg = gw.h("svg", { width, height, class: "gw-spark", role: "img", "aria-label": label }, gw.h("title", {}, label), gw.h("line", { x1: 0, x2: width, y1: height - 0.5, y2: height - 0.5, class: "gw-axis-line" }));
    counts.forEach((count, i) => {
      const high = (count / most) * (height - 2);
      if (count) svg.append(gw.h("rect", { x: i * wide, y: height - 1 - high, width: Math.max(1, wide - 0.6), height: high, class: "gw-whisker-bar" }));
    });
    return svg;
  };

  /* ---- over time ---- */

  /** A value over time with its 95 % interval. `series` has {time, n, value, low, high} a step of `step` ms, `counted` says what of. */
  class OverTime {
    constructor({ label, unit, series, step, window: ends, axis, counted }) {
      Object.assign(this, { label, unit, series, step, ends, counted, axis: axis || plots.axisOf(unit, series, []) });
      this.chart = gw.h("div", { class: "gw-quality-chart" });
      this.tip = gw.h("div", { class: "gw-tip", role: "tooltip", hidden: true });
      this.figure = gw.h("figure", { class: "gw-chart-panel gw-quality-figure" }, gw.h("figcaption", {}, gw.h("b", {}, label), "over time, with its 95 % interval"), this.chart, this.tip);
      /* Lives as long as the figure does. */
      new ResizeObserver(() => this.chart.clientWidth !== this.width && this.draw()).observe(this.chart);
    }

    x(time) {
      return LEFT + ((time - this.ends[0]) / (this.ends[1] - this.ends[0])) * (this.width - LEFT - 8);
    }

    y(value) {
      return HEIGHT - 4 - Math.min(1, Math.max(0, (value - this.axis[0]) / (this.axis[1] - this.axis[0]))) * (HEIGHT - 12);
    }

    draw() {
      const { series, unit } = this;
      this.width = this.chart.clientWidth;
      if (!this.width) return;
      const svg = gw.h("svg", { width: this.width, height: HEIGHT + AXIS, class: "gw-plot", role: "img", "aria-label": `${this.label} over time: ${series.filter((s) => s.n).map((s) => `${gw.shortTime(s.time)} ${plots.figure(unit, s.value)}`).slice(0, 12).join(", ")}` });
      this.frame(svg);
      this.band(svg);
      this.hover(svg);
      this.chart.replaceChildren(svg);
    }

    frame(svg) {
      const { axis, width, ends: [start, end] } = this;
      for (const part of [0, 0.25, 0.5, 0.75, 1]) {
        const value = axis[0] + part * (axis[1] - axis[0]);
        svg.append(gw.h("line", { x1: LEFT, x2: width - 8, y1: this.y(value), y2: this.y(value), class: part ? "gw-grid-line" : "gw-axis-line" }));
        if (part * 2 === Math.round(part * 2)) svg.append(gw.h("text", { x: LEFT - 6, y: this.y(value) + 3.5, class: "gw-axis gw-axis-y" }, plots.figure(this.unit, value)));
      }
      const labels = Math.max(2, Math.floor((width - LEFT) / 120));
      let said = "";
      for (let i = 0; i <= labels; i += 1) {
        const time = start + ((end - start) * i) / labels;
        const text = gw.axisTime(time, end - start);
        if (text !== said) svg.append(gw.h("text", { x: this.x(time), y: HEIGHT + 13, class: "gw-axis", "text-anchor": i === 0 ? "start" : i === labels ? "end" : "middle" }, text));
        said = text;
      }
    }

    band(svg) {
      let run = [];
      const flush = () => {
        const known = run.filter((s) => s.low !== null);
        if (known.length > 1) svg.append(gw.h("path", { class: "gw-quality-band", d: `M${known.map((s) => `${this.x(s.at)} ${this.y(s.high)}`).join("L")}L${known.reverse().map((s) => `${this.x(s.at)} ${this.y(s.low)}`).join("L")}Z` }));
        if (run.length > 1) svg.append(gw.h("polyline", { points: run.map((s) => `${this.x(s.at)},${this.y(s.value)}`).join(" "), class: "gw-line-p50" }));
        run = [];
      };
      const points = this.series.map((s) => ({ ...s, at: s.time + this.step / 2 }));
      points.forEach((s) => (s.n ? run.push(s) : flush()));
      flush();
      for (const s of points.filter((one) => one.n)) {
        if (s.low !== null && s.n < plots.FEW) svg.append(gw.h("line", { x1: this.x(s.at), x2: this.x(s.at), y1: this.y(s.low), y2: this.y(s.high), class: "gw-quality-few" }));
        svg.append(gw.h("circle", { cx: this.x(s.at), cy: this.y(s.value), r: s.n < plots.FEW ? 2 : 2.6, class: s.n < plots.FEW ? "gw-quality-dot-few" : "gw-dot-p50" }));
      }
    }

    hover(svg) {
      const { series, step, unit, width } = this;
      const area = gw.h("rect", { x: LEFT, y: 0, width: width - LEFT - 8, height: HEIGHT, class: "gw-brush-area" });
      const row = (name, value) => gw.h("div", { class: "gw-tip-row" }, gw.h("span", {}, name), gw.h("b", {}, value));
      area.addEventListener("pointermove", (event) => {
        const at = event.clientX - svg.getBoundingClientRect().left;
        const s = series.findLast((one) => this.x(one.time) <= at) || series[0];
        if (!s) return;
        this.tip.replaceChildren(gw.h("div", { class: "gw-tip-time" }, `${gw.shortTime(s.time)} – ${gw.shortTime(s.time + step)}`),
          row("Value", plots.figure(unit, s.value)), row("95 %", s.n ? plots.interval(unit, s) : "–"), row(this.counted, gw.count(s.n)));
        this.tip.hidden = false;
        this.tip.style.left = `${at > width - 200 ? at - 180 : at + 16}px`;
      });
      area.addEventListener("pointerleave", () => {
        this.tip.hidden = true;
      });
      svg.append(area);
    }
  }

  /** The figure of a value over time; draws itself once it has room. */
  plots.overTime = (question) => new OverTime(question).figure;

  gw.quality.plots = plots;
})();
