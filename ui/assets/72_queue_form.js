/* The form that makes and changes an annotation queue: its name, how many people, and the criteria. */
"use strict";

(() => {
  const gw = window.groundwire;
  const KINDS = { boolean: "Yes or no", category: "One of some labels", number: "A number" };
  const NEW = { name: "", kind: "boolean", labels: [], minimum: 1, maximum: 5, step: 1, description: "", required: true };
  let made = 0;

  const field = (label, control, note) => {
    made += 1;
    control.id = `gw-field-${made}`;
    return gw.h("label", { class: "gw-field", for: control.id }, gw.h("span", {}, label), control, note ? gw.h("small", { class: "gw-dim" }, note) : null);
  };
  const input = (props) => gw.h("input", { class: "gw-text-input", autocomplete: "off", ...props });

  class CriterionFields {
    constructor(form, criterion) {
      this.form = form;
      const { name, kind, labels, minimum, maximum, step, description, required } = { ...NEW, ...criterion };
      this.name = input({ value: name, placeholder: "faithful", maxlength: "100", required: true });
      this.kind = gw.h("select", { class: "gw-text-input", onchange: () => this.show() }, ...Object.entries(KINDS).map(([value, text]) => gw.h("option", { value }, text)));
      this.kind.value = kind;
      this.labels = input({ value: labels.join(", "), placeholder: "correct, partly, wrong" });
      this.minimum = input({ type: "number", step: "any", value: minimum ?? "" });
      this.maximum = input({ type: "number", step: "any", value: maximum ?? "" });
      this.step = input({ type: "number", step: "any", min: "0", value: step ?? "" });
      this.description = input({ value: description, placeholder: "What should the annotator go by?", maxlength: "2000" });
      this.required = gw.h("input", { type: "checkbox", checked: required });
      this.ofLabels = field("Labels, with commas between", this.labels, "The first nine have the keys 1 to 9.");
      this.ofNumber = gw.h("div", { class: "gw-field-row" }, field("From", this.minimum), field("to", this.maximum), field("in steps of", this.step));
      const tool = (text, label, work) => gw.h("button", { class: "gw-link", type: "button", "aria-label": label, title: label, onclick: work }, text);
      this.root = gw.h("fieldset", { class: "gw-criterion-fields" }, gw.h("legend", { class: "gw-hidden" }, "Criterion"),
        gw.h("div", { class: "gw-field-row" }, field("Criterion", this.name), field("Answer", this.kind),
          gw.h("div", { class: "gw-criterion-tools" }, tool("↑", "Move up", () => form.move(this, -1)), tool("↓", "Move down", () => form.move(this, 1)), tool("Remove", "Remove this criterion", () => form.remove(this)))),
        this.ofLabels, this.ofNumber, field("Description", this.description),
        gw.h("label", { class: "gw-check" }, this.required, "Has to be answered"));
      this.show();
    }

    show() {
      this.ofLabels.hidden = this.kind.value !== "category";
      this.ofNumber.hidden = this.kind.value !== "number";
    }

    value() {
      const number = ({ value }) => (value === "" ? null : Number(value));
      const kind = this.kind.value;
      return {
        name: this.name.value.trim(), kind, description: this.description.value.trim(), required: this.required.checked,
        labels: kind === "category" ? this.labels.value.split(",").map((label) => label.trim()).filter(Boolean) : [],
        minimum: kind === "number" ? number(this.minimum) : null,
        maximum: kind === "number" ? number(this.maximum) : null,
        step: kind === "number" ? number(this.step) : null,
      };
    }
  }

  class QueueForm {
    constructor(queue, query, saved) {
      this.queue = queue;
      this.query = query;
      this.saved = saved;
      gw.dialog(queue ? `Change ${queue.name}` : "New annotation queue", (body, close) => this.draw(body, close));
    }

    draw(body, close) {
      const { name = "", description = "", unit = "trace", annotators = 1, criteria = [{ ...NEW }], progress = { items: 0 } } = this.queue || {};
      this.name = input({ value: name, required: true, maxlength: "100", placeholder: "Weekly answers", autofocus: true });
      this.description = input({ value: description, maxlength: "2000", placeholder: "Who judges what, and why" });
      this.unit = gw.h("select", { class: "gw-text-input", disabled: progress.items > 0 }, gw.h("option", { value: "trace" }, "Whole traces"), gw.h("option", { value: "span" }, "Single spans"));
      this.unit.value = unit;
      this.annotators = input({ type: "number", min: "1", max: "20", step: "1", value: String(annotators), required: true });
      this.list = gw.h("div", { class: "gw-criteria-fields" });
      this.criteria = criteria.map((criterion) => new CriterionFields(this, criterion));
      this.problem = gw.h("p", { class: "gw-error-text", role: "alert", hidden: true });
      this.submit = gw.h("button", { class: "gw-button gw-primary", type: "submit" }, this.queue ? "Save" : "Make the queue");
      this.close = close;
      body.append(gw.h("form", { class: "gw-queue-form", onsubmit: (event) => this.send(event) },
        gw.h("div", { class: "gw-field-row" }, field("Name", this.name), field("What is judged", this.unit), field("People for each item", this.annotators)),
        field("Description", this.description),
        gw.h("h3", {}, "Criteria"), this.list,
        gw.press("gw-link", "+ Add a criterion", () => this.add()),
        this.problem,
        gw.h("div", { class: "gw-dialog-foot" }, gw.press("gw-button", "Cancel", close), this.submit)));
      this.show();
    }

    show() {
      this.list.replaceChildren(...this.criteria.map(({ root }) => root));
    }

    add() {
      this.criteria.push(new CriterionFields(this, {}));
      this.show();
      this.criteria.at(-1).name.focus();
    }

    remove(criterion) {
      if (this.criteria.length === 1) return gw.toast("A queue asks at least one thing");
      this.criteria = this.criteria.filter((one) => one !== criterion);
      this.show();
    }

    move(criterion, by) {
      const from = this.criteria.indexOf(criterion);
      const to = Math.max(0, Math.min(this.criteria.length - 1, from + by));
      this.criteria.splice(to, 0, ...this.criteria.splice(from, 1));
      this.show();
    }

    async send(event) {
      event.preventDefault();
      this.submit.disabled = true;
      this.problem.hidden = true;
      const body = {
        name: this.name.value, description: this.description.value, unit: this.unit.value,
        annotators: Number(this.annotators.value), criteria: this.criteria.map((criterion) => criterion.value()),
      };
      try {
        const queue = this.queue
          ? await gw.call("PATCH", `queues/${encodeURIComponent(this.queue.id)}`, this.query, body)
          : await gw.call("POST", "queues", this.query, body);
        this.close();
        this.saved(queue);
      } catch (problem) {
        this.problem.textContent = gw.sentence(problem);
        this.problem.hidden = false;
        this.submit.disabled = false;
      }
    }
  }

  /** Make a queue, or change one; `saved` gets it as the server has it then. */
  gw.queueForm = (queue, query, saved) => new QueueForm(queue, query, saved);
})();
