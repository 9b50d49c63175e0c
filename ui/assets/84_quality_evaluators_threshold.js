/* The threshold of an evaluator: a slider over the scores of a window, what another one would change, and saving it. */
"use strict";

(() => {
  const gw = window.groundwire;
  const { quality } = gw;
  const HIGH = 130;
  const DOTS = 12;
  const WAIT_MS = 180;
  const OWN = "own";
  const HALF = 0.5;
  const times = (n, one, many) => `${gw.count(n)} ${n === 1 ? one : many}`;
  const twoDigits = (value) => String(Math.round(value * 100) / 100);

  const estimate = (found, show) => (found ? [gw.h("b", {}, show(found.value)), gw.h("span", { class: "gw-dim gw-interval" }, quality.interval(found, show))] : [gw.h("span", { class: "gw-dim" }, "nothing to tell by")]);
  const traceLink = (id, text) => gw.link("gw-turn-link gw-mono", gw.pageAddress(`traces/${id}`, { project: gw.view.query.project }), text);

  class Threshold {
    /** `save(threshold)` sets the project's; null is the evaluator's own. */
    constructor(name, { mayEdit, present, save }) {
      Object.assign(this, { name, mayEdit, present, save });
      this.path = `quality/evaluators/${encodeURIComponent(name)}/preview`;
      this.body = gw.h("div", {}, gw.waiting(4));
      this.section = gw.pageSection("Threshold", "what counts as found, here and wherever a label decides", this.body);
      this.asked = gw.later(WAIT_MS, () => this.load());
      this.value = null;
      gw.onLeave(() => this.abort && this.abort.abort());
      new ResizeObserver(() => this.plot && this.data && this.plot.clientWidth !== this.width && this.drawPlot()).observe(this.body);
      this.load();
    }

    /** The project's threshold has changed. */
    changed(present) {
      this.present = present;
      this.value = null;
      this.load();
    }

    async load() {
      if (this.abort) this.abort.abort();
      const abort = new AbortController();
      this.abort = abort;
      const wanted = this.value === null ? (this.present === null ? OWN : String(this.present)) : this.value;
      try {
        const data = await gw.ask(this.path, { ...gw.view.question(), threshold: wanted }, abort.signal);
        if (abort.signal.aborted) return;
        this.data = data;
      } catch (problem) {
        if (problem.name === "AbortError" || abort.signal.aborted) return;
        this.plot = null;
        this.body.replaceChildren(gw.failed(problem, () => this.load()));
        return;
      }
      this.draw();
    }

    /** Where the slider stands. */
    at() {
      if (this.value !== null && this.value !== OWN) return Number(this.value);
      if (this.value === null && this.present !== null) return this.present;
      return this.data.boundary === null ? HALF : Math.min(1, Math.max(0, this.data.boundary));
    }

    draw() {
      const { data } = this;
      if (!data.judged) {
        this.plot = null;
        this.body.replaceChildren(...(data.undecided ? this.labelled() : [gw.nothing("No scores in this window", "Once it has judged traces of this window, their scores stand here.", gw.press("gw-button", "Look at the last 30 days", () => gw.view.set({ range: "30d", from: "", to: "" })))]),
          ...(data.card ? [gw.h("p", { class: "gw-dim" }, data.card)] : []));
        return;
      }
      if (!this.plot || !this.plot.isConnected) this.build();
      this.drawPlot();
      this.place(this.at());
      this.figures.classList.remove("gw-threshold-stale");
      this.figures.replaceChildren(...this.told());
      this.actions.replaceChildren(...this.buttons());
    }

    /** What it said where nothing of it is a score that a threshold moves: yes or no, or labels of its own. */
    labelled() {
      const { undecided, other_labels: labels, label_queries: queries } = this.data;
      const word = (label) => ({ true: "yes", false: "no", "": "without a label" })[label] ?? label;
      const row = ([label, n]) => gw.h("tr", {}, gw.h("td", {}, word(label)), gw.h("td", { class: "gw-num" }, gw.count(n)), gw.h("td", { class: "gw-num" }, gw.percent(n / undecided)), gw.h("td", {}, queries[label] ? gw.tracesLink(queries[label], `Traces that are ${word(label)}`) : null));
      return [gw.h("p", {}, `It judged ${times(undecided, "trace", "traces")} of this window, by labels that no threshold moves.`), gw.pageTable("Labels", ["Label", "Traces", "Share", ""], ["Traces", "Share"], Object.entries(labels).map(row))];
    }

    build() {
      this.plot = gw.h("div", { class: "gw-threshold-plot" });
      const input = (event) => this.choose(event.target.value);
      this.slider = gw.h("input", { type: "range", class: "gw-threshold-range", min: "0", max: "1", step: "0.01", "aria-label": "Threshold", oninput: input });
      this.field = gw.h("input", { type: "number", class: "gw-text-input", min: "0", max: "1", step: "0.01", "aria-label": "Threshold, as a number", onchange: input });
      this.actions = gw.h("span", { class: "gw-threshold-choose" });
      this.problem = gw.h("p", { class: "gw-error-text", role: "alert", hidden: true });
      this.figures = gw.h("div", { class: "gw-threshold-figures", "aria-live": "polite" });
      const legend = gw.h("p", { class: "gw-threshold-legend" }, gw.h("span", {}, "judged"), gw.h("span", { class: "gw-of-found" }, this.data.low_is_found ? "unsupported by this threshold" : "found by this threshold"),
        this.data.now.people.n ? [gw.h("span", { class: "gw-of-people" }, "found by people"), gw.h("span", { class: "gw-of-people-not" }, "not found by people")] : null);
      this.body.replaceChildren(this.plot, this.slider, legend, gw.h("div", { class: "gw-threshold-choose" }, gw.h("label", {}, "Threshold ", this.field), this.actions), this.problem, this.figures);
    }

    place(value) {
      this.slider.value = String(value);
      this.slider.setAttribute("aria-valuetext", twoDigits(value));
      if (document.activeElement !== this.field) this.field.value = twoDigits(value);
    }

    choose(text) {
      const value = Math.min(1, Math.max(0, Number(text)));
      if (text === "" || Number.isNaN(value)) return;
      this.value = twoDigits(value);
      this.place(Number(this.value));
      this.drawPlot();
      this.figures.classList.add("gw-threshold-stale");
      this.asked();
    }

    /* ---- the histogram, as wide as the slider ---- */

    drawPlot() {
      const { data } = this;
      this.width = this.plot.clientWidth;
      if (!this.width) return;
      const { counts, found_by_people: found, not_found_by_people: not, outside } = data.histogram;
      /* The knob of a slider keeps half of its width from the ends. */
      const [from, wide] = [8, this.width - 16];
      const most = Math.max(...counts, 1);
      const step = wide / counts.length;
      const at = this.at();
      const said = `Scores from 0 to 1 in ${counts.length} steps, the fullest with ${gw.count(most)} traces${outside ? `; ${gw.count(outside)} lie outside` : ""}`;
      const svg = gw.h("svg", { width: this.width, height: HIGH + DOTS + 20, class: "gw-plot", role: "img", "aria-label": said });
      counts.forEach((count, i) => {
        const [low, high] = [i / counts.length, (i + 1) / counts.length];
        const isFound = data.low_is_found ? (low + high) / 2 < at : (low + high) / 2 >= at;
        /* A root, so that a step with few traces is seen beside one with thousands. */
        const tall = count ? Math.max(2, Math.sqrt(count / most) * (HIGH - 6)) : 0;
        if (count) svg.append(gw.h("rect", { x: from + i * step, y: HIGH - tall, width: Math.max(1, step - 1), height: tall, class: isFound ? "gw-threshold-found" : "gw-threshold-bar" }, gw.h("title", {}, `${twoDigits(low)} to ${twoDigits(high)}: ${times(Math.round(count), "trace", "traces")}`)));
        const dot = (n, look, text, y) => n && svg.append(gw.h("circle", { cx: from + (i + 0.5) * step, cy: y, r: Math.min(4, 1.5 + Math.log10(n)), class: look }, gw.h("title", {}, `${times(n, "trace", "traces")} ${text} by people`)));
        dot(found[i], "gw-threshold-person", "found", HIGH + 4);
        dot(not[i], "gw-threshold-person-not", "not found", HIGH + DOTS - 1);
      });
      svg.append(gw.h("line", { x1: from, x2: from + wide, y1: HIGH, y2: HIGH, class: "gw-axis-line" }));
      const mark = (value, look) => svg.append(gw.h("line", { x1: from + value * wide, x2: from + value * wide, y1: 0, y2: HIGH + DOTS, class: look }));
      const present = this.present === null ? data.boundary : this.present;
      if (present !== null) mark(present, "gw-threshold-now");
      mark(at, "gw-threshold-then");
      for (const value of [0, 0.25, 0.5, 0.75, 1]) svg.append(gw.h("text", { x: from + value * wide, y: HIGH + DOTS + 14, class: "gw-axis", "text-anchor": value === 0 ? "start" : value === 1 ? "end" : "middle" }, String(value)));
      this.plot.replaceChildren(svg);
    }

    /* ---- what it would change ---- */

    word() {
      return this.data.low_is_found ? "unsupported" : "found";
    }

    told() {
      return [this.counts(), this.moved(), this.people()];
    }

    isTried() {
      const { now, then } = this.data;
      return now.threshold !== then.threshold;
    }

    counts() {
      const { data } = this;
      const { now, then } = data;
      const name = (threshold) => (threshold === null ? "its own threshold" : `threshold ${twoDigits(threshold)}`);
      const line = (standing, look, link) => gw.h("p", { "data-standing": look }, ...estimate(standing.traces, (value) => gw.count(value)), gw.h("span", {}, ` of the window's traces ${this.word()} at ${name(standing.threshold)} `), link, gw.h("br", {}), gw.h("span", { class: "gw-dim" }, "that is ", ...estimate(standing.share, gw.percent)));
      const list = gw.tracesLink(data.now_query, `Traces that are ${this.word()} now`);
      return gw.h("div", {}, gw.h("h3", {}, this.isTried() ? "Now, and with this threshold" : "Now"), line(now, "now", list), this.isTried() ? line(then, "then", null) : null,
        gw.h("p", { class: "gw-dim" }, `By ${times(data.looked_at, "score", "scores")}; a sampled trace counts for those that it stands for.${data.undecided ? ` ${times(data.undecided, "other has", "others have")} a label that no threshold moves.` : ""}`));
    }

    moved() {
      const { data } = this;
      if (!this.isTried()) return gw.h("div", {}, gw.h("h3", {}, "What another one would change"), gw.h("p", { class: "gw-dim" }, "Move the slider to see it, before anything is saved."));
      const side = (n, what, examples, query) => (n ? [gw.h("p", {}, gw.h("b", {}, gw.count(n)), ` judged ${n === 1 ? "trace" : "traces"} ${what} `, query ? gw.tracesLink(query, `Traces that would be ${what}`) : null),
        gw.h("ul", { class: "gw-threshold-moved" }, ...examples.map(({ trace_id: id, start_time_unix_nano: ns, score }) => gw.h("li", {}, gw.h("span", { class: "gw-figure" }, score.toFixed(3)), " ", traceLink(id, `${id.slice(0, 12)}…`), " ", gw.h("span", { class: "gw-dim" }, gw.shortTime(ns / 1e6)))))] : []);
      const word = this.word();
      const parts = [...side(data.to_found, `newly ${word}`, data.newly_found, data.newly_query), ...side(data.to_not_found, `no longer ${word}`, data.no_longer_found, data.no_longer_query)];
      return gw.h("div", { "data-moved": String(data.to_found + data.to_not_found) }, gw.h("h3", {}, "Traces that would change sides"), ...(parts.length ? parts : [gw.h("p", { class: "gw-dim" }, "None of this window.")]));
    }

    people() {
      const { now: { people: now }, then: { people: then }, card } = this.data;
      const shown = (title, { precision, recall, found, positive }) => gw.h("p", {}, gw.h("span", { class: "gw-dim" }, `${title}: `), "precision ", ...estimate(precision, gw.percent), gw.h("span", { class: "gw-dim" }, ` of ${gw.count(found)}, `), "recall ", ...estimate(recall, gw.percent), gw.h("span", { class: "gw-dim" }, ` of ${gw.count(positive)}`));
      const parts = now.n ? [gw.h("p", {}, `People labelled ${times(now.n, "of these traces", "of these traces")}.`), shown("Now", now), this.isTried() ? shown("With this threshold", then) : null] : [gw.h("p", { class: "gw-dim" }, "Nobody labelled a trace of this window: precision and recall are not known. Judge some in a queue under the evaluator's name.")];
      return gw.h("div", {}, gw.h("h3", {}, "Against people"), ...parts, card ? gw.h("p", { class: "gw-dim" }, card) : null);
    }

    /* ---- saving ---- */

    buttons() {
      if (!this.mayEdit) return [gw.h("span", { class: "gw-dim" }, "You may try thresholds; editors of the project can set one.")];
      const wanted = this.at();
      const isNew = this.value !== null && this.value !== OWN && wanted !== this.present;
      return [
        isNew ? gw.press("gw-button gw-primary", `Set the threshold to ${twoDigits(wanted)}`, () => this.keep(wanted)) : null,
        isNew ? gw.press("gw-button", "Back", () => this.changed(this.present)) : null,
        this.present !== null && !isNew ? gw.press("gw-button", "Take it back: go by the evaluator's own", () => this.keep(null)) : null,
        this.present === null && !isNew ? gw.h("span", { class: "gw-dim" }, "The evaluator's own threshold holds.") : null,
      ].filter(Boolean);
    }

    async keep(threshold) {
      this.problem.hidden = true;
      try {
        await this.save(threshold);
        gw.toast(threshold === null ? "The evaluator's own threshold holds" : `The threshold is ${twoDigits(threshold)}`);
        this.changed(threshold);
        this.slider.focus();
      } catch (problem) {
        this.problem.textContent = gw.sentence(problem);
        this.problem.hidden = false;
      }
    }
  }

  quality.evaluators.Threshold = Threshold;
})();
