/* What pages of several parts share: tabs, sections, tables, and how a part asks for its answer and shows it. */
"use strict";

(() => {
  const gw = window.groundwire;
  /* Problems that may pass by themselves, and when to ask again. */
  const AWAY = ["unavailable", "unreachable"];
  const AGAIN_MS = 5000;

  /** Shows the answer of a data endpoint in an element, asks again whenever one of `keys` of the URL changes, and says what is wrong otherwise. */
  gw.PagePart = class {
    constructor(root, path, keys) {
      this.root = root;
      this.path = path;
      this.keys = new Set(keys);
      /* Whether it leads to what only editors may change: `mayEdit` is then known before anything is drawn. */
      this.showsEdits = false;
      gw.view.onChange((changed) => {
        if ([...changed].some((key) => this.keys.has(key))) this.load();
      });
      gw.onLeave(() => {
        clearTimeout(this.again);
        if (this.abort) this.abort.abort();
      });
    }

    question() {
      return gw.view.question();
    }

    async load() {
      clearTimeout(this.again);
      if (this.abort) this.abort.abort();
      const abort = new AbortController();
      this.abort = abort;
      this.root.setAttribute("aria-busy", "true");
      if (!this.root.firstChild) this.root.replaceChildren(gw.waiting(6));
      try {
        if (this.showsEdits) this.mayEdit = (await gw.rights(gw.view.query.project)).may("edit");
        this.data = await gw.ask(this.path, this.question(), abort.signal);
      } catch (problem) {
        if (problem.name !== "AbortError" && !abort.signal.aborted) this.failed(problem);
        return;
      }
      if (abort.signal.aborted) return;
      this.draw();
    }

    /** Draws the answer (again). */
    draw() {
      this.root.removeAttribute("aria-busy");
      this.root.replaceChildren(...this.drawn().flat().filter(Boolean));
      if (this.shown) this.shown();
    }

    failed(problem) {
      this.data = null;
      this.root.removeAttribute("aria-busy");
      this.root.replaceChildren(gw.failed(problem, () => this.load()));
      if (AWAY.includes(problem.kind)) this.again = setTimeout(() => this.load(), AGAIN_MS);
    }
  };

  /** A part of a page with a heading. */
  gw.pageSection = (title, about, ...content) =>
    gw.h("section", { class: "gw-page-section", "aria-label": title }, gw.h("div", { class: "gw-page-section-head" }, gw.h("h2", {}, title), about ? gw.h("span", { class: "gw-dim" }, about) : null), ...content);

  /** A table; columns in `numbers`, by their names, stand to the right. '' names a column of links. */
  gw.pageTable = (label, head, numbers, rows) =>
    gw.h("div", { class: "gw-settings-scroll", tabindex: "-1" }, gw.h("table", { class: "gw-table gw-settings-table" }, gw.h("caption", { class: "gw-hidden" }, label),
      gw.h("thead", {}, gw.h("tr", {}, ...head.map((name) => gw.h("th", { scope: "col", class: numbers.includes(name) ? "gw-num" : null }, name || gw.h("span", { class: "gw-hidden" }, "Links"))))), gw.h("tbody", {}, ...rows)));

  /** The address of a page of the app with a query; what is empty is left out. */
  gw.pageAddress = (path, query) => {
    const text = new URLSearchParams(Object.entries(query).filter(([, value]) => value)).toString();
    return `${gw.prefix()}${path}${text ? `?${text}` : ""}`;
  };
  /** A link to the list of traces of a query that the server made. */
  gw.tracesLink = (query, label, text = "Traces") => {
    const link = gw.link("gw-turn-link", gw.pageAddress("traces", query), text);
    link.setAttribute("aria-label", label);
    return link;
  };

  /** Draws links to the pages that belong together, [part, path, name] each; `queryOf` says what each keeps of the question. */
  gw.drawTabs = (root, tabs, queryOf) => {
    root.replaceChildren(...tabs.map(([part, path, name]) => {
      const link = gw.link("gw-page-tab", gw.pageAddress(path, queryOf(part)), name);
      if (part === root.dataset.part) link.setAttribute("aria-current", "page");
      return link;
    }));
  };
})();
