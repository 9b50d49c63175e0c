/* Where an outcome is worse: the choice of an outcome, the search, the segments found, and the traces of one. */
"use strict";

(() => {
  const gw = window.groundwire;
  const { quality } = gw;
  const { plots } = quality;
  const FOREST = 230;
  const PLAIN = [["failures", "Failures"], ["latency", "Time a trace takes"], ["cost", "Cost of a trace"]];
  const SIGNS = [["<", "share below"], ["<=", "share at or below"], [">", "share above"], [">=", "share at or above"]];
  const times = (n, one, many) => `${gw.count(n)} ${n === 1 ? one : many}`;

  /* ---- figures of an outcome: shares, scores, seconds, USD ---- */

  const isRatio = (unit) => unit === "latency" || unit === "cost";
  const figure = (unit, value) => (unit === "latency" ? gw.seconds(value) : unit === "cost" ? gw.cost(value) : plots.figure(unit, value));
  /** How far apart: of times and costs a ratio. */
  const apart = (unit, value) => (isRatio(unit) ? `×${value >= 9.95 ? value.toFixed(0) : value.toFixed(2)}` : plots.signed(unit, value));
  const interval = (unit, { low, high, note }) => (low === null || low === undefined ? note || "no interval" : `${apart(unit, low)} to ${apart(unit, high)}`);
  const named = (values) => values.map(({ name, value }) => `${name} ${value}`).join(", ");
  const name = (values) => gw.h("span", { class: "gw-worse-name" }, ...values.map(({ name: dimension, value }) => gw.h("span", { class: "gw-worse-value", title: `${dimension} ${value}` }, gw.h("span", { class: "gw-dim" }, `${dimension} `), gw.h("b", {}, value))));
  const labelled = (link, label) => {
    link.setAttribute("aria-label", label);
    return link;
  };
  const trace = (id) => labelled(gw.link("gw-turn-link", gw.pageAddress(`traces/${id}`, { project: gw.view.query.project }), `${id.slice(0, 8)}…`), `Trace ${id}`);
  /** A link within this page, which keeps what was found. */
  const step = (changes, label, ...content) =>
    labelled(gw.h("a", { class: "gw-turn-link", href: gw.pageAddress("quality/worse", { ...gw.view.query, ...changes }), onclick: (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      gw.view.set(changes);
    } }, ...content), label);

  /** Differences with their intervals on one axis, so that segments compare at a glance. */
  class Forest {
    constructor(unit, effects) {
      this.at = (value) => (isRatio(unit) ? Math.log(value) : value);
      const ends = effects.flatMap(({ difference: { value, low, high } }) => [value, low, high]).filter((end) => end !== null).map(this.at);
      this.low = Math.min(0, ...ends);
      this.high = Math.max(0, ...ends);
      this.unit = unit;
    }

    x(value) {
      return 6 + ((this.at(value) - this.low) / (this.high - this.low || 1)) * (FOREST - 12);
    }

    draw({ difference }) {
      const said = `${apart(this.unit, difference.value)}, 95 % interval ${interval(this.unit, difference)}`;
      const zero = this.x(isRatio(this.unit) ? 1 : 0);
      const svg = gw.h("svg", { width: FOREST, height: 20, class: "gw-worse-forest", role: "img", "aria-label": said }, gw.h("title", {}, said), gw.h("line", { x1: zero, x2: zero, y1: 0, y2: 20, class: "gw-axis-line" }));
      if (difference.low !== null) {
        const [from, to] = [this.x(difference.low), this.x(difference.high)];
        svg.append(gw.h("path", { d: `M${from} 10H${to}M${from} 6v8M${to} 6v8`, class: "gw-whisker-line" }));
      }
      svg.append(gw.h("circle", { cx: this.x(difference.value), cy: 10, r: 4, class: "gw-worse-dot" }));
      return svg;
    }
  }

  /* ---- the choice of an outcome ---- */

  class Outcomes {
    constructor(root, search) {
      this.root = root;
      this.search = search;
      this.labels = {};
      root.addEventListener("submit", (event) => {
        event.preventDefault();
        this.search(this.asked());
      });
      gw.onLeave(() => this.abort && this.abort.abort());
    }

    /** Shows what the URL asks for; what there is to choose may differ from range to range. With a name, only learns its labels. */
    async load(question, name = "") {
      if (this.abort) this.abort.abort();
      const abort = new AbortController();
      this.abort = abort;
      try {
        const told = await gw.ask("quality/worse/outcomes", { ...question, name }, abort.signal);
        this.names = told.names;
        this.labels = { ...this.labels, ...told.labels };
        if (!name) this.chosen = told.chosen;
      } catch (problem) {
        if (problem.name === "AbortError" || abort.signal.aborted) return;
        this.root.replaceChildren(gw.failed(problem, () => this.load(question, name)));
        return;
      }
      if (abort.signal.aborted) return;
      if (name && name === this.chosen.name && this.of(name).kind === "category") this.change({ label: this.first() });
      else this.draw();
    }

    of(evaluation) {
      return this.names.find((one) => one.name === evaluation) || { name: evaluation, text: `evaluation."${evaluation}"`, count: 0, kind: "number", worse: "lower" };
    }

    usual({ kind, name: evaluation, sign, label }) {
      return kind === "evaluation" && !sign && !label ? this.of(evaluation).worse : "higher";
    }

    /** What the URL has to say of what is chosen. */
    asked() {
      const one = this.chosen;
      const usual = this.usual(one);
      const worse = one.kind === "evaluation" && one.worse !== usual ? one.worse : "";
      if (one.kind !== "evaluation") return { outcome: one.kind === "failures" ? "" : one.kind, worse };
      const { text } = this.of(one.name);
      return { outcome: one.label ? `${text} = "${one.label}"` : one.sign ? `${text} ${one.sign} ${one.bound}` : text, worse };
    }

    change(changes) {
      this.chosen = { ...this.chosen, ...changes };
      if (!("worse" in changes)) this.chosen.worse = this.usual(this.chosen);
      this.draw();
    }

    draw() {
      const { chosen } = this;
      const { name: focused } = this.root.contains(document.activeElement) ? document.activeElement : {};
      const select = (key, label, value, options, onchange) => gw.h("label", { class: "gw-quality-choice" }, gw.h("span", {}, label), gw.h("select", { class: "gw-button", name: key, onchange: (event) => onchange(event.target.value) },
        ...options.map(([id, text]) => gw.h("option", { value: id, selected: id === value }, text))));
      const isEvaluation = chosen.kind === "evaluation";
      const known = isEvaluation && !this.names.some((one) => one.name === chosen.name) ? [this.of(chosen.name), ...this.names] : this.names;
      const outcomes = [...PLAIN, ...known.map((one) => [one.text, one.count ? `${one.name} (${gw.count(one.count)})` : one.name])];
      this.root.replaceChildren(select("outcome", "Outcome", isEvaluation ? this.of(chosen.name).text : chosen.kind, outcomes, (text) => this.choose(text)),
        ...(isEvaluation ? this.measure(select) : []), gw.h("button", { class: "gw-button gw-primary", name: "search", type: "submit" }, "Search"));
      if (focused && this.root.elements[focused]) this.root.elements[focused].focus();
    }

    choose(text) {
      const evaluation = this.names.find((one) => one.text === text);
      const clear = { name: "", label: "", sign: "", bound: 0.5 };
      if (!evaluation) {
        this.change({ kind: text, ...clear });
        return;
      }
      this.change({ kind: "evaluation", ...clear, name: evaluation.name });
      if (!this.labels[evaluation.name]) this.load(gw.view.question(), evaluation.name);
      else if (evaluation.kind === "category") this.change({ label: this.first() });
    }

    first() {
      return (this.labels[this.chosen.name] || [])[0] || "";
    }

    measure(select) {
      const { chosen } = this;
      const { kind } = this.of(chosen.name);
      const labels = this.labels[chosen.name] || [];
      const options = kind === "category" ? [] : kind === "boolean" ? [["", "share of true ones"]] : [["", "mean"], ...SIGNS];
      if (labels.length || chosen.label) options.push(["=", "share of the label"]);
      const now = chosen.label ? "=" : chosen.sign;
      const measured = select("measure", "measured by", now, options, (sign) => this.change(sign === "=" ? { sign: "", label: this.first() } : { sign, label: "" }));
      const threshold = gw.h("input", { class: "gw-input gw-worse-bound", name: "bound", type: "number", step: "any", required: true, "aria-label": "Threshold", value: String(chosen.bound), oninput: (event) => {
        this.chosen.bound = event.target.value;
      } });
      const label = select("label", "label", chosen.label, [...new Set([chosen.label, ...labels])].filter(Boolean).map((one) => [one, one]), (one) => this.change({ label: one }));
      const worse = select("worse", "worse is", chosen.worse, [["higher", "higher"], ["lower", "lower"]], (side) => this.change({ worse: side }));
      return [measured, ...(chosen.label ? [label] : chosen.sign ? [threshold] : []), worse];
    }
  }

  /* ---- what was found ---- */

  class Worse extends gw.PagePart {
    constructor() {
      const body = document.getElementById("quality-part-body");
      const form = gw.h("form", { class: "gw-worse-form", "aria-label": "What to compare" });
      const root = gw.h("div", { class: "gw-worse-results" });
      body.replaceChildren(form, root);
      body.removeAttribute("aria-busy");
      super(root, "quality/worse", ["project", "range", "from", "to", "filter", "outcome", "worse", "segment"]);
      this.outcomes = new Outcomes(form, (asked) => this.search(asked));
      this.outcomes.load(gw.view.question());
      gw.view.onChange((changed) => ["project", "range", "from", "to", "outcome", "worse"].some((key) => changed.has(key)) && this.outcomes.load(gw.view.question()));
      gw.every(1000, () => {
        if (this.elapsed && this.elapsed.isConnected) this.elapsed.textContent = `${Math.round((performance.now() - this.began) / 1000)} s`;
      });
      this.load();
    }

    /** Searches anew, also for what was found before. */
    search(asked) {
      this.kept = null;
      const before = JSON.stringify(gw.view.query);
      gw.view.set({ ...asked, segment: "" });
      if (JSON.stringify(gw.view.query) === before) this.load();
    }

    load() {
      const { segment, ...question } = this.question();
      this.path = segment ? "quality/worse/traces" : "quality/worse";
      const key = JSON.stringify(question);
      if (!segment && this.kept && this.kept.key === key) {
        if (this.abort) this.abort.abort();
        this.data = this.kept.data;
        this.draw();
        return Promise.resolve();
      }
      this.key = key;
      this.root.replaceChildren(this.working(segment));
      return super.load();
    }

    working(segment) {
      this.began = performance.now();
      this.elapsed = gw.h("span", { class: "gw-dim gw-figure", "aria-hidden": "true" }, "");
      return gw.h("div", { class: "gw-savings-working", role: "status" }, gw.h("p", {}, segment ? "Looking up the traces of the segment … " : "Comparing every segment with traffic that is like it … ", this.elapsed),
        gw.h("progress", { "aria-label": "Searching" }), gw.h("p", { class: "gw-dim" }, "This takes some seconds on many traces."));
    }

    drawn() {
      if (this.data.rows) return this.list();
      this.kept = { key: this.key, data: this.data };
      const { segments, looked_at: looked, traces } = this.data;
      if (!looked) return [quality.nothing(traces ? "No trace has this outcome" : "No traces to compare in this time range", "Segments are searched among traces for which the outcome is known. Choose another outcome, a longer range or another filter.")];
      if (!segments.length) return [this.summary(), gw.nothing("Nowhere worse, as far as can be told", `None of ${times(this.data.tested, "segment", "segments")} with at least ${this.data.least} traces comes out worse than traffic that is like it, beyond what luck explains. More traces tell smaller differences.`)];
      const forest = new Forest(this.data.unit, segments.flatMap((one) => [one.effect, ...one.explains.map((part) => part.effect)]));
      return [this.summary(), gw.h("ol", { class: "gw-worse-found", "aria-label": "Segments, the surest first" }, ...segments.map((one) => this.segment(one, forest)))];
    }

    summary() {
      const { said, unit, overall, segments, tested, q, looked_at: looked, is_sample: isSample, traces, least } = this.data;
      const sample = isSample ? `a random share of ${gw.count(looked)} of ${times(traces, "trace", "traces")}` : looked < traces ? `${times(looked, "trace", "traces")} of which it is known, of ${gw.count(traces)}` : times(traces, "trace", "traces");
      return gw.h("div", { class: "gw-worse-summary" },
        gw.h("p", { class: "gw-quality-summary" }, gw.h("b", { class: "gw-quality-value" }, figure(unit, overall)), ` ${said}, of ${sample} · `, gw.h("b", {}, times(segments.length, "segment is worse", "segments are worse"))),
        gw.h("p", { class: "gw-dim" }, `${times(tested, "segment", "segments")} with at least ${least} traces tested, each against traffic like it. False-discovery rate ${gw.percent(q)}: of the segments told, at most one in ${Math.round(1 / q)} is expected to be there by luck.`));
    }

    segment(one, forest) {
      const { unit } = this.data;
      const { effect, before } = one;
      const fact = (term, ...told) => gw.h("div", {}, gw.h("dt", {}, term), gw.h("dd", {}, ...told));
      return gw.h("li", { class: "gw-page-section gw-worse-segment", "aria-label": named(one.values) },
        gw.h("div", { class: "gw-worse-head" }, name(one.values), this.links(one)),
        gw.h("div", { class: "gw-worse-effect" },
          gw.h("span", { class: "gw-worse-figure" }, gw.h("b", {}, figure(unit, effect.value)), gw.h("span", { class: "gw-dim" }, "here")),
          gw.h("span", { class: "gw-worse-figure" }, gw.h("b", {}, figure(unit, effect.others)), gw.h("span", { class: "gw-dim" }, "in like traffic")),
          gw.h("span", { class: "gw-worse-figure" }, gw.h("b", { class: "gw-more" }, apart(unit, effect.difference.value)), gw.h("span", { class: "gw-dim" }, `95 % interval ${interval(unit, effect.difference)}`)),
          forest.draw(effect)),
        gw.h("dl", { class: "gw-worse-facts" },
          fact("Compared", `${gw.count(effect.compared)} of ${times(one.traces, "trace", "traces")}, with ${gw.count(effect.compared_with)} like them`),
          fact("Before matching", `${apart(unit, before.difference.value)} (${interval(unit, before.difference)}), against all other traces`),
          fact("Held equal", one.held_equal.join(", ") || "nothing"),
          one.not_held_equal.length ? fact("Not held equal", gw.h("span", { title: "Nearly all of the segment is like this, and hardly anything else is" }, `${one.not_held_equal.join(", ")}: it may be due to ${one.not_held_equal.length === 1 ? "this" : "these"}`)) : null,
          fact("By luck", `p ${one.p_adjusted < 1e-4 ? "< 0.0001" : gw.scoreNumber(one.p_adjusted)}, corrected for all that were tested`),
          fact("Its worst", gw.h("span", { class: "gw-worse-examples" }, ...one.examples.map(trace)))),
        one.explains.length ? this.explains(one, forest) : null);
    }

    links(one) {
      const { filter } = one.query || {};
      const words = named(one.values);
      return gw.h("span", { class: "gw-worse-links" }, step({ segment: one.segment }, `The ${times(one.traces, "trace", "traces")} of ${words}, the worst first`, times(one.traces, "trace", "traces")),
        this.data.kind === "failures" && filter ? labelled(gw.link("gw-turn-link", quality.href("failures", { filter }), "Causes"), `Causes of failure in ${words}`) : null,
        one.query ? gw.tracesLink(one.query, `${words} in the list of traces`, "List of traces") : null);
    }

    explains({ explains, values }, forest) {
      const { unit } = this.data;
      const rows = explains.map((part) => gw.h("tr", {}, gw.h("td", {}, name(part.values)), gw.h("td", { class: "gw-num" }, step({ segment: part.segment }, `The traces of ${named(part.values)}`, gw.count(part.traces))),
        gw.h("td", { class: "gw-num" }, figure(unit, part.effect.value)), gw.h("td", { class: "gw-num" }, figure(unit, part.effect.others)), gw.h("td", { class: "gw-num" }, gw.h("b", {}, apart(unit, part.effect.difference.value)), gw.h("span", { class: "gw-dim gw-interval" }, interval(unit, part.effect.difference))), gw.h("td", {}, forest.draw(part.effect))));
      return gw.h("details", { class: "gw-worse-explains" }, gw.h("summary", {}, `Explains ${times(explains.length, "other segment", "other segments")}, not worse without its traces`),
        gw.pageTable(`Explained by ${named(values)}`, ["Segment", "Traces", "Here", "In like traffic", "Difference, 95 % interval", "On one axis"], ["Traces", "Here", "In like traffic", "Difference, 95 % interval"], rows));
    }

    /* ---- the traces of one ---- */

    list() {
      const { values, column, total, rows, is_sample: isSample } = this.data;
      const head = gw.h("div", { class: "gw-worse-head gw-worse-list" }, step({ segment: "" }, "All segments", "All segments"), gw.h("h2", {}, name(values)));
      if (!rows.length) return [head, quality.nothing("No such trace in this time range", "No trace of this segment fits the filter, or the outcome is not known of any.")];
      const columns = ["Started", "Trace", column, "Tenant", "Feature", "Prompt", "Model"];
      const table = gw.pageTable(`Traces of ${named(values)}`, columns, [columns[2]], rows.map((row) => this.row(row)));
      this.rows = table.querySelector("tbody");
      this.last = gw.h("div", { class: "gw-worse-last", role: "status" });
      this.ended();
      return [head, gw.pageSection("Traces", `${gw.count(total)}${isSample ? " of a random share of all" : ""}, the worst first`, table, this.last)];
    }

    row(row) {
      const text = (value) => gw.h("td", { class: "gw-group gw-worse-fact", title: value }, value || gw.h("span", { class: "gw-dim" }, "–"));
      return gw.h("tr", {}, gw.h("td", {}, gw.moment(new Date(row.time).toISOString())), gw.h("td", {}, trace(row.trace_id)), gw.h("td", { class: "gw-num" }, this.value(row.value)), ...[row.tenant, row.feature, row.prompt, row.model].map(text));
    }

    /** Of one trace a share is yes or no, or that of its evaluations. */
    value(value) {
      const { unit } = this.data;
      if (unit === "share" && (value === 0 || value === 1)) return value ? "yes" : "no";
      return figure(unit, value);
    }

    ended() {
      const { next } = this.data;
      const more = next === null ? null : gw.press("gw-button", "Show more", (event) => this.goOn(event.target));
      this.last.replaceChildren(gw.h("span", { class: "gw-dim" }, `${gw.count(this.rows.children.length)} of ${gw.count(this.data.total)}`), ...(more ? [more] : []));
      return more;
    }

    async goOn(button) {
      button.disabled = true;
      const { data, rows } = this;
      try {
        const more = await gw.ask(this.path, { ...this.question(), skip: data.next }, this.abort.signal);
        data.next = more.next;
        rows.append(...more.rows.map((row) => this.row(row)));
        const again = this.ended();
        if (again) again.focus();
      } catch (problem) {
        if (problem.name === "AbortError") return;
        button.disabled = false;
        gw.toast(gw.sentence(problem));
      }
    }
  }

  quality.parts.worse = () => new Worse();
})();
