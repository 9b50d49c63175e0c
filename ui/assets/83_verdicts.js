/* What evaluators say of a trace in full: an answer with each claim marked by its support, and its evidence beside. */
"use strict";

(() => {
  const gw = window.groundwire;
  const WELL = 0.7;
  const BADLY = 0.4;
  const LOOKS = {
    good: { mark: "", said: "supported" },
    unsure: { mark: "?", said: "unsure" },
    bad: { mark: "!", said: "not supported" },
  };
  const READS = { input: "what the user wrote", output: "what the model answered", retrieved: "what was retrieved" };
  /* Characters of a passage to both sides of the evidence; the rest is one click away. */
  const AROUND = 240;

  const lookOf = (score) => (score >= WELL ? "good" : score < BADLY ? "bad" : "unsure");
  /* Offsets count characters, and JavaScript's strings count halves of some of them. */
  const charactersOf = (text) => Array.from(text);
  const cut = (characters, from, to) => characters.slice(from, to).join("");

  /** A text with some ranges of it drawn by `draw(range, text)`; they do not overlap. */
  const marked = (text, ranges, draw) => {
    const characters = charactersOf(text);
    const pieces = [];
    let at = 0;
    for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
      if (range.start < at) continue;
      pieces.push(cut(characters, at, range.start), draw(range, cut(characters, range.start, range.end)));
      at = range.end;
    }
    return [...pieces, cut(characters, at)];
  };

  /* The sentence that the address of the trace's page names, until it has been shown: {evaluator, start}. */
  let wanted = null;
  /** Read from the address which sentence to open at; true if it names one. The page of a trace asks as it starts. */
  gw.seekClaim = () => {
    const query = new URLSearchParams(window.location.search);
    const evaluator = query.get("verdict");
    wanted = evaluator ? { evaluator, start: query.get("claim") ? Number(query.get("claim")) : null } : null;
    return wanted !== null;
  };

  class Grounded {
    constructor(verdict) {
      this.verdict = verdict;
      this.beside = gw.h("div", { class: "gw-claim-beside", "aria-live": "polite" });
      this.claims = verdict.claims.map((claim) => ({ ...claim, look: lookOf(claim.score) }));
    }

    draw() {
      const answer = gw.h("p", { class: "gw-prose gw-claims", onkeydown: (event) => this.key(event) }, ...marked(this.verdict.answer, this.claims, (claim, text) => this.mark(claim, text)));
      const worst = this.worst();
      if (worst) this.show(worst);
      return gw.h("div", { class: "gw-grounded" }, this.legend(), answer, this.beside);
    }

    worst() {
      return [...this.claims].sort((a, b) => a.score - b.score)[0];
    }

    /** Brings a sentence into view and chooses it, so that its evidence is shown; the worst if there is none at `start`. */
    goTo(start) {
      const claim = this.claims.find((one) => one.start === start && one.place) || this.worst();
      if (!claim || !claim.place) return;
      claim.place.focus({ preventScroll: true });
      claim.place.scrollIntoView({ block: "center" });
      this.show(claim);
    }

    legend() {
      const counts = Object.keys(LOOKS).map((look) => [look, this.claims.filter((claim) => claim.look === look).length]).filter(([, count]) => count);
      return gw.h("p", { class: "gw-claim-legend gw-dim" }, ...counts.map(([look, count]) => gw.h("span", { class: `gw-claim gw-claim-${look}` }, `${count} ${LOOKS[look].said}`)),
        gw.h("span", {}, "Point at a sentence, or walk through them with ← →, to see what speaks for it."));
    }

    mark(claim, text) {
      const { mark, said } = LOOKS[claim.look];
      const show = () => this.show(claim);
      claim.place = gw.h("span", { class: `gw-claim gw-claim-${claim.look}`, tabindex: "0", role: "button", "aria-label": `${said}, ${gw.percent(claim.score)}: ${text}`, onmouseenter: show, onfocus: show, onclick: show }, text, mark ? gw.h("sup", { "aria-hidden": "true" }, mark) : null);
      return claim.place;
    }

    key(event) {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      const at = this.claims.findIndex(({ place }) => place === document.activeElement);
      const next = this.claims[Math.min(this.claims.length - 1, Math.max(0, at + step))];
      next.place.focus();
    }

    show(claim) {
      for (const one of this.claims) if (one.place) one.place.classList.toggle("gw-claim-chosen", one === claim);
      const conflicts = claim.conflicts.length ? gw.h("p", {}, gw.h("b", {}, "Not in the evidence: "), claim.conflicts.join(", ")) : null;
      this.beside.replaceChildren(gw.h("p", { class: "gw-claim-head" }, gw.h("b", {}, `${gw.percent(claim.score)} likely supported`), gw.h("span", { class: "gw-dim" }, ` · ${LOOKS[claim.look].said}`)), ...[conflicts].filter(Boolean), this.evidence(claim));
    }

    evidence({ evidence }) {
      if (!evidence) return this.retrieved();
      const { context, start, end } = evidence;
      const passage = this.verdict.contexts[context] || "";
      const characters = charactersOf(passage);
      const [from, to] = [Math.max(0, start - AROUND), Math.min(characters.length, end + AROUND)];
      const text = gw.h("p", { class: "gw-prose gw-evidence" }, from ? "… " : "", cut(characters, from, start), gw.h("mark", {}, cut(characters, start, end)), cut(characters, end, to), to < characters.length ? " …" : "");
      const whole = gw.press("gw-link", "The whole passage", () => text.replaceChildren(cut(characters, 0, start), gw.h("mark", {}, cut(characters, start, end)), cut(characters, end)));
      return gw.h("figure", { class: "gw-evidence-of" }, gw.h("figcaption", { class: "gw-dim" }, `Best evidence: passage ${context + 1} of ${this.verdict.contexts.length}`, from || to < characters.length ? whole : null), text);
    }

    /** Where nothing speaks for a sentence: what there was, to see for oneself. */
    retrieved() {
      const { contexts } = this.verdict;
      const passages = gw.h("div", {});
      const look = gw.press("gw-link", contexts.length === 1 ? "What was retrieved" : `The ${contexts.length} passages that were retrieved`, () => {
        passages.replaceChildren(...(passages.childElementCount ? [] : contexts.map((text, i) => gw.h("figure", { class: "gw-evidence-of" }, gw.h("figcaption", { class: "gw-dim" }, `Passage ${i + 1}`), gw.h("p", { class: "gw-prose gw-evidence" }, text)))));
        look.setAttribute("aria-expanded", String(passages.childElementCount > 0));
      }, { "aria-expanded": "false" });
      return gw.h("div", {}, gw.h("p", { class: "gw-dim" }, "Nothing that was retrieved comes near it. ", contexts.length ? look : null), passages);
    }
  }

  const found = (verdict) => {
    const text = verdict.text || verdict.answer;
    const types = [...new Set(verdict.findings.map(({ type }) => type))].join(", ");
    return [gw.h("p", { class: "gw-dim" }, `${types || verdict.label} in ${READS[verdict.reads] || "the answer"}${verdict.score === null ? "" : `, ${gw.percent(verdict.score)}`}`),
      gw.h("p", { class: "gw-prose gw-evidence" }, ...marked(text, verdict.findings, ({ type }, part) => gw.h("mark", { title: type }, part)))];
  };

  /** What one evaluator says of the trace: of its answer, or of those texts in which it found something. */
  const drawn = (verdicts) => {
    const told = verdicts.filter(({ claims, findings, label }) => claims.length || findings.length || label === "found");
    const answers = told.filter(({ claims }) => claims.length).map((verdict) => new Grounded(verdict));
    const texts = told.filter(({ claims }) => !claims.length).flatMap(found);
    const pieces = [...answers.map((answer) => answer.draw()), ...texts];
    return { pieces: pieces.length ? pieces : [gw.h("p", { class: "gw-dim" }, "It says no more than this.")], answers };
  };

  /** A button that shows below `place` what an evaluator of ours says in full; it is asked for once. */
  gw.verdictsOf = (evaluation, place, { query, signal }) => {
    const show = async () => {
      const isOpen = place.childElementCount > 0;
      opener.setAttribute("aria-expanded", String(!isOpen));
      if (isOpen) {
        place.replaceChildren();
        return;
      }
      place.replaceChildren(gw.waiting(3));
      try {
        const { verdicts } = await gw.call("GET", `traces/${evaluation.trace_id}/verdicts`, query, undefined, signal);
        const { pieces, answers } = drawn(verdicts.filter((one) => one.evaluator === evaluation.name));
        place.replaceChildren(...pieces);
        if (isWanted() && answers.length && place.isConnected) {
          answers[0].goTo(wanted.start);
          wanted = null;
        }
      } catch (problem) {
        if (problem.name !== "AbortError") place.replaceChildren(gw.h("p", { class: "gw-error-text", role: "alert" }, gw.sentence(problem)));
      }
    };
    const isWanted = () => wanted !== null && wanted.evaluator === evaluation.name;
    const opener = gw.press("gw-link", evaluation.name.startsWith("groundedness") ? "Sentences and evidence" : "Where", show, { "aria-expanded": "false" });
    if (isWanted()) show();
    return opener;
  };
})();
