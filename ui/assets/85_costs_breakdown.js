/* Spend by any two dimensions: a table that narrows by its values, and how costs are spread over requests. */
"use strict";

(() => {
  const gw = window.groundwire;
  const { costs } = gw;

  const COLUMNS = [
    { key: "cost_usd", name: "Spend", text: (row) => (row.requests && row.unpriced_requests === row.requests ? "unpriced" : gw.cost(row.cost_usd)) },
    { key: "share", name: "Share", text: (row, whole) => costs.share(row.cost_usd, whole) },
    { key: "change", name: "Change", about: "Against the range of the same length before", text: (row) => costs.changeOf(row.cost_usd, row.before_usd) },
    { key: "requests", name: "Requests", text: (row) => gw.count(row.requests) },
    { key: "cost_per_request_usd", name: "A request", about: "Mean of the priced ones", text: (row) => gw.cost(row.cost_per_request_usd) },
    { key: "cost_per_request_p95_usd", name: "p95", about: "95 of 100 requests cost no more", text: (row) => gw.cost(row.cost_per_request_p95_usd) },
    { key: "input_tokens", name: "Input", about: "Input tokens, cached ones too", text: (row) => gw.short(row.input_tokens) },
    { key: "cache_hit_share", name: "Cached", about: "Share of the input tokens read from a prompt cache", text: (row) => (row.cache_hit_share === null ? "–" : gw.percent(row.cache_hit_share)) },
    { key: "output_tokens", name: "Output", about: "Output tokens", text: (row) => gw.short(row.output_tokens) },
    { key: "unpriced_requests", name: "Unpriced", about: "Requests without a known price: they add nothing to spend", text: (row) => (row.unpriced_requests ? gw.count(row.unpriced_requests) : "") },
  ];

  class Breakdown extends costs.Page {
    constructor() {
      super("breakdown", ["by"]);
      this.sort = { key: "cost_usd", down: true };
      this.load();
    }

    drawn() {
      const { data } = this;
      if (!data.totals.requests) return [this.choices(), costs.nothing()];
      this.table = gw.h("div", { class: "gw-costs-table" });
      this.columns = COLUMNS.filter(({ key }) => key !== "unpriced_requests" || data.totals.unpriced_requests);
      this.drawTable();
      const { trend, window: [start, end], by } = data;
      const chart = costs.trendChart({ trend, end, label: { start }, choose: (value) => this.narrow({ [by[0]]: value }) });
      return [this.choices(), this.summary(), this.table, gw.pageSection("Over time", `by ${costs.dimensions[by[0]].toLowerCase()}`, chart), this.spread()];
    }

    shown() {
      const wanted = window.location.hash.slice(1) || this.jump;
      this.jump = "";
      if (wanted && document.getElementById(wanted)) document.getElementById(wanted).scrollIntoView();
    }

    /* ---- what is asked ---- */

    choices() {
      const [one, two = ""] = this.data.by;
      const choice = (label, value, options, change) => gw.h("label", { class: "gw-quality-choice" }, gw.h("span", {}, label), gw.choice(options, value, { class: "gw-button", "aria-label": label === "and" ? "And by" : label, onchange: (event) => change(event.target.value) }));
      const set = (first, second) => gw.view.set({ by: [first, second].filter(Boolean).join(",") });
      const others = Object.fromEntries(Object.entries(costs.dimensions).filter(([name]) => name !== one));
      return gw.h("div", { class: "gw-costs-choices" }, choice("By", one, costs.dimensions, (value) => set(value, two === value ? one : two)), choice("and", two, { "": "nothing else", ...others }, (value) => set(one, value)),
        gw.h("span", { class: "gw-space" }), this.file("CSV", "csv"), this.file("Parquet", "parquet"));
    }

    /** What is shown, and what the table leaves out, as a file. */
    file(name, form) {
      return gw.h("a", { class: "gw-button", href: `/api/v1/usage?${new URLSearchParams({ ...this.data.export, format: form })}`, download: `usage.${form}`, "aria-label": `Export as ${name}` }, name);
    }

    /** Only these values: what is the same for all rows needs no column any more. */
    narrow(values) {
      const left = this.data.by.filter((name) => !(name in values));
      gw.view.set({ ...costs.narrow(values), by: left.join(",") });
    }

    summary() {
      const { totals, traces } = this.data;
      const unpriced = totals.unpriced_requests;
      return gw.h("p", { class: "gw-costs-summary" }, gw.h("b", { class: "gw-costs-value" }, gw.cost(totals.cost_usd)), ` for ${gw.count(totals.requests)} requests `,
        gw.h("span", { class: "gw-dim" }, `· ${gw.cost(totals.cost_per_request_usd)} a request${unpriced ? ` · ${gw.count(unpriced)} of them unpriced` : ""} · `), gw.tracesLink(traces, "Traces of this spend"));
    }

    /* ---- the table ---- */

    drawTable() {
      const { data } = this;
      const heading = (key, text, number, about = null) => {
        const sorted = this.sort.key === key ? (this.sort.down ? "descending" : "ascending") : "none";
        return gw.h("th", { scope: "col", class: number ? "gw-num" : "", "aria-sort": sorted, title: about }, gw.h("button", { class: "gw-sort", type: "button", "data-sort": key, onclick: () => this.order(key) }, text, sorted === "none" ? "" : sorted === "descending" ? " ↓" : " ↑"));
      };
      const heads = [...data.by.map((name) => heading(`by.${name}`, costs.dimensions[name], false)), ...this.columns.map(({ key, name, about }) => heading(key, name, true, about)), gw.h("th", { scope: "col" }, gw.h("span", { class: "gw-hidden" }, "Traces"))];
      const names = data.by.map((name) => costs.dimensions[name].toLowerCase()).join(" and ");
      this.table.replaceChildren(gw.h("div", { class: "gw-settings-scroll gw-costs-scroll", tabindex: "0", role: "region", "aria-label": `Spend by ${names}` }, gw.h("table", { class: "gw-table gw-costs-grid" }, gw.h("caption", { class: "gw-hidden" }, `Spend by ${names}`),
        gw.h("thead", {}, gw.h("tr", {}, ...heads)), gw.h("tbody", {}, ...this.ordered().map((row) => this.row(row))), gw.h("tfoot", {}, this.total()))),
      data.more ? gw.h("p", { class: "gw-dim" }, `The ${gw.count(data.rows.length)} dearest are shown; totals and exports have all.`) : "");
    }

    row(row) {
      const whole = this.data.totals.cost_usd;
      const label = Object.values(row.values).map((value) => value || "none").join(", ");
      const cells = Object.entries(row.values).map(([name, value]) => gw.h("td", { class: "gw-costs-key-cell" }, gw.h("button", { class: "gw-costs-narrow", type: "button", title: `Only ${costs.dimensions[name]} ${value || "(none)"}`, onclick: () => this.narrow({ [name]: value }) }, costs.value(value))));
      return gw.h("tr", {}, ...cells, ...this.columns.map(({ key, text }) => gw.h("td", { class: "gw-num" }, key === "cost_usd" ? gw.h("span", { class: "gw-costs-spend" }, gw.h("i", { style: `width: ${this.most ? ((row.cost_usd / this.most) * 100).toFixed(1) : 0}%`, "aria-hidden": "true" }), gw.h("b", {}, text(row))) : text(row, whole))),
        gw.h("td", {}, gw.tracesLink(row.traces, `Traces of ${label}`)));
    }

    total() {
      const { totals, by } = this.data;
      return gw.h("tr", {}, gw.h("th", { scope: "row", colspan: String(by.length) }, "Total"), ...this.columns.map(({ key, text }) => gw.h("td", { class: "gw-num" }, key === "change" ? "" : key === "share" ? "" : text(totals, totals.cost_usd))), gw.h("td", {}));
    }

    order(key) {
      this.sort = { key, down: this.sort.key === key ? !this.sort.down : !key.startsWith("by.") };
      this.drawTable();
      this.table.querySelector(`[data-sort="${key}"]`).focus();
    }

    ordered() {
      const { key, down } = this.sort;
      const of = (row) => (key.startsWith("by.") ? row.values[key.slice(3)] : key === "share" ? row.cost_usd : key === "change" ? row.cost_usd - row.before_usd : row[key]);
      this.most = Math.max(...this.data.rows.map((row) => row.cost_usd), 0);
      return [...this.data.rows].sort((a, b) => {
        const [one, two] = [of(a), of(b)];
        if (one === null || two === null) return (one === null) - (two === null);
        const by = typeof one === "string" ? one.localeCompare(two) : one - two;
        return down ? -by : by;
      });
    }

    /* ---- how costs of requests are spread ---- */

    spread() {
      const { spread, totals } = this.data;
      if (!spread || !spread.length) return null;
      const marks = [["p50", totals.cost_per_request_p50_usd], ["p95", totals.cost_per_request_p95_usd]].filter(([, value]) => value !== null);
      const part = gw.pageSection("Cost of a request", "how many requests cost how much; a bar leads to its traces", costs.spreadChart(spread, marks));
      part.id = "spread";
      return part;
    }
  }

  costs.parts.breakdown = () => new Breakdown();
})();
