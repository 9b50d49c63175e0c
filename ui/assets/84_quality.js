/* The page of quality: how often an evaluation is good, over time and by what the traces have in common. */
"use strict";

(() => {
  const gw = window.groundwire;
  const { FEW, figure, interval, signed, axisOf } = gw.quality.plots;

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
      gw.quality.drawTabs();
      gw.view.onChange(gw.quality.drawTabs);
      gw.view.onChange((changed) => {
        if (["name", "label", "by", "filter", "range", "from", "to", "project"].some((key) => changed.has(key))) this.load();
      });
      gw.onLeave(() => this.abort.abort());
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
      const { unit, series, step } = data;
      this.table = gw.h("div", { class: "gw-quality-table" });
      this.root.replaceChildren(this.summary(), gw.quality.plots.overTime({ label: this.measure(), unit, series, step, window: data.window, counted: "Evaluations" }), this.table);
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
        gw.h("td", {}, gw.quality.plots.whisker(data.unit, group, axis, data.overall.value), gw.h("span", { class: "gw-dim gw-interval" }, interval(data.unit, group))),
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
