/* What the settings are made of: fields, forms in dialogs, what is shown only once, moments, tables. */
"use strict";

(() => {
  const gw = window.groundwire;
  let made = 0;

  /** A labelled control. */
  gw.labelled = (label, control, note = "") => {
    made += 1;
    control.id = control.id || `gw-labelled-${made}`;
    const about = note ? gw.h("small", { class: "gw-dim", id: `${control.id}-note` }, note) : null;
    if (about) control.setAttribute("aria-describedby", about.id);
    return gw.h("div", { class: "gw-field" }, gw.h("label", { for: control.id }, label), control, about);
  };
  gw.textField = (props) => gw.h("input", { class: "gw-text-input", autocomplete: "off", spellcheck: "false", ...props });
  gw.choice = (options, value, props = {}) => {
    const select = gw.h("select", { class: "gw-text-input", ...props }, ...Object.entries(options).map(([name, text]) => gw.h("option", { value: name }, text)));
    select.value = value;
    return select;
  };

  /** A checkbox or radio button with what it means: {box, row}. */
  gw.option = (type, label, about, props = {}) => {
    made += 1;
    const note = `gw-option-${made}`;
    const box = gw.h("input", { type, "aria-label": label, "aria-describedby": note, ...props });
    return { box, row: gw.h("label", { class: "gw-scope" }, box, gw.h("span", {}, gw.h("b", {}, label), gw.h("span", { class: "gw-dim", id: note }, about))) };
  };
  gw.options = (legend, options, shown = true) =>
    gw.h("fieldset", { class: "gw-scopes" }, gw.h("legend", { class: shown ? null : "gw-hidden" }, legend), ...options.map(({ row }) => row));

  /** A form whose button does `work()`; while it runs nothing can be sent twice, and what it rejects with is shown. */
  gw.form = ({ fields, submit, danger = false, cancel = null, work }) => {
    const problem = gw.h("p", { class: "gw-error-text", role: "alert", hidden: true });
    const button = gw.h("button", { class: `gw-button ${danger ? "gw-danger" : "gw-primary"}`, type: "submit" }, submit);
    const send = async (event) => {
      event.preventDefault();
      if (button.disabled) return;
      button.disabled = true;
      problem.hidden = true;
      try {
        await work();
      } catch (error) {
        problem.textContent = gw.sentence(error) || "This did not work.";
        problem.hidden = false;
      }
      button.disabled = false;
    };
    return gw.h("form", { class: "gw-form", onsubmit: send }, ...fields, problem,
      gw.h("div", { class: "gw-dialog-foot" }, cancel, button));
  };

  /** The same in a dialog, which closes once the work is done. A dangerous one begins at Cancel.
      `work` may return what is to follow the dialog: what is below cannot take the focus while it is open. */
  gw.formDialog = ({ title, fields, submit, danger = false, work }) => {
    const box = gw.dialog(title, (body, close) => {
      const cancel = gw.press("gw-button", "Cancel", close, { autofocus: danger });
      const done = async () => {
        const next = (await work()) || gw.focusPart;
        box.addEventListener("close", next);
        close();
      };
      body.append(gw.form({ fields, submit, danger, cancel, work: done }));
    });
    return box;
  };

  gw.confirm = ({ title, text, submit, work }) =>
    gw.formDialog({ title, fields: [].concat(text).map((line) => gw.h("p", { class: "gw-confirm-text" }, line)), submit, danger: true, work });

  const copier = (text, what) => gw.h("button", { class: "gw-copy", type: "button", "data-copy": text, "aria-label": `Copy ${what}`, title: `Copy ${what}` }, gw.icon("copy"));

  gw.linesToCopy = (what, text) => gw.h("div", { class: "gw-lines" }, gw.h("pre", { class: "gw-code", tabindex: "0", "aria-label": what }, text), copier(text, what));

  /** Show a secret that nothing can show again, until the reader puts it away or leaves. */
  gw.handOver = ({ title, text, secret, what, more = [] }) => {
    const place = document.getElementById("settings-handover");
    const head = gw.h("h2", { tabindex: "-1" }, title);
    const away = gw.press("gw-button", "Done, put it away", () => {
      place.replaceChildren();
      gw.focusPart();
    });
    place.replaceChildren(gw.h("section", { class: "gw-handover", "aria-label": title }, head, gw.h("p", {}, text),
      gw.h("div", { class: "gw-lines gw-handover-secret" }, gw.h("pre", { class: "gw-code", "data-secret": "true", tabindex: "0", "aria-label": what }, secret), copier(secret, what)),
      ...more, away));
    head.focus();
    place.scrollIntoView({ block: "nearest" });
  };

  const minute = (ms) => gw.localTime(ms).slice(0, 16);
  gw.moment = (iso) => {
    const ms = Date.parse(iso);
    return gw.h("time", { datetime: iso, title: gw.utcTime(ms), class: "gw-figure" }, minute(ms));
  };
  const STEPS = [[86_400_000, "day"], [3_600_000, "hour"], [60_000, "minute"]];
  const words = (ms) => {
    const [size, unit] = STEPS.find(([step]) => ms >= step) || [60_000, "minute"];
    const count = Math.max(1, Math.floor(ms / size));
    return `${count} ${unit}${count === 1 ? "" : "s"}`;
  };
  gw.ago = (iso) => {
    const ms = Date.now() - Date.parse(iso);
    return ms < 60_000 ? "just now" : `${words(ms)} ago`;
  };
  /** How long until then; a minute is added, so that what was just given 7 days says 7 days. */
  gw.ahead = (iso) => words(Math.max(0, Date.parse(iso) - Date.now() + 60_000));
  /** How long ago, with the moment itself on hover. */
  gw.since = (iso) => gw.h("time", { datetime: iso, title: `${minute(Date.parse(iso))} · ${gw.utcTime(Date.parse(iso))}` }, gw.ago(iso));

  gw.badge = (text, kind = "plain", title = null) => gw.h("span", { class: `gw-badge gw-badge-${kind}`, title }, text);

  /** A table: `head` names the columns, '' one of buttons. */
  gw.settingsTable = (label, head, rows) =>
    gw.h("div", { class: "gw-settings-scroll", tabindex: "-1" }, gw.h("table", { class: "gw-table gw-settings-table" }, gw.h("caption", { class: "gw-hidden" }, label),
      gw.h("thead", {}, gw.h("tr", {}, ...head.map((name) => gw.h("th", { scope: "col" }, name || gw.h("span", { class: "gw-hidden" }, "Actions"))))),
      gw.h("tbody", {}, ...rows)));

  /** The head of a part: its title, what it is for, and what can be begun there. */
  gw.partHead = (title, about, ...actions) =>
    gw.h("div", { class: "gw-settings-head" }, gw.h("div", { class: "gw-settings-title" }, gw.h("h1", { tabindex: "-1" }, title), about ? gw.h("p", { class: "gw-dim" }, about) : null), ...actions);
})();
