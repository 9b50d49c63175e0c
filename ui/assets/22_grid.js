/* Rows for AG Grid from a data endpoint, one page after another by cursor; and the live tail. */
"use strict";

(() => {
  const gw = window.groundwire;
  const BLOCK = 100;
  const TAIL_MS = 2000;
  const RETRY_MS = 4000;

  const gridApi = async (id) => {
    for (;;) {
      const api = await window.dash_ag_grid.getApiAsync(id);
      if (!api.isDestroyed()) return api;
      await new Promise((done) => requestAnimationFrame(done));
    }
  };

  class Table {
    constructor(page, sorts, columns) {
      this.page = page;
      this.sorts = sorts;
      this.columns = columns;
      this.rowId = page === "traces" ? "trace_id" : "session_id";
      this.message = document.getElementById(`${page}-message`);
      this.seen = new Set();
      this.restored = false;
      this.forget();
      gw.view.onChange((changed) => this.changed(changed));
      gw.onLeave(() => this.abort.abort());
      this.first = gw.ask(page, { ...gw.view.question(), cursor: "" }, this.abort.signal);
      this.first.then((answer) => this.sketch(answer.rows), () => {});
      this.ready = gridApi(`${page}-grid`).then((api) => this.start(api));
    }

    /** The grid takes longest of all to start: until it has drawn, its first rows stand in its place as plain text. */
    sketch(rows) {
      const frame = this.message.parentElement;
      if (this.drawn || !rows.length || !this.columns) return;
      const width = ({ width: px, flex }) => `flex: ${flex || 0} 0 ${px}px; min-width: ${flex ? 140 : px}px`;
      const line = (text, look) =>
        gw.h("div", { class: `gw-sketch-row ${look}` }, ...this.columns.map((column) =>
          gw.h("span", { style: width(column), class: column.formatter ? "gw-sketch-number" : `gw-sketch-${column.field}` }, text(column))));
      const most = Math.ceil(frame.clientHeight / 31);
      this.plain = gw.h("div", { class: "gw-sketch", "aria-hidden": "true" }, line((column) => column.label, "gw-sketch-head"),
        ...rows.slice(0, most).map((row) => line((column) => gw.cellText(column, row[column.field]), "")));
      frame.append(this.plain);
    }

    endSketch() {
      this.drawn = true;
      if (this.plain) this.plain.remove();
    }

    start(api) {
      this.api = api;
      if (api.getDisplayedRowCount() > 1) this.endSketch();
      api.addEventListener("firstDataRendered", () => this.endSketch());
      api.addEventListener("rowClicked", (event) => this.clicked(event));
      if (this.page === "traces") this.tail();
    }

    /** Begin anew: no cursor holds any more, and answers under way are of no use. */
    forget() {
      this.first = null;
      if (this.abort) this.abort.abort();
      this.abort = new AbortController();
      this.cursors = new Map([[0, ""]]);
    }

    load() {
      this.forget();
      this.seen = new Set();
      this.say(null);
      this.endSketch();
      if (!this.api) return;
      this.api.purgeInfiniteCache();
      this.api.ensureIndexVisible(0, "top");
    }

    /** Answer the grid's wish for a block of rows, as Dash's getRowsResponse; undefined where it is out of date. */
    async rows({ startRow, sortModel }) {
      this.syncSort(sortModel);
      try {
        const query = { ...gw.view.question(), cursor: this.cursors.get(startRow) || "" };
        const page = await ((startRow === 0 && this.first) || gw.ask(this.page, query, this.abort.signal));
        this.first = null;
        if (page.next) this.cursors.set(startRow + BLOCK, page.next);
        if (startRow === 0) this.arrived(page.rows);
        return { rowData: page.rows, rowCount: page.next ? -1 : startRow + page.rows.length };
      } catch (problem) {
        if (problem.name === "AbortError") return undefined;
        this.failed(problem);
        return { rowData: [], rowCount: startRow };
      }
    }

    changed(changed) {
      if (changed.has("columns")) this.showColumns();
      if (changed.has("sort") && !this.sorting) this.showSort();
      if (["q", "filter", "range", "from", "to", "project"].some((key) => changed.has(key))) this.load();
      if (changed.has("live")) this.refresh();
    }

    /* The header was clicked: the grid asks for the first rows in a new order. */
    syncSort(model) {
      if (!Object.keys(this.sorts).length || !model.length) return;
      const sort = (model[0].sort === "desc" ? "-" : "") + this.sorts[model[0].colId];
      if (sort === (gw.view.query.sort || "-time")) return;
      this.sorting = true;
      this.cursors = new Map([[0, ""]]);
      gw.view.set({ sort });
      this.sorting = false;
    }

    showSort() {
      const sort = gw.view.query.sort || "-time";
      const column = Object.keys(this.sorts).find((field) => this.sorts[field] === sort.replace("-", ""));
      this.cursors = new Map([[0, ""]]);
      this.api.applyColumnState({
        state: [{ colId: column, sort: sort.startsWith("-") ? "desc" : "asc" }],
        defaultState: { sort: null },
      });
    }

    showColumns() {
      const wanted = (gw.view.query.columns || gw.usualColumns.join(",")).split(",");
      this.api.applyColumnState({
        state: this.api.getColumns().map((column) => ({ colId: column.getColId(), hide: !wanted.includes(column.getColId()) })),
      });
    }

    arrived(rows) {
      const ids = rows.map((row) => row[this.rowId]);
      this.seen = new Set([...this.seen, ...ids]);
      this.failures = 0;
      this.empty = rows.length === 0;
      if (gw.view.problem) gw.view.setProblem(null);
      if (rows.length) this.say(null);
      else this.sayEmpty();
      if (!this.restored) this.restore(ids);
    }

    /** Choose the trace again that the reader comes back from. */
    restore(ids) {
      this.restored = true;
      const opened = sessionStorage.getItem(`gw-opened-${this.page}`);
      if (!ids.includes(opened)) return;
      requestAnimationFrame(() => {
        const node = this.api.getRowNode(opened);
        if (!node) return;
        node.setSelected(true, true);
        this.api.ensureNodeVisible(node);
      });
    }

    failed(problem) {
      gw.view.setProblem(problem);
      const retry = problem.kind === "unreachable" || problem.kind === "unavailable";
      const wrongFilter = problem.kind === "input" && problem.column;
      this.say(wrongFilter ? "The filter is not right" : problem.message, wrongFilter ? problem.message : problem.hint, "error",
        gw.h("button", { class: "gw-button", type: "button", onclick: () => this.load() }, "Try again"));
      if (retry) setTimeout(() => gw.view.problem && gw.table === this && this.load(), RETRY_MS);
    }

    say(title, text, kind, ...actions) {
      this.message.replaceChildren();
      this.message.hidden = !title;
      const start = document.getElementById("traces-start");
      if (start) start.classList.add("gw-gone");
      if (!title) return;
      this.message.append(
        gw.h("div", { class: `gw-empty gw-empty-${kind}`, role: kind === "error" ? "alert" : "status" },
          gw.h("p", { class: "gw-empty-title" }, title), text ? gw.h("p", { class: "gw-empty-text" }, text) : null,
          gw.h("div", { class: "gw-empty-actions" }, ...actions)),
      );
    }

    async sayEmpty() {
      const noun = this.page;
      const button = (text, changes) =>
        gw.h("button", { class: "gw-button", type: "button", onclick: () => gw.view.set(changes) }, text);
      const wide = button("Look at the last 30 days", { range: "30d", from: "", to: "" });
      if (gw.view.query.q || gw.view.query.filter) {
        this.say(`No ${noun} match`, "Nothing in this time range fits the search and the filter.", "empty",
          button("Clear search and filter", { q: "", filter: "" }), wide);
        return;
      }
      const project = gw.view.query.project ? { project: gw.view.query.project } : {};
      const any = await gw.ask("traces", { ...project, range: "520w" }).catch(() => ({ rows: [null] }));
      // Another page may have been opened meanwhile.
      if (!this.empty || !this.message.isConnected) return;
      if (any.rows.length) await this.sayOlder(wide);
      else if (noun === "traces") this.welcome();
      else this.say("No sessions yet", "Traces that carry session.id or gen_ai.conversation.id appear here as conversations.", "empty");
    }

    /** Others are there, but they need not be older: they may have arrived since this range was asked. */
    async sayOlder(wide) {
      const now = await gw.ask(this.page, { ...gw.view.question(), cursor: "" }).catch(() => ({ rows: [] }));
      if (!this.empty || !this.message.isConnected) return;
      if (now.rows.length) gw.view.reload();
      else this.say(`No ${this.page} in this time range`, "There are older ones.", "empty", wide);
    }

    /* A newcomer: say how to send something, and look for it. */
    welcome() {
      this.say(null);
      document.getElementById("traces-start").classList.remove("gw-gone");
      setTimeout(() => this.empty && gw.table === this && this.refresh(), TAIL_MS);
    }

    clicked({ data, event }) {
      if (!data || event.defaultPrevented || String(window.getSelection())) return;
      this.open(data);
    }

    open(data) {
      sessionStorage.setItem(`gw-opened-${this.page}`, data[this.rowId]);
      gw.go(this.page === "traces" ? gw.traceHref(data.trace_id) : gw.sessionHref(data.session_id));
    }

    openChosen() {
      const [chosen] = this.api ? this.api.getSelectedRows() : [];
      if (chosen) this.open(chosen);
    }

    /** Move the choice by some rows. */
    move(steps) {
      if (!this.api) return;
      const [chosen] = this.api.getSelectedNodes();
      const index = chosen ? chosen.rowIndex + steps : 0;
      const next = this.api.getDisplayedRowAtIndex(Math.max(0, index));
      if (!next || !next.data) return;
      next.setSelected(true, true);
      this.api.ensureIndexVisible(next.rowIndex);
    }

    /* ---- live tail ---- */

    tail() {
      this.showTail();
      gw.every(TAIL_MS, () => {
        this.showTail();
        if (this.tailState() === "on") this.refresh();
      });
    }

    tailState() {
      if (gw.view.query.live !== "1") return "off";
      if (document.hidden || gw.view.problem) return "paused";
      if (gw.view.query.from) return "fixed";
      if ((gw.view.query.sort || "-time") !== "-time") return "sorted";
      return this.api.getVerticalPixelRange().top > 4 ? "scrolled" : "on";
    }

    showTail() {
      const state = this.tailState();
      const why = { scrolled: "paused: scrolled", fixed: "paused: fixed time", sorted: "paused: not by time", paused: "paused" };
      const box = document.querySelector(".gw-live");
      if (!box) return;
      box.dataset.state = state;
      box.dataset.why = why[state] || "";
    }

    refresh() {
      const before = this.seen;
      this.arrived = (rows) => {
        delete this.arrived;
        const fresh = rows.map((row) => row[this.rowId]).filter((id) => before.size && !before.has(id));
        gw.newRows = new Set(fresh);
        this.arrived(rows);
      };
      this.api.refreshInfiniteCache();
    }
  }

  gw.startTable = (page, sorts, columns) => {
    gw.table = new Table(page, sorts, columns);
    gw.onLeave(() => {
      gw.table = null;
    });
  };

  /** The grid's wish may come before its page has started. */
  gw.rows = async (page, request) => {
    const started = () => (document.getElementById(`${page}-page`) || { dataset: {} }).dataset.started && gw.table;
    while (!started()) await new Promise((done) => requestAnimationFrame(done));
    return (gw.table.page === page && (await gw.table.rows(request))) || window.dash_clientside.no_update;
  };
})();
