/* Why traces failed: causes ranked, each with whom it struck and examples; and all traces of one cause. */
"use strict";

(() => {
  const gw = window.groundwire;
  const { quality } = gw;
  const { plots } = quality;
  const ANY = "any";
  const BAR = 120;
  const times = (n, one, many) => `${gw.count(n)} ${n === 1 ? one : many}`;

  /** A link within this page, which keeps what it shows until the answer is there. */
  const step = (changes, look, ...content) =>
    gw.h("a", { class: look, href: gw.pageAddress("quality/failures", { ...gw.view.query, ...changes }), onclick: (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      gw.view.set(changes);
    } }, ...content);
  const named = (link, label) => {
    link.setAttribute("aria-label", label);
    return link;
  };
  const traceLink = (trace_id, text, span = "") => gw.link("gw-turn-link", gw.pageAddress(`traces/${trace_id}`, { project: gw.view.query.project, span }), text);
  const moment = (ms) => gw.moment(new Date(ms).toISOString());

  /** Why a trace is said to have failed. A reason may end with the id of the trace that says so. */
  const reason = ({ cause, reason: text }) => {
    const other = cause === "user_corrected" ? text.match(/^(.*: )([0-9a-f]{32})$/) : null;
    return other ? [other[1], traceLink(other[2], `${other[2].slice(0, 8)}…`)] : [text];
  };
  const evidence = (trace_id, one) =>
    gw.h("span", { class: "gw-failures-evidence" }, gw.h("span", { class: "gw-failures-reason", title: one.reason }, ...reason(one)), gw.h("code", { class: "gw-mono gw-dim" }, one.field),
      one.span_id ? named(traceLink(trace_id, "Span", one.span_id), `Span that shows it, in trace ${trace_id}`) : null);

  const signed = (value) => plots.signed("share", value);
  /** How far a share is from that of the window before. */
  const change = (found, before) => {
    if (found.low === null || found.low === undefined) return gw.h("span", { class: "gw-dim", title: found.note || null }, "nothing before");
    const clear = found.low > 0 || found.high < 0;
    return gw.h("span", { title: clear ? "The interval does not reach 0" : "The interval reaches 0: it may be chance" },
      before === 0 ? gw.h("span", { class: "gw-badge gw-badge-warn" }, "new") : null, gw.h("b", { class: clear ? "gw-more" : "" }, signed(found.value)), gw.h("span", { class: "gw-dim gw-interval" }, `${signed(found.low)} to ${signed(found.high)}`));
  };

  class Failures extends quality.Part {
    constructor() {
      super("failures", ["by", "cause", "tagged"]);
      this.open = new Set();
      gw.view.onChange((changed) => changed.has("rank") && this.data && this.data.causes && this.draw());
      this.load();
    }

    load() {
      this.path = gw.view.query.cause ? "quality/failures/traces" : "quality/failures";
      return super.load();
    }

    drawn() {
      this.trend = gw.h("div", { class: "gw-failures-trend" });
      return this.data.causes ? this.ranking() : this.list();
    }

    /* ---- over time: asked for beside the rest ---- */

    async shown() {
      const { data, trend } = this;
      if (data.rows ? !data.rows.length : !data.failed) return;
      try {
        if (!data.trend) data.trend = await gw.ask("quality/failures/over-time", this.question(), this.abort.signal);
      } catch (problem) {
        if (problem.name !== "AbortError") trend.replaceChildren(gw.h("p", { class: "gw-dim", role: "status" }, `Failures over time could not be told: ${gw.sentence(problem)}`));
        return;
      }
      if (!trend.isConnected) return;
      const { series, step: length, window: ends } = data.trend;
      trend.replaceChildren(plots.overTime({ label: data.rows && data.cause !== ANY ? `Share of traces: ${data.title.toLowerCase()}` : "Share of traces that failed", unit: "share", series, step: length, window: ends, axis: plots.axisOverTime(series), counted: "Traces" }));
      for (const [cause, cell] of this.sparks || []) {
        const counts = series.map((one) => one.causes[cause] || 0);
        cell.replaceChildren(plots.spark(counts, `Over time: ${counts.join(", ")}`, 84, 18));
      }
    }

    /* ---- causes ---- */

    ranking() {
      const { data } = this;
      this.sparks = new Map();
      if (!data.traces) return [quality.nothing("No traces in this time range", "Traces that failed appear here with their cause, as soon as they arrive.")];
      if (!data.failed) return [this.summary(), gw.nothing("Nothing failed", `None of ${times(data.traces, "trace", "traces")} failed, by the rules of this project.`)];
      return [this.summary(), this.trend, gw.pageSection("Causes", "each trace has one, the first rule that fits; first seen within this range", this.choices(), gw.h("div", { class: "gw-failures-table" }, this.table()))];
    }

    summary() {
      const { traces, failed, share, cost_usd: cost, change: more, traces_before: before } = this.data;
      return gw.h("p", { class: "gw-quality-summary" }, gw.h("b", { class: "gw-quality-value" }, gw.percent(share.value)), " of ", gw.tracesLink(this.data.query, "All traces of this range", times(traces, "trace", "traces")), " failed: ",
        step({ cause: ANY }, "gw-turn-link", times(failed, "failed trace", "failed traces")), gw.h("span", { class: "gw-dim" }, ` · 95 % interval ${quality.interval(share)} · cost ${gw.cost(cost)} · `),
        before ? gw.h("span", { class: "gw-dim" }, "against the time before ", change(more)) : gw.h("span", { class: "gw-dim" }, "no traces in the time before"));
    }

    choices() {
      const rank = gw.view.query.rank === "cost" ? "cost" : "";
      const chip = (value, text) => gw.press("gw-chip", text, () => gw.view.set({ rank: value }), { "aria-pressed": String(rank === value) });
      return gw.h("div", { class: "gw-failures-choices" },
        gw.h("span", { role: "group", "aria-label": "Rank by" }, gw.h("span", { class: "gw-dim" }, "Rank by"), chip("", "Traces"), chip("cost", "Cost")),
        gw.h("label", { class: "gw-quality-choice" }, gw.h("span", {}, "Tell apart by"), gw.h("select", { class: "gw-button", onchange: (event) => gw.view.set({ by: event.target.value }) },
          ...this.data.dimensions.map(({ key, label }) => gw.h("option", { value: key, selected: key === this.data.by }, label)))));
    }

    table() {
      const { causes } = this.data;
      const ranked = gw.view.query.rank === "cost" ? [...causes].sort((a, b) => b.cost_usd - a.cost_usd) : causes;
      const axis = plots.axisFromZero(causes.map((one) => ({ n: one.traces, ...one.share })));
      return gw.pageTable("Causes of failure", ["Cause", "Traces", "Share of all, 95 % interval", "Over time", "Cost", "Against the time before", "First seen", ""], ["Traces", "Cost"], ranked.flatMap((one) => this.cause(one, axis)));
    }

    cause(one, axis) {
      const id = `failures-${one.cause}`;
      const isOpen = this.open.has(one.cause);
      const more = gw.h("tr", { id, class: "gw-failures-more", hidden: !isOpen });
      const fill = () => more.firstChild || more.append(gw.h("td", { colspan: 8 }, this.more(one)));
      if (isOpen) fill();
      const toggle = gw.press("gw-failures-toggle", [gw.h("span", { class: "gw-failures-caret", "aria-hidden": "true" }, "▸"), one.title], () => {
        fill();
        more.hidden = !more.hidden;
        this.open[more.hidden ? "delete" : "add"](one.cause);
        toggle.setAttribute("aria-expanded", String(!more.hidden));
      }, { "aria-expanded": String(isOpen), "aria-controls": id, title: one.meaning });
      const over = gw.h("td", {});
      this.sparks.set(one.cause, over);
      const cell = (...content) => gw.h("td", { class: "gw-num" }, ...content);
      return [gw.h("tr", {}, gw.h("td", { class: "gw-failures-cause" }, toggle, one.tagged ? gw.h("span", { class: "gw-dim gw-failures-tagged", title: "Traces that failed for another cause, in which this went wrong too" }, `+${gw.count(one.tagged)} as a tag`) : null),
        cell(step({ cause: one.cause }, "gw-turn-link", gw.h("b", {}, gw.count(one.traces)))), gw.h("td", { class: "gw-failures-share" }, plots.whisker("share", { n: one.traces, ...one.share }, axis, null, BAR), gw.h("b", {}, gw.percent(one.share.value)), gw.h("span", { class: "gw-dim gw-interval" }, quality.interval(one.share))),
        over, cell(gw.cost(one.cost_usd)), gw.h("td", { class: "gw-failures-change" }, change(one.change, this.data.traces_before ? one.before : null)), gw.h("td", {}, moment(one.first_seen)),
        gw.h("td", { class: "gw-failures-all" }, named(step({ cause: one.cause }, "gw-turn-link", "All"), `All traces: ${one.title}`))), more];
    }

    more(one) {
      return [gw.h("p", { class: "gw-dim" }, one.meaning), gw.h("div", { class: "gw-failures-details" }, this.split(one),
        gw.h("section", { "aria-label": `Examples: ${one.title}` }, gw.h("h3", {}, "Latest examples"), gw.h("ul", { class: "gw-failures-examples" }, ...one.examples.map((example) =>
          gw.h("li", {}, moment(example.time), named(traceLink(example.trace_id, `${example.trace_id.slice(0, 8)}…`), `Trace ${example.trace_id}`), evidence(example.trace_id, example.evidence))))))];
    }

    split(one) {
      const { label } = this.data.dimensions.find(({ key }) => key === this.data.by);
      if (!one.by.length) return gw.h("section", {}, gw.h("h3", {}, `By ${label.toLowerCase()}`), gw.h("p", { class: "gw-dim" }, `No trace of this range has a ${label.toLowerCase()}.`));
      const axis = plots.axisFromZero(one.by.map(({ traces: n, share }) => ({ n, ...share })));
      const rows = one.by.map((part) => gw.h("tr", {}, gw.h("td", { class: "gw-group", title: part.value }, part.value || gw.h("span", { class: "gw-dim" }, "(none)")),
        gw.h("td", { class: "gw-num" }, named(step({ cause: one.cause, filter: part.filter }, "gw-turn-link", gw.count(part.traces)), `${one.title}: ${times(part.traces, "trace", "traces")} of ${part.value || "none"}`)),
        gw.h("td", { class: "gw-failures-share" }, plots.whisker("share", { n: part.of, ...part.share }, axis, null, BAR), gw.h("b", {}, gw.percent(part.share.value)), gw.h("span", { class: "gw-dim gw-interval" }, `of ${gw.count(part.of)}`)),
        gw.h("td", { class: "gw-num" }, gw.cost(part.cost_usd))));
      return gw.h("section", { "aria-label": `${one.title} by ${label.toLowerCase()}` }, gw.h("h3", {}, `By ${label.toLowerCase()}`), gw.pageTable(`${one.title} by ${label.toLowerCase()}`, [label, "Traces", `Share of its traces`, "Cost"], ["Traces", "Cost"], rows));
    }

    /* ---- the traces of one cause ---- */

    list() {
      const { title, meaning, rows, cause } = this.data;
      this.sparks = null;
      const back = step({ cause: "", tagged: "" }, "gw-turn-link", "All causes");
      const head = gw.h("div", { class: "gw-failures-head" }, back, gw.h("h2", {}, title), gw.h("span", { class: "gw-dim" }, meaning));
      const tagged = cause === ANY ? null : gw.h("label", { class: "gw-failures-tags" }, gw.h("input", { type: "checkbox", checked: this.data.tagged, onchange: (event) => gw.view.set({ tagged: event.target.checked ? "1" : "" }) }), "Also traces that failed for another cause, in which this went wrong too");
      if (!rows.length) return [head, tagged, quality.nothing("No such trace in this time range", "None failed for this cause, among those that fit the filter.")];
      this.body = gw.h("tbody", {}, ...rows.map((row) => this.row(row)));
      const table = gw.pageTable(`Traces: ${title}`, ["Started", "Trace", "What went wrong", "Tenant", "Feature", "Prompt", "Model", "Duration", "Cost"], ["Duration", "Cost"], []);
      table.querySelector("tbody").replaceWith(this.body);
      this.last = gw.h("div", { class: "gw-failures-last", role: "status" });
      this.ended();
      return [head, this.trend, gw.pageSection("Traces", "the newest first", tagged, gw.h("div", { class: "gw-failures-table" }, table), this.last)];
    }

    row(row) {
      const [first, ...also] = row.causes;
      const text = (value) => gw.h("td", { class: "gw-group gw-failures-fact", title: value }, value || gw.h("span", { class: "gw-dim" }, "–"));
      return gw.h("tr", {}, gw.h("td", {}, moment(row.time)), gw.h("td", {}, named(traceLink(row.trace_id, `${row.trace_id.slice(0, 8)}…`), `Trace ${row.trace_id}`)),
        gw.h("td", { class: "gw-wide-cell gw-failures-wrong" }, gw.view.query.cause === first.cause ? null : gw.h("b", {}, `${first.title} `), evidence(row.trace_id, first),
          ...also.map((one) => gw.h("span", { class: "gw-badge gw-badge-plain", title: one.reason }, `also ${one.title.toLowerCase()}`))),
        text(row.tenant), text(row.feature), text(row.prompt), text(row.model), gw.h("td", { class: "gw-num" }, gw.duration(row.duration_ns)), gw.h("td", { class: "gw-num" }, gw.cost(row.cost_usd)));
    }

    ended() {
      const n = this.body.children.length;
      const more = this.data.cursor ? gw.press("gw-button", "Show more", (event) => this.goOn(event.target)) : null;
      this.last.replaceChildren(gw.h("span", { class: "gw-dim" }, this.data.cursor ? `The latest ${gw.count(n)}` : times(n, "trace", "traces")), ...(more ? [more] : []));
      return more;
    }

    async goOn(button) {
      button.disabled = true;
      const { data, body } = this;
      try {
        const { rows, cursor } = await gw.ask(this.path, { ...this.question(), cursor: data.cursor }, this.abort.signal);
        data.cursor = cursor;
        body.append(...rows.map((row) => this.row(row)));
        const more = this.ended();
        if (more) more.focus();
      } catch (problem) {
        if (problem.name === "AbortError") return;
        button.disabled = false;
        gw.toast(gw.sentence(problem));
      }
    }
  }

  quality.parts.failures = () => new Failures();
})();
