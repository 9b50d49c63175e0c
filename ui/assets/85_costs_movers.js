/* What moved: which tenants, features, models explain how spend changed, by more requests or by dearer ones. */
"use strict";

(() => {
  const gw = window.groundwire;
  const { costs } = gw;
  const EPS = 1e-12;

  const way = (usd) => (usd < 0 ? "down" : "up");
  costs.moverName = (values) => Object.entries(values).map(([by, value]) => `${costs.dimensions[by]} ${value || "(none)"}`).join(", ");

  /** Why it changed, in words; the parts add up to the change. */
  const reasons = (one) => {
    if (one.new_usd) return "new";
    if (one.gone_usd) return "gone";
    const parts = [[one.volume_usd, one.volume_usd > 0 ? "more requests" : "fewer requests"], [one.rate_usd, one.rate_usd > 0 ? "dearer requests" : "cheaper requests"]];
    const shown = parts.filter(([usd]) => Math.abs(usd) > Math.abs(one.change_usd) * 0.005).sort((a, b) => Math.abs(b[0]) - Math.abs(a[0]));
    return shown.map(([usd, text]) => `${costs.signed(usd)} ${text}`).join(", ");
  };

  /** One mover as a line: its name leads to the breakdown narrowed to it. */
  costs.moverItem = (one, most, full = false) => {
    const name = costs.moverName(one.values);
    return gw.h("li", { class: `gw-costs-mover${full ? " gw-costs-mover-full" : ""}` },
      gw.link("gw-costs-mover-name", costs.href("breakdown", costs.narrow(one.values)), name),
      gw.h("span", { class: "gw-costs-mover-bar", "aria-hidden": "true" }, gw.h("i", { class: `gw-costs-${way(one.change_usd)}-bar`, style: `width: ${((Math.abs(one.change_usd) / most) * 100).toFixed(1)}%` })),
      gw.h("b", { class: `gw-costs-change gw-costs-${way(one.change_usd)}` }, costs.signed(one.change_usd)), gw.h("span", { class: "gw-dim gw-costs-from-to" }, `${gw.cost(one.before_usd)} → ${gw.cost(one.now_usd)}`),
      full ? gw.h("span", { class: "gw-dim gw-costs-why" }, reasons(one)) : null, gw.tracesLink(one.traces, `Traces of ${name}`));
  };

  costs.changeTitle = (change) => (Math.abs(change) < EPS ? "Spend did not change" : `Spend ${change > 0 ? "rose" : "fell"} by ${gw.cost(Math.abs(change))}`);
  /** What explains most of a change: "Tenant acme explains +$312 of +$401". */
  costs.explains = (first, change) => {
    if (!first || first.change_usd * change <= 0) return "against the time before";
    return `${costs.moverName(first.values)} explains ${costs.signed(first.change_usd)} of ${costs.signed(change)}`;
  };

  class Movers extends costs.Page {
    constructor() {
      super("movers", ["by"]);
      this.load();
    }

    drawn() {
      const { total, leading, by, before } = this.data;
      if (!total.requests_now && !total.requests_before) return [this.choices(), costs.nothing()];
      const change = total.change_usd;
      const most = Math.max(...leading.map((one) => Math.abs(one.change_usd)), EPS);
      const when = `${gw.localTime(before[0]).slice(0, 16)} – ${gw.localTime(before[1]).slice(0, 16)}`;
      return [this.choices(),
        gw.h("p", { class: "gw-costs-summary" }, gw.h("b", { class: "gw-costs-value" }, costs.changeTitle(change)), ` ${gw.cost(total.before_usd)} → ${gw.cost(total.now_usd)} `, costs.changeOf(total.now_usd, total.before_usd), gw.h("span", { class: "gw-dim" }, ` · against ${when}${reasons(total) && total.before_usd ? ` · ${reasons(total)}` : ""}`)),
        gw.pageSection("What explains most", leading.length ? costs.explains(leading[0], change) : "", leading.length ? gw.h("ol", { class: "gw-costs-movers" }, ...leading.map((one) => costs.moverItem(one, most, true))) : gw.h("p", { class: "gw-dim" }, "No tenant, feature or model stands out: all changed alike.")),
        gw.h("div", { class: "gw-costs-by-dimension" }, ...by.map((one) => this.dimension(one)))];
    }

    dimension({ label, changes, rest }) {
      const shown = [...changes];
      const most = Math.max(...shown.map((one) => Math.abs(one.change_usd)), rest ? Math.abs(rest.change_usd) : 0, EPS);
      const others = rest && rest.change_usd ? gw.h("li", { class: "gw-costs-mover gw-costs-mover-full" }, gw.h("span", { class: "gw-dim" }, "all others"), gw.h("span", { class: "gw-costs-mover-bar", "aria-hidden": "true" }, gw.h("i", { class: `gw-costs-${way(rest.change_usd)}-bar`, style: `width: ${((Math.abs(rest.change_usd) / most) * 100).toFixed(1)}%` })), gw.h("b", { class: "gw-costs-change" }, costs.signed(rest.change_usd)), gw.h("span", { class: "gw-dim gw-costs-from-to" }, `${gw.cost(rest.before_usd)} → ${gw.cost(rest.now_usd)}`)) : null;
      return gw.pageSection(`By ${label.toLowerCase()}`, "the parts add up to the change", gw.h("ol", { class: "gw-costs-movers" }, ...shown.map((one) => costs.moverItem(one, most, true)), others));
    }

    choices() {
      const chosen = this.data.dimensions;
      const toggle = (name) => {
        const next = chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name].slice(-4);
        gw.view.set({ by: next.join(",") });
      };
      return gw.h("div", { class: "gw-costs-choices", role: "group", "aria-label": "Explained by" }, gw.h("span", { class: "gw-dim" }, "Explained by"), ...Object.entries(costs.dimensions).map(([name, label]) => gw.h("button", { class: "gw-chip", type: "button", "aria-pressed": String(chosen.includes(name)), title: "Up to four", onclick: () => toggle(name) }, label)));
    }
  }

  costs.parts.movers = () => new Movers();
})();
