/* The list of evaluators: what each judges, on how much, how it is doing; it asks again while it is open. */
"use strict";

(() => {
  const gw = window.groundwire;
  const { quality } = gw;
  const EVERY_MS = 4000;
  const SOON_MS = 1500; // while something waits to be judged
  const ABOUT = {
    groundedness: "Whether the answer is supported by what was retrieved for it",
    groundedness_judge: "The same by a language model",
    groundedness_cascade: "The same, by a language model where our own is unsure",
    refusal: "Whether the model refused to answer",
    prompt_injection: "Attacks in what users wrote, and planted in documents and results of tools",
    pii: "Personal data that has a form: e-mail addresses, phones, cards",
    secrets: "Keys, tokens and passwords",
    prompt_leak: "The system prompt, repeated in an answer",
    context_relevance: "How much of the question its contexts hold",
  };
  const READS = { answer: "the answer", input: "what users wrote", output: "what the model wrote", retrieved: "what was retrieved" };

  const evaluators = {};

  /** What an evaluator judges, in words. */
  evaluators.about = ({ name, reads }) => ABOUT[name] || (reads.length ? `Your own, of ${reads.map((one) => READS[one] || one).join(", ")}` : "No worker has it yet");

  /** How long something has waited. */
  const lag = (s) => (s < 1 ? "under 1 s" : s < 120 ? `${Math.round(s)} s` : s < 7200 ? `${Math.round(s / 60)} min` : `${Math.round(s / 3600)} h`);
  const isHeld = ({ held_until: until }) => Boolean(until) && Date.parse(until) > Date.now();

  /** The state as one word with what is behind it: {word, look, title}. */
  evaluators.standing = ({ version, settings, state }) => {
    if (!settings.enabled) return { word: "off", look: "plain", title: "It judges nothing in this project" };
    if (!version) return { word: "no worker has it", look: "warn", title: "It is switched on, and no worker of this server knows it" };
    if (isHeld(state)) return { word: state.error && state.held_because === state.error ? "failing" : "resting", look: state.error && state.held_because === state.error ? "error" : "warn", title: state.held_because };
    if (state.waiting.traces) return { word: "judging", look: "info", title: "Traces wait for it" };
    return { word: "up to date", look: "good", title: "It has dealt with every trace that has come to rest" };
  };
  evaluators.badge = (one) => {
    const { word, look, title } = evaluators.standing(one);
    return gw.badge(word, look, title);
  };

  /** Which share of traces it judges, in a few words. */
  evaluators.sampled = ({ rate, overrides, uncertain }) => [gw.percent(rate), overrides.length ? `${overrides.length} ${overrides.length === 1 ? "override" : "overrides"}` : "", uncertain ? `more where ${uncertain.of} is unsure` : ""].filter(Boolean).join(", ");

  evaluators.waiting = ({ waiting }) => (waiting.traces
    ? [gw.h("b", {}, gw.count(waiting.traces)), gw.h("div", { class: "gw-dim", title: `In ${waiting.hours} hours of traffic that changed` }, `up to ${lag(waiting.lag_s)}`)]
    : [gw.h("span", { class: "gw-dim" }, waiting.hours ? "looks again" : "none")]);

  evaluators.today = (state) => [gw.count(state.verdicts_today), gw.h("div", { class: "gw-dim" }, state.cost_today_usd ? gw.cost(state.cost_today_usd) : "no cost")];

  /** Errors, and why it rests; the texts are the evaluator's own and may be long. */
  evaluators.trouble = (state) => {
    const parts = [];
    if (state.errors) parts.push(gw.h("div", { class: "gw-evaluator-error", title: state.error }, gw.h("b", {}, `${gw.count(state.errors)}×`), ` ${state.error} `, state.error_at ? gw.h("span", { class: "gw-dim" }, gw.since(state.error_at)) : null));
    if (isHeld(state)) parts.push(gw.h("div", { class: "gw-dim", title: state.held_because }, `rests for ${gw.ahead(state.held_until)}${state.held_because === state.error ? "" : `: ${state.held_because}`}`));
    return parts.length ? parts : [gw.h("span", { class: "gw-dim" }, "none")];
  };

  evaluators.href = (name) => gw.pageAddress(`quality/evaluators/${encodeURIComponent(name)}`, { project: gw.view.query.project, range: gw.view.query.range });

  class List {
    constructor() {
      this.root = document.getElementById("quality-part-body");
      this.project = { project: gw.view.query.project };
      this.abort = new AbortController();
      gw.onLeave(() => {
        clearTimeout(this.timer);
        this.abort.abort();
      });
      this.root.replaceChildren(gw.waiting(6));
      this.load();
    }

    async load() {
      clearTimeout(this.timer);
      let soon = false;
      try {
        if (this.mayEdit === undefined) this.mayEdit = (await gw.rights(gw.view.query.project)).may("edit");
        const { evaluators: found } = await gw.call("GET", "evaluators", this.project, undefined, this.abort.signal);
        soon = found.some(({ settings, state }) => settings.enabled && state.waiting.traces);
        this.draw(found);
      } catch (problem) {
        if (problem.name === "AbortError" || this.abort.signal.aborted) return;
        this.drawn = "";
        this.root.removeAttribute("aria-busy");
        this.root.replaceChildren(gw.failed(problem, () => this.load()));
      }
      if (!this.abort.signal.aborted) this.timer = setTimeout(() => this.load(), soon ? SOON_MS : EVERY_MS);
    }

    draw(found) {
      this.root.removeAttribute("aria-busy");
      const drawn = JSON.stringify(found);
      if (drawn === this.drawn) return;
      this.drawn = drawn;
      const at = document.activeElement && this.root.contains(document.activeElement) ? document.activeElement.dataset.key : null;
      const table = gw.pageTable("Evaluators", ["Evaluator", "State", "Judges", "Waiting", "A second", "Today", "Errors"], ["Waiting", "A second", "Today"], found.map((one) => this.row(one)));
      this.root.replaceChildren(gw.pageSection("What judges traces", this.mayEdit ? "Each opens with its settings, its threshold and what it has said." : "Editors of the project can change them.", table));
      const again = at && [...this.root.querySelectorAll("[data-key]")].find((one) => one.dataset.key === at);
      if (again) again.focus();
    }

    row(one) {
      const { name, version, settings, state } = one;
      const link = gw.link("gw-turn-link gw-evaluator-name", evaluators.href(name), name);
      link.title = name;
      link.dataset.key = `open-${name}`;
      const about = evaluators.about(one);
      return gw.h("tr", { "data-evaluator": name, "data-state": evaluators.standing(one).word },
        gw.h("td", { class: "gw-evaluator-cell" }, link, version ? gw.h("span", { class: "gw-dim gw-evaluator-version", title: `Version ${version}` }, ` ${version}`) : null, gw.h("div", { class: "gw-dim", title: about }, about)),
        gw.h("td", { class: "gw-evaluator-state" }, evaluators.badge(one), this.mayEdit ? gw.press("gw-link", settings.enabled ? "Switch off" : "Switch on", () => this.turn(one), { "data-key": `turn-${name}`, "aria-label": `Switch ${name} ${settings.enabled ? "off" : "on"}` }) : null), gw.h("td", { class: "gw-evaluator-sampled" }, settings.enabled ? evaluators.sampled(settings.sampling) : gw.h("span", { class: "gw-dim" }, "–")),
        gw.h("td", { class: "gw-num" }, ...(settings.enabled ? evaluators.waiting(state) : [gw.h("span", { class: "gw-dim" }, "–")])), gw.h("td", { class: "gw-num" }, state.verdicts_per_s ? gw.scoreNumber(state.verdicts_per_s) : gw.h("span", { class: "gw-dim" }, "–")),
        gw.h("td", { class: "gw-num" }, ...evaluators.today(state)), gw.h("td", { class: "gw-evaluator-trouble" }, ...evaluators.trouble(state)));
    }

    async turn({ name, settings }) {
      try {
        await gw.call("PUT", `evaluators/${encodeURIComponent(name)}`, this.project, { ...settings, enabled: !settings.enabled });
      } catch (problem) {
        gw.toast(gw.sentence(problem));
      }
      this.load();
    }
  }

  quality.evaluators = evaluators;
  quality.parts.evaluators = () => {
    const [, name] = window.location.pathname.match(/\/quality\/evaluators\/([^/]+)\/?$/) || [];
    return name ? new evaluators.One(decodeURIComponent(name)) : new List();
  };
})();
