/* The page of prices: the project's own, the list prices in use, and re-costing what is stored. */
"use strict";

(() => {
  const gw = window.groundwire;
  const { costs } = gw;
  const PREFILL = ["set_kind", "set_model", "set_provider", "set_from"];
  const AMOUNTS = ["Input", "Cached", "Output", "Also"];

  /** A price of a million tokens, in dollars or another currency, with the digits that it has. */
  costs.rate = (amount, currency = "USD") => {
    if (amount === null || amount === undefined || amount === "") return "–";
    const text = String(Number(amount).toFixed(12)).replace(/(\.\d\d\d*?)0+$/, "$1");
    return currency === "USD" ? `$${text}` : `${text} ${currency}`;
  };

  const what = (price) => {
    const money = (amount) => costs.rate(amount, price.currency);
    if (price.kind === "discount") return [gw.h("b", {}, `${price.discount_percent} % off`), " the list price"];
    if (price.kind === "gpu") return [gw.h("b", {}, money(price.gpu_hour)), ` a GPU-hour, ${Number(price.gpus || 1) === 1 ? "1 GPU" : `${price.gpus} GPUs`} a replica`];
    const shown = costs.RATES.filter(([name]) => price.rates[name] !== null && price.rates[name] !== undefined);
    const parts = shown.flatMap(([name, label], i) => [i ? " · " : "", `${label.toLowerCase()} `, gw.h("b", {}, money(price.rates[name]))]);
    return [...parts, price.tiers.length ? gw.h("div", { class: "gw-dim" }, price.tiers.map((tier) => `from ${gw.count(tier.least_input_tokens)} input tokens: ${money(tier.rates.input)} in, ${money(tier.rates.output)} out`).join("; ")) : null];
  };
  const rule = (price) => [price.provider ? gw.badge(price.provider) : null, price.service_tier ? gw.badge(`tier ${price.service_tier}`) : null, price.processing ? gw.badge(price.processing) : null].filter(Boolean);

  const period = (price) => {
    const now = Date.now();
    const [from, to] = [Date.parse(price.valid_from), price.valid_to ? Date.parse(price.valid_to) : Infinity];
    const state = to <= now ? gw.badge("ended") : from > now ? gw.badge("to come", "info") : gw.badge("in effect", "good");
    return [state, " ", gw.h("span", {}, "from ", gw.moment(price.valid_from)), price.valid_to ? gw.h("span", {}, " until ", gw.moment(price.valid_to)) : null];
  };

  class Prices {
    constructor() {
      this.root = document.getElementById("costs-body");
      this.own = gw.h("div", { id: "prices-own" }, gw.waiting(3));
      this.recosts = gw.h("div", { id: "prices-recosts" });
      this.list = gw.h("div", { id: "prices-list" }, gw.waiting(3));
      this.root.replaceChildren(this.own, this.recosts, this.list);
      this.root.removeAttribute("aria-busy");
      this.project = { project: gw.view.query.project };
      this.abort = new AbortController();
      gw.onLeave(() => this.abort.abort());
      this.start();
    }

    async start() {
      try {
        const [rights, { prices }] = await Promise.all([gw.rights(gw.view.query.project), gw.call("GET", "prices", this.project, undefined, this.abort.signal)]);
        this.mayEdit = rights.may("edit");
        this.prices = prices;
      } catch (problem) {
        if (problem.name !== "AbortError") this.own.replaceChildren(gw.failed(problem, () => this.start()));
        return;
      }
      this.drawOwn();
      this.recosting = costs.startRecosts(this.recosts, this.mayEdit);
      this.loadList();
      this.openAsked();
    }

    async reload() {
      this.prices = (await gw.call("GET", "prices", this.project)).prices;
      this.drawOwn();
      this.loadList();
    }

    /** `?set_model=…`: a link from elsewhere opens the form filled in; afterwards the address is the page's own. */
    openAsked() {
      const { set_kind: kind = "rates", set_model: model, set_provider: provider = "", set_from: from } = gw.view.query;
      if (!model) return;
      gw.view.query = Object.fromEntries(Object.entries(gw.view.query).filter(([key]) => !PREFILL.includes(key)));
      window.history.replaceState(null, "", costs.href("prices"));
      if (this.mayEdit) this.add({ kind, model, provider, valid_from: from });
    }

    add(price = {}) {
      costs.openPriceForm(price, (kept) => this.saved(kept, "The price is kept."));
    }

    async saved(price, text) {
      await this.reload();
      this.offer(price, text);
    }

    /** After a change: what is stored keeps its cost until it is costed anew. */
    offer(price, text) {
      const start = price.valid_from;
      const past = Date.parse(start) < Date.now();
      const about = gw.h("div", { class: "gw-costs-offer-recost", role: "status", tabindex: "-1" }, gw.h("span", {}, `${text} New calls cost it within seconds, and so do stored ones that had no price.${past ? " Others that are stored keep their cost until they are re-costed." : ""}`),
        past ? gw.press("gw-button gw-primary", "Re-cost stored calls …", () => this.recosting.open(start, price.valid_to)) : null);
      this.note.replaceChildren(about);
      about.focus();
    }

    drawOwn() {
      this.note = this.note || gw.h("div", { id: "prices-note" });
      const add = this.mayEdit ? gw.press("gw-button gw-primary", "Add a price", () => this.add()) : gw.h("span", { class: "gw-dim" }, "Editors of the project can change prices.");
      const rows = this.prices.map((price) => this.row(price));
      this.own.replaceChildren(gw.h("div", { class: "gw-costs-part-head" }, gw.h("div", {}, gw.h("h2", {}, "Own prices"), gw.h("p", { class: "gw-dim" }, "What this project pays otherwise than by the list: negotiated rates, discounts, fine-tuned and self-hosted models. In US dollars of a million tokens, unless said otherwise.")), add), this.note,
        rows.length ? gw.settingsTable("Own prices", ["Model", "Price", "Valid", "Changed", ...(this.mayEdit ? [""] : [])], rows)
          : gw.nothing("No own prices", "Every model costs its list price. Models that are on no list are shown as unpriced.", ...(this.mayEdit ? [gw.press("gw-button", "Add a price", () => this.add())] : [])));
    }

    row(price) {
      const tools = () => gw.h("td", { class: "gw-row-actions" },
        gw.press("gw-link", "Change", () => costs.openPriceForm(price, (kept) => this.saved(kept, "The price is changed.")), { "aria-label": `Change the price of ${price.model}` }),
        gw.press("gw-link gw-link-danger", "Remove", () => this.remove(price), { "aria-label": `Remove the price of ${price.model}` }));
      return gw.h("tr", { "data-price": price.id },
        gw.h("td", { class: "gw-wide-cell" }, gw.h("span", { class: "gw-strong" }, price.model), " ", ...rule(price), price.note ? gw.h("div", { class: "gw-dim" }, price.note) : null),
        gw.h("td", { class: "gw-costs-what" }, ...what(price)), gw.h("td", { class: "gw-costs-period" }, ...period(price)),
        gw.h("td", { class: "gw-by-cell" }, gw.since(price.changed_at), gw.h("div", { class: "gw-dim", title: price.changed_by }, price.changed_by)), this.mayEdit ? tools() : null);
    }

    remove(price) {
      gw.confirm({
        title: `Remove the price of ${price.model}?`, text: ["As if it had never been: the next price that fits counts from now on. To end a price, set until when it is valid instead.", "The audit log keeps what it was."], submit: "Remove the price",
        work: async () => {
          const gone = await gw.call("DELETE", `prices/${price.id}`, this.project);
          return () => this.saved(gone, "The price is removed.");
        },
      });
    }

    /* ---- list prices in use ---- */

    async loadList() {
      try {
        this.drawList(await gw.ask("costs/prices", { project: gw.view.query.project || "" }, this.abort.signal));
      } catch (problem) {
        if (problem.name !== "AbortError") this.list.replaceChildren(gw.failed(problem, () => this.loadList()));
      }
    }

    drawList({ prices }) {
      const kinds = { list: "list", own: "own", gpu: "GPU time", "": "none known" };
      const none = "Calls cost what their spans report, if they do; else they are unpriced";
      const rows = prices.map((price) => gw.h("tr", {},
        gw.h("td", { class: "gw-wide-cell" }, gw.h("span", { class: "gw-strong" }, price.model || "(no model named)"), price.asked_as.length ? gw.h("div", { class: "gw-dim" }, `asked as ${price.asked_as.join(", ")}`) : null),
        gw.h("td", {}, price.provider || gw.h("span", { class: "gw-dim" }, "(none)"), " ", ...[price.service_tier, price.processing].filter(Boolean).map((text) => gw.badge(text))),
        gw.h("td", {}, gw.badge(kinds[price.kind] || price.kind, price.kind === "" ? "warn" : price.kind === "list" ? "plain" : "info", price.kind ? null : none), price.name ? gw.h("div", { class: "gw-dim" }, price.name) : null),
        ...["input", "cache_read", "output"].map((unit) => costs.number(price.kind === "" ? "–" : price.kind === "gpu" ? "" : costs.rate(price.rates[unit]))),
        gw.h("td", { class: "gw-num" }, price.kind === "gpu" ? `${costs.rate(price.gpu_hour)} an hour` : price.tiers ? `${price.tiers + 1} sizes` : ""),
        this.mayEdit ? gw.h("td", { class: "gw-row-actions" }, price.model ? gw.press("gw-link", "Set a price", () => this.add({ kind: "rates", model: price.model, provider: price.provider, service_tier: price.service_tier, processing: price.processing }), { "aria-label": `Set a price of ${price.model}` }) : null) : null));
      this.list.replaceChildren(gw.h("div", { class: "gw-costs-part-head" }, gw.h("div", {}, gw.h("h2", {}, "Prices in use"), gw.h("p", { class: "gw-dim" }, "What each model that this project calls costs now. US dollars of a million tokens."))),
        rows.length ? gw.pageTable("Prices in use", ["Model", "Provider", "Price", ...AMOUNTS, ...(this.mayEdit ? [""] : [])], AMOUNTS, rows)
          : gw.nothing("No model has been called yet", "The prices of models appear here with their first call."));
    }
  }

  costs.parts.prices = () => new Prices();
})();
