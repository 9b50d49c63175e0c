/* The overview of costs. Every figure leads to the traces behind it, or to the breakdown narrowed to it. */
"use strict";

(() => {
  const gw = window.groundwire;
  const { costs } = gw;

  const days = (ms) => (ms % 864e5 === 0 ? `${ms / 864e5} ${ms === 864e5 ? "day" : "days"}` : ms % 36e5 === 0 ? `${ms / 36e5} hours` : "time");

  /** A figure with what it means: `main` large, `lines` beneath. */
  const card = (title, main, lines, { href = "", label = "", why = "" } = {}) =>
    gw.h("div", { class: "gw-costs-card", title: why || null }, gw.h("h2", {}, title),
      gw.h("div", { class: "gw-costs-card-main" }, href ? Object.assign(gw.link("gw-costs-card-link", href, main), label ? { ariaLabel: label } : {}) : main),
      ...lines.filter(Boolean).map((line) => gw.h("div", { class: "gw-costs-card-line" }, line)));

  const quantiles = (totals, of) => {
    const [p50, p95, p99] = ["p50", "p95", "p99"].map((name) => totals[`cost_per_${of}_${name}_usd`]);
    if (p50 === null || p50 === undefined) return "no priced ones";
    return [["p50", p50], ["p95", p95], ["p99", p99]].flatMap(([name, usd], i) => [i ? " · " : "", gw.h("span", { class: "gw-when" }, `${name} ${gw.cost(usd)}`)]);
  };

  class Overview extends costs.Page {
    constructor() {
      super("overview", ["by"]);
      this.load();
    }

    drawn() {
      const { data } = this;
      if (!data.totals.requests && !data.earlier.requests) return [costs.nothing()];
      return [this.cards(), this.trend(), this.movers(), this.tops()];
    }

    /* ---- figures ---- */

    cards() {
      const { totals } = this.data;
      return gw.h("div", { class: "gw-costs-cards" }, this.spend(), this.month(), this.request(), this.conversation(), this.cache(), this.wasted(), totals.gpu_seconds ? this.gpu() : null, this.unpriced());
    }

    spend() {
      const { totals, earlier, window: [start, end], traces } = this.data;
      const length = days(end - start);
      const before = length === "time" ? "the time before" : `the ${length} before`;
      return card("Spend", gw.cost(totals.cost_usd), [
        earlier.requests ? [costs.changeOf(totals.cost_usd, earlier.cost_usd), ` (${costs.signed(totals.cost_usd - earlier.cost_usd)}) against ${before}`] : `nothing in ${before}`,
        [`${gw.count(totals.requests)} requests · `, gw.tracesLink(traces.spend, "Traces of this spend")],
      ], { href: costs.href("breakdown"), label: "Spend, broken down", why: "What the priced calls of this range cost. Calls without a price add nothing: see Unpriced." });
    }

    month() {
      const { forecast } = this.data;
      if (!forecast) return null;
      const name = new Date(forecast.window[0] + 864e5).toLocaleDateString("en-GB", { month: "long" });
      const so = `${gw.cost(forecast.spent_usd)} so far`;
      if (forecast.missing) return card(`${name}, so far`, gw.cost(forecast.spent_usd), [`No forecast yet: ${forecast.missing}`], { href: `${gw.prefix()}budgets` });
      return card(`${name}, forecast`, `≈ ${gw.cost(forecast.forecast_usd)}`, [`likely ${gw.cost(forecast.low_usd)} to ${gw.cost(forecast.high_usd)}`, so],
        { why: "At the end of the month, as likely more as less; 8 of 10 months end within the interval." });
    }

    request() {
      const { totals } = this.data;
      return card("A request", gw.cost(totals.cost_per_request_usd), [quantiles(totals, "request")], { href: `${costs.href("breakdown")}#spread`, label: "How costs of requests are spread", why: "Mean of the priced requests; quantiles are within 1 %." });
    }

    conversation() {
      const { totals } = this.data;
      return card("A conversation", gw.cost(totals.cost_per_conversation_usd), [totals.conversations ? quantiles(totals, "conversation") : "No call names a session", totals.conversations ? `${gw.count(totals.conversations)} conversations` : null],
        { href: totals.conversations ? costs.href("breakdown", { by: "session" }) : "", label: "Spend by conversation", why: "What the calls of one session cost within this range." });
    }

    cache() {
      const { totals, traces } = this.data;
      const hit = totals.cache_hit_share;
      const saved = totals.cache_savings_usd;
      return card("Saved by prompt caching", saved < 0 ? `−${gw.cost(-saved)}` : gw.cost(saved), [hit === null ? "no input tokens" : `${gw.percent(hit)} of input tokens from a cache`, saved < 0 ? "Writing to the caches cost more than reading from them saved" : null, totals.cache_read_tokens ? gw.tracesLink(traces.cached, "Traces that read from a cache") : null],
        { why: "What the cached tokens would have cost as ordinary input, less what writing them to the cache cost." });
    }

    wasted() {
      const { totals, traces } = this.data;
      const lost = totals.failed_cost_usd + totals.retried_cost_usd;
      return card("On failed and retried calls", costs.share(lost, totals.cost_usd), [
        [`failed ${gw.cost(totals.failed_cost_usd)}`, ...(totals.failed_requests ? [" · ", gw.tracesLink(traces.failed, "Traces of failed calls")] : [])],
        [`retried ${gw.cost(totals.retried_cost_usd)}`, ...(totals.retried_requests ? [" · ", gw.tracesLink(traces.retried, "Traces of retried calls")] : [])],
      ], { why: "Share of spend on calls that ended in an error, and on calls that tried again what had failed." });
    }

    gpu() {
      const { gpu_seconds: seconds } = this.data.totals;
      return card("GPU time", costs.hours(seconds), [["of self-hosted models, "], gw.link("gw-turn-link", costs.href("hosting"), "beside list prices")], { href: costs.href("hosting"), label: "Self-hosted models", why: "How long the serving tier's GPUs worked for these calls." });
    }

    unpriced() {
      const { totals } = this.data;
      const count = totals.unpriced_requests;
      return card("Unpriced", count ? gw.count(count) : "0", [count ? `${costs.share(count, totals.requests)} of the requests add nothing to these sums` : "Every request has a price", count ? gw.link("gw-turn-link", costs.href("unpriced"), "Set prices") : null],
        { href: count ? costs.href("unpriced") : "", label: "Unpriced models", why: "Requests of models that no price is known of." });
    }

    /* ---- over time ---- */

    trend() {
      const { trend, window: [start, end] } = this.data;
      const select = gw.choice(costs.dimensions, trend.by, { class: "gw-button", "aria-label": "Told apart by", onchange: (event) => gw.view.set({ by: event.target.value }) });
      const chart = costs.trendChart({ trend, end, label: { start }, choose: (value) => gw.view.set(costs.narrow({ [trend.by]: value })) });
      const part = gw.pageSection("Spend over time", `by the ${trend.step}`, chart);
      part.firstChild.append(gw.h("label", { class: "gw-costs-by" }, gw.h("span", {}, "told apart by"), select));
      return part;
    }

    /* ---- what explains the change ---- */

    movers() {
      const { movers, totals, earlier } = this.data;
      if (!earlier.requests) return null;
      const change = totals.cost_usd - earlier.cost_usd;
      const most = Math.max(...movers.map((one) => Math.abs(one.change_usd)), 1e-12);
      return gw.pageSection(costs.changeTitle(change), costs.explains(movers[0], change), movers.length ? gw.h("ol", { class: "gw-costs-movers" }, ...movers.map((one) => costs.moverItem(one, most))) : gw.h("p", { class: "gw-dim" }, "No tenant, feature or model stands out: all changed alike."),
        gw.link("gw-turn-link", costs.href("movers"), "All that moved"));
    }

    /* ---- the largest ---- */

    tops() {
      const { totals } = this.data;
      return gw.h("div", { class: "gw-costs-tops" }, ...this.data.top.map(({ by, label, rows, more }) => gw.pageSection(`By ${label.toLowerCase()}`, null, gw.h("table", { class: "gw-table gw-costs-top" },
        gw.h("caption", { class: "gw-hidden" }, `Spend by ${label.toLowerCase()}`),
        gw.h("thead", { class: "gw-hidden" }, gw.h("tr", {}, ...[label, "Spend", "Share", "Change", "Traces"].map((name) => gw.h("th", { scope: "col" }, name)))),
        gw.h("tbody", {}, ...rows.map((row) => this.topRow(by, row, totals.cost_usd)))), gw.link("gw-turn-link", costs.href("breakdown", { by }), more ? "All of them" : "Breakdown"))));
    }

    topRow(by, row, whole) {
      const value = row.values[by];
      return gw.h("tr", {},
        gw.h("td", { class: "gw-costs-name", title: value }, gw.link("gw-costs-name-link", costs.href("breakdown", costs.narrow({ [by]: value })), costs.value(value)),
          gw.h("span", { class: "gw-costs-part", "aria-hidden": "true" }, gw.h("i", { style: `width: ${whole > 0 ? ((row.cost_usd / whole) * 100).toFixed(1) : 0}%` }))),
        costs.number(gw.h("b", {}, row.unpriced_requests === row.requests ? "unpriced" : gw.cost(row.cost_usd))), costs.number(costs.share(row.cost_usd, whole)), costs.number(costs.changeOf(row.cost_usd, row.before_usd)),
        gw.h("td", { class: "gw-num" }, gw.tracesLink(row.traces, `Traces of ${value || "none"}`)));
    }
  }

  costs.parts.overview = () => new Overview();
})();
