/* Re-costing: have what stored calls cost worked out anew, watch it, cancel it, read what it changed. */
"use strict";

(() => {
  const gw = window.groundwire;
  const { costs } = gw;
  const SOURCES = { prices: ["At the prices of now", "Tokens stay as they are. The usual after a change of a price."], spans: ["From the stored spans", "Also which spans count and what they used: after an update with another rule. Slower."] };
  const MOST_ROWS = 8; // of a table of what changed

  class Recosts extends gw.Jobs {
    constructor(root, mayEdit) {
      super(root, { path: "recosts", list: "recosts", noun: "re-costing", unit: "calls", mayEdit });
      this.opened = new Set();
    }

    parts(items) {
      const open = this.mayEdit ? gw.press("gw-button", "Re-cost stored calls …", () => this.open(), { "data-key": "open" }) : null;
      return [gw.h("div", { class: "gw-costs-part-head" }, gw.h("div", {}, gw.h("h2", {}, "Re-costing"), gw.h("p", { class: "gw-dim" }, "A change of a price is for calls from then on. Re-costing applies the prices of now to calls that are stored; readers see the old figures until all new ones are there.")), open),
        items.length ? gw.h("ul", { class: "gw-jobs", "aria-label": "Re-costings" }, ...items) : gw.h("p", { class: "gw-dim" }, "Nothing has been re-costed yet.")];
    }

    marks(recost) {
      return recost.from === "spans" ? gw.badge("from spans") : null;
    }

    /* ---- what it changed ---- */

    report({ id, report }) {
      const [before, after] = [Number(report.before_usd), Number(report.after_usd)];
      return gw.h("details", { class: "gw-recost-report", open: this.opened.has(id), ontoggle: (event) => (event.target.open ? this.opened.add(id) : this.opened.delete(id)) },
        gw.h("summary", { "data-key": `report-${id}` }, gw.h("b", {}, `${gw.cost(before)} → ${gw.cost(after)}`), ` (${costs.signed(after - before)}), ${gw.count(report.changed_calls)} of ${gw.count(report.calls)} calls changed`), ...tables(report));
    }

    /* ---- begin ---- */

    open(start = "", end = "") {
      const chosen = this.rangeFields("Calls that started from", start, end);
      const sources = Object.entries(SOURCES).map(([name, [label, about]]) => gw.option("radio", label, about, { name: "recost-from", value: name, checked: name === "prices" }));
      gw.formDialog({
        title: "Re-cost stored calls", submit: "Start",
        fields: [...chosen.fields, gw.options("How", sources)],
        work: async () => {
          const source = sources.find(({ box }) => box.checked).box.value;
          await gw.call("POST", "recosts", this.project, { ...chosen.range(), from: source });
          return () => this.begun();
        },
      });
    }
  }

  /** What a re-costing changed, by model, kind of price and tenant: those that changed the most. */
  const tables = (report) => {
    const known = [["Model", report.models], ["Price", report.prices], ["Tenant", report.tenants]].filter(([, rows]) => rows.length);
    return known.length ? [gw.h("div", { class: "gw-recost-tables" }, ...known.map(([name, rows]) => changes(name, rows)))] : [];
  };

  const changes = (name, rows) => gw.h("div", {}, gw.h("table", { class: "gw-table" }, gw.h("caption", { class: "gw-hidden" }, `Changes by ${name.toLowerCase()}`),
    gw.h("thead", {}, gw.h("tr", {}, gw.h("th", { scope: "col" }, name), ...["Before", "After", "Calls"].map((head) => gw.h("th", { scope: "col", class: "gw-num" }, head)))),
    gw.h("tbody", {}, ...rows.slice(0, MOST_ROWS).map((row) => gw.h("tr", {}, gw.h("td", {}, row[name.toLowerCase()] || gw.h("span", { class: "gw-dim" }, "(none)")), ...[row.before_usd, row.after_usd].map((usd) => gw.h("td", { class: "gw-num" }, gw.cost(Number(usd)))), gw.h("td", { class: "gw-num" }, gw.count(row.calls)))))),
  rows.length > MOST_ROWS ? gw.h("p", { class: "gw-dim" }, "Others changed less; the API has more of them.") : null);

  costs.startRecosts = (root, mayEdit) => new Recosts(root, mayEdit);
})();
