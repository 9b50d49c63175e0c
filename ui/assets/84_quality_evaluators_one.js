/* One evaluator: how it is doing, its threshold, its calibration, its settings, and backfills. */
"use strict";

(() => {
  const gw = window.groundwire;
  const { quality } = gw;
  const { evaluators } = quality;
  const EVERY_MS = 4000;
  const DIMENSIONS = { tenant: "Tenant", feature: "Feature", model: "Model" };
  const ASKS = ["filter", "range", "from", "to", "project"];

  const share = (value, props) => gw.textField({ type: "number", min: "0", max: "100", step: "any", value: value === "" ? "" : String(Math.round(value * 1e6) / 1e4), ...props });
  const ofPercent = (field) => Number(field.value) / 100;

  /* ---- settings ---- */

  class Settings {
    /** `save(settings)` sends them. */
    constructor({ settings, name }, { mayEdit, save }) {
      Object.assign(this, { settings, name, mayEdit, save });
      this.overrides = gw.h("div", { class: "gw-evaluator-overrides" });
      this.form = this.draw();
      this.section = gw.pageSection("Settings", mayEdit ? "for what is stored from now on, and for hours that change again" : "Editors of the project can change them.", this.form);
    }

    draw() {
      const { settings: { enabled, sampling: { rate, overrides, uncertain }, daily_cap_usd: cap } } = this;
      this.enabled = gw.option("checkbox", "Judges traces of this project", "Switched on later, it judges what comes from then on; older traces need a backfill.", { checked: enabled });
      this.rate = share(rate, { required: true, name: "share" });
      this.cap = gw.textField({ inputmode: "decimal", value: cap ?? "", name: "cap" });
      this.of = gw.textField({ value: uncertain ? uncertain.of : "", name: "of", maxlength: "64" });
      const score = (value, name) => gw.textField({ type: "number", min: "0", max: "1", step: "any", value: String(value), name });
      this.low = score(uncertain ? uncertain.low : 0.3, "low");
      this.high = score(uncertain ? uncertain.high : 0.7, "high");
      this.more = share(uncertain ? uncertain.rate : 0.5, { name: "more" });
      this.overrides.replaceChildren(...overrides.map((one) => this.override(one)));
      const add = gw.press("gw-link", "Add an override", () => {
        const row = this.override({ dimension: "tenant", value: "", rate: 1 });
        this.overrides.append(row);
        row.querySelector('[name="value"]').focus();
      });
      const fields = [
        this.enabled.row,
        gw.h("div", { class: "gw-field-row" }, gw.labelled("Share of traces, %", this.rate, "The rest is estimated: rates stay right, with wider intervals."), gw.labelled("Cap a day, USD", this.cap, "Empty: none. It rests until midnight in UTC once it has cost so much.")),
        gw.h("fieldset", { class: "gw-scopes" }, gw.h("legend", {}, "Other shares"), gw.h("p", { class: "gw-dim" }, "For a tenant, feature or model. Where several hold for a trace, the highest counts."), this.overrides, this.mayEdit ? add : null),
        gw.h("fieldset", { class: "gw-scopes" }, gw.h("legend", {}, "More where another is unsure"), gw.h("div", { class: "gw-field-row" }, gw.labelled("Evaluator", this.of, "Empty: nowhere."), gw.labelled("scores from", this.low), gw.labelled("to", this.high), gw.labelled("Share, %", this.more))),
      ];
      const form = gw.form({ fields, submit: "Save settings", work: () => this.send() });
      form.classList.add("gw-evaluator-form");
      if (!this.mayEdit) for (const field of form.querySelectorAll("input, select, button")) field.disabled = true;
      return form;
    }

    override({ dimension, value, rate }) {
      const row = gw.h("div", { class: "gw-evaluator-override" }, gw.choice(DIMENSIONS, dimension, { name: "dimension", "aria-label": "Of a" }), gw.textField({ value, name: "value", required: true, "aria-label": "Value", maxlength: "256" }), share(rate, { name: "rate", required: true, "aria-label": "Share, %" }), gw.h("span", { class: "gw-dim" }, "%"));
      if (this.mayEdit) row.append(gw.press("gw-link gw-link-danger", "Remove", () => row.remove(), { "aria-label": "Remove this override" }));
      return row;
    }

    async send() {
      const overrides = [...this.overrides.children].map((row) => {
        const of = (name) => row.querySelector(`[name="${name}"]`);
        return { dimension: of("dimension").value, value: of("value").value, rate: ofPercent(of("rate")) };
      });
      const of = this.of.value.trim();
      await this.save({
        enabled: this.enabled.box.checked,
        sampling: { rate: ofPercent(this.rate), overrides, uncertain: of ? { of, low: Number(this.low.value), high: Number(this.high.value), rate: ofPercent(this.more) } : null },
        daily_cap_usd: this.cap.value.trim() || null,
      });
      gw.toast("Settings are saved");
    }
  }

  /* ---- backfills ---- */

  class Backfills extends gw.Jobs {
    constructor(root, name, mayEdit) {
      super(root, { path: "backfills", list: "backfills", noun: "backfill", unit: "traces", mayEdit });
      this.name = name;
      this.limit = 50; // of all evaluators of the project
    }

    counts({ evaluator }) {
      return evaluator === this.name;
    }

    parts(items) {
      const open = this.mayEdit ? gw.press("gw-button", "Judge older traces …", () => this.open(), { "data-key": "open" }) : null;
      return [gw.h("p", { class: "gw-dim" }, "Judges the traces of a range that its version of now has not judged, the newest first, by the sampling of now. Nothing is judged twice; live traces go first."), open,
        items.length ? gw.h("ul", { class: "gw-jobs", "aria-label": "Backfills" }, ...items.slice(0, 6)) : gw.h("p", { class: "gw-dim" }, "There was none yet.")].filter(Boolean);
    }

    report({ report: { traces, evaluations } }) {
      return gw.h("p", { class: "gw-dim" }, `${gw.count(traces)} traces looked at, ${gw.count(evaluations)} evaluations are new.`);
    }

    open() {
      const chosen = this.rangeFields("Traces that started from");
      gw.formDialog({
        title: `Judge older traces by ${this.name}`, submit: "Start", fields: chosen.fields,
        work: async () => {
          await gw.call("POST", `evaluators/${encodeURIComponent(this.name)}/backfills`, this.project, chosen.range());
          return () => this.begun();
        },
      });
    }
  }

  /* ---- the page ---- */

  class One {
    constructor(name) {
      this.name = name;
      this.root = document.getElementById("quality-part-body");
      this.project = { project: gw.view.query.project };
      this.abort = new AbortController();
      gw.onLeave(() => {
        clearTimeout(this.timer);
        this.abort.abort();
      });
      gw.view.onChange((changed) => {
        if (this.threshold && ASKS.some((key) => changed.has(key))) this.asked();
      });
      this.root.replaceChildren(gw.waiting(6));
      this.start();
    }

    async read() {
      const { evaluators: found } = await gw.call("GET", "evaluators", this.project, undefined, this.abort.signal);
      this.one = found.find(({ name }) => name === this.name);
    }

    async start() {
      try {
        this.mayEdit = (await gw.rights(gw.view.query.project)).may("edit");
        await this.read();
      } catch (problem) {
        if (problem.name === "AbortError") return;
        this.root.removeAttribute("aria-busy");
        this.root.replaceChildren(gw.failed(problem, () => this.start()));
        return;
      }
      this.root.removeAttribute("aria-busy");
      if (!this.one) {
        this.root.replaceChildren(gw.nothing("There is no such evaluator", `No worker has one called ${this.name}, and this project has no settings for it.`, gw.link("gw-button", gw.pageAddress("quality/evaluators", this.project), "All evaluators")));
        return;
      }
      this.build();
      this.again();
    }

    build() {
      const { one, mayEdit } = this;
      this.head = gw.h("div", { class: "gw-evaluator-head" });
      this.drawHead();
      this.threshold = new evaluators.Threshold(this.name, { mayEdit, present: one.settings.threshold, save: (threshold) => this.save({ threshold }) });
      const settings = new Settings(one, { mayEdit, save: (changes) => this.save(changes) });
      const backfills = gw.h("div", {});
      this.curve = gw.h("div", {});
      this.root.replaceChildren(this.head, this.threshold.section, this.curve, settings.section, gw.pageSection("Backfills", null, backfills));
      this.drawCurve();
      this.backfills = new Backfills(backfills, this.name, mayEdit);
    }

    /** Asked for beside the rest, and again with each window. */
    async drawCurve() {
      if (this.curving) this.curving.abort();
      const curving = new AbortController();
      this.curving = curving;
      gw.onLeave(() => curving.abort());
      const place = gw.h("div", {}, gw.waiting(3));
      this.curve.replaceChildren(gw.pageSection("Calibration", "how far a score is a probability", place));
      try {
        const found = await gw.ask(`quality/evaluators/${encodeURIComponent(this.name)}/calibration`, gw.view.question(), curving.signal);
        place.replaceChildren(quality.plots.calibration(found));
      } catch (problem) {
        if (problem.name !== "AbortError") place.replaceChildren(gw.failed(problem, () => this.drawCurve()));
      }
    }

    asked() {
      this.threshold.load();
      this.drawCurve();
    }

    drawHead() {
      const { one } = this;
      const { state, settings } = one;
      const fact = (name, ...value) => gw.h("div", {}, gw.h("dt", {}, name), gw.h("dd", {}, ...value));
      this.head.replaceChildren(gw.link("gw-link", gw.pageAddress("quality/evaluators", this.project), "All evaluators"), evaluators.badge(one), gw.h("span", { class: "gw-dim" }, evaluators.about(one)),
        gw.h("dl", { class: "gw-evaluator-facts" }, fact("Version", one.version || "–"), fact("Waiting", ...evaluators.waiting(state)), fact("A second", gw.scoreNumber(state.verdicts_per_s)), fact("Today", ...evaluators.today(state)),
          fact("Judges", settings.enabled ? evaluators.sampled(settings.sampling) : "nothing"), fact("Errors", ...evaluators.trouble(state))));
    }

    /** Send all settings, some of them changed: what a PUT leaves out becomes the default. */
    async save(changes) {
      this.one = await gw.call("PUT", `evaluators/${encodeURIComponent(this.name)}`, this.project, { ...this.one.settings, ...changes });
      this.drawHead();
    }

    /** How it is doing is asked again while the page is open; forms stay as they are. */
    again() {
      this.timer = setTimeout(async () => {
        try {
          await this.read();
          if (this.one && !this.head.contains(document.activeElement)) this.drawHead();
        } catch (problem) {
          if (problem.name === "AbortError") return;
        }
        this.again();
      }, EVERY_MS);
    }
  }

  evaluators.One = One;
})();
