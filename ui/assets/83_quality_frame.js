/* What the pages about quality share: tabs, figures with intervals, how a part is started. */
"use strict";

(() => {
  const gw = window.groundwire;

  const TABS = [
    ["rates", "quality", "Rates"], ["failures", "quality/failures", "Failures"], ["groundedness", "quality/groundedness", "Groundedness"],
    ["retrieval", "quality/retrieval", "Retrieval"], ["guardrails", "quality/guardrails", "Guardrails"], ["worse", "quality/worse", "Where it is worse"],
    ["comparisons", "quality/comparisons", "Comparisons"], ["evaluators", "quality/evaluators", "Evaluators"],
  ];
  const AGAIN_MS = 10_000;
  const SHARED = ["project", "range", "from", "to", "filter"];
  /** The parts by name: a function that draws it into #quality-part-body. Each file of a part adds its own. */
  const quality = { parts: {} };

  /* The usual ranges of these pages differ: the range is always said. */
  const kept = () => ({
    ...Object.fromEntries(SHARED.map((key) => [key, gw.view.query[key]])),
    ...(gw.view.query.from ? {} : { range: gw.view.range() }),
  });

  /** The address of another page about quality with this one's range and filter, and some changes. */
  quality.href = (part, changes = {}) => gw.pageAddress(TABS.find(([name]) => name === part)[1], { ...kept(), ...changes });

  quality.drawTabs = () => {
    const root = document.getElementById("quality-tabs");
    if (root) gw.drawTabs(root, TABS, kept);
  };

  /** A part that asks the data endpoint `quality/<path>`; `keys` are those of its own in the URL. */
  quality.Part = class extends gw.PagePart {
    constructor(path, keys = []) {
      super(document.getElementById("quality-part-body"), `quality/${path}`, [...SHARED, ...keys]);
    }
  };

  /** Says above a part that traces of its range have not been judged yet, for as long as that is so: their figures would mislead. */
  class Behind {
    constructor(body) {
      this.note = gw.h("p", { class: "gw-quality-behind", role: "status", hidden: true });
      body.before(this.note);
      gw.view.onChange((changed) => {
        if (["project", "range", "from", "to"].some((key) => changed.has(key))) this.look();
      });
      gw.onLeave(() => this.stop());
      this.look();
    }

    stop() {
      clearTimeout(this.timer);
      if (this.abort) this.abort.abort();
    }

    async look() {
      this.stop();
      this.abort = new AbortController();
      const { signal } = this.abort;
      let hours;
      try {
        ({ hours } = await gw.ask("quality/evaluators/behind", gw.view.question(), signal));
      } catch {
        return; // the part itself says what is wrong
      }
      if (signal.aborted) return;
      this.note.hidden = !hours;
      if (!hours) return;
      const many = hours === 1 ? "1 hour" : `${gw.count(hours)} hours`;
      this.note.replaceChildren(`Judging goes on: traces of ${many} of this range still wait for an evaluator, so figures that rest on evaluations are not complete. `, gw.link("gw-turn-link", quality.href("evaluators"), "Evaluators"));
      this.timer = setTimeout(() => this.look(), AGAIN_MS);
    }
  }

  /** "4.2 %", with its 95 % interval behind it. */
  quality.interval = ({ low, high }, show = gw.percent) => (low === null || low === undefined ? "no interval" : `${show(low)} to ${show(high)}`);

  /** What is shown where nothing fits. */
  quality.nothing = (title, text) => {
    const wide = gw.press("gw-button", "Look at the last 30 days", () => gw.view.set({ range: "30d", from: "", to: "" }));
    const all = gw.press("gw-button", "Clear the filter", () => gw.view.set({ filter: "" }));
    return gw.nothing(title, text, ...(gw.view.query.filter ? [all, wide] : [wide]));
  };

  gw.quality = quality;
  gw.startQualityPart = ({ part }) => {
    document.getElementById("quality-part-body").replaceChildren();
    quality.drawTabs();
    gw.view.onChange(quality.drawTabs);
    const filter = document.getElementById("quality-part-filter");
    if (filter) gw.startFilter(filter);
    if (part !== "evaluators" && part !== "evaluator") new Behind(document.getElementById("quality-part-body"));
    quality.parts[part]();
  };
})();
