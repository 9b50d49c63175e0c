/* One annotation queue: how far it is, how far its annotators agree and where they do not, and what fills it. */
"use strict";

(() => {
  const gw = window.groundwire;
  const PAGE = 20;

  const section = (title, note, ...content) =>
    gw.h("section", { class: "gw-queue-section" }, gw.h("div", { class: "gw-queue-section-head" }, gw.h("h2", {}, title), note ? gw.h("span", { class: "gw-dim" }, note) : null), ...content);
  const table = (label, head, rows) =>
    gw.h("table", { class: "gw-table" }, gw.h("caption", { class: "gw-hidden" }, label),
      gw.h("thead", {}, gw.h("tr", {}, ...head.map(([name, look]) => gw.h("th", { scope: "col", class: look || null }, name)))), gw.h("tbody", {}, ...rows));
  const share = (value) => (value === null ? "–" : `${Math.round(value * 100)}\u2009%`);

  /** A judgement as it is read: yes, no, a label, a number. */
  gw.judged = (value) => (value === true ? "Yes" : value === false ? "No" : typeof value === "number" ? String(Math.round(value * 1000) / 1000) : value);

  class QueuePage {
    constructor(state) {
      this.id = state.queue;
      this.query = gw.projectOf(state.query);
      this.base = `queues/${encodeURIComponent(state.queue)}`;
      this.abort = new AbortController();
      gw.onLeave(() => this.abort.abort());
      this.at("queue-progress").replaceChildren(gw.waiting(3));
      gw.view.onChange((changed) => {
        if (["filter", "range", "from", "to"].some((key) => changed.has(key))) this.match();
      });
      this.load();
    }

    at(id) {
      return document.getElementById(id);
    }

    ask(path, query = {}) {
      return gw.call("GET", `${this.base}${path}`, { ...this.query, ...query }, undefined, this.abort.signal);
    }

    async load() {
      try {
        [this.rights, this.queue] = await Promise.all([gw.rights(this.query.project), this.ask("")]);
      } catch (problem) {
        if (problem.name !== "AbortError") this.at("queue-progress").replaceChildren(gw.failed(problem, () => this.load()));
        return;
      }
      document.title = `${this.queue.name} · Groundwire`;
      this.drawHead();
      this.drawProgress();
      const fills = this.rights.may("edit") && !this.queue.archived_at;
      this.at("queue-fill").classList.toggle("gw-gone", !fills);
      if (fills) this.match();
      this.loadAgreement();
      this.loadDisagreements();
      this.loadItems(0);
    }

    drawHead() {
      const { name, description, archived_at: archived, progress } = this.queue;
      const tools = [];
      if (this.rights.may("edit") && !archived) tools.push(gw.press("gw-button", "Change", () => gw.queueForm(this.queue, this.query, () => this.load())), gw.press("gw-button", "Archive", () => this.archive()));
      if (this.rights.may("annotate") && progress.open && !archived) tools.push(gw.link("gw-button gw-primary", gw.queueHref(this.id, this.query, "/annotate"), "Annotate"));
      const back = `${gw.prefix()}queues${this.query.project ? `?${new URLSearchParams(this.query)}` : ""}`;
      const link = gw.link("gw-back", back, gw.icon("back"));
      link.setAttribute("aria-label", "All queues");
      this.at("queue-head").replaceChildren(
        gw.h("div", { class: "gw-title" }, link, gw.h("h1", {}, name), archived ? gw.h("span", { class: "gw-badge gw-badge-warn" }, "archived") : null, gw.h("span", { class: "gw-space" }), ...tools),
        description ? gw.h("p", { class: "gw-dim" }, description) : "");
    }

    drawProgress() {
      const { progress, annotators, unit, criteria } = this.queue;
      const asked = criteria.map(({ name, kind, labels, minimum, maximum }) =>
        gw.h("li", {}, gw.h("b", {}, name), ` ${kind === "boolean" ? "yes or no" : kind === "category" ? labels.join(", ") : `${minimum} to ${maximum}`}`));
      const people = progress.people.map(({ annotator, done, skipped, waiting }) =>
        gw.h("tr", {}, gw.h("td", {}, annotator), ...[done, skipped, waiting].map((count) => gw.h("td", { class: "gw-num" }, gw.count(count)))));
      this.at("queue-progress").replaceChildren(section("Progress", `${annotators === 1 ? "1 judgement" : `${annotators} judgements`} a ${unit}`,
        gw.progressBar(progress),
        gw.h("p", { class: "gw-progress-line" }, gw.progressText(progress), progress.open ? gw.h("span", { class: "gw-dim" }, ` · ${gw.count(progress.open)} open`) : null),
        gw.h("ul", { class: "gw-asked" }, ...asked),
        people.length ? gw.h("div", { class: "gw-shares" }, table("Annotators", [["Annotator"], ["Done", "gw-num"], ["Skipped", "gw-num"], ["Waiting", "gw-num"]], people)) : ""));
    }

    /* ---- agreement ---- */

    async loadAgreement() {
      const root = this.at("queue-agreement");
      if (!this.queue.progress.people.length) {
        root.replaceChildren();
        return;
      }
      try {
        const { criteria } = await this.ask("/agreement");
        if (!criteria.some(({ shared_items: shared }) => shared)) {
          const why = this.queue.annotators === 1 ? `Each ${this.queue.unit} goes to one person, so there is nothing to compare. Change the queue to two people for each, and the items open again for a second one.` : "Comes once two people have judged the same item.";
          root.replaceChildren(section("Agreement", "", gw.h("p", { class: "gw-dim gw-queue-note" }, why)));
          return;
        }
        const note = "Krippendorff’s α with its 95 % interval: 1 is perfect, 0 is chance";
        root.replaceChildren(section("Agreement", note, table("Agreement by criterion",
          [["Criterion"], ["α", "gw-num"], ["95 % interval"], ["Same answer", "gw-num"], ["Items with two", "gw-num"], ["Pairs (Cohen’s κ)"]], criteria.map((one) => this.agreementRow(one)))));
      } catch (problem) {
        if (problem.name !== "AbortError") root.replaceChildren(section("Agreement", "", gw.failed(problem, () => this.loadAgreement())));
      }
    }

    agreementRow({ name, alpha, low, high, note, same, shared_items: shared, pairs }) {
      const pair = ({ first, second, kappa, items, note: why }) =>
        gw.h("div", { title: kappa === null ? why : `${share(pairs.find((p) => p.first === first && p.second === second).same)} the same answer` },
          `${first} and ${second}: ${kappa === null ? "not defined" : gw.decimals(kappa)}`, gw.h("span", { class: "gw-dim" }, ` on ${items}`));
      const interval = low === null ? gw.h("span", { class: "gw-dim" }, note) : gw.h("span", { class: "gw-figure" }, `${gw.decimals(low)} to ${gw.decimals(high)}`);
      return gw.h("tr", { "data-criterion": name }, gw.h("th", { scope: "row" }, name),
        gw.h("td", { class: "gw-num" }, alpha === null ? "–" : gw.h("span", { class: `gw-alpha gw-alpha-${gw.alphaLook(alpha)}`, title: gw.alphaMeaning(alpha) }, gw.decimals(alpha), gw.h("span", { class: "gw-hidden" }, `, ${gw.alphaMeaning(alpha)}`))),
        gw.h("td", {}, interval), gw.h("td", { class: "gw-num" }, share(same)), gw.h("td", { class: "gw-num" }, gw.count(shared)),
        gw.h("td", {}, ...(pairs.length ? pairs.map(pair) : [gw.h("span", { class: "gw-dim" }, shared ? "No pair shares 10 items" : "–")])));
    }

    /* ---- disagreements ---- */

    async loadDisagreements() {
      const root = this.at("queue-disagreements");
      if (this.queue.progress.people.filter(({ done }) => done).length < 2) {
        root.replaceChildren();
        return;
      }
      try {
        const { items, total, hidden } = await this.ask("/disagreements");
        const unseen = hidden ? `${hidden} more once you have judged them` : "";
        const note = [total > items.length ? `the widest ${items.length} of ${total}` : total ? `${total} ${gw.unitName(this.queue.unit, total)}` : "", unseen].filter(Boolean).join(" · ");
        root.replaceChildren(section("Disagreements", note, items.length ? this.disagreementTable(items) : gw.h("p", { class: "gw-dim" }, hidden ? "Judge first; then you see where others differ." : "Wherever two people judged, they said the same.")));
      } catch (problem) {
        if (problem.name !== "AbortError") root.replaceChildren(section("Disagreements", "", gw.failed(problem, () => this.loadDisagreements())));
      }
    }

    disagreementTable(items) {
      const people = [...new Set(items.flatMap(({ judgements }) => judgements.map(({ author }) => author)))].sort();
      const rows = items.flatMap(({ item, preview, criteria, judgements }) => {
        const heading = gw.h("th", { scope: "rowgroup", rowspan: String(criteria.length), class: "gw-differs-item" },
          this.traceLink(item, preview || item.trace_id.slice(0, 12)));
        return criteria.map((name, i) => gw.h("tr", { class: i ? "" : "gw-differs-first" }, i ? null : heading, gw.h("td", { class: "gw-dim" }, name),
          ...people.map((author) => this.said(judgements.find((one) => one.author === author && one.criterion === name)))));
      });
      return gw.h("div", { class: "gw-differs" }, table("Items on which annotators differ", [["Item"], ["Criterion"], ...people.map((name) => [name])], rows));
    }

    said(judgement) {
      if (!judgement) return gw.h("td", { class: "gw-dim" }, "–");
      return gw.h("td", {}, gw.h("b", {}, gw.judged(judgement.value)), judgement.explanation ? gw.h("div", { class: "gw-dim gw-differs-why" }, judgement.explanation) : null);
    }

    traceLink({ trace_id: trace, span_id: span }, text) {
      const query = new URLSearchParams({ ...this.query, ...(span ? { span } : {}) }).toString();
      return gw.link("gw-differs-link", `${gw.prefix()}traces/${trace}${query ? `?${query}` : ""}`, text);
    }

    /* ---- filling ---- */

    async match() {
      const root = this.at("queue-sample");
      const { unit } = this.queue;
      if (this.matching) this.matching.abort();
      this.matching = new AbortController();
      gw.onLeave(() => this.matching.abort());
      root.setAttribute("aria-busy", "true");
      try {
        this.found = await gw.ask("queue-matches", { ...gw.view.question(), unit }, this.matching.signal);
        gw.view.setProblem(null);
        this.drawFill(root);
      } catch (problem) {
        if (problem.name === "AbortError") return;
        gw.view.setProblem(problem);
        root.replaceChildren(gw.h("p", { class: "gw-dim" }, problem.kind === "input" ? "Mend the filter first." : gw.sentence(problem)));
      }
      root.removeAttribute("aria-busy");
    }

    drawFill(root) {
      const { matched } = this.found;
      const { unit } = this.queue;
      if (!matched) {
        root.replaceChildren(gw.h("p", { class: "gw-dim" }, `The filter finds no ${unit} in this time.`));
        return;
      }
      const kept = this.size ? this.size.value : "50";
      this.size = gw.h("input", { class: "gw-text-input gw-sample-size", type: "number", min: "1", max: "10000", step: "1", value: kept, id: "sample-size", required: true });
      this.people = gw.h("input", { class: "gw-text-input", value: this.people ? this.people.value : "", placeholder: "anybody, or ann@example.com, ben@example.com", id: "sample-people", autocomplete: "off" });
      this.fillButton = gw.h("button", { class: "gw-button gw-primary", type: "submit" }, "Add to the queue");
      root.replaceChildren(gw.h("form", { class: "gw-sample-form", onsubmit: (event) => this.fill(event) },
        gw.h("label", { for: "sample-size" }, "A random sample of"), this.size, gw.h("span", {}, `of the ${gw.count(matched)} ${gw.unitName(unit, matched)} found, for`),
        gw.h("label", { class: "gw-hidden", for: "sample-people" }, "For whom"), this.people, this.fillButton));
    }

    async fill(event) {
      event.preventDefault();
      this.fillButton.disabled = true;
      const people = this.people.value.split(/[,\s]+/).filter(Boolean);
      const { start, end } = this.found;
      const sample = { filter: gw.view.query.filter || "", start, end, size: Number(this.size.value) };
      try {
        const { added, present } = await gw.call("POST", `${this.base}/items`, this.query, { sample, assign_to: people });
        gw.toast(`Added ${added}${present ? `; ${present} were there already` : ""}`);
        this.load();
      } catch (problem) {
        gw.toast(gw.sentence(problem));
      }
      this.fillButton.disabled = false;
    }

    /* ---- items ---- */

    async loadItems(after) {
      const root = this.at("queue-items");
      if (!this.queue.progress.items) {
        root.replaceChildren();
        return;
      }
      try {
        const { items, next_cursor: next } = await this.ask("/items", { limit: String(PAGE), cursor: after ? String(after) : "" });
        this.items = after ? [...this.items, ...items] : items;
        const rows = this.items.map((item) => this.itemRow(item));
        root.replaceChildren(section("Items", `${gw.count(this.queue.progress.items)}, in the order in which they are handed out`, table("Items", [["Item"], ["State"], ["Who"], [""]], rows),
          next ? gw.press("gw-button", "Show more", () => this.loadItems(next)) : ""));
      } catch (problem) {
        if (problem.name !== "AbortError") root.replaceChildren(section("Items", "", gw.failed(problem, () => this.loadItems(after))));
      }
    }

    itemRow(item) {
      const looks = { done: "good", skipped: "warn", open: "plain" };
      const who = item.answers.map(({ annotator, state, reason }) => gw.h("span", { class: "gw-who" }, annotator,
        gw.h("span", { class: "gw-dim" }, ` ${{ leased: "has it now", assigned: "waiting", done: "judged", skipped: `skipped${reason ? `: ${reason}` : ""}` }[state]}`)));
      const waits = item.answers.some(({ state }) => state === "skipped" || state === "assigned");
      const tools = [];
      if (waits && this.rights.may("edit")) tools.push(gw.press("gw-link", "Put back", () => this.putBack(item), { title: "Hand it out to anybody again; judgements stay" }));
      if (this.rights.may("edit")) tools.push(gw.press("gw-link", "Remove", () => this.remove(item), { title: "Take it out of the queue; judgements stay as evaluations" }));
      return gw.h("tr", {}, gw.h("td", { class: "gw-mono" }, this.traceLink(item, item.span_id || item.trace_id)),
        gw.h("td", {}, gw.h("span", { class: `gw-badge gw-badge-${looks[item.state]}` }, item.state)), gw.h("td", {}, ...who), gw.h("td", { class: "gw-num" }, ...tools));
    }

    async putBack(item) {
      try {
        await gw.call("POST", `${this.base}/items/${item.id}/put-back`, this.query);
        this.load();
      } catch (problem) {
        gw.toast(gw.sentence(problem));
      }
    }

    remove(item) {
      gw.confirm({
        title: "Take this item out of the queue?",
        text: "Nobody is asked about it any more, and it counts no more for agreement. What people judged stays with the trace, as evaluations.",
        submit: "Remove",
        work: async () => {
          await gw.call("DELETE", `${this.base}/items/${item.id}`, this.query);
          gw.toast("Removed; its judgements stay");
          this.load();
        },
      });
    }

    async archive() {
      try {
        await gw.call("DELETE", this.base, this.query);
        gw.toast("Archived; its judgements stay");
        this.load();
      } catch (problem) {
        gw.toast(gw.sentence(problem));
      }
    }
  }

  gw.startQueue = (state) => new QueuePage(state);
})();
