/* The page of quality: how often an evaluation is good, over time and by what the traces have in common. */
"use strict";

(() => {
  const gw = window.groundwire;
  const HEIGHT = 150;
  const AXIS = 18;
  const LEFT = 48;
  const BAR = 190;
  const FEW = 10; // evaluations; with fewer the interval says next to nothing

  /* ---- figures ---- */

  const figure = (unit, value) => (value === null || value === undefined ? "–" : unit === "share" ? gw.percent(value) : gw.scoreNumber(value));
  const interval = (unit, { low, high }) => (low === null || low === undefined ? "no interval" : `${figure(unit, low)} to ${figure(unit, high)}`);
  const signed = (unit, value) => {
    const text = unit === "share" ? `${(Math.abs(value) * 100).toFixed(1)}\u2009pp` : gw.scoreNumber(Math.abs(value));
    return `${value < 0 ? "−" : "+"}${text}`;
  };

  /** The ends of an axis: the whole of a share, else round numbers around the values and those intervals that tell something. */
  const axisOf = (unit, parts, zero) => {
    if (unit === "share") return [0, 1];
    const ends = parts.filter(({ n }) => n).flatMap(({ n, value, low, high }) => (n < FEW || low === null ? [value] : [low, high]));
    const [low, high] = [Math.min(...ends, ...zero), Math.max(...ends, ...zero)];
    const rough = (high - low || Math.abs(high) || 1) / 4;
    const unitOf = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].map((m) => m * unitOf).find((one) => one >= rough);
    return [Math.floor(low / step) * step, Math.ceil(high / step + 1e-9) * step];
  };

  /* ---- one bar with whiskers ---- */

  const bar = (data, group, axis) => {
    /* What reaches beyond the axis ends at its end; the words beside the bar say how far it goes. */
    const x = (value) => Math.min(1, Math.max(0, (value - axis[0]) / (axis[1] - axis[0]))) * (BAR - 4) + 2;
    const said = `${figure(data.unit, group.value)}, 95 % interval ${interval(data.unit, group)}`;
    const svg = gw.h("svg", { width: BAR, height: 18, class: `gw-whisker${group.n < FEW ? " gw-whisker-few" : ""}`, role: "img", "aria-label": said }, gw.h("title", {}, said));
    const zero = x(Math.min(Math.max(0, axis[0]), axis[1]));
    svg.append(gw.h("line", { x1: zero, x2: zero, y1: 0, y2: 18, class: "gw-axis-line" }));
    if (data.overall.value !== null) svg.append(gw.h("line", { x1: x(data.overall.value), x2: x(data.overall.value), y1: 0, y2: 18, class: "gw-whisker-all" }));
    if (group.value === null) return svg;
    const [left, right] = [Math.min(zero, x(group.value)), Math.max(zero, x(group.value))];
    svg.append(gw.h("rect", { x: left, y: 4, width: Math.max(1, right - left), height: 10, rx: 2, class: "gw-whisker-bar" }));
    if (group.low === null || group.low === undefined) return svg;
    const [from, to] = [x(group.low), x(group.high)];
    svg.append(gw.h("path", { d: `M${from} 9H${to}M${from} 5v8M${to} 5v8`, class: "gw-whisker-line" }));
    return svg;
  };

  const share = (labels) => {
    const said = labels.map(({ label, share: part }) => `${label} ${gw.percent(part)}`).join(", ");
    return gw.h("div", { class: "gw-bar gw-label-shares", role: "img", "aria-label": said, title: said },
      ...labels.map(({ share: part }, i) => gw.h("span", { class: `gw-slice gw-label-${i % 8}`, style: `width: ${(part * 100).toFixed(2)}%` })));
  };

  class Quality {
    constructor() {
      this.root = document.getElementById("quality-body");
      this.head = document.getElementById("quality-choices");
      this.sort = { key: "n", down: true };
      gw.view.onChange((changed) => {
        if (["name", "label", "by", "filter", "range", "from", "to", "project"].some((key) => changed.has(key))) this.load();
      });
      const size = new ResizeObserver(() => this.chart && this.chart.isConnected && this.drawChart());
      size.observe(this.root);
      gw.onLeave(() => {
        size.disconnect();
        this.abort.abort();
      });
      this.load();
    }

    async load() {
      if (this.abort) this.abort.abort();
      this.abort = new AbortController();
      this.root.setAttribute("aria-busy", "true");
      try {
        this.data = await gw.ask("quality", gw.view.question(), this.abort.signal);
      } catch (problem) {
        if (problem.name === "AbortError") return;
        this.failed(problem);
        return;
      }
      this.root.removeAttribute("aria-busy");
      if (gw.view.problem) gw.view.setProblem(null);
      this.draw();
    }

    failed(problem) {
      this.data = null;
      this.root.removeAttribute("aria-busy");
      gw.view.setProblem(problem);
      const wrong = problem.kind === "input" && problem.column;
      this.say(wrong ? "The filter is not right" : problem.message, wrong ? problem.message : problem.hint, "error",
        gw.h("button", { class: "gw-button", type: "button", onclick: () => this.load() }, "Try again"));
    }

    say(title, text, kind, ...actions) {
      this.root.replaceChildren(gw.h("div", { class: `gw-empty gw-empty-${kind}`, role: kind === "error" ? "alert" : "status" },
        gw.h("p", { class: "gw-empty-title" }, title), gw.h("p", { class: "gw-empty-text" }, text), gw.h("div", { class: "gw-empty-actions" }, ...actions)));
    }

    draw() {
      const { data } = this;
      this.choices();
      if (!data.name) {
        const wide = gw.h("button", { class: "gw-button", type: "button", onclick: () => gw.view.set({ range: "30d", from: "", to: "" }) }, "Look at the last 30 days");
        this.say("No evaluations in this time range", "Feedback from your users, scores from evaluators and judgements on the pages of traces appear here.", "empty", wide);
        return;
      }
      if (!data.overall.n) {
        this.say(`No evaluation of ${data.name} fits`, "None in this time range is of a trace that fits the filter.", "empty",
          gw.h("button", { class: "gw-button", type: "button", onclick: () => gw.view.set({ filter: "" }) }, "Clear the filter"));
        return;
      }
      this.chart = gw.h("div", { class: "gw-quality-chart" });
      this.tip = gw.h("div", { class: "gw-tip", role: "tooltip", hidden: true });
      this.table = gw.h("div", { class: "gw-quality-table" });
      this.root.replaceChildren(this.summary(), gw.h("figure", { class: "gw-chart-panel gw-quality-figure" }, gw.h("figcaption", {}, gw.h("b", {}, this.measure()), "over time, with its 95 % interval"), this.chart, this.tip), this.table);
      this.drawChart();
      this.drawTable();
    }

    /* ---- what is asked ---- */

    choices() {
      const { data } = this;
      const choice = (label, key, value, options) =>
        gw.h("label", { class: "gw-quality-choice" }, gw.h("span", {}, label), gw.h("select", { class: "gw-button", "aria-label": label === "and" ? "And by" : label, onchange: (event) => gw.view.set(key(event.target.value)) },
          ...options.map(([id, text]) => gw.h("option", { value: id, selected: id === value }, text))));
      const by = (first, second) => ({ by: [first, second].filter(Boolean).join(",") });
      const dimensions = data.dimensions.map(({ key, label }) => [key, label]);
      const [one, two = ""] = data.by;
      this.head.replaceChildren(
        choice("Evaluation", (name) => ({ name, label: "" }), data.name, data.names.map(({ name, count }) => [name, `${name} (${gw.count(count)})`])),
        ...(data.labels.length ? [choice("Share of", (label) => ({ label }), data.label, data.labels.map((label) => [label, label]))] : []),
        choice("By", (value) => by(value, two === value ? "" : two), one, dimensions),
        choice("and", (value) => by(one, value), two, [["", "nothing else"], ...dimensions.filter(([key]) => key !== one)]));
    }

    measure() {
      const { data } = this;
      if (data.unit !== "share") return `Mean of ${data.name}`;
      return data.label ? `Share of “${data.label}” in ${data.name}` : `Rate of ${data.name}`;
    }

    summary() {
      const { data } = this;
      const { n } = data.overall;
      return gw.h("p", { class: "gw-quality-summary" }, gw.h("b", { class: "gw-quality-value" }, figure(data.unit, data.overall.value)), ` ${this.measure().replace(/^./, (first) => first.toLowerCase())} `,
        gw.h("span", { class: "gw-dim" }, `· 95 % interval ${interval(data.unit, data.overall)} · from ${gw.count(n)} ${n === 1 ? "evaluation" : "evaluations"}${n < FEW ? ": too few to rely on" : ""}`));
    }

    /* ---- over time ---- */

    drawChart() {
      const { series, unit, window: [start, end] } = this.data;
      const width = this.chart.clientWidth;
      if (!width) return;
      const axis = axisOf(unit, series, []);
      const x = (time) => LEFT + ((time - start) / (end - start)) * (width - LEFT - 8);
      const y = (value) => HEIGHT - 4 - Math.min(1, Math.max(0, (value - axis[0]) / (axis[1] - axis[0]))) * (HEIGHT - 12);
      const svg = gw.h("svg", { width, height: HEIGHT + AXIS, class: "gw-plot", role: "img", "aria-label": `${this.measure()} over time: ${series.filter((s) => s.n).map((s) => `${gw.shortTime(s.time)} ${figure(unit, s.value)}`).slice(0, 12).join(", ")}` });
      for (const part of [0, 0.25, 0.5, 0.75, 1]) {
        const value = axis[0] + part * (axis[1] - axis[0]);
        svg.append(gw.h("line", { x1: LEFT, x2: width - 8, y1: y(value), y2: y(value), class: part ? "gw-grid-line" : "gw-axis-line" }));
        if (part * 2 === Math.round(part * 2)) svg.append(gw.h("text", { x: LEFT - 6, y: y(value) + 3.5, class: "gw-axis gw-axis-y" }, figure(unit, value)));
      }
      const labels = Math.max(2, Math.floor((width - LEFT) / 120));
      let said = "";
      for (let i = 0; i <= labels; i += 1) {
        const time = start + ((end - start) * i) / labels;
        const text = gw.axisTime(time, end - start);
        if (text !== said) svg.append(gw.h("text", { x: x(time), y: HEIGHT + 13, class: "gw-axis", "text-anchor": i === 0 ? "start" : i === labels ? "end" : "middle" }, text));
        said = text;
      }
      this.band(svg, x, y);
      this.hover(svg, x, width);
      this.chart.replaceChildren(svg);
    }

    band(svg, x, y) {
      const { series, step } = this.data;
      let run = [];
      const flush = () => {
        const known = run.filter((s) => s.low !== null);
        if (known.length > 1) svg.append(gw.h("path", { class: "gw-quality-band", d: `M${known.map((s) => `${x(s.at)} ${y(s.high)}`).join("L")}L${known.reverse().map((s) => `${x(s.at)} ${y(s.low)}`).join("L")}Z` }));
        if (run.length > 1) svg.append(gw.h("polyline", { points: run.map((s) => `${x(s.at)},${y(s.value)}`).join(" "), class: "gw-line-p50" }));
        run = [];
      };
      const points = series.map((s) => ({ ...s, at: s.time + step / 2 }));
      points.forEach((s) => (s.n ? run.push(s) : flush()));
      flush();
      for (const s of points.filter((one) => one.n)) {
        if (s.low !== null && s.n < FEW) svg.append(gw.h("line", { x1: x(s.at), x2: x(s.at), y1: y(s.low), y2: y(s.high), class: "gw-quality-few" }));
        svg.append(gw.h("circle", { cx: x(s.at), cy: y(s.value), r: s.n < FEW ? 2 : 2.6, class: s.n < FEW ? "gw-quality-dot-few" : "gw-dot-p50" }));
      }
    }

    hover(svg, x, width) {
      const { series, step, unit } = this.data;
      const area = gw.h("rect", { x: LEFT, y: 0, width: width - LEFT - 8, height: HEIGHT, class: "gw-brush-area" });
      const row = (name, value) => gw.h("div", { class: "gw-tip-row" }, gw.h("span", {}, name), gw.h("b", {}, value));
      area.addEventListener("pointermove", (event) => {
        const at = event.clientX - svg.getBoundingClientRect().left;
        const s = series.findLast((one) => x(one.time) <= at) || series[0];
        if (!s) return;
        this.tip.replaceChildren(gw.h("div", { class: "gw-tip-time" }, `${gw.shortTime(s.time)} – ${gw.shortTime(s.time + step)}`),
          row("Value", figure(unit, s.value)), row("95 %", s.n ? interval(unit, s) : "–"), row("Evaluations", gw.count(s.n)));
        this.tip.hidden = false;
        this.tip.style.left = `${at > width - 200 ? at - 180 : at + 16}px`;
      });
      area.addEventListener("pointerleave", () => {
        this.tip.hidden = true;
      });
      svg.append(area);
    }

    /* ---- by what traces have in common ---- */

    drawTable() {
      const { data } = this;
      const axis = axisOf(data.unit, [data.overall, ...data.groups], [0]);
      const names = data.by.map((key) => data.dimensions.find((one) => one.key === key).label);
      const heading = (key, text, number = false) => {
        const sorted = this.sort.key === key ? (this.sort.down ? "descending" : "ascending") : "none";
        return gw.h("th", { scope: "col", class: number ? "gw-num" : "", "aria-sort": sorted }, gw.h("button", { class: "gw-sort", type: "button", onclick: () => this.order(key) }, text, sorted === "none" ? "" : sorted === "descending" ? " ↓" : " ↑"));
      };
      const heads = [...names.map((name, i) => heading(`key${i}`, name)), heading("n", "Evaluations", true), heading("value", data.unit === "share" ? "Share" : "Mean", true),
        gw.h("th", { scope: "col" }, "95 % interval"), ...(data.labels.length ? [gw.h("th", { scope: "col" }, "Labels")] : []), heading("difference", "Against the rest", true), gw.h("th", { scope: "col" }, gw.h("span", { class: "gw-hidden" }, "Traces"))];
      const legend = data.labels.length ? gw.h("ul", { class: "gw-legend" }, ...data.groups[0].labels.map(({ label }, i) => gw.h("li", {}, gw.h("span", { class: `gw-dot gw-label-${i % 8}` }), label))) : null;
      this.table.replaceChildren(
        gw.h("table", { class: "gw-table" }, gw.h("caption", { class: "gw-hidden" }, `${this.measure()} by ${names.join(" and ")}`),
          gw.h("thead", {}, gw.h("tr", {}, ...heads)), gw.h("tbody", {}, ...this.ordered().map((group) => this.row(group, axis)))),
        ...(legend ? [legend] : []), ...(data.note ? [gw.h("p", { class: "gw-dim" }, data.note)] : []));
    }

    order(key) {
      this.sort = { key, down: this.sort.key === key ? !this.sort.down : !key.startsWith("key") };
      this.drawTable();
      const sorted = this.table.querySelector("[aria-sort$=ending] button");
      if (sorted) sorted.focus();
    }

    ordered() {
      const { key, down } = this.sort;
      const of = (group) => (key.startsWith("key") ? group.keys[Number(key.slice(3))] : key === "difference" ? (group.difference ? group.difference.value : null) : group[key]);
      /* What has no value stands last, whichever way round. */
      return [...this.data.groups].sort((a, b) => {
        const [one, two] = [of(a), of(b)];
        if (one === null || two === null) return (one === null) - (two === null);
        const by = typeof one === "string" ? one.localeCompare(two) : one - two;
        return down ? -by : by;
      });
    }

    row(group, axis) {
      const { data } = this;
      const few = group.n < FEW;
      const href = `${gw.prefix()}traces?${new URLSearchParams(group.query)}`;
      const link = gw.h("a", { class: "gw-turn-link", href, onclick: (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        gw.go(href);
      }, "aria-label": `Traces of ${group.keys.map((key) => key || "none").join(", ")}` }, "Traces");
      return gw.h("tr", { class: few ? "gw-few" : "" },
        ...group.keys.map((key) => gw.h("td", { class: "gw-group", title: key }, key || gw.h("span", { class: "gw-dim" }, "(none)"))),
        gw.h("td", { class: "gw-num" }, gw.count(group.n)), gw.h("td", { class: "gw-num" }, gw.h("b", {}, figure(data.unit, group.value))),
        gw.h("td", {}, bar(data, group, axis), gw.h("span", { class: "gw-dim gw-interval" }, interval(data.unit, group))),
        ...(data.labels.length ? [gw.h("td", {}, share(group.labels))] : []),
        gw.h("td", { class: "gw-num" }, this.difference(group, few)), gw.h("td", {}, link));
    }

    difference(group, few) {
      const { unit } = this.data;
      if (few) return gw.h("span", { class: "gw-dim", title: `Fewer than ${FEW} evaluations` }, "too few to tell");
      if (!group.difference) return gw.h("span", { class: "gw-dim" }, "nothing to compare with");
      const { value, low, high } = group.difference;
      const clear = low > 0 || high < 0;
      const said = `${signed(unit, low)} to ${signed(unit, high)}`;
      return gw.h("span", { title: clear ? "The interval does not reach 0" : "The interval reaches 0: it may be chance" },
        gw.h("b", { class: clear ? (value > 0 ? "gw-more" : "gw-less") : "" }, signed(unit, value)), gw.h("span", { class: "gw-dim gw-interval" }, said));
    }
  }

  gw.startQuality = () => new Quality();
})();
