/* Settings: who did what when, in a project or on the whole server. */
"use strict";

(() => {
  const gw = window.groundwire;
  const OF_A_PAGE = "50";
  const key = (id) => `gw_${id.slice(0, 8)}…`;
  const list = (names) => (names || []).join(", ");
  const hours = (count) => {
    const [number, unit] = count && count % 24 === 0 ? [count / 24, "day"] : [count, "hour"];
    return `${number} ${unit}${number === 1 ? "" : "s"}`;
  };

  /* What each action reads like; one that is not here is shown as it is. */
  const SAID = {
    "key.create": ({ target, detail }) => ["made the key", detail.name, `${key(target)} · ${list(detail.scopes)}`],
    "key.rotate": ({ target, detail }) => ["rotated the key", detail.name || key(target), `${key(target)} to ${key(detail.replaced_by || "")} · the old one works on for ${hours(detail.grace_hours)}`],
    "key.revoke": ({ target, detail }) => ["revoked the key", detail.name, key(target)],
    "key.publish": ({ target }) => ["made a publishable key of", key(target)],
    "member.set": ({ target, detail }) => [detail.before ? "changed the role of" : "added the member", target, detail.before ? `${detail.before} → ${detail.role}` : detail.role],
    "member.remove": ({ target, detail }) => ["removed the member", target, detail.before && `was ${detail.before}`],
    "invitation.create": ({ target, detail }) => ["invited", target, detail.role || (detail.is_operator ? "operator" : "")],
    "invitation.withdraw": ({ target }) => ["withdrew the invitation of", target],
    "invitation.accept": ({ target }) => ["took up the invitation of", target],
    "project.create": ({ target }) => ["made the project", target],
    "project.title": ({ target, detail }) => ["changed the title of", target, detail.title],
    "person.create": ({ target, detail }) => ["made the account", target, detail.is_operator ? "operator" : ""],
    "person.link": ({ target }) => ["signed in with the provider for the first time as", target],
    "person.operator": ({ target, detail }) => [detail.is_operator ? "made an operator of" : "made no operator any more of", target],
    "person.disable": ({ target }) => ["disabled", target],
    "person.enable": ({ target }) => ["enabled", target],
    "person.end_sessions": ({ target }) => ["signed out everywhere", target],
    "person.reset_link": ({ target }) => ["made a link to a new password for", target],
    "person.reset": ({ target }) => ["reset the password of", target],
    "person.password": ({ target }) => ["set a new password for", target],
    "person.rename": ({ target }) => ["changed the name of", target],
    "queue.create": ({ detail }) => ["made the queue", detail.name],
    "queue.change": ({ detail }) => ["changed the queue", detail.name, list(detail.members)],
    "queue.archive": ({ detail }) => ["archived the queue", detail.name],
    "queue.fill": ({ detail }) => ["filled the queue", detail.name, `${detail.added} added`],
    "queue.assign": ({ target, detail }) => ["assigned an item of the queue", target.slice(0, 8), list(detail.people)],
    "queue.put_back": ({ target }) => ["put back an item of the queue", target.slice(0, 8)],
    "queue.remove_item": ({ detail }) => ["took an item out of the queue", detail.name, detail.span_id || detail.trace_id],
  };
  const ACTORS = { key: "API key", page: "publishable key", local: "on the server’s machine" };

  const detailOf = (detail) => Object.entries(detail).map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`).join(", ");
  const read = (entry) => (SAID[entry.action] ? SAID[entry.action](entry) : [entry.action, entry.target, detailOf(entry.detail)]);

  const row = (entry, everything) => {
    const [what, whom, more] = read(entry);
    return gw.h("tr", { "data-action": entry.action, title: `${entry.action} ${entry.target}` },
      gw.h("td", { class: "gw-when" }, gw.moment(entry.at)),
      gw.h("td", { class: "gw-wide-cell" }, entry.actor, ACTORS[entry.actor_kind] && entry.actor !== ACTORS[entry.actor_kind] ? gw.h("div", { class: "gw-dim" }, ACTORS[entry.actor_kind]) : null),
      gw.h("td", { class: "gw-wide-cell" }, `${what} `, gw.h("b", { class: "gw-strong" }, whom || ""), more ? gw.h("div", { class: "gw-dim" }, more) : null),
      everything ? gw.h("td", { class: "gw-mono" }, entry.project || gw.h("span", { class: "gw-dim" }, "–")) : null);
  };

  const draw = async (page, { title, about, everything }) => {
    const ask = (before) => page.get("audit", { limit: OF_A_PAGE, everything: everything ? "true" : "", before });
    const head = gw.partHead(title, about);
    const first = await ask("");
    if (!first.entries.length) return [head, gw.nothing("Nothing has been changed yet", "Keys made, members added, roles changed and the like are written down here.")];
    const table = gw.settingsTable(title, ["When", "Who", "What", ...(everything ? ["Project"] : [])], first.entries.map((entry) => row(entry, everything)));
    const foot = gw.h("div", { class: "gw-settings-foot" });
    const showFoot = (before, problem = null) => foot.replaceChildren(
      problem ? gw.h("p", { class: "gw-error-text", role: "alert" }, gw.sentence(problem)) : "",
      before ? gw.press("gw-button", "Older entries", () => more(before)) : gw.h("p", { class: "gw-dim" }, "That is all."));
    const more = async (before) => {
      foot.replaceChildren(gw.waiting(1));
      try {
        const { entries, next_before: next } = await ask(String(before));
        table.querySelector("tbody").append(...entries.map((entry) => row(entry, everything)));
        showFoot(next);
      } catch (problem) {
        if (problem.name !== "AbortError") showFoot(before, problem);
      }
    };
    showFoot(first.next_before);
    return [head, table, foot];
  };

  gw.drawAudit = (page) => draw(page, { title: "Audit log", about: "Who changed members, roles, keys, queues and settings of this project. It cannot be changed.", everything: false });
  gw.drawServerLog = (page) => draw(page, { title: "Server log", about: "Changes of every project, of accounts and of the server itself. It cannot be changed.", everything: true });
})();
