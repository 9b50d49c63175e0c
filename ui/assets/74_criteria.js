/* The criteria of an item as fields: answered by keys or by the pointer, each with an explanation if one is wanted. */
"use strict";

(() => {
  const gw = window.groundwire;
  const MOST_BUTTONS = 11; // numbers in a row; a longer scale is typed
  let made = 0;

  /** What a criterion can be answered with, as [{value, text, key}]; null where a number is typed. */
  const choicesOf = ({ kind, labels, minimum, maximum, step }) => {
    if (kind === "boolean") return [{ value: true, text: "Yes", key: "y" }, { value: false, text: "No", key: "n" }];
    if (kind === "category") return labels.map((text, i) => ({ value: text, text, key: i < 9 ? String(i + 1) : "" }));
    const count = step ? Math.floor((maximum - minimum) / step + 1e-6) + 1 : Infinity;
    if (count > MOST_BUTTONS) return null;
    const values = Array.from({ length: count }, (_, i) => Math.round((minimum + i * step) * 1e6) / 1e6);
    /* A digit means itself where it can, else its place in the row. */
    const literal = values.every((value) => Number.isInteger(value) && value >= 0) && minimum <= 9;
    return values.map((value, i) => ({ value, text: String(value), key: literal ? (value <= 9 ? String(value) : "") : i < 9 ? String(i + 1) : "" }));
  };

  class CriterionField {
    constructor(criterion, owner) {
      made += 1;
      this.criterion = criterion;
      this.owner = owner;
      this.value = null;
      this.choices = choicesOf(criterion);
      this.label = `gw-criterion-${made}`;
      this.body = this.choices ? this.radios() : this.number();
      this.why = gw.h("textarea", { class: "gw-text-input gw-why", rows: "2", maxlength: "20000", placeholder: "Why?", "aria-label": `Why ${criterion.name}`, hidden: true });
      const optional = criterion.required ? "" : gw.h("span", { class: "gw-dim" }, "optional");
      this.root = gw.h("div", { class: "gw-criterion", "data-criterion": criterion.name, onfocusin: () => owner.activate(this), onclick: () => owner.activate(this) },
        gw.h("div", { class: "gw-criterion-head" }, gw.h("span", { id: this.label, class: "gw-criterion-name" }, criterion.name), optional, gw.h("span", { class: "gw-space" }),
          gw.h("button", { class: "gw-link", type: "button", tabindex: "-1", onclick: () => this.explain() }, "Explain ", gw.h("kbd", { class: "gw-hint", "aria-hidden": "true" }, "e"))),
        criterion.description ? gw.h("p", { class: "gw-criterion-about", id: `${this.label}-about` }, criterion.description) : null,
        this.body, this.why);
    }

    radios() {
      this.buttons = this.choices.map(({ value, text, key }) =>
        gw.h("button", { class: "gw-choice", type: "button", role: "radio", "aria-checked": "false", tabindex: "-1", "aria-keyshortcuts": key || null, onclick: () => this.set(this.value === value && !this.criterion.required ? null : value) },
          key ? gw.h("kbd", { class: "gw-hint", "aria-hidden": "true" }, key) : null, gw.h("span", {}, text)));
      const about = this.criterion.description ? `${this.label}-about` : null;
      const group = gw.h("div", { class: "gw-choices", role: "radiogroup", "aria-labelledby": this.label, "aria-describedby": about, "aria-required": String(this.criterion.required) }, ...this.buttons);
      this.show();
      return group;
    }

    number() {
      const { minimum, maximum, step } = this.criterion;
      this.input = gw.h("input", { class: "gw-text-input gw-typed", type: "number", min: String(minimum), max: String(maximum), step: step ? String(step) : "any", "aria-labelledby": this.label, "aria-required": String(this.criterion.required),
        oninput: () => {
          this.value = this.input.value === "" ? null : Number(this.input.value);
          this.owner.changed();
        } });
      return gw.h("div", { class: "gw-typed-row" }, this.input, gw.h("span", { class: "gw-dim" }, `${minimum} to ${maximum}${step ? `, in steps of ${step}` : ""}`));
    }

    set(value) {
      this.value = value;
      if (this.input) this.input.value = value === null ? "" : String(value);
      else this.show();
      this.owner.changed();
    }

    /** Mark the chosen button; it, or the first one, is where Tab stops. */
    show() {
      const chosen = this.choices.findIndex(({ value }) => value === this.value);
      this.buttons.forEach((button, i) => {
        button.setAttribute("aria-checked", String(i === chosen));
        button.tabIndex = i === Math.max(0, chosen) ? 0 : -1;
      });
    }

    fill({ value, explanation }) {
      this.set(value);
      this.why.value = explanation;
      this.why.hidden = !explanation;
    }

    clear() {
      this.set(null);
      this.why.value = "";
      this.why.hidden = true;
    }

    focus() {
      (this.input || this.buttons.find((button) => button.tabIndex === 0)).focus({ preventScroll: false });
    }

    explain() {
      this.why.hidden = false;
      this.why.focus();
    }

    /** Choose the next or previous answer, and go there. */
    step(by) {
      if (!this.choices) return;
      const at = this.choices.findIndex(({ value }) => value === this.value);
      const next = at < 0 ? (by > 0 ? 0 : this.choices.length - 1) : (at + by + this.choices.length) % this.choices.length;
      this.set(this.choices[next].value);
      this.buttons[next].focus();
    }

    /** Choose by a key; tells whether the key means anything here. */
    key(key) {
      const choice = (this.choices || []).find((one) => one.key && one.key === key);
      if (!choice) return false;
      this.set(choice.value);
      this.buttons[this.choices.indexOf(choice)].focus();
      return true;
    }

    get isMissing() {
      return this.criterion.required && this.value === null;
    }

    get isWrong() {
      return Boolean(this.input && !this.input.checkValidity());
    }

    judgement() {
      return { criterion: this.criterion.name, value: this.value, explanation: this.why.value.trim() };
    }
  }

  /** The criteria of a queue; knows which one the keys go to. */
  gw.Criteria = class {
    constructor(criteria, changed) {
      this.tell = changed;
      this.fields = criteria.map((criterion) => new CriterionField(criterion, this));
      this.active = this.fields[0];
      this.root = gw.h("div", { class: "gw-criteria" }, ...this.fields.map(({ root }) => root));
    }

    activate(field) {
      this.active = field;
      for (const one of this.fields) one.root.classList.toggle("gw-criterion-active", one === field);
    }

    changed() {
      if (this.fields) this.tell();
    }

    /** Show what was said before, or nothing. */
    fill(judgements) {
      for (const field of this.fields) {
        const said = judgements.find(({ criterion }) => criterion === field.criterion.name);
        if (said) field.fill(said);
        else field.clear();
      }
    }

    focus(field = this.fields[0]) {
      this.activate(field);
      field.focus();
    }

    move(by) {
      const at = this.fields.indexOf(this.active) + by;
      if (this.fields[at]) this.focus(this.fields[at]);
    }

    /** The first one that keeps the item from being submitted. */
    get lacking() {
      return this.fields.find((field) => field.isMissing || field.isWrong);
    }

    judgements() {
      return this.fields.filter(({ value }) => value !== null).map((field) => field.judgement());
    }
  };
})();
