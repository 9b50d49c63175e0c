/* The search box, the filter bar with completion, and the quick filters. */
"use strict";

(() => {
  const gw = window.groundwire;

  gw.startSearch = (root) => {
    const input = gw.h("input", { type: "search", class: "gw-input", id: "search", placeholder: "Search prompts and answers", "aria-label": "Search prompts and answers", value: gw.view.query.q || "", autocomplete: "off", spellcheck: "false" });
    const apply = () => gw.view.set({ q: input.value.trim() });
    input.addEventListener("input", gw.later(450, apply));
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") apply();
      if (event.key === "Escape") input.blur();
    });
    gw.view.onChange((changed) => {
      if (changed.has("q") && document.activeElement !== input) input.value = gw.view.query.q || "";
    });
    root.replaceChildren(gw.icon("search"), input, gw.h("kbd", { class: "gw-hint" }, "/"));
  };

  class FilterBar {
    constructor(root) {
      this.root = root;
      this.candidates = [];
      this.chosen = -1;
      this.input = gw.h("input", { type: "text", class: "gw-input gw-mono", id: "filter", placeholder: 'Filter: model = "gpt-4o" and duration > 5s', "aria-label": "Filter", role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": "filter-list", autocomplete: "off", spellcheck: "false", value: gw.view.query.filter || "" });
      this.clear = gw.h("button", { class: "gw-clear", type: "button", "aria-label": "Clear the filter", title: "Clear", onclick: () => this.apply("") }, gw.icon("close"));
      this.list = gw.h("ul", { id: "filter-list", class: "gw-list", role: "listbox", "aria-label": "Completions", hidden: true });
      this.error = gw.h("div", { class: "gw-filter-error", role: "alert", hidden: true });
      root.replaceChildren(gw.icon("filter"), this.input, this.clear, this.list, this.error);
      this.ask = gw.later(90, () => this.suggest());
      this.input.addEventListener("input", () => this.ask());
      this.input.addEventListener("click", () => this.ask());
      this.input.addEventListener("keydown", (event) => this.key(event));
      this.input.addEventListener("blur", () => setTimeout(() => this.close(), 120));
      gw.view.onChange((changed) => this.changed(changed));
      this.show();
    }

    changed(changed) {
      if (changed.has("filter")) {
        this.input.value = gw.view.query.filter || "";
        this.error.hidden = true;
      }
      if (changed.has("problem")) this.showProblem(gw.view.problem);
      this.show();
    }

    show() {
      this.clear.hidden = !this.input.value;
      document.querySelectorAll("[data-clause]").forEach((chip) => {
        chip.setAttribute("aria-pressed", String(gw.view.hasClause(chip.dataset.clause)));
      });
    }

    apply(text) {
      this.input.value = text;
      this.close();
      gw.view.set({ filter: text.trim() });
      this.show();
    }

    async suggest() {
      if (document.activeElement !== this.input) return;
      if (this.abort) this.abort.abort();
      this.abort = new AbortController();
      const { project, range, from, to } = gw.view.query;
      const scope = Object.fromEntries(Object.entries({ project, range, from, to }).filter(([, value]) => value));
      try {
        const answer = await gw.ask("suggest", { ...scope, text: this.input.value, caret: this.input.selectionStart }, this.abort.signal);
        this.open(answer);
      } catch (problem) {
        if (problem.name !== "AbortError") this.close();
      }
    }

    open({ start, candidates }) {
      this.start = start;
      this.candidates = candidates;
      this.chosen = -1;
      this.list.replaceChildren(...candidates.map((candidate, i) =>
        gw.h("li", { role: "option", id: `filter-option-${i}`, "aria-selected": "false", onmousedown: (event) => {
          event.preventDefault();
          this.take(i);
        } }, gw.h("span", { class: "gw-mono" }, candidate.label), gw.h("span", { class: "gw-dim" }, candidate.detail))));
      this.list.hidden = !candidates.length;
      this.input.setAttribute("aria-expanded", String(candidates.length > 0));
    }

    close() {
      this.list.hidden = true;
      this.candidates = [];
      this.chosen = -1;
      this.input.setAttribute("aria-expanded", "false");
      this.input.removeAttribute("aria-activedescendant");
    }

    choose(index) {
      this.chosen = (index + this.candidates.length) % this.candidates.length;
      [...this.list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === this.chosen)));
      this.list.children[this.chosen].scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", `filter-option-${this.chosen}`);
    }

    /** Put a completion in place of what was typed of it. */
    take(index) {
      const { text } = this.candidates[index];
      const after = this.input.value.slice(this.input.selectionStart).replace(/^[^\s()]*/, "");
      const before = this.input.value.slice(0, this.start);
      this.input.value = before + text + after.trimStart();
      this.input.setSelectionRange(before.length + text.length, before.length + text.length);
      this.show();
      this.suggest();
    }

    key(event) {
      const open = !this.list.hidden && this.candidates.length > 0;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (open) this.choose(this.chosen < 0 && event.key === "ArrowUp" ? -1 : this.chosen + (event.key === "ArrowDown" ? 1 : -1));
        else this.suggest();
      } else if (event.key === "Tab" && open && !event.shiftKey) {
        event.preventDefault();
        this.take(Math.max(0, this.chosen));
      } else if (event.key === "Enter") {
        event.preventDefault();
        if (open && this.chosen >= 0) this.take(this.chosen);
        else this.apply(this.input.value);
      } else if (event.key === "Escape") {
        if (open) this.close();
        else this.input.blur();
      }
    }

    showProblem(problem) {
      const wrong = problem && problem.kind === "input";
      this.error.hidden = !wrong;
      this.input.setAttribute("aria-invalid", String(Boolean(wrong)));
      if (!wrong) return;
      const { message, hint, column } = problem;
      const lines = column ? [gw.h("pre", { class: "gw-mono" }, `${gw.view.query.filter || ""}\n${" ".repeat(column - 1)}^`)] : [];
      this.error.replaceChildren(...lines, gw.h("b", {}, message.replace(/^filter, column \d+: /, "")), hint ? gw.h("span", {}, ` · ${hint}`) : "");
    }
  }

  gw.startFilter = (root) => new FilterBar(root);

  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-clause]");
    if (chip) gw.view.toggleClause(chip.dataset.clause);
  });
})();
