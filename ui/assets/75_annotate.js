/* Working through an annotation queue. Every step has a key; what was chosen survives a server that does not answer. */
"use strict";

(() => {
  const gw = window.groundwire;
  const KEYS = [
    ["1  …  9", "Choose a label or number"], ["y  n", "Yes, no"], ["← →", "Answer before, after"], ["↑ ↓", "Criterion before, after"],
    ["Tab", "Next criterion"], ["e", "Explain the answer; Esc goes back"], ["Enter", "Submit and go on"], ["s", "Skip, with a reason"],
    ["u", "Back to what you answered before"], ["j  k", "Scroll what is judged"], ["?", "These keys"],
  ];
  const typing = (target) => target.closest("textarea, input, select, [contenteditable]");

  class AnnotatePage {
    constructor(state) {
      this.queueId = state.queue;
      this.query = gw.projectOf(state);
      this.base = `queues/${encodeURIComponent(state.queue)}`;
      this.head = document.getElementById("annotate-head");
      this.form = document.getElementById("annotate-form");
      this.scroll = document.getElementById("annotate-scroll");
      this.subject = document.getElementById("annotate-subject");
      this.abort = new AbortController();
      gw.onLeave(() => this.abort.abort());
      this.item = null;
      this.busy = false;
      const onKey = (event) => this.key(event);
      /* Before the keys of the other pages, which mean other things. */
      document.addEventListener("keydown", onKey, true);
      gw.onLeave(() => document.removeEventListener("keydown", onKey, true));
      this.form.replaceChildren(gw.waiting(4));
      this.start();
    }

    async start() {
      try {
        this.queue = await gw.call("GET", this.base, this.query);
      } catch (problem) {
        this.form.replaceChildren(gw.failed(problem, () => this.start()));
        return;
      }
      document.title = `Annotate ${this.queue.name} · Groundwire`;
      this.build();
      this.next();
    }

    /* ---- what the page is made of ---- */

    build() {
      const back = gw.link("gw-back", gw.queueHref(this.queueId, this.query), gw.icon("back"));
      back.setAttribute("aria-label", "Back to the queue");
      this.bar = gw.h("div", { class: "gw-annotate-bar" });
      this.told = gw.h("span", { class: "gw-dim gw-figure", role: "status" });
      this.head.replaceChildren(gw.h("div", { class: "gw-title" }, back, gw.h("h1", {}, this.queue.name), gw.h("span", { class: "gw-space" }), this.told, this.bar,
        gw.press("gw-icon-button", gw.icon("help"), () => this.help(), { "aria-label": "Keys", title: "Keys (?)" })));
      this.criteria = new gw.Criteria(this.queue.criteria, () => this.changed());
      this.note = gw.h("p", { class: "gw-judging-note", hidden: true });
      this.problem = gw.h("p", { class: "gw-error-text", role: "alert", hidden: true });
      this.submitButton = this.keyed("gw-button gw-primary", "Submit", "Enter", () => this.submit());
      this.skipButton = this.keyed("gw-button", "Skip", "s", () => this.askWhy());
      this.backButton = this.keyed("gw-button", "Back", "u", () => this.previous());
      this.why = gw.h("input", { class: "gw-text-input", placeholder: "Why? Enter skips, Esc does not", "aria-label": "Why this item is skipped", maxlength: "500" });
      this.whyRow = gw.h("div", { class: "gw-skip-why", hidden: true }, this.why);
    }

    keyed(look, text, key, work) {
      return gw.h("button", { class: look, type: "button", "aria-keyshortcuts": key, onclick: work }, text, gw.h("kbd", { class: "gw-hint", "aria-hidden": "true" }, key === "Enter" ? "↵" : key));
    }

    showForm() {
      this.form.replaceChildren(gw.h("div", { class: "gw-judging-scroll" }, this.note, this.criteria.root),
        gw.h("div", { class: "gw-judging-foot" }, this.problem, this.whyRow, gw.h("div", { class: "gw-judging-actions" }, this.backButton, this.skipButton, gw.h("span", { class: "gw-space" }), this.submitButton)));
    }

    showProgress(progress) {
      this.bar.replaceChildren(gw.progressBar(progress));
      this.told.textContent = gw.progressText(progress);
    }

    /* ---- going from item to item ---- */

    /** Ask for an item and show it; `question` gives what the API answers to /next. */
    async take(question) {
      if (this.busy) return;
      this.setBusy(true);
      try {
        const found = await question();
        if (this.abort.signal.aborted) return;
        this.show(found);
      } catch (problem) {
        this.refuse(problem);
      }
      this.setBusy(false);
      if (this.item && !this.form.contains(document.activeElement)) this.criteria.focus();
    }

    next() {
      return this.take(() => gw.call("POST", `${this.base}/next`, this.query));
    }

    previous() {
      return this.take(async () => {
        const before = this.item ? String(this.item.id) : "";
        const found = await gw.call("GET", `${this.base}/previous`, { ...this.query, before });
        if (!found.item) gw.toast("There is nothing before this");
        return found.item ? found : { item: this.item, mine: null, progress: found.progress };
      });
    }

    /** Draw an item; `mine` null keeps what has been chosen. */
    show({ item, mine, progress }) {
      this.showProgress(progress);
      this.problem.hidden = true;
      this.closeWhy();
      if (!item) return this.finish(progress);
      const isNew = !this.item || this.item.id !== item.id;
      this.item = item;
      if (mine) this.criteria.fill(mine);
      this.showForm();
      this.tellBefore(item, mine);
      this.changed();
      if (!isNew) return;
      this.subject.classList.add("gw-subject-old");
      this.scroll.scrollTop = 0;
      gw.setProps("annotate-item", { data: { id: item.id, trace_id: item.trace_id, span_id: item.span_id, project: this.query.project || "" } });
      this.criteria.focus();
    }

    tellBefore(item, mine) {
      const before = mine && mine.length ? "You judged this before. Submit again to change it." : "";
      const skipped = mine && !mine.length && item.state === "skipped" ? "This was skipped. Judge it after all, or go on with Enter." : "";
      this.note.textContent = before || skipped;
      this.note.hidden = !this.note.textContent;
    }

    finish(progress) {
      this.item = null;
      gw.setProps("annotate-subject", { children: [] });
      const link = gw.link("gw-button gw-primary", gw.queueHref(this.queueId, this.query), "See the results");
      const [title, text] = !progress.items
        ? ["The queue is empty", "An editor fills it, from a filter or from the page of a trace."]
        : progress.open ? ["Nothing left for you", `${gw.count(progress.open)} more wait for others to judge them.`] : ["All done", `${gw.progressText(progress)}.`];
      this.form.replaceChildren(gw.nothing(title, text, this.backButton, link));
      link.focus();
    }

    setBusy(busy) {
      this.busy = busy;
      this.form.setAttribute("aria-busy", String(busy));
      if (this.submitButton) for (const button of [this.submitButton, this.skipButton, this.backButton]) button.disabled = busy;
    }

    refuse(problem) {
      if (!this.item) {
        this.form.replaceChildren(gw.failed(problem, () => this.next()));
        return;
      }
      this.problem.textContent = gw.sentence(problem);
      this.problem.hidden = false;
    }

    changed() {
      if (this.submitButton) this.submitButton.classList.toggle("gw-unready", Boolean(this.criteria.lacking));
    }

    /* ---- answering ---- */

    async submit() {
      if (!this.item || this.busy) return;
      const { lacking } = this.criteria;
      if (lacking) {
        this.criteria.focus(lacking);
        const { name } = lacking.criterion;
        this.refuse({ message: lacking.isMissing ? `${name} is not answered` : `${name} is not on its scale`, hint: "" });
        return;
      }
      const judgements = this.criteria.judgements();
      if (!judgements.length) return this.refuse({ message: "nothing is answered", hint: "answer something, or skip the item with s" });
      await this.send("judgement", { judgements });
    }

    async skip() {
      await this.send("skip", { reason: this.why.value.trim() });
    }

    async send(how, body) {
      if (this.busy) return;
      this.setBusy(true);
      try {
        await gw.call("POST", `${this.base}/items/${this.item.id}/${how}`, this.query, body);
      } catch (problem) {
        this.setBusy(false);
        this.refuse(problem);
        return;
      }
      this.setBusy(false);
      await this.next();
    }

    askWhy() {
      if (!this.item || this.busy) return;
      this.whyRow.hidden = false;
      this.why.focus();
    }

    closeWhy() {
      this.whyRow.hidden = true;
      this.why.value = "";
    }

    /* ---- keys ---- */

    key(event) {
      if (event.ctrlKey || event.metaKey) {
        if (event.key === "Enter" && this.item) this.did(event, () => this.submit());
        return;
      }
      if (event.altKey || document.querySelector("[role=dialog]") || !this.criteria) return;
      if (event.target === this.why) return this.keyOfWhy(event);
      const field = typing(event.target);
      if (field && (field.matches("textarea") || !this.form.contains(field))) {
        if (event.key === "Escape" && this.form.contains(field)) this.did(event, () => this.criteria.active.focus());
        return;
      }
      const work = this.workOf(event, Boolean(field));
      if (work) this.did(event, work);
    }

    did(event, work) {
      event.preventDefault();
      event.stopPropagation();
      work();
    }

    keyOfWhy(event) {
      if (event.key === "Enter") this.did(event, () => this.skip());
      if (event.key === "Escape") this.did(event, () => {
        this.closeWhy();
        this.criteria.focus(this.criteria.active);
      });
    }

    /** What a key does; in a field for numbers, digits and arrows are the field's own. */
    workOf({ key, target }, inNumber) {
      const plain = { s: () => this.askWhy(), u: () => this.previous(), e: () => this.item && this.criteria.active.explain(), "?": () => this.help(), j: () => this.scrollBy(90), k: () => this.scrollBy(-90) };
      if (plain[key]) return plain[key];
      if (key === "Escape") return () => this.scroll.focus();
      if (!this.item) return null;
      const acts = target.closest("button:not(.gw-choice), a, summary");
      if (key === "Enter") return acts ? null : () => this.submit();
      if (inNumber || this.scroll.contains(target)) return this.criteria.active.key(key) ? () => {} : null;
      const arrows = { ArrowUp: () => this.criteria.move(-1), ArrowDown: () => this.criteria.move(1), ArrowLeft: () => this.criteria.active.step(-1), ArrowRight: () => this.criteria.active.step(1) };
      if (arrows[key]) return arrows[key];
      return this.criteria.active.key(key) ? () => {} : null;
    }

    scrollBy(pixels) {
      this.scroll.scrollBy({ top: pixels });
    }

    help() {
      gw.dialog("Keys", (body) => body.append(gw.h("dl", { class: "gw-keys gw-annotate-keys" },
        ...KEYS.flatMap(([keys, meaning]) => [gw.h("dt", {}, ...keys.split("  ").map((key) => gw.h("kbd", {}, key))), gw.h("dd", {}, meaning)]))));
    }
  }

  gw.startAnnotate = (state) => new AnnotatePage(state);

  /* The conversation of the item before is greyed until this one's is there. */
  new MutationObserver(() => {
    const subject = document.getElementById("annotate-subject");
    if (subject) subject.classList.remove("gw-subject-old");
  }).observe(document.documentElement, { subtree: true, attributes: true, attributeFilter: ["data-item"] });
})();
