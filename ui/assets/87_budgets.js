/* The page of budgets: what was spent of each, how fast, what it will come to. */
"use strict";

(() => {
  const gw = window.groundwire;
  const { costs } = gw;
  const EVERY_MS = 30_000;
  const OF = { project: "The whole project", tenant: "A tenant", feature: "A feature", user_tier: "A user tier" };
  const NOUN = { tenant: ["tenant", "tenants"], feature: ["feature", "features"], user_tier: ["user tier", "user tiers"] };
  const COLUMN = { tenant: "tenant_id", feature: "feature", user_tier: "user_tier" };
  const STATES = { warn: ["close to its limit", "warn"], exceeded: ["used up", "error"] };

  const each = ({ dimension, value }) => dimension !== "project" && value === "*";
  const about = (budget) => (budget.dimension === "project" ? "The whole project" : each(budget) ? `Each ${NOUN[budget.dimension][0]}` : `${NOUN[budget.dimension][0][0].toUpperCase()}${NOUN[budget.dimension][0].slice(1)} ${budget.value}`);
  const ratio = (factor) => `${factor < 9.95 ? factor.toFixed(1) : gw.short(factor)}×`;

  /* ---- links to what a figure is made of ---- */

  const narrowed = ({ dimension, value }) => (dimension === "project" ? {} : { [dimension]: value });
  const since = (iso) => ({ from: String(Date.parse(iso)), to: "", range: "" });
  const tracesOf = (standing) => gw.pageAddress("traces", {
    project: gw.view.query.project, from: String(Date.parse(standing.starts_at)), sort: "-cost",
    filter: standing.dimension === "project" ? "cost > 0" : `${COLUMN[standing.dimension]} = ${gw.quoted(standing.value)}`,
  });
  const costsOf = (standing, range) => costs.href("overview", { ...narrowed(standing), ...range });
  const figure = (href, text, label) => {
    const link = gw.link("gw-budget-figure", href, text);
    link.setAttribute("aria-label", label);
    return link;
  };

  /* ---- one standing ---- */

  /** Spent, the forecast's interval and the limit on one scale, said in words for those who do not see it. */
  const bar = ({ spent_usd: spent, limit_usd: limit, state, outlook }) => {
    const high = outlook && outlook.high_usd !== null ? outlook.high_usd : 0;
    const scale = Math.max(limit, spent, high) * (Math.max(spent, high) > limit ? 1.04 : 1);
    const at = (usd) => `${Math.min(100, (100 * usd) / scale)}%`;
    const told = outlook && outlook.forecast_usd !== null;
    const said = `${gw.cost(spent)} of ${gw.cost(limit)} spent${told ? `, ${gw.cost(outlook.forecast_usd)} expected, from ${gw.cost(outlook.low_usd)} to ${gw.cost(high)}` : ""}`;
    const part = (look, style) => gw.h("span", { class: `gw-budget-${look}`, style });
    return gw.h("div", { class: `gw-budget-bar gw-budget-${state}`, role: "img", "aria-label": said, title: said },
      told ? part("band", `left: ${at(Math.max(outlook.low_usd, spent))}; width: calc(${at(high)} - ${at(Math.max(outlook.low_usd, spent))})`) : null,
      part("fill", `width: ${at(spent)}`), told ? part("median", `left: ${at(outlook.forecast_usd)}`) : null,
      scale > limit ? part("limit", `left: ${at(limit)}`) : null);
  };

  const spentCell = (standing, whose) => gw.h("td", { class: "gw-budget-spent" },
    gw.h("div", { class: "gw-budget-line" }, figure(tracesOf(standing), gw.cost(standing.spent_usd), `Traces behind the ${gw.cost(standing.spent_usd)} that ${whose} spent`),
      gw.h("span", { class: "gw-dim" }, `of ${gw.cost(standing.limit_usd)} · ${gw.percent(standing.spent_usd / standing.limit_usd)}`),
      STATES[standing.state] ? gw.badge(...STATES[standing.state]) : null),
    bar(standing),
    gw.h("div", { class: "gw-budget-line gw-dim" }, `${gw.cost(standing.remaining_usd)} left, begins anew in ${gw.ahead(standing.resets_at)}`));

  const rateCell = (standing, whose) => {
    const { outlook, period } = standing;
    if (!outlook) return gw.h("td", {}, gw.h("span", { class: "gw-skeleton" }));
    const hours = period === "day" ? 3 : 24;
    const text = `${gw.cost(outlook.usd_per_hour)} an hour`;
    const range = { range: `${hours}h`, from: "", to: "" };
    return gw.h("td", { class: "gw-budget-rate" }, figure(costsOf(standing, range), text, `Costs behind the ${text} that ${whose} spends`),
      gw.h("div", { class: outlook.burn_rate > 1 ? "gw-budget-late" : "gw-dim", title: `The last ${hours} hours, against the rate at which the limit lasts for exactly the ${period}` }, `${ratio(outlook.burn_rate)} what would last`));
  };

  const aheadCell = (standing, whose) => {
    const { outlook } = standing;
    if (!outlook) return gw.h("td", {}, gw.h("span", { class: "gw-skeleton" }));
    if (outlook.forecast_usd === null) return gw.h("td", { class: "gw-budget-ahead" }, gw.h("span", { class: "gw-dim" }, "No forecast yet"), gw.h("div", { class: "gw-dim gw-budget-missing" }, `It ${outlook.missing}.`));
    const late = outlook.used_up_at ? gw.h("div", { class: "gw-budget-late", title: gw.utcTime(Date.parse(outlook.used_up_at)) }, `used up in ${gw.ahead(outlook.used_up_at)}`) : null;
    return gw.h("td", { class: "gw-budget-ahead" },
      figure(costsOf(standing, since(standing.starts_at)), gw.cost(outlook.forecast_usd), `Costs behind the forecast of ${gw.cost(outlook.forecast_usd)} for ${whose}`),
      gw.h("div", { class: "gw-dim", title: "80 % of what may come lies between the two" }, `${gw.cost(outlook.low_usd)} to ${gw.cost(outlook.high_usd)}`), late);
  };

  class Budgets {
    constructor() {
      this.root = document.getElementById("costs-body");
      this.project = { project: gw.view.query.project };
      this.abort = new AbortController();
      this.outlooks = new Map();
      gw.onLeave(() => this.abort.abort());
      this.root.replaceChildren(gw.waiting(5));
      this.start();
      gw.every(EVERY_MS, () => document.querySelector("dialog[open]") || this.root.contains(document.activeElement) || this.load());
    }

    get = (path) => gw.call("GET", path, this.project, undefined, this.abort.signal);
    send = (method, path, body) => gw.call(method, path, this.project, body);

    async start() {
      try {
        this.mayEdit = (await gw.rights(gw.view.query.project)).may("edit");
        await this.read();
      } catch (problem) {
        this.failed(problem, () => this.start());
      }
    }

    async load() {
      try {
        await this.read();
      } catch (problem) {
        this.failed(problem, () => this.load());
      }
    }

    failed(problem, again) {
      if (problem.name === "AbortError" || this.abort.signal.aborted) return;
      this.root.removeAttribute("aria-busy");
      this.root.replaceChildren(gw.failed(problem, again));
    }

    async read() {
      const { budgets } = await this.get("budgets");
      this.budgets = budgets;
      this.draw();
      await Promise.all(budgets.map((budget) => this.ahead(budget)));
    }

    /** Where a budget is heading comes after how it stands: it is worked out from weeks of hours. */
    async ahead(budget) {
      try {
        const { standings } = await this.get(`budgets/${encodeURIComponent(budget.id)}`);
        this.outlooks.set(budget.id, standings);
      } catch (problem) {
        if (problem.name === "AbortError") return;
        if (problem.status !== 404) throw problem;
      }
      this.draw();
    }

    draw() {
      if (this.abort.signal.aborted) return;
      const focused = this.root.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
      this.root.removeAttribute("aria-busy");
      this.root.replaceChildren(this.head(), this.budgets.length ? this.table() : this.empty(), this.ask());
      const again = focused && [...this.root.querySelectorAll("[aria-label]")].find((one) => one.getAttribute("aria-label") === focused);
      if (again) again.focus();
    }

    head() {
      const add = this.mayEdit ? gw.press("gw-button gw-primary", "New budget", () => this.form()) : gw.h("span", { class: "gw-dim" }, "Editors of the project can change budgets.");
      return gw.h("div", { class: "gw-costs-part-head" }, gw.h("div", {}, gw.h("h2", { tabindex: "-1" }, "What may be spent"), gw.h("p", { class: "gw-dim" }, "What may be spent in a day or month: by the project, a tenant, a feature, or a tier of users. The striped part of a bar is where four out of five futures end; the mark in it is the middle one.")), add);
    }

    empty() {
      if (!this.mayEdit) return gw.nothing("There is no budget yet", "An editor of this project makes one.");
      return gw.nothing("There is no budget yet", "Set what may be spent. It warns in time, says what the period will come to, and can deny calls once it is used up.", gw.press("gw-button gw-primary", "Make the first budget", () => this.form()));
    }

    table() {
      const rows = this.budgets.flatMap((budget) => this.rows(budget));
      const table = gw.settingsTable("Budgets", ["Budget", "Spent", "Rate", "At the end", ...(this.mayEdit ? [""] : [])], rows);
      table.querySelector("table").classList.add("gw-budget-table");
      return table;
    }

    rows(budget) {
      const standings = this.outlooks.get(budget.id) || budget.standings;
      if (!each(budget)) return standings.map((standing) => gw.h("tr", { "data-budget": budget.id, "data-state": standing.state }, this.named(budget), ...this.cells(standing, about(budget)), this.tools(budget)));
      return [this.eachRow(budget), ...standings.map((standing) => gw.h("tr", { "data-budget": budget.id, "data-value": standing.value, "data-state": standing.state },
        gw.h("td", { class: "gw-wide-cell gw-budget-of" }, standing.value), ...this.cells(standing, standing.value), this.mayEdit ? gw.h("td", {}) : null))];
    }

    cells(standing, whose) {
      return [spentCell(standing, whose), rateCell(standing, whose), aheadCell(standing, whose)];
    }

    eachRow(budget) {
      const { values, exceeded, warned, standings, limit_usd: limit, dimension } = budget;
      const noun = NOUN[dimension][values === 1 ? 0 : 1];
      const shown = values > standings.length ? `, the ${standings.length} that spent most` : "";
      const told = [exceeded ? `${gw.count(exceeded)} used up` : "", warned ? `${gw.count(warned)} close to it` : ""].filter(Boolean).join(", ");
      const text = values ? `${gw.cost(limit)} for each of ${gw.count(values)} ${noun}${shown}` : `${gw.cost(limit)} for each; none has spent anything in this ${budget.period}`;
      return gw.h("tr", { "data-budget": budget.id, class: standings.length ? "gw-budget-each" : null }, this.named(budget),
        gw.h("td", { colspan: "3" }, text, told ? gw.h("div", { class: "gw-budget-late" }, told) : null), this.tools(budget));
    }

    named(budget) {
      return gw.h("td", { class: "gw-wide-cell gw-budget-name" }, gw.h("div", { class: "gw-strong" }, budget.name),
        gw.h("div", { class: "gw-dim" }, `${about(budget)}, a ${budget.period}`, budget.time_zone === "UTC" ? "" : ` in ${budget.time_zone}`),
        budget.enforce ? gw.badge("denies", "info", "Checks deny calls once it is used up") : null);
    }

    tools(budget) {
      if (!this.mayEdit) return null;
      return gw.h("td", { class: "gw-row-actions" },
        gw.press("gw-link", "Change", () => this.form(budget), { "aria-label": `Change ${budget.name}` }),
        gw.press("gw-link gw-link-danger", "Remove", () => this.remove(budget), { "aria-label": `Remove ${budget.name}` }));
    }

    form(budget = null) {
      gw.budgetForm(budget, async (body) => {
        if (budget) await this.send("PATCH", `budgets/${encodeURIComponent(budget.id)}`, body);
        else await this.send("POST", "budgets", body);
        return this.changed(budget ? "The budget is changed" : "The budget is made");
      }, this.project);
    }

    remove(budget) {
      gw.confirm({
        title: `Remove “${budget.name}”?`, text: [budget.enforce ? "Nothing is denied by it any more." : "Nobody is warned by it any more.", "What was spent stays; the audit log keeps what the budget was."], submit: "Remove the budget",
        work: async () => {
          await this.send("DELETE", `budgets/${encodeURIComponent(budget.id)}`);
          return this.changed(`${budget.name} is removed`);
        },
      });
    }

    /** After a change: everything anew; what follows is done once the dialog is gone. */
    async changed(said) {
      this.outlooks.clear();
      gw.toast(said);
      await this.load();
      return () => {
        const head = this.root.querySelector("h2");
        if (head) head.focus({ preventScroll: true });
      };
    }

    ask() {
      const project = this.project.project ? `\\\n  -H "x-groundwire-project: ${this.project.project}" ` : "";
      const text = `curl -H "Authorization: Bearer $GROUNDWIRE_API_KEY" ${project}\\\n  "${window.location.origin}/api/v1/budgets/check?tenant=acme&estimate_usd=0.02&hold=true"`;
      return gw.h("details", { class: "gw-budget-ask" }, gw.h("summary", {}, "Ask before a call"),
        gw.h("p", { class: "gw-dim" }, "A gateway asks whether a call may still be made; the answer comes from memory. With an estimate and hold=true, calls that run at the same time cannot all take the last cent. A key that sends or reads may ask; to hold, one that sends."),
        gw.linesToCopy("How to ask", text));
    }
  }

  /** The form that makes and changes a budget; `save` gets it as the API takes it. */
  gw.budgetForm = (budget, save, project) => {
    const now = budget || { name: "", dimension: "project", value: "", period: "month", time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC", limit_usd: "", warn_at: 0.8, enforce: false };
    const number = (value, more) => gw.textField({ inputmode: "decimal", required: true, value: String(value), ...more });
    const name = gw.textField({ value: now.name, required: true, maxlength: "100", placeholder: "All of it, by month", autofocus: true });
    const dimension = gw.choice(OF, now.dimension, { onchange: () => show() });
    const which = gw.choice({ each: "each by itself", one: "one of them" }, each(now) || !now.value ? "each" : "one", { onchange: () => show() });
    const known = gw.h("datalist", { id: "gw-budget-values" });
    const value = gw.textField({ value: each(now) ? "" : now.value, maxlength: "256", list: known.id });
    const period = gw.choice({ day: "A day", month: "A month" }, now.period);
    const zones = gw.h("datalist", { id: "gw-budget-zones" }, ...["UTC", ...Intl.supportedValuesOf("timeZone")].map((zone) => gw.h("option", { value: zone })));
    const zone = gw.textField({ value: now.time_zone, required: true, maxlength: "64", list: zones.id });
    const limit = number(now.limit_usd, { placeholder: "100" });
    const warn = number(Number((now.warn_at * 100).toFixed(6)));
    const enforce = gw.option("checkbox", "Deny calls once it is used up", "Whoever asks before a call gets a no. Without this it only warns.", { checked: now.enforce });
    const whichRow = gw.labelled("Which", which);
    const valueRow = gw.labelled("Name of it", value, "As the app's spans have it.");

    const suggest = async () => {
      if (dimension.value === "project") return;
      try {
        const { values } = await gw.call("GET", `fields/${COLUMN[dimension.value]}/values`, { ...project, start: "-30d" });
        known.replaceChildren(...values.map((one) => gw.h("option", { value: one.value ?? one })));
      } catch (problem) {
        known.replaceChildren(); // The name can be written all the same.
      }
    };
    const show = () => {
      const isOfAll = dimension.value === "project";
      whichRow.hidden = isOfAll;
      valueRow.hidden = isOfAll || which.value === "each";
      value.required = !valueRow.hidden;
      if (!valueRow.hidden) suggest();
    };
    show();

    gw.formDialog({
      title: budget ? `Change ${budget.name}` : "New budget",
      fields: [
        gw.labelled("Name", name),
        gw.h("div", { class: "gw-field-row" }, gw.labelled("Budget of", dimension), whichRow, valueRow), known,
        gw.h("div", { class: "gw-field-row" }, gw.labelled("Limit in USD", limit), gw.labelled("for", period), gw.labelled("Time zone", zone), zones),
        gw.labelled("Warn at a share of the limit, in %", warn), enforce.row,
      ],
      submit: budget ? "Save" : "Make the budget",
      work: () => save({
        name: name.value, dimension: dimension.value, period: period.value, time_zone: zone.value.trim(), limit_usd: limit.value.trim(),
        value: dimension.value === "project" ? "" : which.value === "each" ? "*" : value.value,
        warn_at: String(Number((Number(warn.value) / 100).toFixed(8))), enforce: enforce.box.checked,
      }),
    });
  };

  costs.parts.budgets = () => new Budgets();
})();
