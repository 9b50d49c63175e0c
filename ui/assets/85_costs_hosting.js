/* Self-hosted models: GPU time and its cost, beside what an API would have charged. */
"use strict";

(() => {
  const gw = window.groundwire;
  const { costs } = gw;

  const MODEL = ["Requests", "GPU time", "GPU cost", "A call", "An API would have charged", "Difference"];
  const SERVED = ["Instances", "Requests", "Without a call", "Input", "Output", "Together", "Queue p95"];

  class Hosting extends costs.Page {
    constructor() {
      super("hosting");
      this.showsEdits = true;
      this.load();
    }

    drawn() {
      const { models, served, narrowed } = this.data;
      if (!models.length && !served.length) return [gw.nothing("No self-hosted model in this time range", "Models count as self-hosted when spans of their serving tier (vLLM, SGLang, Triton …) arrive in the same trace as the calls. The guide to instrumenting shows how to connect them.")];
      return [models.length ? this.models(models) : null, served.length && !narrowed ? this.served(served) : null];
    }

    models(models) {
      const rows = models.map((row) => this.model(row));
      return gw.pageSection("GPU time", "each moment of a busy GPU is shared by the requests that ran in it", gw.pageTable("Self-hosted models", ["Model", ...MODEL, ""], MODEL, rows));
    }

    model(row) {
      const { model, provider } = row.values;
      const set = this.mayEdit ? gw.link("gw-turn-link", costs.href("prices", { set_kind: "gpu", set_model: model, set_provider: provider }), "Set the price of a GPU-hour") : gw.h("span", { class: "gw-dim" }, "no price of a GPU-hour");
      const difference = row.cost_usd - row.list_cost_usd;
      return gw.h("tr", {},
        gw.h("td", { class: "gw-wide-cell" }, gw.link("gw-strong-link", costs.href("breakdown", costs.narrow({ model })), model || "(none)"), provider ? gw.h("div", { class: "gw-dim" }, provider) : null),
        costs.number(gw.count(row.requests)), costs.number(costs.hours(row.gpu_seconds)), gw.h("td", { class: "gw-num" }, row.by_gpu ? gw.h("b", {}, gw.cost(row.cost_usd)) : set, !row.by_gpu && row.cost_usd ? gw.h("div", { class: "gw-dim" }, `${gw.cost(row.cost_usd)} by what spans report`) : null), costs.number(row.by_gpu ? gw.cost(row.cost_per_request_usd) : "–"),
        gw.h("td", { class: "gw-num" }, row.list_cost_usd ? gw.cost(row.list_cost_usd) : gw.h("span", { class: "gw-dim", title: "Name a model to compare with in the price of its GPU-hour" }, "nothing to compare with")),
        costs.number(!row.by_gpu || !row.list_cost_usd ? "–" : gw.h("span", { class: `gw-costs-change gw-costs-${difference > 0 ? "up" : "down"}` }, costs.signed(difference))), gw.h("td", {}, gw.tracesLink(row.traces, `Traces of ${model}`)));
    }

    served(served) {
      const rows = served.map((one) => gw.h("tr", {},
        gw.h("td", { class: "gw-wide-cell" }, gw.h("span", { class: "gw-strong" }, one.model || "(not said)"), one.engine ? gw.h("div", { class: "gw-dim" }, one.engine) : null),
        costs.number(gw.count(one.instances)), costs.number(gw.count(one.servings)),
        gw.h("td", { class: "gw-num", title: "No span above reports a call: their GPU time is in no cost" }, one.without_call ? `${gw.count(one.without_call)} (${costs.share(one.without_call, one.servings)})` : "0"),
        costs.number(gw.short(one.input_tokens)), costs.number(gw.short(one.output_tokens)), costs.number(costs.hours(one.request_seconds)), costs.number(gw.seconds(one.queue_p95_s)), gw.h("td", {}, gw.tracesLink(one.traces, "Traces with the serving tier"))));
      return gw.pageSection("The serving tier", "as its own spans tell", gw.pageTable("The serving tier", ["Model", ...SERVED, ""], SERVED, rows));
    }
  }

  costs.parts.hosting = () => new Hosting();
})();
