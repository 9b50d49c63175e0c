/* Comparisons: two prompt versions or models, an outcome a row; the check of a release pipeline; what confidence tells. */
"use strict";

(() => {
  const gw = window.groundwire;
  const { quality } = gw;
  const { plots } = quality;
  const SHARED = ["project", "range", "from", "to", "filter"];
  const KINDS = { prompt_version: ["Prompt versions", "prompt versions"], model: ["Models", "models"] };
  const STATUS = { better: ["Better", "good"], not_worse: ["Not worse", "info"], worse: ["Worse", "error"], undecided: ["Undecided", "plain"] };
  const HELD = { feature: "feature", day: "day", prompt_version: "prompt", model: "model", tenant_id: "tenant", environment: "environment" };
  const WIDE = 150;
  const HIGH = 26;
  const TWICE = 2;

  const traces = (n) => `${gw.count(n)} ${n === 1 ? "trace" : "traces"}`;
  const words = (names) => names.map((name) => HELD[name] || name).join(", ");
  const number = (value) => String(Number(value.toPrecision(6)));

  /** A part in an element of its own; what has the focus keeps it when it is drawn anew. */
  class Part extends gw.PagePart {
    constructor(root, path, keys) {
      super(root, `quality/${path}`, [...SHARED, ...keys]);
    }

    draw() {
      const focused = this.root.contains(document.activeElement) ? document.activeElement.dataset.keep : "";
      super.draw();
      const again = focused && this.root.querySelector(`[data-keep="${focused}"]`);
      if (again) again.focus();
    }
  }

  const choice = (label, keep, value, options, work) => {
    const select = gw.h("select", { class: "gw-button", "aria-label": label, "data-keep": keep, onchange: (event) => work(event.target.value) }, ...options);
    select.value = value;
    return gw.h("label", { class: "gw-quality-choice" }, gw.h("span", {}, label), select);
  };

  /* ---- figures of an outcome ---- */

  const isRatio = ({ unit }) => unit === "ratio";
  const title = ({ kind, name, outcome }) => ({ failures: "Failures", latency: "Latency", cost: "Cost" })[kind] || (/[<>=]/.test(outcome) ? outcome.replace(/^evaluation\./, "") : name);
  const about = (row) => {
    if (row.kind === "failures") return "share of traces that failed";
    if (isRatio(row)) return `${row.kind === "latency" ? "a trace" : "USD a trace"}, geometric mean`;
    const what = row.unit === "score" ? "mean score" : /[<>=]/.test(row.outcome) ? "share of traces" : "share of true ones";
    return `${what}, ${row.worse} is worse`;
  };
  const value = (row, one) => (one === null ? "–" : isRatio(row) ? (row.kind === "cost" ? gw.cost(one) : gw.seconds(one)) : plots.figure(row.unit, one));
  /** A difference with its sign; of times and costs, by how much more. */
  const delta = (row, one) => {
    if (!isRatio(row)) return plots.signed(row.unit, one);
    if (one >= TWICE) return `×\u2009${gw.scoreNumber(one)}`;
    return `${one < 1 ? "−" : "+"}${gw.percent(Math.abs(one - 1))}`;
  };
  const range = (row, { low, high }) => `${delta(row, low)} to ${delta(row, high)}`;
  const margin = (row) => (isRatio(row) ? gw.percent(row.margin) : row.unit === "share" ? `${number(row.margin * 100)}\u2009pp` : gw.scoreNumber(row.margin));

  /** The difference with both intervals around "no difference"; what is worse stands to the right, the margin is shaded. */
  const whiskers = (row) => {
    const { difference: one, at_any_time: any } = row;
    if (!one) return null;
    const turn = row.worse === "lower" && !isRatio(row) ? -1 : 1;
    const scale = (x) => turn * (isRatio(row) ? Math.log(x) : x);
    const limit = isRatio(row) ? Math.log1p(row.margin) : row.margin;
    const reach = 1.06 * Math.max(limit, ...[one, any].filter(Boolean).flatMap(({ low, high }) => [Math.abs(scale(low)), Math.abs(scale(high))]), 1e-9);
    const at = (x) => WIDE / 2 + (x / reach) * (WIDE / 2 - 2);
    const said = `${title(row)}: difference ${delta(row, one.value)}, 95 % interval ${range(row, one)}; at any time ${any ? range(row, any) : "not yet"}`;
    const svg = gw.h("svg", { width: WIDE, height: HIGH, class: `gw-compare-plot gw-compare-${row.status}`, role: "img", "aria-label": said }, gw.h("title", {}, said));
    svg.append(gw.h("rect", { x: at(0), y: 0, width: Math.max(0, at(limit) - at(0)), height: HIGH, class: "gw-compare-margin" }), gw.h("line", { x1: at(0), x2: at(0), y1: 0, y2: HIGH, class: "gw-axis-line" }));
    const ends = ({ low, high }) => [at(scale(low)), at(scale(high))].sort((a, b) => a - b);
    if (any) {
      const [from, to] = ends(any);
      svg.append(gw.h("path", { d: `M${from} 13H${to}M${from} 8v10M${to} 8v10`, class: "gw-compare-any" }));
    }
    const [from, to] = ends(one);
    svg.append(gw.h("rect", { x: from, y: 10, width: Math.max(1, to - from), height: 6, rx: 2, class: "gw-compare-one" }), gw.h("circle", { cx: at(scale(one.value)), cy: 13, r: 3.4, class: "gw-compare-value" }));
    return svg;
  };

  const more = ({ status, more_traces: needed, difference, at_any_time: any }) => {
    if (status !== "undecided" || !difference) return "";
    if (!any) return "too few traces yet";
    return needed === null ? "too far off to tell" : `about ${gw.short(needed)} more ${needed === 1 ? "trace" : "traces"}`;
  };
  const badge = ({ status, reason }) => gw.h("span", { class: `gw-badge gw-badge-${STATUS[status][1]}`, title: reason }, STATUS[status][0]);

  /* ---- the comparison ---- */

  class Comparisons extends Part {
    constructor(root) {
      super(root, "comparisons", ["by", "baseline", "candidate", "outcome", "margin", "ratio"]);
      this.load();
    }

    drawn() {
      const { data } = this;
      if (!data.outcomes.length) return [this.choices(), this.none()];
      return [this.choices(), this.warnings(), this.table(), this.check()];
    }

    none() {
      const { by, others } = this.data;
      const [other] = Object.keys(KINDS).filter((name) => name !== by && others[name] > 1);
      const text = by === "model" ? "It takes traces that two models answered." : "It takes traces of two versions of a prompt. A span names its version as gen_ai.prompt.version, and the prompt as gen_ai.prompt.name.";
      return gw.h("div", {}, quality.nothing(`No two ${KINDS[by][1]} in this time range`, text), other ? gw.h("p", { class: "gw-compare-other" }, gw.press("gw-button", `Compare ${KINDS[other][1]}`, () => gw.view.set({ by: other, baseline: "", candidate: "" }))) : null);
    }

    /* -- what is asked -- */

    choices() {
      const { data } = this;
      const by = choice("Compare", "by", data.by, Object.entries(KINDS).map(([name, [text]]) => gw.h("option", { value: name }, `${text} (${data.others[name]})`)), (name) => gw.view.set({ by: name, baseline: "", candidate: "" }));
      const { baseline, candidate } = data;
      if (!baseline) return gw.h("div", { class: "gw-compare-choices" }, by);
      /* What is chosen twice changes places. */
      const set = (changes) => gw.view.set({ by: data.by, baseline, candidate, ...changes });
      return gw.h("div", { class: "gw-compare-choices" }, by,
        choice("Baseline", "baseline", baseline, this.options(baseline), (side) => set(side === candidate ? { baseline: side, candidate: baseline } : { baseline: side })),
        choice("Candidate", "candidate", candidate, this.options(candidate), (side) => set(side === baseline ? { candidate: side, baseline: candidate } : { candidate: side })),
        gw.h("button", { class: "gw-button", type: "button", "data-keep": "swap", title: "Let baseline and candidate change places", "aria-label": "Swap baseline and candidate", onclick: () => set({ baseline: candidate, candidate: baseline }) }, "⇄"),
        gw.h("span", { class: "gw-compare-margins", role: "group", "aria-label": "Margin: how much worse is still good enough" },
          this.margin("Margin", "margin", data.margin, "points", "How much worse a share or score may be: in percentage points, of scores in hundredths"),
          this.margin("of time and cost", "ratio", data.ratio, "%", "How much longer or dearer a trace may be")));
    }

    options(chosen) {
      const { choices } = this.data;
      const option = ({ side, traces: n }) => gw.h("option", { value: side }, `${side} (${gw.count(n)})`);
      const missing = choices.some(({ side }) => side === chosen) ? [] : [option({ side: chosen, traces: 0 })];
      const prompts = [...new Set(choices.map(({ prompt }) => prompt))];
      if (prompts.length < 2) return [...missing, ...choices.map(option)];
      return [...missing, ...prompts.map((prompt) => gw.h("optgroup", { label: prompt || "Prompts without a name" }, ...choices.filter((one) => one.prompt === prompt).map(option)))];
    }

    margin(label, key, now, unit, text) {
      const field = gw.textField({ type: "number", min: "0", step: "any", inputmode: "decimal", value: number(now * 100), "data-keep": key, "aria-label": `${key === "ratio" ? "Margin of time and cost" : label} in ${unit}`, title: text, onchange: (event) => {
        const percent = Number(event.target.value);
        if (event.target.value === "" || !(percent >= 0)) event.target.value = number(now * 100);
        else gw.view.set({ [key]: number(percent / 100) });
      } });
      return gw.h("label", { class: "gw-quality-choice gw-compare-margin-field", title: text }, gw.h("span", {}, label), field, gw.h("span", {}, unit));
    }

    /* -- what to beware of -- */

    warnings() {
      const { outcomes, starts_anew: moves, start, evaluations_left_out: left } = this.data;
      const notes = [...new Set(outcomes.map(({ note }) => note).filter(Boolean))].map((note) => {
        const of = outcomes.filter((one) => one.note === note);
        return gw.h("li", {}, `${of.length === outcomes.length ? "" : `${of.map(title).join(", ")}: `}${note}.`);
      });
      if (left) notes.push(gw.h("li", {}, left === 1 ? "The least frequent evaluation is not looked at." : `The ${gw.count(left)} least frequent evaluations are not looked at.`));
      if (moves) notes.push(gw.h("li", {}, "The range moves on with the clock. What is said at any time holds for a start that stays. ", gw.press("gw-button gw-compare-fix", "Fix the start", () => gw.view.set({ from: start, to: "", range: "" }))));
      return notes.length ? gw.h("ul", { class: "gw-compare-notes", role: "note", "aria-label": "What to beware of" }, ...notes) : null;
    }

    /* -- outcomes -- */

    table() {
      const { baseline, candidate, outcomes } = this.data;
      /* What is held equal is mostly the same in all rows: then it is said once. */
      this.held = new Set(outcomes.filter(({ difference }) => difference).map((row) => words(row.held_equal) || "nothing"));
      const head = ["Outcome", "Verdict", "Baseline", "Candidate", "Difference", "better ← → worse", "Compared traces"];
      const table = gw.pageTable(`${candidate} against ${baseline}`, head, ["Baseline", "Candidate"], outcomes.map((row) => this.row(row)));
      table.classList.add("gw-compare-table");
      const key = gw.h("p", { class: "gw-dim gw-compare-key" }, gw.h("i", { class: "gw-compare-key-one" }), " 95 % interval for one look that was planned ", gw.h("i", { class: "gw-compare-key-any" }), " for all looks together: look as often as you like ", gw.h("i", { class: "gw-compare-key-margin" }), " margin");
      return gw.pageSection(`${candidate} against ${baseline}`, this.held.size === 1 ? `on traffic that is alike in ${[...this.held][0]}` : "on traffic that is alike otherwise", table, key, this.help());
    }

    row(row) {
      const side = (which) => {
        const n = row[`n_${which}`];
        const link = n ? gw.tracesLink(row.traces[which], `${title(row)}: traces of ${this.data[which]}`, traces(n)) : gw.h("span", { class: "gw-dim" }, "no traces");
        return gw.h("td", { class: "gw-num" }, gw.h("b", {}, value(row, row[which])), gw.h("div", { class: "gw-compare-below" }, link));
      };
      const name = title(row);
      const causes = row.kind === "failures" && row.n_candidate ? gw.link("gw-turn-link", quality.href("failures", { filter: row.traces.candidate.filter }), "Causes") : null;
      if (causes) causes.setAttribute("aria-label", `Why traces of ${this.data.candidate} failed`);
      return gw.h("tr", {},
        gw.h("th", { scope: "row", class: "gw-compare-name" }, gw.h("span", { class: "gw-compare-cut", title: name }, name), gw.h("div", { class: "gw-dim gw-compare-below" }, about(row), causes ? " · " : "", causes)),
        gw.h("td", { class: "gw-compare-verdict" }, badge(row), gw.h("div", { class: "gw-dim gw-compare-below" }, more(row) || `margin ${margin(row)}`)),
        side("baseline"), side("candidate"),
        gw.h("td", { class: "gw-compare-difference" }, ...this.difference(row)), gw.h("td", {}, whiskers(row)), gw.h("td", {}, ...this.alike(row)));
    }

    difference(row) {
      const { difference: one, at_any_time: any } = row;
      if (!one) return [gw.h("span", { class: "gw-dim", title: row.note }, "nothing to compare")];
      return [gw.h("b", {}, delta(row, one.value)), gw.h("span", { class: "gw-dim gw-interval", title: "95 % interval for one look that was planned" }, range(row, one)),
        gw.h("div", { class: "gw-dim gw-compare-below", title: "95 % interval for all looks together" }, any ? `at any time ${range(row, any)}` : "at any time: not yet")];
    }

    alike(row) {
      if (!row.difference) return [gw.h("span", { class: "gw-dim" }, "–")];
      const all = row.n_baseline + row.n_candidate;
      const held = `held equal: ${words(row.held_equal) || "nothing"}`;
      return [gw.h("span", {}, `${gw.count(all - row.left_out)} of ${gw.count(all)}`),
        gw.h("div", { class: "gw-dim gw-compare-below", title: "Traces without any of the other side like them" }, `${gw.count(row.left_out)} left out`),
        ...(this.held.size > 1 ? [gw.h("div", { class: "gw-dim gw-compare-below gw-compare-cut", title: held }, held)] : []),
        ...(row.not_held_equal.length ? [gw.h("span", { class: "gw-badge gw-badge-warn", title: `Differences may be due to these: too few traces are alike in ${words(row.not_held_equal)} too` }, `not equal: ${words(row.not_held_equal)}`)] : [])];
    }

    help() {
      return gw.h("details", { class: "gw-compare-help" }, gw.h("summary", {}, "How to read this"),
        gw.h("p", {}, "Values and differences are of traces that have others like them on the other side; the rest is left out. The verdict is made of the interval at any time: better if all of it is on the better side, not worse if all of it is within the margin, worse if all of it is beyond the margin. How many more traces it takes is said for a difference that stays as it is."),
        gw.h("p", {}, "Each row is right in 95 of 100 cases by itself. Of a dozen rows one may well be wrong: decide beforehand which of them count."));
    }

    /* -- the release pipeline -- */

    check() {
      const { check, outcomes } = this.data;
      const row = outcomes.find(({ outcome }) => outcome === check.outcome);
      const list = gw.h("datalist", { id: "gw-compare-outcomes" }, ...outcomes.map(({ outcome }) => gw.h("option", { value: outcome })));
      const field = gw.textField({ value: gw.view.query.outcome || check.outcome, list: list.id, "data-keep": "outcome", "aria-label": "Outcome", "aria-describedby": "gw-compare-outcome-note", "aria-invalid": check.problem ? "true" : null, onchange: (event) => gw.view.set({ outcome: event.target.value.trim() }) });
      const line = `GROUNDWIRE=${window.location.origin}\n${check.command}`;
      return gw.pageSection("Ask in a release pipeline", "with a key that may read; the line ends with 0 if the candidate may go out",
        gw.h("div", { class: "gw-compare-check" }, gw.h("label", { class: "gw-quality-choice" }, gw.h("span", {}, "Outcome"), field), list, gw.h("span", {}, "says now ", badge(row)), gw.h("span", { class: "gw-dim" }, more(row) || row.reason)),
        check.problem ? gw.h("p", { class: "gw-error-text", role: "alert", id: "gw-compare-outcome-note" }, gw.sentence({ message: check.problem, hint: "" })) : gw.h("p", { class: "gw-dim gw-compare-below", id: "gw-compare-outcome-note" }, "failures, latency, cost or an evaluation; evaluation.groundedness < 0.5 is the share of traces with such a score"),
        gw.linesToCopy("the check", line));
    }
  }

  /* ---- confidence ---- */

  class Confidence extends Part {
    constructor(root) {
      super(root, "confidence", ["told"]);
      this.load();
    }

    drawn() {
      const { data } = this;
      return [gw.pageSection("Confidence", "how sure models were of their last answers, and whether that tells what went wrong", ...(data.with_confidence ? this.figures() : [this.none()]))];
    }

    none() {
      const read = this.data.read.flatMap((name, i) => [i ? ", " : "", gw.h("code", { class: "gw-mono" }, name)]);
      return gw.h("div", { class: "gw-sure-none", role: "status" }, gw.h("p", { class: "gw-empty-title" }, "No log-probabilities in this time range"),
        gw.h("p", { class: "gw-dim" }, "Spans of model calls that hold them are read from these attributes: ", ...read, ". The first two are the mean log-probability of the answer's tokens; the others are JSON, a list of numbers or of objects with logprob, also under content."));
    }

    figures() {
      const { data } = this;
      const label = (text) => text.replace(/^evaluation\./, "");
      const options = [...new Set([...data.told, data.outcome])].map((text) => gw.h("option", { value: text }, label(text)));
      const share = `${gw.count(data.with_confidence)} of ${traces(data.traces)} ${data.with_confidence === 1 ? "sends" : "send"} them`;
      return [gw.h("div", { class: "gw-compare-check" }, choice("It is to tell", "told", data.outcome, options, (told) => gw.view.set({ told })),
        gw.h("span", {}, share), gw.tracesLink(data.sent_in, "Traces that send log-probabilities"), gw.h("span", { class: "gw-dim" }, `median probability ${gw.percent(data.median)}`)),
      this.auroc(), this.chart()];
    }

    auroc() {
      const { auroc, note } = this.data;
      if (!auroc) return gw.h("p", { class: "gw-dim" }, `How well it tells is not said: ${note}.`);
      const tells = auroc.low > 0.5 ? "better than chance" : auroc.high < 0.5 ? "the wrong way round" : "it may be chance";
      return gw.h("p", { class: "gw-sure-auroc" }, "AUROC ", gw.h("b", { class: "gw-quality-value" }, auroc.value.toFixed(2)), gw.h("span", { class: "gw-dim" }, ` 95 % interval ${auroc.low.toFixed(2)} to ${auroc.high.toFixed(2)}: ${tells}. It is how likely a trace that came out badly was less sure than one that did not; 0.5 is chance, 1 perfect.`));
    }

    chart() {
      const { steps } = this.data;
      const most = Math.max(...steps.map(({ traces: n }) => n), 1);
      const highest = Math.max(...steps.map(({ traces: n, bad }) => (bad ? (n < plots.FEW ? bad.value : bad.high) : 0)), 0.01);
      const row = (name, top, draw) => gw.h("div", { class: "gw-sure-row" }, gw.h("div", { class: "gw-sure-axis gw-dim" }, gw.h("span", {}, top), gw.h("b", {}, name), gw.h("span", {}, "0")), gw.h("div", { class: "gw-sure-steps" }, ...steps.map(draw)));
      const part = (one) => `${(100 * one).toFixed(2)}%`;
      const said = ({ low, high, traces: n, bad }) => `Probability ${gw.percent(low)} to ${gw.percent(high)}: ${traces(n)}${bad ? `, ${gw.percent(bad.value)} came out badly, 95 % interval ${quality.interval(bad)}` : ""}`;
      const bar = (step) => gw.h("span", { class: "gw-sure-step", role: "img", "aria-label": said(step), title: said(step) }, gw.h("i", { class: "gw-sure-bar", style: `height: ${part(step.traces / most)}` }));
      const point = (step) => gw.h("span", { class: `gw-sure-step${step.traces < plots.FEW ? " gw-sure-few" : ""}`, "aria-hidden": "true", title: said(step) },
        ...(step.bad ? [gw.h("i", { class: "gw-sure-whisker", style: `bottom: ${part(step.bad.low / highest)}; height: ${part((Math.min(step.bad.high, highest) - step.bad.low) / highest)}` }), gw.h("i", { class: "gw-sure-dot", style: `bottom: ${part(step.bad.value / highest)}` })] : []));
      return gw.h("div", { class: "gw-sure-chart" }, row("Traces", gw.count(most), bar), row("Came out badly", gw.percent(highest), point),
        gw.h("div", { class: "gw-sure-row" }, gw.h("div", { class: "gw-sure-axis" }), gw.h("div", { class: "gw-sure-scale gw-dim" }, ...[0, 0.25, 0.5, 0.75, 1].map((at) => gw.h("span", {}, gw.percent(at))))),
        gw.h("p", { class: "gw-dim gw-sure-about" }, "Probability of the answer: the geometric mean of what the model gave each token"));
    }
  }

  quality.parts.comparisons = () => {
    const [compared, sure] = ["gw-compare", "gw-sure"].map((look) => gw.h("div", { class: look }));
    const body = document.getElementById("quality-part-body");
    body.removeAttribute("aria-busy");
    body.replaceChildren(compared, sure);
    new Comparisons(compared);
    new Confidence(sure);
  };
})();
