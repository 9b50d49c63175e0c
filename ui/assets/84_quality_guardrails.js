/* Guardrails: how often each trips, over time and by what its traces have in common, and the attacks, like ones as one. */
"use strict";

(() => {
  const gw = window.groundwire;
  const { quality } = gw;
  const { plots } = quality;
  const BAR = 110;
  const ASKED = ["project", "range", "from", "to", "filter"];
  const NAMES = { prompt_injection: "Prompt injection", pii: "Personal data", secrets: "Secrets", prompt_leak: "Prompt leak", toxicity: "Toxicity" };
  const WAYS = { user: "the user", document: "a document", tool: "a tool's result", retrieved: "what was retrieved", answer: "the answer" };
  const MOST = 3; // names in a cell

  const nameOf = ({ source, guardrail }) => (source === "groundwire" && NAMES[guardrail]) || guardrail;
  const keyOf = ({ source, guardrail }) => `${source}:${guardrail}`;
  const whose = (source) => (source === "app" ? "your app" : "Groundwire");
  const times = (n, one, many) => `${gw.count(n)} ${n === 1 ? one : many}`;
  const signed = (value) => plots.signed("share", value);
  const moment = (iso) => gw.h("time", { datetime: iso, title: gw.utcTime(Date.parse(iso)), class: "gw-when" }, gw.localTime(Date.parse(iso)).slice(0, 16));

  /** How a rate changed against the window before, and whether that may be chance. */
  const change = (one) => {
    if (!one.change) return gw.h("span", { class: "gw-dim" }, "nothing before");
    const { value, low, high } = one.change;
    const clear = low > 0 || high < 0;
    return gw.h("span", { title: clear ? "The interval does not reach 0" : "The interval reaches 0: it may be chance" },
      gw.h("b", { class: clear ? "gw-more" : "" }, signed(value)), gw.h("span", { class: "gw-dim gw-interval" }, `${signed(low)} to ${signed(high)}`));
  };

  const rateCell = (one, axis) => gw.h("td", { class: "gw-guardrail-rate" }, plots.whisker("share", one, axis, null, BAR), gw.h("b", {}, gw.percent(one.value)), gw.h("span", { class: "gw-dim gw-interval" }, quality.interval(one)));
  const tracesCell = (one, label) => gw.h("td", {}, one.trips ? gw.tracesLink(one.query, label) : null);

  class Rates extends gw.PagePart {
    constructor(root) {
      super(root, "quality/guardrails", [...ASKED, "by"]);
      gw.view.onChange((changed) => changed.has("guardrail") && this.data && this.redraw());
      this.load();
    }

    redraw() {
      const chosen = document.activeElement && document.activeElement.dataset.guardrail;
      this.draw();
      const again = [...this.root.querySelectorAll("[data-guardrail]")].find((one) => chosen && one.dataset.guardrail === chosen);
      if (again) again.focus();
    }

    drawn() {
      const { guardrails } = this.data;
      if (!guardrails.length) return [quality.nothing("Nothing was checked in this time range", "Guardrails of your app appear here when its spans tell of them, those of Groundwire when they have judged traces.")];
      const chosen = guardrails.find((one) => keyOf(one) === gw.view.query.guardrail) || guardrails[0];
      return [this.all(chosen), this.overTime(chosen), this.by(chosen)];
    }

    all(chosen) {
      const axis = plots.axisFromZero(this.data.guardrails);
      const rows = this.data.guardrails.map((one) => {
        const name = nameOf(one);
        const choose = gw.press("gw-guardrail-name", name, () => gw.view.set({ guardrail: keyOf(one) }), { "aria-pressed": String(one === chosen), "data-guardrail": keyOf(one), title: one.guardrail });
        const modified = one.modifications ? gw.h("span", { class: "gw-dim gw-interval", title: "It changed the text and let it pass" }, `${gw.count(one.modifications)} changed`) : null;
        return gw.h("tr", {}, gw.h("td", {}, choose), gw.h("td", { class: "gw-dim" }, whose(one.source)), rateCell(one, axis), gw.h("td", { class: "gw-guardrail-change" }, change(one)),
          gw.h("td", { class: "gw-num" }, gw.count(one.trips), modified), gw.h("td", { class: "gw-num" }, gw.count(one.n)), gw.h("td", { class: "gw-num" }, one.errors ? gw.count(one.errors) : gw.h("span", { class: "gw-dim" }, "0")),
          tracesCell(one, `Traces in which ${name} tripped`));
      });
      return gw.pageSection("Trips", "how often a guardrail said no or changed a text, of the traces that it checked; with 95 % interval", gw.pageTable("Guardrails", ["Guardrail", "Of", "Trip rate", "Against the time before", "Traces tripped", "Checked", "Errors", ""], ["Traces tripped", "Checked", "Errors"], rows));
    }

    overTime(chosen) {
      const { window: ends, step } = this.data;
      const known = new Map(chosen.series.map((one) => [Math.round((one.time - ends[0]) / step), one]));
      const series = Array.from({ length: Math.ceil((ends[1] - ends[0]) / step) }, (_, i) => ({ n: 0, value: null, low: null, high: null, ...known.get(i), time: ends[0] + i * step }));
      return plots.overTime({ label: `Trip rate of ${nameOf(chosen)}`, unit: "share", series, step, window: ends, axis: plots.axisOverTime(series), counted: "Checked" });
    }

    by(chosen) {
      const { by, dimensions } = this.data;
      const { label } = dimensions.find(({ key }) => key === by);
      const choice = gw.h("label", { class: "gw-quality-choice" }, gw.h("span", {}, "Tell apart by"), gw.h("select", { class: "gw-button", onchange: (event) => gw.view.set({ by: event.target.value }) }, ...dimensions.map(({ key, label: text }) => gw.h("option", { value: key, selected: key === by }, text))));
      const axis = plots.axisFromZero(chosen.values);
      const rows = chosen.values.map((one) => gw.h("tr", { class: one.n < plots.FEW ? "gw-few" : "" }, gw.h("td", { class: "gw-group", title: one.key }, one.key || gw.h("span", { class: "gw-dim" }, "(none)")), rateCell(one, axis),
        gw.h("td", { class: "gw-num" }, gw.count(one.trips)), gw.h("td", { class: "gw-num" }, gw.count(one.n)), tracesCell(one, `Traces of ${one.key || "none"} in which ${nameOf(chosen)} tripped`)));
      const more = chosen.left_out ? gw.h("p", { class: "gw-dim" }, `${gw.count(chosen.left_out)} more, with no more trips than these.`) : null;
      return gw.pageSection(`${nameOf(chosen)} by ${label.toLowerCase()}`, "", choice, gw.pageTable(`${nameOf(chosen)} by ${label.toLowerCase()}`, [label, "Trip rate", "Traces tripped", "Checked", ""], ["Traces tripped", "Checked"], rows), more);
    }
  }

  class Patterns extends gw.PagePart {
    constructor(root) {
      super(root, "quality/guardrails/patterns", ASKED);
      this.load();
    }

    drawn() {
      const { patterns, left_out: left, is_cut: cut } = this.data;
      const about = "found by Groundwire, or stopped by your app; texts that are alike are one attack, and new where nothing like it came in the 30 days before";
      if (!patterns.length) return [gw.pageSection("Attacks", about, gw.h("p", { class: "gw-dim" }, "No attack was found in this time range."))];
      const notes = [left ? `${gw.count(left)} more are not shown.` : "", cut ? "There were more texts than can be looked at: the rarest are left out. A shorter time range shows them." : ""].filter(Boolean);
      return [gw.pageSection("Attacks", about, gw.pageTable("Attacks", ["Attack", "Traces", "Over time", "First and last seen", "Whom it struck", "Came in by", "Found by", ""], ["Traces"], patterns.map((one) => this.row(one))), notes.length ? gw.h("p", { class: "gw-dim" }, notes.join(" ")) : null)];
    }

    row(one) {
      const texts = one.texts > 1 ? gw.h("span", { class: "gw-dim gw-attack-texts" }, `${gw.count(one.texts)} wordings`) : null;
      /* Somebody wrote it to do harm: text nodes alone, and its direction stays its own. */
      const text = one.text ? gw.h("bdi", { class: "gw-attack-text", title: one.text }, one.text) : gw.h("span", { class: "gw-dim" }, "The text is not kept.");
      const link = one.newest < one.traces ? `Newest ${gw.count(one.newest)}` : "Traces";
      return gw.h("tr", {}, gw.h("td", { class: "gw-attack" }, one.is_new ? gw.h("span", { class: "gw-badge gw-badge-warn", title: "Nothing like it came in the 30 days before" }, "new") : null, text, texts),
        gw.h("td", { class: "gw-num" }, gw.h("b", {}, gw.count(one.traces)), one.traces_before ? gw.h("span", { class: "gw-dim gw-attack-before" }, `${gw.count(one.traces_before)} before`) : null),
        gw.h("td", {}, plots.spark(one.over_time, `${times(one.traces, "trace", "traces")}, over time: ${one.over_time.join(", ")}`)),
        gw.h("td", { class: "gw-attack-seen" }, moment(one.first_seen), moment(one.last_seen)), gw.h("td", {}, ...this.whom(one)), gw.h("td", {}, ...this.ways(one)), gw.h("td", {}, ...this.finders(one)),
        gw.h("td", {}, gw.tracesLink(one.query, `${link}: ${one.text.slice(0, 60) || one.id}`, link)));
    }

    whom({ tenants, users }) {
      const shown = tenants.slice(0, MOST).join(", ");
      const more = tenants.length > MOST ? ` and ${gw.count(tenants.length - MOST)} more` : "";
      return [gw.h("span", { title: tenants.join(", ") }, shown ? `${shown}${more}` : "no tenant known"), gw.h("span", { class: "gw-dim gw-attack-line" }, users ? times(users, "user", "users") : "no user known")];
    }

    ways({ vias, carriers }) {
      const ways = Object.entries(vias).sort((a, b) => b[1] - a[1]).map(([way, n]) => (Object.keys(vias).length > 1 ? `${WAYS[way] || way} (${gw.count(n)})` : WAYS[way] || way));
      const shown = carriers.slice(0, MOST).join(", ") + (carriers.length > MOST ? ` and ${gw.count(carriers.length - MOST)} more` : "");
      return [gw.h("span", {}, ways.join(", ")), carriers.length ? gw.h("span", { class: "gw-dim gw-attack-line gw-attack-carriers", title: carriers.join(", ") }, shown) : null].filter(Boolean);
    }

    finders({ found_by: found }) {
      return found.map((one) => gw.h("span", { class: "gw-attack-line gw-attack-finder", title: `${one.guardrail}, of ${whose(one.source)}` }, `${nameOf(one)} `, gw.h("span", { class: "gw-dim" }, gw.count(one.traces))));
    }
  }

  quality.parts.guardrails = () => {
    const body = document.getElementById("quality-part-body");
    const [rates, attacks] = ["rates", "attacks"].map((part) => gw.h("div", { id: `guardrail-${part}` }));
    body.replaceChildren(rates, attacks);
    body.removeAttribute("aria-busy");
    new Rates(rates);
    new Patterns(attacks);
  };
})();
