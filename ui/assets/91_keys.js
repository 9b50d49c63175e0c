/* Settings: the API keys of a project. */
"use strict";

(() => {
  const gw = window.groundwire;
  /* docs/reference/access.md, as it concerns whoever makes a key. */
  const SCOPES = {
    ingest: "Send traces, logs, metrics and evaluations: for apps and collectors.",
    feedback: "Give end users’ feedback and nothing else: for the backend of a page.",
    read: "Read everything of this project: for notebooks, tests and reports.",
    manage: "Make and revoke keys, make annotation queues, see the audit log, without reading traces: for automation.",
  };
  const ENDS = { "": "Never", 30: "In 30 days", 90: "In 90 days", 365: "In a year", date: "On a date" };
  const GRACES = { 0: "None: it ends at once", 1: "1 hour", 24: "1 day", 168: "7 days", 720: "30 days" };
  const DAY = 86_400_000;
  const prefixOf = (id) => `gw_${id.slice(0, 8)}…`;
  const idOf = (id) => gw.h("span", { class: "gw-mono gw-dim", title: `gw_${id}_…` }, prefixOf(id));

  const block = (title, text) => gw.h("div", { class: "gw-handover-block" }, gw.h("h3", {}, title), gw.linesToCopy(`lines for ${title}`, text));

  /** The lines that use a key, for what it is good for. */
  const waysToUse = (secret, scopes) => {
    const ways = [];
    if (scopes.includes("ingest"))
      ways.push(
        block("Any OpenTelemetry SDK or collector", `export OTEL_EXPORTER_OTLP_ENDPOINT=${gw.otlpUrl()}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\nexport OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20${secret}"`),
        block("The groundwire SDK, from the environment", `export GROUNDWIRE_ENDPOINT=${gw.otlpUrl()}\nexport GROUNDWIRE_API_KEY=${secret}`),
        block("The groundwire SDK, in Python", `import groundwire\n\ngroundwire.init("my-app", endpoint="${gw.otlpUrl()}", api_key="${secret}")`),
        gw.h("p", { class: "gw-dim" }, "Where collectors listen elsewhere, put their address."));
    if (scopes.includes("read"))
      ways.push(block("The REST API and the SDK’s client", `export GROUNDWIRE_API_URL=${window.location.origin}\nexport GROUNDWIRE_API_KEY=${secret}\ncurl -H "Authorization: Bearer ${secret}" ${window.location.origin}/api/v1/traces`));
    if (!ways.length)
      ways.push(block("The REST API", `curl -H "Authorization: Bearer ${secret}" ${window.location.origin}/api/v1/me`));
    return ways;
  };

  const hand = ({ key, secret }, title) => gw.handOver({
    title, secret, what: "key", more: waysToUse(secret, key.scopes),
    text: "Copy it now: it is shown this once. What is kept here is a hash, and nothing can bring the key back.",
  });

  class Expiry {
    constructor() {
      this.choice = gw.choice(ENDS, "", { onchange: () => this.show() });
      this.date = gw.textField({ type: "date", min: new Date(Date.now() + DAY).toISOString().slice(0, 10) });
      this.day = gw.labelled("Last day", this.date);
      this.root = gw.h("div", { class: "gw-field-row" }, gw.labelled("Ends", this.choice), this.day);
      this.show();
    }

    show() {
      this.day.hidden = this.choice.value !== "date";
      this.date.required = !this.day.hidden;
    }

    /** The moment it ends, null for never; a date counts to its last minute here. */
    value() {
      if (this.choice.value === "date") return new Date(`${this.date.value}T23:59:59`).toISOString();
      return this.choice.value ? new Date(Date.now() + Number(this.choice.value) * DAY).toISOString() : null;
    }
  }

  const make = (page) => {
    const name = gw.textField({ required: true, maxlength: "100", placeholder: "checkout, production", autofocus: true });
    const boxes = Object.entries(SCOPES).map(([scope, about]) => gw.option("checkbox", scope, about, { value: scope, checked: scope === "ingest" }));
    const expiry = new Expiry();
    gw.formDialog({
      title: `New key for ${page.projectTitle}`,
      fields: [gw.labelled("Name", name, "Which app or machine holds it: one key each, so that one can be revoked alone."),
        gw.options("What it may do", boxes), expiry.root],
      submit: "Make the key",
      work: async () => {
        const scopes = boxes.filter(({ box }) => box.checked).map(({ box }) => box.value);
        if (!scopes.length) throw { message: "Tick at least one thing that it may do" };
        const made = await page.send("POST", "keys", { name: name.value, scopes, expires_at: expiry.value() });
        await page.reload();
        return () => hand(made, `The key “${made.key.name}” is made`);
      },
    });
  };

  const rotate = (page, key) => {
    const grace = gw.choice(GRACES, "24", { autofocus: true });
    gw.formDialog({
      title: `Rotate “${key.name}”`,
      fields: [gw.h("p", { class: "gw-confirm-text" }, "A new key with the same name and scopes takes its place. Put it where the old one is used before the old one ends."),
        gw.labelled("The old key works on for", grace)],
      submit: "Rotate the key",
      work: async () => {
        const made = await page.send("POST", `keys/${encodeURIComponent(key.id)}/rotate`, { grace_hours: Number(grace.value) });
        await page.reload();
        return () => hand(made, `The new key of “${made.key.name}”`);
      },
    });
  };

  const revoke = (page, key) => gw.confirm({
    title: `Revoke “${key.name}”?`,
    text: [key.last_used_at ? `It was last used ${gw.ago(key.last_used_at)}. Whatever still sends or reads with it is refused from now on.` : "It was never used.",
      "This cannot be undone. What it sent stays."],
    submit: "Revoke the key",
    work: async () => {
      await page.send("DELETE", `keys/${encodeURIComponent(key.id)}`);
      await page.changed(`${key.name} is revoked`);
    },
  });

  const ending = (key) => {
    if (key.replaced_by) return gw.h("span", { title: `Replaced by ${prefixOf(key.replaced_by)}` }, gw.badge("replaced", "warn"), gw.h("div", { class: "gw-dim" }, `ends in ${gw.ahead(key.expires_at)}`));
    if (!key.expires_at) return gw.h("span", { class: "gw-dim" }, "never");
    const soon = Date.parse(key.expires_at) - Date.now() < 7 * DAY;
    return soon ? gw.h("span", { title: gw.utcTime(Date.parse(key.expires_at)) }, gw.badge(`in ${gw.ahead(key.expires_at)}`, "warn")) : gw.moment(key.expires_at);
  };

  const named = (key) => gw.h("td", { class: "gw-wide-cell" }, gw.h("div", { class: "gw-strong" }, key.name), idOf(key.id));
  const scopes = (key) => gw.h("td", {}, gw.h("span", { class: "gw-badges" }, ...Object.keys(SCOPES).filter((scope) => key.scopes.includes(scope)).map((scope) => gw.badge(scope, "plain", SCOPES[scope]))));
  const madeBy = (key) => gw.h("td", { class: "gw-by-cell" }, gw.since(key.created_at), gw.h("div", { class: "gw-dim", title: key.created_by }, `by ${key.created_by || "the server"}`));
  const used = (key) => gw.h("td", {}, key.last_used_at ? gw.since(key.last_used_at) : gw.h("span", { class: "gw-dim" }, "never"));

  const row = (page, key) => gw.h("tr", { "data-key": key.id }, named(key), scopes(key), madeBy(key), used(key), gw.h("td", {}, ending(key)),
    gw.h("td", { class: "gw-row-actions" },
      key.replaced_by ? null : gw.press("gw-link", "Rotate", () => rotate(page, key), { "aria-label": `Rotate ${key.name}` }),
      gw.press("gw-link gw-link-danger", "Revoke", () => revoke(page, key), { "aria-label": `Revoke ${key.name}` })));

  const endedRow = (key) => gw.h("tr", { "data-key": key.id }, named(key), scopes(key), madeBy(key), used(key),
    gw.h("td", {}, gw.badge(key.state, key.state === "revoked" ? "error" : "plain"), " ", gw.moment(key.revoked_at || key.expires_at)));

  /** Draw the keys: those that work, and folded those that have ended. */
  gw.drawKeys = async (page) => {
    const { keys } = await page.get("keys");
    const active = keys.filter(({ state }) => state === "active");
    const ended = keys.filter(({ state }) => state !== "active");
    const start = () => make(page);
    const head = ["Key", "May", "Made", "Last used", "Ends"];
    return [
      gw.partHead("API keys", "Programs send and read with a key; it belongs to this project and decides where data go.", gw.press("gw-button gw-primary", "New key", start)),
      active.length ? gw.settingsTable("API keys that work", [...head, ""], active.map((key) => row(page, key)))
        : gw.nothing("No key works yet", page.isOpen ? "Nobody signs in here, so apps on this machine can send without a key." : "Without one, no app can send to this project.", gw.press("gw-button gw-primary", "Make the first key", start)),
      ended.length ? gw.h("details", { class: "gw-ended" }, gw.h("summary", {}, `Ended keys (${ended.length})`), gw.settingsTable("Keys that have ended", head, ended.map(endedRow))) : null,
    ];
  };
})();
