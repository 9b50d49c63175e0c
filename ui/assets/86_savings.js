/* What the project's own traffic would have saved. The API works it out beside the request: the page asks until it is there. */
"use strict";

(() => {
  const gw = window.groundwire;
  const { costs } = gw;

  const AGAIN_MS = 700;
  const TITLES = {
    repeats: "Cache answers to repeated requests",
    paraphrases: "Cache answers to questions that mean the same",
    models: "Use a cheaper model that does as well",
    batches: "Send what nobody waits for as batches",
    prefixes: "Mark shared prompts for the provider's cache",
    prompts: "Leave out of prompts what is never used",
  };
  const KEPT = { "1h": "1 hour", "24h": "1 day", "7d": "1 week" };

  const interval = ({ low, high, note }) => (low === null || low === undefined ? note || "no interval" : `95 % interval ${gw.cost(low)} to ${gw.cost(high)}`);
  const times = (n, one, many) => `${gw.count(n)} ${n === 1 ? one : many}`;
  const percent = (part) => `${(part * 100).toFixed(part < 0.1 ? 1 : 0)}\u2009%`;

  const FIGURES = {
    repeats: ({ able_calls: able, hit_rate: rate }) => `${percent(rate)} of ${times(able, "call", "calls")} that could be cached would have been answered from the cache.`,
    paraphrases: (f) => `${times(f.hits, "hit", "hits")} among ${times(f.questions, "question", "questions")}: ${gw.count(f.word_for_word)} word for word, ${gw.count(f.in_other_words)} in other words, of which about ${f.expected_wrong < 10 ? f.expected_wrong.toFixed(1) : gw.count(Math.round(f.expected_wrong))} would have been wrong and are taken off. Measure: ${f.measure}, precision ${percent(f.precision)}, recall ${percent(f.recall)}.`,
    models: ({ compared, as_good: good }) => `${times(compared, "pair of models", "pairs of models")} compared, ${gw.count(good)} found as good.`,
    batches: () => "",
    prefixes: ({ read_tokens: read, written_tokens: written }) => (read ? `${gw.short(Math.round(read))} tokens read from the cache, ${gw.short(Math.round(written))} written.` : ""),
    prompts: (f) => `${gw.count(f.idle_tools)} of ${times(f.tools, "tool", "tools")} never used; ${gw.count(f.idle_documents)} of ${times(f.usual_documents, "document", "documents")} in nearly every prompt never quoted.`,
  };

  /** Ends of the range as the API takes them. */
  const windowOf = () => {
    const { from, to } = gw.view.query;
    return from ? { start: from, end: to || "now" } : { start: `-${gw.view.range()}`, end: "now" };
  };

  class Savings {
    constructor() {
      this.root = document.getElementById("costs-body");
      const keys = new Set(["project", "range", "from", "to", "kept"]);
      gw.view.onChange((changed) => {
        if ([...changed].some((key) => keys.has(key))) this.load();
      });
      gw.onLeave(() => {
        if (this.abort) this.abort.abort();
      });
      this.load();
    }

    kept() {
      return KEPT[gw.view.query.kept] ? gw.view.query.kept : "24h";
    }

    async load() {
      if (this.abort) this.abort.abort();
      const abort = new AbortController();
      this.abort = abort;
      this.root.setAttribute("aria-busy", "true");
      if (!this.root.firstChild) this.root.replaceChildren(gw.waiting(6));
      try {
        let question = windowOf();
        for (;;) {
          const answer = await gw.call("GET", "savings", { project: gw.view.query.project, kept: this.kept(), ...question }, undefined, abort.signal);
          if (abort.signal.aborted) return;
          if (answer.state === "done") {
            this.draw(answer);
            return;
          }
          this.working(answer);
          question = { start: answer.start, end: answer.end };
          await new Promise((resolve) => {
            setTimeout(resolve, AGAIN_MS);
          });
          if (abort.signal.aborted) return;
        }
      } catch (problem) {
        if (problem.name === "AbortError" || abort.signal.aborted) return;
        this.root.removeAttribute("aria-busy");
        this.root.replaceChildren(gw.failed(problem, () => this.load()));
      }
    }

    working({ step, done }) {
      this.root.replaceChildren(gw.h("div", { class: "gw-savings-working", role: "status" },
        gw.h("p", {}, `${step} …`), gw.h("progress", { max: "1", value: String(done), "aria-label": "Working out savings" }),
        gw.h("p", { class: "gw-dim" }, "This takes some seconds on many calls. You may leave the page and come back.")));
    }

    draw({ report, start, end }) {
      this.root.removeAttribute("aria-busy");
      if (!report.all_calls) {
        this.root.replaceChildren(gw.nothing("No model calls in this time range", "Savings are worked out from the calls of a range. Choose a longer one, or send traces first."));
        return;
      }
      this.root.replaceChildren(this.choices(), this.total(report, start, end), gw.h("div", { class: "gw-savings-ways" }, ...this.ordered(report).map((saving) => this.way(saving, report))));
    }

    ordered({ savings }) {
      return [...savings].sort((a, b) => b.saved_usd.value - a.saved_usd.value);
    }

    choices() {
      const select = gw.h("select", { class: "gw-select", onchange: (event) => gw.view.set({ kept: event.target.value }) },
        ...Object.entries(KEPT).map(([value, name]) => Object.assign(gw.h("option", { value }, name), { selected: value === this.kept() })));
      return gw.h("div", { class: "gw-savings-choices" }, gw.h("label", {}, "Caches keep an answer for", select));
    }

    total(report, start, end) {
      const { together_usd: together, cost_usd: cost } = report;
      const partly = report.calls < report.all_calls
        ? gw.h("p", {}, `There are ${gw.count(report.all_calls)} calls in this range, more than are looked at in one go. Figures are of the latest ${gw.count(report.calls)}, from ${gw.shortTime(Date.parse(report.looked_at_from))} on, not scaled up.`) : null;
      return gw.h("section", { class: "gw-page-section", "aria-label": "All together" },
        gw.h("div", { class: "gw-savings-total" }, gw.cost(together.value)),
        gw.h("p", {}, `would have been saved by all of this together, ${cost ? percent(together.value / cost) : "0\u2009%"} of ${gw.cost(cost)} spent on ${times(report.calls, "call", "calls")} over ${times(report.days, "day", "days")}. Nothing is counted twice: what a cache answers is not batched as well.`),
        gw.h("p", { class: "gw-savings-interval" }, `${interval(together)}${together.low === null ? "" : ", for a period like this one"} · ${gw.shortTime(Date.parse(start) || Date.now())} – ${gw.shortTime(Date.parse(end))}`), partly);
    }

    way(saving, report) {
      const { saved_usd: saved } = saving;
      const told = FIGURES[saving.method](saving.figures);
      const id = `saving-${saving.method}`;
      return gw.h("section", { class: `gw-savings-way${saved.value ? "" : " gw-savings-none"}`, "aria-labelledby": id, "data-method": saving.method },
        gw.h("header", {}, gw.h("h2", { id }, TITLES[saving.method]), gw.h("span", { class: "gw-savings-usd" }, saved.value ? gw.cost(saved.value) : "Nothing found")),
        gw.h("p", { class: "gw-dim" }, saving.how),
        saved.value ? this.bar(saved, report.cost_usd) : null,
        saved.value ? gw.h("p", { class: "gw-savings-interval" }, `${interval(saved)} · ${percent(saved.value / report.cost_usd)} of spend · ${times(saving.calls, "call", "calls")} · taken alone`) : null,
        told ? gw.h("p", {}, told) : null,
        saving.groups.length ? this.groups(saving.groups) : null,
        saving.evidence.length ? gw.h("details", {}, gw.h("summary", {}, `Evidence: ${times(saving.evidence.length, "trace", "traces")} that would have cost less`), this.evidence(saving.evidence)) : null,
        gw.h("details", {}, gw.h("summary", {}, "What this assumes"), gw.h("ul", {}, ...saving.assumptions.map((text) => gw.h("li", {}, text)))),
        saving.left_out.length ? gw.h("details", {}, gw.h("summary", {}, "What is not claimed"), gw.h("ul", {}, ...saving.left_out.map((text) => gw.h("li", {}, text)))) : null);
    }

    bar(saved, cost) {
      const width = (usd) => `${Math.min(100, cost ? (usd / cost) * 100 : 0).toFixed(2)}%`;
      const said = `${gw.cost(saved.value)} of ${gw.cost(cost)}`;
      const parts = [gw.h("span", { style: `width: ${width(saved.value)}` })];
      if (saved.low !== null && saved.low !== undefined) parts.push(gw.h("i", { style: `left: ${width(saved.low)}; width: ${width(saved.high - saved.low)}` }));
      return gw.h("div", { class: "gw-savings-bar", role: "img", "aria-label": said, title: said }, ...parts);
    }

    groups(groups) {
      const cells = (group) => [
        gw.h("td", {}, group.name), gw.h("td", { class: "gw-num" }, gw.count(group.calls)), gw.h("td", { class: "gw-num" }, gw.cost(group.cost_usd)),
        gw.h("td", { class: "gw-num" }, gw.h("b", {}, gw.cost(group.saved_usd))), gw.h("td", { class: "gw-dim" }, group.note),
        gw.h("td", {}, group.filter ? this.traces(group) : ""),
      ];
      return gw.h("div", { class: "gw-savings-table" }, gw.h("table", { class: "gw-table" },
        gw.h("thead", {}, gw.h("tr", {}, gw.h("th", { scope: "col" }, "Where"), gw.h("th", { scope: "col", class: "gw-num" }, "Calls"), gw.h("th", { scope: "col", class: "gw-num" }, "Cost"), gw.h("th", { scope: "col", class: "gw-num" }, "Saved"), gw.h("th", { scope: "col" }, "Note"), gw.h("th", { scope: "col" }, gw.h("span", { class: "gw-hidden" }, "Traces")))),
        gw.h("tbody", {}, ...groups.map((group) => gw.h("tr", {}, ...cells(group))))));
    }

    traces({ name, filter }) {
      const { project, range, from, to } = gw.view.query;
      const shown = from ? { from, to } : { range: range || gw.view.range() };
      return gw.tracesLink(Object.fromEntries(Object.entries({ project, ...shown, filter }).filter(([, value]) => value)), `Traces of ${name}`);
    }

    trace(id) {
      const { project } = gw.view.query;
      return gw.link("gw-turn-link", `${gw.prefix()}traces/${id}${project ? `?${new URLSearchParams({ project })}` : ""}`, `${id.slice(0, 8)}…`);
    }

    evidence(pieces) {
      return gw.h("ul", {}, ...pieces.map((piece) => gw.h("li", {}, this.trace(piece.trace_id), ` saves ${gw.cost(piece.saved_usd)}`,
        piece.other_trace_id ? [", answered before in ", this.trace(piece.other_trace_id)] : "", piece.note ? ` (${piece.note})` : "")));
    }
  }

  costs.parts.savings = () => new Savings();
})();
