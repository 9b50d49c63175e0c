/* Charts of the cost pages: bars over time, told apart by colour, and how costs of requests are spread. */
"use strict";

(() => {
  const gw = window.groundwire;
  const { costs } = gw;
  const HEIGHT = 190;
  const AXIS = 18;
  const LEFT = 56;
  const RIGHT = 8;

  costs.niceTop = (value) => {
    if (value <= 0) return 1;
    const unit = 10 ** Math.floor(Math.log10(value));
    return [1, 1.5, 2, 3, 4, 6, 8, 10].map((m) => m * unit).find((top) => top >= value * 0.9999);
  };

  /** Dollars of an axis: short. */
  costs.axisMoney = (usd) => {
    if (usd === 0) return "$0";
    if (usd >= 1000) return `$${gw.short(usd)}`;
    return `$${usd >= 1 ? String(Number(usd.toFixed(2))) : String(Number(usd.toPrecision(2)))}`;
  };

  /** Horizontal lines with their amounts. */
  costs.drawAmounts = (svg, width, top, y, text) => {
    for (const part of [0, 0.5, 1]) {
      const at = y(top * part);
      svg.append(gw.h("line", { x1: LEFT, x2: width - RIGHT, y1: at, y2: at, class: part ? "gw-grid-line" : "gw-axis-line" }));
      if (part) svg.append(gw.h("text", { x: LEFT - 6, y: at + 3.5, class: "gw-axis gw-axis-y" }, text(top * part)));
    }
  };

  /** Draws again when its room changes; `draw(width)` returns an SVG. */
  costs.resizing = (room, draw) => {
    let shown = 0;
    const work = () => {
      const width = Math.floor(room.clientWidth);
      if (!width || width === shown) return;
      shown = width;
      room.replaceChildren(draw(width));
    };
    const size = new ResizeObserver(work);
    size.observe(room);
    gw.onLeave(() => size.disconnect());
    return room;
  };

  const tipRow = (name, value, look = "") => gw.h("div", { class: "gw-tip-row" }, gw.h("span", { class: "gw-costs-tip-name" }, look ? gw.h("i", { class: `gw-costs-key ${look}` }) : null, name), gw.h("b", {}, value));

  /** Shows a tip beside the pointer, within the figure. */
  const tipAt = (tip, figure, event, ...content) => {
    tip.replaceChildren(...content);
    tip.hidden = false;
    const box = figure.getBoundingClientRect();
    const x = event.clientX - box.left;
    tip.style.left = `${x > box.width - 270 ? x - 262 : x + 16}px`;
  };

  costs.seriesName = (value) => (value === null ? "all others" : value || "(none)");
  const look = (i, series) => (series[i].value === null ? "gw-series-rest" : `gw-series-${i}`);

  /** Spend over time, stacked. `choose(value)` is called for a bar's value; times are the steps' starts. */
  costs.trendChart = ({ trend, end, label, choose }) => {
    const { times, series, total, requests } = trend;
    const tip = gw.h("div", { class: "gw-tip gw-costs-tip", role: "tooltip", hidden: true });
    const room = gw.h("div", { class: "gw-costs-plot" });
    const stops = [...times.slice(1), end];
    const starts = times.map((time, i) => (i === 0 ? Math.max(time, label.start) : time));
    const top = costs.niceTop(Math.max(...total, 0));
    const y = (value) => HEIGHT - (value / top) * (HEIGHT - 10);

    const stack = (svg, x, i) => {
      let base = 0;
      const [from, to] = [x(starts[i]), x(Math.min(stops[i], end))];
      const gap = to - from > 6 ? 2 : 0.5;
      series.forEach((one, k) => {
        const cost = one.cost[i];
        if (cost <= 0) return;
        const bar = gw.h("rect", { x: from + gap / 2, width: Math.max(0.6, to - from - gap), y: y(base + cost), height: Math.max(0.5, y(base) - y(base + cost)), class: `gw-costs-bar ${look(k, series)}` });
        if (one.value !== null) {
          bar.classList.add("gw-costs-bar-link");
          bar.addEventListener("click", () => choose(one.value));
        }
        svg.append(bar);
        base += cost;
      });
    };

    const draw = (width) => {
      const x = (time) => LEFT + ((time - starts[0]) / (end - starts[0])) * (width - LEFT - RIGHT);
      const said = times.map((time, i) => `${gw.shortTime(time)} ${gw.cost(total[i])}`).slice(-14).join(", ");
      const svg = gw.h("svg", { width, height: HEIGHT + AXIS, class: "gw-plot", role: "img", "aria-label": `Spend over time: ${said}` });
      costs.drawAmounts(svg, width, top, y, costs.axisMoney);
      let shown = "";
      const every = Math.max(1, Math.ceil(times.length / Math.max(2, Math.floor((width - LEFT) / 90))));
      times.forEach((time, i) => {
        const text = costs.stepName(time, trend.step);
        if (i % every || text === shown) return;
        svg.append(gw.h("text", { x: (x(starts[i]) + x(Math.min(stops[i], end))) / 2, y: HEIGHT + 13, class: "gw-axis", "text-anchor": "middle" }, text));
        shown = text;
      });
      times.forEach((_, i) => stack(svg, x, i));
      svg.addEventListener("pointermove", (event) => {
        const at = event.clientX - svg.getBoundingClientRect().left;
        const i = starts.findLastIndex((time) => x(time) <= at);
        if (i < 0) return;
        const parts = series.map((one, k) => [one, look(k, series), one.cost[i]]).filter(([, , cost]) => cost > 0).sort((a, b) => b[2] - a[2]);
        tipAt(tip, figure, event, gw.h("div", { class: "gw-tip-time" }, `${gw.shortTime(starts[i])} – ${gw.shortTime(Math.min(stops[i], end))}`), tipRow("Spend", gw.cost(total[i])), tipRow("Requests", gw.count(requests[i])), ...parts.map(([one, shade, cost]) => tipRow(costs.seriesName(one.value), gw.cost(cost), shade)));
      });
      svg.addEventListener("pointerleave", () => {
        tip.hidden = true;
      });
      return svg;
    };

    const legend = gw.h("ul", { class: "gw-costs-legend" }, ...series.map((one, k) => gw.h("li", {}, one.value === null
      ? gw.h("span", { class: "gw-costs-legend-item" }, gw.h("i", { class: `gw-costs-key ${look(k, series)}` }), costs.seriesName(one.value))
      : gw.h("button", { class: "gw-costs-legend-item", type: "button", title: `Only ${costs.seriesName(one.value)}`, onclick: () => choose(one.value) }, gw.h("i", { class: `gw-costs-key ${look(k, series)}` }), gw.h("span", { class: "gw-costs-legend-name" }, costs.seriesName(one.value))))));
    const figure = gw.h("figure", { class: "gw-costs-figure" }, room, tip, legend);
    costs.resizing(room, draw);
    return figure;
  };

  /** A step of time as an axis names it, in the reader's zone. */
  costs.stepName = (ms, step) => {
    const d = new Date(ms);
    if (step === "hour") return gw.localTime(ms).slice(11, 16);
    if (step === "month") return d.toLocaleDateString("en-GB", { month: "short", year: "numeric" });
    return d.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  };

  /** How many requests cost how much; a bar leads to its traces. `bars`: {low, high, requests, traces}. */
  costs.spreadChart = (bars, marks) => {
    const room = gw.h("div", { class: "gw-costs-plot" });
    const tip = gw.h("div", { class: "gw-tip gw-costs-tip", role: "tooltip", hidden: true });
    const top = costs.niceTop(Math.max(...bars.map(({ requests }) => requests)));
    const y = (value) => HEIGHT - (value / top) * (HEIGHT - 14);
    const name = ({ low, high }) => (high ? `${gw.cost(low)} – ${gw.cost(high)}` : "nothing");
    const draw = (width) => {
      const step = (width - LEFT - RIGHT) / bars.length;
      const svg = gw.h("svg", { width, height: HEIGHT + AXIS, class: "gw-plot", role: "group", "aria-label": "Requests by what they cost" });
      costs.drawAmounts(svg, width, top, y, gw.short);
      const every = Math.max(1, Math.ceil(bars.length / Math.max(2, Math.floor((width - LEFT) / 84))));
      bars.forEach((bar, i) => {
        const from = LEFT + i * step;
        if (i % every === 0) svg.append(gw.h("text", { x: from, y: HEIGHT + 13, class: "gw-axis", "text-anchor": "middle" }, bar.high ? gw.cost(bar.low) : "$0"));
        if (!bar.requests) return;
        const said = `${gw.count(bar.requests)} ${bar.requests === 1 ? "request" : "requests"} of ${name(bar)}: show the traces`;
        const box = gw.h("rect", { x: from + 1, width: Math.max(1, step - 2), y: Math.min(y(bar.requests), HEIGHT - 1.5), height: Math.max(1.5, HEIGHT - y(bar.requests)), rx: 1, class: "gw-costs-bar gw-series-spread gw-costs-bar-link", tabindex: "0", role: "link", "aria-label": said });
        const open = () => gw.go(gw.pageAddress("traces", bar.traces));
        box.addEventListener("click", open);
        box.addEventListener("keydown", (event) => event.key === "Enter" && open());
        box.addEventListener("pointermove", (event) => tipAt(tip, figure, event, gw.h("div", { class: "gw-tip-time" }, name(bar)), tipRow("Requests", gw.count(bar.requests)), gw.h("div", { class: "gw-dim" }, "Click for their traces")));
        box.addEventListener("pointerleave", () => {
          tip.hidden = true;
        });
        svg.append(box);
      });
      for (const [text, value] of marks) {
        const i = bars.findIndex(({ low, high }) => value >= low && value < high);
        if (i < 0) continue;
        const x = LEFT + (i + (value - bars[i].low) / (bars[i].high - bars[i].low)) * step;
        svg.append(gw.h("line", { x1: x, x2: x, y1: 12, y2: HEIGHT, class: "gw-costs-mark" }), gw.h("text", { x, y: 9, class: "gw-axis gw-costs-mark-text", "text-anchor": "middle" }, text));
      }
      return svg;
    };
    const figure = gw.h("figure", { class: "gw-costs-figure" }, room, tip);
    costs.resizing(room, draw);
    return figure;
  };
})();
