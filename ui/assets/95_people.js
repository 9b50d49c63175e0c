/* Settings, for operators: who has an account on this server. */
"use strict";

(() => {
  const gw = window.groundwire;
  const pathOf = ({ id }) => `people/${encodeURIComponent(id)}`;

  const invite = (page, people) => {
    const email = gw.textField({ type: "email", required: true, maxlength: "254", placeholder: "name@example.com", autofocus: true });
    const operator = gw.h("input", { type: "checkbox" });
    gw.formDialog({
      title: "Invite somebody",
      fields: [gw.labelled("E-mail address", email),
        gw.h("label", { class: "gw-scope" }, operator, gw.h("span", {}, gw.h("b", {}, "Operator"), gw.h("span", { class: "gw-dim" }, "May do everything in every project, and makes projects and accounts."))),
        gw.h("p", { class: "gw-dim" }, "This makes an account in no project. To invite into a project, use its Members.")],
      submit: "Make the invitation",
      work: async () => {
        const address = email.value.trim().toLowerCase();
        if (people.some((person) => person.email === address)) throw { message: `${address} has an account already` };
        const link = await page.send("POST", "people", { email: address, is_operator: operator.checked });
        await page.reload();
        gw.handLink(link, operator.checked ? "becomes an operator" : "gets an account", "An invitation is made");
      },
    });
  };

  const apply = async (page, person, change, said) => {
    await page.send("PATCH", pathOf(person), change);
    gw.forgetMe();
    await page.changed(said);
  };

  const reset = (page, person) => gw.confirm({
    title: `Make a link to a new password for ${person.email}?`,
    text: ["Whoever opens the link sets the password and is signed in as this person.", "It works for a day. When it is used, they are signed out everywhere else."],
    submit: "Make the link",
    work: async () => {
      const link = await page.send("POST", `${pathOf(person)}/reset-link`);
      await page.reload();
      gw.handLink(link, `sets the password of ${person.email} and is signed in as them`, "A link to a new password");
    },
  });

  const ACTIONS = {
    reset: { label: "Link to a new password…", work: reset },
    out: { label: "Sign out everywhere…", work: (page, person) => gw.confirm({
      title: `Sign ${person.email} out everywhere?`, text: "Every browser they are signed in with has to sign in again. Keys they made go on working.", submit: "Sign out everywhere",
      work: () => apply(page, person, { end_sessions: true }, `${person.email} is signed out everywhere`) }) },
    raise: { label: "Make an operator…", work: (page, person) => gw.confirm({
      title: `Make ${person.email} an operator?`, text: "They may then do everything in every project, and make projects and accounts.", submit: "Make an operator",
      work: () => apply(page, person, { is_operator: true }, `${person.email} is an operator now`) }) },
    lower: { label: "Make no operator any more…", work: (page, person) => gw.confirm({
      title: `Make ${person.email} no operator any more?`, text: "They keep the roles they have in projects.", submit: "Make no operator",
      work: () => apply(page, person, { is_operator: false }, `${person.email} is no operator any more`) }) },
    disable: { label: "Disable…", work: (page, person) => gw.confirm({
      title: `Disable ${person.email}?`, text: "They are signed out everywhere and cannot sign in until an operator enables them again. What they judged and the keys they made stay.", submit: "Disable",
      work: () => apply(page, person, { is_disabled: true }, `${person.email} is disabled`) }) },
    enable: { label: "Enable", work: (page, person) => apply(page, person, { is_disabled: false }, `${person.email} may sign in again`) },
  };

  const may = (page, person) => {
    if (person.is_disabled) return ["enable"];
    if (person.id === page.me.id) return ["reset", "out", "lower"];
    return ["reset", "out", person.is_operator ? "lower" : "raise", "disable"];
  };

  const actions = (page, person) => {
    const select = gw.h("select", { class: "gw-text-input gw-action-choice", "aria-label": `Change ${person.email}` }, gw.h("option", { value: "" }, "Change…"),
      ...may(page, person).map((name) => gw.h("option", { value: name }, ACTIONS[name].label)));
    select.addEventListener("change", async () => {
      const { work } = ACTIONS[select.value];
      select.value = "";
      try {
        await work(page, person);
      } catch (problem) {
        gw.toast(gw.sentence(problem));
      }
    });
    return select;
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
    gw.h("td", { class: "gw-row-actions" }, actions(page, person)));

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
