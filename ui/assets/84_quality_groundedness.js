/* Groundedness: how often answers are not supported, who says so and how far they agree, and the worst of them. */
"use strict";

(() => {
  const gw = window.groundwire;
  const { quality } = gw;
  const { plots } = quality;
  const share = (value) => plots.figure("share", value);
  const times = (n, one, many) => `${gw.count(n)} ${n === 1 ? one : many}`;
  const KINDS = { own_model: "our own model", llm_judge: "a language model", cascade: "our own model, a language model where it is unsure", people: "people", other: "another evaluator" };
  const CALLED = { own_model: "Own model", llm_judge: "LLM judge", cascade: "Cascade" };
  const FEW = plots.FEW;
  const MOST = 6; // judges that are compared at a time

  const estimate = (found) => [gw.h("b", {}, share(found.value)), gw.h("span", { class: "gw-dim gw-interval" }, plots.interval("share", found))];

  /** How far a rate is from another, and whether that may be chance. */
  const difference = (found, none) => {
    if (!found || found.low === null || found.low === undefined) return gw.h("span", { class: "gw-dim" }, none);
    const clear = found.low > 0 || found.high < 0;
    return gw.h("span", { class: "gw-grounded-change", title: clear ? "The interval does not reach 0" : "The interval reaches 0: it may be chance" },
      gw.h("b", { class: clear ? (found.value > 0 ? "gw-more" : "gw-less") : "" }, plots.signed("share", found.value)),
      gw.h("span", { class: "gw-dim gw-interval" }, `${plots.signed("share", found.low)} to ${plots.signed("share", found.high)}`));
  };

  const cutText = (text, look) => gw.h("span", { class: look, title: text }, text);

  class GroundednessPage extends quality.Part {
    constructor() {
      super("groundedness", ["judge", "judges"]);
      this.load();
    }

    /** What a judge is called here: ours by what they are, others by the name of their evaluations. */
    called(key) {
      const { kind, name } = this.data.judges.find(({ judge }) => judge === key) || this.data.known.find(({ judge }) => judge === key) || { kind: "other", name: key };
      if (CALLED[kind]) return CALLED[kind];
      return kind === "people" ? `People: ${name}` : name;
    }

    drawn() {
      const { data } = this;
      const main = data.judges.find(({ judge }) => judge === data.main);
      if (!main || !main.now.n) return [this.choices(), quality.nothing("No answers were judged in this time range", "Our own model judges the answers of traces that hold what was retrieved for them, some seconds after they come to rest. Judges and people are added as they judge.")];
      return [this.choices(), this.summary(main), this.overTime(main), this.judged(), this.groups(), this.worst(), this.agreement(), this.calibration(), this.citations()];
    }

    /* ---- who is asked ---- */

    choices() {
      const { data } = this;
      if (!data.known.length) return null;
      const chosen = new Set(data.judges.map(({ judge }) => judge));
      const toggle = (judge) => {
        const next = data.known.filter((one) => (one.judge === judge) !== chosen.has(one.judge)).map(({ id }) => id);
        gw.view.set({ judges: next.join(","), judge: next.length && judge === data.main ? "" : gw.view.query.judge || "" });
      };
      const named = gw.h("span", { class: "gw-grounded-judges", role: "group", "aria-label": "Judges that are compared" }, gw.h("span", { class: "gw-dim" }, "Judged by"),
        ...data.known.map(({ judge }) => gw.h("button", { class: "gw-chip", type: "button", "aria-pressed": String(chosen.has(judge)), title: judge, disabled: !chosen.has(judge) && chosen.size >= MOST, onclick: () => toggle(judge) }, this.called(judge))));
      const there = data.judges.filter(({ now }) => now.n);
      const main = there.length > 1 ? gw.h("label", { class: "gw-quality-choice" }, gw.h("span", {}, "Shown in full"), gw.h("select", { class: "gw-button", "aria-label": "Whose rate is shown in full", onchange: (event) => gw.view.set({ judge: event.target.value }) },
        ...there.map(({ judge }) => gw.h("option", { value: judge, selected: judge === data.main }, this.called(judge))))) : null;
      return gw.h("div", { class: "gw-grounded-choices" }, named, main);
    }

    /* ---- how often ---- */

    summary(main) {
      const { now } = main;
      const judged = now.stand_for > now.n ? `${times(now.n, "answer", "answers")} judged, which stand for ${gw.count(now.stand_for)}` : `${times(now.n, "answer", "answers")} judged`;
      return gw.h("p", { class: "gw-quality-summary" }, gw.h("b", { class: "gw-quality-value" }, share(now.value)), ` of answers are not supported, says ${KINDS[main.kind]} `,
        gw.h("span", { class: "gw-dim" }, `· 95 % interval ${plots.interval("share", now)} · ${judged}${now.n < FEW ? ": too few to rely on" : ""} · against the time before `), difference(main.change, "nothing to compare with"), " ",
        gw.tracesLink(main.traces, `Traces that ${this.called(main.judge)} calls unsupported`));
    }

    overTime(main) {
      const { series, window: ends } = this.data;
      return plots.overTime({ label: `Unsupported, by ${this.called(main.judge)}`, unit: "share", series: series.steps, step: series.step, window: ends, axis: plots.axisFromZero(series.steps), counted: "Answers" });
    }

    judged() {
      const { judges, helped } = this.data;
      const axis = plots.axisFromZero([...judges.map(({ now }) => now), ...helped]);
      const rows = judges.flatMap((one) => [this.judge(one, axis), ...helped.filter(({ judge }) => judge === one.judge).map((found) => this.helped(found, axis))]);
      const hints = judges.some(({ kind }) => kind === "llm_judge" || kind === "cascade") ? [] : [gw.h("p", { class: "gw-dim gw-grounded-note" }, "No language model judges here. One that sees 1 to 5 % of the answers tells how far the own model can be trusted: set ", gw.h("code", {}, "GROUNDWIRE_JUDGE_URL"), " and switch on ", gw.h("code", {}, "groundedness_judge"), ".")];
      return gw.pageSection("Who says so", "the share of answers that each calls unsupported",
        gw.h("div", { class: "gw-grounded-rates" }, gw.pageTable("Rates by judge", ["Judge", "Answers judged", "Unsupported", "95 % interval", "Against the time before", ""], ["Answers judged", "Unsupported"], rows)), ...hints);
    }

    judge(one, axis) {
      const { now } = one;
      const stands = now.stand_for > now.n ? gw.h("span", { class: "gw-dim gw-interval", title: "What each judged answer stands for: 1 / the probability with which it was drawn" }, `for ${gw.count(now.stand_for)}`) : null;
      const links = [now.n ? gw.tracesLink(one.traces, `Traces that ${this.called(one.judge)} calls unsupported`) : null, one.traces_before ? gw.tracesLink(one.traces_before, `Traces of the time before that ${this.called(one.judge)} calls unsupported`, "Before") : null];
      return gw.h("tr", { class: now.n < FEW ? "gw-few" : "" }, gw.h("td", {}, gw.h("b", {}, this.called(one.judge)), gw.h("span", { class: "gw-dim gw-grounded-kind", title: `Said by ${KINDS[one.kind]}` }, one.judge)),
        gw.h("td", { class: "gw-num" }, gw.count(now.n), " ", stands), gw.h("td", { class: "gw-num" }, gw.h("b", {}, share(now.value))),
        gw.h("td", {}, now.n ? [plots.whisker("share", now, axis), gw.h("span", { class: "gw-dim gw-interval" }, plots.interval("share", now))] : gw.h("span", { class: "gw-dim" }, "judged nothing in this time")),
        gw.h("td", {}, difference(one.change, "nothing before")), gw.h("td", {}, gw.h("span", { class: "gw-grounded-links" }, ...links)));
    }

    /** The judge's rate, made surer by what the own model says of all answers. */
    helped(one, axis) {
      const why = `The judge's sample, moved by how far the own model's rate of all answers is from its rate in the sample. As sure as ${one.worth.toFixed(1)} times as many judged answers would be.`;
      return gw.h("tr", {}, gw.h("td", {}, gw.h("b", {}, `${this.called(one.judge)}, with the own model's help`), gw.h("span", { class: "gw-dim gw-grounded-kind", title: why }, `prediction-powered; worth ${one.worth.toFixed(1)} × the sample`)),
        gw.h("td", { class: "gw-num" }, gw.count(one.n)), gw.h("td", { class: "gw-num" }, gw.h("b", {}, share(one.value))), gw.h("td", {}, plots.whisker("share", one, axis), gw.h("span", { class: "gw-dim gw-interval" }, plots.interval("share", one))),
        gw.h("td", {}), gw.h("td", {}));
    }

    /* ---- where ---- */

    groups() {
      const { groups, main, judges } = this.data;
      const all = judges.find(({ judge }) => judge === main).now.value;
      const shown = groups.filter((one) => one.groups.some(({ name }) => name));
      const axis = plots.axisFromZero(shown.flatMap((one) => one.groups));
      const table = ({ label, groups: rows }) =>
        gw.h("div", { class: "gw-grounded-group" }, gw.pageTable(`Unsupported by ${label.toLowerCase()}`, [label, "Answers", "Unsupported", "95 % interval", "Against the rest", ""], ["Answers", "Unsupported"],
          rows.map((one) => gw.h("tr", { class: one.n < FEW ? "gw-few" : "" }, gw.h("td", { class: "gw-group", title: one.name }, one.name || gw.h("span", { class: "gw-dim" }, "(none)")), gw.h("td", { class: "gw-num" }, gw.count(one.n)), gw.h("td", { class: "gw-num" }, gw.h("b", {}, share(one.value))),
            gw.h("td", {}, plots.whisker("share", one, axis, all), gw.h("span", { class: "gw-dim gw-interval" }, plots.interval("share", one))), gw.h("td", {}, one.n < FEW ? gw.h("span", { class: "gw-dim", title: `Fewer than ${FEW} answers` }, "too few to tell") : difference(one.difference, "nothing to compare with")),
            gw.h("td", {}, gw.tracesLink(one.traces, `Unsupported traces of ${label.toLowerCase()} ${one.name || "none"}`))))));
      return shown.length ? gw.pageSection("Where", `by ${this.called(main)}; the dashed line is the rate of all`, ...shown.map(table)) : null;
    }

    /* ---- the worst ---- */

    worst() {
      const { answers, evaluator } = this.data.worst;
      if (!evaluator) return null;
      const about = `the least supported first, each with its least supported sentence, by ${evaluator}`;
      if (!answers.length) return gw.pageSection("Worst answers", "", gw.h("p", { class: "gw-dim" }, `${evaluator} calls none of the answers unsupported.`));
      return gw.pageSection("Worst answers", about, gw.h("ol", { class: "gw-grounded-worst" }, ...answers.map((one) => this.answer(one))));
    }

    answer(one) {
      const { claim } = one;
      const href = gw.pageAddress(`traces/${one.trace_id}`, { project: gw.view.query.project, ...one.at });
      const text = claim ? `${claim.text}${one.cut ? " …" : ""}` : "The answer in its trace";
      const facts = [one.feature, one.tenant_id, one.models.join(" + "), one.traces > 1 ? `the same in ${gw.count(one.traces)} traces` : ""].filter(Boolean).join(" · ");
      const why = claim && claim.conflicts.length ? `not in the evidence: ${claim.conflicts.join(", ")}` : claim && !claim.has_evidence ? "nothing that was retrieved comes near it" : "";
      return gw.h("li", {}, gw.h("span", { class: "gw-grounded-score", title: "Probability that the answer is supported" }, share(one.score)),
        gw.h("div", { class: "gw-grounded-answer" }, cutText(one.question || "(no question)", "gw-grounded-question gw-dim"), this.sentence(href, text, claim), gw.h("span", { class: "gw-dim gw-grounded-facts" }, [facts, why].filter(Boolean).join(" · "))),
        gw.h("time", { class: "gw-time", title: gw.utcTime(one.start), datetime: new Date(one.start).toISOString() }, gw.shortTime(one.start)));
    }

    sentence(href, text, claim) {
      const link = gw.link("gw-grounded-sentence", href, text);
      link.title = claim ? `${share(claim.score)} likely supported: opens the trace at this sentence` : "Opens the trace";
      return link;
    }

    /* ---- who agrees ---- */

    agreement() {
      const pairs = this.data.agreement.filter(({ n }) => n);
      const about = "on the traces that both judged; kappa is 1 for always, 0 for no more than chance would";
      if (!pairs.length) return gw.pageSection("Agreement", "", gw.h("p", { class: "gw-dim" }, "No answer was judged by two of them. Let a language model judge a sample, or people review answers from a queue."));
      return gw.pageSection("Agreement", about, gw.h("div", { class: "gw-grounded-pairs" }, ...pairs.map((pair) => this.pair(pair))));
    }

    pair({ first, second, n, same, kappa, note, cells }) {
      const [one, other] = [this.called(first), this.called(second)];
      const cell = (name, said) => {
        const { count, traces } = cells[name];
        return gw.h("td", { class: `gw-num${name === "both" || name === "neither" ? " gw-grounded-same" : ""}` }, count ? gw.tracesLink(traces, `${times(count, "trace", "traces")}: ${said}`, gw.count(count)) : gw.h("span", { class: "gw-dim" }, "0"));
      };
      const row = (title, ...parts) => gw.h("tr", {}, gw.h("th", { scope: "row" }, title), ...parts);
      return gw.h("figure", { class: "gw-grounded-pair" }, gw.h("figcaption", {}, gw.h("b", {}, `${one} and ${other}`), gw.h("span", { class: "gw-dim" }, ` · ${times(n, "trace", "traces")}${n < 30 ? ", few" : ""}`)),
        gw.h("p", {}, "kappa ", kappa ? [gw.h("b", {}, kappa.value.toFixed(2)), gw.h("span", { class: "gw-dim gw-interval" }, `${kappa.low.toFixed(2)} to ${kappa.high.toFixed(2)}`)] : gw.h("span", { class: "gw-dim" }, `not known. ${note}`), gw.h("span", { class: "gw-dim" }, ` · the same in ${share(same)}`)),
        gw.h("table", { class: "gw-table gw-grounded-table" }, gw.h("caption", { class: "gw-hidden" }, `What ${one} and ${other} say of the same traces`), gw.h("thead", {}, gw.h("tr", {}, gw.h("td", {}), gw.h("th", { scope: "col", class: "gw-num" }, `${other}: unsupported`), gw.h("th", { scope: "col", class: "gw-num" }, "supported"))),
          gw.h("tbody", {}, row(`${one}: unsupported`, cell("both", "both say unsupported"), cell("first_only", `only ${one} says unsupported`)), row("supported", cell("second_only", `only ${other} says unsupported`), cell("neither", "both say supported")))));
    }

    /* ---- how far to trust the score ---- */

    /** Asked for by itself: it reads labels, which none of the other figures need. */
    calibration() {
      const { evaluator } = this.data.worst;
      if (!evaluator) return null;
      const place = gw.h("div", { "aria-busy": "true" }, gw.waiting(3));
      this.ask(`quality/evaluators/${evaluator}/calibration`, place);
      return gw.pageSection("How far the score can be trusted", `the score of ${evaluator} against what was so`, place);
    }

    async ask(path, place) {
      try {
        const found = await gw.ask(path, { ...this.question(), judge: "", judges: "" }, this.abort.signal);
        place.replaceChildren(plots.calibration(found));
      } catch (problem) {
        if (problem.name !== "AbortError") place.replaceChildren(gw.h("p", { class: "gw-error-text", role: "alert" }, gw.sentence(problem)));
      } finally {
        place.removeAttribute("aria-busy");
      }
    }

    citations() {
      const { answers, citing, citations, existing, hits, hit_rate: rate } = this.data.citations;
      if (!citations) return null;
      return gw.pageSection("Citations", `in the latest ${times(answers, "answer", "answers")} that the own model judged`,
        gw.h("p", { class: "gw-grounded-citations" }, ...estimate(rate), ` of ${times(citations, "citation", "citations")} hit: what they name holds what the sentence says. `, gw.h("span", { class: "gw-dim" }, `${gw.count(hits)} hit, ${gw.count(existing - hits)} name a passage that does not say it, ${gw.count(citations - existing)} name none that was there. ${times(citing, "answer cites", "answers cite")} at all.`)));
    }
  }

  quality.parts.groundedness = () => new GroundednessPage();
})();
