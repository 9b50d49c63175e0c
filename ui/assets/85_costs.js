/* What all cost pages share: tabs, chips of what they are narrowed to, links to each other, figures, how one is drawn. */
"use strict";

(() => {
  const gw = window.groundwire;

  const TABS = [
    ["overview", "costs", "Overview"], ["breakdown", "costs/breakdown", "Breakdown"], ["movers", "costs/movers", "What moved"], ["prices", "costs/prices", "Prices"],
    ["unpriced", "costs/unpriced", "Unpriced"], ["hosting", "costs/hosting", "Self-hosted"], ["budgets", "budgets", "Budgets"], ["savings", "savings", "Savings"],
  ];
  const SHARED = ["project", "range", "from", "to"];
  const LATE_MS = 120_000;
  const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  const costs = { parts: {}, dimensions: {} };

  /* ---- figures ---- */

  costs.signed = (usd) => (usd === 0 ? "$0" : `${usd < 0 ? "−" : "+"}${gw.cost(Math.abs(usd))}`);
  costs.share = (part, whole) => (whole > 0 ? gw.percent(part / whole) : "–");
  /** How much more or less, in words: +12 %; a rise from nothing has no percentage. */
  costs.change = (now, before) => {
    if (!before) return now ? "new" : "–";
    const part = (now - before) / before;
    if (Math.abs(part) >= 10) return `×${gw.short(now / before)}`;
    if (Math.abs(part) < 0.0005) return "±0\u2009%";
    const text = (Math.abs(part) * 100).toFixed(Math.abs(part) < 0.0995 ? 1 : 0);
    return `${part < 0 ? "−" : "+"}${text}\u2009%`;
  };
  /** A change of spend, marked by its direction: more is a matter of concern, less is not. */
  costs.changeOf = (now, before) =>
    gw.h("span", { class: `gw-costs-change${before && now > before ? " gw-costs-up" : before && now < before ? " gw-costs-down" : ""}`, title: `${gw.cost(before)} before, ${gw.cost(now)} now` }, costs.change(now, before));
  /** A length of GPU time. */
  costs.hours = (seconds) => (seconds < 60 ? gw.duration(seconds * 1e9) : seconds < 5400 ? `${(seconds / 60).toFixed(1)} min` : seconds < 360_000 ? `${(seconds / 3600).toFixed(1)} h` : `${gw.count(seconds / 3600)} h`);
  costs.value = (value) => value || gw.h("span", { class: "gw-dim" }, "(none)");
  costs.number = (value) => gw.h("td", { class: "gw-num" }, value);

  /* ---- links ---- */

  /* Of a page whose usual range is a week, to one whose usual range may be another: the range is always said. */
  const rangeOf = () => (gw.view.query.from ? {} : { range: gw.view.range() });
  const said = () => Object.fromEntries(SHARED.filter((key) => gw.view.query[key]).map((key) => [key, gw.view.query[key]]));

  /** The address of another cost page with this one's range and narrowing, and some changes. */
  costs.href = (part, changes = {}) => {
    const [, path] = TABS.find(([name]) => name === part);
    const kept = Object.fromEntries(["none", ...Object.keys(costs.dimensions)].filter((key) => gw.view.query[key]).map((key) => [key, gw.view.query[key]]));
    return gw.pageAddress(path, { ...said(), ...kept, ...changes });
  };
  /** What the URL has to change for calls with these values alone; '' stands for calls that name none. */
  costs.narrow = (values) => {
    const none = new Set((gw.view.query.none || "").split(",").filter(Boolean));
    const changes = {};
    for (const [name, value] of Object.entries(values)) {
      changes[name] = value || "";
      if (value === "") none.add(name);
      else none.delete(name);
    }
    return { ...changes, none: [...none].join(",") };
  };
  costs.drawTabs = () => gw.drawTabs(document.getElementById("costs-tabs"), TABS, (part) => (part === "prices" ? { project: gw.view.query.project } : said()));

  /* ---- what the page is narrowed to ---- */

  /* The other pages are of the whole project, whatever these are narrowed to. */
  const NARROWED = ["overview", "breakdown", "movers", "hosting"];
  const drawChips = (part) => {
    if (!NARROWED.includes(part)) return;
    const root = document.getElementById("costs-chips");
    const { query } = gw.view;
    const none = (query.none || "").split(",").filter(Boolean);
    const chips = Object.entries(costs.dimensions).filter(([name]) => query[name] || none.includes(name)).map(([name, label]) => {
      const value = query[name] || "(none)";
      return gw.h("button", { class: "gw-chip gw-costs-chip", type: "button", "aria-pressed": "true", "aria-label": `${label} ${value}: remove`, title: `${label}: ${value}. Click to remove.`, onclick: () => gw.view.set({ ...costs.narrow({ [name]: null }) }) },
        gw.h("span", { class: "gw-costs-chip-text" }, `${label}: ${value}`), gw.icon("close"));
    });
    root.replaceChildren(...chips);
  };

  /* ---- a page that shows one answer ---- */

  /** What stands above figures that lack newer calls of the range; nothing where they are as good as of now. */
  const late = ({ as_of: asOf, window: range }) => {
    if (!asOf || Date.parse(asOf) > Math.min(Date.now(), range[1]) - LATE_MS) return null;
    return gw.h("p", { class: "gw-costs-late", role: "status" }, "Calls that came after ", gw.moment(asOf), " are still being counted: figures may be too low.");
  };

  /** A page of the figures of calls: asks whenever the question changes, and says where figures lack the newest calls. */
  costs.Page = class extends gw.PagePart {
    constructor(path, keys = []) {
      super(document.getElementById("costs-body"), `costs/${path}`, [...SHARED, "none", ...Object.keys(costs.dimensions), ...keys]);
    }

    question() {
      return { ...gw.view.question(), ...rangeOf(), zone: zone() };
    }

    draw() {
      super.draw();
      const above = late(this.data);
      if (above) this.root.prepend(above);
    }
  };

  costs.nothing = () => {
    const narrowed = Object.keys(costs.dimensions).some((name) => gw.view.query[name]) || gw.view.query.none;
    const wide = gw.press("gw-button", "Look at the last 30 days", () => gw.view.set({ range: "30d", from: "", to: "" }));
    const all = gw.press("gw-button", "Clear the filters", () => gw.view.set({ ...Object.fromEntries(Object.keys(costs.dimensions).map((name) => [name, ""])), none: "" }));
    return gw.nothing(narrowed ? "No model call fits" : "No model calls in this time range", narrowed ? "No call in this range has all of these values." : "Costs appear within seconds after the spans of a model call arrive.", ...(narrowed ? [all, wide] : [wide]));
  };

  gw.costs = costs;
  gw.startCosts = ({ part, dimensions }) => {
    costs.dimensions = dimensions;
    document.getElementById("costs-body").replaceChildren();
    const shown = () => {
      costs.drawTabs();
      drawChips(part);
    };
    shown();
    gw.view.onChange(shown);
    costs.parts[part]();
  };
})();
