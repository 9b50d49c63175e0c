/* Settings, for operators: who has an account on this server. */
"use strict";

(() => {
  const gw = window.groundwire;
  const pathOf = ({ id }) => `people/${encodeURIComponent(id)}`;

  const invite = (page, people) => {
    const email = gw.textField({ type: "email", required: true, maxlength: "254", placeholder: "name@example.com", autofocus: true });
    const operator = gw.option("checkbox", "Operator", "May do everything in every project, and makes projects and accounts.");
    gw.formDialog({
      title: "Invite somebody",
      fields: [gw.labelled("E-mail address", email),
        operator.row,
        gw.h("p", { class: "gw-dim" }, "This makes an account in no project. To invite into a project, use its Members.")],
      submit: "Make the invitation",
      work: async () => {
        const address = email.value.trim().toLowerCase();
        if (people.some((person) => person.email === address)) throw { message: `${address} has an account already` };
        const link = await page.send("POST", "people", { email: address, is_operator: operator.box.checked });
        await page.reload();
        return () => gw.handLink(link, operator.box.checked ? "becomes an operator" : "gets an account", "An invitation is made");
      },
    });
  };

  const apply = async (page, person, change, said) => {
    await page.send("PATCH", pathOf(person), change);
    gw.forgetMe();
    await page.changed(said);
  };

  const reset = async (page, person) => {
    const link = await page.send("POST", `${pathOf(person)}/reset-link`);
    await page.reload();
    return () => gw.handLink(link, `sets the password of ${person.email} and is signed in as them`, "A link to a new password");
  };

  /* What an operator can do to an account, what it means, and whether it takes something away. */
  const ACTIONS = {
    reset: { label: "Make a link to a new password", about: "Whoever opens the link, within a day, sets the password and is signed in as this person; all their other sessions end.", work: reset },
    out: { label: "Sign out everywhere", about: "Every browser they are signed in with has to sign in again. Keys they made go on working.", danger: true,
      work: (page, person) => apply(page, person, { end_sessions: true }, `${person.email} is signed out everywhere`) },
    raise: { label: "Make an operator", about: "They may then do everything in every project, and make projects and accounts.",
      work: (page, person) => apply(page, person, { is_operator: true }, `${person.email} is an operator now`) },
    lower: { label: "Make no operator any more", about: "They keep the roles they have in projects.", danger: true,
      work: (page, person) => apply(page, person, { is_operator: false }, `${person.email} is no operator any more`) },
    disable: { label: "Disable the account", about: "They are signed out everywhere and cannot sign in until an operator enables them again. What they judged and the keys they made stay.", danger: true,
      work: (page, person) => apply(page, person, { is_disabled: true }, `${person.email} is disabled`) },
    enable: { label: "Enable the account", about: "They may sign in again, with the roles and the password they had.",
      work: (page, person) => apply(page, person, { is_disabled: false }, `${person.email} may sign in again`) },
  };

  const may = (page, person) => {
    if (person.is_disabled) return ["enable"];
    if (person.id === page.me.id) return ["reset", "out", "lower"];
    return ["reset", "out", person.is_operator ? "lower" : "raise", "disable"];
  };

  /* One is chosen and read before the button at the foot does it. */
  const change = (page, person) => {
    const actions = may(page, person).map((name, at) => {
      const { label, about } = ACTIONS[name];
      return gw.option("radio", label, about, { name: "action", value: name, required: true, autofocus: at === 0 });
    });
    const choices = gw.options("What to do", actions, false);
    const box = gw.formDialog({ title: person.email, fields: [choices], submit: "Do it", work: () => ACTIONS[chosen()].work(page, person) });
    const chosen = () => actions.find(({ box: one }) => one.checked).box.value;
    choices.addEventListener("change", () => {
      const button = box.querySelector("[type=submit]");
      const { label, danger = false } = ACTIONS[chosen()];
      button.textContent = label;
      button.classList.toggle("gw-danger", danger);
      button.classList.toggle("gw-primary", !danger);
    });
  };

  const projectsOf = (person) => {
    const names = Object.entries(person.projects);
    if (person.is_operator && !names.length) return gw.h("span", { class: "gw-dim" }, "all, as operator");
    if (!names.length) return gw.h("span", { class: "gw-dim" }, "none");
    const said = names.map(([name, role]) => `${name}: ${role}`);
    return gw.h("span", { class: "gw-badges", title: said.join("\n") }, ...said.slice(0, 3).map((text) => gw.badge(text)), names.length > 3 ? gw.badge(`${names.length - 3} more`) : null);
  };

  const row = (page, person) => gw.h("tr", { "data-person": person.email, class: person.is_disabled ? "gw-off" : null },
    gw.h("td", { class: "gw-wide-cell" }, gw.h("div", { class: "gw-strong" }, person.name || person.email, person.id === page.me.id ? gw.badge("you", "info") : null, person.is_operator ? gw.badge("operator", "good") : null, person.is_disabled ? gw.badge("disabled", "error") : null),
      person.name ? gw.h("div", { class: "gw-dim" }, person.email) : null),
    gw.h("td", {}, projectsOf(person)),
    gw.h("td", {}, person.last_sign_in_at ? gw.since(person.last_sign_in_at) : gw.h("span", { class: "gw-dim" }, "never")),
    gw.h("td", { class: "gw-row-actions" }, gw.press("gw-link", "Change…", () => change(page, person), { "aria-label": `Change ${person.email}` })));

  gw.drawPeople = async (page) => {
    const about = "Everybody who has an account on this server.";
    if (page.isOpen) return [gw.partHead("People", about), gw.setUpFirst()];
    const [{ people }, { invitations }] = await Promise.all([page.get("people"), page.get("people/invitations")]);
    return [
      gw.partHead("People", about, gw.press("gw-button gw-primary", "Invite somebody", () => invite(page, people))),
      gw.settingsTable("People", ["Person", "Projects", "Last signed in", ""], people.map((person) => row(page, person))),
      gw.waitingInvitations(page, invitations, ({ id }) => `people/invitations/${encodeURIComponent(id)}`),
    ];
  };
})();
