/* The list of annotation queues. */
"use strict";

(() => {
  const gw = window.groundwire;

  gw.queueHref = (id, query, page = "") => {
    const text = new URLSearchParams(query).toString();
    return `${gw.prefix()}queues/${encodeURIComponent(id)}${page}${text ? `?${text}` : ""}`;
  };
  gw.projectOf = ({ project }) => (project ? { project } : {});
  gw.unitName = (unit, count) => `${unit}${count === 1 ? "" : "s"}`;

  /** A bar of done, skipped and open items, said in words for those who do not see it. */
  gw.progressBar = ({ items, done, skipped, open }) => {
    const said = items ? `${done} done, ${skipped} skipped, ${open} open of ${items}` : "no items yet";
    const part = (look, count) => (count ? gw.h("span", { class: `gw-progress-${look}`, style: `width: ${(count / items) * 100}%` }) : null);
    return gw.h("div", { class: "gw-progress", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": String(items), "aria-valuenow": String(done + skipped), "aria-valuetext": said, title: said },
      part("done", done), part("skipped", skipped));
  };

  gw.progressText = ({ items, done, skipped }) => {
    if (!items) return "Empty";
    return `${gw.count(done)} of ${gw.count(items)} done${skipped ? `, ${gw.count(skipped)} skipped` : ""}`;
  };

  /* Krippendorff's own marks (Content Analysis, 2004, ch. 11): 0.8 to rely on, 0.667 for tentative conclusions. */
  gw.alphaLook = (alpha) => (alpha === null ? "none" : alpha >= 0.8 ? "good" : alpha >= 0.667 ? "fair" : "poor");
  const MEANING = { good: "can be relied on (0.8 and above)", fair: "for tentative conclusions only (0.667 to 0.8)", poor: "too low to rely on (below 0.667)", none: "cannot be told" };
  gw.alphaMeaning = (alpha) => MEANING[gw.alphaLook(alpha)];
  gw.decimals = (value) => (value < 0 ? `−${Math.abs(value).toFixed(2)}` : value.toFixed(2));

  class QueueList {
    constructor(state) {
      this.state = state;
      this.query = gw.projectOf(state);
      this.root = document.getElementById("queues-body");
      this.archived = false;
      this.abort = new AbortController();
      gw.onLeave(() => this.abort.abort());
      this.root.replaceChildren(gw.waiting(4));
      this.load();
    }

    async load() {
      try {
        const [rights, { queues }] = await Promise.all([
          gw.rights(this.state.project),
          gw.call("GET", "queues", { ...this.query, archived: this.archived ? "true" : "" }, undefined, this.abort.signal),
        ]);
        this.rights = rights;
        this.draw(queues);
      } catch (problem) {
        if (problem.name !== "AbortError") this.root.replaceChildren(gw.failed(problem, () => this.load()));
      }
    }

    draw(queues) {
      const make = this.rights.may("edit") ? gw.press("gw-button gw-primary", "New queue", () => this.make(), { id: "new-queue" }) : null;
      const put = gw.press("gw-link", this.archived ? "Queues in use" : "Archived queues", () => {
        this.archived = !this.archived;
        this.load();
      });
      this.root.replaceChildren(
        gw.h("div", { class: "gw-queues-head" },
          gw.h("div", {}, gw.h("h1", {}, this.archived ? "Archived queues" : "Annotation queues"),
            gw.h("p", { class: "gw-dim" }, "Answers for people to judge, by criteria of yours. Judgements become evaluations of the trace.")),
          gw.h("span", { class: "gw-space" }), put, make),
        queues.length ? this.table(queues) : this.empty(),
      );
      for (const queue of queues) this.agreement(queue);
    }

    empty() {
      if (this.archived) return gw.nothing("No queue has been archived", "Archived queues hand nothing out; their judgements stay.");
      if (!this.rights.may("edit")) return gw.nothing("There is no queue yet", "An editor of this project makes one; you can work through it here.");
      return gw.nothing("There is no queue yet", "Make one, say what to judge by, and fill it from a filter or from the page of a trace.",
        gw.press("gw-button gw-primary", "Make the first queue", () => this.make()));
    }

    table(queues) {
      const head = ["Queue", "Progress", "Annotators", "Agreement", ""];
      return gw.h("table", { class: "gw-table gw-queues-table" }, gw.h("caption", { class: "gw-hidden" }, "Annotation queues"),
        gw.h("thead", {}, gw.h("tr", {}, ...head.map((name) => gw.h("th", { scope: "col" }, name || gw.h("span", { class: "gw-hidden" }, "Actions"))))),
        gw.h("tbody", {}, ...queues.map((queue) => this.row(queue))));
    }

    row(queue) {
      const { progress, unit, annotators, criteria } = queue;
      const people = progress.people.map(({ annotator, done, skipped }) => `${annotator}: ${done} done${skipped ? `, ${skipped} skipped` : ""}`);
      const asks = criteria.map(({ name }) => name).join(", ");
      return gw.h("tr", { "data-queue": queue.id },
        gw.h("td", { class: "gw-queue-cell" }, gw.link("gw-queue-name", gw.queueHref(queue.id, this.query), queue.name),
          gw.h("div", { class: "gw-dim gw-queue-about", title: asks }, queue.description || asks)),
        gw.h("td", {}, gw.progressBar(progress), gw.h("div", { class: "gw-dim gw-figure" }, gw.progressText(progress))),
        gw.h("td", { title: people.join("\n") || null }, people.length ? gw.h("span", {}, progress.people.length === 1 ? progress.people[0].annotator : `${progress.people.length} people`) : gw.h("span", { class: "gw-dim" }, "Nobody yet"),
          gw.h("div", { class: "gw-dim" }, `${annotators === 1 ? "1 judgement" : `${annotators} judgements`} a ${unit}`)),
        gw.h("td", { class: "gw-queue-agreement", "aria-live": "polite" }, gw.h("span", { class: "gw-skeleton" })),
        gw.h("td", { class: "gw-num" }, this.action(queue)));
    }

    action(queue) {
      if (this.archived) return this.rights.may("edit") ? gw.press("gw-button", "Bring back", () => this.restore(queue)) : "";
      if (!queue.progress.items) return gw.link("gw-button", gw.queueHref(queue.id, this.query), "Fill");
      if (!queue.progress.open || !this.rights.may("annotate")) return gw.link("gw-button", gw.queueHref(queue.id, this.query), "Results");
      return gw.link("gw-button gw-primary", gw.queueHref(queue.id, this.query, "/annotate"), "Annotate");
    }

    /** The lowest alpha of a queue's criteria: it is as good as its weakest. Comes after the list, which needs no wait. */
    async agreement({ id, progress }) {
      const cell = this.root.querySelector(`tr[data-queue="${CSS.escape(id)}"] .gw-queue-agreement`);
      const none = (why) => cell.replaceChildren(gw.h("span", { class: "gw-dim" }, why));
      if (!progress.people.some(({ done }) => done)) return none("–");
      try {
        const { criteria } = await gw.call("GET", `queues/${encodeURIComponent(id)}/agreement`, this.query, undefined, this.abort.signal);
        const told = criteria.filter(({ alpha }) => alpha !== null).sort((a, b) => a.alpha - b.alpha);
        if (!told.length) return none(criteria.some(({ shared_items: shared }) => shared) ? "Cannot be told" : "One judgement each");
        const { name, alpha } = told[0];
        cell.replaceChildren(gw.h("span", { class: `gw-alpha gw-alpha-${gw.alphaLook(alpha)}`, title: `Krippendorff’s alpha of ${name}: ${gw.alphaMeaning(alpha)}` }, `α ${gw.decimals(alpha)}`),
          gw.h("div", { class: "gw-dim gw-queue-about" }, told.length > 1 ? `lowest: ${name}` : name));
      } catch (problem) {
        if (problem.name !== "AbortError") none("Not available");
      }
    }

    make() {
      gw.queueForm(null, this.query, ({ id }) => gw.go(gw.queueHref(id, this.query)));
    }

    async restore({ id, name }) {
      try {
        await gw.call("PATCH", `queues/${encodeURIComponent(id)}`, this.query, { archived: false });
        gw.toast(`${name} is back`);
        this.archived = false;
      } catch (problem) {
        gw.toast(gw.sentence(problem));
      }
      this.load();
    }
  }

  gw.startQueues = (state) => new QueueList(state);
})();
