/* What figures leave out: models without a price, one click from one; and usage that does not add up. */
"use strict";

(() => {
  const gw = window.groundwire;
  const { costs } = gw;
  const MODEL = ["Requests", "Input", "Output"];
  const WRONG = ["Spans", "Tokens"];
  const KINDS = { total: "the reported total is not the sum of its parts", uncovered: "repeats calls below, with tokens that those do not have" };

  const moment = (ms) => gw.h("time", { title: gw.utcTime(ms), class: "gw-when" }, gw.localTime(ms).slice(0, 16));
  const span = ({ trace, span: id }, text) => {
    const query = new URLSearchParams({ ...(gw.view.query.project ? { project: gw.view.query.project } : {}), span: id });
    return gw.link("gw-turn-link", `${gw.prefix()}traces/${trace}?${query}`, text);
  };

  class Unpriced extends costs.Page {
    constructor() {
      super("unpriced");
      this.showsEdits = true;
      this.load();
    }

    drawn() {
      const { models, mismatches, more } = this.data;
      const wide = gw.press("gw-button", "Look at the last 30 days", () => gw.view.set({ range: "30d", from: "", to: "" }));
      const list = models.length ? [gw.pageTable("Models without a price", ["Model", ...MODEL, "First seen", "Last seen", ""], MODEL, models.map((row) => this.model(row))), more ? gw.h("p", { class: "gw-dim" }, `The ${models.length} most called are shown.`) : null]
        : [gw.nothing("Every call of this time range has a price", "Models that nobody knows a price for would be listed here: counted, and never taken for free.", wide)];
      const about = models.length ? "their calls are counted and add nothing to any sum; with a price, they are costed within seconds" : null;
      return [gw.pageSection("Models without a price", about, ...list.filter(Boolean)), mismatches.length ? gw.pageSection("Usage that does not add up", "recorded as it was reported; what counts is the sum of the parts", gw.pageTable("Usage that does not add up", ["From", "What", ...WRONG, ""], WRONG, mismatches.map((row) => this.wrong(row)))) : null];
    }

    model(row) {
      const set = this.mayEdit ? gw.link("gw-button gw-primary gw-costs-set", costs.href("prices", { set_model: row.model, set_provider: row.provider, set_from: costs.startOfDay(row.first) }), "Set a price") : gw.h("span", { class: "gw-dim" }, "Editors can set a price");
      if (this.mayEdit) set.setAttribute("aria-label", `Set a price of ${row.model}`);
      return gw.h("tr", { "data-model": row.model },
        gw.h("td", { class: "gw-wide-cell" }, gw.h("span", { class: "gw-strong" }, row.model || "(no model named)"), " ", row.provider ? gw.badge(row.provider) : null, row.asked_as ? gw.h("div", { class: "gw-dim" }, `asked as ${row.asked_as}`) : null, row.unresolved ? gw.h("div", { class: "gw-dim" }, `${gw.count(row.unresolved)} are being looked up`) : null),
        costs.number(gw.count(row.requests)), costs.number(gw.short(row.input_tokens)), costs.number(gw.short(row.output_tokens)), gw.h("td", {}, moment(row.first)), gw.h("td", {}, moment(row.last)),
        gw.h("td", { class: "gw-row-actions" }, gw.tracesLink(row.traces, `Traces of ${row.model}`), " ", row.model ? set : null));
    }

    wrong(row) {
      return gw.h("tr", {},
        gw.h("td", { class: "gw-wide-cell" }, gw.h("span", { class: "gw-strong" }, row.service || "(no service)"), gw.h("div", { class: "gw-dim" }, [row.operation, row.model, row.provider].filter(Boolean).join(" · "))),
        gw.h("td", { class: "gw-wide-cell" }, KINDS[row.kind] || row.kind), costs.number(gw.count(row.spans)), costs.number(gw.count(row.tokens)), gw.h("td", { class: "gw-row-actions" }, span(row, "The largest")));
    }
  }

  costs.parts.unpriced = () => new Unpriced();
})();
