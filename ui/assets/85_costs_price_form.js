/* The form of a project's own price: of tokens, a discount off the list, or a GPU's hour; begun from a list price. */
"use strict";

(() => {
  const gw = window.groundwire;
  const { costs } = gw;

  const KINDS = { rates: "Prices of tokens and requests", discount: "Discount off the list price", gpu: "Self-hosted: price of a GPU-hour" };
  const USUAL = [["input", "Input"], ["cache_read", "Cached input"], ["output", "Output"]];
  const MORE = [
    ["cache_write_5m", "Cache write, 5 min"], ["cache_write_1h", "Cache write, 1 h"], ["reasoning", "Reasoning"], ["request", "Each request"],
    ["input_audio", "Audio in"], ["cache_read_audio", "Cached audio in"], ["output_audio", "Audio out"], ["input_image", "Images in"], ["cache_read_image", "Cached images in"], ["output_image", "Images out"],
  ];
  costs.RATES = [...USUAL, ...MORE];
  const AS = { cache_read: "as input", cache_write_5m: "as input", cache_write_1h: "as for 5 min", reasoning: "as output", input_audio: "as input", cache_read_audio: "as cached", output_audio: "as output", input_image: "as input", cache_read_image: "as cached", output_image: "as output", request: "0" };

  const number = (name, value, more = {}) => gw.textField({ inputmode: "decimal", name, value: value ?? "", ...more });
  const { localMoment: local, utcMoment: utc } = gw;
  /** The local midnight before a moment. */
  costs.startOfDay = (ms) => {
    const d = new Date(ms);
    d.setHours(0, 0, 0, 0);
    return d.toISOString();
  };

  /** The fields of one set of rates, as the API takes them. */
  class Rates {
    constructor(rates, label, isFirst = false) {
      this.fields = {};
      const field = ([name, text]) => {
        this.fields[name] = number(name, rates[name], { placeholder: AS[name] || "", autofocus: isFirst && name === "input" });
        return gw.labelled(text, this.fields[name]);
      };
      const filled = MORE.some(([name]) => rates[name]);
      this.row = gw.h("fieldset", { class: "gw-costs-rates" }, gw.h("legend", {}, label), gw.h("div", { class: "gw-costs-rate-grid" }, ...USUAL.map(field)),
        gw.h("details", { open: filled }, gw.h("summary", {}, "Cache writes, reasoning, audio, images, requests"), gw.h("div", { class: "gw-costs-rate-grid" }, ...MORE.map(field))));
    }

    fill(rates) {
      for (const [name, field] of Object.entries(this.fields)) field.value = rates[name] ?? "";
      if (MORE.some(([name]) => rates[name])) this.row.querySelector("details").open = true;
    }

    value() {
      return Object.fromEntries(Object.entries(this.fields).filter(([, field]) => field.value.trim()).map(([name, field]) => [name, field.value.trim()]));
    }
  }

  class PriceForm {
    constructor(price) {
      this.price = price;
      this.kind = gw.choice(KINDS, price.kind || "rates", { "aria-label": "Kind", onchange: () => this.showKind() });
      this.model = gw.textField({ value: price.model || "", required: true, maxlength: "256", placeholder: "gpt-5, ft:gpt-4o:*", autofocus: !price.model });
      this.provider = gw.textField({ value: price.provider || "", maxlength: "100", placeholder: "any" });
      this.tier = gw.textField({ value: price.service_tier || "", maxlength: "32", placeholder: "any" });
      this.processing = gw.choice({ "": "any", batch: "batch only" }, price.processing || "");
      this.from = gw.h("input", { class: "gw-text-input", type: "datetime-local", required: true, value: local(price.valid_from || costs.startOfDay(Date.now())) });
      this.to = gw.h("input", { class: "gw-text-input", type: "datetime-local", value: price.valid_to ? local(price.valid_to) : "" });
      this.currency = gw.textField({ value: price.currency || "USD", maxlength: "3", size: "4", oninput: () => this.showCurrency() });
      this.exchange = number("usd_per_unit", price.usd_per_unit || "1");
      this.discount = number("discount_percent", price.discount_percent, { placeholder: "20" });
      this.gpuHour = number("gpu_hour", price.gpu_hour, { placeholder: "2.40", autofocus: Boolean(price.model) && price.kind === "gpu" });
      this.gpus = number("gpus", price.gpus, { placeholder: "1" });
      this.compareModel = gw.textField({ value: price.compare_model || "", maxlength: "256", placeholder: "found by the model's name" });
      this.compareProvider = gw.textField({ value: price.compare_provider || "", maxlength: "100", placeholder: "any" });
      this.note = gw.textField({ value: price.note || "", maxlength: "500", placeholder: "Contract of 2026, order 4711" });
      this.rates = new Rates(price.rates || {}, "Of a million tokens", Boolean(price.model));
      this.tiers = (price.tiers || []).map((tier) => this.newTier(tier.least_input_tokens, tier.rates));
      this.tierRoom = gw.h("div", { class: "gw-costs-tiers" });
      this.currencyNote = gw.h("p", { class: "gw-dim" });
    }

    fields() {
      const row = (...parts) => gw.h("div", { class: "gw-field-row" }, ...parts);
      this.lookUp = this.makeLookUp();
      this.parts = {
        rates: gw.h("div", { class: "gw-form" }, this.lookUp, this.rates.row, this.tierRoom),
        discount: gw.labelled("Percent off the list price", this.discount, "Follows the list price when that changes."),
        gpu: gw.h("div", { class: "gw-form" }, row(gw.labelled("A GPU-hour costs", this.gpuHour), gw.labelled("GPUs of one replica", this.gpus, "Empty: 1. May be a part of one.")),
          row(gw.labelled("Compare with the API model", this.compareModel), gw.labelled("of provider", this.compareProvider))),
      };
      const money = row(gw.labelled("Currency", this.currency), gw.labelled("US dollars for one of it", this.exchange));
      this.exchangeField = this.exchange.parentElement;
      const about = gw.h("details", { open: Boolean(this.price.service_tier || this.price.processing) }, gw.h("summary", {}, "Only one service tier, or only batch"), row(gw.labelled("Service tier", this.tier, "priority, flex …"), gw.labelled("Processing", this.processing)));
      this.money = money;
      this.drawTiers();
      this.showKind();
      this.showCurrency();
      return [
        row(gw.labelled("Model", this.model, "As spans name it; * stands for any text."), gw.labelled("Provider", this.provider, "As spans name it. Empty: any.")),
        about, gw.labelled("What is agreed", this.kind), ...Object.values(this.parts), money,
        row(gw.labelled("Valid from", this.from, "Your local time."), gw.labelled("until", this.to, "Empty: no end.")), gw.labelled("Note", this.note),
      ];
    }

    showKind() {
      for (const [kind, part] of Object.entries(this.parts)) part.hidden = kind !== this.kind.value;
      this.money.hidden = this.kind.value === "discount";
    }

    showCurrency() {
      const dollars = this.currency.value.trim().toUpperCase() === "USD";
      this.exchangeField.hidden = dollars;
      if (dollars) this.exchange.value = "1";
    }

    /* ---- prices of large calls ---- */

    newTier(least, rates) {
      return { least: gw.textField({ inputmode: "numeric", value: least || "", placeholder: "200000" }), rates: new Rates(rates, "Of a million tokens of such calls") };
    }

    drawTiers() {
      const add = gw.press("gw-link", "Other prices for large inputs", () => {
        this.tiers.push(this.newTier("", this.rates.value()));
        this.drawTiers();
        this.tiers.at(-1).least.focus();
      });
      this.tierRoom.replaceChildren(...this.tiers.map((tier, i) => gw.h("div", { class: "gw-costs-tier" },
        gw.h("div", { class: "gw-field-row" }, gw.labelled("From so many input tokens on", tier.least, "Then for all tokens of the call."), gw.press("gw-link gw-link-danger", "Remove", () => {
          this.tiers.splice(i, 1);
          this.drawTiers();
        })), tier.rates.row)), add);
    }

    /* ---- the list prices ---- */

    makeLookUp() {
      const found = gw.h("ul", { class: "gw-costs-found", "aria-label": "List prices found" });
      const box = gw.textField({ type: "search", placeholder: "gpt-5, claude, llama 70b" });
      let latest = 0;
      const search = gw.later(250, async () => {
        const text = box.value.trim();
        latest += 1;
        const mine = latest;
        if (text.length < 2) return found.replaceChildren();
        try {
          const { models } = await gw.call("GET", "prices/catalogue", { search: text, limit: "8", project: gw.view.query.project });
          if (mine !== latest) return;
          found.replaceChildren(...(models.length ? models.map((model) => this.offer(model, found)) : [gw.h("li", { class: "gw-dim" }, "No list price by this name")]));
        } catch (problem) {
          if (mine === latest) found.replaceChildren(gw.h("li", { class: "gw-error-text" }, gw.sentence(problem)));
        }
      });
      box.addEventListener("input", search);
      box.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
      return gw.h("div", {}, gw.labelled("Begin from a list price", box, "Fills in its prices; change what you pay otherwise."), found);
    }

    offer(listed, found) {
      const [first] = listed.tiers;
      const take = () => {
        this.rates.fill(differing(first.rates));
        this.tiers = listed.tiers.slice(1).map((tier) => this.newTier(tier.least_input_tokens, differing(tier.rates)));
        this.drawTiers();
        this.currency.value = "USD";
        this.showCurrency();
        if (!this.model.value) {
          this.model.value = listed.model;
          this.provider.value = listed.provider;
        }
        found.replaceChildren(gw.h("li", { class: "gw-dim", role: "status" }, `Filled in from ${listed.provider}/${listed.model}`));
        this.rates.fields.input.focus();
      };
      const about = first ? `${costs.rate(first.rates.input)} in, ${costs.rate(first.rates.output)} out of a million` : "no price that tokens decide";
      return gw.h("li", {}, gw.h("button", { class: "gw-costs-offer", type: "button", disabled: !first, onclick: take }, gw.h("b", {}, `${listed.provider}/${listed.model}`), gw.h("span", { class: "gw-dim" }, about)));
    }

    /* ---- what is sent ---- */

    value() {
      const kind = this.kind.value;
      const shared = { kind, model: this.model.value.trim(), provider: this.provider.value.trim(), service_tier: this.tier.value.trim(), processing: this.processing.value, valid_from: utc(this.from.value), valid_to: utc(this.to.value), note: this.note.value };
      if (kind === "discount") return { ...shared, discount_percent: this.discount.value.trim() || null };
      const money = { ...shared, currency: this.currency.value.trim(), usd_per_unit: this.exchange.value.trim() || "0" };
      if (kind === "gpu") return { ...money, gpu_hour: this.gpuHour.value.trim() || null, gpus: this.gpus.value.trim() || null, compare_model: this.compareModel.value.trim(), compare_provider: this.compareProvider.value.trim() };
      return { ...money, rates: this.rates.value(), tiers: this.tiers.map((tier) => ({ least_input_tokens: Number(tier.least.value.trim()) || 0, rates: tier.rates.value() })) };
    }
  }

  /* What costs as much as the kind above it is left out: the form says so in its place. */
  const SAME = { cache_write_1h: "cache_write_5m", cache_write_5m: "input", cache_read_audio: "cache_read", cache_read_image: "cache_read", input_audio: "input", input_image: "input", cache_read: "input", reasoning: "output", output_audio: "output", output_image: "output" };
  const differing = (rates) => Object.fromEntries(Object.entries(rates).filter(([name, rate]) => rate !== null && !(name === "request" && Number(rate) === 0) && !(SAME[name] && Number(rate) === Number(rates[SAME[name]]))));

  /** Open the form for a price: a new one that may be filled in partly, or one with an id to change. */
  costs.openPriceForm = (price, saved) => {
    const form = new PriceForm(price);
    gw.formDialog({
      title: price.id ? `Price of ${price.model}` : "New price", fields: form.fields(), submit: price.id ? "Save" : "Add the price",
      work: async () => {
        const project = { project: gw.view.query.project };
        const body = form.value();
        const kept = price.id ? await gw.call("PUT", `prices/${price.id}`, project, body) : await gw.call("POST", "prices", project, body);
        return () => saved(kept);
      },
    });
  };
})();
