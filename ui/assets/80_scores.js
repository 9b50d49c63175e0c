/* Evaluations as people read them, and their columns in the lists. */
"use strict";

(() => {
  const gw = window.groundwire;
  const e = (...args) => window.React.createElement(...args);

  /* ---- one value ---- */

  /** A number with as many digits as tell it apart: 0.812, 4.5, 12, 1 204. */
  gw.scoreNumber = (value) => {
    if (value === null || value === undefined) return "–";
    if (Math.abs(value) >= 1000) return gw.count(value);
    return String(Number(value.toPrecision(3)));
  };
  gw.percent = (share) => {
    const value = share * 100;
    return `${value === 0 || value >= 9.95 ? value.toFixed(0) : value.toFixed(1)}\u2009%`;
  };

  const thumbs = new Set(["user_feedback", "review", "feedback", "thumbs"]);
  const isOf = (answer, yes, no) => (answer ? yes : no);

  /** How a value is drawn: an icon for yes and no, else a text; `said` says it in words, `look` is good, bad or plain. */
  gw.score = ({ name, kind, score, label, count = 1 }) => {
    if (kind === "boolean" && score !== null && count === 1) {
      const yes = score >= 0.5;
      const icon = thumbs.has(name) ? isOf(yes, "thumb-up", "thumb-down") : isOf(yes, "tick", "cross");
      return { icon, text: "", said: thumbs.has(name) ? isOf(yes, "good", "bad") : isOf(yes, "yes", "no"), look: isOf(yes, "good", "bad") };
    }
    if (kind === "boolean" && score !== null) return { icon: "", text: gw.percent(score), said: `yes in ${gw.percent(score)} of ${count}`, look: "plain" };
    if (kind === "category" || score === null) return { icon: "", text: label || "–", said: label || "no value", look: "label" };
    return { icon: "", text: gw.scoreNumber(score), said: String(score), look: "plain" };
  };

  const title = (name, value, said) =>
    [`${name}: ${said}`, value.count > 1 ? `${value.count} evaluations, averaged` : "", value.label && value.kind === "number" ? value.label : "", "Click to filter"].filter(Boolean).join("\n");

  /* ---- conditions ---- */

  /** A text as the filter language writes it. */
  gw.quoted = (text) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  /** The condition that finds values like this one, or worse ones where it is a number. */
  const clause = ({ field }, { kind, score, label }) => {
    if (kind === "category") return `${field} = ${gw.quoted(label)}`;
    if (kind === "boolean") return score >= 0.5 ? `${field} >= 0.5` : `${field} < 0.5`;
    return score === null ? `${field} exists` : `${field} <= ${Number(score.toPrecision(3))}`;
  };

  /* ---- columns ---- */

  const cell = (column) => ({ data }) => {
    const value = data && data.evaluations && data.evaluations[column.name];
    if (!value) return null;
    const { icon, text, said, look } = gw.score({ name: column.name, ...value });
    const filter = (event) => {
      event.preventDefault();
      event.stopPropagation();
      const wanted = clause(column, value);
      if (!gw.view.hasClause(wanted)) gw.view.toggleClause(wanted);
    };
    return e("button", { type: "button", tabIndex: -1, className: `gw-score-cell gw-score-${look}${icon ? " gw-score-icon" : ""}`, title: title(column.name, value, said), "aria-label": `${column.name}: ${said}`, onClick: filter },
      icon ? e("span", { className: `gw-icon gw-icon-${icon}`, "aria-hidden": "true" }) : text,
      value.count > 1 ? e("span", { className: "gw-cell-more" }, ` ×${value.count}`) : null);
  };

  const definition = (column, wanted) => ({
    colId: column.id,
    headerName: column.name,
    headerTooltip: `${column.name}: ${gw.count(column.count)} evaluations in this time range`,
    width: Math.min(170, Math.max(84, 40 + column.name.length * 7)),
    minWidth: 72,
    hide: !wanted.includes(column.id),
    sortable: true,
    sortingOrder: ["asc", "desc"],
    valueGetter: ({ data }) => (data && data.evaluations ? data.evaluations[column.name] : null),
    /* A new version of an evaluation is a new object, and only then is the cell drawn anew. */
    equals: (a, b) => JSON.stringify(a) === JSON.stringify(b),
    cellRenderer: cell(column),
    ...(column.kind === "number" ? { type: "rightAligned", cellClass: ["ag-right-aligned-cell", "gw-cell-number"] } : {}),
  });

  const box = ({ id, name }) => ({
    namespace: "dash_mantine_components", type: "Checkbox",
    props: { label: name, value: id, size: "xs" },
  });

  const note = (text) => ({ namespace: "dash_html_components", type: "Span", props: { children: text, className: "gw-dim" } });

  /** Add a column for each name that the project has in the time range; the first is shown unless the reader chose. */
  class ScoreColumns {
    constructor(table, usual) {
      this.table = table;
      this.usual = usual;
      this.known = new Map();
      gw.view.onChange((changed) => ["range", "from", "to", "project"].some((key) => changed.has(key)) && this.load());
      table.ready.then(() => this.load());
    }

    async load() {
      if (this.abort) this.abort.abort();
      this.abort = new AbortController();
      const { project, range, from, to } = gw.view.query;
      const asked = Object.fromEntries(Object.entries({ project, range, from, to }).filter(([, value]) => value));
      let answer;
      try {
        answer = await gw.ask("evaluation-names", asked, this.abort.signal);
      } catch (problem) {
        if (problem.name === "AbortError") return;
        if (this.table.page === "traces") gw.setProps("traces-score-columns", { children: [note("The scores are not available now.")] });
        return;
      }
      if (gw.table === this.table && !this.table.api.isDestroyed()) this.show(answer.columns);
    }

    show(columns) {
      const before = this.known;
      this.known = new Map(columns.map((column) => [column.id, column]));
      /* What the reader or a link has chosen stays, though the time range may have none of it. */
      for (const id of (gw.view.query.columns || "").split(",")) if (before.has(id) && !this.known.has(id)) this.known.set(id, before.get(id));
      gw.usualColumns = [...this.usual, ...columns.filter((column) => column.usual).map((column) => column.id)];
      const wanted = (gw.view.query.columns || gw.usualColumns.join(",")).split(",");
      const { api, page } = this.table;
      const plain = api.getColumnDefs().filter((column) => !String(column.colId).startsWith("evaluation."));
      const scores = [...this.known.values()];
      for (const column of scores) this.table.sorts[column.id] = column.sort;
      const sort = gw.view.query.sort || "-time";
      const definitions = scores.map((column) => {
        const sorted = column.sort === sort.replace(/^-/, "");
        return { ...definition(column, wanted), ...(sorted ? { sort: sort.startsWith("-") ? "desc" : "asc" } : {}) };
      });
      /* After the texts of a trace, and how many traces and errors a session has. */
      const next = page === "traces" ? "duration_ns" : "total_tokens";
      const at = plain.findIndex((column) => column.colId === next);
      api.setGridOption("columnDefs", [...plain.slice(0, at), ...definitions, ...plain.slice(at)]);
      if (page !== "traces") return;
      gw.setProps("traces-score-columns", { children: scores.map(box) });
      gw.setProps("traces-columns", { value: wanted });
    }
  }

  gw.startScores = (table, usual) => new ScoreColumns(table, usual);
})();
