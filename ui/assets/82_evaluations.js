/* The evaluations of a trace and its spans: what was judged by whom, and one's own judgement in place. */
"use strict";

(() => {
  const gw = window.groundwire;
  const SOURCES = { human: "Judged by a person", code: "Judged by code", model: "Judged by a model" };
  const REVIEW = "review";
  const CORRECTION = "correction";

  /* ---- pieces ---- */

  const button = (look, label, work, ...content) =>
    gw.h("button", { class: look, type: "button", title: label, "aria-label": content.length ? label : null, onclick: work }, ...(content.length ? content : [label]));

  const value = (evaluation) => {
    const { icon, text, said, look } = gw.score(evaluation);
    const shown = icon ? [gw.icon(icon), gw.h("span", {}, said)] : [text];
    return gw.h("span", { class: `gw-score-chip gw-score-${look}`, title: said }, ...shown,
      evaluation.kind === "number" && evaluation.label ? gw.h("span", { class: "gw-dim" }, ` ${evaluation.label}`) : null,
      evaluation.given && evaluation.given !== evaluation.label ? gw.h("span", { class: "gw-dim", title: "The project's threshold decides; it was given the label in brackets" }, ` (${evaluation.given})`) : null);
  };

  const source = ({ source: kind, author }) =>
    gw.h("span", { class: "gw-source", title: SOURCES[kind] || "The sender did not say who judged" },
      gw.icon(kind ? `source-${kind}` : "source-unknown"), gw.h("span", { class: "gw-hidden" }, `${SOURCES[kind] || "unknown source"}: `), author || (kind ? "" : "unknown"));

  const moment = (ms) => gw.h("time", { class: "gw-time", title: gw.utcTime(ms) }, gw.shortTime(ms));

  const difference = (evaluation) => {
    if (!evaluation.correction) return null;
    const names = { gone: "del", new: "ins", same: "span" };
    const pieces = evaluation.changes
      ? evaluation.changes.map(([kind, text]) => gw.h(names[kind], {}, text)) : [evaluation.correction];
    return gw.h("figure", { class: "gw-correction" },
      gw.h("figcaption", {}, evaluation.changes ? "Corrected answer, against the answer given" : "Corrected answer"),
      gw.h("pre", { class: "gw-prose" }, ...pieces));
  };

  class Evaluations {
    constructor(root, place) {
      this.root = root;
      this.place = place;
      this.target = sessionStorage.getItem("gw-judged") === "span" ? "span" : "trace";
      this.editing = null;
      this.abort = new AbortController();
      gw.onLeave(() => this.abort.abort());
      this.loaded = this.load();
    }

    query() {
      return this.place.project ? { project: this.place.project } : {};
    }

    async load() {
      this.root.setAttribute("aria-busy", "true");
      if (!this.data) this.root.replaceChildren(gw.h("p", { class: "gw-dim" }, "Loading the evaluations …"));
      try {
        this.data = await gw.ask(`evaluations/${this.place.trace}`, { ...this.query(), ...(this.place.session ? { session: this.place.session } : {}) }, this.abort.signal);
      } catch (problem) {
        if (problem.name === "AbortError") return;
        this.root.replaceChildren(gw.h("div", { class: "gw-empty", role: "alert" }, gw.h("p", { class: "gw-empty-title" }, problem.message || "The evaluations are not there"), gw.h("p", {}, problem.hint || ""),
          button("gw-button", "Try again", () => this.load())));
        return;
      } finally {
        this.root.removeAttribute("aria-busy");
      }
      gw.tellEvaluations(this.data, this.place.span);
      this.draw();
    }

    draw() {
      const { data } = this;
      const shown = { trace: data.evaluations.filter((one) => !one.span_id), span: data.evaluations.filter((one) => one.span_id === this.place.span) };
      const others = data.evaluations.filter((one) => one.span_id && one.span_id !== this.place.span);
      this.root.replaceChildren(
        ...(data.may_annotate ? [this.judge()] : [gw.h("p", { class: "gw-dim" }, "You may look at evaluations here, not give any.")]),
        ...(data.evaluations.length || data.session.length ? [] : [gw.h("p", { class: "gw-dim" }, "Nobody has judged this trace yet: no user, no evaluator, no colleague.")]),
        ...this.group("Whole trace", shown.trace), ...this.group("This span", shown.span), ...this.group("Other spans", others), ...this.group("Session", data.session));
    }

    group(title, evaluations) {
      if (!evaluations.length) return [];
      return [gw.h("section", { class: "gw-section" },
        gw.h("div", { class: "gw-section-head" }, gw.h("h3", {}, title), gw.h("span", { class: "gw-dim" }, String(evaluations.length))),
        ...evaluations.map((one) => this.item(one)))];
    }

    item(evaluation) {
      const versions = gw.h("div", { class: "gw-versions" });
      const full = gw.h("div", { class: "gw-in-full" });
      const own = evaluation.own && this.data.may_annotate;
      return gw.h("article", { class: "gw-evaluation", "aria-label": `${evaluation.name}, ${evaluation.author || "unknown author"}` },
        gw.h("div", { class: "gw-evaluation-head" },
          gw.h("b", { class: "gw-evaluation-name", title: evaluation.name }, evaluation.name), evaluation.name === CORRECTION ? null : value(evaluation),
          gw.h("span", { class: "gw-space" }), source(evaluation), moment(evaluation.time),
          evaluation.in_full ? gw.verdictsOf(evaluation, full, { query: this.query(), signal: this.abort.signal }) : null,
          own ? button("gw-link", "Change", () => this.edit(evaluation)) : null,
          own ? button("gw-link", "Withdraw", () => this.withdraw(evaluation)) : null,
          button("gw-icon-button gw-small", "History", (event) => this.history(evaluation, versions, event.currentTarget), gw.icon("clock"))),
        evaluation.span_id && evaluation.span_id !== this.place.span
          ? button("gw-link", "Go to the span", () => gw.waterfall && gw.waterfall.choose(gw.waterfall.rowOf(evaluation.span_id))) : null,
        evaluation.explanation ? gw.h("p", { class: "gw-prose" }, evaluation.explanation) : null,
        difference(evaluation), full, versions);
    }

    async history(evaluation, place, opener) {
      const open = place.childElementCount > 0;
      opener.setAttribute("aria-expanded", String(!open));
      if (open) {
        place.replaceChildren();
        return;
      }
      try {
        const { versions } = await gw.ask("evaluation-history", { ...this.query(), id: evaluation.id }, this.abort.signal);
        place.replaceChildren(...versions.map((one) => gw.h("div", { class: "gw-version" }, moment(one.changed), source(one),
          one.is_retracted ? gw.h("span", { class: "gw-dim" }, "withdrawn") : one.name === CORRECTION ? gw.h("span", {}, one.correction) : value(one), one.explanation ? gw.h("span", {}, one.explanation) : null)));
      } catch (problem) {
        if (problem.name !== "AbortError") this.complain(problem.message);
      }
    }

    /* ---- one's own judgement ---- */

    own(name) {
      const span = this.target === "span" ? this.place.span : "";
      return this.data.evaluations.find((one) => one.own && one.name === name && one.span_id === span);
    }

    judge() {
      const mine = this.own(REVIEW);
      const target = (key, label) => gw.h("button", { type: "button", class: "gw-chip", "aria-pressed": String(this.target === key), onclick: () => this.aim(key) }, label);
      const thumb = (good, label, key) => gw.h("button", { type: "button", class: `gw-button gw-thumb gw-thumb-${good ? "good" : "bad"}`, title: `${label} (${key})`, "aria-label": label,
        "aria-pressed": String(Boolean(mine) && (mine.score >= 0.5) === good), onclick: () => this.rate(good) }, gw.icon(good ? "thumb-up" : "thumb-down"));
      this.form = gw.h("div", { class: "gw-judge-form" });
      this.problem = gw.h("p", { class: "gw-error-text", role: "alert", hidden: true });
      const bar = gw.h("section", { class: "gw-judge", "aria-label": "Your judgement" },
        gw.h("div", { class: "gw-judge-bar" },
          gw.h("span", { class: "gw-judge-target", role: "group", "aria-label": "What you judge" }, target("trace", "Whole trace"), target("span", "This span")),
          thumb(true, "Good", "+"), thumb(false, "Bad", "-"),
          button("gw-button", "Comment", () => this.open(mine ? { ...mine } : { name: REVIEW, kind: "text" })),
          button("gw-button", "Score", () => this.open({ name: "", kind: "number" })),
          button("gw-button", "Correct", () => this.correct()),
          gw.h("span", { class: "gw-space" }), this.data.may_edit ? this.queue() : null),
        this.form, this.problem);
      if (this.editing) this.drawForm();
      return bar;
    }

    /** Hand the trace, or the span, to people who judge in turn. */
    queue() {
      const menu = gw.h("div", { class: "gw-queue-menu", role: "menu", hidden: true });
      const open = async (event) => {
        const opener = event.currentTarget;
        menu.hidden = !menu.hidden;
        opener.setAttribute("aria-expanded", String(!menu.hidden));
        if (menu.hidden) return;
        menu.replaceChildren(gw.h("p", { class: "gw-dim" }, "Loading …"));
        try {
          const { queues } = await gw.call("GET", "queues", this.query());
          menu.replaceChildren(...(queues.length ? queues.map((one) => this.queueItem(one, menu)) : [gw.h("p", { class: "gw-dim" }, "There is no queue yet. An editor makes one under Queues.")]));
          const first = menu.querySelector("button");
          if (first) first.focus();
        } catch (problem) {
          menu.replaceChildren(gw.h("p", { class: "gw-error-text" }, gw.sentence(problem)));
        }
      };
      menu.addEventListener("keydown", (event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        menu.hidden = true;
        menu.previousElementSibling.focus();
      });
      return gw.h("span", { class: "gw-queue" }, gw.h("button", { class: "gw-button", type: "button", "aria-haspopup": "menu", "aria-expanded": "false", onclick: open }, "Add to queue"), menu);
    }

    queueItem({ id, name, unit }, menu) {
      const item = { trace_id: this.place.trace, span_id: unit === "span" ? this.place.span : "" };
      return gw.h("button", { class: "gw-menu-item", role: "menuitem", type: "button", title: name, onclick: async () => {
        menu.hidden = true;
        try {
          const { added } = await gw.call("POST", `queues/${encodeURIComponent(id)}/items`, this.query(), { items: [item] });
          gw.toast(added ? `Added to ${name}` : `It is in ${name} already`);
        } catch (problem) {
          this.complain(gw.sentence(problem));
        }
      } }, name);
    }

    aim(target) {
      this.target = target;
      this.editing = null;
      sessionStorage.setItem("gw-judged", target);
      this.draw();
    }

    async rateTrace(good) {
      await this.loaded;
      if (!this.data || !this.data.may_annotate) return;
      this.aim("trace");
      await this.rate(good);
    }

    rate(good) {
      const before = this.own(REVIEW);
      return this.save({ ...this.identity(before), name: REVIEW, value: good, explanation: before ? before.explanation : "" }, good ? "Rated good" : "Rated bad");
    }

    /** One's judgement of one thing by one name is one evaluation; judging again makes a new version of it. */
    identity(before) {
      if (before) return { id: before.id, trace_id: before.trace_id, span_id: before.span_id, session_id: before.session_id };
      return { trace_id: this.place.trace, span_id: this.target === "span" ? this.place.span : "" };
    }

    async correct() {
      const before = this.own(CORRECTION);
      if (before) return this.open(before);
      const span = this.target === "span" ? { span: this.place.span } : {};
      try {
        const { text } = await gw.ask(`answer/${this.place.trace}`, { ...this.query(), ...span }, this.abort.signal);
        return this.open({ name: CORRECTION, kind: "text", correction: text });
      } catch (problem) {
        return problem.name === "AbortError" ? undefined : this.complain(problem.message);
      }
    }

    /** Names that are in use, to choose from while one types. */
    async offerNames(list) {
      const { columns } = await gw.ask("evaluation-names", { ...this.query(), range: "30d" }, this.abort.signal).catch(() => ({ columns: [] }));
      list.replaceChildren(...columns.map(({ name }) => gw.h("option", { value: name })));
    }

    edit(evaluation) {
      this.target = evaluation.span_id ? "span" : "trace";
      this.open(evaluation);
    }

    open(evaluation) {
      this.editing = evaluation;
      this.draw();
      this.drawForm();
      const field = this.form.querySelector("input, textarea");
      if (field) field.focus();
    }

    close() {
      this.editing = null;
      this.form.replaceChildren();
    }

    drawForm() {
      const { editing } = this;
      const isCorrection = editing.name === CORRECTION;
      const field = (label, input, hint = "") => gw.h("label", { class: "gw-field" }, gw.h("span", {}, label), input, hint ? gw.h("small", { class: "gw-dim" }, hint) : null);
      const known = editing.kind === "category" ? editing.label : editing.score === null || editing.score === undefined ? "" : editing.kind === "boolean" ? (editing.score >= 0.5 ? "yes" : "no") : String(editing.score);
      const name = gw.h("input", { class: "gw-text-input", list: "gw-evaluation-names", value: editing.name, required: true, maxlength: 200, disabled: Boolean(editing.id) });
      const score = gw.h("input", { class: "gw-text-input", value: known, autocomplete: "off" });
      const comment = gw.h("textarea", { class: "gw-text-input", rows: 2, value: editing.explanation || "" });
      const text = gw.h("textarea", { class: "gw-text-input", rows: 8, value: editing.correction || "" });
      const names = gw.h("datalist", { id: "gw-evaluation-names" });
      const review = editing.name === REVIEW;
      if (!isCorrection && !review) this.offerNames(names);
      const fields = isCorrection ? [field("The answer as it should be", text)]
        : review ? [] : [gw.h("div", { class: "gw-field-row" }, field("Name", name), field("Value", score, "a number, yes or no, or a label")), names];
      const save = () => this.submit({ name: name.value.trim(), score: score.value.trim(), comment: comment.value.trim(), text: text.value });
      const form = gw.h("form", { onsubmit: (event) => {
        event.preventDefault();
        save();
      }, onkeydown: (event) => {
        if (event.key === "Escape") {
          event.stopPropagation();
          this.close();
        } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey || event.target.tagName === "INPUT")) {
          event.preventDefault();
          save();
        }
      } }, ...fields, field("Comment", comment), gw.h("div", { class: "gw-judge-bar" },
        gw.h("button", { class: "gw-button gw-primary", type: "submit", title: "Ctrl+Enter" }, "Save"), button("gw-button", "Cancel", () => this.close())));
      this.form.replaceChildren(form);
    }

    submit({ name, score, comment, text }) {
      const { editing } = this;
      const identity = this.identity(editing.id ? editing : this.own(name));
      if (editing.name === CORRECTION) {
        if (!text.trim()) return this.complain("Write the answer as it should be, or withdraw the correction.");
        return this.save({ ...identity, name, correction: text, explanation: comment }, "Correction saved");
      }
      if (editing.name === REVIEW) {
        const rated = editing.score !== null && editing.score !== undefined;
        if (!rated && !comment) return this.complain("Write a comment.");
        return this.save({ ...identity, name, ...(rated ? { value: editing.score >= 0.5 } : {}), explanation: comment }, "Comment saved");
      }
      if (!name) return this.complain("Give the evaluation a name.");
      if (!score) return this.complain("Give a value: a number, yes or no, or a label.");
      return this.save({ ...identity, name, value: gw.typedValue(score), explanation: comment }, "Saved");
    }

    async save(evaluation, said) {
      if (this.saving) return;
      this.saving = true;
      try {
        await gw.call("POST", "evaluations", this.query(), { evaluations: [{ ...evaluation, source: "human", author: this.data.me }] });
        this.editing = null;
        gw.toast(said);
        await this.load();
      } catch (problem) {
        this.complain(gw.sentence(problem));
      } finally {
        this.saving = false;
      }
    }

    async withdraw(evaluation) {
      try {
        await gw.call("DELETE", `evaluations/${encodeURIComponent(evaluation.id)}`, this.query());
        gw.toast("Withdrawn");
        await this.load();
      } catch (problem) {
        this.complain(gw.sentence(problem));
      }
    }

    complain(text) {
      if (!this.problem) return gw.toast(text);
      this.problem.textContent = text;
      this.problem.hidden = false;
      return undefined;
    }
  }

  /** What a typed value means: yes and no, a number, or else a label. */
  gw.typedValue = (text) => {
    if (/^(yes|true)$/i.test(text)) return true;
    if (/^(no|false)$/i.test(text)) return false;
    const number = Number(text.replace(",", "."));
    return text && Number.isFinite(number) ? number : text;
  };

  gw.EvaluationsPanel = Evaluations;
})();
