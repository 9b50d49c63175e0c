/* The page of retrieval: its measures, one of them over time, by what traces have in common, ranks, retrievers, documents. */
"use strict";

(() => {
  const gw = window.groundwire;
  const { quality } = gw;
  const { plots } = quality;
  const times = (n, one, many = `${one}s`) => `${gw.count(n)} ${n === 1 ? one : many}`;
  const NONE = "(none)";

  /** What is measured: its name, unit, what it is counted of, what it means, and what is worth a look in it. */
  const MEASURES = {
    relevance: ["Context relevance", "mean", "trace", "how much of the question's words the contexts hold", "with hardly any"],
    context_used: ["Contexts used", "share", "context", "contexts that hold the evidence of a supported claim", "that used none"],
    position: ["First used rank", "mean", "answer", "where the first context stands that an answer rests on", "with a later one"],
    redundancy: ["Redundant contexts", "share", "context", "contexts that are nearly the same as another of their list", "with repeats"],
    empty: ["Empty retrievals", "share", "retrieval", "retrievals that found nothing", "found nothing"],
    low_score: ["Low scores", "share", "retrieval", "retrievals whose best score is below what 95 % of their retriever's have", "with low scores"],
    without_support: ["Answers without support", "share", "answer", "answers, no refusals, of which no claim is supported by what was retrieved", "without support"],
  };
  /** As heads of narrow columns. */
  const SHORT = { relevance: "Relevance", context_used: "Used", position: "First used", redundancy: "Redundant", empty: "Empty", low_score: "Low", without_support: "No support" };
  const nameOf = (measure) => MEASURES[measure][0];
  const unitOf = (measure) => MEASURES[measure][1];
  const figure = (measure, { value }) => plots.figure(unitOf(measure), value);
  const few = (one) => one.n < plots.FEW;
  const cell = (text, more = {}) => gw.h("td", { class: "gw-num", ...more }, text);
  const long = (text, title = text) => gw.h("td", {}, gw.h("span", { class: "gw-retrieval-name", title }, text));
  const listed = (n, query, label) => gw.h("td", { class: "gw-num" }, query ? gw.tracesLink(query, label, n > 1 ? times(n, "trace") : "Trace") : "");

  class RetrievalPart extends quality.Part {
    constructor() {
      super("retrieval", ["by", "measure"]);
      this.load();
    }

    drawn() {
      const { measures } = this.data;
      if (!measures.length) return [quality.nothing("No retrieval in this time range", "Traces with a span of the operation retrieve or rerank appear here: what they found, and what of it their answers rest on.")];
      return [this.measures(), this.overTime(), this.groups(), this.ranks(), this.retrievers(), this.unused(), this.unsupported()];
    }

    /* ---- all measures; one is chosen ---- */

    measures() {
      const { measures } = this.data;
      const known = Object.fromEntries(measures.map((one) => [one.measure, one]));
      const judged = ["relevance", "context_used"].every((measure) => known[measure]);
      const note = judged ? null : gw.h("p", { class: "gw-dim gw-retrieval-note" }, "What answers rest on is known of traces that the evaluator groundedness has judged, relevance of those that context_relevance has.");
      return gw.pageSection("How good retrieval is", "with 95 % intervals; choose one to see it over time",
        gw.pageTable("Measures of retrieval", ["Measure", "Value", "95 % interval", "Of", ""], ["Value", "Of"], Object.keys(MEASURES).map((measure) => this.measure(measure, known[measure]))), note);
    }

    measure(measure, one) {
      const [name, unit, counted, meaning, noted] = MEASURES[measure];
      const chosen = this.data.measure === measure;
      const choose = gw.h("button", { class: "gw-retrieval-choice", type: "button", "aria-pressed": String(chosen), onclick: () => gw.view.set({ measure }) }, name);
      const head = gw.h("td", {}, choose, gw.h("span", { class: "gw-dim gw-retrieval-meaning" }, meaning));
      if (!one) return gw.h("tr", { class: "gw-retrieval-unknown" }, head, cell("–"), gw.h("td", { class: "gw-dim", colspan: "3" }, "not known"));
      const axis = unit === "share" || measure === "relevance" ? [0, 1] : plots.axisFromZero([one]);
      const link = one.query ? gw.tracesLink(one.query, `Traces ${noted}: ${name}`, `${times(one.noted, "trace")} ${noted}`) : null;
      if (link && one.noted > 100) link.title = "Leads to the newest 100";
      return gw.h("tr", { class: chosen ? "gw-retrieval-chosen" : null }, head, cell(gw.h("b", {}, figure(measure, one))),
        gw.h("td", {}, gw.h("span", { class: "gw-retrieval-interval" }, plots.whisker(unit, one, axis), gw.h("span", { class: "gw-dim" }, few(one) ? "too few to tell" : plots.interval(unit, one)))),
        cell(times(one.n, counted)), gw.h("td", {}, link));
    }

    overTime() {
      const { measure, series, step, window } = this.data;
      const unit = unitOf(measure);
      const axis = measure === "relevance" || measure === "context_used" ? [0, 1] : plots.axisFromZero(series);
      const [, , counted] = MEASURES[measure];
      return plots.overTime({ label: nameOf(measure), unit, series, step, window, axis, counted: `${counted[0].toUpperCase()}${counted.slice(1)}s` });
    }

    /* ---- by what traces have in common ---- */

    groups() {
      const { by, dimensions, groups, measure, measures, more_groups: more } = this.data;
      const { label } = dimensions.find((one) => one.key === by);
      const shown = Object.keys(MEASURES).filter((name) => measures.some((one) => one.measure === name));
      const others = shown.filter((name) => name !== measure);
      const figures = groups.map((one) => one.figures[measure]).filter(Boolean);
      const axis = unitOf(measure) === "share" || measure === "relevance" ? [0, 1] : plots.axisFromZero(figures.length ? figures : [{ n: 1, value: 1, high: null }]);
      const choice = gw.h("label", { class: "gw-quality-choice" }, gw.h("span", {}, "By"), gw.h("select", { class: "gw-button", "aria-label": "By", onchange: (event) => gw.view.set({ by: event.target.value }) },
        ...dimensions.map(({ key, label: text }) => gw.h("option", { value: key, selected: key === by }, text))));
      const all = measures.find((one) => one.measure === measure);
      const heads = [label, nameOf(measure), "95 % interval", "Against the rest", ...others.map((other) => SHORT[other])];
      const section = gw.pageSection(`By ${label.toLowerCase()}`, more ? `the ${groups.length} with the most traces of ${groups.length + more}` : "", gw.pageTable(`Retrieval by ${label.toLowerCase()}`, heads, [nameOf(measure), "Against the rest", ...others.map((other) => SHORT[other])], groups.map((one) => this.group(one, axis, others, all))));
      section.querySelector(".gw-page-section-head").append(choice);
      return section;
    }

    group({ name, query, figures }, axis, others, all) {
      const { measure } = this.data;
      const unit = unitOf(measure);
      const one = figures[measure];
      const rest = one && one.difference;
      const sure = rest && rest.low !== null && (rest.low > 0 || rest.high < 0);
      const link = gw.tracesLink(query, `Traces of ${name || NONE}`, name || NONE);
      link.classList.add("gw-retrieval-name");
      link.title = name;
      return gw.h("tr", {}, gw.h("td", {}, link),
        one ? cell(gw.h("b", {}, figure(measure, one))) : cell("–"),
        gw.h("td", {}, one ? gw.h("span", { class: "gw-retrieval-interval" }, plots.whisker(unit, one, axis, all ? all.value : null), few(one) ? gw.h("span", { class: "gw-dim" }, "too few to tell") : null) : ""),
        cell(rest ? gw.h(sure ? "b" : "span", { class: sure ? null : "gw-dim", title: `95 % interval ${rest.low === null ? "unknown" : `${plots.signed(unit, rest.low)} to ${plots.signed(unit, rest.high)}`}` }, plots.signed(unit, rest.value)) : ""),
        ...others.map((other) => cell(figures[other] ? figure(other, figures[other]) : "–", figures[other] ? { title: `${plots.interval(unitOf(other), figures[other])}, of ${times(figures[other].n, MEASURES[other][2])}` } : {})));
    }

    /* ---- where the evidence stands; who was asked ---- */

    ranks() {
      const { ranks } = this.data;
      if (!ranks.length) return gw.pageSection("Where the evidence stands", "", gw.h("p", { class: "gw-dim" }, "No answer with contexts has been judged yet."));
      const first = (share) => gw.h("span", { class: "gw-retrieval-first", role: "img", "aria-label": plots.figure("share", share) }, gw.h("i", { style: `width: ${(share * 100).toFixed(1)}%` }));
      return gw.pageSection("Where the evidence stands", "by rank in the list that went to the model",
        gw.pageTable("Contexts by rank", ["Rank", "Contexts", "Used", "95 % interval", "First used here", ""], ["Rank", "Contexts", "Used"], ranks.map((one) =>
          gw.h("tr", {}, cell(String(one.rank)), cell(gw.count(one.n)), cell(plots.figure("share", one.value)), gw.h("td", {}, plots.whisker("share", one, [0, 1])),
            gw.h("td", {}, gw.h("span", { class: "gw-retrieval-interval" }, first(one.first), gw.h("span", { class: "gw-dim" }, plots.figure("share", one.first)))),
            listed(one.listed, one.query, `Newest traces whose first used context has rank ${one.rank}`)))));
    }

    retrievers() {
      const { retrievers } = this.data;
      const usual = (one) => {
        if (one.usual_least === null) return gw.h("span", { class: "gw-dim", title: "Needs 100 retrievals with scores" }, "not known");
        const said = one.of_distances ? `5 % are farther than ${gw.scoreNumber(one.usual_least)}` : `5 % are below ${gw.scoreNumber(one.usual_least)}`;
        return gw.h("span", one.of_window ? { class: "gw-dim", title: "Of this time range itself: there are not enough retrievals in the four weeks before it" } : { title: "Of the four weeks before" }, one.of_window ? `${said} here` : said);
      };
      return gw.pageSection("Retrievers", "by operation, collection and model",
        gw.pageTable("Retrievers", ["Retriever", "Asked", "Found on average", "Empty", "Low", "Best scores", ""], ["Asked", "Found on average", "Empty", "Low"], retrievers.map((one) => {
          const name = [one.operation, one.data_source, one.model].filter(Boolean).join(" · ");
          return gw.h("tr", {}, long(name), cell(gw.count(one.asked)), cell(one.told ? gw.scoreNumber(one.mean_found) : "–", one.told ? {} : { title: "It never says what it finds" }), cell(one.told ? gw.count(one.empties) : "–"),
            cell(one.scored ? gw.count(one.low) : "–"), gw.h("td", {}, usual(one)), gw.h("td", {}, gw.tracesLink(one.query, `Traces that asked ${name}`)));
        })));
    }

    /* ---- documents ---- */

    document(one, ...cells) {
      const name = one.title || one.name || `${one.hash.slice(0, 12)}…`;
      const told = [one.title, one.name, `text ${one.hash}`].filter(Boolean).join("\n");
      return gw.h("tr", {}, gw.h("td", {}, gw.h("span", { class: "gw-retrieval-name", title: told }, name), one.title && one.name ? gw.h("span", { class: "gw-dim gw-retrieval-id" }, one.name) : null), ...cells);
    }

    unused() {
      const { unused } = this.data;
      if (!unused.length) return null;
      const cost = (one) => (one.unpriced >= one.judged ? cell("–", { title: "No price is known" }) : cell(gw.cost(one.wasted_usd), one.unpriced ? { title: `Without ${times(one.unpriced, "answer")} that no price is known of` } : {}));
      return gw.pageSection("Retrieved, never used", "documents that no judged answer rests on, with what it took to send them; tokens are estimated by length",
        gw.pageTable("Documents that were never used", ["Document", "In answers", "Average rank", "Tokens each", "Tokens sent in vain", "Cost", ""], ["In answers", "Average rank", "Tokens each", "Tokens sent in vain", "Cost"], unused.map((one) =>
          this.document(one, cell(gw.count(one.judged)), cell(gw.scoreNumber(one.mean_rank)), cell(gw.count(one.tokens)), cell(gw.count(one.wasted_tokens)), cost(one), listed(one.listed, one.query, `Newest traces that did not use ${one.title || one.name || one.hash}`)))));
    }

    unsupported() {
      const { unsupported } = this.data;
      if (!unsupported.length) return null;
      return gw.pageSection("Nearest to what is not supported", "documents that come nearest to claims which they do not support",
        gw.pageTable("Documents nearest to unsupported claims", ["Document", "Unsupported claims", "At odds with it", "In answers", "Used in", ""], ["Unsupported claims", "At odds with it", "In answers", "Used in"], unsupported.map((one) =>
          this.document(one, cell(gw.h("b", {}, gw.count(one.unsupported))), cell(gw.count(one.conflicting), { title: "Claims with a number, date or name that it does not say, or the opposite of it" }), cell(gw.count(one.judged)), cell(gw.count(one.used)), listed(one.listed, one.query, `Newest traces with an unsupported claim near ${one.title || one.name || one.hash}`)))));
    }
  }

  quality.parts.retrieval = () => new RetrievalPart();
})();
